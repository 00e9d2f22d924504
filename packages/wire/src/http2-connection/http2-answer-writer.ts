/** Writes one answer to a stream of HTTP/2, and watches whether its client takes it. */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { AnswerOrderError, BodyLengthError } from '../errors.ts';
import { http2Headers } from './http2-answer-head.ts';
import { checkFinalStatus, checkInterimStatus } from '../message-writer/answer-status.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';

/** Whoever is told how an answer fares. */
export interface AnswerOwner {
  /** More can be written. */
  drained(): void;
  /** All of it is with the system. */
  finished(): void;
  /** The client has taken nothing for too long. */
  stalled(): void;
}

const NONE = 0;
/** The head is made and waits for the first bytes. */
const HELD = 1;
const SENT = 2;
const ENDED = 3;

/** More than this goes out piece by piece, so that it shows whether a slow client takes anything. */
const PIECE_BYTES = 64 * 1024;

/** Writes one answer. */
export class Http2AnswerWriter implements Timed {
  readonly #stream: ServerHttp2Stream;
  readonly #server: ServerState;
  readonly #owner: AnswerOwner;
  readonly #isHead: boolean;
  readonly #deadline: Deadline;
  #state = NONE;
  #isDropped = false;
  #isBodiless = false;
  /** Bytes still to come of a body whose length is known, else -1. */
  #left = -1;
  #promised = -1;
  #bodyBytes = 0;
  #held: OutgoingHttpHeaders | undefined;
  #trailers: OutgoingHttpHeaders | undefined;
  /** What node:http2 has not been given yet. */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  readonly #onWritten = (): void => this.#written();
  #onEnd: (() => void) | undefined;

  constructor(
    stream: ServerHttp2Stream,
    server: ServerState,
    owner: AnswerOwner & { readonly isHead: boolean },
  ) {
    this.#stream = stream;
    this.#server = server;
    this.#owner = owner;
    this.#isHead = owner.isHead;
    this.#deadline = new Deadline(this);
  }

  /** True once a final head has been given. */
  get hasHead(): boolean {
    return this.#state !== NONE;
  }

  /** True once the end has been given. */
  get hasEnded(): boolean {
    return this.#isDropped || this.#state === ENDED;
  }

  /** True once everything that the client needs is on its way, though the end may still be to be given. */
  get isOut(): boolean {
    return this.#isBodiless && this.#state >= SENT;
  }

  /** How many bytes of the body have been given. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** How much is written that the system has not taken yet. */
  get pending(): number {
    return this.#queuedBytes + this.#stream.writableLength;
  }

  /** True if the client takes what it is sent. */
  get keepsUp(): boolean {
    return this.#queue.length === 0 && !this.#stream.writableNeedDrain;
  }

