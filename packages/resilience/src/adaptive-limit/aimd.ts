/** aimd: one up after a good run, some down after a lost one (additive increase, multiplicative decrease). Heeds losses alone. */
import {
  type LimitAlgorithm,
  type LimitRange,
  type LimitState,
  within,
} from './limit-algorithm.ts';

/** How it is set. */
export interface AimdTuning extends LimitRange {
  /** What is left of the limit after a loss, as a share. */
  readonly backoffRatio: number;
  /** A run that took longer counts as lost. */
  readonly slowCallMs: number;
}

/**
 * Up by one, down by a share. The limit is always whole.
 *
 * Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion avoidance", 1989; with the figures of `AIMDLimit` in
 * Netflix concurrency-limits.
 */
export const aimd: LimitAlgorithm<LimitState, AimdTuning> = {
  begin: (limit) => ({ limit }),
  next({ limit }, { rttMs, inFlight, dropped }, tuning) {
    if (dropped || rttMs > tuning.slowCallMs) {
      return { limit: within(Math.floor(limit * tuning.backoffRatio), tuning) };
    }
    // A limit that was not nearly reached has not been tried.
    const tried = inFlight * 2 >= limit;
    return { limit: within(tried ? limit + 1 : limit, tuning) };
  },
};
