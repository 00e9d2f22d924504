/** Writes answers to one connection, one after the other: frames each, in as few writes as it can. */
import type { Duplex } from 'node:stream';
import { AnswerOrderError, BodyLengthError } from './errors.ts';
import { outOfRange } from './option.ts';
import { type HeaderLines, headerLines, statusLine, trailerLines } from './write-head.ts';

/** What a writer is told of the request that it answers. */
export interface Answered {
  readonly isHead: boolean;
  readonly version: '1.0' | '1.1';
}

/** Gives the lines that every head has besides its own: Date, and what becomes of the connection. */
export type CommonLines = (lines: HeaderLines) => string;

const NONE = 0;
/** The head is made and waits for the first bytes. */
const HELD = 1;
const SENT = 2;
const ENDED = 3;

const BODILESS = 0;
const COUNTED = 1;
const CHUNKED = 2;
const UNTIL_CLOSE = 3;

/** More than this waits in memory for a slow client only if it was written at once. */
export const HIGH_WATER_BYTES: number = 64 * 1024;
/** Up to this size it is cheaper to copy bytes behind what goes before them than to write two pieces. */
const COPIED_BYTES = 16 * 1024;

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n';
/** A chunk size may have 16 digits, and none of ours has more than 8. */
const MOST_ZEROS = 8;

/** Writes answers to one connection. */
export class AnswerWriter {
  readonly #socket: Duplex;
  readonly #common: CommonLines;
  #answered: Answered | undefined;
  #state = NONE;
  #framing = BODILESS;
  /** Bytes still to come of a body whose length is known. */
  #left = 0;
  #promised = 0;
  #held = '';
  /** Bytes of an interim answer, or zeros of a chunk size, that were sent to see whether the client is there. */
  #probed = 0;

  constructor(socket: Duplex, common: CommonLines) {
    this.#socket = socket;
    this.#common = common;
  }

  /** Begins with another request. */
  next(answered: Answered): void {
    this.#answered = answered;
    this.#state = NONE;
    this.#probed = 0;
  }

  /** True once a final head has been given. */
  get hasHead(): boolean {
    return this.#state !== NONE;
  }

  /** True once the end has been given. */
  get hasEnded(): boolean {
    return this.#state === ENDED;
  }

  /** True if an orderly end of the connection would be the end of the answer. */
  get endsWithConnection(): boolean {
    return this.hasHead && this.#framing === UNTIL_CLOSE;
  }

  /** How much is written that the system has not taken yet. */
  get pending(): number {
    return this.#socket.writableLength;
  }

  /** True if the client takes what it is sent. */
  get keepsUp(): boolean {
    return this.#socket.writableLength < HIGH_WATER_BYTES;
  }

  /** A whole answer. */
  answer(status: number, headers: readonly string[], body: string | Uint8Array): void {
    const lines = this.#lines(status, headers);
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const isBodiless = this.#isBodiless(status);
    let text = statusLine(status) + lines.text + this.#common(lines);
    if (status === 204) text += '\r\n';
    else if (isBodiless && length === 0) text += lengthLine(lines.contentLength);
    else text += `Content-Length: ${length}\r\n\r\n`;
    text = this.#behindProbe(text);
    this.#state = ENDED;
    this.#framing = BODILESS;
    if (isBodiless || length === 0) this.#socket.write(text, 'latin1');
    else if (typeof body !== 'string') this.#writeAll(text, body, '');
    // No longer in bytes than in characters, so all of them are ASCII and go out with the head as they are.
    else if (length === body.length) this.#socket.write(text + body, 'latin1');
    else this.#writeAll(text, Buffer.from(body), '');
  }

