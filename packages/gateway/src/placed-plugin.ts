/** A plugin in its place: its handlers with their priorities and states, checked. */
import {
  checkMiddleware,
  type CheckedMiddleware,
  checkPriority,
  type MiddlewareInput,
  type PluginState,
} from './middleware-object.ts';
import { type Phase, PHASES } from './phases.ts';
import type { PluginParts } from './plugin.ts';
import { type Unit, unitOf } from './plugin-unit.ts';

/** How a plugin is put to use. */
export interface PluginPlacement {
  readonly name: string;
  /** @default 'active' */
  readonly state?: PluginState;
  /** Goes before the plugin's own, in all phases or phase by phase. */
  readonly priority?: number | Readonly<Partial<Record<Phase, number>>>;
  /** The name of the only route that has it. @default every route */
  readonly route?: string;
}

/** A plugin that can be put into a list. */
export interface PlacedPlugin {
  readonly parts: PluginParts;
  readonly placement: PluginPlacement;
  readonly unit: Unit;
  readonly handlers: readonly CheckedMiddleware[];
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
  const handlers = PHASES.flatMap((phase) => {
    const part = parts[phase];
    if (!part) return [];
    const given = typeof priority === 'number' ? priority : priority?.[phase];
    const own = checkPriority(name, given ?? part.priority);
    const handle = part.handle.bind(part) as MiddlewareInput['handle'];
    return [checkMiddleware({ phase, state, priority: own, handle }, name)];
  });
  return { parts, placement, unit, handlers };
}
