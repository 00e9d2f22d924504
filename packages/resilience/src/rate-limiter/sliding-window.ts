/** slidingWindow: counts starts in two windows and weighs the earlier one by how much of it is still in sight. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';
import { segmentedWindow, type SegmentedWindowState } from './segmented-window.ts';

/** What a weighted sliding window remembers. */
export interface SlidingWindowState {
  /** When the window of now began. */
  startMs: number;
  count: number;
  /** How many started in the window before. */
  earlier: number;
}

/** A sliding window: of two weighted windows, or of `segments` if the rule has any. */
export function slidingWindow(
  rule: LimitRule,
): LimitAlgorithm<SlidingWindowState> | LimitAlgorithm<SegmentedWindowState> {
  return rule.segments > 0 ? segmentedWindow(rule) : weightedWindow(rule);
}

/** Three numbers a key, whatever the limit: it takes starts of the window before to have been spread evenly. */
export function weightedWindow({ limit, perMs }: LimitRule): LimitAlgorithm<SlidingWindowState> {
  const roll = (state: SlidingWindowState, nowMs: number): void => {
    const windows = Math.floor((nowMs - state.startMs) / perMs);
    if (windows <= 0) return;
    state.earlier = windows === 1 ? state.count : 0;
    state.count = 0;
    state.startMs += windows * perMs;
  };
  /** How much of the window after `startMs` must have passed until there is room: what counts of the window before shrinks evenly. */
  const passedMs = (earlier: number, room: number): number =>
    earlier <= room ? 0 : Math.ceil(((earlier - room) * perMs) / earlier);

  return {
    start: (nowMs) => ({ startMs: nowMs, count: 0, earlier: 0 }),
    copy: ({ startMs, count, earlier }) => ({ startMs, count, earlier }),
    waitMs(state, cost, nowMs) {
      roll(state, nowMs);
      const { startMs, count, earlier } = state;
      const room = limit - cost - count;
      const atMs =
        room >= 0
          ? startMs + passedMs(earlier, room)
          : startMs + perMs + passedMs(count, limit - cost);
      return Math.max(0, atMs - nowMs);
    },
    take(state, cost, nowMs) {
      roll(state, nowMs);
      if (state.count === 0 && state.earlier === 0) state.startMs = nowMs;
      state.count += cost;
    },
    giveBack(state, cost, takenAtMs) {
      if (takenAtMs >= state.startMs) state.count = Math.max(0, state.count - cost);
      else if (takenAtMs >= state.startMs - perMs)
        state.earlier = Math.max(0, state.earlier - cost);
    },
    remaining(state, nowMs) {
      roll(state, nowMs);
      const { startMs, count, earlier } = state;
      const left = startMs + perMs - nowMs;
      return Math.max(0, limit - count - Math.ceil((earlier * left) / perMs));
    },
    resetMs(state, nowMs) {
      roll(state, nowMs);
      const windows = state.count > 0 ? 2 : state.earlier > 0 ? 1 : 0;
      return windows === 0 ? 0 : state.startMs + windows * perMs - nowMs;
    },
  };
}
