/** Books: what a cache keeps, counts and tells of its calls. */
import { unexpected } from '@interpose/kernel/options';
import { isOneUse } from '../coalesce/one-use.ts';
import type { PolicyBase } from '../policy.ts';
import type { Caller } from '../coalesce/seat.ts';
import { type CacheCounts, type CacheEvents, noCounts } from './cache-events.ts';
import type { CacheSettings } from './cache-options.ts';
import type { CachedValue, CacheEntry, CacheStore } from './cache-store.ts';
import { Shelf } from './shelf.ts';

/** What is known of a call when it begins. */
export interface Call extends Caller {
  readonly key: string;
  /** Whatever is invalidated after this moment overtakes its result. */
  readonly sinceMoment: number;
  /** Where it counts; a reset begins new ones. */
  readonly counts: CacheCounts;
}

/** What all calls through one cache share. */
export class Books {
  // oxlint-disable-next-line typescript/no-explicit-any -- contexts and results of every kind pass through here
  settings!: CacheSettings<any, any>;
  counts: CacheCounts = noCounts();
  readonly base: PolicyBase<CacheEvents>;
  readonly shelf: Shelf;

  constructor(base: PolicyBase<CacheEvents>, store: CacheStore) {
    this.base = base;
    this.shelf = new Shelf(base.clock, store, {
      stored: (key, { ttlMs, tags }) => base.events.emit('stored', { key, ttlMs, tags }),
      failed: (operation, key, error) => this.storeFailed(operation, key, error),
    });
  }

  hit(key: string, counts: CacheCounts, { ageMs }: CachedValue): void {
    counts.hits++;
    const { events } = this.base;
    if (events.heard) events.emit('hit', { key, ageMs });
  }

  miss({ key, counts }: Call): void {
    counts.misses++;
    this.base.events.emit('miss', { key });
  }

  stale({ key, counts }: Call, ageMs: number, because: 'revalidating' | 'error'): void {
    counts.stale++;
    this.base.events.emit('stale', { key, ageMs, because });
  }

  coalesced({ key, counts }: Call, waiting: number): void {
    counts.coalesced++;
    this.base.events.emit('coalesced', { key, waiting });
  }

  storeFailed(operation: 'get' | 'set' | 'delete', key: string, error: unknown): void {
    this.counts.storeFailures++;
    this.base.events.emit('storeFailed', { key, operation, error });
  }

  /** Keeps a result, if it is to be kept. */
  keep({ ctx, key, sinceMoment }: Call, value: unknown): void {
    let entry: CacheEntry | undefined;
    try {
      entry = this.#entryOf(ctx, value);
    } catch (error) {
      return this.storeFailed('set', key, error);
    }
    if (entry) this.shelf.keep(key, entry, sinceMoment);
  }

  /** Throws what the functions among the options throw. */
  #entryOf(ctx: unknown, value: unknown): CacheEntry | undefined {
    const { ttlMs: ttl, cacheIf, dependsOn, swrMs, staleIfErrorMs } = this.settings;
    if (isOneUse(value)) return undefined;
    const wanted: unknown = cacheIf ? cacheIf(ctx, value) : true;
    if (typeof wanted !== 'boolean') throw unexpected('cacheIf()', 'true or false', wanted);
    const ttlMs: unknown = typeof ttl === 'function' ? ttl(ctx, value) : ttl;
    if (!wanted || typeof ttlMs !== 'number' || !(ttlMs > 0)) return undefined;
    const keepMs = ttlMs + Math.max(swrMs, staleIfErrorMs);
    return { value, ttlMs, keepMs, tags: tagsOf(dependsOn?.(ctx, value)) };
  }
}

function tagsOf(depends: unknown): readonly string[] {
  if (depends === undefined) return [];
  const tags: unknown = typeof depends === 'string' ? [depends] : depends;
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
    throw unexpected('dependsOn()', 'a tag or a list of tags', depends);
  }
  return [...(tags as readonly string[])];
}
