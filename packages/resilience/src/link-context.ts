/** linkContext: a context for a part of a run, which can be ended apart from the rest of it. */
import { Scope, scoped } from './scope.ts';

/** A context that ends with the one that it was made of, or before. */
export interface LinkedContext<C> {
  /** What the part of the run is given. Its signal is made when somebody reads it. */
  readonly ctx: C;
  /** Ends the part. The first reason stays. */
  abort(reason: unknown): void;
  /** The part is over: nothing listens further out any more. */
  dispose(): void;
}

/**
 * Makes a context that a middleware can end for those further in. It keeps deadline and attempt, which a context with another signal alone
 * would not.
 *
 * @example
 * const linked = linkContext(ctx);
 * const stop = onPressure(() => linked.abort(new OverloadedError()));
 * return next(linked.ctx).finally(() => (stop(), linked.dispose()));
 */
export function linkContext<C extends object>(ctx: C): LinkedContext<C> {
  const scope = new Scope(ctx);
  return {
    ctx: scoped(ctx, scope),
    abort: (reason) => scope.abort(reason),
    dispose: () => scope.leave(),
  };
}
