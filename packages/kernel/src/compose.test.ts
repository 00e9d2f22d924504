/** compose: order, flattening, identity, errors by identity; the same for every mix of synchronous and asynchronous. */
import { expect, test } from 'vitest';
import { compose } from './compose-proven.ts';
import { pipeline } from './pipeline.ts';
import type { AnyMiddleware } from './middleware.ts';

interface Log {
  log: string[];
}
type Layer = (ctx: Log, next: (ctx?: Log) => unknown) => unknown;

const mark =
  (name: string): Layer =>
  async (ctx, next) => {
    ctx.log.push(`${name}-before`);
    const result = await next(ctx);
    ctx.log.push(`${name}-after`);
    return result;
  };
const handler = (ctx: Log): string => {
  ctx.log.push('fn');
  return 'answer';
};
const run = (
  middleware: AnyMiddleware[],
  ctx: Log,
  last: (ctx: Log) => unknown = handler,
): unknown => (compose(...middleware) as unknown as Layer)(ctx, last as never);

const ONION = ['a-before', 'b-before', 'c-before', 'fn', 'c-after', 'b-after', 'a-after'];

test('M-01 M-20 X-C1 X-07 the first listed is the outermost and turns in last', async () => {
  const ctx = { log: [] };
  expect(await run([mark('a'), mark('b'), mark('c')], ctx)).toBe('answer');
  expect(ctx.log).toEqual(ONION);
});

test('M-02 what a middleware returns is what its caller gets: kept, changed, wrapped or replaced', async () => {
  const add: Layer = async (_, next) => `${String(await next())}!`;
  const replace: Layer = async (_, next) => {
    await next();
    return 'other';
  };
  expect(await run([add], { log: [] })).toBe('answer!');
  expect(await run([add, add], { log: [] })).toBe('answer!!');
  expect(await run([add, replace], { log: [] })).toBe('other!');
});

test('M-05 X-02 next(ctx) hands on another context; next() hands on the same', async () => {
  const other: Log = { log: [] };
  const seen: Log[] = [];
  const look: Layer = (ctx, next) => {
    seen.push(ctx);
    return next();
  };
  const swap: Layer = (_, next) => next(other);
  const ctx: Log = { log: [] };
  await run([look, swap, look], ctx, (last) => {
    seen.push(last);
    return 1;
  });
  expect(seen[0]).toBe(ctx);
  expect(seen[1]).toBe(other);
  expect(seen[2]).toBe(other);
});

test('M-05 next(undefined) is next(): the same context, also for a context held in a variable', async () => {
  const ctx: Log = { log: [] };
  const none: Log | undefined = undefined;
  expect(
    await run([(_: Log, next: (ctx?: Log) => unknown) => next(none)], ctx, (seen) => seen === ctx),
  ).toBe(true);
});

test('M-06 X-03 a middleware that does not call next answers, and nothing further in runs', async () => {
  const ctx = { log: [] };
  const stop: Layer = () => 'stopped';
  expect(await run([mark('a'), stop, mark('b')], ctx)).toBe('stopped');
  expect(ctx.log).toEqual(['a-before', 'a-after']);
});

test('M-08 an error travels outward through every layer as the same object, and every finally runs', async () => {
  const error = new Error('inside');
  const seen: unknown[] = [];
  const guard =
    (name: string): Layer =>
    async (_, next) => {
      try {
        return await next();
      } catch (caught) {
        seen.push(caught);
        throw caught;
      } finally {
        seen.push(name);
      }
    };
  const failing = [
    () => {
      throw error;
    },
    async () => {
      throw error;
    },
  ];
  for (const fail of failing) {
    seen.length = 0;
    await expect(async () => run([guard('a'), guard('b')], { log: [] }, fail)).rejects.toBe(error);
    expect(seen).toEqual([error, 'b', error, 'a']);
  }
});

test('M-21 compose() is the identity and compose(a) is a', async () => {
  expect(await run([], { log: [] })).toBe('answer');
  const ctx = { log: [] };
  expect(await run([mark('a')], ctx)).toBe('answer');
  expect(ctx.log).toEqual(['a-before', 'fn', 'a-after']);
});

test('M-22 nested stacks flatten in order, and a stack is itself a middleware', async () => {
  const inner = compose(mark('b') as AnyMiddleware, mark('c') as AnyMiddleware);
  const ctx = { log: [] };
  await run([mark('a'), inner as AnyMiddleware], ctx);
  expect(ctx.log).toEqual(ONION);

  const explained = pipeline<Log, string>()
    .use(mark('a') as never, { name: 'a' })
    .use(inner as never, { name: 'stack' })
    .describe();
  expect(explained.map(({ origin }) => origin)).toEqual([
    'use() 1',
    'use() 2, stack 1 of 2',
    'use() 2, stack 2 of 2',
  ]);
});

test('M-25 a stack used for many handlers keeps each call with its own handler', async () => {
  const stack = compose(mark('a') as AnyMiddleware) as unknown as Layer;
  const results = await Promise.all([
    stack({ log: [] }, (() => 'one') as never),
    stack({ log: [] }, (async () => 'two') as never),
    stack({ log: [] }, (() => 'three') as never),
  ]);
  expect(results).toEqual(['one', 'two', 'three']);
});

test('M-04 X-C13 synchronous layers round a synchronous handler give a plain value', () => {
  const sync: Layer = (ctx, next) => {
    ctx.log.push('in');
    const result = next(ctx);
    ctx.log.push('out');
    return result;
  };
  const ctx: Log = { log: [] };
  expect(run([sync, sync], ctx)).toBe('answer');
  expect(ctx.log).toEqual(['in', 'in', 'fn', 'out', 'out']);
});

test('X-10 the handler stands at the end and answers what nobody else has', async () => {
  expect(await run([mark('a')], { log: [] }, () => 'fallback')).toBe('fallback');
});

test('something that is no middleware is refused when composing, with what came', () => {
  expect(() => compose(mark('a') as AnyMiddleware, 5 as never)).toThrow(
    'Expected middleware 2 to be a function or have handle(), got `5` (number).',
  );
  expect(() => compose(null as never)).toThrow('got `null`');
  expect(() => compose({} as never)).toThrow(TypeError);
});

test('M-13 an object with handle() is a middleware and keeps its this', async () => {
  const counter = {
    count: 0,
    handle(_: Log, next: () => unknown) {
      this.count++;
      return next();
    },
  };
  await run([counter as never], { log: [] });
  expect(counter.count).toBe(1);
});
