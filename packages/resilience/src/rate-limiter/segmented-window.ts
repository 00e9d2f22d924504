/** segmentedWindow: counts starts in the segments of a window that moves on by one segment at a time. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** What a segmented window remembers. */
export interface SegmentedWindowState {
  /** When the segment of now began. */
  startMs: number;
  /** How many started in each segment, that of now first. */
  counts: number[];
}

/** A window of `segments`: what was taken in a segment comes back, all of it, when the window has moved past. */
export function segmentedWindow({
  limit,
  perMs,
  segments,
}: LimitRule): LimitAlgorithm<SegmentedWindowState> {
  const segmentMs = perMs / segments;
  const roll = (state: SegmentedWindowState, nowMs: number): void => {
    const steps = Math.floor((nowMs - state.startMs) / segmentMs);
    if (steps <= 0) return;
    state.startMs += steps * segmentMs;
    state.counts.copyWithin(Math.min(steps, segments), 0);
    state.counts.fill(0, 0, steps);
  };
  const sum = (state: SegmentedWindowState, nowMs: number): number => {
    roll(state, nowMs);
    let total = 0;
    for (const count of state.counts) total += count;
    return total;
  };
  /** How long until no more than so many count. */
  const untilMs = (state: SegmentedWindowState, most: number, nowMs: number): number => {
    let counted = sum(state, nowMs);
    if (counted <= most) return 0;
    let oldest = segments - 1;
    for (; oldest > 0; oldest--) {
      counted -= state.counts[oldest] ?? 0;
      if (counted <= most) break;
    }
    return state.startMs + (segments - oldest) * segmentMs - nowMs;
  };

  return {
    start: (nowMs) => ({ startMs: nowMs, counts: Array.from({ length: segments }, () => 0) }),
    copy: ({ startMs, counts }) => ({ startMs, counts: [...counts] }),
    waitMs: (state, cost, nowMs) => untilMs(state, limit - cost, nowMs),
    take(state, cost, nowMs) {
      if (sum(state, nowMs) === 0) state.startMs = nowMs;
      state.counts[0] = (state.counts[0] ?? 0) + cost;
    },
    giveBack(state, cost, takenAtMs) {
      const at = Math.max(0, Math.ceil((state.startMs - takenAtMs) / segmentMs));
      const count = state.counts[at];
      if (count !== undefined) state.counts[at] = Math.max(0, count - cost);
    },
    remaining: (state, nowMs) => Math.max(0, limit - sum(state, nowMs)),
    resetMs: (state, nowMs) => untilMs(state, 0, nowMs),
  };
}
