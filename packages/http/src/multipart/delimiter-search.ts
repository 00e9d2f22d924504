/** DelimiterSearch: finds where a part ends, in whatever pieces its bytes come. */

const CR = 13;
const EMPTY = new Uint8Array();

/**
 * Looks for a delimiter chunk by chunk. Its CR is its only one, so what has matched of it and goes on differently holds no other beginning:
 * nothing is looked at twice, and nothing has to be kept.
 */
export class DelimiterSearch {
  readonly #delimiter: Uint8Array;
  /** How much of a delimiter the last bytes may have been. */
  #matched = 0;
  /** How much of that was never there. */
  #assumed = 0;
  /** Where to go on in the chunk. */
  at = 0;
  /** Whether there was a delimiter right behind what was given last; `at` is behind it. */
  isFound = false;
  /** Whether it stood where the search had begun, without a line break of its own. */
  wasFirst = false;

  constructor(boundary: string) {
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  }

  /** Begins anew, as if there had been a line break before. */
  begin(): void {
    this.#matched = this.#assumed = 2;
    this.isFound = false;
  }

  /** What stands before the next delimiter; all that is left if there is none. */
  scan(chunk: Uint8Array, start: number): Uint8Array {
    if (this.#matched > 0) return this.#goOn(chunk, start);
    const delimiter = this.#delimiter;
    let at = start;
    for (;;) {
      const from = chunk[at] === CR ? at : chunk.indexOf(CR, at);
      if (from < 0) {
        this.at = chunk.length;
        return chunk.subarray(start);
      }
      at = from + 1;
      const matched = this.#match(chunk, at, 1);
      at += matched - 1;
      if (matched < delimiter.length && at < chunk.length) continue;
      this.at = at;
      if (matched === delimiter.length) this.#found(false);
      else this.#matched = matched;
      return chunk.subarray(start, from);
    }
  }

  /** Goes on with what may have begun in an earlier chunk; if it was no delimiter, gives what was taken for one. */
  #goOn(chunk: Uint8Array, start: number): Uint8Array {
    const delimiter = this.#delimiter;
    const matched = this.#match(chunk, start, this.#matched);
    const assumed = this.#assumed;
    this.at = start + matched - this.#matched;
    this.#matched = matched;
    if (matched < delimiter.length && this.at === chunk.length) return EMPTY;
    this.#matched = this.#assumed = 0;
    if (matched < delimiter.length) return delimiter.slice(assumed, matched);
    this.#found(assumed > 0);
    return EMPTY;
  }

  /** How much of the delimiter there is, if so much of it has been before. */
  #match(chunk: Uint8Array, start: number, before: number): number {
    const delimiter = this.#delimiter;
    let matched = before;
    let at = start;
    while (matched < delimiter.length && chunk[at] === delimiter[matched]) {
      matched++;
      at++;
    }
    return matched;
  }

  #found(isFirst: boolean): void {
    this.isFound = true;
    this.wasFirst = isFirst;
  }
}
