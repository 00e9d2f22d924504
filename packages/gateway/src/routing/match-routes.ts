/** Holds requests against the routes of a config, as the gateway does. */
import { type RouteConditions, type RouteKey, RouteTable } from '@interpose/http';
import type { RouteConfig } from '../gateway-config.ts';
import { conditionsOf } from './conditions.ts';

/** What a table needs to know of a route. */
export interface MatchedRoute extends RouteKey {
  readonly conditions: RouteConditions | undefined;
}

/**
 * What a table needs to know of a route of a config.
 *
 * @throws InvalidConfigError for a regular expression that cannot be used
 */
export function routeKey({
  name,
  path,
  methods,
  host,
  match,
  trailingSlash,
}: RouteConfig): MatchedRoute {
  return {
    name,
    path,
    ...(methods && { methods }),
    host,
    trailingSlash,
    conditions: conditionsOf(match),
  };
}

/** A route of a config in a table. */
export interface TabledRoute extends MatchedRoute {
  readonly route: RouteConfig;
}

/**
 * The routes of a config, ready to be found by whoever asks as the gateway would be asked.
 *
 * @throws RouteConflictError if a route can never be reached, InvalidConfigError for a regular expression that cannot be used
 */
export function routeTable(routes: readonly RouteConfig[]): RouteTable<TabledRoute> {
  return new RouteTable(routes.map((route) => ({ ...routeKey(route), route })));
}
