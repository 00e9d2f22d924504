/** A middleware for several phases: its module has an object for each, and the registry says with which priority it runs in which. */
import { pathToFileURL } from 'node:url';
import {
  createRegistry,
  defineRegistry,
  type PluginModule,
  type PluginRegistry,
  STATES,
} from '@interpose/gateway';
import { memoryGateway, type MemoryGateway } from '@interpose/gateway/testing';

/** Tells who runs where. */
export type Tell = (what: string) => void;

/** What the middleware file exports. */
export function makeModule(tell: Tell): PluginModule {
  return {
    access: {
      name: 'example_access',
      phase: 'access',
      handle() {
        tell('example in access');
        return true;
      },
    },
    header_filter: {
      name: 'example_header_filter',
      phase: 'header_filter',
      handle() {
        tell('example in header_filter');
        return true;
      },
    },
  };
}

/** The registry of the seed, with others at 15, between the two priorities. */
export async function makeRegistry(tell: Tell): Promise<PluginRegistry> {
  const registry = createRegistry();
  await registry.registerAll(
    defineRegistry({
      example: {
        module: makeModule(tell),
        state: STATES.ACTIVE,
        multi_phase: true,
        phases: { access: { priority: 10 }, header_filter: { priority: 20 } },
      },
      other: {
        module: {
          access: { handle: () => tell('other in access') },
          header_filter: { handle: () => tell('other in header_filter') },
        },
        phases: { access: { priority: 15 }, header_filter: { priority: 15 } },
      },
    }),
  );
  return registry;
}

/** A gateway with that registry, and one route. */
export async function start(tell: Tell): Promise<MemoryGateway> {
  const respond = { status: 200, body: 'OK' };
  const routes = [{ name: 'all', path: '/*', plugins: [], respond }];
  return memoryGateway({ routes }, { registry: await makeRegistry(tell) });
}

/** One request. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  await using gateway = await start(print);
  const { status } = await gateway.send();
  print(`${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
