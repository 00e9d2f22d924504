/** The ambient context: reachable from any code in the same asynchronous flow. Node's AsyncLocalStorage; not in the pure kernel. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Composable } from './compose.ts';
import { compose } from './compose-proven.ts';
import type { ContextPolicy } from './hooks.ts';
import { isolate as isolateContext, type IsolateOptions } from './isolate.ts';
import type { Awaitable } from './middleware.ts';
import { define } from './layer.ts';
import { type AnyFunction, wrap as wrapFunction, type Wrapped } from './wrap.ts';

const storage = new AsyncLocalStorage<object>();

/**
 * The context of the innermost ambient call that this code runs in; `undefined` outside of any.
 *
 * @typeParam C what the caller knows it to be
 */
export function currentContext<C extends object = object>(): C | undefined {
  return storage.getStore() as C | undefined;
}

/**
 * Makes the context the current one for the rest, and for all that the rest starts. The former one comes back when the
 * rest has been left. A generator that the rest gives runs its body in the context, too, whoever asks it to go on.
 * On Node 20 it makes every promise of the process dearer; see docs/adr/0006.
 */
export function ambient<C extends object>(): ContextPolicy<C> {
  const install = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>): Awaitable<R> => {
    const result = storage.getStore() === ctx ? next(ctx) : storage.run(ctx, next, ctx);
    if (isGenerator(result)) bind(result, ctx);
    return result;
  };
  return define({ name: 'ambient' }, install);
}

/** Gives the rest a context of its own, as the kernel's `isolate`, and makes that the current one. */
export function isolate<C extends object>(options?: IsolateOptions): ContextPolicy<C> {
  return compose(isolateContext<C>(options), ambient<C>()) as ContextPolicy<C>;
}

/**
 * Like the kernel's `wrap`; the middleware, the function and all that it calls can ask for the `currentContext()`. The
 * function finds the context that the innermost middleware has passed on.
 */
export function wrap<F extends AnyFunction, M extends readonly Composable[]>(
  fn: F,
  ...middleware: M
): Wrapped<F, M[number]> {
  return wrapFunction(fn, ambient(), ...middleware, ambient()) as unknown as Wrapped<F, M[number]>;
}

type Steps = Partial<Record<'next' | 'return' | 'throw', (...args: unknown[]) => unknown>>;

function isGenerator(result: unknown): result is Steps {
  return (
    typeof result === 'object' &&
    result !== null &&
    /^(Async)?Generator$/.test(
      String((result as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]),
    )
  );
}

/** A generator runs in the context of whoever asks for its next step, which is not where it was made. */
function bind(generator: Steps, ctx: object): void {
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = generator[name]?.bind(generator);
    if (step) generator[name] = (...args) => storage.run(ctx, step, ...args);
  }
}
