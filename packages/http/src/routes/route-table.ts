/** Finds the route of a request: the most specific host wins, then the most specific path, then what else routes ask for. */
import { paramsOf } from './path-pattern.ts';
import { PathTree } from './path-tree.ts';
import type { RouteEntry, RouteKey } from './route-entry.ts';
import { RouteSearch, type Wanted } from './route-search.ts';

export type { RequestFacts, RouteConditions, RouteKey } from './route-entry.ts';
export type { Wanted } from './route-search.ts';

/** What was found. */
export interface Found<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
  /** Set if no route for the path has the method: those that there are. */
  readonly allow?: readonly string[];
}

/** Routes, ready to be found. How many there are does not matter to a search. */
export class RouteTable<R extends RouteKey> {
  /** The routes of any host. */
  readonly #any = new PathTree<R>();
  /** Those of one host each, by its name. */
  readonly #hosts = new Map<string, PathTree<R>>();
  /** Those of all hosts below one, by what their names end in, beginning with a dot. */
  readonly #below = new Map<string, PathTree<R>>();

  /** Whether a route asks for a host; if not, `find` does not look at it. */
  readonly usesHosts: boolean;
  /** Whether a route has conditions; if not, `find` does not look at the request. */
  readonly usesConditions: boolean;

  /** @throws RouteConflictError if a route can never be reached, TypeError for a path that is no pattern */
  constructor(routes: readonly R[]) {
    for (const route of routes) for (const tree of this.#treesOf(route)) tree.add(route);
    this.usesHosts = this.#hosts.size + this.#below.size > 0;
    this.usesConditions = routes.some(({ conditions }) => conditions?.count);
  }

  /** The route for a request, the route for its path if only the method is wrong, or nothing. */
  find(wanted: Wanted): Found<R> | undefined {
    const search = new RouteSearch<R>(wanted);
    const own = this.usesHosts ? this.#ofHost(search, hostName(wanted.host)) : undefined;
    const entry = own ?? this.#any.find(search);
    if (entry) return { route: entry.route, params: search.paramsOf(entry) };
    const { nearest, allow } = search;
    if (!nearest) return undefined;
    const { route, pattern } = nearest;
    return { route, params: paramsOf(pattern, wanted.path), allow: [...(allow ?? [])] };
  }

  /** The host itself comes before all that it is below of, the longest of them first. */
  #ofHost(search: RouteSearch<R>, host: string): RouteEntry<R> | undefined {
    let found = this.#hosts.get(host)?.find(search);
    if (found || !this.#below.size) return found;
    for (let dot = host.indexOf('.', 1); dot > 0 && !found; dot = host.indexOf('.', dot + 1)) {
      found = this.#below.get(host.slice(dot))?.find(search);
    }
    return found;
  }

  #treesOf({ host }: RouteKey): PathTree<R>[] {
    if (host === undefined) return [this.#any];
    const hosts = new Set((typeof host === 'string' ? [host] : host).map(hostName));
    return [...hosts].map((name) => {
      const [trees, key] = name.startsWith('*.')
        ? [this.#below, name.slice(1)]
        : [this.#hosts, name];
      const tree = trees.get(key) ?? new PathTree<R>();
      trees.set(key, tree);
      return tree;
    });
  }
}

/** The name alone, in one spelling: without port, and without the dot that a whole name may end in. */
function hostName(host: string): string {
  return host.replace(/\.?(?::\d*)?$/, '').toLowerCase();
}
