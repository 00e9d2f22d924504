/** Tests of pooled. */
import { Context, extend, pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { timeout } from '../timeout/timeout.ts';
import { pooled } from './pooled.ts';
import { ResourcePool } from './resource-pool.ts';

interface Call {
  readonly path?: string;
  readonly signal?: AbortSignal;
}
interface Connection {
  readonly id: number;
}

for (const law of middlewareContract(
  () => pooled(new ResourcePool(() => ({})), { as: 'dbConnection' }),
  { changesContext: true, heedsSignal: true },
)) {
  test(`pooled ${law.name}`, law.check);
}

function setUp(maxSize = 1) {
  const clock = fakeClock();
  const ended: number[] = [];
  let id = 0;
  const pool = new ResourcePool<Connection>(() => ({ id: ++id }), {
    maxSize,
    clock,
    destroy: (one) => ended.push(one.id),
  });
  return { pool, clock, ended, lend: pooled(pool, { as: 'dbConnection' }) };
}

const outcomeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call();
  } catch (error) {
    return error;
  }
};

async function* streamOf(...items: readonly unknown[]): AsyncGenerator<unknown> {
  for (const item of items) yield await item;
}

describe('pooled', () => {
  test('M-117 handlers have a resource on the context, and it is given back after the call', async () => {
    const { pool, lend } = setUp();
    const serve = pipeline<Call, string>()
      .use(lend)
      .handle(async ({ path, dbConnection }) => {
        expect(pool.state().inUse).toBe(1);
        return `${path} by ${dbConnection.id}`;
      });
    const ctx: Call = { path: '/a' };
    expect(await serve(ctx)).toBe('/a by 1');
    expect(ctx).toEqual({ path: '/a' });
    expect(await serve({ path: '/b' })).toBe('/b by 1');
    expect(pool.state()).toMatchObject({ inUse: 0, available: 1, created: 1 });
  });

  test.for([
    ['a value', () => 1],
    ['a promise', async () => 1],
    [
      'a throw',
      (): never => {
        throw new Error('x');
      },
    ],
    ['a rejection', () => Promise.reject(new Error('x'))],
    ['nothing', () => undefined],
  ] as [string, () => unknown][])('M-117 gives it back after %s', async ([, handler]) => {
    const { pool, lend } = setUp();
    const serve = pipeline<Call, unknown>({ answersNothing: true }).use(lend).handle(handler);
    const expected = await outcomeOf(handler);
    expect(await outcomeOf(() => serve({}))).toEqual(expected);
    expect(pool.state()).toMatchObject({ inUse: 0, available: 1 });
  });

  test('M-117 whoever uses it after the call finds out, also by a copy of the context', async () => {
    const { lend } = setUp();
    const late: { readonly dbConnection: Connection }[] = [];
    const keep = (ctx: object): void => void late.push(ctx as never);
    const serve = pipeline<Call, string>()
      .use(lend)
      .use(async (ctx, next) => {
        keep(ctx);
        return next(extend(ctx, { user: 'ada' }));
      })
      .use(timeout())
      .handle(async (ctx) => {
        keep(ctx);
        keep(extend(ctx, { more: 1 }));
        expect([ctx.dbConnection.id, (ctx as { user?: string }).user]).toEqual([1, 'ada']);
        return 'done';
      });
    expect(await serve({ path: '/' })).toBe('done');
    expect(late).toHaveLength(3);
    for (const ctx of late) {
      expect(() => ctx.dbConnection).toThrow(
        expect.objectContaining({ code: 'RESOURCE_RELEASED' }),
      );
    }
  });

  test('M-117 works on contexts of every kind, and leaves them as they were', async () => {
    class Request {
      readonly path = '/a';
      get shout(): string {
        return this.path.toUpperCase();
      }
    }
    const contexts = [
      new Context({ path: '/a' }),
      new Request(),
      Object.assign(Object.create(null) as object, { path: '/a' }),
    ] as { path: string }[];
    for (const ctx of contexts) {
      const { lend } = setUp();
      const kept: { readonly dbConnection: Connection }[] = [];
      const serve = pipeline<{ path: string }, string>()
        .use(lend)
        .handle(async (inner) => {
          const copy = extend(extend(inner, { more: 1 }), { most: 2 });
          kept.push(inner, copy);
          expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(ctx));
          return `${copy.path} ${copy.more} ${copy.most} by ${copy.dbConnection.id}`;
        });
      expect(await serve(ctx)).toBe('/a 1 2 by 1');
      for (const one of kept) {
        expect(() => one.dbConnection).toThrow('has been given back');
      }
      expect('dbConnection' in ctx).toBe(false);
    }
  });

  test('M-117 two pools stand side by side', async () => {
    const [db, cache] = [setUp(), setUp()];
    let late: object | undefined;
    const serve = pipeline<Call, string>()
      .use(db.lend)
      .use(pooled(cache.pool, { as: 'cache' }))
      .handle(async (ctx) => {
        late = ctx;
        return `${ctx.dbConnection.id}${ctx.cache.id}`;
      });
    expect(await serve({})).toBe('11');
    for (const name of ['dbConnection', 'cache'] as const) {
      expect(() => (late as Record<string, unknown>)[name]).toThrow('has been given back');
    }
  });

  test('M-117 a call that is given up keeps it until the work has really ended', async () => {
    const { pool, lend, clock } = setUp();
    const work = pending<string>();
    const serve = pipeline<Call, string>()
      .use(timeout({ timeoutMs: 50, clock }))
      .use(lend)
      .handle(() => work);
    const failed = outcomeOf(() => serve({}));
    await clock.advance(50);
    expect(await failed).toMatchObject({ code: 'TIMEOUT' });
    expect(pool.state().inUse).toBe(1);
    work.resolve('late');
    await settle();
    expect(pool.state()).toMatchObject({ inUse: 0, available: 1 });
  });

  test('M-117 a call that is given up while it waits takes nothing, and its handler does not run', async () => {
    const { pool, lend } = setUp();
    const held = await pool.acquire();
    let runs = 0;
    const serve = pipeline<Call, string>()
      .use(lend)
      .handle(async () => `${++runs}`);
    const caller = new AbortController();
    const failed = outcomeOf(() => serve({ signal: caller.signal }));
    await settle();
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await failed).toBe(reason);
    pool.release(held);
    await settle();
    expect([pool.state().available, runs]).toEqual([1, 0]);
  });

  test('M-117 a timeout further out ends the wait, and leaves no place in the queue', async () => {
    const { pool, lend, clock } = setUp();
    const held = await pool.acquire();
    const serve = pipeline<Call, string>()
      .use(timeout({ timeoutMs: 50, clock }))
      .use(lend)
      .handle(async () => 'done');
    const failed = outcomeOf(() => serve({}));
    await clock.advance(49);
    expect(pool.state().waiting).toBe(1);
    await clock.advance(1);
    expect(await failed).toMatchObject({ code: 'TIMEOUT' });
    expect(pool.state().waiting).toBe(0);
    pool.release(held);
    expect(pool.state()).toMatchObject({ available: 1, inUse: 0 });
    expect(clock.pending).toBe(0);
  });

  test('M-117 given up between the lending and the call, it is given back and the handler does not run', async () => {
    const { pool, lend } = setUp();
    const held = await pool.acquire();
    let runs = 0;
    const serve = pipeline<Call, string>()
      .use(lend)
      .handle(async () => `${++runs}`);
    const caller = new AbortController();
    const failed = outcomeOf(() => serve({ signal: caller.signal }));
    await settle();
    pool.release(held);
    caller.abort('too late');
    expect(await failed).toBe('too late');
    expect([pool.state().available, runs]).toEqual([1, 0]);
  });

  test('M-117 a stream keeps it until its end', async () => {
    const { pool, lend } = setUp();
    const serve = pipeline<Call, unknown>()
      .use(lend)
      .handle(async (ctx) =>
        (async function* rows() {
          for (const row of [1, 2]) yield await Promise.resolve(`${row} by ${ctx.dbConnection.id}`);
        })(),
      );
    const rows: unknown[] = [];
    for await (const row of (await serve({})) as AsyncIterable<unknown>) {
      expect(pool.state().inUse).toBe(1);
      rows.push(row);
    }
    expect(rows).toEqual(['1 by 1', '2 by 1']);
    expect(pool.state().available).toBe(1);
    for await (const _row of (await serve({})) as AsyncIterable<unknown>) break;
    expect(pool.state().available).toBe(1);
  });

  test.for([true, false])(
    'M-117 a stream whose caller has left gives nothing back: what it held is ended (left before it came: %s)',
    async (before) => {
      const { pool, lend, ended } = setUp();
      const caller = new AbortController();
      const serve = pipeline<Call, unknown>()
        .use(lend)
        .handle(async () => {
          if (before) caller.abort();
          return streamOf(1, 2);
        });
      const stream = (await serve({ signal: caller.signal })) as AsyncIterable<unknown>;
      caller.abort();
      await settle();
      expect(ended).toEqual([1]);
      for await (const _one of stream);
      expect(pool.state()).toMatchObject({ size: 0, inUse: 0 });
    },
  );

  test('M-117 what a handler has given back itself is not given back again', async () => {
    const { pool, lend } = setUp();
    const serve = pipeline<Call, string>()
      .use(lend)
      .handle(async (ctx) => {
        pool.release(ctx.dbConnection);
        return 'done';
      });
    expect(await serve({})).toBe('done');
    expect(pool.state()).toMatchObject({ size: 1, available: 1 });
  });

  test('it waits no longer than it may', async () => {
    const { pool, clock } = setUp();
    await pool.acquire();
    const serve = pipeline<Call, string>()
      .use(pooled(pool, { as: 'db', timeoutMs: 30 }))
      .handle(async () => 'done');
    const failed = outcomeOf(() => serve({}));
    await clock.advance(30);
    expect(await failed).toMatchObject({ code: 'QUEUE_TIMEOUT', waitedMs: 30 });
  });

  test('arguments that are wrong are refused in a sentence', () => {
    const { pool } = setUp();
    expect(() => pooled({} as never, { as: 'db' })).toThrow('Expected `pool` to be a ResourcePool');
    expect(() => pooled(pool, { as: '' })).toThrow('Expected `as` to be a name');
    expect(() => pooled(pool, { as: 'db', timeoutMs: -1 })).toThrow(RangeError);
    expect(() => pooled(pool, { as: 'db', timeout: 1 } as never)).toThrow('"timeoutMs"');
  });
});
