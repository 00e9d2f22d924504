/** Our kernel, with layers that say `next(ctx)` and with hooks. */
import {
  after,
  before,
  compose,
  createMiddleware,
  type Middleware,
  pipeline,
  type Runner,
} from '@interpose/kernel';
import { observe } from '@interpose/kernel/observe';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Next<R> = (ctx?: Ctx) => R;

export const parts: Parts = {
  layers: {
    awaits: async (ctx: Ctx, next: Next<Promise<Ctx>>) => {
      ctx.n += 1;
      const result = await next(ctx);
      ctx.n += 1;
      return result;
    },
    passes: (ctx: Ctx, next: Next<Promise<Ctx>>) => next(ctx),
    sync: (ctx: Ctx, next: Next<Ctx>) => {
      ctx.n += 1;
      const result = next(ctx);
      ctx.n += 1;
      return result;
    },
    // More than one way out: its text proves nothing, so it is watched.
    watched: async (ctx: Ctx, next: Next<Promise<Ctx>>) => {
      if (ctx.n < 0) return ctx;
      ctx.n += 1;
      const result = await next(ctx);
      ctx.n += 1;
      return result;
    },
    hooks: createMiddleware<Ctx, Ctx>({
      before: (ctx) => {
        ctx.n += 1;
      },
      after: (ctx) => {
        ctx.n += 1;
      },
    }),
    halves: [
      before<Ctx>((ctx) => {
        ctx.n += 1;
      }),
      after<Ctx, Ctx>((ctx) => {
        ctx.n += 1;
      }),
    ],
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
  return runnerOf(layers, handler) as Call;
}

/** The parts joined with `compose()` alone. */
export function joinComposed(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const run = compose<unknown, unknown>(...(layers as Middleware<unknown, unknown>[]));
  return (ctx) => run(ctx, handler as Call);
}

/** The parts with an observer that counts. */
export function joinObserved(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const run = runnerOf(layers, handler);
  let entered = 0;
  let left = 0;
  observe(run, {
    enter: () => {
      entered += 1;
    },
    leave: () => {
      left += 1;
    },
  });
  return run as Call;
}

function runnerOf(
  layers: readonly unknown[],
  handler: (ctx: never) => unknown,
): Runner<Ctx, unknown> {
  return (layers as Middleware<Ctx, Ctx>[])
    .reduce((built, layer) => built.use(layer), pipeline<Ctx, Ctx>())
    .handle(handler as (ctx: Ctx) => Promise<Ctx>);
}
