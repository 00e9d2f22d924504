/** koa-compose: an array walked by index, a bound function and a promise for each layer of each call. */
import compose from 'koa-compose';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Next = () => Promise<Ctx>;

export const parts: Parts = {
  layers: {
    awaits: async (ctx: Ctx, next: Next) => {
      ctx.n += 1;
      const result = await next();
      ctx.n += 1;
      return result;
    },
    passes: (_ctx: Ctx, next: Next) => next(),
    sync: (ctx: Ctx, next: Next) => {
      ctx.n += 1;
      const result = next();
      ctx.n += 1;
      return result;
    },
  },
  handlers: {
    async: async (ctx: Ctx) => {
      ctx.n += 1;
      return ctx;
    },
    sync: (ctx: Ctx) => {
      ctx.n += 1;
      return ctx;
    },
  },
};

export function join(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const run = compose(layers as compose.Middleware<unknown>[]);
  return (ctx) => run(ctx as Parameters<typeof run>[0], handler as () => Promise<unknown>);
}
