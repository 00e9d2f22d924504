/** createApp: middleware and routes as one thing that answers requests. */
import {
  type AnyMiddleware,
  compose,
  extend,
  isThenable,
  type Middleware,
  when,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Exchange } from '@interpose/wire';
import type { HttpContext, RequestContext } from './context/context.ts';
import { answerFetch } from './answer/fetch.ts';
import type { AppServer, ServeOptions } from './app-server.ts';
import { answerOf, type FailureOptions, respond, type Run } from './answer/respond.ts';
import { PROBLEM_NAMES } from './answer/problem.ts';
import type { HttpResponse } from './context/response.ts';
import {
  type AddRoute,
  type MaybeSchema,
  type RouteContext,
  type RouteHandler,
  type RouteOptions,
  routeParts,
  type RouteRest,
  type ValidContext,
} from './validation/route-options.ts';
import { routeRun } from './route-run.ts';
import { matches, parsePattern } from './routes/path-pattern.ts';
import { type AppOptions, type RouteInfo, Site } from './site.ts';

export type { AppOptions, RouteInfo } from './site.ts';

/** A middleware of an app: what it returns is the answer. */
export type HttpMiddleware<In = HttpContext, Out = In> = Middleware<In, HttpResponse, Out>;

const NAMES: readonly (keyof AppOptions)[] = [
  'problems',
  'onError',
  'trailingSlash',
  'validateResponses',
];

/**
 * An app without routes.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp()
 *   .get('/hello/:name', (ctx) => `Hello, ${ctx.params.name}`);
 * await app.serve({ port: 8080 });
 */
export function createApp(options: AppOptions = {}): App {
  checkNames('createApp', options, NAMES);
  checkNames('createApp', options.problems ?? {}, PROBLEM_NAMES);
  const { validateResponses = false, trailingSlash = 'strict' } = options;
  if (trailingSlash !== 'strict' && trailingSlash !== 'ignore') {
    throw unexpected('trailingSlash', "'strict' or 'ignore'", trailingSlash);
  }
  if (![true, false, 'log'].includes(validateResponses)) {
    throw unexpected('validateResponses', "true, false or 'log'", validateResponses);
  }
  return new App(new Site(options), '', []);
}

/** What can be mounted: another app, or a function of the web. */
export type Mountable =
  | Pick<App, 'run' | 'failures'>
  | ((request: Request) => Response | PromiseLike<Response>);

/** Middleware and routes. What is used stands before the routes that come after it. */
export class App<Ctx extends HttpContext = HttpContext> {
  readonly #site: Site;
  readonly #prefix: string;
  readonly #middleware: AnyMiddleware[];
  /** Finds the route of a request and runs it. */
  readonly run: Run;
  /** Answers a request of `wire`. */
  readonly handle: (exchange: Exchange) => void;
  /**
   * Answers a request of the web. What Bun, Deno and Hono on Node hand over beside it tells the address of the client; anything else there is
   * ignored.
   */
  readonly fetch: (request: Request, beside?: unknown) => Promise<Response>;
  /** Adds a route for GET, which answers HEAD as well: a path, its options if there are any, a handler. */
  readonly get: AddRoute<Ctx, this> = this.#adding('GET');
  readonly post: AddRoute<Ctx, this> = this.#adding('POST');
  readonly put: AddRoute<Ctx, this> = this.#adding('PUT');
  readonly patch: AddRoute<Ctx, this> = this.#adding('PATCH');
  readonly delete: AddRoute<Ctx, this> = this.#adding('DELETE');
  /** Adds a route for every method. */
  readonly all: AddRoute<Ctx, this> = this.#adding();

  constructor(site: Site, prefix: string, middleware: AnyMiddleware[]) {
    this.#site = site;
    this.#prefix = prefix;
    this.#middleware = middleware;
    this.run = site.run;
    this.handle = (exchange) => respond(exchange, this.run, site.options);
    this.fetch = (request, beside) =>
      answerFetch(request, this.run, beside ? { ...site.options, beside } : site.options);
  }

  /** Puts a middleware before all routes that come after it. */
  use<Out extends HttpContext = Ctx>(middleware: HttpMiddleware<Ctx, Out>): App<Ctx & Out> {
    this.#middleware.push(middleware);
    this.#site.use(this.#prefix === '' ? middleware : below(this.#prefix, middleware));
    return this as unknown as App<Ctx & Out>;
  }

