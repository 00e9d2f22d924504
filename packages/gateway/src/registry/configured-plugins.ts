/** Makes the plugins that a config names; those that an earlier config has named in the same words live on. */
import { contentKey } from '../content-key.ts';
import { type Faults, unknownName } from '../config-faults.ts';
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';
import type { PluginDefinition, PluginServices } from '../definition/plugin.ts';
import { needsOf } from '../definition/plugin-needs.ts';
import { type PlacedPlugin, placedPlugin } from './placed-plugin.ts';

/** A plugin of a config. */
export interface ConfiguredPlugin extends PlacedPlugin {
  /** What it is made from: the same words in the same place are the same plugin. */
  readonly key: string;
}

/** What is needed to make them. */
export interface PluginSource {
  readonly definitions: readonly PluginDefinition[];
  readonly services: PluginServices;
  /** Those of the config before. */
  readonly before: readonly ConfiguredPlugin[];
  readonly faults: Faults;
}

/** The plugins of all routes, then those of each route, in the order in which they are listed. */
export function configuredPlugins(
  { plugins, routes }: GatewayConfig,
  source: PluginSource,
): ConfiguredPlugin[] {
  const made = new Map<string, ConfiguredPlugin>();
  const before = new Map(source.before.map((plugin) => [plugin.key, plugin]));
  const uses = [
    ...plugins.map((use) => ({ use, route: undefined })),
    ...routes.flatMap((route) => route.plugins.map((use) => ({ use, route: route.name }))),
  ];
  for (const { use, route } of uses) {
    const key = keyOf(use, { route, taken: made });
    const plugin = configured(use, { ...source, key, route, earlier: before.get(key) });
    if (plugin) made.set(key, plugin);
  }
  return [...made.values()];
}

/** State and priority are not part of it: they can change while the plugin stays the same. */
function keyOf(
  { name, options }: PluginUse,
  {
    route,
    taken,
  }: { readonly route: string | undefined; readonly taken: ReadonlyMap<string, unknown> },
): string {
  const content = contentKey([route, name, options]);
  for (let at = 0; ; at++) {
    const key = `${content}#${at}`;
    if (!taken.has(key)) return key;
  }
}

interface Making extends PluginSource {
  readonly key: string;
  readonly route: string | undefined;
  readonly earlier: ConfiguredPlugin | undefined;
}

function configured(use: PluginUse, making: Making): ConfiguredPlugin | undefined {
  const { definitions, services, faults, key, route, earlier } = making;
  const { name, options, state, priority } = use;
  const definition = definitions.find((one) => one.name === name);
  if (!definition) {
    const known = definitions.map((one) => one.name);
    faults.add(unknownName('plugin', name, known));
    return undefined;
  }
  return faults.try(() => {
    const parts = earlier?.parts ?? definition.create(options, services);
    const placement = {
      name,
      ...(state && { state }),
      ...(priority !== undefined && { priority }),
      ...(route !== undefined && { route }),
      ...needsOf(definition),
    };
    return { key, ...placedPlugin(parts, placement, earlier?.unit) };
  });
}
