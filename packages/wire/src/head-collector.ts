/** Collects the bytes of a head until it is whole, whatever pieces they come in, and no more of them than a head may have. */
import { RefusedMessageError } from './errors.ts';
import type { RuleCode } from './rules.ts';
import { CR, LF, TOKEN } from './syntax.ts';

const END = '\r\n\r\n';
/** A window of this size is turned into text at once; nearly every head fits. */
const WINDOW_BYTES = 2048;
const FIRST_BYTES = 512;

/** What a collector refuses, and with which rule. */
export interface CollectorRules {
  readonly maxBytes: number;
  readonly maxLineBytes: number;
  readonly tooLarge: RuleCode;
  readonly lineTooLong: RuleCode;
  /** What the first line is not if it begins with a byte that no line begins with. */
  readonly malformed: RuleCode;
}

/** Collects one head after the other. */
export class HeadCollector {
  /** Where in the last chunk the head ended: the first byte behind it. */
  end = 0;
  readonly #rules: CollectorRules;
  #held: Buffer | undefined;
  #length = 0;

  constructor(rules: CollectorRules) {
    this.#rules = rules;
  }

  /** True if a head has begun; a line break alone is none. */
  get hasBegun(): boolean {
    return this.#length > 2;
  }

  /**
   * Takes bytes from `at` on. Gives the lines of the head, each with its CRLF and without the empty line, once it is whole.
   *
   * @throws RefusedMessageError as soon as it is too large, or cannot become a head any more
   */
  take(chunk: Buffer, at: number): string | undefined {
    return this.#length === 0 ? this.#takeFresh(chunk, at) : this.#takeMore(chunk, at);
  }

  #takeFresh(chunk: Buffer, at: number): string | undefined {
    const window = chunk.toString('latin1', at, Math.min(chunk.length, at + WINDOW_BYTES));
    const found = window.indexOf(END);
    if (found < 0) {
      // The end is farther away, or yet to come.
      this.#held = undefined;
      return this.#takeMore(chunk, at);
    }
    if (found + 2 > this.#rules.maxBytes) throw this.#tooLarge(window);
    this.end = at + found + 4;
    return window.slice(0, found + 2);
  }

  #takeMore(chunk: Buffer, at: number): string | undefined {
    const before = this.#length;
    const { maxBytes } = this.#rules;
    // One byte more than is allowed shows that it is too large; the rest need not be kept.
    const taken = Math.min(chunk.length - at, maxBytes + 4 - before);
    this.#keep(chunk.subarray(at, at + taken));
    const held = this.#held as Buffer;
    const found = held.subarray(0, this.#length).indexOf(END, Math.max(0, before - 3), 'latin1');
    if (found < 0) {
      this.#checkEarly(held, before);
      return undefined;
    }
    this.#length = 0;
    const text = held.toString('latin1', 0, found + 2);
    if (found + 2 > maxBytes) throw this.#tooLarge(text);
    this.end = at + found + 4 - before;
    return text;
  }

  #keep(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (!this.#held || this.#held.length < length) {
      const size = Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(length)));
      const larger = Buffer.allocUnsafe(size);
      this.#held?.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#length);
    this.#length = length;
  }

  /** Refuses what no further byte can mend, so that a client that speaks something else is not waited for. */
  #checkEarly(held: Buffer, before: number): void {
    const first = held[0] as number;
    if (before === 0 && !TOKEN[first] && first !== CR) {
      throw new RefusedMessageError(first === LF ? 'BARE_LF' : this.#rules.malformed);
    }
    for (let at = Math.max(before, 1); at < this.#length; at++) {
      if (held[at] === LF) {
        if (held[at - 1] !== CR) throw new RefusedMessageError('BARE_LF');
      } else if (held[at - 1] === CR) throw new RefusedMessageError('BARE_CR');
    }
    const text = (): string => held.toString('latin1', 0, this.#length);
    const { maxBytes, maxLineBytes } = this.#rules;
    if (this.#length > maxBytes) throw this.#tooLarge(text());
    if (before <= maxLineBytes && this.#length > maxLineBytes + 2) this.#checkLine(text());
  }

  #checkLine(text: string): void {
    const line = text.indexOf('\r\n', text.startsWith('\r\n') ? 2 : 0);
    if (line < 0) throw new RefusedMessageError(this.#rules.lineTooLong);
  }

  #tooLarge(text: string): RefusedMessageError {
    const { lineTooLong, tooLarge, maxLineBytes } = this.#rules;
    const line = text.indexOf('\r\n');
    return new RefusedMessageError(line < 0 || line > maxLineBytes ? lineTooLong : tooLarge);
  }
}
