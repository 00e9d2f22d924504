/** Makes the plugins that a config names, and adds them to a registry. */
import { type Faults, unknownName } from './config-faults.ts';
import type { GatewayConfig, PluginUse } from './gateway-config.ts';
import type { PluginDefinition, PluginServices } from './plugin.ts';
import type { PluginRegistry } from './registry.ts';

/** What is needed to make them. */
export interface PluginSource {
  readonly definitions: readonly PluginDefinition[];
  readonly services: PluginServices;
  readonly faults: Faults;
}

/** Adds the plugins of all routes, then those of each route, in the order in which they are listed. */
export function addConfigured(
  registry: PluginRegistry,
  { plugins, routes }: GatewayConfig,
  source: PluginSource,
): void {
  for (const use of plugins) addOne(registry, use, source);
  for (const route of routes) {
    for (const use of route.plugins) addOne(registry, use, { ...source, route: route.name });
  }
}

function addOne(
  registry: PluginRegistry,
  { name, options, state, priority }: PluginUse,
  { definitions, services, faults, route }: PluginSource & { readonly route?: string },
): void {
  const definition = definitions.find((one) => one.name === name);
  if (!definition) {
    const known = definitions.map((one) => one.name);
    return faults.add(unknownName('plugin', name, known));
  }
  faults.try(() =>
    registry.add(definition.create(options, services), {
      name,
      ...(state && { state }),
      ...(priority !== undefined && { priority }),
      ...(route !== undefined && { route }),
    }),
  );
}
