/** Options of rateLimit, and what is made of them. */
import type { Outcome } from '@interpose/kernel';
import { checkMs, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { checkFunction, type PolicyOptions } from '../policy.ts';
import { type LimitRule, limitRule, type LimitRuleOptions } from './limit-rule.ts';
import type { LimitStore } from './limit-store.ts';
import { type MemoryLimitStore, memoryLimitStore } from './memory-limit-store.ts';

/** Options of `rateLimit`. */
export interface RateLimitOptions<C = unknown> extends PolicyOptions, LimitRuleOptions {
  /** Whose limit it is; `undefined` lets the call pass uncounted. An error that it throws is that of the call. @default one limit for all */
  readonly key?: (ctx: C) => string | undefined;
  /** What a call costs: a whole number up to the burst. What costs 0 must find room for 1 and takes nothing. @default 1 */
  readonly cost?: (ctx: C) => number;
  /** How many calls of one key may wait for their turn. @default 0 */
  readonly maxQueue?: number;
  /** How long a call may wait; one that would have to wait longer is refused at once. @default Infinity */
  readonly maxWaitMs?: number;
  /** Who of those who wait goes first. With `lifo` a call that finds the queue full takes the place of the oldest. @default 'fifo' */
  readonly order?: 'fifo' | 'lifo';
  /** How many keys are counted at once; one more drops the least recently used. @default 10_000 */
  readonly maxKeys?: number;
  /** How long a key may be unused before it is dropped, though never while anything of it still counts. @default 600_000, ten minutes */
  readonly idleMs?: number;
  /** Where counts are kept. Keys in it begin with the policy's name. @default the memory of this process */
  readonly store?: LimitStore;
  /** What happens to a call when the store fails or takes too long. @default 'allow' */
  readonly onStoreError?: 'allow' | 'refuse';
  /** How long a store may take to answer. @default 50 */
  readonly storeTimeoutMs?: number;
  /**
   * For `cubic`: whether the callee has refused the call because there were too many. One that throws says yes.
   *
   * @default an error or a result with the code RATE_LIMITED or the status 429
   */
  readonly throttledIf?: (outcome: Outcome<unknown>, ctx: C) => boolean;
}

/** Names of the options of `rateLimit`, beside those that all policies take. */
export const RATE_LIMIT_OPTIONS = [
  'algorithm',
  'limit',
  'perMs',
  'burst',
  'segments',
  'key',
  'cost',
  'maxQueue',
  'maxWaitMs',
  'order',
  'maxKeys',
  'idleMs',
  'store',
  'onStoreError',
  'storeTimeoutMs',
  'throttledIf',
] as const;

/** Options that have been checked, with what they leave out. */
export interface RateLimitSettings<C> {
  readonly rule: LimitRule;
  readonly key: ((ctx: C) => string | undefined) | undefined;
  readonly cost: ((ctx: C) => number) | undefined;
  readonly maxQueue: number;
  readonly maxWaitMs: number;
  readonly order: 'fifo' | 'lifo';
  readonly onStoreError: 'allow' | 'refuse';
  readonly storeTimeoutMs: number;
  readonly throttledIf: (outcome: Outcome<unknown>, ctx: C) => boolean;
}

/**
 * Checks options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function rateLimitSettings<C>(options: RateLimitOptions<C>): RateLimitSettings<C> {
  const { maxWaitMs = Infinity, order = 'fifo', onStoreError = 'allow' } = options;
  const rule = limitRule(options);
  const maxQueue = checkWhole('maxQueue', options.maxQueue ?? 0);
  if (maxWaitMs !== Infinity) checkMs('maxWaitMs', maxWaitMs);
  if (order !== 'fifo' && order !== 'lifo') throw unexpected('order', `'fifo' or 'lifo'`, order);
  if (onStoreError !== 'allow' && onStoreError !== 'refuse') {
    throw unexpected('onStoreError', `'allow' or 'refuse'`, onStoreError);
  }
  const storeTimeoutMs = checkMs('storeTimeoutMs', options.storeTimeoutMs ?? 50);
  if (storeTimeoutMs === 0) {
    throw outOfRange('storeTimeoutMs', 'a number of milliseconds above 0', storeTimeoutMs);
  }
  for (const name of ['key', 'cost', 'throttledIf'] as const) checkFunction(name, options[name]);
  return {
    rule,
    key: options.key,
    cost: options.cost,
    maxQueue,
    maxWaitMs,
    order,
    onStoreError,
    storeTimeoutMs,
    throttledIf: options.throttledIf ?? isThrottled,
  };
}

/**
 * Where counts are kept, and the same once more if it is the limiter's own.
 *
 * @throws TypeError or RangeError for options out of range, and for such as do not go together
 */
export function limitStoreOf(options: RateLimitOptions<never>): {
  readonly store: LimitStore;
  readonly own: MemoryLimitStore | undefined;
} {
  const { store, maxKeys, idleMs, algorithm } = options;
  if (store === undefined) {
    const own = memoryLimitStore({
      ...(maxKeys !== undefined && { maxKeys }),
      ...(idleMs !== undefined && { idleMs }),
    });
    return { store: own, own };
  }
  if (typeof store?.take !== 'function' || typeof store.giveBack !== 'function') {
    throw unexpected('store', 'a limit store, with `take` and `giveBack`', store);
  }
  for (const [name, value] of Object.entries({ maxKeys, idleMs })) {
    if (value !== undefined) {
      throw unexpected(name, 'left out: the store that was given bounds its keys itself', value);
    }
  }
  if (algorithm === 'cubic' && !store.learn) {
    throw unexpected('store', 'one that can `learn`, for `cubic`', store);
  }
  return { store, own: undefined };
}

function isThrottled(outcome: Outcome<unknown>): boolean {
  const said = outcome.ok ? outcome.value : outcome.error;
  if (typeof said !== 'object' || said === null) return false;
  const { code, status, statusCode } = said as Record<string, unknown>;
  return code === 'RATE_LIMITED' || status === 429 || statusCode === 429;
}
