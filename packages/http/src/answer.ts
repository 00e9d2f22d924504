/** Turns what a handler returns into the answer: text, bytes, a stream, an answer of the web, or anything that is JSON. */
import { isThenable } from '@interpose/kernel';
import type { HttpContext } from './context.ts';
import { HttpResponse } from './response.ts';

/** What a handler may return. `null` is an answer without a body; `undefined` says that `ctx.response` has it. */
export type Answer =
  | HttpResponse
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | string
  | number
  | boolean
  | object
  | null
  | undefined
  | void;

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/**
 * Makes it the answer of the request.
 *
 * @throws TypeError if there is no answer
 */
export function answerWith(ctx: HttpContext, value: Answer): HttpResponse {
  const { response } = ctx;
  if (value === response) return response;
  if (value === undefined) {
    if (response.answered) return response;
    throw new TypeError(
      `The handler of ${ctx.method} ${ctx.path} answered nothing; return a value, or null for an empty answer`,
    );
  }
  if (value === null) return empty(response);
  if (typeof value === 'string') return typed(response, TEXT, value);
  if (typeof value !== 'object') return typed(response, JSON_TYPE, JSON.stringify(value));
  if (value instanceof HttpResponse) return adopt(response, value);
  if (isWebResponse(value)) return fromWeb(response, value);
  if (value instanceof Uint8Array) return typed(response, 'application/octet-stream', value);
  if (value instanceof ReadableStream || Symbol.asyncIterator in value) {
    response.body = value as AsyncIterable<Uint8Array>;
    return response;
  }
  if (isThenable(value)) throw new TypeError('A promise in an answer has to be awaited');
  return typed(response, JSON_TYPE, JSON.stringify(value));
}

/** Takes over an answer that was made beside the one of the request: its headers replace those of the same name. */
export function adopt(response: HttpResponse, made: HttpResponse): HttpResponse {
  response.status = made.status;
  for (const [name] of made.headers) response.headers.delete(name);
  for (const [name, value] of made.headers) response.headers.append(name, value);
  response.body = made.takeBody();
  return response;
}

function typed(response: HttpResponse, type: string, body: string | Uint8Array): HttpResponse {
  if (!response.headers.has('content-type')) response.headers.append('Content-Type', type);
  response.body = body;
  return response;
}

function empty(response: HttpResponse): HttpResponse {
  if (!response.hasStatus) response.status = 204;
  response.body = null;
  return response;
}

/** Also one of another realm or library. */
function isWebResponse(value: object): value is Response {
  return value instanceof Response || Object.prototype.toString.call(value) === '[object Response]';
}

function fromWeb(response: HttpResponse, { status, headers, body }: Response): HttpResponse {
  response.status = status;
  for (const [name] of headers) response.headers.delete(name);
  for (const [name, value] of headers) response.headers.append(name, value);
  response.body = body;
  return response;
}
