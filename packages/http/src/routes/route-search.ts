/** RouteSearch: one search of a table, and what is met on the way. */
import { unescaped } from './path-pattern.ts';
import type { RequestFacts, RouteEntry } from './route-entry.ts';

/** What the table looks for. */
export interface Wanted {
  readonly method: string;
  readonly path: string;
  /** The Host header, perhaps with a port. */
  readonly host: string;
  /** What routes with conditions look at; without it none of them fits. */
  readonly request?: RequestFacts;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** One search: the first entry that fits, and what was met on the way. */
export class RouteSearch<R> {
  readonly path: string;
  /** The methods of the routes that fit but for theirs. */
  allow: Set<string> | undefined;
  /** The first of them. */
  nearest: RouteEntry<R> | undefined;
  readonly #method: string;
  readonly #request: RequestFacts | undefined;
  /** What the parameters on the way have caught. */
  #caught: string[] | undefined;

  constructor({ method, path, request }: Wanted) {
    this.#method = method;
    this.path = path;
    this.#request = request;
  }

  /** Takes down what a parameter catches, as it came. */
  catch(part: string): void {
    (this.#caught ??= []).push(part);
  }

  /** Forgets what was caught last, as that way leads nowhere. */
  release(): undefined {
    this.#caught?.pop();
  }

  /** The first of the entries whose method and conditions fit. */
  among(entries: readonly RouteEntry<R>[]): RouteEntry<R> | undefined {
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at] as RouteEntry<R>;
      const { methods, conditions } = entry;
      if (conditions && !(this.#request && conditions.fits(this.#request))) continue;
      if (!methods || methods.has(this.#method)) return entry;
      this.nearest ??= entry;
      this.allow ??= new Set();
      for (const allowed of methods) this.allow.add(allowed);
    }
    return undefined;
  }

  /** What the parameters of the entry that was found have caught, unescaped. */
  paramsOf({ names }: RouteEntry<R>): Readonly<Record<string, string>> {
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
}
