/** An answer as plain data, so that it can be kept and given again. */
import { cancelBody, type HttpResponse, type ResponseBody } from '../context/response.ts';

/** An answer that is kept. */
export interface KeptAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
}

/**
 * Takes down an answer, without the headers that it had already when `before` was taken. A body that is a stream is read, and replaced by
 * what was read; one with more than `maxBytes` stays as it is, and nothing is given back.
 */
export async function keepAnswer(
  response: HttpResponse,
  before: readonly string[],
  maxBytes: number,
): Promise<KeptAnswer | undefined> {
  const body = await wholeBody(response, maxBytes);
  if (body === undefined) return undefined;
  const known = new Set<string>();
  for (let at = 0; at + 1 < before.length; at += 2) known.add(lineOf(before, at));
  const raw = response.headers.toRaw();
  const headers: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (!known.has(lineOf(raw, at))) headers.push(raw[at] as string, raw[at + 1] as string);
  }
  return { status: response.status, headers, body };
}

const lineOf = (raw: readonly string[], at: number): string =>
  `${(raw[at] as string).toLowerCase()}:${raw[at + 1]}`;

async function wholeBody(
  response: HttpResponse,
  maxBytes: number,
): Promise<string | Uint8Array | null | undefined> {
  const { body } = response;
  if (body === null || typeof body === 'string') return body;
  if (body instanceof Uint8Array) return body.length > maxBytes ? undefined : body.slice();
  const chunks = (response.takeBody() as Exclude<ResponseBody, string | Uint8Array | null>)[
    Symbol.asyncIterator
  ]();
  const read: Uint8Array[] = [];
  let size = 0;
  for (let taken = await chunks.next(); !taken.done; taken = await chunks.next()) {
    read.push(taken.value);
    size += taken.value.length;
    if (size > maxBytes) {
      response.body = rest(read, chunks);
      return undefined;
    }
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of read) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  response.body = whole;
  return whole;
}

/** What was read, and then what was not. */
async function* rest(
  read: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* read;
    for (let taken = await chunks.next(); !taken.done; taken = await chunks.next())
      yield taken.value;
  } finally {
    await chunks.return?.();
  }
}

/** Gives an answer again. */
export function giveAgain(
  { status, headers, body }: KeptAnswer,
  response: HttpResponse,
): HttpResponse {
  cancelBody(response.takeBody());
  response.status = status;
  for (let at = 0; at + 1 < headers.length; at += 2) response.headers.delete(headers[at] as string);
  for (let at = 0; at + 1 < headers.length; at += 2) {
    response.headers.append(headers[at] as string, headers[at + 1] as string);
  }
  response.body = body;
  return response;
}
