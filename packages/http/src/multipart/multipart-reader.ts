/** MultipartReader: takes a form apart as it comes (RFC 2046 section 5.1.1), and keeps nothing of it. */
import { DelimiterSearch } from './delimiter-search.ts';
import { joined } from './joined.ts';
import { malformed, tooLarge } from './refusals.ts';

/** How much there may be of what a form has besides its parts. */
export interface ReaderLimits {
  /** All of the body. */
  readonly maxBytes: number;
  /** The head of one part. */
  readonly maxHeadBytes: number;
}

/** How much may stand before the first part, and behind the last. */
const MOST_AROUND = 16 * 1024;
/** How many blanks may stand behind a boundary. */
const MOST_PADDING = 128;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const DASH = 45;
const EMPTY = new Uint8Array();

/** Takes a form apart. */
export class MultipartReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #search: DelimiterSearch;
  readonly #limits: ReaderLimits;
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  #bytes = 0;
  #hasBegun = false;

  constructor(chunks: AsyncIterator<Uint8Array>, boundary: string, limits: ReaderLimits) {
    this.#chunks = chunks;
    this.#search = new DelimiterSearch(boundary);
    this.#limits = limits;
  }

  /**
   * The head of the next part; nothing if there is none, and the body is read to its end. What is left of the part before must have been read.
   *
   * @throws HttpError 400 or 413
   */
  async head(): Promise<Uint8Array | undefined> {
    if (!this.#hasBegun) await this.#preamble();
    const hasMore = this.#lineAtOnce() || (await this.#line());
    if (!hasMore) {
      await this.#epilogue();
      return undefined;
    }
    const head = await this.#fields();
    this.#search.begin();
    return head;
  }

  /**
   * More of the content of the part; nothing at its end.
   *
   * @throws HttpError 400 or 413
   */
  async content(): Promise<Uint8Array | undefined> {
    const search = this.#search;
    for (;;) {
      if (search.isFound) {
        // Of a boundary right behind a head nobody can say whether it leaves room for an empty content.
        if (search.wasFirst && this.#hasBegun) throw malformed('A part has no content');
        search.isFound = false;
        return undefined;
      }
      if (this.#at === this.#chunk.length) await this.#need();
      const bytes = search.scan(this.#chunk, this.#at);
      this.#at = search.at;
      if (bytes.length > 0) return bytes;
    }
  }

  async #preamble(): Promise<void> {
    this.#search.begin();
    let left = MOST_AROUND;
    for (let bytes = await this.content(); bytes; bytes = await this.content()) {
      left -= bytes.length;
      if (left < 0) throw malformed('The form does not begin with its boundary');
    }
    this.#hasBegun = true;
  }

  /** The end of the line of a boundary, if it is there, as it nearly always is. */
  #lineAtOnce(): boolean {
    const at = this.#at;
    if (this.#chunk[at] !== CR || this.#chunk[at + 1] !== LF) return false;
    this.#at += 2;
    return true;
  }

  /** The rest of the line of a boundary; tells whether a part follows. */
  async #line(): Promise<boolean> {
    let code = await this.#next();
    const isLast = code === DASH;
    if (isLast) {
      if ((await this.#next()) !== DASH) throw malformed('A boundary goes on behind its end');
      code = await this.#next(true);
    }
    for (let left = MOST_PADDING; code === SPACE || code === TAB; left--) {
      if (left === 0) throw malformed('A boundary goes on behind its end');
      code = await this.#next(isLast);
    }
    if (isLast && code === undefined) return false;
    if (code !== CR || (await this.#next()) !== LF) {
      throw malformed('A boundary goes on behind its end');
    }
    return !isLast;
  }

  async #fields(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    let lineSize = 0;
    let before = 0;
    for (;;) {
      if (this.#at === this.#chunk.length) await this.#need();
      const end = this.#chunk.indexOf(LF, this.#at) + 1;
      const piece = this.#chunk.subarray(this.#at, end || undefined);
      this.#at += piece.length;
      size += piece.length;
      lineSize += piece.length;
      if (size > this.#limits.maxHeadBytes) {
        throw tooLarge('PART_HEAD_TOO_LARGE', 'The head of a part is too large');
      }
      pieces.push(piece);
      if (end > 0) {
        if ((piece.at(-2) ?? before) !== CR) throw malformed('The head of a part is malformed');
        if (lineSize === 2) return joined(pieces);
        lineSize = 0;
      }
      before = piece.at(-1) as number;
    }
  }

  async #epilogue(): Promise<void> {
    let left = MOST_AROUND - (this.#chunk.length - this.#at);
    while (left >= 0 && (await this.#fill())) left -= this.#chunk.length;
    if (left < 0) throw malformed('The form goes on behind its end');
  }

  /** The next byte; at the end of the body nothing, if that `mayEnd` here. */
  async #next(mayEnd = false): Promise<number | undefined> {
    if (this.#at === this.#chunk.length && !(await this.#fill())) {
      if (mayEnd) return undefined;
      throw cutShort();
    }
    return this.#chunk[this.#at++];
  }

  async #need(): Promise<void> {
    if (!(await this.#fill())) throw cutShort();
  }

  /** Takes the next bytes in place of those that are read; tells whether there were any. */
  async #fill(): Promise<boolean> {
    this.#chunk = EMPTY;
    this.#at = 0;
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#bytes += value.length;
      if (this.#bytes > this.#limits.maxBytes) {
        throw tooLarge(
          'BODY_TOO_LARGE',
          `The form may have no more than ${this.#limits.maxBytes} bytes`,
        );
      }
      this.#chunk = value;
    }
    return true;
  }
}

const cutShort = (): Error => malformed('The form ends before its last boundary');
