/** time window: the circuit opens when too large a share of the calls of the last so many milliseconds has failed. */
import { checkMs, checkWhole, outOfRange } from '@interpose/kernel/options';
import {
  type Cause,
  causeIn,
  checkRatio,
  type Figures,
  type Limits,
  type SavedBucket,
  type SavedCounts,
  type TripRule,
} from './trip-rule.ts';

/** Opens when too large a share of the calls of the last `windowMs` has failed. */
export interface RatioTrip {
  readonly kind: 'ratio';
  /** The share of failures that is too much, above 0 and 1 at most. @default 0.5 */
  readonly failureRatio?: number;
  /** With fewer calls than these the circuit never opens. @default 20 */
  readonly minimumCalls?: number;
  /** How far back calls are looked at. @default 30_000 */
  readonly windowMs?: number;
  /** In how many parts the window moves on; a call is forgotten at most one part too early, and never too late. @default 10 */
  readonly buckets?: number;
}

const MOST_BUCKETS = 10_000;

/**
 * Adds what is left out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function ratioOf({
  failureRatio = 0.5,
  minimumCalls = 20,
  windowMs = 30_000,
  buckets = 10,
}: RatioTrip): Required<RatioTrip> {
  checkRatio('trip.failureRatio', failureRatio);
  checkWhole('trip.minimumCalls', minimumCalls, 1);
  checkMs('trip.windowMs', windowMs, 1);
  if (checkWhole('trip.buckets', buckets, 1) > MOST_BUCKETS) {
    throw outOfRange('trip.buckets', `${MOST_BUCKETS} at most`, buckets);
  }
  return { kind: 'ratio', failureRatio, minimumCalls, windowMs, buckets };
}

interface Bucket {
  /** When the first call in it was counted. */
  beginMs: number;
  calls: number;
  failures: number;
  slow: number;
}

/**
 * Counts by time, in a ring of buckets. A bucket begins with the first call in it and is out when that call is: so nothing outlives its
 * time, however long nobody called.
 */
export class TimeWindow implements TripRule {
  readonly timed = true;
  readonly #limits: Limits;
  readonly #windowMs: number;
  readonly #bucketMs: number;
  readonly #ring: readonly Bucket[];
  /** Where the bucket of now is. */
  #at = 0;
  #current: Bucket;

  constructor(trip: Required<RatioTrip>, slowRatio: number) {
    const { failureRatio, minimumCalls, windowMs, buckets } = trip;
    this.#limits = { minimumCalls, failureRatio, slowRatio };
    this.#windowMs = windowMs;
    this.#bucketMs = windowMs / buckets;
    this.#current = emptyBucket();
    this.#ring = [this.#current, ...Array.from({ length: buckets - 1 }, emptyBucket)];
  }

  succeeded(slow: boolean, nowMs: number): Cause | undefined {
    const bucket = this.#bucketOf(nowMs);
    bucket.calls++;
    if (!slow) return undefined;
    bucket.slow++;
    return causeIn(this.figures(nowMs), this.#limits);
  }

  failed(slow: boolean, nowMs: number): Cause | undefined {
    const bucket = this.#bucketOf(nowMs);
    bucket.calls++;
    bucket.failures++;
    if (slow) bucket.slow++;
    return causeIn(this.figures(nowMs), this.#limits);
  }

  #bucketOf(nowMs: number): Bucket {
    return nowMs - this.#current.beginMs < this.#bucketMs ? this.#current : this.#begin(nowMs);
  }

  /** The bucket that gives way began as many parts of the window ago as there are. */
  #begin(beginMs: number): Bucket {
    this.#at = (this.#at + 1) % this.#ring.length;
    const bucket = this.#ring[this.#at] ?? this.#current;
    Object.assign(bucket, { beginMs, calls: 0, failures: 0, slow: 0 });
    this.#current = bucket;
    return bucket;
  }

  clear(): void {
    for (const bucket of this.#ring) bucket.beginMs = -Infinity;
  }

  figures(nowMs: number): Figures {
    const sum = { calls: 0, failures: 0, slow: 0 };
    for (const bucket of this.#ring) {
      if (nowMs - bucket.beginMs >= this.#windowMs) continue;
      sum.calls += bucket.calls;
      sum.failures += bucket.failures;
      sum.slow += bucket.slow;
    }
    return sum;
  }

  save(nowMs: number): SavedCounts {
    const buckets: SavedBucket[] = this.#ring
      .map(({ beginMs, ...counts }) => ({ ageMs: nowMs - beginMs, ...counts }))
      .filter(({ ageMs }) => ageMs < this.#windowMs)
      .toSorted((a, b) => b.ageMs - a.ageMs);
    return { kind: 'ratio', buckets };
  }

  load(saved: SavedCounts, nowMs: number): void {
    this.clear();
    if (saved.kind !== 'ratio') return;
    for (const { ageMs, calls, failures, slow } of saved.buckets.slice(-this.#ring.length)) {
      Object.assign(this.#begin(nowMs - ageMs), { calls, failures, slow });
    }
  }
}

const emptyBucket = (): Bucket => ({ beginMs: -Infinity, calls: 0, failures: 0, slow: 0 });
