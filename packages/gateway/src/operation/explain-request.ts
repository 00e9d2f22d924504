/** explainRequest: which route of a config answers a request, why it and no other, and what its upstream is asked. */
import { systemClock } from '@interpose/kernel/clock';
import { GatewayRequest } from '../context.ts';
import { findRoute } from '../find-route.ts';
import type { GatewayConfig, RouteConfig } from '../gateway-config.ts';
import { chooseUpstream } from '../routing/choose-upstream.ts';
import { conditionsOf, conditionTexts } from '../routing/conditions.ts';
import { routeTable } from '../routing/match-routes.ts';
import { rewriter } from '../routing/rewrite.ts';
import type { RouteMatch } from '../routing/route-options.ts';
import { silentExchange } from '../streams/silent-exchange.ts';

/** A request to hold against the routes. */
export interface AskedRequest {
  /** @default 'GET' */
  readonly method?: string;
  /** `https://host/path?query`, or a path alone, which is of no host. */
  readonly url: string;
  /** Names and values in turn, as they are sent. @default none */
  readonly rawHeaders?: readonly string[];
}

/** A route whose path fits, and that does not answer the request. */
export interface PassedRoute {
  readonly name: string;
  /** `less specific` also for what comes later among equals. */
  readonly because: 'host' | 'method' | 'conditions' | 'less specific';
  /** The conditions that do not hold, in words; of a method, those that the route has. */
  readonly details: readonly string[];
}

/** What the upstream is asked. */
export interface AskedUpstream {
  /** The upstream, or all those of which one is chosen for each request. */
  readonly names: readonly string[];
  /** Path and query, as they come behind the path of the upstream's own address. */
  readonly target: string;
  /** The `Host` that it sees; not there if the config names none. */
  readonly host?: string;
}

/** What becomes of a request. */
export interface ExplainedRequest {
  readonly method: string;
  /** Path and query in the normal form in which routes are found. */
  readonly target: string;
  /** Why the request is refused before it comes to any route. */
  readonly fault?: string;
  /** The name of the route that answers. */
  readonly route?: string;
  readonly params: Readonly<Record<string, string>>;
  /** Set if the route knows the path and not the method: the methods that there are. */
  readonly allow?: readonly string[];
  readonly upstream?: AskedUpstream;
  /** In the order of the config. */
  readonly passed: readonly PassedRoute[];
}

/**
 * Tells what the routes of a config make of a request. Nothing is sent anywhere, and no plugin runs.
 *
 * @example
 * const { route, upstream } = explainRequest(config, { url: 'https://api.example.com/orders/7' });
 */
export function explainRequest(config: GatewayConfig, request: AskedRequest): ExplainedRequest {
  const ctx = contextOf(request);
  const { method, path, search, fault } = ctx;
  if (fault) {
    const { target } = ctx.exchange;
    return { method, target, fault: fault.message, params: {}, passed: [] };
  }
  const asked = { method, target: `${path}${search}` };
  const found = findRoute(routeTable(config.routes), ctx);
  const route = found?.route.route;
  const others = config.routes.filter((one) => one !== route || found?.allow);
  return {
    ...asked,
    ...(route && { route: route.name }),
    params: found?.params ?? {},
    ...(found?.allow && { allow: found.allow }),
    ...(route && !found?.allow && upstreamOf(route, ctx)),
    passed: others.flatMap((one) => passedOver(one, ctx)),
  };
}

const URL_FORM = /^(?:(https?):\/\/([^/?#]*))?([/?][^#]*)?(?:#.*)?$/i;

/** The request as the gateway would see it: its path is not touched before that. */
function contextOf({ method = 'GET', url, rawHeaders = [] }: AskedRequest): GatewayRequest {
  const [, scheme = 'http', host = '', rest = '/'] = URL_FORM.exec(url) ?? [];
  const hasHost = rawHeaders.some((name, at) => at % 2 === 0 && /^host$/i.test(name));
  const exchange = silentExchange(
    {
      method,
      target: rest.startsWith('/') ? rest : `/${rest}`,
      rawHeaders: hasHost ? rawHeaders : ['Host', host, ...rawHeaders],
      peer: { address: '127.0.0.1', port: 0 },
      local: { address: '127.0.0.1', port: 0 },
      secure: scheme.toLowerCase() === 'https',
    },
    {
      refuse: () => {
        throw new TypeError('A request that is only explained has no answer.');
      },
      onSettled: () => {},
    },
  );
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  return new GatewayRequest(exchange, { clock: systemClock, logger, newId: () => '' });
}

function upstreamOf(
  route: RouteConfig,
  ctx: GatewayRequest,
): { readonly upstream?: AskedUpstream } {
  const { upstream, split, canary, path } = route;
  if (upstream === undefined && split === undefined) return {};
  const chosen = chooseUpstream(route, () => 0.5);
  const all = [...(split ?? []).map((target) => target.upstream), upstream, canary?.upstream];
  const names = typeof chosen === 'string' ? [chosen] : all.filter((name) => name !== undefined);
  const asked = rewriter(path, route)(ctx);
  const host = asked.host === undefined ? {} : { host: asked.host };
  return { upstream: { names, target: `${asked.path}${asked.search}`, ...host } };
}

/** Why a route does not answer; nothing for one whose path is another. */
function passedOver(route: RouteConfig, ctx: GatewayRequest): readonly PassedRoute[] {
  const { name, match } = route;
  const finds = (changed: Partial<RouteConfig>): ReturnType<typeof findRoute> =>
    findRoute(routeTable([{ ...route, ...changed }]), ctx);
  const passed = (
    because: PassedRoute['because'],
    details: readonly string[] = [],
  ): PassedRoute[] => [{ name, because, details }];
  const alone = finds({});
  if (alone?.allow) return passed('method', alone.allow);
  if (alone) return passed('less specific');
  const { match: _, ...unconditional } = route;
  if (match && findRoute(routeTable([unconditional]), ctx)) {
    return passed('conditions', failing(match, ctx));
  }
  const { host, ...anywhere } = unconditional;
  if (host === undefined || !findRoute(routeTable([anywhere]), ctx)) return [];
  return passed('host', typeof host === 'string' ? [host] : host);
}

function failing(match: RouteMatch, ctx: GatewayRequest): readonly string[] {
  return (['headers', 'query', 'cookies'] as const).flatMap((part) =>
    Object.entries(match[part] ?? {}).flatMap(([name, rule]) => {
      const one: RouteMatch = { [part]: { [name]: rule } };
      return conditionsOf(one)?.fits(ctx) === false ? conditionTexts(one) : [];
    }),
  );
}
