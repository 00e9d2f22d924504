/** The laws of the onion, over random nests: who unwinds, in what order, with which error; and nothing is left unhandled. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { when } from './combinators.ts';
import { compose } from './compose-proven.ts';
import { createMiddleware } from './hooks.ts';
import type { AnyMiddleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

interface Ctx {
  log: string[];
}
type Next = (ctx?: Ctx) => unknown;

/** How a layer is written, and where the call ends. */
const styles = ['async', 'bare', 'sync', 'hooks', 'when', 'nested', 'promise'] as const;
const layers = fc.array(fc.constantFrom(...styles), { maxLength: 8 });
const ending = fc.record({
  at: fc.integer({ min: 0, max: 8 }),
  how: fc.constantFrom('answer', 'throw', 'reject'),
});

/** A layer that writes down entering and leaving; the one at which the call ends answers or fails itself. */
function layerOf(
  style: (typeof styles)[number],
  name: string,
  end: (() => unknown) | undefined,
): AnyMiddleware {
  const written: Record<(typeof styles)[number], () => AnyMiddleware> = {
    async: () => async (ctx: Ctx, next: Next) => {
      ctx.log.push(`+${name}`);
      try {
        if (end) return await end();
        return await next(ctx);
      } finally {
        ctx.log.push(`-${name}`);
      }
    },
    bare: () => async (ctx: Ctx, next: Next) => {
      ctx.log.push(`+${name}`);
      try {
        return end ? await end() : await next();
      } finally {
        ctx.log.push(`-${name}`);
      }
    },
    sync: () => (ctx: Ctx, next: Next) => {
      ctx.log.push(`+${name}`);
      const leave = (): void => void ctx.log.push(`-${name}`);
      let result: unknown;
      try {
        result = end ? end() : next(ctx);
      } catch (error) {
        leave();
        throw error;
      }
      if (result instanceof Promise) return result.finally(leave);
      leave();
      return result;
    },
    hooks: () =>
      createMiddleware<Ctx, unknown>({
        before: (ctx) => void ctx.log.push(`+${name}`),
        finally: (ctx) => void ctx.log.push(`-${name}`),
      }) as AnyMiddleware,
    when: () => when(() => true, layerOf('async', name, end) as never) as AnyMiddleware,
    nested: () => compose(layerOf('async', name, end)) as unknown as AnyMiddleware,
    promise: () => (ctx: Ctx, next: Next) => {
      ctx.log.push(`+${name}`);
      return Promise.resolve()
        .then(() => (end ? end() : next(ctx)))
        .finally(() => void ctx.log.push(`-${name}`));
    },
  };
  return written[style]();
}

test('M-08 only entered layers unwind, exactly in reverse, and the outcome is the same object at every depth', async () => {
  await fc.assert(
    fc.asyncProperty(layers, ending, fc.boolean(), async (list, { at, how }, piped) => {
      const outcome = how === 'answer' ? { an: 'answer' } : new Error('the one');
      const end = (): unknown => {
        if (how === 'throw') throw outcome;
        return how === 'reject' ? Promise.reject(outcome as Error) : outcome;
      };
      // Hooks do not end a call here: the layer behind them, or the handler, does.
      const ends = list.findIndex((style, index) => index >= at && style !== 'hooks');
      const stack = list.map((style, index) =>
        layerOf(style, `${index}`, index === ends ? end : undefined),
      );
      const ctx: Ctx = { log: [] };
      const call = piped
        ? stack
            .reduce((built, one) => built.use(one as never), pipeline<Ctx, unknown>())
            .handle(end)
        : (given: Ctx) =>
            (compose(...stack) as unknown as (ctx: Ctx, next: Next) => unknown)(given, end);

      const got = await Promise.resolve()
        .then(() => call(ctx))
        .catch((error: unknown) => error);
      expect(got).toBe(outcome);
      const entered = list
        .map((_, index) => `${index}`)
        .slice(0, ends < 0 ? list.length : ends + 1);
      expect(ctx.log).toEqual([
        ...entered.map((name) => `+${name}`),
        ...entered.toReversed().map((name) => `-${name}`),
      ]);
    }),
    { numRuns: 2000 },
  );
});
