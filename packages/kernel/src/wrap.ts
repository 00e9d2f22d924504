/** The function host: middleware round a plain function, which keeps its signature, name, length and `this`. */
import { type Composable, fold, type Layer, layersOf, type Run } from './compose.ts';
import { Context } from './context.ts';
import type { AnyMiddleware, Awaitable, Middleware } from './middleware.ts';
import { linkProven } from './proof.ts';

/** Any function. */
// oxlint-disable-next-line typescript/no-explicit-any -- the widest function type there is
export type AnyFunction = (this: any, ...args: any[]) => any;

/** What a middleware round a function is given: who is called, and with what. */
export interface CallData {
  /** The name of the function. */
  funcName: string;
  /** What it is called with. The function gets what stands here when its turn comes. */
  args: unknown[];
}

/** The context of one call of a wrapped function. */
export type CallContext<T extends object = object> = Context<T & CallData>;

/** A middleware round functions that give `R`. */
export type FunctionMiddleware<R = unknown> = Middleware<CallContext, R>;

/** What a wrapped function can do beside being called. */
export interface WrappedMembers<F extends AnyFunction, Result> {
  /** Calls it with a given context, which belongs to this one call, instead of a fresh one. */
  withContext(ctx: object, ...args: Parameters<F>): Result;
}

/** True for middleware types that always, sometimes or never give a promise. */
type Gives<M> = M extends (...args: never[]) => infer Result
  ? unknown extends Result
    ? 'either'
    : [Result] extends [PromiseLike<unknown>]
    ? 'promise'
    : [Extract<Result, PromiseLike<unknown>>] extends [never]
      ? 'value'
      : 'either'
  : 'either';

/** The result of a function once these middleware stand round it. */
type ResultOf<F extends AnyFunction, M> = [ReturnType<F>] extends [PromiseLike<unknown>]
  ? ReturnType<F>
  : 'promise' extends Gives<M>
    ? Promise<Awaited<ReturnType<F>>>
    : 'either' extends Gives<M>
      ? Awaitable<Awaited<ReturnType<F>>>
      : ReturnType<F>;

/** A function with middleware round it. Its type changes only where an asynchronous middleware makes its result a promise. */
export type Wrapped<F extends AnyFunction, M = never> = ([ResultOf<F, M>] extends [ReturnType<F>]
  ? F
  : (...args: Parameters<F>) => ResultOf<F, M>) &
  WrappedMembers<F, ResultOf<F, M>>;

/** The function and the layers that a wrapped one is made of; shared by all copies of the package. */
const PARTS: unique symbol = Symbol.for('interpose.wrapped');
/** Where a call's context keeps its `this`. */
const SELF: unique symbol = Symbol.for('interpose.self');

interface Parts {
  readonly fn: AnyFunction;
  readonly layers: readonly Layer[];
  readonly contextual: boolean;
}

type Callable = CallContext & { [SELF]?: unknown };

/**
 * Puts middleware round a function; the first listed is the outermost. Wrapping a wrapped function adds further out, and
 * there is still one context a call.
 *
 * An `async` function always gives a promise. Any other gives what the innermost gives as long as no middleware is
 * asynchronous.
 *
 * @throws TypeError if `fn` is no function or something listed is no middleware
 * @example
 * const fetchUser = wrap(async function fetchUser(id: number) { return db.user(id); }, timing, retry());
 * const user = await fetchUser(7);
 */
export function wrap<F extends AnyFunction, M extends readonly Composable[]>(
  fn: F,
  ...middleware: M
): Wrapped<F, M[number]> {
  return build(partsOf(fn, false), middleware) as Wrapped<F, M[number]>;
}

/**
 * Like `wrap`, for a function that asks for the context as its first parameter; callers do not pass it.
 *
 * @example
 * const greet = wrapWithContext((ctx, name: string) => `${ctx.funcName}: ${name}`, logging);
 * greet('Ada');
 */
export function wrapWithContext<C extends CallContext, A extends unknown[], R, M extends readonly Composable[]>(
  fn: (ctx: C, ...args: A) => R,
  ...middleware: M
): Wrapped<(...args: A) => R, M[number]> {
  return build(partsOf(fn as unknown as AnyFunction, true), middleware) as Wrapped<(...args: A) => R, M[number]>;
}

function partsOf(fn: AnyFunction, contextual: boolean): Parts {
  if (typeof fn !== 'function') throw new TypeError(`Expected a function to wrap, got ${typeof fn}.`);
  return (fn as unknown as { [PARTS]?: Parts })[PARTS] ?? { fn, layers: [], contextual };
}

function build(inner: Parts, middleware: readonly Composable[]): AnyFunction {
  const { fn, contextual } = inner;
  const layers = [...middleware.flatMap((one, index) => layersOf(one as AnyMiddleware, index)), ...inner.layers];
  const run = fold(
    layers,
    contextual
      ? (ctx: Callable) => fn.call(ctx[SELF], ctx, ...ctx.args) as unknown
      : (ctx: Callable) => fn.apply(ctx[SELF], ctx.args) as unknown,
    linkProven,
  );
  // A short-circuit must not turn the promise that an async function has promised into a value.
  const start: Run = isAsync(fn) ? async (ctx: Callable) => run(ctx) as unknown : run;
  const name = fn.name || 'anonymous';

  const call = (ctx: Callable, self: unknown, args: unknown[]): unknown => {
    ctx.funcName = name;
    ctx.args = args;
    // A symbol: part of every copy of the context, but not of its keys.
    ctx[SELF] = self;
    return start(ctx) as unknown;
  };
  function wrapped(this: unknown, ...args: unknown[]): unknown {
    return call(new Context() as Callable, this, args);
  }
  const parts: Parts = { fn, layers, contextual };
  const length = Math.max(0, fn.length - (contextual ? 1 : 0));
  return Object.defineProperties(wrapped, {
    name: { value: fn.name, configurable: true },
    length: { value: length, configurable: true },
    withContext: {
      value(this: unknown, ctx: Callable, ...args: unknown[]) {
        return call(ctx, this === wrapped ? undefined : this, args);
      },
    },
    [PARTS]: { value: parts },
  });
}

/** The layers round a wrapped function, outermost first; none for any other function. */
export function layersAround(fn: AnyFunction): readonly { readonly name: string; readonly version?: string | undefined }[] {
  const parts = (fn as unknown as { [PARTS]?: Parts })[PARTS];
  return (parts?.layers ?? []).map(({ name, traits }) => ({ name, version: traits.version }));
}

const AsyncFunction = (async () => {}).constructor;
const isAsync = (fn: AnyFunction): boolean => fn instanceof AsyncFunction;
