/** The words that every host speaks: Middleware, Next, Handler and Policy. */

/** A value, or a promise of it. Whoever wants the value awaits; nobody may call `.then` on it unseen. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * Runs the rest of a pipeline. What is passed is what the rest sees; nothing passed means the same context.
 * Where the middleware has promised to provide more than it was given, passing nothing does not compile.
 */
export type Next<In, Out, R> = [In] extends [Out] ? (ctx?: Out) => R : (ctx: Out) => R;

/**
 * Acts, calls `next` for the rest, acts on the result. What it returns is what its caller gets.
 *
 * @typeParam In what it needs of the context
 * @typeParam R what the pipeline answers
 * @typeParam Out what it promises to hand on; the same as `In` unless it provides something
 */
export type Middleware<In, R, Out = In> = (
  ctx: In,
  next: Next<In, Out, Awaitable<R>>,
) => Awaitable<R>;

/** A middleware that neither waits nor lets others wait: `next` gives a value, and so does it. */
export type SyncMiddleware<In, R, Out = In> = (ctx: In, next: Next<In, Out, R>) => R;

/** A middleware that never learns the type of the result, and so fits every host. */
export type Policy = <C, R>(ctx: C, next: (ctx?: C) => Awaitable<R>) => Awaitable<R>;

/** Answers a context. The innermost one of a pipeline is its terminal handler. */
export type Handler<C, R> = (ctx: C) => Awaitable<R>;

/** A middleware of any kind, for lists whose types have been checked already. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of unlike middleware has no narrower common type
export type AnyMiddleware = (ctx: any, next: any) => unknown;

/** An object or class instance that acts as a middleware. */
export interface MiddlewareObject<In, R, Out = In> {
  handle(ctx: In, next: Next<In, Out, Awaitable<R>>): Awaitable<R>;
}

/** True for anything that can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    (value instanceof Promise || typeof (value as { then?: unknown }).then === 'function')
  );
}
