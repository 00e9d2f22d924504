/** Finds routes that want the same requests, of which one would never get any. */
import type { RouteConfig } from '../gateway-config.ts';
import { conditionTexts } from '../routing/conditions.ts';
import { impliesMatch } from '../routing/implied-match.ts';
import type { Report } from './problem.ts';
import { beginsWith, pathFault, pathForm } from './route-path.ts';
import type { ReadRoute } from './routes.ts';
import type { SourceNode } from './source.ts';

type Route = Partial<RouteConfig>;

/** A route, and one before it in the file. */
interface Rivals {
  readonly route: Route;
  readonly before: ReadRoute;
}

/** Takes down which routes are never asked, and which not where one would think they are. */
export function checkRivals(routes: readonly ReadRoute[], report: Report): void {
  const readable = routes.filter(
    ({ node, route }) => node.kind === 'map' && route.path !== undefined && !pathFault(route.path),
  );
  const earlier = new Map<string, ReadRoute[]>();
  for (const read of readable) {
    const key = pathForm(read.route.path as string);
    const same = earlier.get(key) ?? [];
    earlier.set(key, [...same, read]);
    checkRival(read, same, report);
  }
  checkHosts(readable, report);
}

function checkRival({ node, route }: ReadRoute, same: readonly ReadRoute[], report: Report): void {
  const rivals = same.map((before): Rivals => ({ route, before })).filter(sharesHost);
  const rival = rivals.find((pair) => sameConditions(pair) && sharedMethods(pair) !== undefined);
  const wider = rivals.find((pair) => coversConditions(pair) && coversMethods(pair));
  if (rival !== undefined) {
    const { line } = rival.before.node.place;
    const message = `the route in line ${line} answers ${sharedMethods(rival)} of the same host and path`;
    report.error('conflict', pathOf(node), message);
  } else if (wider !== undefined) {
    const { line } = wider.before.node.place;
    const fault = `never reached: whatever fits "match" here fits that of the route in line ${line}, which is asked first`;
    report.warning('shadowedRoute', pathOf(node), fault);
  }
}

/**
 * A host goes before a path: where a route takes every path of a host, those of routes for any host are not asked there. That may be meant,
 * but not where they guard something.
 */
function checkHosts(routes: readonly ReadRoute[], report: Report): void {
  const whole = routes.filter(
    ({ route: { host, path = '', methods, match } }) =>
      host !== undefined && path.endsWith('*') && !methods && !match,
  );
  if (!whole.length) return;
  for (const { node, route } of routes) {
    const path = route.path ?? '';
    if (route.host !== undefined) continue;
    const over = whole.find(
      (other) =>
        path !== other.route.path && beginsWith(path, String(other.route.path).slice(0, -1)),
    );
    if (!over) continue;
    const hosts = hostsOf(over.route).join(', ');
    const message = `not asked for ${hosts}: the route in line ${over.node.place.line} takes every request for ${over.route.path} there`;
    report.warning('shadowedPath', pathOf(node), message);
  }
}

function pathOf(node: SourceNode): SourceNode {
  return (node.kind === 'map' ? node.entries.get('path')?.value : undefined) ?? node;
}

function hostsOf({ host }: Route): readonly string[] {
  if (host === undefined) return ['*'];
  return (typeof host === 'string' ? [host] : host).map((one) => one.toLowerCase());
}

function sharesHost({ route, before }: Rivals): boolean {
  const theirs = hostsOf(before.route);
  return hostsOf(route).some((host) => theirs.includes(host));
}

function sameConditions({ route, before }: Rivals): boolean {
  const [mine, theirs] = [route, before.route].map(({ match }) =>
    conditionTexts(match).toSorted().join('\n'),
  );
  return mine === theirs;
}

/** Of routes with as many conditions the first is asked first; so it hides those whose conditions are but narrower ones. */
function coversConditions({ route, before }: Rivals): boolean {
  const [mine, theirs] = [conditionTexts(route.match), conditionTexts(before.route.match)];
  return mine.length === theirs.length && impliesMatch(route.match ?? {}, before.route.match ?? {});
}

function methodsOf({ methods }: Route): readonly string[] | undefined {
  return methods?.includes('GET') ? [...methods, 'HEAD'] : methods;
}

/** A route that names its methods goes before one that has all. */
function coversMethods({ route, before }: Rivals): boolean {
  const [mine, theirs] = [methodsOf(route), methodsOf(before.route)];
  if (!mine || !theirs) return mine === theirs;
  return mine.every((method) => theirs.includes(method));
}

/** The methods of the route that another answers before it; the HEAD that comes with GET is none of them. */
function sharedMethods({ route, before }: Rivals): string | undefined {
  const theirs = methodsOf(before.route);
  if (!route.methods || !theirs) return route.methods === theirs ? 'every method' : undefined;
  const shared = route.methods.filter((method) => theirs.includes(method));
  return shared.length === 0 ? undefined : [...new Set(shared)].join(', ');
}
