/** failingMiddleware: one that throws. */
import type { Awaitable } from '@interpose/kernel';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { checkAt } from './hanging-middleware.ts';

/** Options of `failingMiddleware`. */
export interface FailingOptions {
  /** Whether it throws before the rest, which then does not run, or after it. @default 'before' */
  readonly at?: 'before' | 'after';
  /** How many runs fail before the others pass; `Infinity` for all. @default Infinity */
  readonly times?: number;
}

/** A middleware that fails. */
export type Failing = <C, R>(ctx: C, next: (ctx?: C) => Awaitable<R>) => Promise<R>;

/**
 * A middleware that throws the given error, that very object, for tests of breakers, retries and error boundaries.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const flaky = failingMiddleware(new Error('reset'), { times: 2 });   // two runs fail, the third passes
 */
export function failingMiddleware(error: unknown, options: FailingOptions = {}): Failing {
  checkNames('failingMiddleware', options, ['at', 'times']);
  const { at = 'before', times = Infinity } = options;
  checkAt(at);
  let left = times === Infinity ? times : checkWhole('times', times, 1);
  return async function failing(ctx, next) {
    const fails = left > 0;
    if (fails) left--;
    if (fails && at === 'before') throw error;
    const result = await next(ctx);
    if (fails) throw error;
    return result;
  };
}
