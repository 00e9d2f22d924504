/** What hosts say to a response of node:http, in all the forms in which they may say it. */
import type { ServerResponse } from 'node:http';

/** Bytes, or text in the encoding that is said with it. */
export type Chunk = string | Uint8Array;

type Callback = () => void;

const isCallback = (value: unknown): value is Callback => typeof value === 'function';

/** Whoever wants to know that something was written is told, as it is out of his hands. */
export function later(parameters: readonly unknown[]): void {
  const callback = parameters.find(isCallback);
  if (callback) process.nextTick(callback);
}

/** Whoever wants to know that the answer is out is told when it is. */
export function whenOut(res: ServerResponse, parameters: readonly unknown[]): void {
  const callback = parameters.find(isCallback);
  if (!callback) return;
  if (res.writableFinished) process.nextTick(callback);
  else res.once('finish', callback);
}

/** Text that is not in UTF-8 as bytes. */
export function textOf(chunk: Chunk, encoding: unknown): Chunk {
  const isOther = typeof encoding === 'string' && !/^utf-?8$/i.test(encoding);
  return typeof chunk === 'string' && isOther
    ? Buffer.from(chunk, encoding as BufferEncoding)
    : chunk;
}

/** Headers in any of the forms that `writeHead` takes; several values of a name as a list. */
export function pairsOf(headers: unknown): Iterable<[string, string | string[]]> {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, string>);
  const flat = (Array.isArray(headers[0]) ? headers.flat() : headers) as string[];
  const pairs = new Map<string, string[]>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = String(flat[at]).toLowerCase();
    pairs.set(name, [...(pairs.get(name) ?? []), String(flat[at + 1])]);
  }
  return [...pairs].map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]);
}

/** As Node says it; hosts look for the code. */
export function sentAlready(): Error {
  const error = new Error('Cannot set headers after they are sent to the client');
  return Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}
