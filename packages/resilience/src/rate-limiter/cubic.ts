/** cubic: a token bucket whose rate is learnt from what the callee refuses, and grows along a cubic curve, as TCP's CUBIC and the AWS SDKs do. */
import type { LimitAlgorithm, LimitRule } from './limit-rule.ts';

/** What a learning bucket remembers. Rates are per second, times are in milliseconds. */
export interface CubicState {
  /** Tokens that are there. */
  level: number;
  /** Until when what came in has been counted. */
  atMs: number;
  /** Nothing has been learnt until the callee has refused a call. */
  learnt: boolean;
  /** How many tokens come in per second once something has been learnt. */
  fillRate: number;
  /** The rate at the last refusal, to which the curve returns. */
  lastMaxRate: number;
  lastThrottleMs: number;
  /** How many calls ended per second of late. */
  measuredRate: number;
  /** The half second in which calls are being counted began then. */
  countedFromMs: number;
  ended: number;
}

/** What is left of the rate when the callee refuses. */
const BETA = 0.7;
/** How steeply the curve grows. */
const SCALE = 0.4;
/** How much of a measured rate is new. */
const SMOOTH = 0.8;
const LEAST_RATE = 0.5;
const LEAST_CAPACITY = 1;
/** A rate is measured over this long at least. */
const BUCKET_MS = 500;

/** The rate so many seconds after a refusal: it returns to the last highest one fast, stays about it, then goes beyond ever faster. */
export function cubicRate(lastMaxRate: number, seconds: number): number {
  const flatSeconds = Math.cbrt((lastMaxRate * (1 - BETA)) / SCALE);
  return SCALE * (seconds - flatSeconds) ** 3 + lastMaxRate;
}

/** A token bucket that begins at the rule's limit, which stays its ceiling, and can be told how calls end. */
export interface LearningAlgorithm extends LimitAlgorithm<CubicState> {
  /** Learns from a call that has ended: whether the callee refused it because there were too many. */
  learn(state: CubicState, throttled: boolean, nowMs: number): void;
}

/** A token bucket with a rate that is learnt; `limit` per `perMs` is the most that it comes to. */
export function cubic({ limit, perMs, burst }: LimitRule): LearningAlgorithm {
  const ceiling = (limit * 1000) / perMs;
  const rateOf = ({ learnt, fillRate }: CubicState): number =>
    learnt ? Math.min(fillRate, ceiling) : ceiling;
  const capacityOf = ({ learnt, fillRate }: CubicState): number =>
    learnt ? Math.min(Math.max(fillRate, LEAST_CAPACITY), burst) : burst;
  const levelAt = (state: CubicState, nowMs: number): number =>
    Math.min(capacityOf(state), state.level + ((nowMs - state.atMs) * rateOf(state)) / 1000);
  const refill = (state: CubicState, nowMs: number): void => {
    state.level = levelAt(state, nowMs);
    state.atMs = nowMs;
  };
  const untilMs = (state: CubicState, level: number, nowMs: number): number => {
    if (levelAt(state, nowMs) >= level) return 0;
    // A rate that is no whole number leaves rounding to be put right.
    let waitMs = Math.max(1, Math.ceil(((level - levelAt(state, nowMs)) * 1000) / rateOf(state)));
    while (waitMs > 1 && levelAt(state, nowMs + waitMs - 1) >= level) waitMs--;
    while (levelAt(state, nowMs + waitMs) < level) waitMs++;
    return waitMs;
  };

  return {
    start: (nowMs) => ({
      level: burst,
      atMs: nowMs,
      learnt: false,
      fillRate: LEAST_RATE,
      lastMaxRate: 0,
      lastThrottleMs: nowMs,
      measuredRate: 0,
      countedFromMs: nowMs,
      ended: 0,
    }),
    copy: (state) => ({ ...state }),
    // What costs more than a shrunken bucket holds waits until it is full, and leaves a debt.
    waitMs: (state, cost, nowMs) => untilMs(state, Math.min(cost, capacityOf(state)), nowMs),
    take(state, cost, nowMs) {
      refill(state, nowMs);
      state.level -= cost;
    },
    giveBack(state, cost) {
      state.level = Math.min(capacityOf(state), state.level + cost);
    },
    remaining: (state, nowMs) => Math.max(0, Math.floor(levelAt(state, nowMs))),
    resetMs: (state, nowMs) => untilMs(state, capacityOf(state), nowMs),
    learn(state, throttled, nowMs) {
      refill(state, nowMs);
      measure(state, nowMs);
      let rate: number;
      if (throttled) {
        const was = state.learnt
          ? Math.min(state.measuredRate, state.fillRate)
          : state.measuredRate;
        if (!state.learnt) state.level = 0;
        state.learnt = true;
        state.lastMaxRate = was;
        state.lastThrottleMs = nowMs;
        rate = was * BETA;
      } else rate = cubicRate(state.lastMaxRate, (nowMs - state.lastThrottleMs) / 1000);
      state.fillRate = Math.max(Math.min(rate, 2 * state.measuredRate), LEAST_RATE);
      state.level = Math.min(state.level, capacityOf(state));
    },
  };
}

/** Counts a call that has ended; the rate is measured anew when a half second has gone by. */
function measure(state: CubicState, nowMs: number): void {
  state.ended++;
  const passedMs = Math.floor((nowMs - state.countedFromMs) / BUCKET_MS) * BUCKET_MS;
  if (passedMs <= 0) return;
  const rate = (state.ended * 1000) / passedMs;
  state.measuredRate = rate * SMOOTH + state.measuredRate * (1 - SMOOTH);
  state.ended = 0;
  state.countedFromMs += passedMs;
}
