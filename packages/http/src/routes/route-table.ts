/** Finds the route of a request by path, host and method; the most specific path wins. */
import { RouteConflictError } from '../errors.ts';
import { paramsOf, parsePattern, type PathPattern, unescaped } from './path-pattern.ts';

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
  /** What the parameters are called, in their order; `*` is what takes the rest. */
  readonly names: readonly string[];
}

/** One step down the tree of all patterns. */
interface Node<R> {
  /** By their texts; most nodes lead to none. */
  texts: Map<string, Node<R>> | undefined;
  parameter: Node<R> | undefined;
  readonly ends: Entry<R>[];
  readonly rests: Entry<R>[];
}

const node = <R>(): Node<R> => ({
  texts: undefined,
  parameter: undefined,
  ends: [],
  rests: [],
});

/** Routes, ready to be found. */
export class RouteTable<R extends RouteKey> {
  readonly #root: Node<R> = node();
  /** Paths without parameters, which are the most specific of all, with the entries in their order. */
  readonly #exact = new Map<string, Entry<R>[]>();

  /** Whether a route asks for a host; if not, `find` does not look at it. */
  readonly usesHosts: boolean;

  /** @throws RouteConflictError if a route can never be reached, TypeError for a path that is no pattern */
  constructor(routes: readonly R[]) {
    this.usesHosts = routes.some(({ host }) => host !== undefined);
    for (const route of routes) this.#add(route);
  }

  /** The route for a request, the route for its path if only the method is wrong, or nothing. */
  find({ method, path, host }: Wanted): Found<R> | undefined {
    const search = new Search<R>(method, path, host);
    const exact = this.#exact.get(path);
    const entry =
      (exact && search.among(exact)) ?? search.below(this.#root, path === '/' ? 0 : 1, 0);
    if (entry) return { route: entry.route, params: search.paramsOf(entry) };
    const { nearest, allow } = search;
    if (!nearest) return undefined;
    const { route, pattern } = nearest;
    return { route, params: paramsOf(pattern, path), allow: [...(allow ?? [])] };
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
        const texts: Map<string, Node<R>> = (at.texts ??= new Map());
        const next = texts.get(segment.text) ?? node<R>();
        texts.set(segment.text, next);
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
      names: pattern.segments.flatMap((segment) =>
        segment.kind === 'text' ? [] : [segment.kind === 'rest' ? '*' : segment.name],
      ),
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
  allow: Set<string> | undefined;
  nearest: Entry<R> | undefined;
  /** What parameters have caught on the way, as it came. */
  #caught: string[] | undefined;
  readonly #method: string;
  readonly #path: string;
  readonly #host: string;
  #hostName: string | undefined;

  constructor(method: string, path: string, host: string) {
    this.#method = method;
    this.#path = path;
    this.#host = host;
  }

  /** The first of the entries whose host and method fit. */
  among(entries: readonly Entry<R>[]): Entry<R> | undefined {
    for (const entry of entries) {
      if (entry.host !== undefined && !hostFits(entry.host, this.#name())) continue;
      if (!entry.methods || entry.methods.has(this.#method)) return entry;
      this.nearest ??= entry;
      this.allow ??= new Set();
      for (const allowed of entry.methods) this.allow.add(allowed);
    }
    return undefined;
  }

  /**
   * At each segment texts come before parameters, and both before what takes the rest. The segment begins at `from`, which is 0 behind the
   * last; before it so many parameters have caught something.
   */
  below(at: Node<R>, from: number, caught: number): Entry<R> | undefined {
    const path = this.#path;
    let found: Entry<R> | undefined;
    if (from === 0) found = this.among(at.ends);
    else {
      const slash = path.indexOf('/', from);
      const part = slash < 0 ? path.slice(from) : path.slice(from, slash);
      const next = at.texts?.get(part);
      if (next) found = this.below(next, slash + 1, caught);
      if (!found && at.parameter && part !== '') {
        (this.#caught ??= [])[caught] = part;
        found = this.below(at.parameter, slash + 1, caught + 1);
      }
    }
    if (found || !at.rests.length) return found;
    (this.#caught ??= [])[caught] = from === 0 ? '' : path.slice(from);
    return this.among(at.rests);
  }

  /** What the parameters of the entry that was found have caught, unescaped. */
  paramsOf({ names }: Entry<R>): Readonly<Record<string, string>> {
    const caught = this.#caught;
    if (!caught || !names.length) return NO_PARAMS;
    const params: Record<string, string> = {};
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      const part = caught[at] as string;
      params[name] = name === '*' ? part : unescaped(part);
    }
    return params;
  }

  /** Only where a route asks for a host is it looked at. */
  #name(): string {
    return (this.#hostName ??= this.#host.replace(/:\d*$/, '').toLowerCase());
  }
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

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
