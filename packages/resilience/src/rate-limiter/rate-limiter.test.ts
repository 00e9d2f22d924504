/** Tests of rateLimit: refusing, waiting, giving back, and being looked after. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../errors.ts';
import { timeout } from '../timeout/timeout.ts';
import { rateLimit } from './rate-limiter.ts';
import type { RateLimitOptions } from './rate-limit-settings.ts';

interface Call {
  readonly id?: string;
  readonly user?: string;
  readonly cost?: number;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => rateLimit({ limit: 1000, clock }), {
  heedsSignal: true,
  sync: true,
})) {
  test(`rateLimit ${law.name}`, law.check);
}

/** Two calls a second, round a rest that writes down who starts when. */
function under(options: Partial<RateLimitOptions<Call>> = {}) {
  const clock = fakeClock({ startMs: 1000 });
  const policy = rateLimit<Call>({
    limit: 2,
    perMs: 1000,
    algorithm: 'fixed-window',
    cost: ({ cost = 1 }) => cost,
    clock,
    ...options,
  });
  const events: object[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const started: string[] = [];
  const serve = pipeline<Call, string>()
    .use(policy)
    .handle(({ id = '-' }) => {
      started.push(`${id}@${clock.now()}`);
      return id;
    });
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  return { clock, policy, events, started, serve, outcomeOf };
}

const WAITING = { maxQueue: 10 };

describe('M-126 the recipes', () => {
  test('M-126 token bucket: a capacity and a rate; over it an error that says when to come again, for each key apart', async () => {
    const { clock, outcomeOf } = under({
      algorithm: 'token-bucket',
      burst: 3,
      limit: 1,
      perMs: 2000,
      key: ({ user }) => user,
    });
    for (let call = 0; call < 3; call++) expect(await outcomeOf({ user: 'ann' })).toBe('-');
    const refused = await outcomeOf({ user: 'ann' });
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect(refused).toMatchObject({
      message: 'Rate limit exceeded. Retry after 2s',
      code: 'RATE_LIMITED',
      policy: 'rateLimit',
      retryAfterMs: 2000,
      limit: 1,
      remaining: 0,
      resetMs: 6000,
    });
    expect(await outcomeOf({ user: 'bob' })).toBe('-');
    await clock.advance(1999);
    expect(await outcomeOf({ user: 'ann' })).toMatchObject({ retryAfterMs: 1 });
    await clock.advance(1);
    expect(await outcomeOf({ user: 'ann' })).toBe('-');
  });

  test('M-126 sliding window: a window and a maximum', async () => {
    const { clock, outcomeOf } = under({ algorithm: 'sliding-log', limit: 2, perMs: 10_000 });
    await outcomeOf();
    await clock.advance(4000);
    await outcomeOf();
    expect(await outcomeOf()).toMatchObject({
      message: 'Rate limit exceeded. Retry after 6s',
      retryAfterMs: 6000,
      resetMs: 10_000,
    });
    await clock.advance(6000);
    expect(await outcomeOf()).toBe('-');
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 4000 });
  });

  test('M-126 the variant that waits instead of refusing, in order', async () => {
    const { clock, events, started, outcomeOf } = under({
      algorithm: 'token-bucket',
      burst: 1,
      limit: 1,
      maxQueue: 10,
    });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    await clock.advance(2000);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
    expect(started).toEqual(['a@1000', 'b@2000', 'c@3000']);
    expect(events).toEqual([
      { type: 'waited', key: undefined, cost: 1, waitedMs: 1000 },
      { type: 'waited', key: undefined, cost: 1, waitedMs: 2000 },
    ]);
    expect(clock.pending).toBe(0);
  });
});