  /** A whole answer. */
  answer(status: number, raw: readonly string[], body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const { headers, contentLength } = this.#head(status, raw);
    const isEmpty = bytes.length === 0;
    const length = this.#isBodiless && isEmpty ? contentLength : bytes.length;
    if (status !== 204 && length >= 0) headers['content-length'] = String(length);
    if (!this.#isBodiless) this.#bodyBytes = bytes.length;
    this.#state = ENDED;
    if (this.#isBodiless || isEmpty) return this.#respondWhole(headers);
    // What goes out in pieces can be cut short.
    this.#respond(headers, bytes.length > PIECE_BYTES);
    this.#send(bytes, true);
  }

  /** An interim answer. */
  inform(status: number, raw: readonly string[]): void {
    if (this.hasHead) throw new AnswerOrderError('The answer has begun already');
    checkInterimStatus(status);
    const { headers } = http2Headers(raw);
    this.#stream.additionalHeaders({ ...headers, ':status': status });
  }

  /** The head of an answer, which leaves with the first bytes or when it is flushed. */
  head(status: number, raw: readonly string[]): void {
    const { headers, contentLength } = this.#head(status, raw);
    if (contentLength >= 0 && status !== 204) headers['content-length'] = String(contentLength);
    this.#promised = this.#left = this.#isBodiless ? -1 : contentLength;
    this.#held = headers;
    this.#state = HELD;
  }

  /** Sends a head that still waits. */
  flush(): void {
    if (this.#state !== HELD || this.#stream.closed) return;
    this.#state = SENT;
    const headers = this.#takeHeld();
    if (this.#isBodiless) this.#stream.respond(headers, { endStream: true, ...NO_DATE });
    else this.#respond(headers, true);
  }

  /**
   * Bytes of the body, and the end of the answer with them if they are the last.
   *
   * @throws BodyLengthError if they are more or fewer than the head has promised; nothing of them is sent
   */
  write(bytes: Uint8Array, last: boolean): void {
    this.#checkOpen();
    this.#count(bytes.length, last);
    const isWhole = last && this.#state === HELD;
    if (!last) this.flush();
    if (last) this.#state = ENDED;
    if (isWhole && (this.#isBodiless || bytes.length === 0)) {
      return this.#respondWhole(this.#takeHeld());
    }
    if (isWhole) this.#respond(this.#takeHeld(), bytes.length > PIECE_BYTES);
    if (!this.#isBodiless) this.#send(bytes, last);
    else if (last) this.#finished();
  }

  /** The end of the answer, with trailers where its length was not known before. */
  end(raw: readonly string[]): void {
    this.#checkOpen();
    this.#count(0, true);
    const { headers } = http2Headers(raw);
    if (this.#promised >= 0 || this.#isBodiless) return this.write(NOTHING, true);
    this.flush();
    this.#trailers = headers;
    this.#state = ENDED;
    this.#send(NOTHING, true);
  }

  /** Gives up what is not sent yet. */
  drop(): void {
    this.#isDropped = true;
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** Waits for the stream to close, as long as a client may take. */
  expectClose(): void {
    const { wheel, writeTimeoutMs } = this.#server;
    if (!this.#stream.destroyed) wheel.set(this.#deadline, writeTimeoutMs);
  }

  /** The stream is gone. */
  closed(): void {
    this.#server.wheel.remove(this.#deadline);
  }

  onDue(): void {
    this.#owner.stalled();
  }

  #head(
    status: number,
    raw: readonly string[],
  ): { headers: OutgoingHttpHeaders; contentLength: number } {
    if (this.#state !== NONE) throw new AnswerOrderError('The answer has begun already');
    checkFinalStatus(status);
    const { headers, contentLength } = http2Headers(raw);
    headers[':status'] = status;
    headers['date'] ??= this.#server.date();
    this.#isBodiless = this.#isHead || status === 204 || status === 205 || status === 304;
    return { headers, contentLength };
  }

  #takeHeld(): OutgoingHttpHeaders {
    const held = this.#held ?? {};
    this.#held = undefined;
    return held;
  }

  #respondWhole(headers: OutgoingHttpHeaders): void {
    this.#stream.respond(headers, { endStream: true, ...NO_DATE });
    this.#finished();
  }

  /** Begins a body. One that `canBeCut` has an end of its own, which does not come of itself when the stream is closed. */
  #respond(headers: OutgoingHttpHeaders, canBeCut: boolean): void {
    const stream = this.#stream;
    if (canBeCut) stream.once('wantTrailers', () => this.#sendTrailers());
    else this.#onEnd = () => this.#finished();
    stream.respond(headers, { waitForTrailers: canBeCut, ...NO_DATE });
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers ?? {});
    // They leave in the next turn.
    setImmediate(() => this.#finished());
  }

  #finished(): void {
    if (this.#stream.closed && this.#stream.rstCode !== 0) return;
    this.#server.wheel.set(this.#deadline, Infinity);
    this.#owner.finished();
  }

  #checkOpen(): void {
    if (this.#state === NONE) throw new AnswerOrderError('The answer has no head yet');
    if (this.#state === ENDED) throw new AnswerOrderError('The answer has ended already');
  }

  #count(bytes: number, last: boolean): void {
    if (this.#isBodiless) return;
    if (this.#promised >= 0) {
      const left = this.#left - bytes;
      if (left < 0) throw new BodyLengthError(this.#promised, `${this.#promised - left} or more`);
      if (last && left > 0) {
        throw new BodyLengthError(this.#promised, String(this.#promised - left));
      }
      this.#left = left;
    }
    this.#bodyBytes += bytes;
  }

  #send(bytes: Uint8Array, last: boolean): void {
    if (this.#queue.length === 0 && bytes.length <= PIECE_BYTES) this.#hand(bytes, last);
    else {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        this.#queue.push(bytes.subarray(at, at + PIECE_BYTES));
      }
      this.#queuedBytes += bytes.length;
      if (this.#stream.writableLength === 0) this.#handNext();
    }
    this.#watch();
  }

  #handNext(): void {
    const bytes = this.#queue.shift();
    if (!bytes) return;
    this.#queuedBytes -= bytes.length;
    this.#hand(bytes, this.#state === ENDED && this.#queue.length === 0);
  }

  #hand(bytes: Uint8Array, last: boolean): void {
    if (!last) this.#stream.write(bytes, this.#onWritten);
    else if (bytes.length > 0) this.#stream.end(bytes, this.#onEnd);
    else this.#stream.end(this.#onEnd);
  }

  #written(): void {
    if (this.#stream.closed) return;
    this.#handNext();
    this.#watch();
    if (this.keepsUp) this.#owner.drained();
  }

  /** Something has been written or taken: from now on the client has its time again. */
  #watch(): void {
    const { wheel, writeTimeoutMs } = this.#server;
    const isWaiting = this.#state === ENDED || !this.keepsUp;
    wheel.set(this.#deadline, isWaiting ? writeTimeoutMs : Infinity);
  }
}

const NOTHING = new Uint8Array(0);
/** The date is set by whoever owns the clock. */
const NO_DATE = { sendDate: false };
