/** memoryCacheStore: entries of a cache in the memory of this process, no more than so many, the least recently used first to go. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { checkFunction } from '../policy.ts';
import type { CachedValue, CacheEntry, CacheStore } from './cache-store.ts';

/** Options of `memoryCacheStore`. */
export interface MemoryCacheStoreOptions {
  /** How many entries there may be; one more drops the least recently used. @default 1000 */
  readonly maxEntries?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Is told the key of an entry that was dropped to make room. Must not throw. @default nobody */
  readonly onEvicted?: (key: string) => void;
}

/** A store in memory. It answers at once. */
export interface MemoryCacheStore extends CacheStore {
  get(key: string): CachedValue | undefined;
  set(key: string, entry: CacheEntry): void;
  delete(key: string): void;
  invalidate(tag: string): void;
  /** How many entries there are; among them such as are over and have not been asked for since. */
  readonly size: number;
  /** Changes how many there may be, and drops what is too many. @throws TypeError or RangeError if it is out of range */
  resize(maxEntries: number): void;
  /** Drops everything. */
  clear(): void;
}

/**
 * A store in the memory of this process. It sets no timer: what is over goes when it is asked for, or to make room.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const prices = memoryCacheStore({ maxEntries: 10_000 });
 * const policy = cache({ key: ({ sku }: Call) => sku, store: prices });
 */
export function memoryCacheStore(options: MemoryCacheStoreOptions = {}): MemoryCacheStore {
  checkNames('memoryCacheStore()', options, ['maxEntries', 'clock', 'onEvicted']);
  checkFunction('onEvicted', options.onEvicted);
  const { clock = systemClock, maxEntries = 1000, onEvicted } = options;
  return new Memory(clock, checkWhole('maxEntries', maxEntries, 1), onEvicted);
}

interface Kept extends CacheEntry {
  readonly storedMs: number;
}

class Memory implements MemoryCacheStore {
  /** A Map keeps the order of insertion: the first entry is the least recently used. */
  readonly #entries = new Map<string, Kept>();
  readonly #keysByTag = new Map<string, Set<string>>();
  readonly #clock: Clock;
  readonly #onEvicted: ((key: string) => void) | undefined;
  #maxEntries: number;

  constructor(clock: Clock, maxEntries: number, onEvicted: ((key: string) => void) | undefined) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): CachedValue | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const ageMs = this.#clock.now() - entry.storedMs;
    if (ageMs >= entry.keepMs) return this.delete(key);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { value: entry.value, ageMs, ttlMs: entry.ttlMs, tags: entry.tags };
  }

  set(key: string, { value, ttlMs, keepMs, tags }: CacheEntry): void {
    this.delete(key);
    this.#makeRoom(this.#maxEntries - 1);
    this.#entries.set(key, { value, ttlMs, keepMs, tags, storedMs: this.#clock.now() });
    for (const tag of tags) {
      const keys = this.#keysByTag.get(tag);
      if (keys) keys.add(key);
      else this.#keysByTag.set(tag, new Set([key]));
    }
  }

  delete(key: string): undefined {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    for (const tag of entry.tags) {
      const keys = this.#keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysByTag.delete(tag);
    }
  }

  invalidate(tag: string): void {
    for (const key of this.#keysByTag.get(tag) ?? []) this.delete(key);
  }

  resize(maxEntries: number): void {
    this.#maxEntries = checkWhole('maxEntries', maxEntries, 1);
    this.#makeRoom(maxEntries);
  }

  clear(): void {
    this.#entries.clear();
    this.#keysByTag.clear();
  }

  #makeRoom(atMost: number): void {
    while (this.#entries.size > atMost) {
      const key = this.#entries.keys().next().value as string;
      this.delete(key);
      this.#onEvicted?.(key);
    }
  }
}
