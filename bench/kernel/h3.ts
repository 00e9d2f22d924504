/** h3: composed once, a `next` of its own for each layer of each call. */
import { composeMiddleware } from 'h3';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Next = () => Promise<Ctx>;

export const parts: Parts = {
  layers: {
    awaits: async (event: Ctx, next: Next) => {
      event.n += 1;
      const result = await next();
      event.n += 1;
      return result;
    },
    passes: (_event: Ctx, next: Next) => next(),
    sync: (event: Ctx, next: Next) => {
      event.n += 1;
      const result = next();
      event.n += 1;
      return result;
    },
  },
  handlers: {
    async: async (event: Ctx) => {
      event.n += 1;
      return event;
    },
    sync: (event: Ctx) => {
      event.n += 1;
      return event;
    },
  },
};

export function join(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const run = composeMiddleware(layers as never);
  return (event) => run(event as never, handler as never);
}
