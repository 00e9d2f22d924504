/** How long a hedge waits for a run before it starts another one beside it. */
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';

/** A delay that follows how long first runs have been taking. */
export interface PercentileDelay {
  /** Which part of the first runs end within the delay: 0.95 hedges the slowest 5 %. Above 0 and below 1. */
  readonly percentile: number;
  /** So many first runs are measured before the figure counts; at most 10_000. @default 100 */
  readonly minSamples?: number;
  /** The delay until then, in milliseconds. @default 1000 */
  readonly fallbackMs?: number;
}

/** When another run starts: after milliseconds, after a measured delay, all at once, or only when one has failed. */
export type HedgeDelay = number | PercentileDelay | 'parallel' | 'on-failure';

/** Says how long to wait from now, and learns from how long first runs take. */
export interface DelaySource {
  /** 0: all at once. `Infinity`: only after a failure. */
  readonly delayMs: number;
  /** A first run has taken so long, or at least so long if it was given up. */
  readonly took?: (elapsedMs: number) => void;
}

/**
 * Makes the source of a delay.
 *
 * @throws TypeError or RangeError for a delay that is none
 */
export function delaySource(delay: HedgeDelay): DelaySource {
  if (delay === 'parallel') return fixed(0);
  if (delay === 'on-failure') return fixed(Infinity);
  if (typeof delay === 'number') return fixed(checkMs('delayMs', delay));
  if (typeof delay === 'object' && delay !== null) return new Measured(delay);
  throw unexpected('delayMs', `milliseconds, 'parallel', 'on-failure' or { percentile }`, delay);
}

const fixed = (delayMs: number): DelaySource => ({ delayMs });

const MOST_SAMPLES = 10_000;
const FEWEST_KEPT = 256;
/** The figure is worked out anew after so many samples. */
const STRIDE = 32;

/** The percentile of the last samples. */
class Measured implements DelaySource {
  delayMs: number;
  readonly #percentile: number;
  readonly #minSamples: number;
  readonly #samples: Float64Array;
  #count = 0;

  constructor(options: PercentileDelay) {
    checkNames('delayMs', options, ['percentile', 'minSamples', 'fallbackMs']);
    const { percentile, minSamples = 100, fallbackMs = 1000 } = options;
    const wanted = 'a share above 0 and below 1';
    if (typeof percentile !== 'number') throw unexpected('percentile', wanted, percentile);
    if (!(percentile > 0 && percentile < 1)) throw outOfRange('percentile', wanted, percentile);
    if (checkWhole('minSamples', minSamples, 1) > MOST_SAMPLES) {
      throw outOfRange('minSamples', `a whole number up to ${MOST_SAMPLES}`, minSamples);
    }
    this.delayMs = checkMs('fallbackMs', fallbackMs);
    this.#percentile = percentile;
    this.#minSamples = minSamples;
    this.#samples = new Float64Array(Math.max(minSamples, FEWEST_KEPT));
  }

  took(elapsedMs: number): void {
    this.#samples[this.#count++ % this.#samples.length] = elapsedMs;
    const since = this.#count - this.#minSamples;
    if (since >= 0 && since % STRIDE === 0) this.#work();
  }

  /** The smallest sample that so many are not above. A delay of 0 would mean all at once, which nobody has asked for. */
  #work(): void {
    const kept = this.#samples.slice(0, this.#count).sort();
    const rank = Math.ceil(this.#percentile * kept.length);
    this.delayMs = Math.max(1, kept[rank - 1] ?? 0);
  }
}
