/** cache: remembers results across runs. */
import type { Awaitable } from '@interpose/kernel';
import { createPolicy, type ResiliencePolicy } from '../policy.ts';
import { CACHE_EVENTS, type CacheEvents, type CacheState, noCounts } from './cache-events.ts';
import { CACHE_OPTIONS, type CacheOptions, cacheSettings } from './cache-options.ts';
import { Caching } from './caching.ts';
import { memoryCacheStore } from './memory-cache-store.ts';

type Controls<C, V> = ResiliencePolicy<C, CacheOptions<C, V>, CacheState, CacheEvents>;

/** A policy that remembers results. It fits what answers `V`. */
export interface Cache<C = unknown, V = unknown> extends Pick<
  Controls<C, V>,
  keyof Controls<C, V>
> {
  <Ctx extends C, R extends V>(ctx: Ctx, next: (ctx?: Ctx) => Awaitable<R>): Awaitable<R>;
  /**
   * Drops all results that depend on a tag, or the result of one key, and keeps runs under way from bringing them back: no call that
   * begins once this has ended is given what was begun before. Fails if the store does.
   *
   * @throws TypeError if it is given neither a tag nor `{ key }`
   */
  invalidate(what: string | { readonly key: string }): Awaitable<void>;
}

/**
 * Answers from a store what has been answered before, for as long as that is fresh; equal calls that find nothing share one run. Failures
 * are never kept, nor is a result that can be read once only, such as a stream; of those each caller gets its own. A store that is down
 * makes no call fail.
 *
 * @throws TypeError or RangeError for options out of range; CacheKeyError when called, if `key` fails
 * @example
 * const prices = cache({ key: ({ user, sku }: Call) => `${user.id}:${sku}`, ttlMs: 10_000, dependsOn: ({ sku }) => `sku:${sku}` });
 * const priceOf = pipeline<Call, Price>().use(prices).handle(fetchPrice);
 * await prices.invalidate('sku:4711');
 */
export function cache<C = unknown, V = unknown>(options: CacheOptions<C, V>): Cache<C, V> {
  let caching!: Caching;
  const policy = createPolicy<C, CacheOptions<C, V>, CacheState, CacheEvents>({
    policy: 'cache',
    description: 'Remembers results across runs.',
    options,
    names: CACHE_OPTIONS,
    fixed: ['store'],
    events: CACHE_EVENTS,
    create: (base) => {
      const { clock, events } = base;
      const onEvicted = (key: string): void => events.emit('evicted', { key });
      const own = memoryCacheStore({ clock, onEvicted });
      const isOwn = options.store === undefined;
      caching = new Caching(base, options.store ?? own);
      const { flights, lookups, books } = caching;
      return {
        stage: (rest) => (ctx, receiver) => caching.call(rest, ctx, receiver),
        apply(given) {
          books.settings = cacheSettings(given);
          lookups.timeoutMs = books.settings.storeTimeoutMs;
          own.resize(books.settings.maxEntries);
        },
        settings: () => {
          const { maxEntries, ...others } = books.settings;
          return isOwn ? { ...others, maxEntries, store: 'memory' } : { ...others, store: 'given' };
        },
        state: () => ({
          ...books.counts,
          entries: isOwn ? own.size : undefined,
          ...flights.counts,
        }),
        reset() {
          books.counts = noCounts();
          flights.closeAll();
          books.shelf.invalidations.addAll();
          own.clear();
        },
        dispose(error) {
          lookups.dispose(error);
          flights.abortAhead(error);
          books.shelf.invalidations.addAll();
          own.clear();
        },
      };
    },
  });
  return Object.assign(policy, {
    invalidate: (what: string | { readonly key: string }) => caching.invalidate(what),
  });
}
