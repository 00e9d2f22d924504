/** The parts of a request as plain objects, for schemas to look at; no name in them has a meaning of its own. */
import type { Awaitable } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { JSON_TYPE } from '../context/body-reader.ts';

/** The kinds of body that a route may take. */
export type BodyKind = 'json' | 'urlencoded' | 'multipart';

/** Names with their values; those that came more than once have a list. */
type Fields<Value> = Record<string, Value | Value[]>;

/** The query. */
export function queryInput({ query }: HttpContext): Fields<string> {
  return gathered(query);
}

/** The parameters of the path. */
export function paramsInput({ params }: HttpContext): Record<string, string> {
  return Object.assign(bare<string>(), params);
}

/** The headers, their names in lower case; the values of one name are joined. */
export function headersInput({ headers }: HttpContext): Record<string, string> {
  const input = bare<string>();
  for (const [name, value] of headers) {
    const before = input[name];
    if (before === undefined) input[name] = value;
    else input[name] = before + (name === 'cookie' ? '; ' : ', ') + value;
  }
  return input;
}

/**
 * The body: `undefined` if there is none, else what the JSON says or the fields of the form.
 *
 * @throws HttpError 415 for a kind that is not taken, 400 for what is malformed, 413 for what is too large
 */
export function bodyInput(ctx: HttpContext, kinds: readonly BodyKind[]): Awaitable<unknown> {
  const { requestBody, body } = ctx;
  if (!requestBody) return undefined;
  const kind = kindOf(ctx.headers.get('content-type'));
  if (!kind || !kinds.includes(kind)) {
    requestBody.cancel();
    throw new HttpError(415, `Expected a body of the kind ${kinds.join(', ')}`);
  }
  if (kind !== 'json') return body.form().then(gathered);
  if (requestBody.length) return body.json();
  // Nothing at all is no JSON, but may be what an optional body is.
  return body.bytes().then((bytes) => (bytes.byteLength === 0 ? undefined : body.json()));
}

function kindOf(contentType: string | undefined): BodyKind | undefined {
  if (contentType === undefined || JSON_TYPE.test(contentType)) return 'json';
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return 'urlencoded';
  return /^multipart\/form-data\b/i.test(contentType) ? 'multipart' : undefined;
}

/** An object that inherits nothing: `constructor` is as good a name in it as any. */
function bare<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

function gathered<Value extends string | File>(
  entries: Iterable<readonly [string, Value]>,
): Fields<Value> {
  const input = bare<Value | Value[]>();
  for (const [name, value] of entries) {
    // Whoever copies the object into one that inherits would change what it inherits.
    if (name === '__proto__') throw new HttpError(400, 'A name was sent that no field may have');
    const before = input[name];
    if (before === undefined) input[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else input[name] = [before, value];
  }
  return input;
}
