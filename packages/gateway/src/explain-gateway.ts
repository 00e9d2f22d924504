/** explainGateway: what a gateway does with the requests of all its routes, as its plugins stand. */
import { type ExplainedRoute, type Explanation, explainRoute } from './explain.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import type { PluginRegistry } from './registry/registry.ts';
import { type AroundContent, onionOf } from './snapshot.ts';

/** Route by route and phase by phase. */
export function explainGateway(
  { upstreams, routes }: GatewayConfig,
  registry: PluginRegistry,
  around: AroundContent,
): Explanation {
  const explain = (route: RouteConfig | undefined): ExplainedRoute =>
    explainRoute({
      route,
      upstreams,
      onion: onionOf(route, around, registry),
      chain: (phase) => registry.planned(route, phase),
    });
  return {
    routes: routes.map(explain),
    otherwise: explain(undefined),
    disabled: registry.getRegistry().filter(({ state }) => state === 'disabled'),
  };
}
