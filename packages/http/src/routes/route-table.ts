/** Finds the route of a request by path, host and method; the most specific path wins. */
import { RouteConflictError } from '../errors.ts';
import { paramsOf, parsePattern, type PathPattern, segmentsOf } from './path-pattern.ts';

/** What the table knows of a route. */
export interface RouteKey {
  readonly name: string;
  readonly path: string;
  readonly methods?: readonly string[];
  readonly host?: string | undefined;
}

/** What the table looks for. */
export interface Wanted {
  readonly method: string;
  readonly path: string;
  /** The Host header, perhaps with a port. */
  readonly host: string;
}

/** What was found. */
export interface Found<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
  /** Set if no route for the path has the method: those that there are. */
  readonly allow?: readonly string[];
}

interface Entry<R> {
  readonly route: R;
  readonly pattern: PathPattern;
  readonly methods: ReadonlySet<string> | undefined;
  readonly host: string | undefined;
  /** Whether its path has no parameters. */
  readonly isExact: boolean;
}

/** One step down the tree of all patterns. */
interface Node<R> {
  readonly texts: Map<string, Node<R>>;
  parameter: Node<R> | undefined;
  readonly ends: Entry<R>[];
  readonly rests: Entry<R>[];
}

const node = <R>(): Node<R> => ({ texts: new Map(), parameter: undefined, ends: [], rests: [] });

/** Routes, ready to be found. */
export class RouteTable<R extends RouteKey> {
  readonly #root: Node<R> = node();
  /** Paths without parameters, which are the most specific of all, with the entries in their order. */
  readonly #exact = new Map<string, Entry<R>[]>();

  /** @throws RouteConflictError if a route can never be reached, TypeError for a path that is no pattern */
  constructor(routes: readonly R[]) {
    for (const route of routes) this.#add(route);
  }

  /** The route for a request, the route for its path if only the method is wrong, or nothing. */
  find({ method, path, host }: Wanted): Found<R> | undefined {
    const search = new Search<R>(method, host);
    const exact = this.#exact.get(path);
    const entry = (exact && search.among(exact)) ?? search.below(this.#root, segmentsOf(path), 0);
    if (entry) return { route: entry.route, params: paramsIn(entry, path) };
    const { nearest, allow } = search;
    return nearest && { route: nearest.route, params: paramsIn(nearest, path), allow: [...allow] };
  }

  #add(route: R): void {
    const pattern = parsePattern(route.path);
    let at = this.#root;
    let list = at.ends;
    for (const segment of pattern.segments) {
      list = at.rests;
      if (segment.kind === 'rest') break;
      if (segment.kind === 'parameter') at = at.parameter ??= node();
      else {
        const next = at.texts.get(segment.text) ?? node<R>();
        at.texts.set(segment.text, next);
        at = next;
      }
      list = at.ends;
    }
    const entry: Entry<R> = {
      route,
      pattern,
      methods: methodsOf(route),
      host: route.host?.toLowerCase(),
      isExact: pattern.segments.every(({ kind }) => kind === 'text'),
    };
    const before = list.find((other) => covers(other, entry));
    if (before) {
      throw new RouteConflictError(
        `Route "${route.name}" can never be reached: route "${before.route.name}" has the same path, host and method.`,
      );
    }
    list.push(entry);
    if (entry.isExact) this.#exact.set(route.path, list);
    // A host of its own is more specific than a pattern of hosts, and that than any host.
    list.sort((one, other) => hostRank(one.host) - hostRank(other.host));
  }
}

/** One search: the first entry that fits, and what was met on the way. */
class Search<R> {
  readonly allow = new Set<string>();
  nearest: Entry<R> | undefined;
  readonly #method: string;
  readonly #host: string;
  #hostName: string | undefined;

  constructor(method: string, host: string) {
    this.#method = method;
    this.#host = host;
  }

  /** The first of the entries whose host and method fit. */
  among(entries: readonly Entry<R>[]): Entry<R> | undefined {
    for (const entry of entries) {
      if (entry.host !== undefined && !hostFits(entry.host, this.#name())) continue;
      if (!entry.methods || entry.methods.has(this.#method)) return entry;
      this.nearest ??= entry;
      for (const allowed of entry.methods) this.allow.add(allowed);
    }
    return undefined;
  }

  /** At each segment texts come before parameters, and both before what takes the rest. */
  below(at: Node<R>, parts: readonly string[], index: number): Entry<R> | undefined {
    const part = parts[index];
    let found: Entry<R> | undefined;
    if (part === undefined) found = this.among(at.ends);
    else {
      const next = at.texts.get(part);
      if (next) found = this.below(next, parts, index + 1);
      if (!found && at.parameter && part !== '') {
        found = this.below(at.parameter, parts, index + 1);
      }
    }
    return found ?? (at.rests.length ? this.among(at.rests) : undefined);
  }

  /** Only where a route asks for a host is it looked at. */
  #name(): string {
    return (this.#hostName ??= this.#host.replace(/:\d*$/, '').toLowerCase());
  }
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

const paramsIn = <R>(
  { pattern, isExact }: Entry<R>,
  path: string,
): Readonly<Record<string, string>> => (isExact ? NO_PARAMS : paramsOf(pattern, path));

function methodsOf({ methods }: RouteKey): ReadonlySet<string> | undefined {
  if (!methods?.length) return undefined;
  const all = new Set(methods.map((method) => method.toUpperCase()));
  if (all.has('GET')) all.add('HEAD');
  return all;
}

function covers<R>(before: Entry<R>, entry: Entry<R>): boolean {
  if (before.host !== entry.host) return false;
  return (
    !before.methods ||
    [...(entry.methods ?? [undefined])].every((method) => before.methods?.has(method ?? ''))
  );
}

function hostRank(host: string | undefined): number {
  return host === undefined ? 2 : host.startsWith('*.') ? 1 : 0;
}

function hostFits(wanted: string, host: string): boolean {
  if (wanted === host) return true;
  return (
    wanted.startsWith('*.') && host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1
  );
}
