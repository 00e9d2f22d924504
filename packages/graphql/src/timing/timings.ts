/** collectTimings: how long the fields of one operation took, summed up for each field of the schema. */
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';

/** How long one field took, all its calls together. */
export interface TimingSum {
  readonly calls: number;
  readonly errors: number;
  /** Of all calls; what ran at the same time counts several times. */
  readonly totalMs: number;
  readonly maxMs: number;
}

/** Gathers the times of one operation. */
export interface Timings {
  /** By fields as in `User.email`, those first that took longest. */
  read(): Readonly<Record<string, TimingSum>>;
}

/** Options of `collectTimings` and `timingExtension`. */
export interface TimingsOptions {
  /** How many fields are told, those that took longest. @default 100 */
  readonly maxFields?: number;
}

/** Where a context has its timings. It can be copied with the rest. */
const TIMINGS: unique symbol = Symbol.for('interpose.graphql.timings');

/** The sums of one operation. There cannot be more than the schema has fields. */
export class TimingSums implements Timings {
  readonly #sums = new Map<string, { -readonly [K in keyof TimingSum]: TimingSum[K] }>();
  readonly #maxFields: number;

  constructor({ maxFields = 100 }: TimingsOptions = {}) {
    this.#maxFields = checkWhole('maxFields', maxFields, 1);
  }

  add(coordinate: string, durationMs: number, ok: boolean): void {
    let sum = this.#sums.get(coordinate);
    if (!sum) {
      sum = { calls: 0, errors: 0, totalMs: 0, maxMs: 0 };
      this.#sums.set(coordinate, sum);
    }
    sum.calls++;
    if (!ok) sum.errors++;
    sum.totalMs += durationMs;
    sum.maxMs = Math.max(sum.maxMs, durationMs);
  }

  read(): Readonly<Record<string, TimingSum>> {
    const all = [...this.#sums].toSorted(([, one], [, other]) => other.totalMs - one.totalMs);
    return Object.fromEntries(
      all.slice(0, this.#maxFields).map(([coordinate, sum]) => [coordinate, { ...sum }]),
    );
  }
}

/**
 * Has `fieldTiming()` gather the times of the operation whose context this is. To be called before it is executed.
 *
 * @throws TypeError or RangeError for a context that is no object or cannot be written to, and for options out of range
 * @example
 * const timings = collectTimings(contextValue);
 * const result = await execute({ schema, document, contextValue });
 * result.extensions = { timing: timings.read() };
 */
export function collectTimings(context: object, options: TimingsOptions = {}): Timings {
  checkNames('collectTimings()', options, ['maxFields']);
  if (typeof context !== 'object' || context === null) {
    throw unexpected('context', 'an object', context);
  }
  const sums = new TimingSums(options);
  Object.defineProperty(context, TIMINGS, {
    value: sums,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return sums;
}

/** The timings that a context has, if somebody wants them. */
export function timingsOf(context: unknown): TimingSums | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  return (context as { readonly [TIMINGS]?: TimingSums })[TIMINGS];
}
