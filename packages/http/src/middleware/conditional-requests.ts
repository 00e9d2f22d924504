/** conditionalRequests: answers 304 to those who have the answer already, and refuses changes of what has changed meanwhile. */
import { isThenable } from '@interpose/kernel';
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import { parseRanges } from '../files/byte-ranges.ts';
import { contentTag } from '../coding/content-tag.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import type { HeaderList } from '../context/headers.ts';
import {
  dateOf,
  judgePreconditions,
  rangeIsFresh,
  type Validators,
} from '../answer/preconditions.ts';
import type { HttpResponse } from '../context/response.ts';

/** Options of `conditionalRequests`. */
export interface ConditionalRequestsOptions {
  /** What tag a whole answer gets that has none: one that says that each byte is the same, one that says less, or none. @default 'strong' */
  readonly etag?: 'strong' | 'weak' | false;
  /** Larger bodies get no tag, as each byte has to be looked at. @default 1 MiB */
  readonly maxBytes?: number;
  /**
   * The state of what a request is about to change, asked for before the handler runs; `undefined` if there is no such thing. Only where
   * this is known can a change be refused in time. @default unknown
   */
  readonly current?: (ctx: HttpContext) => Validators | undefined | Promise<Validators | undefined>;
  /** Whether PUT, PATCH and DELETE must say of which state they know. @default false */
  readonly required?: boolean;
  /** Whether parts of whole answers are given to those who ask for them. @default false */
  readonly ranges?: boolean;
}

const NAMES = ['etag', 'maxBytes', 'current', 'required', 'ranges'];
const TAGS: readonly unknown[] = ['strong', 'weak', false];
const CHANGES: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE']);
const NO_CHANGE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What a 304 does not repeat, as the client has it (RFC 9110, section 15.4.5). */
const KNOWN_TO_CLIENT: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'digest',
  'repr-digest',
  'trailer',
]);

/**
 * Gives answers a tag, and judges the conditions of requests: before the handler for those that change something, after it for those that
 * read.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(conditionalRequests()).get('/', () => ({ a: 1 }));
 */
export function conditionalRequests(options: ConditionalRequestsOptions = {}): HttpMiddleware {
  const { etag, maxBytes, current, required, ranges } = checked(options);
  const guards = current !== undefined;
  return function conditionalRequests(ctx, next) {
    if (NO_CHANGE.has(ctx.method)) {
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
      const result = next();
      const finish = (response: HttpResponse): HttpResponse => {
        if (response.status !== 200) return response;
        if (etag) tag(response, etag, maxBytes);
        return judged(ctx, response, ranges);
      };
      return isThenable(result) ? result.then(finish) : finish(result);
    }
    if (!guards || !(required || isConditional(ctx.headers))) return next();
    const state = current(ctx);
    if (!isThenable(state)) {
      guard(ctx, state, required);
      return next();
    }
    return state.then((known) => {
      guard(ctx, known, required);
      return next();
    });
  };
}

function checked(options: ConditionalRequestsOptions) {
  checkNames('conditionalRequests()', options, NAMES);
  const { etag = 'strong', current, required = false, ranges = false } = options;
  if (!TAGS.includes(etag)) {
    throw outOfRange('etag', '`strong`, `weak` or false', etag);
  }
  if (current !== undefined && typeof current !== 'function') {
    throw unexpected('current', 'a function', current);
  }
  for (const [name, value] of Object.entries({ required, ranges })) {
    if (typeof value !== 'boolean') throw unexpected(name, 'a boolean', value);
  }
  if (required && !current) throw unexpected('current', 'given where it is `required`', current);
  const maxBytes = checkWhole('maxBytes', options.maxBytes ?? 1024 * 1024);
  return { etag, current, required, ranges, maxBytes } as const;
}

// Those that change something.

const isConditional = (headers: HeaderList): boolean =>
  headers.has('if-match') || headers.has('if-none-match') || headers.has('if-unmodified-since');

/** Lets only those pass whose conditions hold; where they are required, only conditions that can be judged are any. */
function guard(ctx: HttpContext, state: Validators | undefined, required: boolean): void {
  const { method, headers } = ctx;
  if (required && CHANGES.has(method) && !saysState(headers, state)) {
    throw new HttpError(428, 'Say in If-Match which state it is that you know', {
      code: 'PRECONDITION_REQUIRED',
    });
  }
  // What is not there matches nothing, not even any.
  const verdict = state
    ? judgePreconditions(method, headers, state)
    : headers.has('if-match')
      ? 'failed'
      : 'proceed';
  if (verdict === 'failed') throw changed();
}

function saysState(headers: HeaderList, state: Validators | undefined): boolean {
  if (headers.has('if-match') || headers.get('if-none-match')?.trim() === '*') return true;
  const since = dateOf(headers.get('if-unmodified-since'));
  return since !== undefined && state?.modifiedMs !== undefined;
}

const changed = (): HttpError =>
  new HttpError(412, 'This is not the state that you know', { code: 'PRECONDITION_FAILED' });

// Those that read.

function tag({ body, headers }: HttpResponse, strength: 'strong' | 'weak', maxBytes: number): void {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return;
  if (body.length > maxBytes || headers.has('etag')) return;
  // Whoever must not keep it has no use for a tag.
  if (/\bno-store\b/i.test(headers.get('cache-control') ?? '')) return;
  headers.set('ETag', `${strength === 'weak' ? 'W/' : ''}"${contentTag(body)}"`);
}

function judged(ctx: HttpContext, response: HttpResponse, ranges: boolean): HttpResponse {
  const { headers } = response;
  const state = {
    etag: headers.get('etag'),
    modifiedMs: dateOf(headers.get('last-modified')),
  };
  const verdict = judgePreconditions(ctx.method, ctx.headers, state);
  if (verdict === 'failed') throw changed();
  if (verdict === 'not-modified') return notModified(response, state.etag !== undefined);
  return ranges ? part(ctx, response, state) : response;
}

function notModified(response: HttpResponse, hasTag: boolean): HttpResponse {
  response.status = 304;
  response.body = null;
  response.headers.deleteWhere(
    (name) => KNOWN_TO_CLIENT.has(name) || (hasTag && name === 'last-modified'),
  );
  return response;
}

/** The part that was asked for, if it is one; several are not worth a form of their own, and get everything. */
function part(ctx: HttpContext, response: HttpResponse, state: Validators): HttpResponse {
  const { headers, body } = response;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return response;
  headers.set('Accept-Ranges', 'bytes');
  const asked = ctx.method === 'GET' ? ctx.headers.get('range') : undefined;
  if (asked === undefined || !rangeIsFresh(ctx.headers, state)) return response;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const found = parseRanges(asked, bytes.length);
  if (!found || found.length > 1) return response;
  const [range] = found;
  if (!range) {
    throw new HttpError(416, `There are ${bytes.length} bytes`, {
      code: 'RANGE_NOT_SATISFIABLE',
      headers: { 'Content-Range': `bytes */${bytes.length}` },
    });
  }
  const { first, last } = range;
  response.status = 206;
  headers.set('Content-Range', `bytes ${first}-${last}/${bytes.length}`);
  headers.set('Content-Length', last - first + 1);
  response.body = bytes.subarray(first, last + 1);
  return response;
}
