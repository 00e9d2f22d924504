/** Finds the plan of a request, also of a preflight, which asks on behalf of another method. */
import type { Found, RouteKey, RouteTable } from '@interpose/http';
import type { GatewayRequest } from './context.ts';

/** What was found for a request; with `allow` if its own method is none of the route's. */
export function findRoute<R extends RouteKey>(
  table: RouteTable<R>,
  ctx: GatewayRequest,
): Found<R> | undefined {
  if (ctx.fault) return undefined;
  const { method, path, headers } = ctx;
  const host = headers.get('host') ?? '';
  const found = table.find({ method, path, host });
  const asked = headers.get('access-control-request-method');
  if (!found?.allow || method !== 'OPTIONS' || asked === undefined) return found;
  // The preflight of a POST must meet the plugins that the POST will meet.
  const meant = table.find({ method: asked, path, host });
  return meant && !meant.allow ? { ...meant, allow: found.allow } : found;
}
