/** Turns what a handler returns into the answer: text, bytes, a stream, an answer of the web, or anything that is JSON. */
import { isThenable } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import { HeaderLine, type HeaderList } from '../context/headers.ts';
import { HttpResponse } from '../context/response.ts';

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

const TEXT = new HeaderLine('Content-Type', 'text/plain; charset=utf-8');
const JSON_TYPE = new HeaderLine('Content-Type', 'application/json');
const BYTES = new HeaderLine('Content-Type', 'application/octet-stream');

/**
 * Makes it the answer of the request.
 *
 * @throws TypeError if there is no answer
 */
export function answerWith(ctx: HttpContext, value: Answer): HttpResponse {
  const { response } = ctx;
  if (value === response) return named(response);
  if (value === undefined) {
    if (response.answered) return named(response);
    throw new TypeError(
      `The handler of ${ctx.method} ${ctx.path} answered nothing; return a value, or null for an empty answer`,
    );
  }
  if (value === null) return empty(response);
  if (typeof value === 'string') return typed(response, TEXT, value);
  if (typeof value !== 'object') return json(response, value);
  if (!isPlain(value)) {
    if (value instanceof HttpResponse) return adopt(response, value);
    if (isWebResponse(value)) return fromWeb(response, value);
    const bytes = bytesOf(value);
    if (bytes) return typed(response, BYTES, bytes);
  }
  if (value instanceof ReadableStream || Symbol.asyncIterator in value) {
    response.body = value as AsyncIterable<Uint8Array>;
    return response;
  }
  if (isThenable(value)) throw new TypeError('A promise in an answer has to be awaited');
  return json(response, value);
}

/** Takes over an answer that was made beside the one of the request: its headers replace those of the same name. */
export function adopt(response: HttpResponse, made: HttpResponse): HttpResponse {
  response.status = made.status;
  takeHeaders(response.headers, made.headers);
  const { body } = made;
  const isWhole = body === null || typeof body === 'string' || body instanceof Uint8Array;
  // What is not read can be given again.
  response.body = isWhole ? body : made.takeBody();
  return response;
}

/** Cookies come beside those that are there, and `Vary` names all that an answer depends on. */
function takeHeaders(own: HeaderList, given: Iterable<[string, string]>): void {
  const lines = [...given];
  for (const [name] of lines) if (name !== 'set-cookie' && name !== 'vary') own.delete(name);
  for (const [name, value] of lines) {
    if (name === 'vary') for (const item of value.split(',')) own.appendItem(name, item.trim());
    else if (name !== 'set-cookie' || !own.getAll(name).includes(value)) own.append(name, value);
  }
}

function typed(response: HttpResponse, type: HeaderLine, body: string | Uint8Array): HttpResponse {
  response.headers.addLine(type);
  response.body = body;
  return response;
}

/** Text without a type is text, and nothing that a browser could take it for. */
function named(response: HttpResponse): HttpResponse {
  const { body } = response;
  return typeof body === 'string' && body !== '' ? typed(response, TEXT, body) : response;
}

function json(response: HttpResponse, value: unknown): HttpResponse {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`What was answered is no JSON: ${typeof value}`);
  return typed(response, JSON_TYPE, text);
}

/** The bytes that it is, or shows; a view of another realm shows them as well. */
function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function empty(response: HttpResponse): HttpResponse {
  if (!response.hasStatus) response.status = 204;
  response.body = null;
  return response;
}

/** What most handlers give. It may still be a promise or a stream, but no object of a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** Also one of another realm or library. */
function isWebResponse(value: object): value is Response {
  return value instanceof Response || Object.prototype.toString.call(value) === '[object Response]';
}

function fromWeb(response: HttpResponse, made: Response): HttpResponse {
  const { status, headers, body, bodyUsed } = made;
  if (bodyUsed) throw new TypeError('The body of the answer has been read already');
  response.status = status;
  takeHeaders(response.headers, headers);
  response.body = body;
  return response;
}
