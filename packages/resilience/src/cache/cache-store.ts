/** CacheStore: the port behind which a cache keeps its entries, in this process or out of it. */
import type { Awaitable } from '@interpose/kernel';

/** What a cache gives a store to keep. */
export interface CacheEntry {
  /** Anything, `undefined` included. */
  readonly value: unknown;
  /** For how long it counts as fresh; the store keeps the figure for the cache. `Infinity` is allowed. */
  readonly ttlMs: number;
  /** For how long the store keeps it; not less than `ttlMs`. `Infinity` is allowed. */
  readonly keepMs: number;
  /** What it depends on. */
  readonly tags: readonly string[];
}

/** What a store gives back. */
export interface CachedValue {
  readonly value: unknown;
  /** How long ago it was set, by the store's own clock. */
  readonly ageMs: number;
  /** As it was set. */
  readonly ttlMs: number;
  /** As they were set. */
  readonly tags: readonly string[];
}

/**
 * Where a cache keeps its entries. A store that throws, rejects or is slow makes a cache slower and less often right, never wrong.
 * `cacheStoreContract` says what it has to keep to.
 */
export interface CacheStore {
  /** The entry, or `undefined` if there is none or its time to be kept is over: at that very instant it is. */
  get(key: string): Awaitable<CachedValue | undefined>;
  /** Sets an entry; one that was there before is forgotten, with what it depended on. */
  set(key: string, entry: CacheEntry): Awaitable<void>;
  /** Deletes an entry, if there is one. */
  delete(key: string): Awaitable<void>;
  /** Deletes all entries that depend on this tag. Keys and tags are names of different kinds. */
  invalidate(tag: string): Awaitable<void>;
}
