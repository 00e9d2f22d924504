/** Tests of bulkhead. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead, type BulkheadOptions } from './bulkhead.ts';
import { scoped, Scope } from '../scope.ts';
import { timeout } from '../timeout/timeout.ts';

interface Call {
  readonly id?: unknown;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => bulkhead({ clock }), { sync: true })) {
  test(`bulkhead ${law.name}`, law.check);
}
for (const law of middlewareContract(({ clock }) =>
  bulkhead({ clock, maxConcurrent: 1, maxQueue: 5, queueTimeoutMs: 50 }),
)) {
  test(`bulkhead with one slot ${law.name}`, law.check);
}

/** A bulkhead round a rest whose runs end when the test says so. */
function under(options: BulkheadOptions<Call> = {}) {
  const clock = fakeClock();
  const policy = bulkhead<Call>({ clock, ...options });
  const events: object[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const runs: (ReturnType<typeof pending<unknown>> & { id: unknown })[] = [];
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle(({ id }) => {
      const run = Object.assign(pending<unknown>(), { id });
      runs.push(run);
      return run;
    });
  /** The result, or the error. */
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const seen = (): unknown[] => runs.map(({ id }) => id);
  return { clock, policy, events, runs, serve, call, seen };
}

describe('bulkhead', () => {
  test('M-151 lets so many run at once, and the others in the order in which they came', async () => {
    const { call, runs, seen, policy } = under({ maxConcurrent: 2, maxQueue: 3 });
    const calls = [1, 2, 3, 4, 5].map((id) => call({ id }));
    expect(seen()).toEqual([1, 2]);
    expect(policy.state()).toMatchObject({ running: 2, queued: 3, available: 0 });
    for (let ended = 0; ended < 5; ended++) {
      runs[ended]?.resolve(`result ${ended + 1}`);
      await settle();
      expect(seen()).toEqual([1, 2, 3, 4, 5].slice(0, Math.min(5, ended + 3)));
    }
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5].map((id) => `result ${id}`));
    expect(policy.state()).toEqual({
      running: 0,
      queued: 0,
      available: 2,
      waitedMs: 0,
      started: 5,
      rejected: 0,
    });
  });

  test('X-R5 who finds no slot and no place in the queue is refused at once', async () => {
    const { call, policy, seen, events } = under({ maxConcurrent: 1, maxQueue: 1 });
    void call({ id: 1 });
    void call({ id: 2 });
    expect(await call({ id: 3 })).toMatchObject({
      name: 'BulkheadFullError',
      code: 'BULKHEAD_FULL',
      policy: 'bulkhead',
      message: '"bulkhead" is full: 1 calls may run and 1 may wait.',
    });
    expect(seen()).toEqual([1]);
    expect(policy.state()).toMatchObject({ running: 1, queued: 1, rejected: 1 });
    expect(events.at(-1)).toEqual({ type: 'rejected', reason: 'full' });
    expect(() => bulkhead({ maxQueue: Infinity })).toThrow(RangeError);
  });

  test('by default ten may run and none may wait', async () => {
    const { call, policy } = under();
    for (let id = 0; id < 10; id++) void call({ id });
    expect(await call()).toMatchObject({ code: 'BULKHEAD_FULL' });
    expect(policy.state()).toMatchObject({ running: 10, queued: 0 });
  });

  test('a synchronous rest gives a value, throws what it throws, and frees its slot either way', () => {
    const policy = bulkhead({ maxConcurrent: 1 });
    let fails = false;
    const serve = pipeline<object, number>()
      .use(policy)
      .handle(() => {
        if (fails) throw new Error('at once');
        return 7;
      });
    expect(serve({})).toBe(7);
    fails = true;
    expect(() => serve({})).toThrow('at once');
    expect(policy.state()).toMatchObject({ running: 0, available: 1, started: 2 });
  });

  test('a run that rejects frees its slot, and its error comes through as it is', async () => {
    const { call, runs, policy, seen } = under({ maxConcurrent: 1, maxQueue: 1 });
    const [first] = [call({ id: 1 }), call({ id: 2 })];
    const error = new Error('from the rest');
    runs[0]?.reject(error);
    expect(await first).toBe(error);
    await settle();
    expect(seen()).toEqual([1, 2]);
    expect(policy.state()).toMatchObject({ running: 1, queued: 0 });
  });

  test('a thenable that settles twice gives back one slot', async () => {
    const policy = bulkhead({ maxConcurrent: 3 });
    const serve = pipeline<object, string>()
      .use(policy)
      .handle(() => {
        const twice = {
          then(resolve: (value: string) => void, reject: (error: unknown) => void) {
            resolve('first');
            resolve('second');
            reject(new Error('third'));
          },
        };
        return twice as unknown as Promise<string>;
      });
    expect(await serve({})).toBe('first');
    expect(policy.state()).toMatchObject({ running: 0, available: 3 });
  });

  test('a signal that has aborted takes no slot and starts nothing', async () => {
    const { call, policy, seen } = under();
    const reason = new Error('before');
    expect(await call({ signal: AbortSignal.abort(reason) })).toBe(reason);
    expect(seen()).toEqual([]);
    expect(policy.state()).toMatchObject({ running: 0, started: 0 });
  });

  test('A3-2 each of its events is told, with what it carries', async () => {
    const { clock, call, runs, events } = under({
      maxConcurrent: 1,
      maxQueue: 2,
      queueTimeoutMs: 50,
    });
    void call({ id: 1 });
    void call({ id: 2 });
    await clock.advance(20);
    void call({ id: 3 });
    void call({ id: 4 });
    await clock.advance(10);
    runs[0]?.resolve(1);
    await clock.advance(40);
    expect(events).toEqual([
      { type: 'queued', queued: 1 },
      { type: 'queued', queued: 2 },
      { type: 'rejected', reason: 'full' },
      { type: 'dequeued', waitMs: 30 },
      { type: 'rejected', reason: 'timeout' },
    ]);
  });

  test('A3-3 a newcomer never takes the slot of one that was let in to wait, not even in the very moment of release', async () => {
    const { call, runs, seen, policy } = under({ maxConcurrent: 1, maxQueue: 1 });
    const first = call({ id: 'first' });
    const second = call({ id: 'second' });
    const newcomers: Promise<unknown>[] = [];
    // One newcomer for each step in which the slot goes from hand to hand.
    const steps = (async () => {
      for (let step = 0; step < 10; step++) {
        await Promise.resolve();
        newcomers.push(call({ id: `newcomer ${step}` }));
      }
    })();
    runs[0]?.resolve('done');
    await steps;
    expect(await first).toBe('done');
    expect(seen()).toEqual(['first', 'second']);
    runs[1]?.resolve('done, too');
    expect(await second).toBe('done, too');
    await settle();
    runs[2]?.resolve('let in');
    const ends = await Promise.all(newcomers);
    const refused = ends.filter((end) => (end as { code?: string }).code === 'BULKHEAD_FULL');
    expect([ends.length - refused.length, refused.length]).toEqual([1, 9]);
    expect(policy.state()).toMatchObject({ running: 0, queued: 0, started: 3, rejected: 9 });
  });

  test('a newcomer that finds a free slot still starts behind those who wake', async () => {
    const { call, policy, seen } = under({ maxConcurrent: 1, maxQueue: 3 });
    void call({ id: 1 });
    void call({ id: 2 });
    policy.reconfigure({ maxConcurrent: 4, maxQueue: 0 });
    // Two are granted their slots in microtasks to come.
    void call({ id: 3 });
    expect(seen()).toEqual([1]);
    await settle();
    expect(seen()).toEqual([1, 2, 3]);
    void call({ id: 4 });
    expect(seen()).toEqual([1, 2, 3, 4]);
  });

  test('A3-4 who aborts in the queue is let go in the same turn, with its own reason, and its place is free', async () => {
    const { clock, call, policy, seen, runs, serve } = under({
      maxConcurrent: 1,
      maxQueue: 1,
      queueTimeoutMs: 100,
    });
    void call({ id: 1 });
    const caller = new AbortController();
    let end: unknown;
    const waiting = Promise.resolve(serve({ id: 2, signal: caller.signal })).catch(
      (error: unknown) => {
        end = error;
      },
    );
    const reason = new Error('enough');
    caller.abort(reason);
    expect(policy.state()).toMatchObject({ running: 1, queued: 0 });
    void call({ id: 3 });
    expect(policy.state()).toMatchObject({ running: 1, queued: 1, rejected: 0 });
    await waiting;
    expect(end).toBe(reason);
    runs[0]?.resolve(0);
    await settle();
    expect(seen()).toEqual([1, 3]);
    expect(clock.pending).toBe(0);
  });

  test('who aborts between getting its slot and starting hands it on', async () => {
    const { call, runs, seen, policy, serve } = under({ maxConcurrent: 1, maxQueue: 2 });
    const caller = new AbortController();
    void call({ id: 1 });
    const second = call({ id: 2, signal: caller.signal });
    void call({ id: 3 });
    const reason = new Error('at the last moment');
    policy.reconfigure({ maxConcurrent: 2 });
    caller.abort(reason);
    expect(await second).toBe(reason);
    await settle();
    expect(seen()).toEqual([1, 3]);
    for (const run of runs) run.resolve(0);
    await settle();
    expect(policy.state()).toMatchObject({ running: 0, queued: 0, available: 2, started: 2 });
    void serve({});
    expect(seen()).toHaveLength(3);
  });

  test('a listener that makes the caller give up gets no lost slot', async () => {
    const { call, policy, seen, runs } = under({ maxConcurrent: 1, maxQueue: 1 });
    const caller = new AbortController();
    const reason = new Error('by a listener');
    policy.on('dequeued', () => caller.abort(reason));
    void call({ id: 1 });
    const second = call({ id: 2, signal: caller.signal });
    runs[0]?.resolve(0);
    expect(await second).toBe(reason);
    expect(seen()).toEqual([1]);
    expect(policy.state()).toMatchObject({ running: 0, available: 1 });
  });

  test('a wait that takes too long ends, and frees its place', async () => {
    const { clock, call, policy, seen, runs } = under({
      maxConcurrent: 1,
      maxQueue: 1,
      queueTimeoutMs: 100,
    });
    void call({ id: 1 });
    await clock.advance(10);
    const second = call({ id: 2 });
    await clock.advance(99);
    expect(policy.state()).toMatchObject({ queued: 1, waitedMs: 99 });
    await clock.advance(1);
    expect(await second).toMatchObject({
      name: 'QueueTimeoutError',
      code: 'QUEUE_TIMEOUT',
      policy: 'bulkhead',
      waitedMs: 100,
    });
    expect(policy.state()).toMatchObject({ running: 1, queued: 0, rejected: 1, waitedMs: 0 });
    void call({ id: 3 });
    runs[0]?.resolve(0);
    await settle();
    expect(seen()).toEqual([1, 3]);
    expect(clock.pending).toBe(0);
  });

  test('however many wait, one timer serves them all', async () => {
    const { clock, call } = under({ maxConcurrent: 1, maxQueue: 100, queueTimeoutMs: 100 });
    const calls = Array.from({ length: 101 }, (_, id) => call({ id }));
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    const ends = await Promise.all(calls.slice(1));
    expect(ends.every((end) => (end as { code?: string }).code === 'QUEUE_TIMEOUT')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('a slot of the very moment at which the wait is over wins if it was free first', async () => {
    const { clock, call, runs, seen } = under({
      maxConcurrent: 1,
      maxQueue: 1,
      queueTimeoutMs: 100,
    });
    void call({ id: 1 });
    clock.setTimer(() => runs[0]?.resolve(0), 100);
    void call({ id: 2 });
    await clock.advance(100);
    expect(seen()).toEqual([1, 2]);
  });

  describe('and deadlines', () => {
    const due = (clock: { now(): number }, inMs: number, ctx: Call = {}): Call =>
      scoped(ctx, new Scope(ctx, { deadlineMs: clock.now() + inMs }));

    test('who would have to wait past its deadline is refused at once', async () => {
      const { clock, call, policy, events } = under({ maxConcurrent: 1, maxQueue: 5 });
      void call({ id: 1 });
      await clock.advance(10);
      expect(await call(due(clock, 0))).toMatchObject({ code: 'QUEUE_TIMEOUT', waitedMs: 0 });
      expect(policy.state()).toMatchObject({ queued: 0, rejected: 1 });
      expect(events).toEqual([{ type: 'rejected', reason: 'deadline' }]);
    });

    test('whose deadline went by while it waited is not started, and its slot goes on', async () => {
      const { clock, call, runs, seen, events } = under({ maxConcurrent: 1, maxQueue: 5 });
      void call({ id: 1 });
      const second = call(due(clock, 30, { id: 2 }));
      void call(due(clock, 31, { id: 3 }));
      await clock.advance(30);
      runs[0]?.resolve(0);
      expect(await second).toMatchObject({ code: 'QUEUE_TIMEOUT', waitedMs: 30 });
      await settle();
      expect(seen()).toEqual([1, 3]);
      expect(events).toContainEqual({ type: 'rejected', reason: 'deadline' });
    });

    test('who finds a free slot does not wait, so its deadline is no concern of the bulkhead', () => {
      const { clock, call, seen } = under();
      void call(due(clock, 0, { id: 1 }));
      expect(seen()).toEqual([1]);
    });
  });

  test('A3 G11 when a timeout further out gives up, the slot stays taken until the work really ends', async () => {
    const clock = fakeClock();
    const slots = bulkhead<Call>({ clock, maxConcurrent: 1 });
    const runs: ReturnType<typeof pending<string>>[] = [];
    const serve = pipeline<Call, string>()
      .use(timeout({ clock, timeoutMs: 100 }))
      .use(slots)
      .handle(() => {
        const run = pending<string>();
        runs.push(run);
        return run;
      });
    const call = async (): Promise<unknown> => {
      try {
        return await serve({});
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const first = call();
    await clock.advance(100);
    expect(await first).toBe('TIMEOUT');
    expect(slots.state()).toMatchObject({ running: 1, available: 0 });
    expect(await call()).toBe('BULKHEAD_FULL');
    expect(runs).toHaveLength(1);
    runs[0]?.resolve('late');
    await settle();
    expect(slots.state()).toMatchObject({ running: 0, available: 1 });
    const third = call();
    runs[1]?.resolve('in time');
    expect(await third).toBe('in time');
  });

  test('a timeout further out ends the wait in the queue, too', async () => {
    const clock = fakeClock();
    const slots = bulkhead<Call>({ clock, maxConcurrent: 1, maxQueue: 1 });
    let calls = 0;
    const serve = pipeline<Call, never>()
      .use(timeout({ clock, timeoutMs: 100 }))
      .use(slots)
      .handle(() => {
        calls++;
        return pending<never>();
      });
    const ends: unknown[] = [];
    for (let id = 0; id < 2; id++) {
      void Promise.resolve(serve({})).catch((error: unknown) => ends.push(error));
    }
    await clock.advance(100);
    expect(ends).toMatchObject([{ code: 'TIMEOUT' }, { code: 'TIMEOUT' }]);
    expect(slots.state()).toMatchObject({ running: 1, queued: 0 });
    expect([calls, clock.pending]).toEqual([1, 0]);
  });

  describe('and streams', () => {
    async function* numbers(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }

    test('G10 a stream keeps its slot until it has been read', async () => {
      const { call, runs, policy, seen } = under({ maxConcurrent: 1, maxQueue: 1 });
      const first = call({ id: 1 });
      void call({ id: 2 });
      runs[0]?.resolve(numbers());
      const stream = (await first) as AsyncGenerator<number>;
      await settle();
      expect(seen()).toEqual([1]);
      const read: number[] = [];
      for await (const one of stream) read.push(one);
      await settle();
      expect(read).toEqual([1, 2]);
      expect(seen()).toEqual([1, 2]);
      expect(policy.state()).toMatchObject({ running: 1, queued: 0 });
    });

    test('G10 or until its reader has given up, or it has failed', async () => {
      const { call, runs, policy } = under();
      const calls = [call(), call(), call()];
      runs[0]?.resolve(numbers());
      runs[1]?.resolve(
        // oxlint-disable-next-line require-yield -- it fails before it yields
        (async function* failing(): AsyncGenerator<number> {
          throw new Error('in the stream');
        })(),
      );
      runs[2]?.resolve(new ReadableStream({ start: (controller) => controller.enqueue('a') }));
      const [left, failing, cancelled] = (await Promise.all(calls)) as [
        AsyncGenerator<number>,
        AsyncGenerator<number>,
        ReadableStream<string>,
      ];
      expect(policy.state().running).toBe(3);
      await left.return(undefined);
      expect(policy.state().running).toBe(2);
      await expect(failing.next()).rejects.toThrow('in the stream');
      expect(policy.state().running).toBe(1);
      await cancelled.cancel();
      expect(policy.state().running).toBe(0);
    });

    test('G10 until-first frees the slot when the stream is there', async () => {
      const { call, runs, policy } = under({ stream: 'until-first' });
      const first = call();
      const stream = numbers();
      runs[0]?.resolve(stream);
      expect(await first).toBe(stream);
      expect(policy.state().running).toBe(0);
    });

    test('an object that refuses to be looked at loses no slot', async () => {
      const { call, runs, policy } = under();
      const first = call();
      const closed: object = new Proxy(
        {},
        {
          has() {
            throw new Error('not to be looked at');
          },
        },
      );
      runs[0]?.resolve(closed);
      expect(await first).toBe(closed);
      expect(policy.state()).toMatchObject({ running: 0, available: 10 });
    });
  });

  describe('and the order of the queue', () => {
    const drained = async (options: BulkheadOptions<Call>, ids: number[]): Promise<unknown[]> => {
      const { call, runs, seen } = under({ maxConcurrent: 1, maxQueue: 10, ...options });
      void call({ id: 'first' });
      for (const id of ids) void call({ id });
      for (let ended = 0; ended <= ids.length; ended++) {
        runs[ended]?.resolve(0);
        await settle();
      }
      return seen().slice(1);
    };

    test('fifo: who came first', async () => {
      expect(await drained({}, [1, 2, 3])).toEqual([1, 2, 3]);
    });

    test('lifo: who came last; and who is waiting is never put out for a newcomer', async () => {
      expect(await drained({ order: 'lifo' }, [1, 2, 3])).toEqual([3, 2, 1]);
      const { call, policy } = under({ maxConcurrent: 1, maxQueue: 1, order: 'lifo' });
      void call({ id: 1 });
      void call({ id: 2 });
      expect(await call({ id: 3 })).toMatchObject({ code: 'BULKHEAD_FULL' });
      expect(policy.state().queued).toBe(1);
    });

    test('a function: the smallest number, and who came first among equals', async () => {
      const tens = ({ id }: Call): number => Math.floor(Number(id) / 10);
      expect(await drained({ order: tens }, [31, 12, 25, 11, 24])).toEqual([12, 11, 25, 24, 31]);
    });

    test('a function that throws, or gives no number, is the error of the call, and costs no place', async () => {
      for (const [order, error] of [
        [
          () => {
            throw new Error('no idea');
          },
          'no idea',
        ],
        [() => Number.NaN, 'Expected `order()` to be a number, got `NaN` (number).'],
        [() => 'high' as never, 'Expected `order()` to be a number, got `high` (string).'],
      ] as const) {
        const { call, policy, seen } = under({ maxConcurrent: 1, maxQueue: 1, order });
        void call({ id: 1 });
        expect(seen()).toEqual([1]);
        expect(await call({ id: 2 })).toMatchObject({ message: error });
        expect(policy.state()).toMatchObject({ running: 1, queued: 0 });
      }
    });

    test('a function that lets a slot go is not kept waiting by it', async () => {
      const { call, policy, seen } = under({
        maxConcurrent: 1,
        maxQueue: 1,
        order: () => {
          policy.reconfigure({ maxConcurrent: 2 });
          return 0;
        },
      });
      void call({ id: 1 });
      void call({ id: 2 });
      expect(seen()).toEqual([1, 2]);
      expect(policy.state()).toMatchObject({ running: 2, queued: 0 });
    });
  });

  test('a lower limit lets those run to their end who run; a higher one lets those start who wait', async () => {
    const { call, runs, policy, seen } = under({ maxConcurrent: 3, maxQueue: 3 });
    const calls = [1, 2, 3, 4].map((id) => call({ id }));
    policy.reconfigure({ maxConcurrent: 1 });
    expect(policy.state()).toMatchObject({ running: 3, queued: 1, available: 0 });
    runs[0]?.resolve('one');
    runs[1]?.resolve('two');
    await settle();
    expect(seen()).toEqual([1, 2, 3]);
    expect(policy.state()).toMatchObject({ running: 1, queued: 1, available: 0 });
    policy.reconfigure({ maxConcurrent: 2 });
    await settle();
    expect(seen()).toEqual([1, 2, 3, 4]);
    for (const run of runs) run.resolve('end');
    expect(await Promise.all(calls)).toEqual(['one', 'two', 'end', 'end']);
  });

  test('a shorter queue puts nobody out, and a wrong change changes nothing', async () => {
    const { call, policy, runs, seen } = under({ maxConcurrent: 1, maxQueue: 3 });
    for (const id of [1, 2, 3]) void call({ id });
    policy.reconfigure({ maxQueue: 0 });
    expect(policy.state().queued).toBe(2);
    expect(await call({ id: 4 })).toMatchObject({ code: 'BULKHEAD_FULL' });
    expect(() => policy.reconfigure({ maxQueue: 5, maxConcurrent: 0 })).toThrow(RangeError);
    expect(() => policy.reconfigure({ order: 'lifo' })).toThrow(
      '`order` of "bulkhead" cannot change; make a new one.',
    );
    expect(policy.describe()).toEqual({
      policy: 'bulkhead',
      name: 'bulkhead',
      options: {
        maxConcurrent: 1,
        maxQueue: 0,
        queueTimeoutMs: Infinity,
        order: 'fifo',
        stream: 'until-end',
      },
    });
    for (let ended = 0; ended < 3; ended++) {
      runs[ended]?.resolve(0);
      await settle();
    }
    expect(seen()).toEqual([1, 2, 3]);
  });

  test('a changed queue timeout counts for those who come from now on', async () => {
    const { clock, call, policy } = under({ maxConcurrent: 1, maxQueue: 3, queueTimeoutMs: 100 });
    void call({ id: 1 });
    const second = call({ id: 2 });
    policy.reconfigure({ queueTimeoutMs: 10 });
    const third = call({ id: 3 });
    await clock.advance(10);
    expect(await third).toMatchObject({ waitedMs: 10 });
    expect(policy.state().queued).toBe(1);
    await clock.advance(90);
    expect(await second).toMatchObject({ waitedMs: 100 });
  });

  test('reset forgets what was counted; who runs keeps the slot, and who waits the place', async () => {
    const { call, policy, runs, seen } = under({ maxConcurrent: 1, maxQueue: 1 });
    for (const id of [1, 2, 3]) void call({ id });
    policy.reset();
    expect(policy.state()).toMatchObject({ running: 1, queued: 1, started: 0, rejected: 0 });
    runs[0]?.resolve(0);
    await settle();
    expect(seen()).toEqual([1, 2]);
  });

  test('X-R6 disposed of it sends away who waits, refuses who comes, and lets end who runs', async () => {
    const { clock, call, policy, runs, seen } = under({
      maxConcurrent: 1,
      maxQueue: 2,
      queueTimeoutMs: 100,
    });
    const calls = [1, 2, 3].map((id) => call({ id }));
    policy[Symbol.dispose]();
    policy[Symbol.dispose]();
    expect(policy.state()).toMatchObject({ running: 1, queued: 0, rejected: 0 });
    expect(clock.pending).toBe(0);
    expect(await Promise.all(calls.slice(1))).toMatchObject([
      { code: 'DISPOSED', policy: 'bulkhead' },
      { code: 'DISPOSED' },
    ]);
    expect(await call()).toMatchObject({ code: 'DISPOSED' });
    runs[0]?.resolve('still counts');
    expect(await calls[0]).toBe('still counts');
    expect(seen()).toEqual([1]);
    expect(policy.state().running).toBe(0);
  });

  test('who waits goes on in the async context of its own call, and listeners hear of it there', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const policy = bulkhead({ clock, maxConcurrent: 1, maxQueue: 5, queueTimeoutMs: 100 });
    const heard: unknown[] = [];
    policy.on('*', ({ type }) => heard.push(`${type} in ${storage.getStore()}`));
    const runs: ReturnType<typeof pending<unknown>>[] = [];
    const serve = pipeline<object, unknown>()
      .use(policy)
      .handle(() => {
        heard.push(`run in ${storage.getStore()}`);
        const run = pending<unknown>();
        runs.push(run);
        return run;
      });
    const ends = ['one', 'two', 'three'].map((name) =>
      storage.run(name, async () => {
        try {
          await serve({});
        } catch {
          heard.push(`end in ${storage.getStore()}`);
        }
      }),
    );
    storage.run('stranger', () => runs[0]?.resolve(0));
    await settle();
    await storage.run('stranger', () => clock.advance(100));
    runs[1]?.resolve(0);
    await Promise.all(ends);
    expect(heard).toEqual([
      'run in one',
      'queued in two',
      'queued in three',
      'dequeued in two',
      'run in two',
      'rejected in three',
      'end in three',
    ]);
  });

  test('a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { call, policy, runs } = under({
      maxConcurrent: 1,
      maxQueue: 1,
      onListenerError: (error) => failures.push(error),
    });
    const fault = new Error('listener');
    policy.on('*', () => {
      throw fault;
    });
    const calls = [call({ id: 1 }), call({ id: 2 }), call({ id: 3 })];
    runs[0]?.resolve('one');
    await settle();
    runs[1]?.resolve('two');
    expect(await Promise.all(calls)).toMatchObject(['one', 'two', { code: 'BULKHEAD_FULL' }]);
    expect(failures).toEqual([fault, fault, fault]);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => bulkhead({ maxConcurrent: 0 })).toThrow(
      'Expected `maxConcurrent` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => bulkhead({ maxConcurrent: '5' as never })).toThrow(TypeError);
    expect(() => bulkhead({ maxQueue: -1 })).toThrow(RangeError);
    expect(() => bulkhead({ maxQueue: 1, queueTimeoutMs: 0 })).toThrow(
      'Expected `queueTimeoutMs` to be a number of milliseconds above 0, got `0` (number).',
    );
    expect(() => bulkhead({ maxQueue: 1, order: 'filo' as never })).toThrow(
      "Expected `order` to be 'fifo', 'lifo' or a function, got `filo` (string).",
    );
    expect(() => bulkhead({ stream: 'never' as never })).toThrow("'until-end' or 'until-first'");
    expect(() => bulkhead({ queueTimeoutMs: 100 })).toThrow(
      '`queueTimeoutMs` is for calls that wait; say with `maxQueue` how many may.',
    );
    expect(() => bulkhead({ order: 'lifo' })).toThrow('`order` is for calls that wait');
    expect(() => bulkhead({ maxConcurent: 5 } as never)).toThrow('Did you mean "maxConcurrent"?');
    expect(() => bulkhead().on('dequeue' as never, () => {})).toThrow('Did you mean "dequeued"?');
  });

  test('X-R6 a hundred thousand calls leave no timer that holds the process, no listener, and nothing running', async () => {
    const policy = bulkhead<Call>({ maxConcurrent: 5, maxQueue: 5, queueTimeoutMs: 60_000 });
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(() => Promise.resolve(1));
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    for (let round = 0; round < 10_000; round++) {
      await Promise.all(Array.from({ length: 10 }, () => serve({ signal })));
    }
    expect(listeners).toBe(0);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toEqual(before);
    expect(policy.state()).toMatchObject({ running: 0, queued: 0, started: 100_000, rejected: 0 });
  });
});
