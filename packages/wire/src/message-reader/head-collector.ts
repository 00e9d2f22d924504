/** Collects the bytes of a head until it is whole, whatever pieces they come in, and no more of them than a head may have. */
import { RefusedMessageError } from '../errors.ts';
import type { RuleCode } from '../rules.ts';
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
  /** What the first line is not if it begins with a byte that no line begins with; `undefined`: anything may come. */
  readonly malformed: RuleCode | undefined;
  /** A line break may go before the first line. */
  readonly leadingLine: boolean;
}

/**
 * Collects one head after the other. What it refuses, it refuses for the first byte that no further byte can mend, so that the pieces in which
 * the bytes come make no difference.
 */
export class HeadCollector {
  /** Where in the last chunk the head ended: the first byte behind it. */
  end = 0;
  readonly #rules: CollectorRules;
  #held: Buffer | undefined;
  #length = 0;
  /** The first line is whole. */
  #hasLine = false;

  constructor(rules: CollectorRules) {
    this.#rules = rules;
  }

  /** True if a head has begun; a line break alone is none. */
  get hasBegun(): boolean {
    return this.#length > 2 || (this.#length > 0 && this.#held?.[0] !== CR);
  }

  /**
   * Takes bytes from `at` on. Gives the lines of the head, each with its CRLF and without the empty line, once it is whole.
   *
   * @throws RefusedMessageError as soon as it is too large, or cannot become a head any more
   */
  take(chunk: Buffer, at: number): string | undefined {
    return this.#length === 0 ? this.#takeFresh(chunk, at) : this.#takeMore(chunk, at);
  }

  /**
   * Refuses a head that was given whole and breaks a rule, if an earlier byte breaks one that is seen before the lines are read.
   *
   * @throws RefusedMessageError
   */
  recheck(lines: string): void {
    this.#hasLine = false;
    this.#check(Buffer.from(lines, 'latin1'), 0, lines.length);
  }

  #takeFresh(chunk: Buffer, at: number): string | undefined {
    const window = chunk.toString('latin1', at, Math.min(chunk.length, at + WINDOW_BYTES));
    const found = window.indexOf(END);
    if (found >= 0 && found + 2 <= this.#rules.maxBytes) {
      this.end = at + found + 4;
      return window.slice(0, found + 2);
    }
    // The end is farther away, or yet to come.
    this.#hasLine = false;
    return this.#takeMore(chunk, at);
  }

  #takeMore(chunk: Buffer, at: number): string | undefined {
    const before = this.#length;
    const { maxBytes } = this.#rules;
    // A few bytes more than are allowed show that it is too large; the rest need not be kept.
    const taken = Math.min(chunk.length - at, maxBytes + 4 - before);
    const held = this.#keep(chunk.subarray(at, at + taken));
    const found = held.subarray(0, this.#length).indexOf(END, Math.max(0, before - 3), 'latin1');
    if (found < 0 || found + 2 > maxBytes) {
      this.#check(held, before, this.#length);
      return undefined;
    }
    this.#length = 0;
    this.#held = undefined;
    this.end = at + found + 4 - before;
    return held.toString('latin1', 0, found + 2);
  }

  #keep(bytes: Buffer): Buffer {
    const length = this.#length + bytes.length;
    let held = this.#held;
    if (!held || held.length < length) {
      const size = Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(length)));
      const larger = Buffer.allocUnsafe(size);
      held?.copy(larger, 0, 0, this.#length);
      this.#held = held = larger;
    }
    bytes.copy(held, this.#length);
    this.#length = length;
    return held;
  }

  /** Refuses what no further byte can mend, so that a client that speaks something else is not waited for. */
  #check(held: Buffer, from: number, to: number): void {
    const { maxBytes, maxLineBytes, lineTooLong, tooLarge, malformed, leadingLine } = this.#rules;
    const first = leadingLine && held[0] === CR ? 2 : 0;
    for (let at = from; at < to; at++) {
      const byte = held[at] as number;
      const isBehindCr = at > 0 && held[at - 1] === CR;
      if (byte === LF && !isBehindCr) throw new RefusedMessageError('BARE_LF');
      if (byte !== LF && isBehindCr) throw new RefusedMessageError('BARE_CR');
      if (at === first && malformed && !TOKEN[byte]) throw new RefusedMessageError(malformed);
      if (!this.#hasLine) {
        if (byte === CR && at >= first) this.#hasLine = true;
        else if (at - first >= maxLineBytes) throw new RefusedMessageError(lineTooLong);
      }
      // The empty line does not count, and a CR behind a line can only be its beginning.
      if (at >= maxBytes && !(at === maxBytes && byte === CR && held[at - 1] === LF)) {
        throw new RefusedMessageError(this.#hasLine ? tooLarge : lineTooLong);
      }
    }
  }
}
