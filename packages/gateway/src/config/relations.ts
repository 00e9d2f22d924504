/** Holds the parts of a config against each other: routes against upstreams, and names against names. */
import { nearest } from '@interpose/kernel/options';
import type { Report } from './problem.ts';
import { checkRivals } from './route-rivals.ts';
import type { ReadRoute } from './routes.ts';
import { type MapNode, type ScalarNode, shown, type SourceNode } from './source.ts';

/** What has been read, as far as it could be. */
export interface Relations {
  readonly source: SourceNode;
  readonly routes: readonly ReadRoute[];
  readonly report: Report;
}

/** Takes down what is wrong between parts that are each right in themselves. */
export function checkRelations(relations: Relations): void {
  checkListeners(relations);
  checkUpstreams(relations);
  checkNames(relations);
  checkRivals(relations.routes, relations.report);
}

/** Of two ways to say where clients come in, one would be overlooked. */
function checkListeners({ source, report }: Relations): void {
  const entries = source.kind === 'map' ? source.entries : undefined;
  const listen = entries?.get('listen');
  if (!listen || !entries?.has('listeners')) return;
  const at = { place: listen.place, path: listen.value.path };
  report.error('contradiction', at, 'there is "listeners" as well; put this among them');
}

function checkUpstreams({ source, routes, report }: Relations): void {
  const upstreams = childMap(source, 'upstreams');
  const names = [...(upstreams?.entries.keys() ?? [])];
  const used = new Set<string>();
  for (const named of routes.flatMap(({ node }) => namedUpstreams(node))) {
    const name = String(named.value);
    used.add(name);
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const list =
      names.length === 0
        ? '; there are no upstreams'
        : near === undefined
          ? `; there are ${names.join(', ')}`
          : '';
    report.error('unknownUpstream', named, {
      message: `unknown upstream ${shown(named)}${list}`,
      meant: near,
    });
  }
  for (const { key, place, value } of upstreams?.entries.values() ?? []) {
    if (!used.has(key))
      report.warning('unusedUpstream', { place, path: value.path }, 'no route uses this upstream');
  }
}

/** Wherever a route names an upstream: itself, a part of its split, its canary, its mirror. */
function namedUpstreams(node: SourceNode): ScalarNode[] {
  if (node.kind !== 'map') return [];
  const split = node.entries.get('split')?.value;
  const places = [
    node,
    ...(split?.kind === 'list' ? split.items : []),
    node.entries.get('canary')?.value,
    node.entries.get('mirror')?.value,
  ];
  return places.flatMap((place) => {
    const named = place?.kind === 'map' ? place.entries.get('upstream')?.value : undefined;
    return named?.kind === 'scalar' && typeof named.value === 'string' ? [named] : [];
  });
}

function childMap(source: SourceNode, key: string): MapNode | undefined {
  const node = source.kind === 'map' ? source.entries.get(key)?.value : undefined;
  return node?.kind === 'map' ? node : undefined;
}

function checkNames({ routes, report }: Relations): void {
  const lines = new Map<string, number>();
  for (const { node, route } of routes) {
    if (route.name === undefined || node.kind !== 'map') continue;
    const name = node.entries.get('name')?.value ?? node;
    const first = lines.get(route.name);
    if (first === undefined) lines.set(route.name, name.place.line);
    else {
      const message = `expected a name of its own, got that of the route in line ${first}`;
      report.error('repeatedName', name, message);
    }
  }
}
