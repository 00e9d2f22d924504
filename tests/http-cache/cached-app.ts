/** An app with a response cache in front of an origin that a test plays, under a clock that it moves. */
import { createApp, type HttpContext } from '@interpose/http';
import {
  type ResponseCache,
  responseCache,
  type ResponseCacheOptions,
} from '@interpose/http/middleware/response-cache';
import { type FakeClock, fakeClock } from '@interpose/testing';

type Body = string | Uint8Array | AsyncIterable<Uint8Array> | null;

/** What the origin answers. */
export interface Says {
  readonly status?: number;
  /** Several values of one name as a list. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** @default which request it answers, from 1 */
  readonly body?: Body;
}

/** What came back. */
export interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** What the cache says it did. */
  readonly did: string;
}

/** Answers what comes to the origin; `count` is 1 for the first request. */
export type Origin = (ctx: HttpContext, count: number) => Says | Promise<Says>;

/** A cache under test. */
export interface CachedApp {
  readonly app: ReturnType<typeof createApp>;
  readonly cache: ResponseCache;
  readonly clock: FakeClock;
  /** What came to the origin. */
  readonly seen: readonly HttpContext[];
  request(path: string, init?: RequestInit & { readonly host?: string }): Promise<Got>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Got>;
}

/** Tests may say only what the origin adds to `Cache-Control: max-age=10`. */
export function cachedApp(origin: Origin, options: ResponseCacheOptions = {}): CachedApp {
  const clock = fakeClock();
  const cache = responseCache({ clock, ...options });
  const seen: HttpContext[] = [];
  const app = createApp().use(cache);
  app.all('/*', async (given) => {
    const ctx = given as unknown as HttpContext;
    seen.push(ctx);
    const count = seen.length;
    const { status = 200, headers = {}, body = String(count) } = await origin(ctx, count);
    const { response } = ctx;
    response.status = status;
    for (const [name, values] of Object.entries(headers)) {
      for (const value of [values].flat()) response.headers.append(name, value);
    }
    response.body = body;
    return response;
  });
  const request: CachedApp['request'] = async (path, { host = 'host', ...init } = {}) => {
    const answer = await app.fetch(new Request(`http://${host}${path}`, init));
    return {
      status: answer.status,
      text: await answer.text(),
      headers: answer.headers,
      did: answer.headers.get('cache-status') ?? '',
    };
  };
  return {
    app,
    cache,
    clock,
    seen,
    request,
    get: (path, headers = {}) => request(path, { headers }),
  };
}

/** An origin that always says the same, but its body. */
export const always =
  (headers: Says['headers'], more: Omit<Says, 'headers'> = {}): Origin =>
  () => ({ headers: headers ?? {}, ...more });

/** Says how long it is fresh. */
export const control = (value: string): Record<string, string> => ({ 'Cache-Control': value });

/** A body in pieces. */
export async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}
