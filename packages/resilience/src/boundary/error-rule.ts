/** ErrorRule: which errors a layer answers, and what it answers. */
import type { Awaitable } from '@interpose/kernel';

/** Says which errors it is for, what the caller gets instead, and what is written down. */
export interface ErrorRule<A> {
  readonly matches: (error: unknown) => boolean;
  readonly answer: (error: never, ctx: never) => Awaitable<A>;
  /** What is written to the log, as an error; nothing if there is none. */
  readonly log?: ((error: never) => string) | undefined;
}

/** A class of errors. One with a code also stands for errors of other copies of its package. */
export type ErrorClass<E> = abstract new (...args: never[]) => E;

/**
 * A rule for a class of errors, or for all errors with a code.
 *
 * @example
 * businessErrors({ rules: [answerTo(OutOfStockError, (error) => ({ error: 'out_of_stock', message: error.message }))] });
 */
export function answerTo<E extends Error, A>(
  type: ErrorClass<E> | string,
  answer: (error: E, ctx: unknown) => Awaitable<A>,
  log?: (error: E) => string,
): ErrorRule<A> {
  const code = typeof type === 'string' ? type : (type as { readonly code?: unknown }).code;
  const matches = (error: unknown): boolean => {
    if (!(error instanceof Error)) return false;
    if (typeof type !== 'string' && error instanceof type) return true;
    return typeof code === 'string' && (error as { readonly code?: unknown }).code === code;
  };
  return { matches, answer, log };
}