describe('rateLimit refuses', () => {
  test('X-R2 by its own clock alone, with figures that are exact', async () => {
    const { clock, outcomeOf, events, policy } = under();
    await outcomeOf();
    await outcomeOf();
    await clock.advance(300);
    expect(await outcomeOf()).toMatchObject({
      limit: 2,
      remaining: 0,
      resetMs: 700,
      retryAfterMs: 700,
    });
    expect(events).toEqual([
      {
        type: 'rejected',
        key: undefined,
        cost: 1,
        reason: 'limit',
        limit: 2,
        remaining: 0,
        resetMs: 700,
        retryAfterMs: 700,
      },
    ]);
    clock.setWall(0);
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 700 });
    expect(policy.state()).toEqual({
      waiting: 0,
      keys: 1,
      allowed: 2,
      rejected: 2,
      storeFailures: 0,
    });
  });

  test('a synchronous rest stays synchronous, refused or not', () => {
    const { serve } = under();
    expect([serve({ id: 'a' }), serve({ id: 'b' })]).toEqual(['a', 'b']);
    expect(() => serve({})).toThrow(RateLimitedError);
  });

  test('what costs too much with a sentence, at any time', async () => {
    const { outcomeOf, started } = under();
    expect(await outcomeOf({ cost: 3 })).toMatchObject({
      name: 'RangeError',
      message:
        'Expected `cost` to be a whole number from 0 to 2, the most that "rateLimit" lets start at once, got `3` (number).',
    });
    for (const cost of [-1, 0.5, Number.NaN, Infinity, '1' as never]) {
      expect(await outcomeOf({ cost })).toBeInstanceOf(RangeError);
    }
    expect(started).toEqual([]);
    expect(await outcomeOf({ cost: 2 })).toBe('-');
  });

  test('a probe, which costs 0, only where there is no room for 1; it takes nothing', async () => {
    const { outcomeOf } = under();
    for (let probe = 0; probe < 5; probe++) expect(await outcomeOf({ cost: 0 })).toBe('-');
    await outcomeOf({ cost: 2 });
    expect(await outcomeOf({ cost: 0 })).toMatchObject({ remaining: 0, retryAfterMs: 1000 });
  });

  test('nobody who has no key', async () => {
    const { outcomeOf, policy } = under({ key: ({ user }) => user });
    for (let call = 0; call < 10; call++) expect(await outcomeOf()).toBe('-');
    expect(policy.state()).toMatchObject({ allowed: 0, keys: 0 });
    for (let call = 0; call < 2; call++) await outcomeOf({ user: '' });
    expect(await outcomeOf({ user: '' })).toBeInstanceOf(RateLimitedError);
  });

  test('a call whose key or cost throws, with that very error, and one whose key is no string', async () => {
    const fault = new Error('no idea');
    const thrower = (): never => {
      throw fault;
    };
    expect(await under({ key: thrower }).outcomeOf()).toBe(fault);
    expect(await under({ cost: thrower }).outcomeOf()).toBe(fault);
    const { outcomeOf, started } = under({ key: () => 7 as never });
    expect(await outcomeOf()).toMatchObject({
      name: 'TypeError',
      message: 'Expected `key` to be a string, or undefined, got `7` (number).',
    });
    expect(started).toEqual([]);
  });

  test('a clock that goes back yields nothing', async () => {
    let nowMs = 5000;
    const clock = { ...fakeClock(), now: () => nowMs };
    const { outcomeOf } = under({ clock });
    await outcomeOf({ cost: 2 });
    nowMs = 0;
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 6000 });
    nowMs = 5999;
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 1 });
    nowMs = 6000;
    expect(await outcomeOf()).toBe('-');
  });

  test('X-R5 with no more keys than may be', async () => {
    const { policy, outcomeOf } = under({ key: ({ user }) => user, maxKeys: 3 });
    for (let user = 0; user < 100; user++) await outcomeOf({ user: String(user) });
    expect(policy.state().keys).toBe(3);
  });
});

