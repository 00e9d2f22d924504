/** hono/compose, which Hono runs its middleware with. The result stays on the context. */
import { compose } from 'hono/compose';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Next = () => Promise<void>;

export const parts: Parts = {
  layers: {
    awaits: async (c: Ctx, next: Next) => {
      c.n += 1;
      await next();
      c.n += 1;
    },
    passes: (_c: Ctx, next: Next) => next(),
    sync: (c: Ctx, next: Next) => {
      c.n += 1;
      const result = next();
      c.n += 1;
      return result;
    },
  },
  handlers: {
    async: async (c: Ctx) => {
      c.n += 1;
      return c;
    },
    sync: (c: Ctx) => {
      c.n += 1;
      return c;
    },
  },
};

export function join(layers: readonly unknown[], handler: (ctx: never) => unknown): Call {
  const run = compose([...layers, handler].map((layer) => [[layer]] as const));
  // Hono makes a context of its own for each request; these are the fields that the chain needs.
  return (ctx) =>
    run({ n: (ctx as Ctx).n, req: { routeIndex: 0 }, finalized: false, res: undefined });
}
