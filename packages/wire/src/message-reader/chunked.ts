/** Decodes a chunked body (RFC 9112 section 7.1), byte by byte where lines are concerned, slice by slice where data is. */
import { RefusedMessageError } from '../errors.ts';
import { CR, HEX, LF, TOKEN, VALUE } from './syntax.ts';

/** Receives what is decoded. */
export interface ChunkReceiver {
  /** Bytes of the body; `last` if none follow and the body is whole. Where that is not known yet, `end` alone tells. */
  chunk(bytes: Buffer, last: boolean): void;
}

/** What a chunked body may have. */
export interface ChunkedLimits {
  readonly maxBodyBytes: number;
  /** Of all chunks together. */
  readonly maxExtensionBytes: number;
}

const SIZE = 0;
const SIZE_LF = 1;
const NAME = 2;
const VALUE_START = 3;
const VALUE_TOKEN = 4;
const QUOTED = 5;
const ESCAPED = 6;
const QUOTED_END = 7;
const DATA = 8;
const DATA_CR = 9;
const DATA_LF = 10;
/** The last chunk is read; trailers and an empty line follow. */
const LAST = 11;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MOST_DIGITS = 16;

/** What follows the data of a body's last chunk, if there are no trailers. */
const ENDING = Buffer.from('\r\n0\r\n\r\n');

/** Looking ahead lets the receiver pass on the last bytes and the end of the body in one go. */
function isEnding(chunk: Buffer, at: number): boolean {
  for (let index = 0; index < ENDING.length; index++) {
    if (chunk[at + index] !== ENDING[index]) return false;
  }
  return true;
}

/** Decodes one body. */
export class ChunkedDecoder {
  #state = SIZE;
  #size = 0;
  #digits = 0;
  /** Length of the name or value under way. */
  #word = 0;
  #extensionBytes = 0;
  #bodyBytes = 0;
  readonly #limits: ChunkedLimits;

  constructor(limits: ChunkedLimits) {
    this.#limits = limits;
  }

  /** True once the last chunk has been read; what follows are trailers and an empty line. */
  get isLast(): boolean {
    return this.#state === LAST;
  }

  /**
   * Takes bytes from `at` on, and gives the position behind the last that it took.
   *
   * @throws RefusedMessageError for what is no chunk, or is too much
   */
  read(chunk: Buffer, at: number, receiver: ChunkReceiver): number {
    let here = at;
    const end = chunk.length;
    while (here < end && this.#state !== LAST) {
      if (this.#state === DATA) here = this.#readData(chunk, here, receiver);
      else this.#step(chunk[here++] as number);
    }
    return here;
  }

  #readData(chunk: Buffer, at: number, receiver: ChunkReceiver): number {
    const taken = Math.min(this.#size, chunk.length - at);
    this.#size -= taken;
    const here = at + taken;
    let last = false;
    if (this.#size === 0) {
      this.#state = DATA_CR;
      last = chunk.length - here >= ENDING.length && isEnding(chunk, here);
    }
    receiver.chunk(taken === chunk.length ? chunk : chunk.subarray(at, here), last);
    return here;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case SIZE:
        return this.#readSize(byte);
      case SIZE_LF:
        if (byte !== LF) throw new RefusedMessageError('BARE_CR');
        return this.#begin();
      case DATA_CR:
        if (byte !== CR) throw new RefusedMessageError('CHUNK_END_MISSING');
        this.#state = DATA_LF;
        return;
      case DATA_LF:
        if (byte !== LF) throw new RefusedMessageError('CHUNK_END_MISSING');
        this.#state = SIZE;
        return;
      default:
        return this.#readExtension(byte);
    }
  }

  #readSize(byte: number): void {
    const digit = HEX[byte] as number;
    if (digit < 16) {
      this.#size = this.#size * 16 + digit;
      if (++this.#digits > MOST_DIGITS || this.#size > Number.MAX_SAFE_INTEGER) {
        throw new RefusedMessageError('CHUNK_TOO_LARGE');
      }
      return;
    }
    if (this.#digits === 0) throw new RefusedMessageError('CHUNK_SIZE_MALFORMED');
    if (byte === CR) this.#state = SIZE_LF;
    else if (byte === SEMICOLON) this.#openName();
    else throw new RefusedMessageError(byte === LF ? 'BARE_LF' : 'CHUNK_SIZE_MALFORMED');
  }

  /** The line is read: data follows, or the end. */
  #begin(): void {
    this.#digits = 0;
    if (this.#size === 0) {
      this.#state = LAST;
      return;
    }
    this.#bodyBytes += this.#size;
    if (this.#bodyBytes > this.#limits.maxBodyBytes)
      throw new RefusedMessageError('BODY_TOO_LARGE');
    this.#state = DATA;
  }

  #readExtension(byte: number): void {
    if (++this.#extensionBytes > this.#limits.maxExtensionBytes) {
      throw new RefusedMessageError('CHUNK_EXTENSIONS_TOO_LONG');
    }
    switch (this.#state) {
      case NAME:
        if (TOKEN[byte]) this.#word++;
        else if (byte === EQUALS && this.#word > 0) this.#state = VALUE_START;
        else this.#closeWord(byte);
        return;
      case VALUE_START:
        if (byte === QUOTE) this.#state = QUOTED;
        else if (TOKEN[byte]) this.#state = VALUE_TOKEN;
        else throw new RefusedMessageError('CHUNK_EXTENSION_MALFORMED');
        return;
      case VALUE_TOKEN:
        if (!TOKEN[byte]) this.#closeWord(byte);
        return;
      case QUOTED:
        if (byte === QUOTE) this.#state = QUOTED_END;
        else if (byte === BACKSLASH) this.#state = ESCAPED;
        else if (!VALUE[byte]) throw new RefusedMessageError('CHUNK_EXTENSION_MALFORMED');
        return;
      case ESCAPED:
        if (!VALUE[byte]) throw new RefusedMessageError('CHUNK_EXTENSION_MALFORMED');
        this.#state = QUOTED;
        return;
      default:
        this.#closeWord(byte);
    }
  }

  #openName(): void {
    this.#state = NAME;
    this.#word = 0;
  }

  #closeWord(byte: number): void {
    const isEmptyName = this.#state === NAME && this.#word === 0;
    if (isEmptyName || (byte !== CR && byte !== SEMICOLON)) {
      throw new RefusedMessageError(byte === LF ? 'BARE_LF' : 'CHUNK_EXTENSION_MALFORMED');
    }
    if (byte === CR) this.#state = SIZE_LF;
    else this.#openName();
  }
}