describe('ASP.NET', () => {
  // The fixed window of its documentation: 4 permits per 12 s, a queue of 2, oldest first.
  const ASP = { limit: 4, perMs: 12_000, maxQueue: 2 };

  test('fixed window with a queue, oldest first: the newest is refused', async () => {
    const { clock, outcomeOf, started, events } = under(ASP);
    const calls = [...'1234567'].map((id) => outcomeOf({ id }));
    expect(await calls[6]).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 12_000 });
    await clock.advance(12_000);
    await Promise.all(calls);
    expect(started.slice(4)).toEqual(['5@13000', '6@13000']);
    expect(events[0]).toMatchObject({ type: 'rejected', reason: 'queue', remaining: 0 });
  });

  test('newest first: the newest takes the place of the oldest in the queue, and goes before the others', async () => {
    const { clock, outcomeOf, started, events } = under({ ...ASP, order: 'lifo' });
    const calls = [...'1234567'].map((id) => outcomeOf({ id }));
    expect(await calls[4]).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 12_000 });
    await clock.advance(12_000);
    await Promise.all(calls);
    expect(started.slice(4)).toEqual(['7@13000', '6@13000']);
    expect(events[0]).toMatchObject({ type: 'rejected', reason: 'displaced' });
  });

  test('newest first with a queue of one', async () => {
    const { clock, outcomeOf, started } = under({ limit: 1, maxQueue: 1, order: 'lifo' });
    const calls = ['a', 'b', 'c', 'd'].map((id) => outcomeOf({ id }));
    await clock.advance(1000);
    const [, b, c] = await Promise.all(calls);
    expect([b, c].map((one) => (one as RateLimitedError).code)).toEqual([
      'RATE_LIMITED',
      'RATE_LIMITED',
    ]);
    expect(started).toEqual(['a@1000', 'd@2000']);
    expect(clock.pending).toBe(0);
  });

  test('oldest first: a cheap call does not pass a dear one that waits; newest first it does', async () => {
    const fifo = under({ ...WAITING, algorithm: 'token-bucket', burst: 4 });
    const dear = [fifo.outcomeOf({ cost: 4 }), fifo.outcomeOf({ id: 'dear', cost: 4 })];
    await fifo.clock.advance(1000);
    const cheap = fifo.outcomeOf({ id: 'cheap' });
    await fifo.clock.advance(2000);
    await Promise.all([...dear, cheap]);
    expect(fifo.started).toEqual(['-@1000', 'dear@3000', 'cheap@3500']);

    const lifo = under({ ...WAITING, algorithm: 'token-bucket', burst: 4, order: 'lifo' });
    const waits = [lifo.outcomeOf({ cost: 4 }), lifo.outcomeOf({ id: 'dear', cost: 4 })];
    await lifo.clock.advance(1000);
    expect(await lifo.outcomeOf({ id: 'cheap' })).toBe('cheap');
    await lifo.clock.advance(1500);
    await Promise.all(waits);
    expect(lifo.started).toEqual(['-@1000', 'cheap@2000', 'dear@3500']);
  });
});

