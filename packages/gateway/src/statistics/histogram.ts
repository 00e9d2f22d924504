/** Histogram: how many values fell into which bucket, in plain numbers. */

/** The upper bounds of buckets for durations, each of them part of its bucket. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

/** Counts values by buckets. The last bucket takes what is above all bounds. */
export class Histogram {
  readonly bounds: readonly number[];
  /** How many values fell into each bucket alone; one more than there are bounds. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[] = DURATION_BOUNDS_MS) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    (counts[at] as number)++;
    this.sum += value;
    this.count++;
  }
}
