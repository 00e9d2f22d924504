/** What a cache may be told, and the check that it makes sense. */
import { checkMs, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { checkFunction, type PolicyOptions } from '../policy.ts';
import type { CacheStore } from './cache-store.ts';

/**
 * Options of `cache`.
 *
 * @typeParam C what the functions need of the context
 * @typeParam V what the rest answers
 */
export interface CacheOptions<C = unknown, V = unknown> extends PolicyOptions {
  /**
   * Says which calls have the same answer. Whoever may get a different answer must get a different key: put into it who calls, or one
   * caller is given what is private to another. `undefined` lets the call pass by the cache.
   */
  readonly key: (ctx: C) => string | undefined;
  /**
   * How long a result is fresh, in milliseconds; `Infinity` means until it is invalidated or evicted. A function is asked for each result;
   * what it gives that is 0 or less, or no number, means not to keep it. @default 60_000
   */
  readonly ttlMs?: number | ((ctx: C, value: V) => number);
  /** How many entries there may be, the least recently used going first. Not together with `store`. @default 1000 */
  readonly maxEntries?: number;
  /** For how long after its `ttlMs` a result is still given out at once while a new one is fetched. @default 0 */
  readonly swrMs?: number;
  /** For how long after its `ttlMs` a result is still given out when the rest fails. @default 0 */
  readonly staleIfErrorMs?: number;
  /** Whether equal calls that find nothing share one run. @default true */
  readonly singleFlight?: boolean;
  /** Whether to keep a result. @default every one */
  readonly cacheIf?: (ctx: C, value: V) => boolean;
  /** What a result depends on, as tags for `invalidate()`. @default nothing */
  readonly dependsOn?: (ctx: C, value: V) => string | readonly string[];
  /** Where entries are kept. @default a memory store of its own */
  readonly store?: CacheStore;
  /** How long a store may take to answer before the rest is run without it; `Infinity` means as long as it likes. @default 100 */
  readonly storeTimeoutMs?: number;
}

/** Options with their defaults. */
export interface CacheSettings<C, V> {
  readonly key: (ctx: C) => string | undefined;
  readonly ttlMs: number | ((ctx: C, value: V) => number);
  readonly maxEntries: number;
  readonly swrMs: number;
  readonly staleIfErrorMs: number;
  readonly singleFlight: boolean;
  readonly cacheIf: ((ctx: C, value: V) => boolean) | undefined;
  readonly dependsOn: ((ctx: C, value: V) => string | readonly string[]) | undefined;
  readonly storeTimeoutMs: number;
}

/** Names of the options, beside those of every policy. */
export const CACHE_OPTIONS: readonly Exclude<keyof CacheOptions, keyof PolicyOptions>[] = [
  'key',
  'ttlMs',
  'maxEntries',
  'swrMs',
  'staleIfErrorMs',
  'singleFlight',
  'cacheIf',
  'dependsOn',
  'store',
  'storeTimeoutMs',
];

const STORE_METHODS = ['get', 'set', 'delete', 'invalidate'] as const;

/**
 * Checks options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function cacheSettings<C, V>(options: CacheOptions<C, V>): CacheSettings<C, V> {
  const { key, store, cacheIf, dependsOn, singleFlight = true } = options;
  if (key === undefined) throw unexpected('key', 'a function', key);
  checkFunction('key', key);
  checkFunction('cacheIf', cacheIf);
  checkFunction('dependsOn', dependsOn);
  if (typeof singleFlight !== 'boolean') {
    throw unexpected('singleFlight', 'true or false', singleFlight);
  }
  checkStore(store);
  if (store && options.maxEntries !== undefined) {
    throw new TypeError('Expected `maxEntries` or `store`, got both: a store has its own bound.');
  }
  return {
    key,
    cacheIf,
    dependsOn,
    singleFlight,
    ttlMs: checkTtl(options.ttlMs ?? 60_000),
    maxEntries: checkWhole('maxEntries', options.maxEntries ?? 1000, 1),
    swrMs: checkMs('swrMs', options.swrMs ?? 0),
    staleIfErrorMs: checkMs('staleIfErrorMs', options.staleIfErrorMs ?? 0),
    storeTimeoutMs: checkLimit('storeTimeoutMs', options.storeTimeoutMs ?? 100),
  };
}

function checkTtl<T>(ttlMs: T): T {
  return typeof ttlMs === 'function' ? ttlMs : (checkLimit('ttlMs', ttlMs) as T);
}

function checkLimit(name: string, value: unknown): number {
  if (value === Infinity) return value;
  if (checkMs(name, value) === 0) throw outOfRange(name, 'a number of milliseconds above 0', value);
  return value as number;
}

function checkStore(store: CacheStore | undefined): void {
  if (store === undefined) return;
  const isStore = STORE_METHODS.every((method) => typeof store?.[method] === 'function');
  if (!isStore) throw unexpected('store', `an object with ${STORE_METHODS.join(', ')}`, store);
}
