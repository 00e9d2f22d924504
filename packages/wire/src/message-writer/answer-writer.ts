/** Writes answers to one connection, one after the other. */
import type { Duplex } from 'node:stream';
import { checkFinalStatus, checkInterimStatus } from './answer-status.ts';
import { AnswerOrderError } from '../errors.ts';
import {
  BODILESS,
  type BodyFraming,
  CHUNKED,
  COUNTED,
  MessageWriter,
  UNTIL_CLOSE,
} from './message-writer.ts';
import { type HeaderLines, headerLines, statusLine, trailerLines } from './write-head.ts';

/** What a writer is told of the request that it answers. */
export interface Answered {
  readonly isHead: boolean;
  readonly version: '1.0' | '1.1';
}

/** Gives the lines that every head has besides its own: Date, and what becomes of the connection. */
export type CommonLines = (lines: HeaderLines) => string;

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Writes answers to one connection. */
export class AnswerWriter {
  readonly #socket: Duplex;
  readonly #common: CommonLines;
  readonly #messages: MessageWriter;
  #answered: Answered | undefined;
  /** Bytes of an interim answer that were sent to see whether the client is there. */
  #probed = 0;

  constructor(socket: Duplex, common: CommonLines, progress?: () => void) {
    this.#socket = socket;
    this.#common = common;
    this.#messages = new MessageWriter(socket, progress);
  }

  /** Begins with another request. */
  next(answered: Answered): void {
    this.#answered = answered;
    this.#messages.next();
    this.#probed = 0;
  }

  /** True once a final head has been given. */
  get hasHead(): boolean {
    return this.#messages.hasHead;
  }

  /** True once the end has been given. */
  get hasEnded(): boolean {
    return this.#messages.hasEnded;
  }

  /** True if an orderly end of the connection would be the end of the answer. */
  get endsWithConnection(): boolean {
    return this.#messages.endsWithConnection;
  }

  /** How many bytes of the body have been given. */
  get bodyBytes(): number {
    return this.#messages.bodyBytes;
  }

  /** How much is written that the system has not taken yet. */
  get pending(): number {
    return this.#messages.pending;
  }

  /** True if the client takes what it is sent. */
  get keepsUp(): boolean {
    return this.#messages.keepsUp;
  }

  /** Calls back when the system has taken all that was written before; never if the connection breaks. */
  whenTaken(taken: () => void): void {
    this.#messages.whenTaken(taken);
  }

  /** Hands all that still waits to the system at once, so that something else can come behind it. */
  hurry(): void {
    this.#messages.hurry();
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
    if (isBodiless || length === 0) this.#messages.whole(text, null);
    // No longer in bytes than in characters: all of them are ASCII, and go out with the head as they are.
    else if (length === body.length) this.#messages.whole(text, body);
    else this.#messages.whole(text, Buffer.from(body as string));
  }

  /** An interim answer. */
  inform(status: number, headers: readonly string[]): void {
    if (this.hasHead) throw new AnswerOrderError('The answer has begun already');
    checkInterimStatus(status);
    const { text } = headerLines(headers);
    if (this.#answered?.version === '1.0') return;
    this.#socket.write(this.#behindProbe(`${statusLine(status)}${text}\r\n`), 'latin1');
  }

  /** The head of an answer, which leaves with the first bytes or when it is flushed. */
  head(status: number, headers: readonly string[]): void {
    const lines = this.#lines(status, headers);
    const framing = this.#framingOf(status, lines);
    if (framing === UNTIL_CLOSE) lines.closes = true;
    const start = statusLine(status) + lines.text + this.#common(lines);
    const end =
      framing === CHUNKED
        ? 'Transfer-Encoding: chunked\r\n\r\n'
        : lengthLine(status === 204 ? -1 : lines.contentLength);
    this.#messages.head(this.#behindProbe(start + end), framing, Math.max(lines.contentLength, 0));
  }

  /** Sends a head that still waits. */
  flush(): void {
    this.#messages.flush();
  }

  /**
   * Bytes of the body, and the end of the answer with them if they are the last.
   *
   * @throws BodyLengthError if they are more or fewer than the head has promised; nothing of them is sent
   */
  write(bytes: Uint8Array, last: boolean): void {
    this.#messages.write(bytes, last);
  }

  /** The end of the answer, with trailers where the body is chunked. */
  end(trailers: readonly string[]): void {
    this.#messages.end(trailerLines(trailers));
  }

  /**
   * Sends a byte that changes nothing for a client that is there, and that a client which is gone cannot take: of an interim answer before
   * the head, a zero before the size of the next chunk behind it. `false` if there is nothing of the kind.
   */
  probe(): boolean {
    this.flush();
    if (this.hasHead) return this.#messages.writeZero();
    if (this.#answered?.version !== '1.1' || this.#probed >= INTERIM.length) return false;
    this.#socket.write(INTERIM.charAt(this.#probed++), 'latin1');
    return true;
  }

  #lines(status: number, headers: readonly string[]): HeaderLines {
    if (this.hasHead) throw new AnswerOrderError('The answer has begun already');
    checkFinalStatus(status);
    const lines = headerLines(headers);
    if (status === UPGRADE_REQUIRED) lines.text += upgradeLines(headers);
    return lines;
  }

  #isBodiless(status: number): boolean {
    return this.#answered?.isHead === true || status === 204 || status === 304;
  }

  #framingOf(status: number, lines: HeaderLines): BodyFraming {
    if (this.#isBodiless(status)) return BODILESS;
    if (lines.contentLength >= 0) return COUNTED;
    return this.#answered?.version === '1.0' ? UNTIL_CLOSE : CHUNKED;
  }

  /** The rest of an interim answer goes before whatever comes next. */
  #behindProbe(text: string): string {
    if (this.#probed === 0) return text;
    const rest = INTERIM.slice(this.#probed);
    this.#probed = 0;
    return rest + text;
  }
}

/** The one answer that names protocols to switch to, and has to (RFC 9110 section 15.5.22). */
const UPGRADE_REQUIRED = 426;

function upgradeLines(raw: readonly string[]): string {
  const at = raw.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade');
  return at < 0 ? '' : `Connection: Upgrade\r\nUpgrade: ${raw[at + 1]}\r\n`;
}

const lengthLine = (length: number): string =>
  length < 0 ? '\r\n' : `Content-Length: ${length}\r\n\r\n`;
