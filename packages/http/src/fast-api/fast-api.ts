/** FastApi: an app with the stack of the seed round it: detect disconnect, HTTP events, CORS, API key, handler. */
import { App, createApp, type HttpMiddleware, type RouteInfo } from '../app.ts';
import type { AppServer, ServeOptions } from '../app-server.ts';
import type { HttpContext } from '../context/context.ts';
import type { EventLog } from '../events/event-log.ts';
import { detectDisconnect, type DisconnectState } from '../middleware/detect-disconnect.ts';
import { httpEvents, type HttpEventsState } from '../middleware/http-events.ts';
import { unexpected } from '@interpose/kernel/options';
import { addAdminRoutes } from './admin-routes.ts';
import { openApi, type OpenApiResult } from '../openapi/open-api.ts';
import {
  apiDocument,
  documentOptions,
  documentRoutes,
  type DocumentSource,
  pathTest,
} from './api-document.ts';
import { addDefaultRoutes, OPEN_PATHS, type ServerFacts } from './default-routes.ts';
import { addStatic, type Defaults, defaultsOf } from './defaults.ts';
import { configOf, type FastApiConfig, type FastApiOptions } from './fast-api-options.ts';
import { type FastApiHandler, type PathAndHandler, RouteAdder } from './route-adder.ts';
import { pathOf, patternOf } from './route-path.ts';
import { explained, listed, type StackEntry, type UserMiddleware } from './stack.ts';

export type { CookieTemplate, CookieTemplateEntry } from './admin-cookies.ts';
export type { AdminOptions } from './admin-routes.ts';
export type { FastApiConfig, FastApiOptions } from './fast-api-options.ts';
export { FastApiRoutes } from './fast-api-routes.ts';
export type { AddFastApiRoute, FastApiHandler, PathAndHandler } from './route-adder.ts';
export { pathFromName, routePath } from './route-path.ts';
export { RegistryRoutes } from './registry-routes.ts';
export {
  type ServiceConfig,
  type ServiceHealth,
  type ServiceInfo,
  ServiceRegistry,
} from './service-registry.ts';
export type { UserMiddleware } from './stack.ts';

/** What a handler of a FastApi is given. */
export type FastApiContext = HttpContext & { readonly state: DisconnectState & HttpEventsState };

/** How a middleware is added. */
export interface UseOptions {
  /** With what it was made, for those who look at the stack. @default {} */
  readonly params?: Readonly<Record<string, unknown>>;
  /**
   * For one that is added before `setup()`: outside of the defaults, or between them and the handler. In `setupMiddlewares` the order of the
   * calls says it. @default 'inside'
   */
  readonly position?: 'inside' | 'outside';
}

/** Which routes are listed. */
export interface RouteListOptions {
  /** Whether those that every FastApi has are among them. @default false */
  readonly includeDefault?: boolean;
  /** Whether those of other apps that are mounted are. @default false */
  readonly expandMounts?: boolean;
}

/** Routes that belong together and know how to add themselves; a `FastApiRoutes` is one. */
export interface RoutesOfFastApi {
  addTo(app: RouteAdder<FastApiContext>): void;
}

/** Another app below a path. */
interface Mount {
  readonly path: string;
  readonly app: FastApi | App;
  /** Its routes as they are seen from here. */
  readonly seen: WeakMap<RouteInfo, RouteInfo>;
}

/** A FastApi that is not set up yet; call `setup()`. */
export function createFastApi(options: FastApiOptions = {}): FastApi {
  return new FastApi(options);
}

