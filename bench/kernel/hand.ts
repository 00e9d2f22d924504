/** The limit: nested closures as one would write them by hand for one chain. */
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Run<R> = (ctx: Ctx) => R;

export const parts: Parts = {
  layers: {
    awaits: (next: Run<Promise<Ctx>>) => async (ctx: Ctx) => {
      ctx.n += 1;
      const result = await next(ctx);
      ctx.n += 1;
      return result;
    },
    passes: (next: Run<Promise<Ctx>>) => (ctx: Ctx) => next(ctx),
    sync: (next: Run<Ctx>) => (ctx: Ctx) => {
      ctx.n += 1;
      const result = next(ctx);
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
  return (layers as ((next: unknown) => unknown)[]).reduceRight<unknown>(
    (next, layer) => layer(next),
    handler,
  ) as Call;
}
