/** Reads messages from bytes in pieces of any size: heads, bodies however they are framed, trailers. It knows no sockets. */
import { type ChunkReceiver, ChunkedDecoder } from './chunked.ts';
import { RefusedMessageError } from '../errors.ts';
import { readFields } from './fields.ts';
import { HeadCollector } from './head-collector.ts';
import type { Limits } from './limits.ts';

/** How the length of a body is known: a number of bytes, 0 for none, or one of these. */
export type Framing = number;
export const CHUNKED: Framing = -1;
/** Only in answers: the body lasts until the connection ends. */
export const UNTIL_CLOSE: Framing = -2;

/** Receives what is read. What it throws stops the reading. */
export interface MessageReceiver extends ChunkReceiver {
  /** The lines of a head, each with its CRLF. Gives the framing of the body that follows. */
  head(text: string): Framing;
  /** The message is over. Trailers are names and values in turn. */
  end(trailers: readonly string[]): void;
}

const HEAD = 0;
const COUNTED = 1;
const CHUNKS = 2;
const TRAILERS = 3;
const REST = 4;
const DONE = 5;

const NONE: readonly string[] = [];
const LINE_BREAK = '\r\n';
const LINE_END = Buffer.from(LINE_BREAK);

/** Reads one message after the other; between two it waits to be told to go on. */
export class MessageReader {
  readonly #receiver: MessageReceiver;
  readonly #limits: Limits;
  readonly #heads: HeadCollector;
  readonly #leadingLine: boolean;
  #trailers: HeadCollector | undefined;
  #chunks: ChunkedDecoder | undefined;
  #state = HEAD;
  /** Bytes of the body that are to come; where only the end of the connection tells, those that may come. */
  #left = 0;

