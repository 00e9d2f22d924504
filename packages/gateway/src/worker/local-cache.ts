/** localCache: keeps what is slow to get for a short time in this worker, so that dictionaries are asked less. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';

/** Options of `localCache`. */
export interface LocalCacheOptions<V> {
  /** Gets the value of a key. One that fails is asked again the next time. */
  readonly load: (key: string) => Awaitable<V>;
  /** How long a value is good for; so long a change elsewhere may go unseen. @default 1000 */
  readonly ttlMs?: number;
  /** One more drops the least recently used. @default 1000 */
  readonly maxEntries?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** A cache of one worker. */
export interface LocalCache<V> {
  /** The value: at once if it is there, or if `load` gives it at once. Those who ask while it is on its way wait for the same one. */
  get(key: string): Awaitable<V>;
  /** Lets go of a value, so that the next who asks gets a fresh one. */
  forget(key: string): void;
}

/** Nothing is a value, too: that there is none is worth remembering. */
interface Kept<V> {
  readonly value: Awaitable<V>;
}

/**
 * A cache in the memory of this worker.
 *
 * @example
 * const limits = localCache({ load: (key) => dictionaries.config_cache.get(key), ttlMs: 5000 });
 *
 * @throws TypeError or RangeError for options out of range
 */
export function localCache<V>(options: LocalCacheOptions<V>): LocalCache<V> {
  checkNames('localCache()', options, ['load', 'ttlMs', 'maxEntries', 'clock']);
  const { load, clock = systemClock, maxEntries = 1000 } = options;
  if (typeof load !== 'function') throw unexpected('load', 'a function', load);
  const ttlMs = checkMs('ttlMs', options.ttlMs ?? 1000);
  const store = memoryStore<Kept<V>>({ maxEntries, clock });
  const keep = (key: string, value: Awaitable<V>): Kept<V> => {
    const kept = { value };
    store.set(key, kept, ttlMs);
    return kept;
  };
  const loaded = (key: string): Awaitable<V> => {
    const value = load(key);
    if (!isThenable(value)) return keep(key, value).value;
    const kept = keep(key, Promise.resolve(value));
    void Promise.resolve(value).then(
      // From here on nobody has to wait; unless it has been let go of meanwhile, or replaced.
      (settled) => void (store.get(key) === kept && keep(key, settled)),
      () => void (store.get(key) === kept && store.delete(key)),
    );
    return kept.value;
  };
  return {
    get(key) {
      const kept = store.get(key);
      return kept ? kept.value : loaded(key);
    },
    forget: (key) => void store.delete(key),
  };
}
