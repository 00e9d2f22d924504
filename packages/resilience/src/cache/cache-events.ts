/** What a cache tells of itself: its events and its state. */

/** Events of `cache`. They carry the key, which may say who calls: mind where you write it. */
export interface CacheEvents {
  /** A call got a fresh result from the store. */
  readonly hit: { readonly key: string; readonly ageMs: number };
  /** There was nothing to give out: the rest is run, or a run under way is shared. */
  readonly miss: { readonly key: string };
  /** A call got a result that is not fresh, since a new one is being fetched, or because the rest has failed. */
  readonly stale: {
    readonly key: string;
    readonly ageMs: number;
    readonly because: 'revalidating' | 'error';
  };
  /** A call shares what another is waiting for; so many wait now. */
  readonly coalesced: { readonly key: string; readonly waiting: number };
  /** A result is in the store. */
  readonly stored: {
    readonly key: string;
    readonly ttlMs: number;
    readonly tags: readonly string[];
  };
  /** The store failed or took too long, or `ttlMs`, `cacheIf` or `dependsOn` threw. The call went on without. */
  readonly storeFailed: {
    readonly key: string;
    readonly operation: 'get' | 'set' | 'delete';
    readonly error: unknown;
  };
  /** An entry had to make room for another. */
  readonly evicted: { readonly key: string };
  /** A run in the background has failed; nobody is told by an error. */
  readonly refreshFailed: { readonly key: string; readonly error: unknown };
  /** Entries were invalidated. */
  readonly invalidated: { readonly key: string | undefined; readonly tag: string | undefined };
  /** A run has ended after all who waited for it had left. Its result is not kept. */
  readonly abandoned: { readonly key: string; readonly elapsedMs: number };
  readonly [type: string]: object;
}

/** Names of the events. */
export const CACHE_EVENTS: readonly (keyof CacheEvents & string)[] = [
  'hit',
  'miss',
  'stale',
  'coalesced',
  'stored',
  'storeFailed',
  'evicted',
  'refreshFailed',
  'invalidated',
  'abandoned',
];

/** State of `cache`. Counts run since it was made or reset. */
export interface CacheState {
  /** How many calls got a fresh result from the store. */
  readonly hits: number;
  /** How many found nothing to give out. */
  readonly misses: number;
  /** How many got a result that was not fresh. */
  readonly stale: number;
  /** How many shared what another was waiting for. */
  readonly coalesced: number;
  /** How many times the store, or a function about a result, has failed. */
  readonly storeFailures: number;
  /** How many entries its own store has; `undefined` for a store that it was given. */
  readonly entries: number | undefined;
  /** How many runs and lookups are under way. */
  readonly running: number;
  /** How many callers wait for them. */
  readonly waiting: number;
  /** How many runs go on although nobody waits for them. */
  readonly abandoned: number;
}

/** What a cache counts. */
export interface CacheCounts {
  hits: number;
  misses: number;
  stale: number;
  coalesced: number;
  storeFailures: number;
}

/** Counts of a cache that has done nothing. */
export const noCounts = (): CacheCounts => ({
  hits: 0,
  misses: 0,
  stale: 0,
  coalesced: 0,
  storeFailures: 0,
});