  constructor(kind: 'request' | 'response', limits: Limits, receiver: MessageReceiver) {
    this.#receiver = receiver;
    this.#limits = limits;
    this.#leadingLine = kind === 'request';
    const isRequest = kind === 'request';
    this.#heads = new HeadCollector({
      maxBytes: limits.maxHeadBytes,
      maxLineBytes: limits.maxLineBytes,
      tooLarge: 'HEAD_TOO_LARGE',
      lineTooLong: isRequest ? 'REQUEST_LINE_TOO_LONG' : 'HEAD_TOO_LARGE',
      malformed: isRequest ? 'REQUEST_LINE_MALFORMED' : 'STATUS_LINE_MALFORMED',
      leadingLine: isRequest,
    });
  }

  /** True between two messages, when nothing of the next one has come. */
  get isIdle(): boolean {
    return this.#state === DONE || (this.#state === HEAD && !this.#heads.hasBegun);
  }

  /** True while a head is under way or awaited. */
  get isInHead(): boolean {
    return this.#state === HEAD;
  }

  /** True once the message is over. */
  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** Reads the next message. */
  next(): void {
    this.#state = HEAD;
  }

  /**
   * Takes bytes from `at` on. Stops behind the end of a message, and gives the position behind the last byte that it took.
   *
   * @throws RefusedMessageError for bytes that break a rule; nothing can be read after that
   */
  read(chunk: Buffer, at: number): number {
    let here = at;
    while (here < chunk.length && this.#state !== DONE) here = this.#readPart(chunk, here);
    return here;
  }

  /**
   * The other end says that nothing more will come.
   *
   * @throws RefusedMessageError if a message is not over
   */
  finish(): void {
    if (this.#state === REST) this.#end(NONE);
    else if (!this.isIdle) throw new RefusedMessageError('BODY_CUT_SHORT');
  }

  #readPart(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case HEAD:
        return this.#readHead(chunk, at);
      case COUNTED:
        return this.#readCounted(chunk, at);
      case CHUNKS:
        return this.#readChunks(chunk, at);
      case TRAILERS:
        return this.#readTrailers(chunk, at);
      default:
        return this.#readRest(chunk, at);
    }
  }

  #readHead(chunk: Buffer, at: number): number {
    const lines = this.#heads.take(chunk, at);
    if (lines === undefined) return chunk.length;
    // One line break before a request is let pass (RFC 9112 section 2.2).
    const isLed = this.#leadingLine && lines.startsWith(LINE_BREAK);
    let framing: Framing;
    try {
      framing = this.#receiver.head(isLed ? lines.slice(2) : lines);
    } catch (error) {
      // Had the bytes come one by one, another rule may have been broken before.
      this.#heads.recheck(lines);
      throw error;
    }
    this.#begin(framing);
    return this.#heads.end;
  }

  #begin(framing: Framing): void {
    if (framing > 0) {
      if (framing > this.#limits.maxBodyBytes) throw new RefusedMessageError('BODY_TOO_LARGE');
      this.#left = framing;
      this.#state = COUNTED;
    } else if (framing === 0) this.#end(NONE);
    else if (framing === UNTIL_CLOSE) {
      this.#left = this.#limits.maxBodyBytes;
      this.#state = REST;
    } else {
      this.#chunks = new ChunkedDecoder(this.#limits);
      this.#state = CHUNKS;
    }
  }

  #readCounted(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    const isLast = this.#left === 0;
    const bytes = taken === chunk.length ? chunk : chunk.subarray(at, at + taken);
    // Before the receiver is told, so that what it does finds the message over.
    if (isLast) this.#state = DONE;
    this.#receiver.chunk(bytes, isLast);
    if (isLast) this.#receiver.end(NONE);
    return at + taken;
  }

  #readRest(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    if (taken > 0) {
      this.#receiver.chunk(taken === chunk.length ? chunk : chunk.subarray(at, at + taken), false);
    }
    if (at + taken < chunk.length) throw new RefusedMessageError('BODY_TOO_LARGE');
    return chunk.length;
  }

  #readChunks(chunk: Buffer, at: number): number {
    const decoder = this.#chunks as ChunkedDecoder;
    const here = decoder.read(chunk, at, this.#receiver);
    if (decoder.isLast) {
      this.#chunks = undefined;
      this.#state = TRAILERS;
    }
    return here;
  }

  /** An empty line, or lines and an empty line. */
  #readTrailers(chunk: Buffer, at: number): number {
    if (!this.#trailers) {
      if (chunk.length - at >= 2 && chunk[at] === 0x0d && chunk[at + 1] === 0x0a) {
        this.#end(NONE);
        return at + 2;
      }
      this.#trailers = this.#trailerCollector();
    }
    const lines = this.#trailers.take(chunk, at);
    if (lines === undefined) return chunk.length;
    const { end } = this.#trailers;
    this.#end(this.#trailersOf(lines, this.#trailers));
    return end;
  }

  #trailerCollector(): HeadCollector {
    const collector = new HeadCollector({
      maxBytes: LINE_END.length + this.#limits.maxHeadBytes,
      maxLineBytes: Infinity,
      tooLarge: 'TRAILERS_TOO_LARGE',
      lineTooLong: 'TRAILERS_TOO_LARGE',
      malformed: undefined,
      leadingLine: true,
    });
    // The empty line that ends a block is found by the end of the line before it.
    collector.take(LINE_END, 0);
    return collector;
  }

  #trailersOf(lines: string, collector: HeadCollector): readonly string[] {
    this.#trailers = undefined;
    try {
      return readTrailers(lines.slice(LINE_END.length), this.#limits.maxHeaders);
    } catch (error) {
      collector.recheck(lines);
      throw error;
    }
  }

  #end(trailers: readonly string[]): void {
    this.#state = DONE;
    this.#receiver.end(trailers);
  }
}

/** Names that say where a message ends, where it goes, or what becomes of the connection; at its end it is too late for that. */
const TOO_LATE =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade):/im;

function readTrailers(lines: string, most: number): readonly string[] {
  if (TOO_LATE.test(lines)) throw new RefusedMessageError('TRAILER_FORBIDDEN');
  return readFields(lines, 0, most).raw;
}
