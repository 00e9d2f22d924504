/** tokenBucket: tokens come in steadily and are saved up to a burst; every start costs some. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** What a token bucket remembers. */
export interface TokenBucketState {
  /** What is missing from a full bucket, in parts of a token, `perMs` to one: with whole numbers nothing is ever rounded. */
  used: number;
  /** Until when what came in has been counted. */
  atMs: number;
}

/** A token bucket: `limit` tokens come in per `perMs`, and no more than `burst` are kept. With `segments` they come in so many steps. */
export function tokenBucket({
  limit,
  perMs,
  burst,
  segments,
}: LimitRule): LimitAlgorithm<TokenBucketState> {
  const stepMs = segments === 0 ? 1 : perMs / segments;
  const perStep = stepMs * limit;
  const full = burst * perMs;

  const refill = (state: TokenBucketState, nowMs: number): void => {
    const steps = Math.floor((nowMs - state.atMs) / stepMs);
    if (steps <= 0) return;
    state.used = Math.max(0, state.used - steps * perStep);
    state.atMs += steps * stepMs;
  };
  const untilMs = (state: TokenBucketState, used: number, nowMs: number): number => {
    refill(state, nowMs);
    if (state.used <= used) return 0;
    return state.atMs + Math.ceil((state.used - used) / perStep) * stepMs - nowMs;
  };

  return {
    start: (nowMs) => ({ used: 0, atMs: nowMs }),
    copy: ({ used, atMs }) => ({ used, atMs }),
    waitMs: (state, cost, nowMs) => untilMs(state, full - cost * perMs, nowMs),
    take(state, cost, nowMs) {
      refill(state, nowMs);
      state.used += cost * perMs;
    },
    giveBack(state, cost) {
      state.used = Math.max(0, state.used - cost * perMs);
    },
    remaining(state, nowMs) {
      refill(state, nowMs);
      return Math.max(0, Math.floor((full - state.used) / perMs));
    },
    resetMs: (state, nowMs) => untilMs(state, 0, nowMs),
  };
}
