/** gradient2: compares how long runs take now with how long they take as a rule, and lowers the limit by as much as they are slower. */
import {
  type LimitAlgorithm,
  type LimitRange,
  type LimitState,
  within,
} from './limit-algorithm.ts';

/** How it is set. */
export interface Gradient2Tuning extends LimitRange {
  /** How much of the way to the wanted limit one sample goes, as a share. */
  readonly smoothing: number;
  /** So many times slower than as a rule is not slower yet. */
  readonly tolerance: number;
  /** Over how many samples "as a rule" reaches. */
  readonly longWindow: number;
  /** How many more the wanted limit allows than were needed, so that it can grow. */
  readonly headroom: number;
}

/** What it knows. */
export interface Gradient2State extends LimitState {
  /** How long runs take as a rule, in milliseconds. */
  readonly longRttMs: number;
  /** How many of the first samples have come, and how long they took together. */
  readonly warmUp: number;
  readonly warmUpMs: number;
}

const WARM_UP = 10;
const STEEPEST = 0.5;

/**
 * By the slope of latency.
 *
 * After `Gradient2Limit` in Netflix concurrency-limits:
 *
 *     gradient = max(0.5, min(1, tolerance * longRtt / rtt))
 *     wanted   = limit * gradient + headroom
 *     limit    = limit * (1 - smoothing) + wanted * smoothing
 *
 * `longRtt` is the mean of the first ten samples, then an exponential mean with the factor 2 / (longWindow + 1). It falls by 5% with each
 * sample as long as it is more than twice as long as the sample, so that a long overload is soon forgotten. There, a lost run is a sample
 * like any other; here, its time is none, and it counts as the smallest gradient without headroom.
 */
export const gradient2: LimitAlgorithm<Gradient2State, Gradient2Tuning> = {
  begin: (limit) => ({ limit, longRttMs: 0, warmUp: 0, warmUpMs: 0 }),
  // States are written out: to spread them would take longer than all the rest.
  next(state, { rttMs, inFlight, dropped }, tuning) {
    const { limit, longRttMs, warmUp, warmUpMs } = state;
    if (dropped) {
      return { limit: toward(limit * STEEPEST, limit, tuning), longRttMs, warmUp, warmUpMs };
    }
    const warm = warmUp === WARM_UP;
    const sumMs = warm ? warmUpMs : warmUpMs + rttMs;
    const count = warm ? warmUp : warmUp + 1;
    const factor = 2 / (tuning.longWindow + 1);
    const meanMs = warm ? longRttMs * (1 - factor) + rttMs * factor : sumMs / count;

    // A limit that was not nearly reached has not been tried.
    const isTried = inFlight >= limit / 2;
    const gradient = Math.max(STEEPEST, Math.min(1, (tuning.tolerance * meanMs) / rttMs));
    return {
      limit: isTried ? toward(limit * gradient + tuning.headroom, limit, tuning) : limit,
      longRttMs: meanMs > 2 * rttMs ? meanMs * 0.95 : meanMs,
      warmUp: count,
      warmUpMs: sumMs,
    };
  },
};

function toward(wanted: number, limit: number, tuning: Gradient2Tuning): number {
  return within(limit * (1 - tuning.smoothing) + wanted * tuning.smoothing, tuning);
}
