/** Preparations of the context that run at the same time. */
import { type ContextPolicy, createMiddleware } from './hooks.ts';
import type { Awaitable } from './middleware.ts';

/**
 * Runs several preparations of the context at the same time, then the rest. All of them are waited for; if any fail,
 * the rest does not run, and the first failure in the order of the list is thrown.
 */
export function parallel<C>(
  ...preparations: readonly ((ctx: C) => Awaitable<void>)[]
): ContextPolicy<C> {
  return createMiddleware<C, never>({
    name: `parallel(${preparations.map((one) => one.name || 'anonymous').join(', ')})`,
    async before(ctx) {
      const ended = await Promise.allSettled(preparations.map(async (prepare) => prepare(ctx)));
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  }) as ContextPolicy<C>;
}
