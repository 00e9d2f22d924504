/** TripRule: counts how calls of one generation have ended, and says when there is cause to open the circuit. */
import { outOfRange, unexpected } from '@interpose/kernel/options';

/** What a rule has counted. A call that was slow and failed is counted as both. */
export interface Figures {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** Why a rule would open the circuit: too many calls have failed, or too many were slow. */
export type Cause = 'failures' | 'slowness';

/** Counts as JSON, so that they can outlive the process. */
export type SavedCounts =
  | {
      readonly kind: 'consecutive';
      readonly calls: number;
      readonly failures: number;
      readonly slow: number;
    }
  /** One digit a call, the oldest first: 0, or the sum of 1 for failed and 2 for slow. */
  | { readonly kind: 'count'; readonly calls: string }
  /** The oldest first; each with the age of its first call. */
  | { readonly kind: 'ratio'; readonly buckets: readonly SavedBucket[] };

/** Calls of neighbouring moments. */
export interface SavedBucket extends Figures {
  readonly ageMs: number;
}

/** Decides when the circuit opens. */
export interface TripRule {
  /** True if it counts by time. Else any number will do for `nowMs` when something is counted. */
  readonly timed: boolean;
  /** Counts a success; says whether, slow as it was, it opens the circuit. */
  succeeded(slow: boolean, nowMs: number): Cause | undefined;
  /** Counts a failure; says whether it opens the circuit. */
  failed(slow: boolean, nowMs: number): Cause | undefined;
  /** Forgets all. */
  clear(): void;
  figures(nowMs: number): Figures;
  save(nowMs: number): SavedCounts;
  /** Goes on from what was saved, if its own kind has saved it. What it has counted itself is forgotten. */
  load(saved: SavedCounts, nowMs: number): void;
}

/** From where on a share of calls is too much. */
export interface Limits {
  readonly minimumCalls: number;
  readonly failureRatio: number;
  readonly slowRatio: number;
}

/** Says whether there is too much of something. A share that is just reached is too much. */
export function causeIn({ calls, failures, slow }: Figures, limits: Limits): Cause | undefined {
  if (calls < limits.minimumCalls) return undefined;
  if (failures / calls >= limits.failureRatio) return 'failures';
  return slow / calls >= limits.slowRatio ? 'slowness' : undefined;
}

/**
 * Checks a share.
 *
 * @throws TypeError or RangeError
 */
export function checkRatio(name: string, value: unknown): number {
  const wanted = 'a number above 0, 1 at most';
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!(value > 0 && value <= 1)) throw outOfRange(name, wanted, value);
  return value;
}
