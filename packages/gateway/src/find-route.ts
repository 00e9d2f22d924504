/** Finds the plan of a request, also of a preflight, which asks on behalf of another request. */
import type { Found, RequestFacts, RouteKey, RouteTable } from '@interpose/http';
import type { GatewayRequest } from './context.ts';

/** What was found for a request; with `allow` if its own method is none of the route's. */
export function findRoute<R extends RouteKey>(
  table: RouteTable<R>,
  ctx: GatewayRequest,
): Found<R> | undefined {
  if (ctx.fault) return undefined;
  const { method, path, headers } = ctx;
  const host = table.usesHosts ? (headers.get('host') ?? '') : '';
  const asked = method === 'OPTIONS' ? headers.get('access-control-request-method') : undefined;
  if (asked === undefined) return table.find({ method, path, host, request: ctx });
  const request = table.usesConditions ? announcedBy(ctx) : ctx;
  const own = table.find({ method, path, host, request });
  // A route that names OPTIONS answers preflights itself.
  if (own && !own.allow && own.route.methods?.includes('OPTIONS')) return own;
  // The preflight of a POST must meet the plugins that the POST will meet.
  const meant = table.find({ method: asked, path, host, request });
  if (!meant || meant.allow || meant.route === own?.route) return own;
  return { ...meant, allow: own?.allow ?? meant.route.methods ?? [] };
}

/** What a preflight tells of the request to come: that it will have these headers, but not with which values. */
function announcedBy({ headers, query, cookies }: GatewayRequest): RequestFacts {
  const names = headers.get('access-control-request-headers')?.toLowerCase().split(',') ?? [];
  return { headers, query, cookies, announced: new Set(names.map((name) => name.trim())) };
}
