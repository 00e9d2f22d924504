/** PathTree: the paths of all routes of one host, segment by segment. */
import { RouteConflictError } from '../errors.ts';
import { parsePattern } from './path-pattern.ts';
import {
  compareEntries,
  coversEntry,
  entryOf,
  type RouteEntry,
  type RouteKey,
} from './route-entry.ts';
import type { RouteSearch } from './route-search.ts';

/** One step down the tree of all patterns. */
interface Node<R> {
  /** By their texts; most nodes lead to none. */
  texts: Map<string, Node<R>> | undefined;
  parameter: Node<R> | undefined;
  readonly ends: RouteEntry<R>[];
  readonly rests: RouteEntry<R>[];
}

const node = <R>(): Node<R> => ({
  texts: undefined,
  parameter: undefined,
  ends: [],
  rests: [],
});

/** The routes of one host. */
export class PathTree<R extends RouteKey> {
  readonly #root: Node<R> = node();
  /** Paths without parameters, which are the most specific of all, with the entries in their order. */
  readonly #exact = new Map<string, RouteEntry<R>[]>();

  /** @throws RouteConflictError if the route can never be reached, TypeError for a path that is no pattern */
  add(route: R): void {
    this.#add(route, route.path, false);
    if (route.trailingSlash !== 'ignore' || route.path === '/' || route.path.endsWith('*')) return;
    const { path } = route;
    this.#add(route, path.endsWith('/') ? path.slice(0, -1) : `${path}/`, true);
  }

  /** The first entry that fits, by the most specific path. */
  find(search: RouteSearch<R>): RouteEntry<R> | undefined {
    const { path } = search;
    const exact = this.#exact.get(path);
    return (exact && search.among(exact)) ?? this.#below(search, this.#root, path === '/' ? 0 : 1);
  }

  #add(route: R, path: string, isAlias: boolean): void {
    const entry = entryOf(route, parsePattern(path), isAlias);
    const list = this.#listOf(entry);
    const before = list.find((other) => coversEntry(other, entry));
    if (before) {
      throw new RouteConflictError(
        `Route "${route.name}" can never be reached: route "${before.route.name}" has the same path, host and method.`,
      );
    }
    list.push(entry);
    list.sort(compareEntries);
    if (entry.isExact) this.#exact.set(path, list);
  }

  /** The list in which all entries of one pattern stand. */
  #listOf({ pattern }: RouteEntry<R>): RouteEntry<R>[] {
    let at = this.#root;
    for (const segment of pattern.segments) {
      if (segment.kind === 'rest') return at.rests;
      if (segment.kind === 'parameter') at = at.parameter ??= node();
      else {
        const texts: Map<string, Node<R>> = (at.texts ??= new Map());
        const next = texts.get(segment.text) ?? node<R>();
        texts.set(segment.text, next);
        at = next;
      }
    }
    return at.ends;
  }

  /**
   * At each segment texts come before parameters, and both before what takes the rest. The segment begins at `from`, which is 0 behind the
   * last.
   */
  #below(search: RouteSearch<R>, at: Node<R>, from: number): RouteEntry<R> | undefined {
    const { path } = search;
    let found: RouteEntry<R> | undefined;
    if (from === 0) found = search.among(at.ends);
    else {
      const slash = path.indexOf('/', from);
      const part = slash < 0 ? path.slice(from) : path.slice(from, slash);
      const next = at.texts?.get(part);
      if (next) found = this.#below(search, next, slash + 1);
      if (!found && at.parameter && part !== '') {
        search.catch(part);
        found = this.#below(search, at.parameter, slash + 1) ?? search.release();
      }
    }
    if (found || !at.rests.length) return found;
    search.catch(from === 0 ? '' : path.slice(from));
    return search.among(at.rests) ?? search.release();
  }
}
