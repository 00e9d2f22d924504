/** createApp: middleware and routes as one thing that answers requests. */
import { type AnyMiddleware, compose, isThenable, type Middleware } from '@interpose/kernel';
import type { Exchange } from '@interpose/wire';
import { type Answer, answerWith } from './answer.ts';
import type { HttpContext, RequestContext } from './context.ts';
import { HttpError } from './errors.ts';
import { answerFetch } from './fetch.ts';
import type { AppServer, ServeOptions } from './app-server.ts';
import type { PathParams } from './path-params.ts';
import { type FailureOptions, respond, type Run } from './respond.ts';
import type { HttpResponse } from './response.ts';
import { matches, parsePattern } from './routes/path-pattern.ts';
import { RouteTable } from './routes/route-table.ts';

/** Answers a request. */
export type RouteHandler<Ctx> = (ctx: Ctx) => Answer | PromiseLike<Answer>;

/** A middleware of an app: what it returns is the answer. */
export type HttpMiddleware<In = HttpContext, Out = In> = Middleware<In, HttpResponse, Out>;

/** The context that a route's handler is given. */
export type RouteContext<Ctx, Path extends string> = Omit<Ctx, 'params'> & {
  readonly params: PathParams<Path>;
};

/** What a route is registered with, besides its path and its handler. */
export interface RouteOptions {
  /** Shown where routes are listed. @default the methods and the path */
  readonly name?: string;
  /** @default every host */
  readonly host?: string;
  /** What describes the route to people and programs, such as the generator of OpenAPI documents. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A route as it is listed. */
export interface RouteInfo {
  readonly name: string;
  /** None: every method. */
  readonly methods: readonly string[];
  readonly path: string;
  readonly host: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Options of `createApp`. */
export interface AppOptions extends FailureOptions {
  /** Whether `/a/` is the same as `/a`. @default 'strict' */
  readonly trailingSlash?: 'strict' | 'ignore';
}

interface Route extends RouteInfo {
  readonly run: Run;
}

/** What an app and its groups have in common. */
interface Site {
  readonly options: AppOptions;
  readonly routes: Route[];
  /** Everything that stands before all routes; those that no route matches meet it, too. */
  readonly outer: AnyMiddleware[];
  table: RouteTable<Route> | undefined;
}

/**
 * An app without routes.
 *
 * @example
 * const app = createApp()
 *   .get('/hello/:name', (ctx) => `Hello, ${ctx.params.name}`);
 * await app.serve({ port: 8080 });
 */
export function createApp(options: AppOptions = {}): App {
  return new App({ options, routes: [], outer: [], table: undefined }, '', []);
}

/** Middleware and routes. What is used stands before the routes that come after it. */
export class App<Ctx extends HttpContext = HttpContext> {
  readonly #site: Site;
  readonly #prefix: string;
  readonly #middleware: AnyMiddleware[];
  /** Answers a request of `wire`. */
  readonly handle: (exchange: Exchange) => void;
  /** Answers a request of the web. */
  readonly fetch: (request: Request) => Promise<Response>;

  constructor(site: Site, prefix: string, middleware: AnyMiddleware[]) {
    this.#site = site;
    this.#prefix = prefix;
    this.#middleware = middleware;
    this.handle = (exchange) => respond(exchange, this.run, site.options);
    this.fetch = (request) => answerFetch(request, this.run, site.options);
  }

  /** Puts a middleware before all routes that come after it. */
  use<Out extends HttpContext = Ctx>(middleware: HttpMiddleware<Ctx, Out>): App<Ctx & Out> {
    this.#middleware.push(middleware);
    if (this.#prefix === '') this.#site.outer.push(middleware);
    else this.#site.outer.push(below(this.#prefix, middleware));
    this.#changed();
    return this as unknown as App<Ctx & Out>;
  }

  /** Puts a middleware before what comes after it and lies at or below a path. */
  useAt(path: string, middleware: HttpMiddleware<Ctx>): this {
    const limited = below(this.#prefix + path, middleware);
    this.#middleware.push(limited);
    this.#site.outer.push(limited);
    this.#changed();
    return this;
  }

  /** Adds a route for methods; none: for all. GET answers HEAD as well. */
  on<Path extends string>(
    methods: readonly string[],
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options: RouteOptions = {},
  ): this {
    const full = joined(this.#prefix, path);
    const own = options.name ?? `${methods.join(',') || '*'} ${full}`;
    const terminal = terminalOf(handler as RouteHandler<HttpContext>);
    const composed = compose<HttpContext, HttpResponse>(...this.#middleware);
    this.#site.routes.push({
      name: own,
      methods,
      path: full,
      host: options.host,
      meta: options.meta ?? {},
      run: this.#middleware.length ? (ctx) => composed(ctx, terminal as never) : terminal,
    });
    this.#changed();
    return this;
  }

  get<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on(['GET'], path, handler, options);
  }

  post<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on(['POST'], path, handler, options);
  }

