/** Writes one message after the other to a socket: a head that waits for its first bytes, then a body framed as the head says. */
import type { Duplex } from 'node:stream';
import { AnswerOrderError, BodyLengthError } from '../errors.ts';

/** How a body is framed. */
export type BodyFraming = typeof BODILESS | typeof COUNTED | typeof CHUNKED | typeof UNTIL_CLOSE;
/** Bytes of the body are dropped: the message has none, whatever its head says. */
export const BODILESS = 0;
export const COUNTED = 1;
export const CHUNKED = 2;
/** The body lasts until the connection ends. */
export const UNTIL_CLOSE = 3;

/** More than this waits in memory for the other end only if it was written at once. */
export const HIGH_WATER_BYTES: number = 64 * 1024;
/** More than this is handed to the system piece by piece, so that one can see whether the other end takes any of it. */
const PIECE_BYTES = 256 * 1024;
/** Up to this size it is cheaper to copy bytes behind what goes before them than to write two pieces. */
const COPIED_BYTES = 16 * 1024;

const NONE = 0;
/** The head is made and waits for the first bytes. */
const HELD = 1;
const SENT = 2;
const ENDED = 3;

/** A chunk size may have 16 digits, and none of ours has more than 8. */
const MOST_ZEROS = 8;

/** Writes messages to one socket. */
export class MessageWriter {
  readonly #socket: Duplex;
  #state = NONE;
  #framing: BodyFraming = BODILESS;
  /** Bytes still to come of a body whose length is known. */
  #left = 0;
  #promised = 0;
  #held = '';
  #bodyBytes = 0;
  /** Zeros that went before the size of the next chunk. */
  #zeros = 0;
  /** What is left of bytes that go piece by piece, and what comes behind them. */
  #rest: Uint8Array | undefined;
  #behindRest = '';
  #taken: (() => void) | undefined;
  readonly #progress: (() => void) | undefined;
  readonly #onPiece = (error?: Error | null): void => {
    if (error) return;
    this.#writePiece();
    this.#progress?.();
  };

  /** Something large goes piece by piece if there is `progress`, which is told of each that the system has taken. */
  constructor(socket: Duplex, progress?: () => void) {
    this.#socket = socket;
    this.#progress = progress;
  }

  /** Forgets the last message. */
  next(): void {
    this.#state = NONE;
    this.#held = '';
    this.#bodyBytes = 0;
  }

  /** True once a head has been given. */
  get hasHead(): boolean {
    return this.#state !== NONE;
  }

  /** True once the end has been given. */
  get hasEnded(): boolean {
    return this.#state === ENDED;
  }

  /** True if an orderly end of the connection would be the end of the message. */
  get endsWithConnection(): boolean {
    return this.#state !== NONE && this.#framing === UNTIL_CLOSE;
  }

  /** How many bytes of the body have been given. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** How much is written that the system has not taken yet. */
  get pending(): number {
    return this.#socket.writableLength + (this.#rest?.length ?? 0);
  }

  /** True if the other end takes what it is sent. */
  get keepsUp(): boolean {
    return this.pending < HIGH_WATER_BYTES;
  }

  /** Calls back when the system has taken all that was written before; never if the connection breaks. */
  whenTaken(taken: () => void): void {
    if (this.#rest) this.#taken = taken;
    else {
      // Comes back behind what was written before.
      this.#socket.write(EMPTY, (error) => {
        if (!error) taken();
      });
    }
  }

  /** Hands all that still waits to the system at once, so that something else can come behind it. */
  hurry(): void {
    const rest = this.#rest;
    if (!rest) return;
    this.#rest = undefined;
    this.#socket.write(rest, this.#onPiece);
    if (this.#behindRest) this.#socket.write(this.#behindRest, 'latin1');
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken) this.whenTaken(taken);
  }

  /** A whole message: the text of its head, and all of its body. */
  whole(head: string, body: string | Uint8Array | null): void {
    this.#state = ENDED;
    this.#framing = BODILESS;
    this.#bodyBytes = body?.length ?? 0;
    this.hurry();
    if (body === null) this.#socket.write(head, 'latin1');
    else if (typeof body === 'string' && (!this.#progress || body.length <= PIECE_BYTES))
      this.#socket.write(head + body, 'latin1');
    else if (typeof body === 'string') this.#writeAll(head, Buffer.from(body, 'latin1'), '');
    else this.#writeAll(head, body, '');
  }

  /** The text of a head, which leaves with the first bytes or when it is flushed. */
  head(text: string, framing: BodyFraming, length: number): void {
    this.#held = text;
    this.#framing = framing;
    this.#left = this.#promised = length;
    this.#zeros = 0;
    this.#state = HELD;
  }

  /** Sends a head that still waits. */
  flush(): void {
    if (this.#state === HELD) this.#socket.write(this.#takeHeld(), 'latin1');
  }

  /**
   * Bytes of the body, and the end of the message with them if they are the last.
   *
   * @throws BodyLengthError if they are more or fewer than the head has promised; nothing of them is sent
   */
  write(bytes: Uint8Array, last: boolean): void {
    this.#checkOpen();
    this.#count(bytes.length, last);
    const held = this.#takeHeld();
    if (last) this.#state = ENDED;
    if (this.#framing === CHUNKED) this.#writeChunk(held, bytes, last);
    else if (this.#framing !== BODILESS && bytes.length > 0) this.#writeAll(held, bytes, '');
    else if (held) this.#socket.write(held, 'latin1');
  }

  /** The end of the message, with lines of trailers where the body is chunked. */
  end(trailers: string): void {
    this.#checkOpen();
    this.#count(0, true);
    const held = this.#takeHeld();
    this.#state = ENDED;
    this.hurry();
    const end = this.#framing === CHUNKED ? `${held}0\r\n${trailers}\r\n` : held;
    if (end) this.#socket.write(end, 'latin1');
  }

  /** Sends a zero before the size of the next chunk, which changes nothing; `false` if the body is not chunked. */
  writeZero(): boolean {
    if (this.#state !== SENT || this.#framing !== CHUNKED || this.#zeros >= MOST_ZEROS)
      return false;
    this.hurry();
    this.#zeros++;
    this.#socket.write('0', 'latin1');
    return true;
  }

  #checkOpen(): void {
    if (this.#state === NONE) throw new AnswerOrderError('The answer has no head yet');
    if (this.#state === ENDED) throw new AnswerOrderError('The answer has ended already');
  }

  #count(bytes: number, last: boolean): void {
    if (this.#framing === BODILESS) return;
    this.#bodyBytes += bytes;
    if (this.#framing !== COUNTED) return;
    const left = this.#left - bytes;
    if (left < 0 || (last && left > 0)) this.#bodyBytes -= bytes;
    if (left < 0) throw new BodyLengthError(this.#promised, `${this.#promised - left} or more`);
    if (last && left > 0) throw new BodyLengthError(this.#promised, String(this.#promised - left));
    this.#left = left;
  }

  #takeHeld(): string {
    const held = this.#held;
    if (this.#state === HELD) {
      this.#state = SENT;
      this.#held = '';
    }
    return held;
  }

  #writeChunk(held: string, bytes: Uint8Array, last: boolean): void {
    this.#zeros = 0;
    if (bytes.length === 0) {
      this.hurry();
      const text = last ? `${held}0\r\n\r\n` : held;
      if (text) this.#socket.write(text, 'latin1');
      return;
    }
    this.#writeAll(
      `${held}${bytes.length.toString(16)}\r\n`,
      bytes,
      last ? '\r\n0\r\n\r\n' : '\r\n',
    );
  }

  /** What goes before, bytes, and what comes after, in one write. */
  #writeAll(before: string, bytes: Uint8Array, after: string): void {
    this.hurry();
    const socket = this.#socket;
    if (this.#progress && bytes.length > PIECE_BYTES) {
      if (before) socket.write(before, 'latin1');
      this.#rest = bytes;
      this.#behindRest = after;
      this.#writePiece();
      return;
    }
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

  #writePiece(): void {
    const rest = this.#rest;
    if (!rest) return;
    if (rest.length <= PIECE_BYTES) return this.hurry();
    this.#rest = rest.subarray(PIECE_BYTES);
    this.#socket.write(rest.subarray(0, PIECE_BYTES), this.#onPiece);
  }
}

const EMPTY = Buffer.alloc(0);
