/** Holds the parts of a config against each other: routes against upstreams, routes against routes. */
import { nearest } from '@interpose/kernel/options';
import type { RouteConfig } from '../gateway-config.ts';
import type { Report } from './problem.ts';
import type { ReadRoute } from './routes.ts';
import { type MapNode, shown, type SourceNode } from './source.ts';

/** What has been read, as far as it could be. */
export interface Relations {
  readonly source: SourceNode;
  readonly routes: readonly ReadRoute[];
  readonly report: Report;
}

/** Takes down what is wrong between parts that are each right in themselves. */
export function checkRelations(relations: Relations): void {
  checkUpstreams(relations);
  checkNames(relations);
  checkRequests(relations);
}

function checkUpstreams({ source, routes, report }: Relations): void {
  const upstreams = childMap(source, 'upstreams');
  const names = [...(upstreams?.entries.keys() ?? [])];
  const used = new Set<string>();
  for (const { node } of routes) {
    const named = node.kind === 'map' ? node.entries.get('upstream')?.value : undefined;
    if (named?.kind !== 'scalar' || typeof named.value !== 'string') continue;
    used.add(named.value);
    if (names.includes(named.value)) continue;
    const near = nearest(named.value, names);
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

/** A request of a route, and a route before it that would answer the same. */
interface Rivals {
  readonly route: Partial<RouteConfig>;
  readonly before: ReadRoute;
}

/** Two routes of one path and host must share no method; the first of them would answer. */
function checkRequests({ routes, report }: Relations): void {
  const earlier = new Map<string, ReadRoute[]>();
  for (const read of routes) {
    const { node, route } = read;
    if (route.path === undefined || node.kind !== 'map') continue;
    const key = route.path.replaceAll(/\/:\w+/g, '/:');
    const same = earlier.get(key) ?? [];
    earlier.set(key, [...same, read]);
    const at = node.entries.get('path')?.value ?? node;
    const rivals = same.map((before) => ({ route, before }));
    const rival = rivals.find((pair) => sameHost(pair) && sharedMethods(pair) !== undefined);
    const wider = rivals.find((pair) => coversHost(pair) && coversMethods(pair));
    if (rival !== undefined) {
      const { line } = rival.before.node.place;
      const message = `the route in line ${line} answers ${sharedMethods(rival)} of the same host and path`;
      report.error('conflict', at, message);
    } else if (wider !== undefined) {
      const { line } = wider.before.node.place;
      const fault = `never reached: the host of the route in line ${line} covers this one`;
      report.warning('shadowedRoute', at, `${fault}; move this one before it`);
    }
  }
}

function sameHost({ route, before }: Rivals): boolean {
  return route.host?.toLowerCase() === before.route.host?.toLowerCase();
}

/** `*.example.com` covers `*.eu.example.com`; between any other hosts the more specific one is asked first. */
function coversHost({ route, before }: Rivals): boolean {
  const [host, wide] = [route.host?.toLowerCase(), before.route.host?.toLowerCase()];
  return (
    host !== undefined &&
    wide !== undefined &&
    host !== wide &&
    host.startsWith('*.') &&
    wide.startsWith('*.') &&
    host.endsWith(wide.slice(1))
  );
}

function methodsOf({ methods }: Partial<RouteConfig>): readonly string[] | undefined {
  return methods?.includes('GET') ? [...methods, 'HEAD'] : methods;
}

function coversMethods({ route, before }: Rivals): boolean {
  const [mine, theirs] = [methodsOf(route), methodsOf(before.route)];
  return theirs === undefined || (mine?.every((method) => theirs.includes(method)) ?? false);
}

/**
 * The methods of the route that another answers before it. One that names none answers what is left, which is no
 * conflict; nor is the HEAD that comes with GET.
 */
function sharedMethods({ route, before }: Rivals): string | undefined {
  const theirs = methodsOf(before.route);
  if (route.methods === undefined) return theirs === undefined ? 'every method' : undefined;
  const shared = route.methods.filter((method) => theirs?.includes(method) ?? true);
  return shared.length === 0 ? undefined : [...new Set(shared)].join(', ');
}
