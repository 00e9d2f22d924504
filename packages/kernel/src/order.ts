/** Puts middleware in order: by phase, then by what must stand before or after what, then by priority, then as listed. */
import type { Layer } from './layer.ts';
import { OrderError, UnknownMiddlewareError } from './errors.ts';
import { suggestion } from './option.ts';

/** The phases of a pipeline that names none of its own, outermost first. */
export const PHASES: readonly string[] = ['observe', 'guard', 'limit', 'recover', 'execute'];

/** A middleware with the place that it asks for. */
export interface Entry {
  readonly layer: Layer;
  readonly phase: string;
  readonly priority: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  readonly state: 'active' | 'disabled';
  /** How it came to be in the pipeline. */
  readonly origin: string;
}

/** A middleware in its place, and why it stands there. */
export interface Placed {
  readonly entry: Entry;
  readonly reason: string;
}

/**
 * The effective order. Stable: what nothing tells apart stays as it was listed.
 *
 * @throws UnknownMiddlewareError for a phase or a neighbour that there is not
 * @throws OrderError for wishes that contradict each other, naming all who take part, and for a requirement not met
 */
export function arrange(entries: readonly Entry[], phases: readonly string[]): Placed[] {
  const names = new Set(entries.map(({ layer }) => layer.name));
  for (const { layer, phase, before, after } of entries) {
    if (!phases.includes(phase)) throw unknown(`phase`, phase, layer.name, phases);
    for (const other of [...before, ...after]) {
      if (!names.has(other)) throw unknown('middleware', other, layer.name, names);
    }
  }
  checkAcrossPhases(entries, phases);
  const placed = phases.flatMap((phase) => sort(entries.filter((entry) => entry.phase === phase)));
  checkRequirements(placed);
  return placed;
}

function unknown(
  kind: string,
  name: string,
  by: string,
  known: Iterable<string>,
): UnknownMiddlewareError {
  return new UnknownMiddlewareError(
    `Middleware "${by}" names the ${kind} "${name}"; there is none. ${suggestion(name, known)}`,
  );
}

/** A wish to stand before somebody in an earlier phase, or after somebody in a later one, cannot be met. */
function checkAcrossPhases(entries: readonly Entry[], phases: readonly string[]): void {
  const at = (entry: Entry): number => phases.indexOf(entry.phase);
  for (const [outer, inner] of pairs(entries)) {
    if (at(outer) > at(inner)) {
      throw new OrderError(
        `Middleware "${outer.layer.name}" (phase "${outer.phase}") must stand before "${inner.layer.name}", whose phase "${inner.phase}" comes first.`,
      );
    }
  }
}

/** Each pair of which the first must stand further out. */
function pairs(entries: readonly Entry[]): (readonly [Entry, Entry])[] {
  const named = (name: string): Entry[] => entries.filter(({ layer }) => layer.name === name);
  return entries.flatMap((entry) => [
    ...entry.before.flatMap((name) => named(name).map((inner) => [entry, inner] as const)),
    ...entry.after.flatMap((name) => named(name).map((outer) => [outer, entry] as const)),
  ]);
}

/** Takes, again and again, the first of those that wait for nobody: by priority, then as listed (Kahn 1962). */
function sort(entries: readonly Entry[]): Placed[] {
  const edges = pairs(entries);
  const listed = [...entries].sort((one, other) => one.priority - other.priority);
  const placed: Placed[] = [];
  const left = [...listed];
  while (left.length > 0) {
    const waits = (entry: Entry): boolean =>
      edges.some(([outer, inner]) => inner === entry && left.includes(outer));
    const index = left.findIndex((entry) => !waits(entry));
    if (index < 0) throw cycle(left, edges);
    const [entry] = left.splice(index, 1) as [Entry];
    placed.push({ entry, reason: reason(entry, edges) });
  }
  return placed;
}

function reason(entry: Entry, edges: readonly (readonly [Entry, Entry])[]): string {
  const said = [`phase "${entry.phase}"`];
  for (const [outer, inner] of edges) {
    if (outer === entry) said.push(`before "${inner.layer.name}"`);
    if (inner === entry) said.push(`after "${outer.layer.name}"`);
  }
  if (entry.priority !== 0) said.push(`priority ${entry.priority}`);
  return [...new Set(said), 'as listed'].join(', ');
}

function cycle(left: readonly Entry[], edges: readonly (readonly [Entry, Entry])[]): OrderError {
  const trail: Entry[] = [];
  let at = left[0] as Entry;
  while (!trail.includes(at)) {
    trail.push(at);
    at = (
      edges.find(([outer, inner]) => inner === at && left.includes(outer)) as [Entry, Entry]
    )[0];
  }
  const circle = [at, ...trail.slice(trail.indexOf(at) + 1).reverse(), at];
  return new OrderError(
    `Each must stand before the next, in a circle: ${circle.map(({ layer }) => `"${layer.name}"`).join(' → ')}.`,
  );
}

function checkRequirements(placed: readonly Placed[]): void {
  const given = new Set<string>();
  // Whoever is disabled provides nothing and needs nothing.
  for (const { entry } of placed.filter((one) => one.entry.state === 'active')) {
    for (const need of entry.requires) {
      if (given.has(need)) continue;
      const provider = placed.find((one) => offers(one.entry, need));
      throw new OrderError(
        `Middleware "${entry.layer.name}" requires "${need}", which ${provider ? `"${provider.entry.layer.name}" provides further in.` : 'nobody provides.'}`,
      );
    }
    given.add(entry.layer.name);
    for (const name of entry.provides) given.add(name);
  }
}

const offers = (entry: Entry, need: string): boolean =>
  entry.state === 'active' && (entry.layer.name === need || entry.provides.includes(need));
