/** Feeds bytes in given pieces to a MessageReader, and gives back the messages that it read, or the rule that it refused them by. */
import { RefusedMessageError } from '../src/errors.ts';
import { CLOSE, type Fields, KEEP_ALIVE } from '../src/message-reader/fields.ts';
import { checkLimits, type LimitOptions } from '../src/message-reader/limits.ts';
import {
  CHUNKED,
  type Framing,
  MessageReader,
  type MessageReceiver,
  UNTIL_CLOSE,
} from '../src/message-reader/message-reader.ts';
import { readRequestHead } from '../src/message-reader/request-head.ts';
import { readResponseHead } from '../src/message-reader/response-head.ts';
import type { RuleCode } from '../src/rules.ts';

/** A message as it was read. */
export interface ReadMessage {
  /** Method and target of a request; status of a response. */
  readonly line: readonly (string | number)[];
  readonly version: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** In Latin-1, so that two of them can be compared and shown. */
  readonly body: string;
  readonly trailers: readonly string[];
}

/** What became of some bytes. */
export interface Reading {
  /** Those that are whole. */
  readonly messages: readonly ReadMessage[];
  /** Where each of them ends. */
  readonly ends: readonly number[];
  /** One whose head was read, and whose end was not. */
  readonly unfinished: ReadMessage | undefined;
  readonly refused: RuleCode | undefined;
  /** True if a message was under way, or had begun, when the bytes ended. */
  readonly isCutShort: boolean;
  /** True if the last message was the last of its connection, whatever came after it. */
  readonly isClosed: boolean;
}

/** How bytes are read. */
export interface ReadingOptions {
  /** Where the bytes are cut into pieces; none: they come whole. */
  readonly cuts?: readonly number[];
  readonly limits?: LimitOptions;
  /** The method that the responses answer. @default 'GET' */
  readonly answering?: string;
}

/** Reads requests, as a server does: up to the one after which the connection ends. */
export function readRequests(bytes: Buffer, options: ReadingOptions = {}): Reading {
  return new Feeder('request', options).feed(bytes);
}

/** Reads responses to requests of one method, the interim ones included: up to the first that is not. */
export function readResponses(bytes: Buffer, options: ReadingOptions = {}): Reading {
  return new Feeder('response', options).feed(bytes);
}

/** The cuts that make pieces of one byte. */
export function everyByte(bytes: Buffer): readonly number[] {
  return Array.from(bytes.keys()).slice(1);
}

class Feeder implements MessageReceiver {
  readonly #kind: 'request' | 'response';
  readonly #options: ReadingOptions;
  readonly #limits: ReturnType<typeof checkLimits>;
  readonly #messages: ReadMessage[] = [];
  readonly #ends: number[] = [];
  #head: Omit<ReadMessage, 'body' | 'trailers'> | undefined;
  #chunks: Buffer[] = [];
  #hadLast = false;
  /** No message may come behind the one under way. */
  #isLast = false;
  #isClosed = false;

  constructor(kind: 'request' | 'response', options: ReadingOptions) {
    this.#kind = kind;
    this.#options = options;
    this.#limits = checkLimits(options.limits ?? {}, Infinity);
  }

  feed(bytes: Buffer): Reading {
    const reader = new MessageReader(this.#kind, this.#limits, this);
    const cuts = [0, ...(this.#options.cuts ?? []), bytes.length];
    let refused: RuleCode | undefined;
    let isCutShort = false;
    try {
      for (let index = 1; index < cuts.length && !this.#isClosed; index++) {
        this.#feedPiece(reader, bytes, [cuts[index - 1] ?? 0, cuts[index] ?? 0]);
      }
      if (!this.#isClosed) isCutShort = this.#finish(reader);
      if (this.#messages.length > this.#ends.length) this.#ends.push(bytes.length);
    } catch (error) {
      if (!(error instanceof RefusedMessageError)) throw error;
      refused = error.code;
    }
    const unfinished = this.#head && this.#whole([]);
    return {
      messages: this.#messages,
      ends: this.#ends,
      unfinished,
      refused,
      isCutShort,
      isClosed: this.#isClosed,
    };
  }

  #feedPiece(reader: MessageReader, bytes: Buffer, [from, to]: readonly [number, number]): void {
    const piece = Buffer.from(bytes.subarray(from, to));
    let at = 0;
    while (at < piece.length && !this.#isClosed) {
      at = reader.read(piece, at);
      if (!reader.isDone) continue;
      this.#ends.push(from + at);
      reader.next();
    }
    // Sockets may read into the same memory again: what is still needed must have been copied.
    piece.fill(0x21);
  }

  #finish(reader: MessageReader): boolean {
    try {
      reader.finish();
      return false;
    } catch (error) {
      if (error instanceof RefusedMessageError && error.code === 'BODY_CUT_SHORT') return true;
      throw error;
    }
  }

  head(text: string): Framing {
    if (this.#head) throw new Error('A head came before the end of the message before it');
    return this.#kind === 'request' ? this.#requestHead(text) : this.#responseHead(text);
  }

  #requestHead(text: string): Framing {
    const { method, target, version, fields } = readRequestHead(text, this.#limits);
    this.#head = { line: [method, target], version, headers: fields.raw };
    const { connection } = fields;
    this.#isLast =
      (connection & CLOSE) !== 0 || (version === '1.0' && (connection & KEEP_ALIVE) === 0);
    return framingOf(fields, 0);
  }

  #responseHead(text: string): Framing {
    const { status, version, fields } = readResponseHead(text, this.#limits);
    this.#head = { line: [status], version, headers: fields.raw };
    this.#isLast = status >= 200 || status === 101;
    const isBodiless = status < 200 || status === 204 || status === 304;
    if (isBodiless || this.#options.answering === 'HEAD') return 0;
    return framingOf(fields, UNTIL_CLOSE);
  }

  chunk(bytes: Buffer, last: boolean): void {
    if (!this.#head) throw new Error('A chunk came outside of a message');
    if (this.#hadLast) throw new Error('A chunk came after the last one');
    if (bytes.length === 0) throw new Error('A chunk came without bytes');
    this.#hadLast = last;
    this.#chunks.push(Buffer.from(bytes));
  }

  end(trailers: readonly string[]): void {
    this.#messages.push(this.#whole(trailers));
    this.#head = undefined;
    this.#chunks = [];
    this.#hadLast = false;
    this.#isClosed = this.#isLast;
  }

  #whole(trailers: readonly string[]): ReadMessage {
    if (!this.#head) throw new Error('A message ended that had not begun');
    return { ...this.#head, body: Buffer.concat(this.#chunks).toString('latin1'), trailers };
  }
}

function framingOf({ isChunked, contentLength }: Fields, otherwise: Framing): Framing {
  if (isChunked) return CHUNKED;
  return contentLength >= 0 ? contentLength : otherwise;
}
