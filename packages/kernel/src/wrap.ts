/** The function host: middleware round a plain function, which keeps its signature, name, length and `this`. */
import { type Composable, fold, layersOf } from './compose.ts';
import type { Layer, Run } from './layer.ts';
import { Context } from './context.ts';
import type { Awaitable, Middleware } from './middleware.ts';
import { unexpected } from './option.ts';
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

/**
 * Whether a middleware gives a promise, a value, or perhaps either. One written in place has the result of `next`, which
 * is `any` there; so it gives what the rest gives.
 */
export type Gives<M> = M extends (...args: never[]) => infer Result
  ? 0 extends 1 & Result
    ? 'value'
    : unknown extends Result
      ? 'either'
      : [Result] extends [PromiseLike<unknown>]
        ? 'promise'
        : [Extract<Result, PromiseLike<unknown>>] extends [never]
          ? 'value'
          : 'either'
  : 'either';

/** A result that is asynchronous by itself, and stays what it is whatever stands round the function. */
export type Later = PromiseLike<unknown> | AsyncGenerator<unknown, unknown, never>;

/** The result of a function once these middleware stand round it. */
type ResultOf<F extends AnyFunction, M> = [ReturnType<F>] extends [Later]
  ? ReturnType<F>
  : 'promise' extends Gives<M>
    ? Promise<Awaited<ReturnType<F>>>
    : 'either' extends Gives<M>
      ? Awaitable<Awaited<ReturnType<F>>>
      : ReturnType<F>;

/** A function with middleware round it. Its type changes only where an asynchronous middleware makes its result a promise. */
export type Wrapped<F extends AnyFunction, M = never> = ([ResultOf<F, M>] extends [ReturnType<F>]
  ? F
  : ((this: ThisParameterType<F>, ...args: Parameters<F>) => ResultOf<F, M>) &
      Omit<F, keyof WrappedMembers<F, unknown>>) &
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
 * there is still one context a call. What the function itself has as properties, the wrapped one has as well.
 *
 * An `async` function always gives a promise and an async generator function an async generator, whose middleware run
 * when it is first asked for something. Any other function gives what the innermost gives as long as no middleware is
 * asynchronous; so declare a function that returns promises `async` if a middleware may answer in its place.
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
  return build(fn, middleware, false) as Wrapped<F, M[number]>;
}

/**
 * Like `wrap`, for a function that asks for the context as its first parameter; callers do not pass it.
 *
 * @example
 * const greet = wrapWithContext((ctx, name: string) => `${ctx.funcName}: ${name}`, logging);
 * greet('Ada');
 */
export function wrapWithContext<
  C extends CallContext,
  A extends unknown[],
  R,
  M extends readonly Composable[],
>(fn: (ctx: C, ...args: A) => R, ...middleware: M): Wrapped<(...args: A) => R, M[number]> {
  return build(fn as unknown as AnyFunction, middleware, true) as Wrapped<
    (...args: A) => R,
    M[number]
  >;
}

function build(given: AnyFunction, middleware: readonly Composable[], asks: boolean): AnyFunction {
  if (typeof given !== 'function') throw unexpected('fn', 'a function', given);
  const inner: Parts | undefined = partsOf(given);
  const { fn, contextual } = inner ?? { fn: given, contextual: asks };
  const layers = [...middleware.flatMap(layersOf), ...(inner?.layers ?? [])];
  const run = fold(
    layers,
    contextual
      ? (ctx: Callable) => fn.call(ctx[SELF], ctx, ...ctx.args) as unknown
      : (ctx: Callable) => fn.apply(ctx[SELF], ctx.args) as unknown,
    linkProven,
  );
  const start = startOf(fn, run);
  const funcName = fn.name || 'anonymous';

  const call = (ctx: Callable, self: unknown, args: unknown[]): unknown => {
    ctx.funcName = funcName;
    ctx.args = args;
    // A symbol: part of every copy of the context, but not of its keys.
    ctx[SELF] = self;
    return start(ctx) as unknown;
  };
  function wrapped(this: unknown, ...args: unknown[]): unknown {
    return call(new Context() as Callable, this, args);
  }
  const members = Object.getOwnPropertyDescriptors(given) as PropertyDescriptorMap;
  return Object.defineProperties(wrapped, {
    ...members,
    // The context is not for callers to pass.
    ...(contextual && { length: { value: Math.max(0, fn.length - 1), configurable: true } }),
    withContext: {
      value(this: unknown, ctx: Callable, ...args: unknown[]) {
        if (typeof ctx !== 'object' || ctx === null) throw unexpected('ctx', 'an object', ctx);
        return call(ctx, this === wrapped ? undefined : this, args);
      },
    },
    [PARTS]: { value: { fn, layers, contextual } satisfies Parts },
  });
}

const partsOf = (fn: AnyFunction): Parts | undefined => (fn as { readonly [PARTS]?: Parts })[PARTS];

const AsyncFunction = (async () => {}).constructor;
const AsyncGeneratorFunction = async function* () {}.constructor;

/** What the function has promised its callers holds whoever answers: a promise, or something to iterate. */
function startOf(fn: AnyFunction, run: Run): Run {
  if (fn instanceof AsyncGeneratorFunction) {
    return async function* (ctx: Callable) {
      return yield* (await run(ctx)) as AsyncGenerator;
    };
  }
  if (!(fn instanceof AsyncFunction)) return run;
  return (ctx: Callable) => {
    try {
      return Promise.resolve(run(ctx) as unknown);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** The layers round a wrapped function, outermost first; none for any other function. */
export function layersAround(
  fn: AnyFunction,
): readonly { readonly name: string; readonly version?: string | undefined }[] {
  return (partsOf(fn)?.layers ?? []).map(({ name, traits }) => ({ name, version: traits.version }));
}
