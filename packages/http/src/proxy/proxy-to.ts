/** proxyTo: a handler that sends requests on to another server, and streams its answers back. */
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { createPool, type Pool, type PoolOptions } from '@interpose/wire';
import type { HttpContext } from '../context/context.ts';
import { HeaderList } from '../context/headers.ts';
import type { HttpResponse } from '../context/response.ts';
import { type ForwardedForm, tellForwarded } from './forwarded.ts';
import { dropClaims, dropHopHeaders } from './hop-headers.ts';
import { UpgradeRelay } from './upgrade-relay.ts';
import { askUpstream, takeAnswer, type UpstreamRequest } from './upstream-call.ts';
import { upstreamFailure } from './upstream-failure.ts';

/** Options of `proxyTo`. */
export interface ProxyToOptions {
  /** What is taken off the front of the path; what is left goes behind the path of the origin. @default nothing */
  readonly stripPrefix?: string;
  /** The `Host` that the upstream is told: its own, the one that the client asked for, or another. @default 'upstream' */
  readonly host?: 'upstream' | 'client' | (string & {});
  /** In which words the upstream is told for whom it is asked. What the client says in them is always dropped. @default 'x-forwarded' */
  readonly forwarded?: ForwardedForm;
  /** Changes the headers that travel on. @default nobody */
  readonly requestHeaders?: (headers: HeaderList, ctx: HttpContext) => void;
  /** Changes the headers of the upstream's answer. @default nobody */
  readonly responseHeaders?: (headers: HeaderList, ctx: HttpContext) => void;
  /** The protocols other than HTTP to which a client and the upstream may change. @default ['websocket'] */
  readonly upgrades?: readonly string[];
  /** How many connections there may be, and how long everything may take. @default those of `createPool` */
  readonly pool?: PoolOptions;
}

/** Sends requests on. Its connections are cut when it goes out of scope of `await using`. */
export interface ProxyHandler extends AsyncDisposable {
  (ctx: HttpContext): Promise<HttpResponse>;
  /** The connections to the upstream. */
  readonly pool: Pool;
  /** Takes no more requests, lets those under way end, then cuts what is left. Tells how many connections it cut. */
  close(options?: { readonly graceMs?: number }): Promise<number>;
}

const NAMES = [
  'stripPrefix',
  'host',
  'forwarded',
  'requestHeaders',
  'responseHeaders',
  'upgrades',
  'pool',
];
const FORMS: readonly ForwardedForm[] = ['x-forwarded', 'forwarded', 'both', 'none'];

/**
 * Sends requests on to another server. Failures are told as 502, 503 and 504; a client that leaves ends the request.
 *
 * @throws TypeError or RangeError for an origin or options that are none
 * @example
 * const app = createApp().all('/api/*', proxyTo('http://127.0.0.1:9000', { stripPrefix: '/api' }));
 */
export function proxyTo(origin: string, options: ProxyToOptions = {}): ProxyHandler {
  const url = checkOrigin(origin);
  const { requestHeaders, responseHeaders, upgrades, pool: poolOptions } = checked(options);
  const pool = createPool(url.origin, poolOptions);
  const clock = poolOptions.clock ?? systemClock;
  const targetOf = targets(url, options.stripPrefix ?? '');
  const headersOf = requestHead(url, options);

  const handle = async (ctx: HttpContext): Promise<HttpResponse> => {
    const { response } = ctx;
    const headers = headersOf(ctx);
    requestHeaders?.(headers, ctx);
    const upgrade = upgradeOf(ctx, upgrades);
    const request: UpstreamRequest = {
      method: ctx.method,
      target: targetOf(ctx),
      headers: headers.toRaw(),
      body: ctx.requestBody,
      ...(upgrade !== undefined && { upgrade }),
    };
    const { answer, switched } = await askUpstream(pool, request, ctx).catch((error: unknown) => {
      throw upstreamFailure(error);
    });
    takeAnswer(response, answer);
    if (switched) {
      response.headers.set('Upgrade', answer.header('upgrade') ?? (upgrade as string));
      response.body = new UpgradeRelay(switched, { ctx, clock });
    }
    responseHeaders?.(response.headers, ctx);
    return response;
  };
  return Object.assign(Object.defineProperty(handle, 'name', { value: 'proxyTo' }), {
    pool,
    close: (closing?: { readonly graceMs?: number }) => pool.close(closing),
    [Symbol.asyncDispose]: async () => void (await pool.close({ graceMs: 0 })),
  });
}

/** Makes the target: the path in the form that was decided on, without the prefix and below the path of the origin. */
function targets({ pathname }: URL, stripPrefix: string): (ctx: HttpContext) => string {
  const base = pathname.replace(/\/$/, '');
  const prefix = stripPrefix.replace(/\/$/, '');
  return ({ path, search }) => {
    const rest =
      path === prefix ? '/' : path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
    return base + rest + search;
  };
}

/** Makes the headers that travel on. */
function requestHead(
  url: URL,
  { host = 'upstream', forwarded = 'x-forwarded', stripPrefix = '' }: ProxyToOptions,
): (ctx: HttpContext) => HeaderList {
  const prefix = stripPrefix.replace(/\/$/, '');
  return (ctx) => {
    const headers = HeaderList.fromRaw(ctx.headers.toRaw());
    const asked = headers.get('host') ?? '';
    dropHopHeaders(headers);
    dropClaims(headers);
    // Whether the body is wanted has been decided here.
    headers.delete('expect');
    const named = host === 'upstream' ? url.host : host === 'client' ? asked || url.host : host;
    headers.set('Host', named);
    tellForwarded(headers, ctx, { form: forwarded, host: asked, prefix });
    headers.set('X-Request-ID', ctx.requestId);
    return headers;
  };
}

/** The protocol that the client asks for, if it may. */
function upgradeOf(
  { method, upgrade }: HttpContext,
  allowed: readonly string[],
): string | undefined {
  if (upgrade === undefined || method !== 'GET') return undefined;
  return allowed.includes(upgrade.trim().toLowerCase()) ? upgrade : undefined;
}

function checkOrigin(origin: unknown): URL {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username)
    return url;
  throw unexpected('origin', 'an http or https address without user, query or fragment', origin);
}

function checked(options: ProxyToOptions) {
  checkNames('proxyTo()', options, NAMES);
  const { stripPrefix, host, forwarded, upgrades = ['websocket'], pool = {} } = options;
  if (stripPrefix !== undefined && !/^\/[^?#*]*$/.test(stripPrefix)) {
    throw unexpected('stripPrefix', 'a path', stripPrefix);
  }
  if (host !== undefined && !/^[\w.:[\]-]+$/.test(host)) {
    throw unexpected('host', '`upstream`, `client` or a host', host);
  }
  if (forwarded !== undefined && !FORMS.includes(forwarded)) {
    throw outOfRange('forwarded', FORMS.join(', '), forwarded);
  }
  const { requestHeaders, responseHeaders } = options;
  for (const [name, value] of Object.entries({ requestHeaders, responseHeaders })) {
    if (value !== undefined && typeof value !== 'function') {
      throw unexpected(name, 'a function', value);
    }
  }
  if (!Array.isArray(upgrades) || !upgrades.every((one) => typeof one === 'string')) {
    throw unexpected('upgrades', 'a list of protocols', upgrades);
  }
  const lower = upgrades.map((one) => one.toLowerCase());
  return { requestHeaders, responseHeaders, upgrades: lower, pool };
}
