/** isolate: what those further in write stays with them, but for what is named. */
import { settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { compose } from './compose-proven.ts';
import { createContext } from './context.ts';
import { isolate } from './isolate.ts';
import type { Awaitable, Middleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';
import { wrap } from './wrap.ts';

interface Ctx {
  n: number;
  user?: string;
  log?: string[];
}
type Rest = (ctx: Ctx) => Awaitable<unknown>;
const run = (ctx: Ctx, rest: Rest, copyBack?: string[]): Awaitable<unknown> =>
  isolate<Ctx>(copyBack ? { copyBack } : {})(ctx, (given) => rest(given as Ctx));
const boom = new Error('boom');

test('M-37 the rest has a copy; what it writes is not seen outside', async () => {
  const ctx: Ctx = { n: 1 };
  let seen: Ctx | undefined;
  const result = await run(ctx, async (inner) => {
    seen = { ...inner };
    expect(inner).not.toBe(ctx);
    inner.n = 2;
    inner.user = 'eve';
    await settle();
    inner.n = 3;
    return 'done';
  });
  expect(result).toBe('done');
  expect(seen).toEqual({ n: 1 });
  expect(ctx).toEqual({ n: 1 });
});

test('M-37 nested objects are shared, and those further out see their own', () => {
  const ctx: Ctx = { n: 1, log: [] };
  run(ctx, (inner) => {
    inner.log?.push('inner');
    inner.n = 5;
    ctx.n = 7;
    expect(inner.n).toBe(5);
    return 'x';
  });
  expect(ctx).toEqual({ n: 7, log: ['inner'] });
});

describe('M-37 copyBack', () => {
  const keys = ['n', 'user'];

  test('after success, synchronously where the rest is synchronous', () => {
    const ctx: Ctx = { n: 1 };
    const result = run(
      ctx,
      (inner) => {
        inner.n = 2;
        inner.log = [];
        return 'plain';
      },
      keys,
    );
    expect(result).toBe('plain');
    expect(ctx).toEqual({ n: 2 });
  });

  test('after success, once the rest has ended and not before', async () => {
    const ctx: Ctx = { n: 1 };
    const running = run(
      ctx,
      async (inner) => {
        inner.n = 2;
        await settle();
        inner.user = 'ada';
        return 'late';
      },
      keys,
    );
    expect(ctx).toEqual({ n: 1 });
    expect(await running).toBe('late');
    expect(ctx).toEqual({ n: 2, user: 'ada' });
  });

  test('after a throw and after a rejection, with the error itself', async () => {
    const ctx: Ctx = { n: 1 };
    expect(() =>
      run(
        ctx,
        (inner) => {
          inner.n = 2;
          throw boom;
        },
        keys,
      ),
    ).toThrow(boom);
    expect(ctx).toEqual({ n: 2 });
    const failing = run(
      ctx,
      async (inner) => {
        await settle();
        inner.n = 3;
        throw boom;
      },
      keys,
    );
    await expect(failing).rejects.toBe(boom);
    expect(ctx).toEqual({ n: 3 });
  });

  test('a result that is only thenable is waited for', async () => {
    const ctx: Ctx = { n: 1 };
    const thenable = (inner: Ctx): PromiseLike<string> => ({
      then: (resolve) => {
        inner.n = 9;
        return Promise.resolve('value').then(resolve);
      },
    });
    expect(await run(ctx, thenable, keys)).toBe('value');
    expect(ctx.n).toBe(9);
  });

  test('keys that the rest does not have, and what objects inherit, change nothing', () => {
    const ctx: Ctx = { n: 1, user: 'kept' };
    run(
      ctx,
      (inner) => {
        delete inner.user;
        return 'x';
      },
      ['user', 'toString', '__proto__', 'constructor'],
    );
    expect(ctx).toEqual({ n: 1, user: 'kept' });
    expect(Object.getPrototypeOf(ctx)).toBe(Object.prototype);
    expect(Object.hasOwn(ctx, 'toString')).toBe(false);
  });
});

test('M-37 keeps the kind of context, its metadata, and the this of a wrapped method', () => {
  const ctx = createContext<{ n: number }>({ n: 1 });
  ctx.metadata.set('k', 'outer');
  isolate<typeof ctx>()(ctx, (inner) => {
    expect(inner?.require('n')).toBe(1);
    expect(inner?.metadata.get('k')).toBe('outer');
    inner?.metadata.set('k', 'inner');
    return 'x';
  });
  expect(ctx.metadata.get('k')).toBe('outer');
  const counter = {
    n: 5,
    next: wrap(function next(this: { n: number }, by: number) {
      return this.n + by;
    }, isolate()),
  };
  expect(counter.next(2)).toBe(7);
});

test('M-37 in a pipeline: layers outside do not see, layers inside do', async () => {
  const seen: (string | undefined)[] = [];
  const outside: Middleware<Ctx, string> = async (ctx, next) => {
    const result = await next();
    seen.push(ctx.user);
    return result;
  };
  const inside: Middleware<Ctx, string> = (ctx, next) => {
    ctx.user = 'ada';
    return next();
  };
  const handler = (ctx: Ctx): string => `hello ${ctx.user}`;
  const serve = pipeline<Ctx, string>().use(outside).use(isolate()).use(inside).handle(handler);
  expect(await serve({ n: 1 })).toBe('hello ada');
  expect(seen).toEqual([undefined]);
  const copied = compose<Ctx, string>(outside, isolate({ copyBack: ['user'] }), inside);
  expect(await copied({ n: 1 }, (ctx) => handler(ctx as Ctx))).toBe('hello ada');
  expect(seen).toEqual([undefined, 'ada']);
});

test('options are checked when it is made', () => {
  expect(() => isolate({ copyback: ['n'] } as never)).toThrow(
    'Unknown option `copyback` of isolate(). Did you mean "copyBack"?',
  );
  expect(() => isolate({ copyBack: 'user' as never })).toThrow(
    'Expected `copyBack` to be a list of keys, got `user` (string).',
  );
});
