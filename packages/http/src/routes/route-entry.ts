/** RouteEntry: a route as the table keeps it, and which of two entries of one path is asked first. */
import type { PathPattern } from './path-pattern.ts';

/** What a route can look at in a request beside its host, path and method. */
export interface RequestFacts {
  readonly headers: { get(name: string): string | undefined };
  readonly query: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  /** Headers, in lower case, that a preflight says its request will have. */
  readonly announced?: ReadonlySet<string>;
}

/** What else a route asks of a request. */
export interface RouteConditions {
  /** How many there are: of two routes of one path, the one with more is asked first. */
  readonly count: number;
  /** The same text for the same conditions; routes that differ in nothing are refused by it. */
  readonly key: string;
  fits(request: RequestFacts): boolean;
}

/** What the table knows of a route. */
export interface RouteKey {
  readonly name: string;
  readonly path: string;
  /** HEAD comes with GET. @default every method */
  readonly methods?: readonly string[];
  /** Host names, or `*.example.com` for all below one. @default every host */
  readonly host?: string | readonly string[] | undefined;
  /** @default none */
  readonly conditions?: RouteConditions | undefined;
  /** Whether `/a/` is the same as `/a` to this route, unless another has exactly that path. @default 'strict' */
  readonly trailingSlash?: 'strict' | 'ignore' | undefined;
}

/** A route as the table keeps it. */
export interface RouteEntry<R> {
  readonly route: R;
  readonly pattern: PathPattern;
  readonly methods: ReadonlySet<string> | undefined;
  readonly conditions: RouteConditions | undefined;
  /** Whether it only stands where the slash at the end does not count. */
  readonly isAlias: boolean;
  /** Whether its path has no parameters. */
  readonly isExact: boolean;
  /** What the parameters are called, in their order; `*` is what takes the rest. */
  readonly names: readonly string[];
}

/** A route under one of its paths. */
export function entryOf<R extends RouteKey>(
  route: R,
  pattern: PathPattern,
  isAlias: boolean,
): RouteEntry<R> {
  const { segments } = pattern;
  return {
    route,
    pattern,
    methods: methodsOf(route),
    conditions: route.conditions?.count ? route.conditions : undefined,
    isAlias,
    isExact: segments.every(({ kind }) => kind === 'text'),
    names: segments.flatMap((segment) =>
      segment.kind === 'text' ? [] : [segment.kind === 'rest' ? '*' : segment.name],
    ),
  };
}

/** Below 0 if the first is asked before the second, of entries that have the same path and host. */
export function compareEntries<R>(one: RouteEntry<R>, other: RouteEntry<R>): number {
  return (
    Number(one.isAlias) - Number(other.isAlias) ||
    (other.conditions?.count ?? 0) - (one.conditions?.count ?? 0) ||
    Number(!one.methods) - Number(!other.methods)
  );
}

/** True if the earlier one answers all that the later one could. */
export function coversEntry<R>(earlier: RouteEntry<R>, later: RouteEntry<R>): boolean {
  if (earlier.isAlias || later.isAlias) return false;
  if (earlier.conditions?.key !== later.conditions?.key) return false;
  const { methods } = earlier;
  if (!methods || !later.methods) return methods === later.methods;
  return [...later.methods].every((method) => methods.has(method));
}

function methodsOf({ methods }: RouteKey): ReadonlySet<string> | undefined {
  if (!methods?.length) return undefined;
  const all = new Set(methods.map((method) => method.toUpperCase()));
  if (all.has('GET')) all.add('HEAD');
  return all;
}
