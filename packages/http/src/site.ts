/** Site: the routes of an app and of its groups, and how a request finds its way among them. */
import { type AnyMiddleware, compose } from '@interpose/kernel';
import type { FailureOptions, Run } from './answer/respond.ts';
import type { HttpContext, RequestContext } from './context/context.ts';
import type { HttpResponse } from './context/response.ts';
import { HttpError } from './errors.ts';
import { type Found, RouteTable } from './routes/route-table.ts';
import type { RouteOptions } from './validation/route-options.ts';

/** A route as it is listed. */
export interface RouteInfo {
  readonly name: string;
  /** None: every method. */
  readonly methods: readonly string[];
  readonly path: string;
  readonly host: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
  /** What it was added with. */
  readonly options: RouteOptions;
}

/** Options of `createApp`. */
export interface AppOptions extends FailureOptions {
  /** Whether `/a/` is the same as `/a`. @default 'strict' */
  readonly trailingSlash?: 'strict' | 'ignore';
  /**
   * Whether answers are checked by the schemas of their routes: with `true` one that is not valid becomes a 500, with `'log'` it is sent all
   * the same; `onError` is told what is wrong in either case. @default false
   */
  readonly validateResponses?: boolean | 'log';
}

/** A route that can be run. */
export interface Route extends RouteInfo {
  readonly run: Run;
}

/** What an app and its groups have in common. */
export class Site {
  readonly options: AppOptions;
  #routes: Route[] = [];
  /** Everything that stands before all routes; those that no route matches meet it, too. */
  readonly #outer: AnyMiddleware[] = [];
  #table: RouteTable<Route> | undefined;
  /** What stands before all routes, as one. */
  #refusing: ((ctx: HttpContext, next: never) => Answer) | undefined;
  /** The routes as they are listed, the same list until something changes. */
  #listed: readonly RouteInfo[] | undefined;

  constructor(options: AppOptions) {
    this.options = options;
  }

  /** Puts a middleware before all routes. */
  use(middleware: AnyMiddleware): void {
    this.#outer.push(middleware);
    this.#changed();
  }

  add(route: Route): void {
    this.#routes.push(route);
    this.#changed();
  }

  /** Takes out routes; tells how many there were. */
  remove(isMeant: (route: Route) => boolean): number {
    const kept = this.#routes.filter((route) => !isMeant(route));
    const removed = this.#routes.length - kept.length;
    this.#routes = kept;
    this.#changed();
    return removed;
  }

  /** The routes in the order in which they were added. */
  listed(): readonly RouteInfo[] {
    return (this.#listed ??= this.#routes.map(({ run: _, ...info }) => info));
  }

  /** The routes, ready to be found. @throws RouteConflictError if one can never be reached */
  table(): RouteTable<Route> {
    return (this.#table ??= new RouteTable(this.#routes));
  }

  /** Without the slash at its end, where that does not count. */
  plain(path: string): string {
    const isIgnored = this.options.trailingSlash === 'ignore';
    return isIgnored && path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  }

  /** Finds the route of a request and runs it. */
  readonly run: Run = (ctx) => {
    if (ctx.fault) return this.#refuse(ctx, undefined);
    const found = this.#find(ctx);
    if (found && !found.allow) {
      ctx.params = found.params;
      return found.route.run(ctx);
    }
    return this.#refuse(ctx, found?.allow);
  };

  /** Whether a route answers the request; OPTIONS are answered wherever there is one. */
  has(ctx: RequestContext): boolean {
    const found = ctx.fault ? undefined : this.#find(ctx);
    return found !== undefined && (!found.allow || ctx.method === 'OPTIONS');
  }

  #find({ method, path, headers }: RequestContext): Found<Route> | undefined {
    const table = this.table();
    const host = table.usesHosts ? (headers.get('host') ?? '') : '';
    return table.find({ method, path: this.plain(path), host });
  }

  /** What no route answers meets the middleware before all routes, and then is refused. */
  #refuse(ctx: RequestContext, allow: readonly string[] | undefined): Answer {
    ctx.allow = allow;
    if (!this.#outer.length) return refuse(ctx);
    // Composed once, and always in front of the same function, as it would be composed again for another.
    this.#refusing ??= compose<HttpContext, HttpResponse>(...this.#outer);
    return this.#refusing(ctx, refuse as never);
  }

  #changed(): void {
    this.#table = undefined;
    this.#listed = undefined;
    this.#refusing = undefined;
  }
}

type Answer = HttpResponse | PromiseLike<HttpResponse>;

function refuse(ctx: HttpContext): HttpResponse {
  const { fault, path, method } = ctx;
  const { allow } = ctx as RequestContext;
  if (fault) throw fault;
  if (!allow) throw new HttpError(404, `There is nothing at ${path}`);
  if (method === 'OPTIONS') return optionsOf(ctx, allow);
  throw new HttpError(405, `${method} is not one of the methods of this path`, {
    headers: { Allow: allow.join(', ') },
  });
}

function optionsOf({ response }: HttpContext, allow: readonly string[]): HttpResponse {
  response.status = 204;
  response.headers.set('Allow', [...allow, 'OPTIONS'].join(', '));
  return response;
}
