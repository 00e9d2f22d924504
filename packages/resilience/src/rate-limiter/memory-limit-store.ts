/** memoryLimitStore: a limit store in the memory of this process. */
import { checkMs, checkNames, checkWhole } from '@interpose/kernel/options';
import { BoundedKeys } from '../keyed/bounded-keys.ts';
import { canLearn, limitAlgorithm } from './limit-algorithms.ts';
import { countsAlike, type LimitAlgorithm, type LimitRule } from './limit-rule.ts';
import type { LimitDecision, LimitStore } from './limit-store.ts';

/** Options of `memoryLimitStore`. */
export interface MemoryLimitStoreOptions {
  /** How many keys there may be; one more drops the least recently used, whose count begins anew. @default 10_000 */
  readonly maxKeys?: number;
  /** How long a key may be unused before it is dropped; but never while anything of it still counts. @default 600_000, ten minutes */
  readonly idleMs?: number;
}

/** A limit store that answers at once. */
export interface MemoryLimitStore extends LimitStore {
  /** How many keys it keeps. */
  readonly size: number;
  take(key: string, cost: number, rule: LimitRule, nowMs: number): LimitDecision;
  giveBack(key: string, cost: number, rule: LimitRule, takenAtMs: number): void;
  forecast(key: string, costs: readonly number[], rule: LimitRule, nowMs: number): number;
  learn(key: string, throttled: boolean, rule: LimitRule, nowMs: number): void;
  /** Forgets everything. */
  clear(): void;
}

/**
 * Keeps counts in memory. It has no timer: keys that are idle go when others are used.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function memoryLimitStore(options: MemoryLimitStoreOptions = {}): MemoryLimitStore {
  checkNames('memoryLimitStore()', options, ['maxKeys', 'idleMs']);
  const maxKeys = checkWhole('maxKeys', options.maxKeys ?? 10_000, 1);
  const idleMs = checkMs('idleMs', options.idleMs ?? 600_000);
  const keys = new BoundedKeys<Count>(
    { maxKeys, idleMs },
    { mayGo: (count, nowMs) => count.isWhole(nowMs) },
  );
  const countOf = (key: string, rule: LimitRule, nowMs: number): Count => {
    const entry = keys.get(key);
    if (!entry) return keys.add(key, new Count(rule, nowMs), nowMs).value;
    const count = entry.value;
    if (count.rule !== rule) count.follow(rule, nowMs);
    keys.touch(entry, nowMs);
    return count;
  };

  return {
    get size() {
      return keys.size;
    },
    take: (key, cost, rule, nowMs) => countOf(key, rule, nowMs).take(cost, nowMs),
    giveBack: (key, cost, _rule, takenAtMs) => keys.get(key)?.value.giveBack(cost, takenAtMs),
    forecast: (key, costs, rule, nowMs) => countOf(key, rule, nowMs).forecast(costs, nowMs),
    learn: (key, throttled, rule, nowMs) => countOf(key, rule, nowMs).learn(throttled, nowMs),
    clear: () => keys.clear(),
  };
}

/** The count of one key. */
class Count {
  rule: LimitRule;
  #algorithm: LimitAlgorithm;
  #state: object;
  /** The latest time seen: for a clock that goes back, time stands still until it has caught up. */
  #latestMs: number;

  constructor(rule: LimitRule, nowMs: number) {
    this.rule = rule;
    this.#algorithm = limitAlgorithm(rule);
    this.#state = this.#algorithm.start(nowMs);
    this.#latestMs = nowMs;
  }

  take(cost: number, nowMs: number): LimitDecision {
    const atMs = this.#at(nowMs);
    const algorithm = this.#algorithm;
    const state = this.#state;
    const waitMs = algorithm.waitMs(state, cost === 0 ? 1 : cost, atMs);
    if (waitMs === 0 && cost > 0) algorithm.take(state, cost, atMs);
    const behindMs = atMs - nowMs;
    const resetMs = algorithm.resetMs(state, atMs);
    return {
      allowed: waitMs === 0,
      remaining: algorithm.remaining(state, atMs),
      resetMs: resetMs === 0 ? 0 : resetMs + behindMs,
      retryAfterMs: waitMs === 0 ? 0 : waitMs + behindMs,
    };
  }

  giveBack(cost: number, takenAtMs: number): void {
    this.#algorithm.giveBack(this.#state, cost, takenAtMs);
  }

  forecast(costs: readonly number[], nowMs: number): number {
    const algorithm = this.#algorithm;
    const state = algorithm.copy(this.#state);
    let atMs = this.#at(nowMs);
    for (const cost of costs) {
      atMs += algorithm.waitMs(state, cost === 0 ? 1 : cost, atMs);
      if (cost > 0) algorithm.take(state, cost, atMs);
    }
    return atMs - nowMs;
  }

  learn(throttled: boolean, nowMs: number): void {
    const algorithm = this.#algorithm;
    if (canLearn(algorithm)) algorithm.learn(this.#state as never, throttled, this.#at(nowMs));
  }

  /** Counts by another rule from now on: a key learns of it when it is next used. What the old one had counted, and cannot be read by the new one, counts as if taken now. */
  follow(rule: LimitRule, nowMs: number): void {
    const atMs = this.#at(nowMs);
    const algorithm = limitAlgorithm(rule);
    // Until now time has passed by the old rule, also where both count alike: asking brings the state up to now.
    const taken = this.rule.burst - this.#algorithm.remaining(this.#state, atMs);
    if (!countsAlike(this.rule, rule)) {
      this.#state = algorithm.start(atMs);
      if (taken > 0) algorithm.take(this.#state, Math.min(taken, rule.burst), atMs);
    }
    this.rule = rule;
    this.#algorithm = algorithm;
  }

  isWhole(nowMs: number): boolean {
    return this.#algorithm.resetMs(this.#state, this.#at(nowMs)) === 0;
  }

  #at(nowMs: number): number {
    if (nowMs > this.#latestMs) this.#latestMs = nowMs;
    return this.#latestMs;
  }
}
