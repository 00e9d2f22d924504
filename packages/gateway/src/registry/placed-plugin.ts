/** A plugin in its place: its handlers with their priorities and states, checked. */
import {
  checkMiddleware,
  type CheckedMiddleware,
  checkPriority,
  type MiddlewareInput,
  type PluginState,
} from './middleware-object.ts';
import { type Phase, PHASES } from '../phases.ts';
import { compose } from '@interpose/kernel';
import type { AroundPart, PluginParts } from '../definition/plugin.ts';
import { type Needs, needsOf } from '../definition/plugin-needs.ts';
import { type Unit, unitOf } from './plugin-unit.ts';

/** How a plugin is put to use. */
export interface PluginPlacement extends Needs {
  readonly name: string;
  /** @default 'active' */
  readonly state?: PluginState;
  /** Goes before the plugin's own, in all phases or phase by phase. */
  readonly priority?: number | Readonly<Partial<Record<Phase, number>>>;
  /** The name of the only route that has it. @default every route */
  readonly route?: string;
}

/** A handler of a phase, or, with `around`, a middleware around the content phase. */
export type PlacedHandler = CheckedMiddleware & { readonly around?: AroundPart['handle'] };

/** The same under the name of its plugin, without a change of what may be shared. */
function called(name: string, middleware: AroundPart['handle']): AroundPart['handle'] {
  return Object.defineProperty(compose(middleware), 'name', { value: name });
}

/** Its place is that of a handler, but it is never run as one. */
const nothing = (): void => {};

/** A plugin that can be put into a list. */
export interface PlacedPlugin {
  readonly parts: PluginParts;
  readonly placement: PluginPlacement;
  readonly unit: Unit;
  readonly handlers: readonly PlacedHandler[];
}

/**
 * Checks a plugin and how it is put to use.
 *
 * @throws InvalidPluginError or InvalidStateError if something is wrong with it
 */
export function placedPlugin(
  parts: PluginParts,
  placement: PluginPlacement,
  unit: Unit = unitOf(placement.name, parts),
): PlacedPlugin {
  const { name, state = 'active', priority } = placement;
  const needs = needsOf(placement);
  const handlers = PHASES.flatMap((phase): PlacedHandler[] => {
    const part = parts[phase];
    if (!part) return [];
    const given = typeof priority === 'number' ? priority : priority?.[phase];
    const own = checkPriority(name, given ?? part.priority);
    const handle = part.handle.bind(part) as MiddlewareInput['handle'];
    return [checkMiddleware({ phase, state, priority: own, handle, ...needs }, name)];
  });
  const { around } = parts;
  if (around) {
    const given = typeof priority === 'number' ? priority : priority?.content;
    const own = checkPriority(name, given ?? around.priority);
    const place = { phase: 'content', state, priority: own, handle: nothing, ...needs } as const;
    handlers.push({ ...checkMiddleware(place, name), around: called(name, around.handle) });
  }
  return { parts, placement, unit, handlers };
}
