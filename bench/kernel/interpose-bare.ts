/** Our kernel, with layers that say `next()`. */
import type { Ctx, Parts } from './chain.ts';

export { join } from './interpose.ts';

type Next<R> = (ctx?: Ctx) => R;

export const parts: Parts = {
  layers: {
    awaits: async (ctx: Ctx, next: Next<Promise<Ctx>>) => {
      ctx.n += 1;
      const result = await next();
      ctx.n += 1;
      return result;
    },
    passes: (_ctx: Ctx, next: Next<Promise<Ctx>>) => next(),
    sync: (ctx: Ctx, next: Next<Ctx>) => {
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
