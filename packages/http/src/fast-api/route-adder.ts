/** RouteAdder: adds routes one method at a time, with a path that is given or made from the name of the function. */
import type { Answer } from '../answer.ts';
import type { HttpContext } from '../context.ts';

/** Answers a request of a FastApi. */
export type FastApiHandler<Ctx extends HttpContext = HttpContext> = (
  ctx: Ctx,
) => Answer | PromiseLike<Answer>;

/** A path with its handler, or a handler whose name makes the path. */
export type PathAndHandler<Ctx extends HttpContext> =
  | readonly [handler: FastApiHandler<Ctx>]
  | readonly [path: string, handler: FastApiHandler<Ctx>];

/** What routes can be added to. */
export abstract class RouteAdder<Ctx extends HttpContext> {
  /** Adds a route for methods; none: for all of them. */
  abstract addRoute(methods: readonly string[], ...route: PathAndHandler<Ctx>): this;

  addRouteGet(...route: PathAndHandler<Ctx>): this {
    return this.addRoute(['GET'], ...route);
  }

  addRoutePost(...route: PathAndHandler<Ctx>): this {
    return this.addRoute(['POST'], ...route);
  }

  addRoutePut(...route: PathAndHandler<Ctx>): this {
    return this.addRoute(['PUT'], ...route);
  }

  addRoutePatch(...route: PathAndHandler<Ctx>): this {
    return this.addRoute(['PATCH'], ...route);
  }

  addRouteDelete(...route: PathAndHandler<Ctx>): this {
    return this.addRoute(['DELETE'], ...route);
  }

  /** Adds a route for every method. */
  addRouteAny(...route: PathAndHandler<Ctx>): this {
    return this.addRoute([], ...route);
  }
}
