/** @trpc/server: a procedure with middleware, called through a caller that is made once. */
import { initTRPC } from '@trpc/server';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Options = { readonly ctx: Ctx; readonly next: () => Promise<unknown> };

export const parts: Parts = {
  layers: {
    awaits: async ({ ctx, next }: Options) => {
      ctx.n += 1;
      const result = await next();
      ctx.n += 1;
      return result;
    },
    passes: ({ next }: Options) => next(),
    sync: ({ ctx, next }: Options) => {
      ctx.n += 1;
      const result = next();
      ctx.n += 1;
      return result;
    },
  },
  handlers: {
    async: async ({ ctx }: Options) => {
      ctx.n += 1;
      return ctx;
    },
    sync: ({ ctx }: Options) => {
      ctx.n += 1;
      return ctx;
    },
  },
};

export function join(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const trpc = initTRPC.context<Ctx>().create();
  let procedure = trpc.procedure;
  for (const layer of layers) procedure = procedure.use(layer as never) as typeof procedure;
  const router = trpc.router({ run: procedure.query(handler as never) });
  let current: unknown;
  const caller = trpc.createCallerFactory(router)(() => current as Ctx);
  return (ctx) => {
    current = ctx;
    return caller.run();
  };
}
