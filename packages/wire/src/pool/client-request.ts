/** Requests that we make: what they consist of, who hears of them, and their heads as text. */
import type { Duplex } from 'node:stream';
import type { ClientAnswer } from './client-answer.ts';
import { InvalidHeaderError } from '../errors.ts';
import { BODILESS, type BodyFraming, CHUNKED, COUNTED } from '../message-writer/message-writer.ts';
import { lengthOfBody, type RequestBody } from './request-body.ts';
import { isTargetText, isToken, isTokenText, isValueText } from '../message-reader/syntax.ts';
import { headerLines } from '../message-writer/write-head.ts';

/** A request. */
export interface ClientRequest {
  readonly method: string;
  /** What the request line names: a path with its query, or `*`. */
  readonly target: string;
  /** Names and values in turn. `Host` is added if it is not there. Framing and headers of a single connection are left out, but `Connection: close`. */
  readonly headers: readonly string[];
  /**
   * A body whose length is not known is sent in chunks; for an iterable, a `Content-Length` in the headers says how long it will be. If the
   * request fails it is cancelled, unless the error says `nothingSent`: then it is as it was, and can be sent again.
   *
   * @default null
   */
  readonly body?: RequestBody;
  /** A protocol to switch to, such as `websocket`. Such a request has a connection of its own. @default none */
  readonly upgrade?: string;
}

/**
 * Hears what becomes of a request, in the same turn in which it is read; of one that cannot be tried at all, before `dispatch` returns.
 * What `response`, `information` and `upgraded` throw ends the connection, and is told to `failed`.
 */
export interface AnswerReceiver {
  /** The head of the answer is there. */
  response(answer: ClientAnswer): void;
  /** An interim answer has come (1xx but 101). */
  information?(status: number, rawHeaders: readonly string[]): void;
  /**
   * The other end has switched protocols. The socket, with what came behind the head, is the receiver's own from now on: it flows as
   * soon as someone listens, stays open when the other end has ended its side, and harms nobody with its errors.
   */
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
  /** True if it says that the connection ends with it. */
  readonly closes: boolean;
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
  checkLine(method, target);
  if (upgrade !== undefined && (upgrade === '' || !isValueText(upgrade))) {
    throw new InvalidHeaderError('upgrade', upgrade);
  }
  const lines = headerLines(headers);
  const hostLine = hasHost(headers) ? '' : `Host: ${host}\r\n`;
  const closes = lines.closes && upgrade === undefined;
  let text = `${method} ${target} HTTP/1.1\r\n${hostLine}${lines.text}`;
  if (upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  else if (closes) text += 'Connection: close\r\n';
  if (body === null) {
    const saysSo = HAS_BODY.test(method) || lines.contentLength === 0;
    text += saysSo ? 'Content-Length: 0\r\n\r\n' : '\r\n';
    return { text, framing: BODILESS, length: 0, closes };
  }
  const length = lengthOfBody(body, lines.contentLength);
  if (length < 0) {
    return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, framing: CHUNKED, length, closes };
  }
  return { text: `${text}Content-Length: ${length}\r\n\r\n`, framing: COUNTED, length, closes };
}

const SLASH = 0x2f;

function checkLine(method: string, target: string): void {
  // The answer to CONNECT has no end that we could find.
  if (typeof method !== 'string' || !isTokenText(method) || method === 'CONNECT') {
    throw new InvalidHeaderError('method', method);
  }
  const isPath = isTargetText(target) && (target.charCodeAt(0) === SLASH || target === '*');
  if (!isPath) throw new InvalidHeaderError('target', target);
}

/** Whether the headers name the host; more than one could be understood as this or as that one. */
function hasHost(headers: readonly string[]): boolean {
  let found: string | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string;
    if (name.length !== 4 || !isToken(name, 0, 'host')) continue;
    if (found !== undefined) {
      throw new InvalidHeaderError('host', `${found}, ${headers[at + 1] ?? ''}`);
    }
    found = headers[at + 1] ?? '';
  }
  return found !== undefined;
}
