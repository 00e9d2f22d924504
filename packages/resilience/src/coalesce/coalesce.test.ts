/** Tests of coalesce, and of the flights that it shares with cache. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { coalesce, type CoalesceOptions } from './coalesce.ts';
import { createPolicy } from '../policy.ts';
import { attemptOf, deadlineOf, scoped, Scope } from '../scope.ts';
import { timeout } from '../timeout/timeout.ts';

interface Call {
  readonly id?: string;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => coalesce({ clock, key: () => 'one' }), {
  changesContext: true,
  heedsSignal: true,
  shares: true,
  sync: true,
})) {
  test(`coalesce ${law.name}`, law.check);
}

let unlike = 0;
for (const law of middlewareContract(
  ({ clock }) => coalesce({ clock, key: () => String(unlike++) }),
  { changesContext: true, heedsSignal: true, sync: true },
)) {
  test(`coalesce of unlike calls ${law.name}`, law.check);
}

/** A policy round a rest whose runs end when the test says so. */
function under(options: Partial<CoalesceOptions<Call>> = {}) {
  const clock = fakeClock();
  const policy = coalesce<Call>({ key: ({ id = 'a' }) => id, clock, ...options });
  const events: unknown[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const runs: (Pending<unknown> & { ctx: Required<Call> })[] = [];
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle((ctx) => {
      const run = Object.assign(pending<unknown>(), { ctx: ctx as Required<Call> });
      runs.push(run);
      return run;
    });
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return { error };
    }
  };
  return { clock, policy, events, runs, serve, outcomeOf };
}

/** A policy that does something as soon as it is told a result. */
function onSuccess(act: (ctx: Call) => void) {
  return createPolicy<Call, object, object, Record<string, object>>({
    policy: 'probe',
    description: 'Looks on.',
    options: {},
    names: [],
    events: [],
    create: () => ({
      stage: (rest) => (ctx, outer) =>
        rest(ctx, {
          passive: false,
          linger: () => () => {},
          succeed(value) {
            act(ctx as Call);
            outer.succeed(value);
          },
          fail: (error) => outer.fail(error),
        }),
      apply() {},
      settings: () => ({}),
      state: () => ({}),
      reset() {},
    }),
  });
}

