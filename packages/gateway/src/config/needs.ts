/** Holds the plugins of a config against what they need of one another. */
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';
import { findOrderFaults, type Placed } from '../registry/order-faults.ts';
import { placedPlugin } from '../registry/placed-plugin.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import { namesOf, type Needs, needsOf } from '../definition/plugin-needs.ts';
import { tryPlugin } from './plugin-trial.ts';
import type { Report } from './problem.ts';
import type { SourceNode } from './source.ts';

/** What has been read without an error. */
export interface ReadPlugins {
  readonly config: GatewayConfig;
  readonly plugins: readonly PluginDefinition[];
  readonly report: Report;
  /** Plugins that are not of the config. */
  readonly registered: readonly string[] | undefined;
}

/** Takes down each need that is not met. To be called for a config without errors, whose plugins can all be made. */
export function checkNeeds(
  source: SourceNode,
  { config, plugins, report, registered = [] }: ReadPlugins,
): void {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const needsSomething = ({ name }: PluginUse): boolean => {
    const { after, before } = byName.get(name) ?? {};
    return after !== undefined || before !== undefined;
  };
  const routes = config.routes.map(({ name, plugins: uses }) => ({ route: name, uses }));
  const lists = [{ route: undefined, uses: config.plugins }, ...routes];
  if (!lists.some(({ uses }) => uses.some(needsSomething))) return;
  const nodes = new Map<object, SourceNode>();
  const placed = lists.flatMap(({ route, uses }, list): Placed[] => {
    const node = listNode(source, list - 1);
    return uses.flatMap((use, index) => {
      const item = node?.kind === 'list' ? node.items[index] : undefined;
      const definition = byName.get(use.name);
      const { options } = use;
      const parts = definition && tryPlugin(definition, { options, node: item ?? source, report });
      if (!parts) return [];
      const { name, state, priority } = use;
      const { handlers, unit } = placedPlugin(parts, {
        name,
        ...(state && { state }),
        ...(priority !== undefined && { priority }),
        ...needsOf(without(registered, definition)),
      });
      nodes.set(unit, item ?? source);
      return handlers.map((handler) => ({ ...handler, plugin: name, route, unit }));
    });
  });
  for (const { message, unit } of findOrderFaults(placed)) {
    report.error('unmetNeed', nodes.get(unit) ?? source, message);
  }
}

/** Needs that the config alone can meet. */
function without(names: readonly string[], { after, before }: Needs): Needs {
  const rest = (needed: Needs['after']): readonly string[] =>
    namesOf(needed).filter((name) => !names.includes(name));
  return { after: rest(after), before: rest(before) };
}

/** The list of plugins of a route, or for -1 that of all routes. */
function listNode(source: SourceNode, route: number): SourceNode | undefined {
  const child = (node: SourceNode | undefined, key: string): SourceNode | undefined =>
    node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
  if (route < 0) return child(source, 'plugins');
  const routes = child(source, 'routes');
  return routes?.kind === 'list' ? child(routes.items[route], 'plugins') : undefined;
}
