/** Gives the rest a context of its own, so that what it writes is not seen outside. */
import { extend } from './extend.ts';
import type { ContextPolicy } from './hooks.ts';
import { type Awaitable, isThenable } from './middleware.ts';
import { checkNames, unexpected } from './option.ts';
import { define } from './layer.ts';

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
  checkNames('isolate()', options, ['copyBack']);
  const { copyBack = [] } = options;
  if (!Array.isArray(copyBack)) throw unexpected('copyBack', 'a list of keys', copyBack);
  const isolated = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>): Awaitable<R> => {
    const own: C = extend(ctx, {});
    const goBack = (): void => {
      for (const key of copyBack) {
        if (Object.hasOwn(own, key)) Reflect.set(ctx, key, Reflect.get(own, key));
      }
    };
    let result: Awaitable<R> | undefined;
    try {
      result = next(own);
    } finally {
      if (!isThenable(result)) goBack();
    }
    return isThenable(result) ? Promise.resolve(result).finally(goBack) : result;
  };
  return define({ name: 'isolate' }, isolated);
}
