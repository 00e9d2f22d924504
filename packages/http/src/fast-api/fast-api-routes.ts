/** FastApiRoutes: routes that belong together, as a class with a tag that is the beginning of their paths. */
import type { HttpContext } from '../context/context.ts';
import { type FastApiHandler, type PathAndHandler, RouteAdder } from './route-adder.ts';
import { pathOf } from './route-path.ts';

/** Routes that belong together. Their paths begin with the tag. */
export abstract class FastApiRoutes<Ctx extends HttpContext = HttpContext> extends RouteAdder<Ctx> {
  /** The beginning of the paths; empty for none. */
  abstract readonly tag: string;
  #to: RouteAdder<Ctx> | undefined;

  /** Adds the routes, with `addRouteGet` and its like. */
  abstract setupRoutes(): unknown;

  /** Adds the routes to an app. */
  addTo(app: RouteAdder<Ctx>): void {
    this.#to = app;
    this.setupRoutes();
  }

  addRoute(methods: readonly string[], ...route: PathAndHandler<Ctx>): this {
    const handler = route.at(-1) as FastApiHandler<Ctx>;
    const path = typeof route[0] === 'string' ? route[0] : pathOf(handler);
    const tag = this.tag.replace(/^\//, '');
    const prefix = tag && `/${tag}`;
    const given = route.length === 3 ? route[1] : {};
    // As they stand together in the code, so they do where routes are shown.
    const options = tag && !given.tags ? { ...given, tags: [tag] } : given;
    this.#to?.addRoute(methods, prefix + path, options, handler.bind(this));
    return this;
  }
}
