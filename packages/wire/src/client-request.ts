/** Requests that we make: what they consist of, who hears of them, and their heads as text. */
import type { Duplex } from 'node:stream';
import type { ClientAnswer } from './client-answer.ts';
import { InvalidHeaderError } from './errors.ts';
import { IncomingBody } from './incoming-body.ts';
import { BODILESS, type BodyFraming, CHUNKED, COUNTED } from './message-writer.ts';
import { headerOf } from './raw-headers.ts';
import { isTargetText, isTokenText, isValueText } from './syntax.ts';
import { headerLines } from './write-head.ts';

/** What is sent behind a head. */
export type RequestBody = string | Uint8Array | IncomingBody | AsyncIterable<Uint8Array> | null;

/** A request. */
export interface ClientRequest {
  readonly method: string;
  /** What the request line names: a path with its query, or `*`. */
  readonly target: string;
  /** Names and values in turn. `Host` is added if it is not there. Framing and headers of a single connection are left out. */
  readonly headers: readonly string[];
  /**
   * A body whose length is not known is sent in chunks; for an iterable, a `Content-Length` in the headers says how long it will be.
   *
   * @default null
   */
  readonly body?: RequestBody;
  /** A protocol to switch to, such as `websocket`. Such a request has a connection of its own. @default none */
  readonly upgrade?: string;
}

/**
 * Hears what becomes of a request, in the same turn in which it is read; of one that cannot be tried at all, before `dispatch` returns.
 * Its functions must not throw.
 */
export interface AnswerReceiver {
  /** The head of the answer is there. */
  response(answer: ClientAnswer): void;
  /** An interim answer has come (1xx but 101). */
  information?(status: number, rawHeaders: readonly string[]): void;
  /** The other end has switched protocols. */
  upgraded?(answer: ClientAnswer, socket: Duplex, head: Buffer): void;
  /** There will be no answer. Not called after `response`: what fails then is the body. */
  failed(error: Error): void;
  /** Nothing more will happen: the answer is whole, or the request or the body of the answer has failed. */
  over?(): void;
}

/** A head as text, and how the body behind it is framed. */
export interface RequestText {
  readonly text: string;
  readonly framing: BodyFraming;
  readonly length: number;
}

/** Methods that say with their name that a body is to be expected. */
const HAS_BODY = /^(?:POST|PUT|PATCH)$/;

/**
 * The head of a request.
 *
 * @throws InvalidHeaderError for a method, a target or a header that cannot be sent
 */
export function requestText(request: ClientRequest, host: string): RequestText {
  const { method, target, headers, body = null, upgrade } = request;
  if (!isTokenText(method)) throw new InvalidHeaderError('method', method);
  if (!isTargetText(target)) throw new InvalidHeaderError('target', target);
  if (upgrade !== undefined && (upgrade === '' || !isValueText(upgrade))) {
    throw new InvalidHeaderError('upgrade', upgrade);
  }
  const lines = headerLines(headers);
  const hostLine = headerOf(headers, 'host') === undefined ? `Host: ${host}\r\n` : '';
  let text = `${method} ${target} HTTP/1.1\r\n${hostLine}${lines.text}`;
  if (upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  else if (lines.closes) text += 'Connection: close\r\n';
  const length = lengthOf(body, lines.contentLength);
  if (body === null) {
    const saysSo = HAS_BODY.test(method) || lines.contentLength === 0;
    text += saysSo ? 'Content-Length: 0\r\n\r\n' : '\r\n';
    return { text, framing: BODILESS, length: 0 };
  }
  if (length < 0) {
    return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, framing: CHUNKED, length: 0 };
  }
  return { text: `${text}Content-Length: ${length}\r\n\r\n`, framing: COUNTED, length };
}

/** -1 if it is not known. */
function lengthOf(body: RequestBody, declared: number): number {
  if (body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  return body instanceof IncomingBody ? (body.length ?? -1) : declared;
}
