/** gcra: the generic cell rate algorithm, a token bucket that remembers one moment instead of a level. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** The moment at which nothing that has been taken will count any more. */
export interface GcraState {
  /** Its whole milliseconds. */
  fullMs: number;
  /** What comes on top, in parts of a millisecond, `limit` to one. */
  rest: number;
}

/** GCRA: each start moves the moment on by `perMs / limit`; it may lie no further ahead than `burst` starts. */
export function gcra({ limit, perMs, burst }: LimitRule): LimitAlgorithm<GcraState> {
  /** How far the moment lies ahead, in parts of a millisecond. */
  const ahead = (state: GcraState, nowMs: number): number =>
    Math.max(0, (state.fullMs - nowMs) * limit + state.rest);
  const move = (state: GcraState, fromMs: number, parts: number): void => {
    const whole = Math.floor(parts / limit);
    state.fullMs = fromMs + whole;
    state.rest = parts - whole * limit;
  };

  return {
    start: (nowMs) => ({ fullMs: nowMs, rest: 0 }),
    copy: ({ fullMs, rest }) => ({ fullMs, rest }),
    waitMs: (state, cost, nowMs) =>
      Math.max(0, Math.ceil((ahead(state, nowMs) - (burst - cost) * perMs) / limit)),
    take: (state, cost, nowMs) => move(state, nowMs, ahead(state, nowMs) + cost * perMs),
    giveBack: (state, cost) => move(state, state.fullMs, state.rest - cost * perMs),
    remaining: (state, nowMs) =>
      Math.max(0, Math.floor((burst * perMs - ahead(state, nowMs)) / perMs)),
    resetMs: (state, nowMs) => Math.ceil(ahead(state, nowMs) / limit),
  };
}