describe('rateLimit lets wait', () => {
  test('no longer than maxWaitMs: who would have to wait longer is refused at once, with the exact time', async () => {
    const { clock, outcomeOf, started, events } = under({ limit: 1, maxQueue: 9, maxWaitMs: 2000 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    expect(await outcomeOf({ id: 'd' })).toMatchObject({ retryAfterMs: 3000, remaining: 0 });
    expect(events).toMatchObject([{ type: 'rejected', reason: 'wait' }]);
    await clock.advance(2000);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
    expect(started).toEqual(['a@1000', 'b@2000', 'c@3000']);
    expect(clock.pending).toBe(0);
  });

  test('nobody who could not start before the deadline', async () => {
    const clock = fakeClock();
    const limit = rateLimit({ clock, limit: 1, perMs: 1000, maxQueue: 9 });
    const reasons: string[] = [];
    limit.on('rejected', ({ reason }) => reasons.push(reason));
    const serve = pipeline<object, string>()
      .use(timeout({ clock, timeoutMs: 1000 }))
      .use(limit)
      .handle(() => 'ok');
    expect(serve({})).toBe('ok');
    const failed = Promise.resolve()
      .then(() => serve({}))
      .catch((error: unknown) => error);
    expect(await failed).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1000 });
    expect(reasons).toEqual(['deadline']);
    await clock.advance(1);
    const call = serve({});
    await clock.advance(999);
    expect(await call).toBe('ok');
  });

  test('an abort ends the wait in the same turn with its own reason, and frees the place', async () => {
    const { clock, outcomeOf, policy, started } = under({ limit: 1, maxQueue: 2 });
    const caller = new AbortController();
    const calls = [
      outcomeOf(),
      outcomeOf({ id: 'b', signal: caller.signal }),
      outcomeOf({ id: 'c' }),
    ];
    expect(policy.state().waiting).toBe(2);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(policy.state().waiting).toBe(1);
    expect(await calls[1]).toBe(reason);
    calls.push(outcomeOf({ id: 'd' }));
    await clock.advance(2000);
    await Promise.all(calls);
    expect(started).toEqual(['-@1000', 'c@2000', 'd@3000']);
    expect([clock.pending, policy.state().waiting]).toEqual([0, 0]);
  });

  test('when a dear call gives up, cheap ones behind it start at once', async () => {
    const { clock, outcomeOf, started } = under({
      ...WAITING,
      algorithm: 'token-bucket',
      burst: 4,
    });
    const caller = new AbortController();
    const calls = [
      outcomeOf({ cost: 4 }),
      outcomeOf({ cost: 4, signal: caller.signal }),
      outcomeOf({ id: 'c' }),
      outcomeOf({ id: 'd' }),
    ];
    await clock.advance(700);
    caller.abort(new Error('enough'));
    await settle();
    expect(started).toEqual(['-@1000', 'c@1700']);
    await clock.advance(300);
    await Promise.all(calls);
    expect(started.at(-1)).toBe('d@2000');
  });

  test('a turn that comes to one who gives up in that very moment goes to the next', async () => {
    const { clock, outcomeOf, started } = under({ limit: 1, maxQueue: 9 });
    const caller = new AbortController();
    const calls = [
      outcomeOf(),
      outcomeOf({ id: 'b', signal: caller.signal }),
      outcomeOf({ id: 'c' }),
    ];
    clock.advanceSync(1000);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await calls[1]).toBe(reason);
    await settle();
    expect(started).toEqual(['-@1000', 'c@2000']);
    await Promise.all(calls);
    expect(clock.pending).toBe(0);
  });

  test('newest first, the oldest is sent away when it has waited for as long as it may', async () => {
    const { clock, outcomeOf, events } = under({
      limit: 1,
      maxQueue: 5,
      maxWaitMs: 1500,
      order: 'lifo',
    });
    await outcomeOf();
    const old = outcomeOf({ id: 'old' });
    await clock.advance(500);
    const young = outcomeOf({ id: 'young' });
    await clock.advance(500);
    expect(await young).toBe('young');
    await clock.advance(499);
    expect(events.length).toBe(1);
    await clock.advance(1);
    expect(await old).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 500 });
    expect(events.at(-1)).toMatchObject({ type: 'rejected', reason: 'wait' });
    expect(clock.pending).toBe(0);
  });

  test('a newcomer of the moment in which the queue may go does not stand behind it in vain', async () => {
    const { clock, outcomeOf, started, policy } = under({ limit: 2, maxQueue: 1 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    clock.setTimer(() => {
      calls.push(outcomeOf({ id: 'd' }));
    }, 1000);
    // The timer of the queue was set before; one that is set anew comes after.
    policy.reconfigure({ maxQueue: 1 });
    await clock.advance(1000);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'd']);
    expect(started.length).toBe(4);
  });

  test('the work goes on, and listeners hear of it, in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const limit = rateLimit({
      clock,
      limit: 1,
      perMs: 1000,
      maxQueue: 9,
      maxWaitMs: 1500,
      order: 'lifo',
    });
    const heard: unknown[] = [];
    limit.on('*', ({ type }) => heard.push([type, storage.getStore()]));
    const serve = pipeline<object, unknown>()
      .use(limit)
      .handle(() => storage.getStore());
    const run = (name: string): Promise<unknown> =>
      storage.run(name, async () => {
        try {
          return await serve({});
        } catch (error) {
          return [(error as Error).name, storage.getStore()];
        }
      });
    const calls = ['first', 'old', 'new'].map(run);
    await storage.run('the clock', () => clock.advance(1500));
    expect(await Promise.all(calls)).toEqual(['first', ['RateLimitedError', 'old'], 'new']);
    expect(heard).toEqual([
      ['waited', 'new'],
      ['rejected', 'old'],
    ]);
  });
});

