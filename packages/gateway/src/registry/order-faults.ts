/** Holds needs of plugins against their places: what is not there, what stands on the wrong side, what goes in a circle. */
import { OrderError } from '@interpose/kernel';
import { nearest } from '@interpose/kernel/options';
import { type Names, namesOf, type Needs } from '../definition/plugin-needs.ts';
import { type Phase, PHASES } from '../phases.ts';

/** A handler as far as its place matters. They come in the order of their arrival. */
export interface Placed {
  readonly plugin: string;
  readonly phase: Phase;
  readonly priority: number;
  readonly state: 'active' | 'disabled';
  readonly route: string | undefined;
  readonly patterns: readonly unknown[] | undefined;
  readonly needs: Needs | undefined;
  /** Set for what stands around the content phase. */
  readonly around?: unknown;
  /** What the handlers of one plugin have in common. */
  readonly unit: object;
}

/** One need of one plugin. */
interface Need {
  readonly own: readonly Placed[];
  readonly other: string;
  readonly side: 'before' | 'after';
}

/** Something that is wrong, and the plugin whose need it is. */
export interface OrderFault {
  readonly message: string;
  readonly unit: object;
}

/** Everything that is wrong with the order, as errors. */
export function orderFaults(items: readonly Placed[]): OrderError[] {
  return findOrderFaults(items).map(({ message }) => new OrderError(message));
}

/** Everything that is wrong with the order; disabled plugins need nothing, and are not there for others. */
export function findOrderFaults(items: readonly Placed[]): readonly OrderFault[] {
  const needs = allNeeds(items);
  if (!needs.length) return [];
  const circle = findCircle(needs);
  if (circle) {
    const way = circle.map((name) => `"${name}"`).join(' after ');
    const message = `Plugins need one another in a circle: ${way}. Take out one of these needs.`;
    const { unit } = items.find(({ plugin }) => plugin === circle[0]) as Placed;
    return [{ message, unit }];
  }
  const faults = new Map<string, OrderFault>();
  for (const need of needs) {
    const [{ unit }] = need.own as readonly [Placed];
    for (const message of faultsOf(need, items)) faults.set(message, { message, unit });
  }
  return [...faults.values()];
}

function allNeeds(items: readonly Placed[]): Need[] {
  const units = new Map<object, Placed[]>();
  for (const item of items) {
    if (!item.needs || item.state === 'disabled') continue;
    const own = units.get(item.unit);
    if (own) own.push(item);
    else units.set(item.unit, [item]);
  }
  return [...units.values()].flatMap((own) => {
    const { after, before } = own[0]?.needs ?? {};
    const each = (names: Names | undefined, side: Need['side']): Need[] =>
      namesOf(names).map((other) => ({ own, other, side }));
    return [...each(after, 'after'), ...each(before, 'before')];
  });
}

function faultsOf(need: Need, items: readonly Placed[]): string[] {
  const { own, other } = need;
  const [first] = own as readonly [Placed];
  const named = items.filter(({ plugin, unit }) => plugin === other && unit !== first.unit);
  const active = named.filter(({ state }) => state === 'active');
  const near = active.filter((item) => meet(first, item));
  if (!near.length) return [absent(need, { named, active, items })];
  const faults = own.flatMap((mine) => {
    const same = near.filter((theirs) => stageOf(theirs) === stageOf(mine));
    return same.flatMap((theirs) => misplaced(need.side, [mine, theirs], items) ?? []);
  });
  if (
    faults.length ||
    own.some((mine) => near.some((theirs) => stageOf(theirs) === stageOf(mine)))
  ) {
    return faults;
  }
  return apart(need, near) ?? [];
}

/** Whether there are requests that both see. */
function meet(one: Placed, other: Placed): boolean {
  if (one.patterns || other.patterns) return true;
  return other.route === undefined || one.route === undefined || one.route === other.route;
}

function absent(
  { own, other, side }: Need,
  found: {
    readonly named: readonly Placed[];
    readonly active: readonly Placed[];
    readonly items: readonly Placed[];
  },
): string {
  const [{ plugin, route }] = own as readonly [Placed];
  const needs = `"${plugin}" needs "${other}" ${side === 'after' ? 'before' : 'after'} it`;
  if (found.active.length) {
    return `${needs}, which the route "${route}" does not have. Add it to the route, or to the plugins of all routes.`;
  }
  if (found.named.length) return `${needs}, which is disabled. Switch it on, or "${plugin}" off.`;
  const near = nearest(
    other,
    found.items.map((item) => item.plugin).filter((name) => name !== plugin),
  );
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `${needs}, which is not there. Add it, or take "${plugin}" out.${meant}`;
}

/** What is wrong with two handlers of one phase; nothing if they stand as they should. */
function misplaced(
  side: Need['side'],
  [mine, theirs]: readonly [Placed, Placed],
  items: readonly Placed[],
): string | undefined {
  const [first, second] = side === 'after' ? [theirs, mine] : [mine, theirs];
  const local = Number(isLocal(first)) - Number(isLocal(second));
  const order =
    local || first.priority - second.priority || items.indexOf(first) - items.indexOf(second);
  if (order < 0) return undefined;
  const must = `"${mine.plugin}" has to run ${side} "${theirs.plugin}" in ${stageOf(mine)}`;
  if (local) {
    return `${must}, but "${second.plugin}" is for all routes, which always comes before "${first.plugin}", which is for some. Put both into one list.`;
  }
  const wanted = mine === second ? 'larger' : 'smaller';
  const late = first.priority === second.priority;
  const hint = late ? `, or list "${first.plugin}" before "${second.plugin}"` : '';
  return `${must}, but has the priority ${mine.priority}, and "${theirs.plugin}" ${theirs.priority}. Give "${mine.plugin}" a ${wanted} one${hint}.`;
}

/** Two plugins without a phase in common: the phases themselves have an order. */
function apart({ own, other, side }: Need, near: readonly Placed[]): string[] | undefined {
  const at = (placed: Placed): number => STAGES.indexOf(stageOf(placed));
  const [mine, theirs] = [own.map(at), near.map(at)];
  const stands =
    side === 'after'
      ? Math.min(...theirs) < Math.min(...mine)
      : Math.min(...mine) < Math.min(...theirs);
  const [{ plugin }] = own as readonly [Placed];
  const stage = STAGES[Math.min(...theirs)];
  return stands
    ? undefined
    : [
        `"${plugin}" has to run ${side} "${other}", which takes part only from ${stage} on. Take this need out.`,
      ];
}

/** What stands around the content phase begins before it. */
const STAGES = PHASES.flatMap((phase) => (phase === 'content' ? ['around', phase] : [phase]));

const stageOf = ({ phase, around }: Placed): string => (around ? 'around' : phase);

const isLocal = ({ route, patterns }: Placed): boolean =>
  route !== undefined || patterns !== undefined;

/** Names of which each is to run after the next, the last one being the first again. */
function findCircle(needs: readonly Need[]): string[] | undefined {
  const after = new Map<string, Set<string>>();
  const add = (later: string, earlier: string): void => {
    after.set(later, (after.get(later) ?? new Set()).add(earlier));
  };
  for (const { own, other, side } of needs) {
    const [{ plugin }] = own as readonly [Placed];
    if (side === 'after') add(plugin, other);
    else add(other, plugin);
  }
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const earlier of after.get(name) ?? []) {
      const circle = visit(earlier, [...way, name]);
      if (circle) return circle;
    }
    return undefined;
  };
  for (const name of after.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}
