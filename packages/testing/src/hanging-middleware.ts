/** hangingMiddleware: one that does not come to an end. */
import type { Awaitable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';

/** Options of `hangingMiddleware`. */
export interface HangingOptions {
  /** Whether it hangs before the rest, which then never runs, or after it. @default 'before' */
  readonly at?: 'before' | 'after';
  /** Whether it ends with the signal's reason when that aborts; if not, it hangs forever. @default true */
  readonly heedsSignal?: boolean;
}

/** A middleware that never answers. */
export type Hanging = <C extends { readonly signal?: AbortSignal | undefined }, R>(
  ctx: C,
  next: (ctx?: C) => Awaitable<R>,
) => Promise<R>;

/**
 * A middleware that hangs, for tests of timeouts: a good one that listens to its signal, or one that does not.
 *
 * @throws TypeError for options that are unknown or of another kind
 * @example
 * const run = pipeline<CallContext, string>().use(timeout({ timeoutMs: 50, clock })).use(hangingMiddleware());
 */
export function hangingMiddleware(options: HangingOptions = {}): Hanging {
  checkNames('hangingMiddleware', options, ['at', 'heedsSignal']);
  const { at = 'before', heedsSignal = true } = options;
  checkAt(at);
  return async function hanging(ctx, next) {
    if (at === 'after') await next(ctx);
    return new Promise((_, reject) => {
      const { signal } = ctx;
      if (!heedsSignal || !signal) return;
      const stop = (): void => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  };
}

/** Checks on which side of the rest something is to happen. */
export function checkAt(at: unknown): void {
  if (at !== 'before' && at !== 'after') throw unexpected('at', "'before' or 'after'", at);
}
