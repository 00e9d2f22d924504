/** Store: state that outlives a call, with times to live and counting that cannot lose a step. */
import { type Clock, systemClock } from './clock.ts';
import { checkMs, checkNames, checkWhole, outOfRange } from './option.ts';

/** Where middleware keeps what must outlive one call. Each operation is atomic. */
export interface Store<V = unknown> {
  /** The value, or `undefined` if there is none or its time has come. */
  get(key: string): V | undefined;
  /** Sets a value; without `ttlMs` it stays until it is deleted or the store is full. */
  set(key: string, value: V, ttlMs?: number): void;
  /** Sets a value only if there is none; tells whether it did. */
  add(key: string, value: V, ttlMs?: number): boolean;
  /** Adds to a number, which is `init` if there is none, and gives the sum. A `ttlMs` counts for a new entry only. */
  incr(key: string, by?: number, init?: number, ttlMs?: number): number;
  /** Tells whether there was something to delete. */
  delete(key: string): boolean;
  /** The keys that are alive, the least recently used first. */
  keys(): string[];
  /** Lets go of what has expired, and tells how many entries that were. */
  flushExpired(): number;
}

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** How many entries there may be; one more drops the least recently used. @default 10_000 */
  readonly maxEntries?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * A store in the memory of this process.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function memoryStore<V = unknown>(options: MemoryStoreOptions = {}): Store<V> {
  checkNames('memoryStore()', options, ['maxEntries', 'clock']);
  const { clock = systemClock } = options;
  const maxEntries = checkWhole('maxEntries', options.maxEntries ?? 10_000, 1);
  // A Map keeps the order of insertion: the first entry is the least recently used.
  const entries = new Map<string, { value: V; until: number }>();
  /** What was used last stands last already, and need not be moved. */
  let newest: { value: V; until: number } | undefined;

  const alive = (key: string): { value: V; until: number } | undefined => {
    const entry = entries.get(key);
    if (!entry) return undefined;
    const isAlive = entry.until > clock.now();
    if (entry === newest && isAlive) return entry;
    entries.delete(key);
    if (!isAlive) return undefined;
    entries.set(key, entry);
    newest = entry;
    return entry;
  };

  const put = (key: string, value: V, ttlMs?: number): void => {
    const until = ttlMs === undefined ? Infinity : clock.now() + checkMs('ttlMs', ttlMs);
    if (newest && newest === entries.get(key)) {
      newest.value = value;
      newest.until = until;
      return;
    }
    entries.delete(key);
    if (entries.size >= maxEntries) entries.delete(entries.keys().next().value as string);
    newest = { value, until };
    entries.set(key, newest);
  };

  return {
    get: (key) => alive(key)?.value,
    set: put,
    add(key, value, ttlMs) {
      if (alive(key)) return false;
      put(key, value, ttlMs);
      return true;
    },
    incr(key, by = 1, init = 0, ttlMs) {
      const entry = alive(key);
      if (entry && typeof entry.value !== 'number') {
        throw new TypeError(
          `Expected \`${key}\` to hold a number to add to, got ${typeof entry.value}.`,
        );
      }
      const sum = ((entry?.value as number | undefined) ?? init) + by;
      // A count that is no number would be neither above nor below any limit.
      if (!Number.isFinite(sum)) throw outOfRange(key, 'a finite number', sum);
      if (entry) entry.value = sum as V;
      else put(key, sum as V, ttlMs);
      return sum;
    },
    delete: (key) => alive(key) !== undefined && entries.delete(key),
    keys: () => [...entries].filter(([, { until }]) => until > clock.now()).map(([key]) => key),
    flushExpired() {
      const before = entries.size;
      for (const [key, { until }] of entries) if (until <= clock.now()) entries.delete(key);
      return before - entries.size;
    },
  };
}
