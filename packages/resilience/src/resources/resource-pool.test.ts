/** Tests of ResourcePool. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fakeClock, pending, type Pending, settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import type { PoolOptions } from './pool-options.ts';
import { ResourcePool } from './resource-pool.ts';

interface Connection {
  readonly id: number;
}

/** A pool of numbered connections on a clock of its own. */
function setUp(options: PoolOptions<Connection> = {}) {
  const clock = fakeClock();
  const said: string[] = [];
  const failures: unknown[] = [];
  let id = 0;
  const pool = new ResourcePool<Connection>(async () => ({ id: ++id }), {
    name: 'db',
    maxSize: 2,
    clock,
    destroy: (one) => said.push(`end ${one.id}`),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { clock, pool, said, failures };
}

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error);

describe('ResourcePool', () => {
  test('M-110 lends an idle one rather than a new one, and holds ten unless told otherwise', async () => {
    let made = 0;
    const pool = new ResourcePool(async () => ++made);
    const first = await pool.acquire();
    pool.release(first);
    expect(await pool.acquire()).toBe(first);
    for (let n = 0; n < 9; n++) await pool.acquire();
    const waiting = pool.acquire();
    await settle();
    expect([made, pool.state().waiting]).toEqual([10, 1]);
    pool.release(first);
    expect(await waiting).toBe(first);
  });

  test('M-110 many who ask at once never get more than there may be', async () => {
    let [living, most] = [0, 0];
    const pool = new ResourcePool(
      async () => {
        most = Math.max(most, ++living);
        await settle();
        return {};
      },
      { maxSize: 3 },
    );
    const calls = Array.from({ length: 50 }, () =>
      pool.use(async () => {
        await null;
      }),
    );
    await Promise.all(calls);
    expect([most, living]).toEqual([3, 3]);
  });

  test('M-111 whoever waits longest is served first, and nobody who comes later passes by', async () => {
    const { pool } = setUp({ maxSize: 1 });
    const one = await pool.acquire();
    const order: string[] = [];
    const ask = async (name: string): Promise<void> => {
      const got = await pool.acquire();
      order.push(name);
      pool.release(got);
    };
    const asked = [ask('first'), ask('second')];
    await settle();
    pool.release(one);
    asked.push(ask('newcomer'));
    await Promise.all(asked);
    expect(order).toEqual(['first', 'second', 'newcomer']);
  });

  test('M-112 a failed create is the error of who asked, frees the place and wakes the next', async () => {
    const creates: Pending<Connection>[] = [];
    const pool = new ResourcePool(
      () => {
        const create = pending<Connection>();
        creates.push(create);
        return create;
      },
      { maxSize: 1 },
    );
    const failing = outcomeOf(pool.acquire());
    const waiting = pool.acquire();
    await settle();
    expect(creates).toHaveLength(1);
    const fault = new Error('refused');
    creates[0]?.reject(fault);
    expect(await failing).toBe(fault);
    await settle();
    creates[1]?.resolve({ id: 1 });
    expect(await waiting).toEqual({ id: 1 });
    expect(pool.state()).toMatchObject({ size: 1, inUse: 1, waiting: 0, created: 1 });
  });

  test('M-112 a create that throws at once is a create that fails', async () => {
    const fault = new Error('at once');
    let times = 0;
    const pool = new ResourcePool(() => {
      if (times++ === 0) throw fault;
      return 'here';
    });
    expect(await outcomeOf(pool.acquire())).toBe(fault);
    expect(await pool.acquire()).toBe('here');
  });

  test('M-112 a create that gives what the pool has is a create that fails', async () => {
    const same = {};
    const { size } = await (async () => {
      const pool = new ResourcePool(() => same, { name: 'db' });
      await pool.acquire();
      expect(await outcomeOf(pool.acquire())).toMatchObject({
        message: '`create` gave "db" a resource that it has.',
      });
      return pool.state();
    })();
    expect(size).toBe(1);
  });

  test('M-113 a second release is an error, and the pool is unharmed', async () => {
    const { pool } = setUp();
    const one = await pool.acquire();
    pool.release(one);
    for (const again of [() => pool.release(one), () => pool.discard(one)]) {
      expect(again).toThrow('The resource has been given back to "db" already; give it back once.');
    }
    const held = [await pool.acquire(), await pool.acquire()];
    expect(new Set(held).size).toBe(2);
    expect(pool.state()).toMatchObject({ size: 2, available: 0, inUse: 2 });
  });

  test('M-113 what comes from elsewhere is an error, and the pool is unharmed', async () => {
    const { pool, said } = setUp();
    expect(() => pool.release({ id: 1 })).toThrow('The resource is none of "db"');
    expect(pool.state().size).toBe(0);
    const one = await pool.acquire();
    pool.discard(one);
    await settle();
    expect(said).toEqual(['end 1']);
    expect(() => pool.release(one)).toThrow(
      expect.objectContaining({ code: 'FOREIGN_RESOURCE', pool: 'db' }),
    );
  });

  test('M-114 who waits too long is told how long, and has no place in the queue any more', async () => {
    const { pool, clock } = setUp({ maxSize: 1, acquireTimeoutMs: 100 });
    const one = await pool.acquire();
    const late = outcomeOf(pool.acquire());
    const patient = pool.acquire({ timeoutMs: 1000 });
    const hasty = outcomeOf(pool.acquire({ timeoutMs: 20 }));
    await clock.advance(99);
    expect(await hasty).toMatchObject({ code: 'QUEUE_TIMEOUT', waitedMs: 20 });
    expect(pool.state().waiting).toBe(2);
    await clock.advance(1);
    expect(await late).toMatchObject({ code: 'QUEUE_TIMEOUT', policy: 'db', waitedMs: 100 });
    pool.release(one);
    expect(await patient).toBe(one);
    expect(clock.pending).toBe(0);
  });

  test('M-114 the time runs while one is made, and what comes late is for the next', async () => {
    const create = pending<Connection>();
    const clock = fakeClock();
    const pool = new ResourcePool(() => create, { clock, maxSize: 1, acquireTimeoutMs: 50 });
    const late = outcomeOf(pool.acquire());
    await clock.advance(50);
    expect(await late).toMatchObject({ code: 'QUEUE_TIMEOUT' });
    create.resolve({ id: 1 });
    await settle();
    expect(pool.state()).toMatchObject({ size: 1, available: 1, inUse: 0 });
  });

  test('M-114 who gives up is told at once and by their reason, in the queue and while one is made', async () => {
    const create = pending<Connection>();
    const failures: unknown[] = [];
    const pool = new ResourcePool(() => create, {
      maxSize: 1,
      onFailure: (error) => failures.push(error),
    });
    const leaver = new AbortController();
    const { signal } = leaver;
    const [maker, waiter] = [
      outcomeOf(pool.acquire({ signal })),
      outcomeOf(pool.acquire({ within: { signal } })),
    ];
    const reason = new Error('enough');
    leaver.abort(reason);
    expect(pool.state()).toMatchObject({ size: 1, waiting: 0 });
    expect(await Promise.all([maker, waiter])).toEqual([reason, reason]);
    expect(await outcomeOf(pool.acquire({ signal }))).toBe(reason);
    const fault = new Error('nobody waits');
    create.reject(fault);
    await settle();
    expect(failures).toEqual([fault]);
    expect(pool.state().size).toBe(0);
  });

  test('M-115 one that is not good any more is ended and replaced, and so is one that cannot be asked', async () => {
    const bad = new Set<number>();
    const { pool, said, failures } = setUp({
      maxSize: 3,
      validate: ({ id }) => {
        if (id === 2) throw new Error('no answer');
        return !bad.has(id);
      },
    });
    const held = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    for (const one of held) pool.release(one);
    bad.add(3);
    expect(await pool.acquire()).toBe(held[0]);
    expect(said).toEqual(['end 3', 'end 2']);
    expect(failures.map(String)).toEqual(['Error: no answer']);
    bad.add(1);
    pool.release(held[0] as Connection);
    expect(await pool.acquire()).toEqual({ id: 4 });
    expect(said).toEqual(['end 3', 'end 2', 'end 1']);
    expect(pool.state()).toMatchObject({ size: 1, created: 4, destroyed: 3 });
  });

  test('M-115 a place is not free before its resource has been ended', async () => {
    const ending = pending<void>();
    const { pool } = setUp({ maxSize: 1, destroy: () => ending });
    pool.discard(await pool.acquire());
    const waiting = pool.acquire();
    await settle();
    expect(pool.state()).toMatchObject({ size: 1, waiting: 1, created: 1 });
    ending.resolve();
    expect(await waiting).toEqual({ id: 2 });
  });

  test('M-115 what destroy throws is reported, and the place is free', async () => {
    const fault = new Error('stuck');
    const { pool, failures } = setUp({
      maxSize: 1,
      destroy: () => {
        throw fault;
      },
    });
    pool.discard(await pool.acquire());
    expect(await pool.acquire()).toEqual({ id: 2 });
    expect(failures).toEqual([fault]);
  });

  test('M-115 those that lie idle for too long are ended, the last used stay', async () => {
    const { pool, said, clock } = setUp({ maxSize: 3, idleTimeoutMs: 100 });
    const [one, two, three] = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    pool.release(one);
    await clock.advance(60);
    pool.release(two);
    pool.release(three);
    await clock.advance(39);
    expect(said).toEqual([]);
    await clock.advance(1);
    expect(said).toEqual(['end 1']);
    expect(await pool.acquire()).toBe(three);
    await clock.advance(60);
    expect(said).toEqual(['end 1', 'end 2']);
    expect(pool.state()).toMatchObject({ size: 1, inUse: 1 });
  });

  test('M-115 the timer for those that lie idle does not hold the process, and there is one', async () => {
    const clock = fakeClock();
    const set: unknown[] = [];
    const pool = new ResourcePool(async () => ({}), {
      idleTimeoutMs: 100,
      clock: {
        ...clock,
        setTimer(run, afterMs, options) {
          set.push({ afterMs, ...options });
          return clock.setTimer(run, afterMs, options);
        },
      },
    });
    const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const one of held) pool.release(one);
    expect(set).toEqual([{ afterMs: 100, keepAlive: false }]);
  });

  test('M-115 close sends away who waits, ends what is idle at once and what is lent when it comes back', async () => {
    const { pool, said, clock } = setUp({ maxSize: 2, idleTimeoutMs: 1000 });
    const [one, two] = [await pool.acquire(), await pool.acquire()];
    const waiting = outcomeOf(pool.acquire());
    pool.release(one);
    const held = await waiting;
    pool.release(held as Connection);
    let isClosed = false;
    const closing = pool.close().then(() => (isClosed = true));
    await settle();
    expect([said, isClosed, clock.pending]).toEqual([['end 1'], false, 0]);
    expect(await outcomeOf(pool.acquire())).toMatchObject({ code: 'DISPOSED', policy: 'db' });
    expect(pool.state()).toMatchObject({ isClosed: true, size: 1 });
    pool.release(two);
    await closing;
    expect(said).toEqual(['end 1', 'end 2']);
    await pool[Symbol.asyncDispose]();
  });

  test('M-115 close reaches who waits, in the queue and for one that is being made', async () => {
    const create = pending<Connection>();
    const ended: unknown[] = [];
    const pool = new ResourcePool(() => create, {
      maxSize: 1,
      destroy: (one) => ended.push(one),
    });
    const waiting = [outcomeOf(pool.acquire()), outcomeOf(pool.acquire())];
    const closing = pool.close();
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: 'DISPOSED' });
    create.resolve({ id: 1 });
    await closing;
    expect(ended).toEqual([{ id: 1 }]);
  });

  test('M-115 forced to close it ends what is lent at once; who holds it finds out, and may still give it back', async () => {
    const { pool, said } = setUp();
    const lease = await pool.lease();
    const other = await pool.acquire();
    await pool.close({ force: true });
    expect(said).toEqual(['end 1', 'end 2']);
    expect(pool.state()).toMatchObject({ size: 0, inUse: 0 });
    expect(() => lease.resource).toThrow('has been given back to "db"');
    lease.release();
    pool.release(other);
    expect(() => pool.release(other)).toThrow('already');
    await pool.close({ force: true });
    expect(said).toEqual(['end 1', 'end 2']);
  });

  test('M-115 drain lets nobody in and serves those who wait', async () => {
    const { pool, said } = setUp({ maxSize: 1 });
    const one = await pool.acquire();
    const waiting = pool.acquire();
    const draining = pool.drain();
    expect(await outcomeOf(pool.acquire())).toMatchObject({ code: 'DISPOSED' });
    pool.release(one);
    expect(await waiting).toBe(one);
    expect(said).toEqual([]);
    pool.release(one);
    await draining;
    expect(said).toEqual(['end 1']);
    await setUp().pool.drain();
  });

  test('M-116 tells size, available, in use and waiting', async () => {
    const { pool } = setUp({ maxSize: 2 });
    expect(pool.state()).toEqual({
      size: 0,
      available: 0,
      inUse: 0,
      waiting: 0,
      created: 0,
      destroyed: 0,
      isClosed: false,
    });
    const [one] = [await pool.acquire(), await pool.acquire()];
    const third = pool.acquire();
    expect(pool.state()).toMatchObject({ size: 2, available: 0, inUse: 2, waiting: 1 });
    pool.release(one);
    pool.release(await third);
    expect(pool.state()).toMatchObject({ size: 2, available: 1, inUse: 1, waiting: 0 });
    expect(pool.name).toBe('db');
  });

  test('X-R5 no more may wait than the pool allows', async () => {
    const { pool } = setUp({ maxSize: 1, maxWaiting: 1 });
    await pool.acquire();
    const waiting = outcomeOf(pool.acquire());
    expect(await outcomeOf(pool.acquire())).toMatchObject({
      code: 'BULKHEAD_FULL',
      message: '"db" is full: 1 calls may run and 1 may wait.',
    });
    await pool.close({ force: true });
    await waiting;

    const usual = setUp({ maxSize: 1 }).pool;
    await usual.acquire();
    const crowd = Array.from({ length: 1001 }, () => outcomeOf(usual.acquire()));
    expect(await crowd[1000]).toMatchObject({ code: 'BULKHEAD_FULL' });
    expect(usual.state().waiting).toBe(1000);
  });

  test('use gives back what it was lent after a value, an error and a throw, and never twice', async () => {
    const { pool } = setUp({ maxSize: 1 });
    expect(await pool.use(({ id }) => id)).toBe(1);
    const fault = new Error('query');
    expect(await outcomeOf(pool.use(() => Promise.reject(fault)))).toBe(fault);
    const thrown = (): never => {
      throw fault;
    };
    expect(await outcomeOf(pool.use(thrown))).toBe(fault);
    await pool.use((one) => pool.release(one));
    expect(pool.state()).toMatchObject({ size: 1, available: 1, inUse: 0, created: 1 });
  });

  test('use is held to the real end: a caller who has left does not free what is still at work', async () => {
    const { pool } = setUp({ maxSize: 1 });
    const work = pending<string>();
    const caller = new AbortController();
    const using = pool.use(() => work, { signal: caller.signal });
    await settle();
    caller.abort();
    await settle();
    expect(pool.state().inUse).toBe(1);
    work.resolve('done');
    expect(await using).toBe('done');
    expect(pool.state().available).toBe(1);
  });

  test('a lease gives the resource until it is over', async () => {
    const { pool, said } = setUp();
    const lease = await pool.lease();
    expect([lease.resource, lease.isOver]).toEqual([{ id: 1 }, false]);
    lease.release();
    expect(lease.isOver).toBe(true);
    expect(() => lease.resource).toThrow(
      expect.objectContaining({ code: 'RESOURCE_RELEASED', pool: 'db' }),
    );
    expect(() => lease.release()).toThrow(expect.objectContaining({ code: 'DOUBLE_RELEASE' }));
    lease[Symbol.dispose]();

    const next = await pool.lease();
    next[Symbol.dispose]();
    expect(pool.state().available).toBe(1);
    (await pool.lease()).discard();
    await settle();
    expect(said).toEqual(['end 1']);
  });

  test('the lease of one caller is over though another has the same resource', async () => {
    const { pool } = setUp({ maxSize: 1 });
    const first = await pool.lease();
    first.release();
    const second = await pool.lease();
    expect(() => first.release()).toThrow('already');
    expect(second.resource).toEqual({ id: 1 });
  });

  test('what is done for who waits is done in their own async context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    let id = 0;
    const pool = new ResourcePool(
      async () => {
        seen.push(`create in ${storage.getStore()}`);
        return { id: ++id };
      },
      {
        maxSize: 1,
        validate: ({ id }) => {
          seen.push(`validate in ${storage.getStore()}`);
          return id === 1;
        },
      },
    );
    const ask = async (): Promise<{ id: number }> => {
      const got = await pool.acquire();
      seen.push(`got in ${storage.getStore()}`);
      return got;
    };
    const one = await storage.run('one', ask);
    const [two, three] = [storage.run('two', ask), storage.run('three', ask)];
    storage.run('stranger', () => pool.release(one));
    await two;
    storage.run('stranger', () => pool.discard(one));
    await three;
    expect(seen).toEqual([
      'create in one',
      'got in one',
      'validate in two',
      'got in two',
      'create in three',
      'got in three',
    ]);
  });

  test('callbacks that throw when told of a failure change nothing', async () => {
    const { pool } = setUp({
      maxSize: 1,
      destroy: () => Promise.reject(new Error('stuck')),
      onFailure: (() => Promise.reject(new Error('log down'))) as () => never,
    });
    const written: unknown[] = [];
    const spy = vi.spyOn(console, 'error');
    spy.mockImplementation((...said) => void written.push(String(said.at(-1))));
    try {
      pool.discard(await pool.acquire());
      expect(await pool.acquire()).toEqual({ id: 2 });
    } finally {
      spy.mockRestore();
    }
    expect(written).toEqual(['Error: log down']);
  });

  test('a hundred thousand uses leave no timer and nothing lent', { timeout: 60_000 }, async () => {
    const pool = new ResourcePool(async () => ({}), {
      maxSize: 5,
      idleTimeoutMs: 60_000,
      acquireTimeoutMs: 60_000,
    });
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, () => pool.use(() => round)));
    }
    expect(timers()).toBe(before);
    expect(pool.state()).toMatchObject({ size: 5, available: 5, inUse: 0, waiting: 0 });
    await pool.close();
  });

  test('options that are wrong are refused in a sentence', async () => {
    const create = (): number => 1;
    expect(() => new ResourcePool(5 as never)).toThrow(
      'Expected `create` to be a function, got `5` (number).',
    );
    expect(() => new ResourcePool(create, { maxSize: 0 })).toThrow(
      'Expected `maxSize` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => new ResourcePool(create, { maxWaiting: -1 })).toThrow(RangeError);
    expect(() => new ResourcePool(create, { idleTimeoutMs: Number.NaN })).toThrow(RangeError);
    expect(() => new ResourcePool(create, { acquireTimeoutMs: '5' as never })).toThrow(TypeError);
    expect(() => new ResourcePool(create, { validate: true as never })).toThrow('`validate`');
    expect(() => new ResourcePool(create, { destroy: 1 as never })).toThrow('`destroy`');
    expect(() => new ResourcePool(create, { onFailure: 1 as never })).toThrow('`onFailure`');
    expect(() => new ResourcePool(create, { name: '' })).toThrow('`name`');
    expect(() => new ResourcePool(create, { max: 1 } as never)).toThrow('Unknown option `max`');
    const pool = new ResourcePool(create);
    await expect(pool.acquire({ timeoutMs: -1 })).rejects.toThrow(RangeError);
    await expect(pool.acquire({ timeout: 1 } as never)).rejects.toThrow('"timeoutMs"');
    await expect(pool.close({ forced: true } as never)).rejects.toThrow('"force"');
  });
});
