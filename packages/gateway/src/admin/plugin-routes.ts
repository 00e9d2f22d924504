/** The plugins over the admin API: which there are, where they stand, and how to switch them. */
import { type App, HttpError } from '@interpose/http';
import { OrderError } from '@interpose/kernel';
import type { ChainItem } from '../registry/plugin-list.ts';
import type { AdminTarget } from './admin-target.ts';
import { LIST, listOf, record, stateSchema, TEXT } from './answer-schemas.ts';

/** A plugin with all its handlers. */
export interface PluginShown {
  readonly name: string;
  /** `mixed` if some of its handlers are on and some are off. */
  readonly state: 'active' | 'disabled' | 'mixed';
  readonly handlers: readonly Omit<ChainItem, 'name'>[];
}

const TAGS = ['plugins'] as const;
const SHOWN = { name: TEXT, state: TEXT, handlers: LIST };

/** Adds the routes. */
export function addPluginRoutes(app: App, { registry }: Pick<AdminTarget, 'registry'>): void {
  const all = (): readonly PluginShown[] => pluginsOf(registry.getRegistry());
  app.get(
    '/plugins',
    {
      tags: TAGS,
      summary: 'The plugins, each with its handlers',
      responses: { 200: listOf(SHOWN) },
    },
    all,
  );
  app.put(
    '/plugins/:name/state',
    {
      tags: TAGS,
      summary: 'Switches a plugin on or off, from the next request on',
      description: 'The name alone means all its phases, `name:phase` one of them.',
      body: stateSchema,
      responses: { 200: record(SHOWN) },
    },
    async ({ params, valid }) => {
      const name = nameOf(params.name);
      const plugin = all().find((one) => one.name === name);
      if (!plugin) throw new HttpError(404, `There is no plugin of this name`);
      const phase = params.name.slice(name.length + 1);
      if (phase !== '' && !plugin.handlers.some((handler) => handler.phase === phase)) {
        throw new HttpError(404, 'The plugin has no such phase');
      }
      try {
        await registry.setState(params.name, valid.body.state);
      } catch (error) {
        // Another plugin needs this one, or this one another.
        throw OrderError.is(error) ? new HttpError(409, error.message) : error;
      }
      return all().find((one) => one.name === name) ?? null;
    },
  );

  /** Before the colon, unless the whole is a name. */
  function nameOf(given: string): string {
    const isName = registry.getRegistry().some((item) => item.name === given);
    const at = given.lastIndexOf(':');
    return isName || at < 0 ? given : given.slice(0, at);
  }
}

function pluginsOf(items: readonly ChainItem[]): readonly PluginShown[] {
  const names = [...new Set(items.map(({ name }) => name))];
  return names.map((name) => {
    const own = items.filter((item) => item.name === name);
    const states = new Set(own.map(({ state }) => state));
    const [state = 'disabled'] = states;
    const handlers = own.map(({ name: _, ...rest }) => rest);
    return { name, state: states.size > 1 ? 'mixed' : state, handlers };
  });
}
