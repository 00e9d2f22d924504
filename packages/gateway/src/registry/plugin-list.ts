/** The list behind the registry: handlers with their states, never changed in place, so that a request keeps its own. */
import type { PluginState } from './middleware-object.ts';
import { isPhase, type Phase, phaseOf } from '../phases.ts';
import type { PlacedHandler, PlacedPlugin } from './placed-plugin.ts';
import type { AroundPart } from '../definition/plugin.ts';
import type { Needs } from '../definition/plugin-needs.ts';
import type { Unit } from './plugin-unit.ts';
import { matches, mayOverlap, parsePattern } from '@interpose/http';
import type { Step } from '../run-phase.ts';

/** A handler with all that is known of it. */
export interface Item extends Step {
  readonly unit: Unit;
  readonly state: PluginState;
  /** The name of the only configured route that has it. */
  readonly route: string | undefined;
  readonly needs: Needs | undefined;
  /** Set for a middleware around the content phase. */
  readonly around?: AroundPart['handle'];
}

/** What the registry tells of a handler. */
export interface ChainItem {
  readonly name: string;
  readonly phase: Phase;
  readonly priority: number;
  readonly state: PluginState;
  /** Where it runs: everywhere, on one configured route, or on paths that match patterns. */
  readonly scope: 'all routes' | `route ${string}` | `paths ${string}`;
}

/** Handlers of all phases, in the order in which they came. */
export class PluginList {
  #items: readonly Item[] = [];
  #version = 0;

  get items(): readonly Item[] {
    return this.#items;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  add(parts: readonly PlacedHandler[], unit: Unit, route?: string): void {
    this.#replace(this.added(parts, unit, route));
  }

  /** What `add` would make of the list. */
  added(parts: readonly PlacedHandler[], unit: Unit, route?: string): readonly Item[] {
    return [...this.#items, ...itemsOf(parts, unit, route)];
  }

  /** Puts plugins in the place of others, or behind all where there were none. */
  exchange(before: readonly PlacedPlugin[], after: readonly PlacedPlugin[]): void {
    this.#replace(this.exchanged(before, after));
  }

  /** What `exchange` would make of the list. */
  exchanged(before: readonly PlacedPlugin[], after: readonly PlacedPlugin[]): readonly Item[] {
    const gone = new Map(before.map((plugin) => [plugin.unit, plugin]));
    const first = this.#items.findIndex(({ unit }) => gone.has(unit));
    const place = first < 0 ? this.#items.length : first;
    const added = after.flatMap((plugin) => {
      const { handlers, unit, placement } = plugin;
      const isSwitchable = gone.get(unit)?.placement.state === placement.state;
      const switched = isSwitchable ? this.#items.filter((item) => item.unit === unit) : [];
      return itemsOf(handlers, unit, placement.route).map((item) => ({
        ...item,
        state: switched.find(({ phase }) => phase === item.phase)?.state ?? item.state,
      }));
    });
    const stays = ({ unit }: Item): boolean => !gone.has(unit);
    return [
      ...this.#items.slice(0, place).filter(stays),
      ...added,
      ...this.#items.slice(place).filter(stays),
    ];
  }

  remove(name: string): boolean {
    const fits = named(name);
    const kept = this.#items.filter((item) => !fits(item));
    const found = kept.length < this.#items.length;
    if (found) this.#replace(kept);
    return found;
  }

  setState(name: string, state: PluginState): void {
    this.#replace(this.switched(name, state));
  }

  /** What `setState` would make of the list. */
  switched(name: string, state: PluginState): readonly Item[] {
    const fits = named(name);
    return this.#items.map((item) => (fits(item) ? { ...item, state } : item));
  }

  clear(): void {
    this.#replace([]);
  }

  /** The plugins that the name, or `name:phase`, stands for. */
  unitsOf(name: string): Unit[] {
    return [...new Set(this.#items.filter(named(name)).map(({ unit }) => unit))];
  }

  units(): Unit[] {
    return [...new Set(this.#items.map(({ unit }) => unit))];
  }

  isActive(unit: Unit): boolean {
    return this.#items.some((item) => item.unit === unit && item.state === 'active');
  }

  /** Those that run for a path, or for a configured route by its name. */
  chain(route: string | undefined, phase: Phase): Item[] {
    return this.#ordered(phase, ({ route: own, patterns }) => {
      if (patterns)
        return patterns.some((pattern) => route !== undefined && matches(pattern, route));
      return own === undefined || own === route;
    });
  }

  /** Those that may run for a configured route; those with patterns look at the path of each request. */
  steps(route: { readonly name: string; readonly path: string } | undefined, phase: Phase): Item[] {
    const path = route && parsePattern(route.path);
    return this.#ordered(phase, ({ route: own, patterns }) => {
      if (patterns) return !path || patterns.some((pattern) => mayOverlap(pattern, path));
      return own === undefined || own === route?.name;
    });
  }

  /** The middleware around the content phase of a configured route, outermost first. */
  arounds(route: string | undefined): AroundPart['handle'][] {
    return this.#chosen(
      ({ around, route: own }) => around !== undefined && (own === undefined || own === route),
    ).flatMap(({ around }) => around ?? []);
  }

  describe({ plugin, phase, priority, state, route, patterns }: Item): ChainItem {
    const scope = patterns
      ? (`paths ${patterns.map(({ source }) => source).join(', ')}` as const)
      : route === undefined
        ? 'all routes'
        : (`route ${route}` as const);
    return { name: plugin, phase, priority, state, scope };
  }

  /** The active ones: those for everything first, then those for some routes, each by priority, then by arrival. */
  #ordered(phase: Phase, fits: (item: Item) => boolean): Item[] {
    return this.#chosen((item) => item.phase === phase && !item.around && fits(item));
  }

  #chosen(fits: (item: Item) => boolean): Item[] {
    const chosen = this.#items.filter((item) => item.state === 'active' && fits(item));
    const isLocal = ({ route, patterns }: Item): number =>
      Number(route !== undefined || patterns !== undefined);
    return chosen.sort(
      (one, other) => isLocal(one) - isLocal(other) || one.priority - other.priority,
    );
  }

  #replace(items: readonly Item[]): void {
    this.#items = items;
    this.#version++;
  }
}

function itemsOf(parts: readonly PlacedHandler[], unit: Unit, route: string | undefined): Item[] {
  return parts.map(({ name, ...part }): Item => ({ ...part, plugin: name, unit, route }));
}

/** Asks whether a handler is meant by a name, or by `name:phase`. */
function named(name: string): (item: Item) => boolean {
  const at = name.lastIndexOf(':');
  const phase = at > 0 ? name.slice(at + 1) : '';
  if (!isPhase(phase)) return ({ plugin }) => plugin === name;
  const wanted = phaseOf(phase);
  return (item) => item.plugin === name.slice(0, at) && item.phase === wanted;
}
