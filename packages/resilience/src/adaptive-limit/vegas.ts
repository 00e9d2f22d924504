/** vegas: takes the shortest time seen for the time without any queue, and reckons from it how many runs queue up in the callee. */
import {
  type LimitAlgorithm,
  type LimitRange,
  type LimitState,
  within,
} from './limit-algorithm.ts';

/** How it is set. */
export interface VegasTuning extends LimitRange {
  /** How much of a change one sample makes, as a share. */
  readonly smoothing: number;
  /** Spreads the probes of many processes. */
  readonly random: () => number;
}

/** What it knows. */
export interface VegasState extends LimitState {
  /** The shortest time since the last probe, in milliseconds; 0 if there is none yet. */
  readonly noLoadRttMs: number;
  /** How many samples have come since the last probe. */
  readonly sinceProbe: number;
  /** After so many samples for each of the limit comes the next probe. */
  readonly probeAfter: number;
}

const PROBE_AFTER = 30;

/**
 * By the queue in the callee.
 *
 * Brakmo and Peterson, "TCP Vegas", 1995, as `VegasLimit` in Netflix concurrency-limits has it:
 *
 *     queued = ceil(limit * (1 - noLoadRtt / rtt)),  step = max(1, floor(log10(limit)))
 *     queued <= step      up by 6 * step
 *     queued < 3 * step   up by step
 *     queued > 6 * step   down by step
 *     else                as it is
 *
 * A lost run lowers the limit by one step. Now and then, after 15 to 30 times as many samples as the limit is high, the next sample is
 * taken for the new time without a queue, because the callee may have become slower for good. There, the time of a lost run may become
 * that time; here, it is none.
 */
export const vegas: LimitAlgorithm<VegasState, VegasTuning> = {
  begin: (limit, tuning) => ({
    limit,
    noLoadRttMs: 0,
    sinceProbe: 0,
    probeAfter: nextProbe(tuning),
  }),
  // States are written out: to spread them would take longer than all the rest.
  next({ limit, noLoadRttMs, sinceProbe, probeAfter }, { rttMs, inFlight, dropped }, tuning) {
    const step = Math.max(1, Math.floor(Math.log10(limit)));
    if (dropped) return { limit: moved(limit, -step, tuning), noLoadRttMs, sinceProbe, probeAfter };

    const count = sinceProbe + 1;
    if (count >= probeAfter * limit) {
      return { limit, noLoadRttMs: rttMs, sinceProbe: 0, probeAfter: nextProbe(tuning) };
    }
    if (noLoadRttMs === 0 || rttMs < noLoadRttMs) {
      return { limit, noLoadRttMs: rttMs, sinceProbe: count, probeAfter };
    }
    // A limit that was not nearly reached has not been tried.
    const isTried = inFlight * 2 >= limit;
    const queued = Math.ceil(limit * (1 - noLoadRttMs / rttMs));
    return {
      limit: isTried ? moved(limit, change(queued, step), tuning) : limit,
      noLoadRttMs,
      sinceProbe: count,
      probeAfter,
    };
  },
};

function moved(limit: number, by: number, tuning: VegasTuning): number {
  return limit * (1 - tuning.smoothing) + within(limit + by, tuning) * tuning.smoothing;
}

function change(queued: number, step: number): number {
  if (queued <= step) return 6 * step;
  if (queued < 3 * step) return step;
  return queued > 6 * step ? -step : 0;
}

const nextProbe = ({ random }: VegasTuning): number => PROBE_AFTER * (0.5 + random() / 2);
