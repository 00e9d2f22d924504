/** Declares a middleware that may run the rest more than once: again after a failure, or side by side. */
import type { Layer, Link, Run } from './layer.ts';
import { judge } from './conduct.ts';
import { DoubleNextError, EarlyReturnError } from './errors.ts';
import { extend } from './extend.ts';
import { linked } from './layer.ts';
import { type AnyMiddleware, type Awaitable, isThenable, type Middleware } from './middleware.ts';
import type { Traits } from './traits.ts';

/** What a second, concurrent run of the rest may be given of its own. */
export interface ForkOptions<C> {
  /** The signal of this run alone. @default the context's own */
  readonly signal?: AbortSignal;
  /** The context of this run. @default a copy, so that runs do not see what the others write */
  readonly ctx?: C;
}

/** `next` for a middleware that repeats. */
export interface RepeatableNext<C, R> {
  /** Runs the rest, again if need be, once the former run has settled; with the same context unless another is passed. */
  (ctx?: C): Awaitable<R>;
  /** Starts a run beside those that are running. What it leaves behind when it loses is no unhandled rejection. */
  fork(options?: ForkOptions<C>): Awaitable<R>;
}

/** A middleware that may run the rest more than once. */
export type RepeatingMiddleware<C, R> = (ctx: C, next: RepeatableNext<C, R>) => Awaitable<R>;

/**
 * Lets a middleware run the rest more than once. Only retries, hedges and their like need it.
 *
 * @example
 * const twice = repeats(async (ctx, next) => {
 *   try { return await next(); } catch { return next(); }
 * });
 */
export function repeats<C extends object, R>(
  middleware: RepeatingMiddleware<C, R>,
  traits: Traits = {},
): Middleware<C, R> {
  const run = middleware as AnyMiddleware;
  const link: Link = (layers, rest) =>
    layers.reduceRight(
      (last, { name, traits: own }) => repeat({ name, run, traits: own }, last),
      rest,
    );
  return linked({ name: middleware.name || 'repeats', ...traits, link });
}

function repeat(layer: Layer, rest: Run): Run {
  const { name, run, traits } = layer;
  return (ctx) => {
    let running = false;
    let called = false;
    let answered = false;
    let value: unknown;

    const start = (given: object): unknown => {
      if (answered && !traits.detached) throw new EarlyReturnError(name);
      called = true;
      value = undefined;
      const result: unknown = rest(given);
      if (isThenable(result)) result.then(keep, () => {});
      else keep(result);
      return result;
    };
    const keep = (result: unknown): void => void (value = result);

    const next = (given?: object): unknown => {
      if (running) throw new DoubleNextError(name);
      const result = start(given ?? ctx);
      if (isThenable(result)) {
        running = true;
        const ended = (): void => void (running = false);
        result.then(ended, ended);
      }
      return result;
    };
    next.fork = ({ signal, ctx: own }: ForkOptions<object> = {}): unknown =>
      start(own ?? extend(ctx, signal ? { signal } : {}));

    const settle = (result: unknown): unknown => {
      answered = true;
      return judge(layer, { called, running, value }, result);
    };

    let handed: unknown;
    const result = run(
      ctx,
      Object.assign((given?: object) => (handed = next(given)), { fork: next.fork }),
    );
    if (!isThenable(result)) return settle(result);
    return result === handed ? result : result.then(settle);
  };
}
