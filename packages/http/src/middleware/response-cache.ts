/** responseCache: answers requests again with what the origin has answered before, as RFC 9111 has it for a cache that many share. */
import { isThenable, repeats } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { CacheDesk } from '../response-cache/cache-desk.ts';
import { checkedSettings, type ResponseCacheOptions } from '../response-cache/cache-options.ts';
import { Flights } from '../response-cache/flights.ts';
import { Invalidation, isSafe } from '../response-cache/invalidation.ts';
import { NOTHING_ASKED, readRequestDirectives } from '../response-cache/request-directives.ts';
import type { HttpResponse } from '../context/response.ts';

export type { ResponseCacheOptions } from '../response-cache/cache-options.ts';
export type { ResponseCacheStore } from '../response-cache/cache-store.ts';
export {
  type MemoryCacheStore,
  memoryCacheStore,
  type MemoryCacheStoreOptions,
} from '../response-cache/memory-cache-store.ts';
export type { StoredAnswer } from '../response-cache/stored-answer.ts';

/** A response cache. */
export type ResponseCache = HttpMiddleware & {
  /** Drops all that is stored for an address, such as `https://shop.example/tea?page=2`. @throws TypeError for what is no such address */
  readonly purge: (url: string) => Promise<void>;
  /** Drops all that has a tag. */
  readonly purgeTag: (tag: string) => Promise<void>;
  /** Drops all. */
  readonly clear: () => Promise<void>;
};

/**
 * Stores answers to GET that may be stored, and gives them again for as long as they say, to GET and to HEAD. Requests that ask for the same
 * at the same time share one request to the origin. What changes something drops what is stored.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(responseCache()).get('/tea', (ctx) => {
 *   ctx.response.headers.set('Cache-Control', 'max-age=60');
 *   return 'Assam';
 * });
 */
export function responseCache(options: ResponseCacheOptions = {}): ResponseCache {
  const settings = checkedSettings(options);
  const { clock, keyOf, obeysRequests } = settings;
  const flights = new Flights(clock, settings.backgroundMs);
  const desk = new CacheDesk(settings, flights);
  const invalidation = new Invalidation(settings, flights);
  const middleware = repeats<HttpContext, HttpResponse>(
    (ctx, next) => {
      if (ctx.fault) return next(ctx);
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
        const response = desk.pass({ ctx, next }, 'method');
        if (isSafe(ctx.method)) return response;
        const drop = (made: HttpResponse): HttpResponse | Promise<HttpResponse> => {
          const dropped = invalidation.after(ctx, made);
          return isThenable(dropped) ? Promise.resolve(dropped).then(() => made) : made;
        };
        return isThenable(response) ? Promise.resolve(response).then(drop) : drop(response);
      }
      const key = isForOriginOnly(ctx) ? undefined : keyOf(ctx);
      if (key === undefined) return desk.pass({ ctx, next }, 'bypass');
      const asked = obeysRequests ? readRequestDirectives(ctx.headers) : NOTHING_ASKED;
      return desk.handle({ ctx, next, key, asked });
    },
    // What nobody waits for is renewed after the answer has been given.
    { name: 'responseCache', detached: true },
  );
  return Object.assign(middleware, {
    purge: async (url: string) => {
      if (typeof url !== 'string' || !(await invalidation.url(url))) {
        throw unexpected('url', 'an address that begins with http:// or https://', url);
      }
    },
    purgeTag: (tag: string) => invalidation.tag(tag),
    clear: () => invalidation.all(),
  });
}

/** Conditions that only the origin can judge; a body, which is no part of the key; another protocol. */
function isForOriginOnly({ headers, requestBody }: HttpContext): boolean {
  return (
    requestBody !== null ||
    headers.has('if-match') ||
    headers.has('if-unmodified-since') ||
    headers.has('upgrade')
  );
}
