/** The ambient context: reachable from any code in the same asynchronous flow. Node's AsyncLocalStorage; not in the pure kernel. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Composable, compose } from './compose.ts';
import type { ContextPolicy } from './hooks.ts';
import { isolate as isolateContext, type IsolateOptions } from './isolate.ts';
import type { Awaitable } from './middleware.ts';
import { define } from './traits.ts';
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
 * rest has been left. On Node 20 it makes every promise of the process dearer; see docs/adr/0006.
 */
export function ambient<C extends object>(): ContextPolicy<C> {
  const install = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>): Awaitable<R> =>
    storage.run(ctx, () => next(ctx));
  return define({ name: 'ambient' }, install);
}

/** Gives the rest a context of its own, as the kernel's `isolate`, and makes that the current one. */
export function isolate<C extends object>(options?: IsolateOptions): ContextPolicy<C> {
  return compose(isolateContext<C>(options), ambient<C>()) as ContextPolicy<C>;
}

/** Like the kernel's `wrap`; the function and all that it calls can ask for the `currentContext()`. */
export function wrap<F extends AnyFunction, M extends readonly Composable[]>(
  fn: F,
  ...middleware: M
): Wrapped<F, M[number]> {
  return wrapFunction(fn, ambient(), ...middleware) as unknown as Wrapped<F, M[number]>;
}
