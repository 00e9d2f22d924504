/** RouteAdder: adds routes one method at a time, with a path that is given or made from the name of the function. */
import type { Answer } from '../answer/answer.ts';
import type { HttpContext } from '../context/context.ts';
import type { MaybeSchema, RouteOptions, WithValid } from '../validation/route-options.ts';

/** Answers a request of a FastApi. */
export type FastApiHandler<Ctx extends HttpContext = HttpContext> = (
  ctx: Ctx,
) => Answer | PromiseLike<Answer>;

/** A path with its handler, with options between them if there are any, or a handler whose name makes the path. */
export type PathAndHandler<Ctx extends HttpContext> =
  | readonly [handler: FastApiHandler<Ctx>]
  | readonly [path: string, handler: FastApiHandler<Ctx>]
  | readonly [path: string, options: RouteOptions, handler: FastApiHandler<Ctx>];

/** Adds a route, and gives what it was added to. */
export interface AddFastApiRoute<Ctx extends HttpContext, Self> {
  (handler: FastApiHandler<Ctx>): Self;
  (path: string, handler: FastApiHandler<Ctx>): Self;
  <
    Body extends MaybeSchema = undefined,
    Query extends MaybeSchema = undefined,
    Params extends MaybeSchema = undefined,
    Headers extends MaybeSchema = undefined,
  >(
    path: string,
    options: RouteOptions<Body, Query, Params, Headers>,
    handler: FastApiHandler<
      Ctx & WithValid<{ body: Body; query: Query; params: Params; headers: Headers }>
    >,
  ): Self;
}

/** What routes can be added to. */
export abstract class RouteAdder<Ctx extends HttpContext> {
  readonly addRouteGet: AddFastApiRoute<Ctx, this> = this.#adding('GET');
  readonly addRoutePost: AddFastApiRoute<Ctx, this> = this.#adding('POST');
  readonly addRoutePut: AddFastApiRoute<Ctx, this> = this.#adding('PUT');
  readonly addRoutePatch: AddFastApiRoute<Ctx, this> = this.#adding('PATCH');
  readonly addRouteDelete: AddFastApiRoute<Ctx, this> = this.#adding('DELETE');
  /** Adds a route for every method. */
  readonly addRouteAny: AddFastApiRoute<Ctx, this> = this.#adding();

  /** Adds a route for methods; none: for all of them. */
  abstract addRoute(methods: readonly string[], ...route: PathAndHandler<Ctx>): this;

  #adding(...methods: readonly string[]): AddFastApiRoute<Ctx, this> {
    return (...route: readonly unknown[]) => this.addRoute(methods, ...(route as never));
  }
}