  /** An interim answer. */
  inform(status: number, headers: readonly string[]): void {
    if (this.#state !== NONE) throw new AnswerOrderError('The answer has begun already');
    checkStatus(status, 100, 199);
    const { text } = headerLines(headers);
    if (this.#answered?.version === '1.0') return;
    this.#socket.write(this.#behindProbe(`${statusLine(status)}${text}\r\n`), 'latin1');
  }

  /** The head of an answer, which leaves with the first bytes or when it is flushed. */
  head(status: number, headers: readonly string[]): void {
    const lines = this.#lines(status, headers);
    this.#framing = this.#framingOf(status, lines);
    if (this.#framing === UNTIL_CLOSE) lines.closes = true;
    this.#left = this.#promised = Math.max(lines.contentLength, 0);
    const start = statusLine(status) + lines.text + this.#common(lines);
    const end =
      this.#framing === CHUNKED
        ? 'Transfer-Encoding: chunked\r\n\r\n'
        : lengthLine(status === 204 ? -1 : lines.contentLength);
    this.#held = this.#behindProbe(start + end);
    this.#state = HELD;
  }

  /** Sends a head that still waits. */
  flush(): void {
    if (this.#state !== HELD) return;
    this.#socket.write(this.#takeHeld(), 'latin1');
  }

  /**
   * Bytes of the body, and the end of the answer with them if they are the last.
   *
   * @throws BodyLengthError if they are more or fewer than the head has promised; nothing of them is sent
   */
  write(bytes: Uint8Array, last: boolean): void {
    this.#checkOpen();
    this.#count(bytes.length, last);
    if (last) this.#state = ENDED;
    if (this.#framing === BODILESS || (bytes.length === 0 && !last)) {
      if (last) this.#writeHeld();
    } else if (this.#framing === CHUNKED) this.#writeChunk(bytes, last);
    else this.#writeAll(this.#takeHeld(), bytes, '');
  }

  /** The end of the answer, with trailers where the body is chunked. */
  end(trailers: readonly string[]): void {
    this.#checkOpen();
    this.#count(0, true);
    const lines = trailerLines(trailers);
    this.#state = ENDED;
    if (this.#framing === CHUNKED) {
      this.#socket.write(`${this.#takeHeld()}0\r\n${lines}\r\n`, 'latin1');
    } else this.#writeHeld();
  }

  /**
   * Sends a byte or two that change nothing for a client that is there, and that a client which is gone cannot take: of an interim answer
   * before the head, a zero before the size of the next chunk after it. `false` if there is nothing of the kind.
   */
  probe(): boolean {
    this.flush();
    if (this.#state === NONE && this.#answered?.version === '1.1') {
      if (this.#probed >= INTERIM.length) return false;
      this.#socket.write(INTERIM.charAt(this.#probed++), 'latin1');
      return true;
    }
    if (this.#state !== SENT || this.#framing !== CHUNKED || this.#probed >= MOST_ZEROS)
      return false;
    this.#probed++;
    this.#socket.write('0', 'latin1');
    return true;
  }

  #lines(status: number, headers: readonly string[]): HeaderLines {
    if (this.#state !== NONE) throw new AnswerOrderError('The answer has begun already');
    checkStatus(status, 200, 999);
    return headerLines(headers);
  }

  #isBodiless(status: number): boolean {
    return this.#answered?.isHead === true || status === 204 || status === 304;
  }

  #framingOf(status: number, lines: HeaderLines): number {
    if (this.#isBodiless(status)) return BODILESS;
    if (lines.contentLength >= 0) return COUNTED;
    return this.#answered?.version === '1.0' ? UNTIL_CLOSE : CHUNKED;
  }

  #checkOpen(): void {
    if (this.#state === NONE) throw new AnswerOrderError('The answer has no head yet');
    if (this.#state === ENDED) throw new AnswerOrderError('The answer has ended already');
  }

  #count(bytes: number, last: boolean): void {
    if (this.#framing !== COUNTED) return;
    const left = this.#left - bytes;
    if (left < 0) throw new BodyLengthError(this.#promised, `${this.#promised - left} or more`);
    if (last && left > 0) throw new BodyLengthError(this.#promised, String(this.#promised - left));
    this.#left = left;
  }

  #writeChunk(bytes: Uint8Array, last: boolean): void {
    const held = this.#takeHeld();
    const size = bytes.length === 0 ? '' : `${bytes.length.toString(16)}\r\n`;
    const after = last ? (size === '' ? '0\r\n\r\n' : '\r\n0\r\n\r\n') : '\r\n';
    // The zeros that went before are part of this size, and of no other.
    this.#probed = 0;
    this.#writeAll(held + size, bytes, after);
  }

  #writeHeld(): void {
    const held = this.#takeHeld();
    if (held !== '') this.#socket.write(held, 'latin1');
  }

  #takeHeld(): string {
    const held = this.#held;
    this.#held = '';
    if (this.#state === HELD) {
      this.#state = SENT;
      this.#probed = 0;
    }
    return held;
  }

  /** What goes before, bytes, and what comes after, in one write. */
  #writeAll(before: string, bytes: Uint8Array, after: string): void {
    const socket = this.#socket;
    const length = before.length + bytes.length + after.length;
    if (length === bytes.length) socket.write(bytes);
    else if (length <= COPIED_BYTES) {
      const all = Buffer.allocUnsafe(length);
      all.write(before, 0, 'latin1');
      all.set(bytes, before.length);
      if (after) all.write(after, before.length + bytes.length, 'latin1');
      socket.write(all);
    } else {
      socket.cork();
      if (before) socket.write(before, 'latin1');
      socket.write(bytes);
      if (after) socket.write(after, 'latin1');
      socket.uncork();
    }
  }

  /** The rest of an interim answer goes before whatever comes next. */
  #behindProbe(text: string): string {
    if (this.#probed === 0) return text;
    const rest = INTERIM.slice(this.#probed);
    this.#probed = 0;
    return rest + text;
  }
}

const lengthLine = (length: number): string =>
  length < 0 ? '\r\n' : `Content-Length: ${length}\r\n\r\n`;

function checkStatus(status: number, least: number, most: number): void {
  if (Number.isInteger(status) && status >= least && status <= most && status !== 101) return;
  throw outOfRange('status', `a whole number from ${least} to ${most}, but not 101`, status);
}
