/** What a response cache can be told, and how that is checked. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpContext } from '../context/context.ts';
import { isTokenName } from '../context/headers.ts';
import type { CacheSettings } from './cache-settings.ts';
import { cacheName } from './cache-status.ts';
import type { ResponseCacheStore } from './cache-store.ts';
import { KeyNotes } from './key-notes.ts';
import { memoryCacheStore } from './memory-cache-store.ts';
import { requestKey } from './request-key.ts';
import { Shelf } from './shelf.ts';

/** Options of `responseCache`. */
export interface ResponseCacheOptions {
  /** Where answers are kept. @default memory of this process, 64 MiB */
  readonly store?: ResponseCacheStore;
  /** The largest body that is kept. @default 1 MiB */
  readonly maxEntryBytes?: number;
  /** How many answers of one key may be told apart by `Vary`; one more drops the one that was stored first. @default 16 */
  readonly maxVariants?: number;
  /**
   * What is asked for. Whatever the answer depends on and `Vary` does not name belongs into it; it must not be made of what a client may
   * set at will. `undefined`: the request passes by the cache. @default scheme, `Host`, path in normal form, and query
   */
  readonly key?: (ctx: HttpContext) => string | undefined;
  /** Fields in the syntax of RFC 9213 that count in the place of `Cache-Control`, the first that is there. @default ['CDN-Cache-Control'] */
  readonly targets?: readonly string[];
  /** Whether `Cache-Control` and `Pragma` of requests count. Who ignores them keeps clients from sending every request to the origin. @default 'obey' */
  readonly requestDirectives?: 'obey' | 'ignore';
  /** Where an answer does not say how long it is fresh: the share of the time since its `Last-Modified`, at most a day; 0 for not at all. @default 0.1 */
  readonly heuristicFraction?: number;
  /** Whether answers that set cookies are stored, cookies included. @default false */
  readonly storeCookies?: boolean;
  /** For how long a stale answer is given where the origin fails and the answer itself does not say. @default 0 */
  readonly staleIfErrorMs?: number;
  /** A field of answers with tags by which they can be purged; clients do not see it. @default none */
  readonly tagHeader?: string;
  /** What the cache is called in `Cache-Status`; `false`: nothing is told. @default 'interpose' */
  readonly cacheStatus?: string | false;
  /** How long a request waits for another's request to the origin before it makes its own. @default 5000 */
  readonly waitMs?: number;
  /** For how long it is remembered that the answers of a key cannot be shared, so that nobody waits for them. @default 60_000 */
  readonly unsharedMs?: number;
  /** How long a request to the origin may last that no client waits for. @default 60_000 */
  readonly backgroundMs?: number;
  /** Is told when the store fails. What it throws is ignored. @default nobody */
  readonly onStoreError?: (error: unknown) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

const OPTIONS = [
  'store',
  'maxEntryBytes',
  'maxVariants',
  'key',
  'targets',
  'requestDirectives',
  'heuristicFraction',
  'storeCookies',
  'staleIfErrorMs',
  'tagHeader',
  'cacheStatus',
  'waitMs',
  'unsharedMs',
  'backgroundMs',
  'onStoreError',
  'clock',
];

/** What a response cache is told, checked. Throws TypeError or RangeError for options that are none. */
export function checkedSettings(options: ResponseCacheOptions): CacheSettings {
  checkNames('responseCache()', options, OPTIONS);
  const { clock = systemClock, store = memoryCacheStore(), key, tagHeader } = options;
  const { requestDirectives = 'obey', cacheStatus = 'interpose' } = options;
  const { storeCookies = false, onStoreError = () => {} } = options;
  const { targets = ['CDN-Cache-Control'], heuristicFraction = 0.1 } = options;
  if (key !== undefined && typeof key !== 'function') throw unexpected('key', 'a function', key);
  if (typeof store?.get !== 'function') throw unexpected('store', 'a store of answers', store);
  if (!Array.isArray(targets) || !targets.every(isTokenName)) {
    throw unexpected('targets', 'a list of names of headers', targets);
  }
  if (tagHeader !== undefined && !isTokenName(tagHeader)) {
    throw unexpected('tagHeader', 'the name of a header', tagHeader);
  }
  if (requestDirectives !== 'obey' && requestDirectives !== 'ignore') {
    throw unexpected('requestDirectives', `'obey' or 'ignore'`, requestDirectives);
  }
  if (
    typeof heuristicFraction !== 'number' ||
    !(heuristicFraction >= 0 && heuristicFraction <= 1)
  ) {
    throw outOfRange('heuristicFraction', 'a number from 0 to 1', heuristicFraction);
  }
  if (cacheStatus !== false && !isVisible(cacheStatus)) {
    throw unexpected('cacheStatus', 'false, or a name of visible characters', cacheStatus);
  }
  if (typeof storeCookies !== 'boolean') {
    throw unexpected('storeCookies', 'true or false', storeCookies);
  }
  if (typeof onStoreError !== 'function') {
    throw unexpected('onStoreError', 'a function', onStoreError);
  }
  const maxVariants = checkWhole('maxVariants', options.maxVariants ?? 16, 1);
  return {
    clock,
    shelf: new Shelf(store, maxVariants, onStoreError),
    notes: new KeyNotes(clock, checkMs('unsharedMs', options.unsharedMs ?? 60_000)),
    keyOf: key ? checkedKey(key) : requestKey,
    targets,
    obeysRequests: requestDirectives === 'obey',
    heuristicFraction,
    storeCookies,
    staleIfErrorMs: checkMs('staleIfErrorMs', options.staleIfErrorMs ?? 0),
    maxEntryBytes: checkWhole('maxEntryBytes', options.maxEntryBytes ?? 1024 * 1024),
    tagHeader,
    name: cacheStatus === false ? undefined : cacheName(cacheStatus),
    waitMs: checkMs('waitMs', options.waitMs ?? 5000),
    backgroundMs: checkMs('backgroundMs', options.backgroundMs ?? 60_000, 1),
  };
}

const isVisible = (name: unknown): boolean =>
  typeof name === 'string' && /^[\x20-\x7e]+$/.test(name);

/** Requests with a key that is no text would all be the same request. */
function checkedKey(
  key: (ctx: HttpContext) => string | undefined,
): (ctx: HttpContext) => string | undefined {
  return (ctx) => {
    const made = key(ctx);
    if (made !== undefined && typeof made !== 'string') throw unexpected('key', 'a text', made);
    return made;
  };
}
