/** Gives the rest a context of its own, so that what it writes is not seen outside. */
import { extend } from './extend.ts';
import type { ContextPolicy } from './hooks.ts';
import { type Awaitable, isThenable } from './middleware.ts';
import { define } from './traits.ts';

/** Options of `isolate`. */
export interface IsolateOptions {
  /** Keys whose values go back to the outer context when the rest has ended, however it ended. @default none */
  readonly copyBack?: readonly string[];
}

/**
 * Runs the rest with a shallow copy of the context. Those further out do not see what those further in write, which is
 * the purpose; `copyBack` names what they shall see nevertheless.
 */
export function isolate<C extends object>(options: IsolateOptions = {}): ContextPolicy<C> {
  const { copyBack = [] } = options;
  const restore = (from: object, to: object): void => {
    for (const key of copyBack) {
      if (Object.hasOwn(from, key)) Reflect.set(to, key, Reflect.get(from, key));
    }
  };
  const isolated = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>): Awaitable<R> => {
    const own: C = extend(ctx, {});
    let result: Awaitable<R>;
    try {
      result = next(own);
    } catch (error) {
      restore(own, ctx);
      throw error;
    }
    if (!isThenable(result)) {
      restore(own, ctx);
      return result;
    }
    return result.then(
      (value) => {
        restore(own, ctx);
        return value as R;
      },
      (error: unknown) => {
        restore(own, ctx);
        throw error;
      },
    );
  };
  return define({ name: 'isolate' }, isolated);
}
