/** Counts requests that may come in bursts: what a client has saved up it may spend at once, and no more than the limit comes in after that. */
import type { Store } from '@interpose/kernel/store';
import { limitAlgorithm, type LimitAlgorithm, limitRule } from '@interpose/resilience/stores';
import type { Window } from './sliding-window.ts';

/** What is let in. */
export interface TokenRule {
  readonly limit: number;
  readonly windowMs: number;
  /** How many may come at once after a rest. */
  readonly burst: number;
}

/** Takes tokens out of buckets, one bucket a key. */
export class TokenWindow {
  readonly #algorithm: LimitAlgorithm;

  /** @throws RangeError for numbers out of range */
  constructor({ limit, windowMs, burst }: TokenRule) {
    const rule = limitRule({ algorithm: 'token-bucket', limit, perMs: windowMs, burst });
    this.#algorithm = limitAlgorithm(rule);
  }

  /** Takes a token of a key if there is one. */
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
