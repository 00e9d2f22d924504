/** fixedWindow: counts starts in a window that begins with the first of them. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** What a fixed window remembers. */
export interface FixedWindowState {
  startMs: number;
  count: number;
}

/** A fixed window of `perMs` in which `limit` may start. Twice as many can start close together, about the end of a window. */
export function fixedWindow({ limit, perMs }: LimitRule): LimitAlgorithm<FixedWindowState> {
  const roll = (state: FixedWindowState, nowMs: number): void => {
    if (nowMs - state.startMs >= perMs) state.count = 0;
  };

  return {
    start: (nowMs) => ({ startMs: nowMs, count: 0 }),
    copy: ({ startMs, count }) => ({ startMs, count }),
    waitMs(state, cost, nowMs) {
      roll(state, nowMs);
      return state.count + cost <= limit ? 0 : state.startMs + perMs - nowMs;
    },
    take(state, cost, nowMs) {
      roll(state, nowMs);
      if (state.count === 0) state.startMs = nowMs;
      state.count += cost;
    },
    giveBack(state, cost, takenAtMs) {
      if (takenAtMs >= state.startMs) state.count = Math.max(0, state.count - cost);
    },
    remaining(state, nowMs) {
      roll(state, nowMs);
      return Math.max(0, limit - state.count);
    },
    resetMs(state, nowMs) {
      roll(state, nowMs);
      return state.count === 0 ? 0 : state.startMs + perMs - nowMs;
    },
  };
}
