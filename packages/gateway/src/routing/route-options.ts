/** What a route can be told beside its path: which requests it wants, where they go, and how they are changed on the way. */

/** What a value must be: this text, or what the rule says of it. */
export type ValueRule =
  | string
  /** Begins with this. */
  | { readonly prefix: string }
  /** Is wholly matched by a regular expression; the time that takes grows with the length of the value alone. */
  | { readonly regex: string }
  | { readonly oneOf: readonly string[] }
  /** Is there, whatever it is. */
  | { readonly present: true }
  | { readonly absent: true };

/** What a request must have beside its host, path and method: all of it. */
export interface RouteMatch {
  /** By name, in any case; several lines of one name count as one value, with a comma between. */
  readonly headers?: Readonly<Record<string, ValueRule>>;
  /** By name, exactly; if a name comes several times, each of its values has to fit. */
  readonly query?: Readonly<Record<string, ValueRule>>;
  readonly cookies?: Readonly<Record<string, ValueRule>>;
}

/** How the query is changed; first taken out, then set, then added. */
export interface QueryEdit {
  /** Put in the place of all that the name has. */
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  /** Put behind what the name has. */
  readonly add?: Readonly<Record<string, string>>;
}

/** What an upstream is asked in the place of what the client asked. */
export interface Rewrite {
  /** The whole path: `/new/:id/*`, with what the route's own path has caught. */
  readonly path?: string;
  /** Goes before the path, once `stripPrefix` is taken away. */
  readonly prefix?: string;
  readonly query?: QueryEdit;
  /** The host that the upstream is told. */
  readonly host?: string;
}

/** An answer that sends the client somewhere else. */
export interface Redirect {
  /** `/new/:id/*` on the same host, or an address; `https://:host/*` is the host that was asked. */
  readonly to: string;
  /** @default 302 */
  readonly status?: 301 | 302 | 307 | 308;
  /** Whether the query goes along. @default true */
  readonly keepQuery?: boolean;
}

/** One of several upstreams of a route, and how much of the requests it gets, in relation to the others. */
export interface SplitTarget {
  readonly upstream: string;
  /** @default 1 */
  readonly weight?: number;
}

/** A second upstream that gets some of the requests. */
export interface Canary {
  readonly upstream: string;
  /** How many of the requests that nothing else decides. @default 0 */
  readonly percent?: number;
  /** The name of a header: with `always` a request goes there, with `never` it does not. */
  readonly header?: string;
  /** The name of a cookie, which says the same; the header goes before it. */
  readonly cookie?: string;
}

/** What tells clients apart, so that one that comes again goes where it went. Those without it go by chance. */
export type StickyBy =
  | 'address'
  | 'consumer'
  | { readonly header: string }
  | { readonly cookie: string };

/** What a route can be told beside its path, methods and plugins. */
export interface RouteOptions {
  /** Host names, or `*.example.com` for all below one. @default every host */
  readonly host?: string | readonly string[];
  /** What else a request must have. @default nothing */
  readonly match?: RouteMatch;
  /** Whether `/a/` is the same as `/a`. @default 'strict' */
  readonly trailingSlash?: 'strict' | 'ignore';
  /** Several upstreams in the place of one. */
  readonly split?: readonly SplitTarget[];
  /** A second upstream beside `upstream` or `split`. */
  readonly canary?: Canary;
  /** Keeps each client of `split` and `canary` with one upstream. @default by chance, request by request */
  readonly sticky?: StickyBy;
  /** The name of a handler that the gateway is given in code. */
  readonly handler?: string;
  readonly redirect?: Redirect;
  /** The beginning of the path that the upstream or the handler does not see. */
  readonly stripPrefix?: string;
  readonly rewrite?: Rewrite;
  /** How long a request may take from its head to the end of its answer. @default as long as it takes */
  readonly timeoutMs?: number;
  /** How large the body of a request may be. @default what the server allows */
  readonly maxBodyBytes?: number;
}
