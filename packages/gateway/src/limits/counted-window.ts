/** CountedWindow: limits that remember numbers and not each request: those with bursts, and those that are large. */
import type { Store } from '@interpose/kernel/store';
import { limitAlgorithm, type LimitAlgorithm, limitRule } from '@interpose/resilience/stores';
import type { Window } from './sliding-window.ts';

/** What is let in. */
export interface CountedRule {
  readonly limit: number;
  readonly windowMs: number;
  /** How many may come at once after a rest; then the limit is what comes in after that. @default no more than the limit in any stretch */
  readonly burst?: number | undefined;
}

/** A stretch is counted in so many equal parts at most; what is in the oldest of them counts whole. */
const MOST_SEGMENTS = 20;

/** Counts requests, each key for itself. */
export class CountedWindow {
  readonly #algorithm: LimitAlgorithm;

  /** @throws RangeError for numbers out of range */
  constructor({ limit, windowMs, burst }: CountedRule) {
    const rate = { limit, perMs: windowMs };
    const rule =
      burst === undefined
        ? limitRule({ ...rate, algorithm: 'sliding-window', segments: segmentsOf(windowMs) })
        : limitRule({ ...rate, algorithm: 'token-bucket', burst });
    this.#algorithm = limitAlgorithm(rule);
  }

  /** Takes a place of a key if there is one. */
  take(store: Store, key: string, nowMs: number): Window {
    const algorithm = this.#algorithm;
    const now = Math.floor(nowMs);
    const state = (store.get(key) as object | undefined) ?? algorithm.start(now);
    const waitMs = algorithm.waitMs(state, 1, now);
    const taken = waitMs === 0;
    if (taken) algorithm.take(state, 1, now);
    const wholeMs = algorithm.resetMs(state, now);
    if (taken) store.set(key, state, Math.max(1, wholeMs));
    return {
      taken,
      remaining: algorithm.remaining(state, now),
      resetMs: taken ? wholeMs : waitMs,
    };
  }
}

/** The most that are whole milliseconds each. */
function segmentsOf(windowMs: number): number {
  let segments = MOST_SEGMENTS;
  while (windowMs % segments !== 0 && segments > 1) segments--;
  return segments;
}