  put<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on(['PUT'], path, handler, options);
  }

  patch<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on(['PATCH'], path, handler, options);
  }

  delete<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on(['DELETE'], path, handler, options);
  }

  /** Adds a route for every method. */
  all<Path extends string>(
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
    options?: RouteOptions,
  ): this {
    return this.on([], path, handler, options);
  }

  /** Adds routes below a path, with middleware of their own. */
  group(prefix: string, add: (group: App<Ctx>) => unknown): this {
    add(new App<Ctx>(this.#site, joined(this.#prefix, prefix), [...this.#middleware]));
    return this;
  }

  /** Hands everything at or below a path to a function of the web, which sees the path without it. */
  mount(path: string, fetch: (request: Request) => Response | PromiseLike<Response>): this {
    const below = joined(this.#prefix, path);
    return this.all(joined(path, '/*'), (ctx) =>
      fetch((ctx as unknown as RequestContext).webRequest(below)),
    );
  }

  /** The routes in the order in which they were added. */
  routes(): readonly RouteInfo[] {
    return this.#site.routes.map(({ run: _, ...info }) => info);
  }

  /** Takes out the routes of a path, or those of them that have the method; tells how many there were. */
  remove(path: string, method?: string): number {
    const { routes } = this.#site;
    const full = joined(this.#prefix, path);
    const isMeant = (route: Route): boolean =>
      route.path === full && (method === undefined || route.methods.includes(method));
    const kept = routes.filter((route) => !isMeant(route));
    const removed = routes.length - kept.length;
    routes.splice(0, routes.length, ...kept);
    this.#changed();
    return removed;
  }

  /** Listens. */
  async serve(options: ServeOptions = {}): Promise<AppServer> {
    // Loaded when it is needed, as hosts that speak fetch have no sockets.
    const { startServer } = await import('./app-server.ts');
    return startServer(this.handle, options);
  }

  /** Finds the route of a request and runs it. */
  readonly run: Run = (ctx) => {
    if (ctx.fault) return this.#refuse(ctx, undefined);
    const site = this.#site;
    const table = (site.table ??= new RouteTable(this.#runnable()));
    const { method } = ctx;
    const found = table.find({
      method,
      path: this.#pathOf(ctx),
      host: ctx.headers.get('host') ?? '',
    });
    if (found && !found.allow) {
      ctx.params = found.params;
      return found.route.run(ctx);
    }
    return this.#refuse(ctx, found?.allow);
  };

  #runnable(): Route[] {
    return this.#site.routes;
  }

  #pathOf({ path }: RequestContext): string {
    const isIgnored = this.#site.options.trailingSlash === 'ignore';
    return isIgnored && path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  }

  /** What no route answers meets the middleware before all routes, and then is refused. */
  #refuse(
    ctx: RequestContext,
    allow: readonly string[] | undefined,
  ): HttpResponse | PromiseLike<HttpResponse> {
    const terminal = (own: HttpContext): HttpResponse => {
      if (own.fault) throw own.fault;
      if (!allow) throw new HttpError(404, `There is nothing at ${own.path}`);
      if (own.method === 'OPTIONS') return optionsOf(own, allow);
      throw new HttpError(405, `${own.method} is not one of the methods of this path`, {
        headers: { Allow: allow.join(', ') },
      });
    };
    const { outer } = this.#site;
    if (!outer.length) return terminal(ctx);
    return compose<HttpContext, HttpResponse>(...outer)(ctx, terminal as never);
  }

  #changed(): void {
    this.#site.table = undefined;
  }
}

function terminalOf(handler: RouteHandler<HttpContext>): Run {
  return (ctx) => {
    const value = handler(ctx);
    return isThenable(value)
      ? value.then((answer) => answerWith(ctx, answer as Answer))
      : answerWith(ctx, value);
  };
}

function below(path: string, middleware: AnyMiddleware): AnyMiddleware {
  const pattern = parsePattern(joined(path, '/*'));
  const limited = (ctx: HttpContext, next: (ctx: HttpContext) => unknown): unknown =>
    matches(pattern, ctx.path) ? middleware(ctx, next) : next(ctx);
  return Object.defineProperty(limited, 'name', { value: middleware.name });
}

function joined(prefix: string, path: string): string {
  if (path === '/' && prefix) return prefix;
  return prefix.endsWith('/') ? prefix.slice(0, -1) + path : prefix + path;
}

function optionsOf({ response }: HttpContext, allow: readonly string[]): HttpResponse {
  response.status = 204;
  response.headers.set('Allow', [...allow, 'OPTIONS'].join(', '));
  return response;
}