  /** Puts a middleware before what comes after it and lies at or below a path. */
  useAt(path: string, middleware: HttpMiddleware<Ctx>): this {
    const limited = below(joined(this.#prefix, path), middleware);
    this.#middleware.push(limited);
    this.#site.use(limited);
    return this;
  }

  /** Adds a route for methods; none: for all. GET answers HEAD as well. */
  on<Path extends string>(
    methods: readonly string[],
    path: Path,
    handler: RouteHandler<RouteContext<Ctx, Path>>,
  ): this;
  on<
    Path extends string,
    Body extends MaybeSchema = undefined,
    Query extends MaybeSchema = undefined,
    Params extends MaybeSchema = undefined,
    Headers extends MaybeSchema = undefined,
  >(
    methods: readonly string[],
    path: Path,
    options: RouteOptions<Body, Query, Params, Headers>,
    handler: RouteHandler<
      ValidContext<Ctx, Path, { body: Body; query: Query; params: Params; headers: Headers }>
    >,
  ): this;
  on(methods: readonly string[], path: string, ...rest: RouteRest): this {
    const full = this.#site.plain(joined(this.#prefix, path));
    parsePattern(full);
    const called = `${methods.join(',') || '*'} ${full}`;
    const { options, handler } = routeParts(called, rest);
    const run = routeRun(handler, options, this.#site.options);
    const composed = compose<HttpContext, HttpResponse>(...this.#middleware);
    this.#site.add({
      name: options.name ?? called,
      methods,
      path: full,
      host: options.host,
      meta: options.meta ?? {},
      options,
      run: this.#middleware.length ? (ctx) => composed(ctx, run as never) : run,
    });
    return this;
  }

  /** Adds routes below a path, with middleware of their own. */
  group(prefix: string, add: (group: App<Ctx>) => unknown): this {
    add(new App<Ctx>(this.#site, joined(this.#prefix, prefix), [...this.#middleware]));
    return this;
  }

  /**
   * Hands everything at or below a path to another app or to a function of the web, which see the path without it. The app answers in the
   * context of the request, its own failures included; the function knows what a request of the web says.
   */
  mount(path: string, target: Mountable): this {
    // What lies there describes itself.
    const options = { meta: { hidden: true } };
    return this.all(joined(path, '/*'), options, (ctx) => {
      const { '*': rest } = ctx.params as Readonly<Record<string, string>>;
      const own = ctx as unknown as RequestContext;
      if (typeof target === 'function') return target(own.webRequest(`/${rest}`));
      return answerBelow(own, `/${rest}`, target);
    });
  }

  /** The routes in the order in which they were added; of a group, those below its path. */
  routes(): readonly RouteInfo[] {
    const all = this.#site.listed();
    const prefix = this.#prefix;
    if (prefix === '' || prefix === '/') return all;
    return all.filter(({ path }) => path === prefix || path.startsWith(`${prefix}/`));
  }

  /** Takes out the routes of a path, or those of them that have the method; tells how many there were. */
  remove(path: string, method?: string): number {
    const full = this.#site.plain(joined(this.#prefix, path));
    return this.#site.remove(
      (route) => route.path === full && (method === undefined || route.methods.includes(method)),
    );
  }

  /**
   * Listens.
   *
   * @throws RouteConflictError if a route can never be reached, ListenFailedError if the address cannot be had
   */
  async serve(options: ServeOptions = {}): Promise<AppServer> {
    // A route that nobody could reach is a mistake to be told now, and not to whoever asks first.
    this.#site.table();
    // Loaded when it is needed, as hosts that speak fetch have no sockets.
    const { startServer } = await import('./app-server.ts');
    return startServer(this.handle, options);
  }

  /** Whether a route answers the request; OPTIONS are answered wherever there is one. */
  has(ctx: RequestContext): boolean {
    return this.#site.has(ctx);
  }

  /** How its failures are told. */
  get failures(): FailureOptions {
    return this.#site.options;
  }

  #adding(...methods: readonly string[]): AddRoute<Ctx, this> {
    return (path: string, ...rest: unknown[]) => this.on(methods, path, ...(rest as [never]));
  }
}

function below(path: string, middleware: AnyMiddleware): AnyMiddleware {
  const pattern = parsePattern(joined(path, '/*'));
  return when((ctx: HttpContext) => matches(pattern, ctx.path), middleware) as AnyMiddleware;
}

function joined(prefix: string, path: string): string {
  if (path === '/' && prefix) return prefix;
  return prefix.endsWith('/') ? prefix.slice(0, -1) + path : prefix + path;
}

/** The answer of another app, which sees the request at another path. */
function answerBelow(
  ctx: RequestContext,
  path: string,
  { run, failures }: Pick<App, 'run' | 'failures'>,
): HttpResponse | PromiseLike<HttpResponse> {
  const seen = extend(ctx, { path });
  const answered = answerOf(seen, run, failures);
  return isThenable(answered) ? answered.then(() => seen.response) : seen.response;
}