describe('rateLimit is looked after', () => {
  test('reconfigure lets those who wait start by the new rule, and changes nothing if it is wrong', async () => {
    const { clock, outcomeOf, policy, started } = under({ limit: 1, maxQueue: 9 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    expect(() => policy.reconfigure({ limit: 0 })).toThrow(RangeError);
    expect(() => policy.reconfigure({ limit: 5, maxWaitMs: -1 })).toThrow(RangeError);
    await settle();
    expect(started.length).toBe(1);
    expect(policy.describe().options['limit']).toBe(1);
    policy.reconfigure({ limit: 2 });
    await settle();
    expect(started).toEqual(['a@1000', 'b@1000']);
    await clock.advance(1000);
    await Promise.all(calls);
    expect(started.at(-1)).toBe('c@2000');
  });

  test('a shorter queue drains; nobody is sent away', async () => {
    const { clock, outcomeOf, policy } = under({ limit: 1, maxQueue: 9 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    policy.reconfigure({ maxQueue: 1, maxWaitMs: 10 });
    expect(await outcomeOf()).toBeInstanceOf(RateLimitedError);
    await clock.advance(2000);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
  });

  test('whoever waits and costs more than may ever start by the new rule is told so', async () => {
    const { clock, outcomeOf, policy } = under({ limit: 3, maxQueue: 9 });
    const calls = [outcomeOf({ cost: 3 }), outcomeOf({ cost: 3 }), outcomeOf({ id: 'c', cost: 2 })];
    policy.reconfigure({ limit: 2 });
    expect(await calls[1]).toBeInstanceOf(RangeError);
    await clock.advance(1000);
    expect(await calls[2]).toBe('c');
  });

  test('the store, the clock and the bounds of keys stay as they were made', () => {
    const { policy } = under();
    expect(() => policy.reconfigure({ maxKeys: 5 })).toThrow(
      '`maxKeys` of "rateLimit" cannot change; make a new one.',
    );
  });

  test('reset forgets all counts; those who wait may start', async () => {
    const { outcomeOf, policy, started } = under({ limit: 1, maxQueue: 9 });
    const calls = ['a', 'b'].map((id) => outcomeOf({ id }));
    policy.reset();
    expect(await Promise.all(calls)).toEqual(['a', 'b']);
    expect(started).toEqual(['a@1000', 'b@1000']);
    expect(policy.state()).toMatchObject({ rejected: 0, keys: 1 });
  });

  test('X-R6 disposed of, it sends away whoever waits and leaves no timer', async () => {
    const { clock, outcomeOf, policy } = under({ limit: 1, ...WAITING, maxWaitMs: 5000 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    policy[Symbol.dispose]();
    const [, b, c] = await Promise.all(calls);
    expect([b, c]).toMatchObject([{ code: 'DISPOSED' }, { code: 'DISPOSED' }]);
    expect(await outcomeOf()).toMatchObject({ code: 'DISPOSED' });
    expect([clock.pending, policy.state().waiting]).toEqual([0, 0]);
  });

  test('a listener that throws changes nothing', async () => {
    const failures: unknown[] = [];
    const { outcomeOf, policy } = under({ onListenerError: (error) => failures.push(error) });
    const fault = new Error('listener');
    policy.on('rejected', () => {
      throw fault;
    });
    await outcomeOf({ cost: 2 });
    expect(await outcomeOf()).toBeInstanceOf(RateLimitedError);
    expect(failures).toEqual([fault]);
  });

  test('peek tells the figures of a key and takes nothing', async () => {
    const { outcomeOf, policy } = under({ key: ({ user }) => user });
    await outcomeOf({ user: 'ann' });
    expect(policy.peek('ann')).toEqual({
      allowed: true,
      remaining: 1,
      resetMs: 1000,
      retryAfterMs: 0,
    });
    expect(policy.peek('ann')).toMatchObject({ remaining: 1 });
    expect(policy.peek()).toMatchObject({ remaining: 2, resetMs: 0 });
  });

  test('describe tells the options in force', () => {
    const { policy } = under({
      name: 'api',
      key: function user() {
        return 'u';
      },
    });
    expect(policy.describe()).toMatchObject({
      policy: 'rateLimit',
      name: 'api',
      options: {
        algorithm: 'fixed-window',
        limit: 2,
        perMs: 1000,
        burst: 2,
        maxQueue: 0,
        maxWaitMs: Infinity,
        order: 'fifo',
        maxKeys: 10_000,
        idleMs: 600_000,
        onStoreError: 'allow',
        storeTimeoutMs: 50,
        key: '[function user]',
      },
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    const make = (options: object) => () => rateLimit({ limit: 1, ...options });
    expect(() => rateLimit({} as never)).toThrow(
      'Expected `limit` to be a whole number, 1 or more',
    );
    expect(make({ maxQueue: -1 })).toThrow(RangeError);
    expect(make({ maxWaitMs: Number.NaN })).toThrow(RangeError);
    expect(make({ order: 'random' })).toThrow("Expected `order` to be 'fifo' or 'lifo'");
    expect(make({ onStoreError: 'panic' })).toThrow("'allow' or 'refuse'");
    expect(make({ storeTimeoutMs: 0 })).toThrow('a number of milliseconds above 0');
    expect(make({ key: 'user' })).toThrow('Expected `key` to be a function');
    expect(make({ cost: 2 })).toThrow(TypeError);
    expect(make({ store: {} })).toThrow('a limit store, with `take` and `giveBack`');
    expect(make({ algoritm: 'gcra' })).toThrow('Did you mean "algorithm"?');
    expect(make({ burst: 2, algorithm: 'sliding-log' })).toThrow(RangeError);
  });

  test('a hundred thousand calls, half of which wait, leave no timer and nobody who waits', async () => {
    const clock = fakeClock();
    const policy = rateLimit({ clock, limit: 500, perMs: 1, maxQueue: 1000, maxWaitMs: 100 });
    const serve = pipeline<object, number>()
      .use(policy)
      .handle(() => Promise.resolve(1));
    for (let round = 0; round < 100; round++) {
      const calls = Array.from({ length: 1000 }, () => serve({}));
      await clock.advance(2);
      await Promise.all(calls);
    }
    expect(clock.pending).toBe(0);
    expect(policy.state()).toMatchObject({ waiting: 0, allowed: 100_000, rejected: 0 });
  });

  test('a rest that never ends does not hold the limit', async () => {
    const clock = fakeClock();
    const serve = pipeline<object, never>()
      .use(rateLimit({ clock, limit: 1, perMs: 10 }))
      .handle(() => pending<never>());
    void serve({});
    await clock.advance(10);
    expect(serve({})).toBeInstanceOf(Promise);
  });
});