/** An app with the seed's stack. Derive from it and override `setupMiddlewares` or `setupRoutes` to add to it. */
export class FastApi extends RouteAdder<FastApiContext> {
  readonly config: FastApiConfig;
  readonly instanceId: string = crypto.randomUUID();
  readonly bootTime: number;
  readonly #bootMs: number;
  readonly #app: App<FastApiContext>;
  readonly #stack: StackEntry[] = [];
  readonly #queued: (() => void)[] = [];
  readonly #mounts: Mount[] = [];
  readonly #outside: (() => void)[] = [];
  readonly #inside: (() => void)[] = [];
  readonly #defaults: Defaults;
  readonly #document = apiDocument(() => this.#documentSource());
  #origin = 'added in setupMiddlewares';
  #state: 'new' | 'in setup' | 'ready' = 'new';

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: FastApiOptions = {}) {
    super();
    this.config = configOf(options);
    const { clock, showErrors, app } = this.config;
    this.bootTime = clock.wall();
    this.#bootMs = clock.now();
    const tellError = (error: unknown): Readonly<Record<string, unknown>> => ({
      detail: 'An unexpected error occurred.',
      ...(showErrors && error instanceof Error
        ? { error: error.message, stack_trace: error.stack }
        : {}),
    });
    this.#app = createApp({
      ...app,
      problems: { unexpected: tellError, ...app.problems },
    }) as unknown as App<FastApiContext>;
    this.#defaults = defaultsOf(this.config);
  }

  // Setup.

  /** Builds everything; a second call does nothing. */
  setup(): this {
    if (this.#state !== 'new') return this;
    this.#state = 'in setup';
    for (const add of this.#outside) add();
    this.setupMiddlewares();
    for (const add of this.#inside) add();
    if (this.config.skipAbandoned) {
      this.#origin = 'default, before the handler';
      this.#put('detectDisconnect', detectDisconnect({ skipAbandoned: true }), {
        skipAbandoned: true,
      });
    }
    this.#state = 'ready';
    this.#addDefaults();
    this.setupRoutes();
    for (const add of this.#queued.splice(0)) add();
    for (const warning of this.warnings) this.config.onWarning(warning);
    return this;
  }

  /**
   * Adds the defaults. Override it to add more: what comes before `super.setupMiddlewares()` stands outside of the defaults, what comes after
   * it between them and the handler.
   */
  protected setupMiddlewares(): void {
    const { cors, apiKey } = this.#defaults;
    const { skipAbandoned } = this.config;
    const before = this.#origin;
    this.#origin = 'default';
    this.#put('detectDisconnect', detectDisconnect({ skipAbandoned }), { skipAbandoned });
    this.#put('httpEvents', httpEvents(this.events), { ...this.config.events });
    if (cors) this.#put('cors', cors, { ...this.config.cors });
    if (apiKey) this.#put('apiKey', apiKey, { ...this.config.apiKey, name: apiKey.keyName });
    this.#origin = before;
  }

  /** Override it to add routes. */
  protected setupRoutes(): void {}

  /**
   * Adds a middleware, in `setupMiddlewares` or before `setup()`: of several, the first is the outermost.
   *
   * @throws Error when it is set up already, as routes that are there would go without it
   */
  useMiddleware<Out extends HttpContext = FastApiContext>(
    middleware: HttpMiddleware<FastApiContext, Out>,
    { params = {}, position = 'inside' }: UseOptions = {},
  ): this {
    const add = (): void => this.#put('function', middleware, params);
    if (this.#state === 'in setup') add();
    else if (this.#state === 'new')
      (position === 'inside' ? this.#inside : this.#outside).push(add);
    else throw new Error('Add middleware in setupMiddlewares() or before setup(); now it is late.');
    return this;
  }

  // Looking at it.

  /** The app itself. */
  get app(): App<FastApiContext> {
    if (this.#state === 'new') throw new Error('Call setup() before using the app.');
    return this.#app;
  }

  /** The events of recent requests. */
  get events(): EventLog {
    return this.#defaults.events;
  }

  /** What should not go into production. */
  get warnings(): readonly string[] {
    return this.#defaults.warnings;
  }

  /** The middleware in their order, as a list. */
  userMiddlewares(includeParams = true): readonly UserMiddleware[] {
    return listed(this.#stack, includeParams);
  }

  /** The middleware in their order, in words. */
  explain(): string {
    return explained(this.#stack);
  }

  routes({
    includeDefault = false,
    expandMounts = false,
  }: RouteListOptions = {}): readonly RouteInfo[] {
    const own = this.#app.routes().filter(({ meta }) => includeDefault || !meta['isDefault']);
    if (!expandMounts) return own;
    const below = this.#mounts.flatMap(({ path, app, seen }) => {
      const inner =
        app instanceof FastApi ? app.routes({ includeDefault, expandMounts }) : app.routes();
      return inner.map((route) => {
        const here = seen.get(route) ?? { ...route, path: pathBelow(path, route.path) };
        seen.set(route, here);
        return here;
      });
    });
    const mounted = new Set(this.#mounts.map(({ path }) => patternBelow(path)));
    return [...own.filter(({ path }) => !mounted.has(path)), ...below];
  }

  /** The paths of the routes, in order, each once. */
  routesPaths(options?: RouteListOptions): readonly string[] {
    return [...new Set(this.routes(options).map(({ path }) => path))].toSorted();
  }

  /** The names of the routes' handlers. */
  routesMethods(options?: RouteListOptions): readonly string[] {
    return this.routes(options).map(({ name }) => name);
  }

  /** The OpenAPI document of all routes, those of mounted apps included, and what it could not tell. */
  openApi(): OpenApiResult {
    const source = this.#documentSource();
    return openApi({ routes: documentRoutes(source) }, documentOptions(source));
  }

  // Routes.

  /**
   * Adds a route for methods; none: for all of them. Its path is the one that is given or the one that the name of the function makes; `{id}`
   * in it is the same as `:id`. Before `setup()` it is kept until then.
   */
  addRoute(methods: readonly string[], ...route: PathAndHandler<FastApiContext>): this {
    const run = route.at(-1) as FastApiHandler<FastApiContext>;
    if (typeof run !== 'function') throw unexpected('handler', 'a function', run);
    const pattern = patternOf(typeof route[0] === 'string' ? route[0] : pathOf(run));
    const name = run.name.replace(/^bound /, '');
    const options = { ...(name && { name }), ...(route.length === 3 && route[1]) };
    return this.#later(() => {
      this.#app.on(methods, pattern, options, run as never);
    });
  }

  /** Adds the routes of a class. */
  addRoutes(routes: RoutesOfFastApi | (new () => RoutesOfFastApi)): this {
    const made = typeof routes === 'function' ? new routes() : routes;
    made.addTo(this);
    return this;
  }

  /** Takes out the routes of a path, or those of them that have the method; tells whether there were any. */
  routeRemove(path: string, method?: string): boolean {
    return this.#app.remove(patternOf(path), method) > 0;
  }

  /** Hands everything at or below a path to another app. */
  mount(path: string, app: FastApi | App): this {
    return this.#later(() => {
      this.#mounts.push({ path, app, seen: new WeakMap() });
      this.#app.mount(path, {
        run: (ctx) => appOf(app).run(ctx),
        get failures() {
          return appOf(app).failures;
        },
      });
    });
  }

  /** Puts this app on another one, at its `basePath`. */
  mountOn(parent: FastApi): this {
    parent.mount(this.config.basePath, this);
    return this;
  }

  // Serving.

  /** Answers a request of the web. What the host hands over beside it tells the address of the client. */
  fetch(request: Request, beside?: unknown): Promise<Response> {
    return this.app.fetch(request, beside);
  }

  /** Listens. */
  serve(options?: ServeOptions): Promise<AppServer> {
    return this.app.serve(options);
  }

  #later(add: () => void): this {
    if (this.#state === 'ready') add();
    else this.#queued.push(add);
    return this;
  }

  #put(type: string, run: unknown, params: Readonly<Record<string, unknown>>): void {
    const middleware = run as HttpMiddleware<FastApiContext>;
    this.#stack.push({ run: middleware, type, origin: this.#origin, params });
    this.#app.use(middleware);
  }

  #addDefaults(): void {
    const { defaultRoutes, addAdmin, admin, staticFolder, enableApiKey } = this.config;
    const facts = this.#facts();
    if (defaultRoutes) addDefaultRoutes(this.#app, facts);
    if (addAdmin) {
      const { clock } = this.config;
      const more = {
        uptimeMs: () => clock.now() - this.#bootMs,
        nowMs: () => clock.wall(),
        hasStaticFiles: staticFolder !== undefined,
        hasDefaultRoutes: defaultRoutes,
        middlewares: () => this.userMiddlewares(),
      };
      addAdminRoutes(this.#app, { ...facts, ...more }, admin);
    }
    if (staticFolder !== undefined) addStatic(this.#app, staticFolder, !enableApiKey);
  }

  #facts(): ServerFacts {
    const { name, version, description, serverId, environment } = this.config;
    return {
      name,
      version,
      description,
      serverId,
      serverName: environment['FAST_API__SERVER_NAME'] ?? name,
      instanceId: this.instanceId,
      bootTime: this.bootTime,
      cookieName: () =>
        this.#defaults.apiKey?.keyName ??
        (environment['FAST_API__AUTH__API_KEY__NAME'] || undefined),
      routes: () => this.routes({ includeDefault: true }),
      document: this.#document,
    };
  }

  #documentSource(): DocumentSource {
    const { apiKey: key } = this.#defaults;
    return {
      ...this.config,
      keyName: key?.keyName,
      isOpen: pathTest([...OPEN_PATHS, ...(this.config.apiKey.exclude ?? [])]),
      routes: () => this.routes({ includeDefault: true, expandMounts: true }),
    };
  }
}

const appOf = (app: FastApi | App): Pick<App, 'run' | 'failures'> =>
  app instanceof FastApi ? app.app : app;

const pathBelow = (path: string, inner: string): string =>
  (path === '/' ? '' : path) + (inner === '/' && path !== '/' ? '' : inner);

const patternBelow = (path: string): string => `${path === '/' ? '' : path}/*`;
