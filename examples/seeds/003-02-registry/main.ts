/** The registry: one central list says which middleware there are, in which phases they take part, and with which priorities. */
import { pathToFileURL } from 'node:url';
import {
  createRegistry,
  defineRegistry,
  type PluginModule,
  type PluginRegistry,
  type RegistryEntries,
  STATES,
} from '@interpose/gateway';

/** The module of the middleware, found here under the name that its entry gives it. */
const requestId: PluginModule = {
  access: { handle: (ctx) => ctx.headers.set('X-Request-ID', ctx.requestId) },
  header_filter: { handle: (ctx) => ctx.response.headers.set('X-Request-ID', ctx.requestId) },
  log: { handle: (ctx) => ctx.logger.info({ message: `Request completed: ${ctx.requestId}` }) },
};

/** Everything that is registered. The compiler knows these names, and holds what entries need against them. */
export const REGISTRY: RegistryEntries<'request_id'> = defineRegistry({
  request_id: {
    module: 'modules.middleware.request_id',
    state: STATES.ACTIVE,
    multi_phase: true,
    phases: {
      access: { priority: 10 },
      header_filter: { priority: 10 },
      log: { priority: 10 },
    },
  },
});

/** A registry that loads its modules by name. */
export async function loadRegistry(): Promise<PluginRegistry> {
  const modules: Readonly<Record<string, unknown>> = { 'modules.middleware.request_id': requestId };
  const registry = createRegistry({ load: async (name) => modules[name] });
  await registry.registerAll(REGISTRY);
  return registry;
}

/** What the list says. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const registry = await loadRegistry();
  for (const { name, phase, priority, state } of registry.getRegistry()) {
    print(`${name} in ${phase}: priority ${priority}, ${state}`);
  }
  registry.setState('request_id', STATES.DISABLED);
  const states = registry.getRegistry().map(({ state }) => state);
  print(`switched off, in all its phases: ${states.join(', ')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
