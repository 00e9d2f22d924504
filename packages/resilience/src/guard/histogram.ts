/** Histogram: durations in a few hundred counters, however many there are, from which percentiles are read. */

/** A sixteenth of a microsecond: what is shorter is told apart only by its sum. */
const UNITS_PER_MS = 16_000;
/** What is longer, some four and a half minutes, shares one counter; the longest of all is kept exactly. */
const MOST_MS = 2 ** 32 / UNITS_PER_MS;
/** Each doubling is divided into eight, so a percentile is off by a sixteenth at most. */
const PARTS_BITS = 3;
const PARTS = 2 ** PARTS_BITS;
const BUCKETS = (32 - PARTS_BITS + 1) * PARTS;
/** Behind the counters stand the figures that are kept exactly: plain numbers in an object would be allocated anew at each change. */
const SUM = BUCKETS;
const LEAST = BUCKETS + 1;
const MOST = BUCKETS + 2;

/** Durations, summed up. All are milliseconds. */
export interface TimeFigures {
  /** `null` while there is none. */
  readonly min: number | null;
  readonly max: number | null;
  /** 0 while there is none. */
  readonly average: number;
  readonly total: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Records durations. Its size never changes. */
export class Histogram {
  readonly #figures: Float64Array = new Float64Array(BUCKETS + 3);

  constructor() {
    this.clear();
  }

  /** How many there are. */
  get count(): number {
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) count += this.#figures[bucket] as number;
    return count;
  }

  /** The sum of all. */
  get sum(): number {
    return this.#figures[SUM] as number;
  }

  record(ms: number): void {
    const figures = this.#figures;
    const units = ms < MOST_MS ? (ms * UNITS_PER_MS) >>> 0 : 0xff_ff_ff_ff;
    const top = 31 - Math.clz32(units);
    const bucket =
      units < PARTS
        ? units
        : ((top - PARTS_BITS + 1) << PARTS_BITS) | ((units >>> (top - PARTS_BITS)) & (PARTS - 1));
    figures[bucket] = (figures[bucket] as number) + 1;
    figures[SUM] = (figures[SUM] as number) + ms;
    if (ms < (figures[LEAST] as number)) figures[LEAST] = ms;
    if (ms > (figures[MOST] as number)) figures[MOST] = ms;
  }

  /** The duration that a share (0 to 1) of all did not exceed; 0 while there is none. */
  percentile(share: number): number {
    const { count } = this;
    if (count === 0) return 0;
    const least = this.#figures[LEAST] as number;
    const most = this.#figures[MOST] as number;
    const rank = Math.max(1, Math.ceil(share * count));
    if (rank === count) return most;
    let seen = 0;
    let bucket = -1;
    while (seen < rank) seen += this.#figures[++bucket] as number;
    return Math.min(most, Math.max(least, middleMs(bucket)));
  }

  figures(): TimeFigures {
    const { count, sum } = this;
    return {
      min: count > 0 ? (this.#figures[LEAST] as number) : null,
      max: count > 0 ? (this.#figures[MOST] as number) : null,
      average: count > 0 ? sum / count : 0,
      total: sum,
      p50: this.percentile(0.5),
      p95: this.percentile(0.95),
      p99: this.percentile(0.99),
    };
  }

  clear(): void {
    this.#figures.fill(0);
    this.#figures[LEAST] = Infinity;
    this.#figures[MOST] = -Infinity;
  }
}

function middleMs(bucket: number): number {
  if (bucket === 0) return 0;
  if (bucket < PARTS) return (bucket + 0.5) / UNITS_PER_MS;
  const top = (bucket >>> PARTS_BITS) + PARTS_BITS - 1;
  const part = 2 ** (top - PARTS_BITS);
  return (2 ** top + ((bucket & (PARTS - 1)) + 0.5) * part) / UNITS_PER_MS;
}
