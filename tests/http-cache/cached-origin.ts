/** An app with a response cache in front of an origin, served on a port: what the tests are run against. */
import { type App, type AppServer, createApp, type HttpContext, HttpError } from '@interpose/http';
import {
  responseCache,
  type ResponseCacheOptions,
} from '@interpose/http/middleware/response-cache';
import { createPool } from '@interpose/wire';

/** A cache that is served. */
export interface CachedOrigin extends AsyncDisposable {
  readonly port: number;
}

/** Fields that belong to one connection, and those that the engine writes itself. */
const OWN_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Serves a cache in front of the origin on a port. */
export async function serveCached(
  originPort: number,
  options: ResponseCacheOptions,
): Promise<CachedOrigin> {
  const pool = createPool(`http://127.0.0.1:${originPort}`, { maxConnections: 1_000 });
  const forward = async (ctx: HttpContext): Promise<null> => {
    const { method, path, search, requestBody: body, signal } = ctx;
    const headers = kept(ctx.headers.toRaw(), new Set([...OWN_CONNECTION, 'content-length']));
    // By this an origin knows that it may speak to this cache alone.
    headers.push('Surrogate-Capability', 'interpose="Surrogate/1.0"');
    const request = { method, target: path + search, headers, body };
    const answer = await pool.request(request, { signal }).catch((error: unknown) => {
      throw new HttpError(502, 'The origin did not answer', { cause: error });
    });
    const { response } = ctx;
    response.status = answer.status;
    const raw = kept(answer.rawHeaders, OWN_CONNECTION);
    for (let at = 0; at + 1 < raw.length; at += 2) {
      response.headers.append(raw[at] as string, raw[at + 1] as string);
    }
    response.body = answer.body;
    return null;
  };
  const app: App = createApp().use(responseCache(options));
  app.all('/*', async (ctx) => {
    await forward(ctx as unknown as HttpContext);
    return ctx.response;
  });
  const server: AppServer = await app.serve();
  return {
    port: server.port,
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await pool.close({ graceMs: 0 });
    },
  };
}

function kept(raw: readonly string[], without: ReadonlySet<string>): string[] {
  const named = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if ((raw[at] as string).toLowerCase() !== 'connection') continue;
    for (const name of (raw[at + 1] as string).split(',')) named.add(name.trim().toLowerCase());
  }
  return raw.flatMap((name, at) => {
    const lower = name.toLowerCase();
    return at % 2 || without.has(lower) || named.has(lower) ? [] : [name, raw[at + 1] ?? ''];
  });
}
