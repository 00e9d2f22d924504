/** @middy/core: hooks before and after a handler, each awaited. */
import middy from '@middy/core';
import type { Call } from '../suite.ts';
import type { Ctx, Parts } from './chain.ts';

type Request = { readonly event: Ctx };

export const parts: Parts = {
  layers: {
    awaits: {
      before: async ({ event }: Request) => {
        event.n += 1;
      },
      after: async ({ event }: Request) => {
        event.n += 1;
      },
    },
    passes: { before: () => {} },
    sync: {
      before: ({ event }: Request) => {
        event.n += 1;
      },
      after: ({ event }: Request) => {
        event.n += 1;
      },
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
  const run = middy(handler as never).use(layers as never) as unknown as (
    event: unknown,
  ) => unknown;
  return (event) => run(event);
}
