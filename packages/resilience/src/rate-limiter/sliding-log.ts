/** slidingLog: remembers when each of the last starts was, and so never lets more than the limit start in any stretch of time. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** What a sliding log remembers: no more entries than the limit, for each takes at least one. */
export interface SlidingLogState {
  /** What was taken at which time, in the order of time; entries before `first` count no more. */
  entries: { readonly atMs: number; cost: number }[];
  first: number;
  /** What counts now. */
  used: number;
}

/** From so many dead entries on they are worth clearing away. */
const MANY = 32;

/** A log of starts: exact, at the price of memory in proportion to the limit. */
export function slidingLog({ limit, perMs }: LimitRule): LimitAlgorithm<SlidingLogState> {
  const forget = (state: SlidingLogState, nowMs: number): void => {
    const { entries } = state;
    for (let entry = entries[state.first]; entry; entry = entries[state.first]) {
      if (nowMs - entry.atMs < perMs) break;
      state.used -= entry.cost;
      state.first++;
    }
    if (state.first > MANY && state.first * 2 > entries.length) {
      entries.splice(0, state.first);
      state.first = 0;
    }
  };
  /** How long until no more than so many count. */
  const untilMs = (state: SlidingLogState, most: number, nowMs: number): number => {
    forget(state, nowMs);
    let { used } = state;
    for (let at = state.first; used > most; at++) {
      const entry = state.entries[at];
      if (!entry) break;
      used -= entry.cost;
      if (used <= most) return entry.atMs + perMs - nowMs;
    }
    return 0;
  };

  return {
    start: () => ({ entries: [], first: 0, used: 0 }),
    copy: ({ entries, first, used }) => ({
      entries: entries.slice(first).map((entry) => ({ ...entry })),
      first: 0,
      used,
    }),
    waitMs: (state, cost, nowMs) => untilMs(state, limit - cost, nowMs),
    take(state, cost, nowMs) {
      const last = state.entries.at(-1);
      if (last?.atMs === nowMs) last.cost += cost;
      else state.entries.push({ atMs: nowMs, cost });
      state.used += cost;
    },
    giveBack(state, cost, takenAtMs) {
      const at = state.entries.findLastIndex(({ atMs }) => atMs === takenAtMs);
      const entry = state.entries[at];
      if (!entry || at < state.first) return;
      const given = Math.min(cost, entry.cost);
      entry.cost -= given;
      state.used -= given;
      if (entry.cost === 0) state.entries.splice(at, 1);
    },
    remaining(state, nowMs) {
      forget(state, nowMs);
      return Math.max(0, limit - state.used);
    },
    resetMs: (state, nowMs) => untilMs(state, 0, nowMs),
  };
}