describe('coalesce', () => {
  test('equal calls share one run, and unlike ones do not', async () => {
    const { runs, outcomeOf, policy, events } = under();
    const calls = [outcomeOf(), outcomeOf({ id: 'b' }), outcomeOf(), outcomeOf()];
    expect(runs).toHaveLength(2);
    expect(policy.state()).toEqual({ running: 2, waiting: 4, abandoned: 0, coalesced: 2 });
    const value = {};
    runs[0]?.resolve(value);
    runs[1]?.resolve('b');
    const got = await Promise.all(calls);
    expect(got).toEqual([value, 'b', value, value]);
    expect(got[3]).toBe(value);
    expect(policy.state()).toEqual({ running: 0, waiting: 0, abandoned: 0, coalesced: 2 });
    expect(events).toEqual([
      { type: 'coalesced', key: 'a', waiting: 2 },
      { type: 'coalesced', key: 'a', waiting: 3 },
    ]);
  });

  test('nothing is remembered once a run is over', async () => {
    const { runs, outcomeOf } = under();
    const first = outcomeOf();
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    const second = outcomeOf();
    runs[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  test('all get the same error, and the next call tries again', async () => {
    const { runs, outcomeOf } = under();
    const calls = [outcomeOf(), outcomeOf()];
    const error = new Error('broken');
    runs[0]?.reject(error);
    for (const got of await Promise.all(calls)) {
      expect((got as { error: unknown }).error).toBe(error);
    }
    void outcomeOf();
    expect(runs).toHaveLength(2);
  });

  test('a call without a key runs by itself, with its own context', async () => {
    const { serve, policy, events } = under({ key: () => undefined });
    const ctx = { id: 'own' };
    void serve(ctx);
    void serve(ctx);
    expect(policy.state()).toEqual({ running: 0, waiting: 0, abandoned: 0, coalesced: 0 });
    expect(events).toEqual([]);
  });

  test('a key that throws is the error of the call; one that is no text is refused', () => {
    const error = new Error('no key');
    const { serve, policy } = under({
      key: () => {
        throw error;
      },
    });
    expect(() => serve({})).toThrow(error);
    policy.reconfigure({ key: () => 7 as never });
    expect(() => serve({})).toThrow('Expected `key(ctx)` to be a string or undefined, got `7`');
    expect(policy.state().running).toBe(0);
  });

  test('what is synchronous stays so', () => {
    const serve = pipeline<Call, number>()
      .use(coalesce({ key: () => 'a' }))
      .handle(() => 7);
    expect(serve({})).toBe(7);
  });
});

describe('coalesce, when callers give up', () => {
  test('one of several leaves at once with its own reason; the run and the others go on', async () => {
    const { runs, outcomeOf, policy } = under();
    const [leader, follower] = [new AbortController(), new AbortController()];
    const calls = [
      outcomeOf({ signal: leader.signal }),
      outcomeOf({ signal: follower.signal }),
      outcomeOf(),
    ];
    const signal = runs[0]?.ctx.signal;
    const reason = new Error('enough');
    leader.abort(reason);
    expect(await calls[0]).toEqual({ error: reason });
    follower.abort(reason);
    expect(await calls[1]).toEqual({ error: reason });
    expect(signal?.aborted).toBe(false);
    expect(policy.state()).toMatchObject({ running: 1, waiting: 1 });
    runs[0]?.resolve('late');
    expect(await calls[2]).toBe('late');
  });

  test('the last one to leave ends the run with its reason, and the next call begins a new one', async () => {
    const { runs, outcomeOf, policy, events, clock } = under();
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [outcomeOf({ signal: one.signal }), outcomeOf({ signal: two.signal })];
    const signal = runs[0]?.ctx.signal;
    one.abort('first');
    two.abort('second');
    expect(signal?.reason).toBe('second');
    expect(await Promise.all(calls)).toEqual([{ error: 'first' }, { error: 'second' }]);
    expect(policy.state()).toEqual({ running: 0, waiting: 0, abandoned: 1, coalesced: 1 });
    const next = outcomeOf();
    expect(runs).toHaveLength(2);
    await clock.advance(30);
    runs[0]?.reject(new Error('late'));
    runs[1]?.resolve('fresh');
    expect(await next).toBe('fresh');
    expect(policy.state().abandoned).toBe(0);
    expect(events.at(-1)).toEqual({ type: 'abandoned', key: 'a', elapsedMs: 30 });
  });

  test('a run that heeds its signal at once is not abandoned', async () => {
    const { policy, events, clock } = under();
    const caller = new AbortController();
    const serve = pipeline<Call, unknown>()
      .use(policy)
      .use(timeout<Call>({ clock, graceMs: 0 }))
      .handle(() => pending());
    const call = Promise.resolve(serve({ signal: caller.signal })).catch((error: unknown) => error);
    caller.abort('enough');
    expect(await call).toBe('enough');
    expect(policy.state()).toEqual({ running: 0, waiting: 0, abandoned: 0, coalesced: 0 });
    expect(events).toEqual([]);
  });

  test('a caller that gives up while its run begins is sent away', async () => {
    const caller = new AbortController();
    let signal: AbortSignal | undefined;
    const serve = pipeline<Call, unknown>()
      .use(coalesce({ key: () => 'a' }))
      .handle((ctx) => {
        signal = ctx.signal;
        caller.abort('at once');
        return pending();
      });
    await expect(serve({ signal: caller.signal })).rejects.toBe('at once');
    expect(signal?.reason).toBe('at once');
  });

  test('the run keeps its attempt, and has no deadline of one caller', async () => {
    const { serve, runs } = under();
    void serve(scoped({}, new Scope({}, { attempt: 3, deadlineMs: 5 })));
    const ctx = runs[0]?.ctx;
    expect([attemptOf(ctx), deadlineOf(ctx)]).toEqual([3, Infinity]);
  });
});

describe('coalesce, when a result can be read once only', () => {
  async function* numbers(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  test.each([
    ['an async iterable', () => numbers()],
    ['a stream', () => new Blob(['text']).stream()],
    ['a response', () => new Response('text')],
    ['an iterator', () => [1, 2].values()],
  ])('each caller runs by itself: %s', async (_, make) => {
    const { runs, outcomeOf } = under();
    const calls = [outcomeOf(), outcomeOf(), outcomeOf()];
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(make());
    await settle();
    expect(runs).toHaveLength(3);
    for (const run of runs.slice(1)) run.resolve(make());
    const got = await Promise.all(calls);
    expect(new Set(got).size).toBe(3);
  });

  test('whoever reads it ends what feeds it by giving up, until it is over', async () => {
    const { runs, outcomeOf } = under();
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal }) as Promise<AsyncIterable<number>>;
    const signal = runs[0]?.ctx.signal;
    runs[0]?.resolve(numbers());
    for await (const number of await call) {
      if (number === 1) expect(signal?.aborted).toBe(false);
    }
    caller.abort();
    expect(signal?.aborted).toBe(false);

    const other = new AbortController();
    const second = outcomeOf({ signal: other.signal });
    runs[1]?.resolve(numbers());
    await second;
    other.abort('enough');
    expect(runs[1]?.ctx.signal.reason).toBe('enough');
  });

  test('a stream that comes when nobody waits any more is closed', async () => {
    const { runs, outcomeOf } = under();
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    caller.abort('enough');
    await call;
    let cancelled = false;
    runs[0]?.resolve(new ReadableStream({ cancel: () => void (cancelled = true) }));
    await settle();
    expect(cancelled).toBe(true);
  });

  test('whoever gives up before its turn runs nothing', async () => {
    const leaving = new AbortController();
    const runs: Pending<unknown>[] = [];
    const serve = pipeline<Call, unknown>()
      .use(onSuccess(({ id }) => id === 'leader' && leaving.abort('enough')))
      .use(coalesce({ key: () => 'a' }))
      .handle((_ctx) => {
        const run = pending();
        runs.push(run);
        return run;
      });
    const calls = [serve({ id: 'leader' }), serve({ signal: leaving.signal })];
    const stream = numbers();
    runs[0]?.resolve(stream);
    expect(await calls[0]).toBe(stream);
    await expect(calls[1]).rejects.toBe('enough');
    expect(runs).toHaveLength(1);
  });

  test('when the leader has left, the next one reads it', async () => {
    const { runs, outcomeOf } = under();
    const leader = new AbortController();
    const calls = [outcomeOf({ signal: leader.signal }), outcomeOf(), outcomeOf()];
    leader.abort();
    const stream = numbers();
    runs[0]?.resolve(stream);
    expect(await calls[1]).toBe(stream);
    expect(runs).toHaveLength(2);
  });

  test('what cannot be looked at is not shared', async () => {
    const { runs, outcomeOf } = under();
    const calls = [outcomeOf(), outcomeOf()];
    const veiled = {
      get body(): never {
        throw new Error('veiled');
      },
    };
    runs[0]?.resolve(veiled);
    expect(await calls[0]).toBe(veiled);
    expect(runs).toHaveLength(2);
  });
});

describe('coalesce, when a run calls itself', () => {
  test('it does not wait for itself, however far in', async () => {
    const policy = coalesce<Call>({ key: () => 'a' });
    let depth = 0;
    const serve = pipeline<Call, string>()
      .use(policy)
      .use(timeout({ clock: fakeClock() }))
      .handle(async (ctx) => (++depth < 3 ? `(${await serve({ ...ctx })})` : 'done'));
    expect(await serve({})).toBe('((done))');
  });
});

describe('coalesce, as a policy', () => {
  test('each caller goes on in its own async context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const probe = onSuccess(() => seen.push(storage.getStore()));
    const { policy } = under();
    const runs: Pending<unknown>[] = [];
    const serve = pipeline<Call, unknown>()
      .use(probe)
      .use(policy)
      .handle(() => {
        const run = pending();
        runs.push(run);
        return run;
      });
    const begin = (name: string): unknown => storage.run(name, () => serve({}));
    const calls = [begin('one'), begin('two'), begin('three')];
    runs[0]?.resolve(1);
    await Promise.all(calls);
    expect(seen).toHaveLength(3);
    expect(new Set(seen)).toEqual(new Set(['one', 'two', 'three']));
  });

  test('once disposed of it refuses; what is under way goes on for all who share it', async () => {
    const { runs, outcomeOf, policy } = under();
    const calls = [outcomeOf(), outcomeOf()];
    policy[Symbol.dispose]();
    expect(await outcomeOf()).toMatchObject({ error: { code: 'DISPOSED', policy: 'coalesce' } });
    runs[0]?.resolve('after all');
    expect(await Promise.all(calls)).toEqual(['after all', 'after all']);
  });

  test('after a reset nobody joins what was under way', async () => {
    const { runs, outcomeOf, policy } = under();
    const calls = [outcomeOf(), outcomeOf()];
    policy.reset();
    expect(policy.state()).toEqual({ running: 1, waiting: 2, abandoned: 0, coalesced: 0 });
    const later = outcomeOf();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('new');
    expect(await later).toBe('new');
    runs[0]?.resolve('old');
    expect(await Promise.all(calls)).toEqual(['old', 'old']);
  });

  test('is described and reconfigured', () => {
    const { policy } = under({ name: 'prices' });
    expect(policy.describe()).toEqual({
      policy: 'coalesce',
      name: 'prices',
      options: { key: '[function key]' },
    });
    const byUser = (): string => 'user';
    policy.reconfigure({ key: byUser });
    expect(policy.describe().options).toEqual({ key: '[function byUser]' });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => coalesce({} as never)).toThrow(
      'Expected `key` to be a function, got `undefined` (undefined).',
    );
    expect(() => coalesce({ key: 'id' as never })).toThrow('Expected `key` to be a function');
    expect(() => coalesce({ key: () => 'a', keys: 1 } as never)).toThrow('Did you mean "key"?');
  });

  test('X-R6 X-R5 a hundred thousand calls leave nothing behind', async () => {
    const { policy } = under();
    const serve = pipeline<{ id: string }, number>()
      .use(policy)
      .handle(() => Promise.resolve(1));
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => serve({ id: `${round}:${n % 10}` })));
    }
    expect(policy.state()).toEqual({ running: 0, waiting: 0, abandoned: 0, coalesced: 90_000 });
  });
});
