/** Takes a config apart into what can be added, removed and changed by itself: settings, upstreams, plugins, routes. */
import { redactedConfig } from '../config/redacted-config.ts';
import type { GatewayConfig, PluginUse, RouteConfig } from '../gateway-config.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import type { Showable } from './field-changes.ts';

/** One part of a config, under the name by which it is known in another one. */
export interface ConfigPart extends Showable {
  readonly name: string;
  /** The route that a plugin belongs to. */
  readonly route?: string;
}

/** The kinds of parts. */
export type PartKind = 'setting' | 'upstream' | 'plugin' | 'route';

/** The parts of a config, kind by kind. */
export type ConfigParts = Readonly<Record<PartKind, readonly ConfigPart[]>>;

const OTHERS = new Set(['upstreams', 'plugins', 'routes']);

/** Takes a config apart. What is shown of the parts is without secrets. */
export function configParts(
  config: GatewayConfig,
  definitions: readonly PluginDefinition[],
): ConfigParts {
  const safe = redactedConfig(config, definitions);
  const settings = Object.entries(config)
    .filter(([name, value]) => !OTHERS.has(name) && value !== undefined)
    .map(([name, whole]) => ({ name, whole, shown: safe[name as keyof GatewayConfig] }));
  return {
    setting: settings,
    upstream: Object.entries(config.upstreams).map(([name, whole]) => ({
      name,
      whole,
      shown: safe.upstreams[name],
    })),
    plugin: [
      ...plugins(config.plugins, safe.plugins),
      ...config.routes.flatMap((route, at) =>
        plugins(route.plugins, safe.routes[at]?.plugins ?? [], route.name),
      ),
    ],
    route: config.routes.map((route, at) => ({
      name: route.name,
      whole: withoutPlugins(route),
      shown: withoutPlugins(safe.routes[at] as RouteConfig),
    })),
  };
}

function plugins(
  uses: readonly PluginUse[],
  safe: readonly PluginUse[],
  route?: string,
): ConfigPart[] {
  return uses.map((whole, at) => ({
    name: whole.name,
    ...(route !== undefined && { route }),
    whole,
    shown: safe[at],
  }));
}

/** The plugins of a route are parts of their own. */
function withoutPlugins({ plugins: _, ...route }: RouteConfig): Omit<RouteConfig, 'plugins'> {
  return route;
}
