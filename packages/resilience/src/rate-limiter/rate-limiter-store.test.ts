/** Tests of rateLimit with stores that are elsewhere, that fail and that hang, and with an algorithm that learns. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../errors.ts';
import { type LimitDecision, type LimitStore, LimitStoreFailedError } from './limit-store.ts';
import { type MemoryLimitStore, memoryLimitStore } from './memory-limit-store.ts';
import type { RateLimitOptions } from './rate-limit-settings.ts';
import { rateLimit } from './rate-limiter.ts';

interface Call {
  readonly id?: string;
  readonly signal?: AbortSignal;
}

/** A store as it is on the other side of a connection: it answers later, and cannot say what will be. */
function remote(store: MemoryLimitStore = memoryLimitStore()): LimitStore {
  return {
    take: async (...args) => store.take(...args),
    giveBack: async (...args) => store.giveBack(...args),
    learn: async (...args) => store.learn(...args),
  };
}

for (const law of middlewareContract(
  ({ clock }) => rateLimit({ limit: 1000, clock, store: remote() }),
  { heedsSignal: true },
)) {
  test(`rateLimit with a remote store ${law.name}`, law.check);
}

function under(options: Partial<RateLimitOptions<Call>> = {}) {
  const clock = fakeClock();
  const policy = rateLimit<Call>({
    limit: 1,
    perMs: 1000,
    algorithm: 'fixed-window',
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

describe('a remote store', () => {
  test('is shared by limits of one name, and kept apart by limits of another', async () => {
    const store = remote();
    const [one, same, other] = ['api', 'api', 'admin'].map((name) => under({ store, name }));
    expect(await one?.outcomeOf()).toBe('-');
    expect(await same?.outcomeOf()).toBeInstanceOf(RateLimitedError);
    expect(await other?.outcomeOf()).toBe('-');
    expect(one?.policy.state().keys).toBeUndefined();
    expect(one?.policy.describe().options['store']).toBe('[store]');
  });

  test('lets calls wait in order, also behind what others take', async () => {
    const memory = memoryLimitStore();
    const { clock, outcomeOf, started, policy } = under({ store: remote(memory), maxQueue: 5 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    await clock.advance(999);
    expect(policy.state().waiting).toBe(2);
    // Somewhere else a window has begun.
    memory.clear();
    memory.take('rateLimit:', 1, limitRuleOf(policy), 999);
    await clock.advance(3000);
    await Promise.all(calls);
    expect(started).toEqual(['a@0', 'b@1999', 'c@2999']);
    expect(clock.pending).toBe(0);
  });

  test('with those who wait ahead, refuses by what is known here', async () => {
    const { outcomeOf, clock } = under({ store: remote(), maxQueue: 1 });
    void outcomeOf();
    await settle();
    void outcomeOf();
    await settle();
    await clock.advance(400);
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 600, resetMs: 600, remaining: 0 });
  });

  test('gets back what it gave to a call that had given up meanwhile', async () => {
    const memory = memoryLimitStore();
    const { outcomeOf, started, clock } = under({ store: remote(memory) });
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await call).toBe(reason);
    await settle();
    expect(await outcomeOf({ id: 'b' })).toBe('b');
    expect(started).toEqual(['b@0']);
    expect(clock.pending).toBe(0);
  });

  test('gets back what it gave to one who waited and gave up while it was asked', async () => {
    const memory = memoryLimitStore();
    const slow = pending<void>();
    let asked = 0;
    const store: LimitStore = {
      ...remote(memory),
      take: async (...args) => {
        const decision = memory.take(...args);
        if (++asked === 3) await slow;
        return decision;
      },
    };
    const { outcomeOf, started, clock } = under({ store, maxQueue: 5 });
    const caller = new AbortController();
    const calls = [outcomeOf(), outcomeOf({ signal: caller.signal })];
    await clock.advance(1000);
    expect(asked).toBe(3);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await calls[1]).toBe(reason);
    slow.resolve();
    await settle();
    expect(await outcomeOf({ id: 'next' })).toBe('next');
    expect(started).toEqual(['-@0', 'next@1000']);
    expect(clock.pending).toBe(0);
  });
});

describe('a store that fails', () => {
  const fault = new Error('connection lost');
  const throwing: LimitStore = {
    take() {
      throw fault;
    },
    giveBack() {
      throw fault;
    },
  };
  const rejecting: LimitStore = {
    take: () => Promise.reject(fault),
    giveBack: () => Promise.reject(fault),
  };
  const lying: LimitStore = {
    take: async () => undefined as unknown as LimitDecision,
    giveBack() {},
  };
  const lyingAtOnce = { ...lying, take: () => ({}) as LimitDecision };
  const hanging: LimitStore = { take: () => pending<LimitDecision>(), giveBack() {} };

  test.each([
    ['throws', throwing, false],
    ['rejects', rejecting, false],
    ['gives no decision', lying, false],
    ['gives no decision at once', lyingAtOnce, false],
    ['hangs', hanging, true],
  ])('that %s lets calls pass, and says so', async (_, store, hung) => {
    const { clock, outcomeOf, events, policy } = under({ store });
    const call = outcomeOf({ id: 'a' });
    await clock.advance(49);
    expect(events.length).toBe(hung ? 0 : 1);
    await clock.advance(1);
    expect(await call).toBe('a');
    expect(events).toMatchObject([{ type: 'storeFailed', key: undefined, hung }]);
    expect(policy.state()).toMatchObject({ allowed: 1, rejected: 0, storeFailures: 1 });
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['throws', throwing],
    ['rejects', rejecting],
    ['hangs', hanging],
  ])('that %s refuses calls if it is told to', async (_, store) => {
    const { clock, outcomeOf, started } = under({ store, onStoreError: 'refuse', name: 'api' });
    const call = outcomeOf();
    await clock.advance(50);
    const error = await call;
    expect(error).toBeInstanceOf(LimitStoreFailedError);
    expect(error).toMatchObject({
      code: 'LIMIT_STORE_FAILED',
      policy: 'api',
      message: '"api" cannot tell whether the call may start: its store has failed.',
    });
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(started).toEqual([]);
  });

  test('while calls wait: the first may start, or is refused, and the others are asked for in turn', async () => {
    for (const [onStoreError, codes] of [
      ['allow', ['-', '-', '-']],
      ['refuse', ['-', 'LIMIT_STORE_FAILED', 'LIMIT_STORE_FAILED']],
    ] as const) {
      const memory = memoryLimitStore();
      let broken = false;
      const store: LimitStore = {
        ...memory,
        take: (...args) => (broken ? throwing : memory).take(...args),
      };
      const { clock, outcomeOf } = under({ store, maxQueue: 5, onStoreError });
      const calls = [outcomeOf(), outcomeOf(), outcomeOf()];
      broken = true;
      await clock.advance(1000);
      const outcomes = await Promise.all(calls);
      expect(outcomes.map((one) => (one as { code?: string }).code ?? one)).toEqual(codes);
    }
  });

  test('that hangs while calls wait holds nobody up', async () => {
    const memory = memoryLimitStore();
    let broken = false;
    const store: LimitStore = {
      ...remote(memory),
      take: async (...args) => (broken ? pending<LimitDecision>() : memory.take(...args)),
    };
    const { clock, outcomeOf, started } = under({ store, maxQueue: 5 });
    const calls = ['a', 'b', 'c'].map((id) => outcomeOf({ id }));
    await settle();
    broken = true;
    await clock.advance(1100);
    await Promise.all(calls);
    expect(started).toEqual(['a@0', 'b@1050', 'c@1100']);
  });

  test('a late answer is taken back if the call was refused, and stays if it ran', async () => {
    for (const [onStoreError, left] of [
      ['refuse', 1],
      ['allow', 0],
    ] as const) {
      const memory = memoryLimitStore();
      const slow = pending<void>();
      const store: LimitStore = {
        ...remote(memory),
        take: async (...args) => {
          await slow;
          return memory.take(...args);
        },
      };
      const { clock, outcomeOf, policy } = under({ store, onStoreError });
      const call = outcomeOf();
      await clock.advance(50);
      await call;
      slow.resolve();
      await settle();
      expect(await policy.peek()).toMatchObject({ remaining: left });
    }
  });

  test('that cannot take back is reported, and the caller does not notice', async () => {
    for (const giveBack of [throwing.giveBack, rejecting.giveBack]) {
      const { outcomeOf, events } = under({ store: { ...remote(), giveBack } });
      const caller = new AbortController();
      const call = outcomeOf({ signal: caller.signal });
      caller.abort(new Error('enough'));
      expect(await call).toMatchObject({ message: 'enough' });
      await settle();
      expect(events).toMatchObject([{ type: 'storeFailed', error: fault }]);
    }
  });

  test('whose forecast throws is reported, and what is known is told', async () => {
    const memory = memoryLimitStore();
    const store: LimitStore = {
      take: (...args) => memory.take(...args),
      giveBack() {},
      forecast() {
        throw fault;
      },
    };
    const { outcomeOf, events } = under({ store, maxQueue: 1 });
    void outcomeOf();
    void outcomeOf();
    expect(await outcomeOf()).toMatchObject({ retryAfterMs: 1000, remaining: 0 });
    expect(events).toMatchObject([{ type: 'storeFailed', error: fault }, { type: 'rejected' }]);
  });

  test('is heard of in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { clock, policy, serve } = under({ store: hanging });
    const heard: unknown[] = [];
    policy.on('storeFailed', () => heard.push(storage.getStore()));
    const calls = ['one', 'two'].map((name) => storage.run(name, () => serve({})));
    await storage.run('the clock', () => clock.advance(50));
    await Promise.all(calls);
    expect(heard).toEqual(['one', 'two']);
  });

  test('options that do not go with a store are refused', () => {
    const store = remote();
    expect(() => rateLimit({ limit: 1, store, maxKeys: 5 })).toThrow(
      'Expected `maxKeys` to be left out: the store that was given bounds its keys itself',
    );
    expect(() => rateLimit({ limit: 1, store, idleMs: 5 })).toThrow(TypeError);
    const { learn: _, ...dull } = store;
    expect(() => rateLimit({ limit: 1, store: dull, algorithm: 'cubic' })).toThrow('can `learn`');
    const policy = rateLimit({ limit: 1, store: dull });
    expect(() => policy.reconfigure({ algorithm: 'cubic' })).toThrow(TypeError);
    expect(policy.describe().options['algorithm']).toBe('token-bucket');
  });
});

describe('cubic', () => {
  /** A callee that bears so many calls per second and refuses the others. */
  function bearing(perSecond: number, options: Partial<RateLimitOptions> = {}) {
    const clock = fakeClock();
    const policy = rateLimit({
      limit: 1000,
      perMs: 1000,
      algorithm: 'cubic',
      clock,
      ...options,
    });
    let borne = 0;
    let refused = 0;
    let second = -1;
    let now = 0;
    const serve = pipeline<object, string>()
      .use(policy)
      .handle(() => {
        const at = Math.floor(clock.now() / 1000);
        if (at !== second) [second, now] = [at, 0];
        if (++now > perSecond) {
          refused++;
          throw Object.assign(new Error('too many'), { status: 429 });
        }
        borne++;
        return 'ok';
      });
    const call = (): unknown => {
      try {
        return serve({});
      } catch (error) {
        return error;
      }
    };
    return { clock, call, counts: () => ({ borne, refused }), policy };
  }

  test('learns what the callee bears: few calls are sent in vain', () => {
    const { clock, call, counts } = bearing(20);
    for (let ms = 0; ms < 60_000; ms += 10) {
      call();
      clock.advanceSync(10);
    }
    const { borne, refused } = counts();
    // Without it, 100 calls a second would be sent and 80 of them refused.
    expect(refused).toBeLessThan(borne / 2);
    expect(borne).toBeGreaterThan(60 * 20 * 0.5);
  });

  test('its own refusals teach it nothing', () => {
    const { call, policy } = bearing(1_000_000, { limit: 2, burst: 2 });
    for (let n = 0; n < 10; n++) call();
    expect(policy.state()).toMatchObject({ allowed: 2, rejected: 8 });
    expect(policy.peek()).toMatchObject({ retryAfterMs: 500 });
  });

  test.each([
    ['an error with the code RATE_LIMITED', { error: { code: 'RATE_LIMITED' } }, true],
    ['an error with the status 429', { error: { statusCode: 429 } }, true],
    ['an answer with the status 429', { value: { status: 429 } }, true],
    ['another error', { error: new Error('no') }, false],
    ['no object at all', { error: 'RATE_LIMITED' }, false],
    ['another answer', { value: 'fine' }, false],
  ])('%s', async (_, end, throttled) => {
    const clock = fakeClock();
    const policy = rateLimit({ limit: 10, algorithm: 'cubic', clock });
    const serve = pipeline<object, unknown>()
      .use(policy)
      .handle(async () => {
        if ('error' in end) throw end.error;
        return end.value;
      });
    clock.advanceSync(500);
    await Promise.allSettled([serve({})]);
    expect(policy.peek()).toMatchObject({ remaining: throttled ? 0 : 9 });
  });

  test('throttledIf decides, and one that throws says yes', async () => {
    for (const [throttledIf, remaining] of [
      [() => false, 9],
      [() => true, 0],
      [
        () => {
          throw new Error('no idea');
        },
        0,
      ],
    ] as const) {
      const policy = rateLimit({ limit: 10, algorithm: 'cubic', clock: fakeClock(), throttledIf });
      const serve = pipeline<object, string>()
        .use(policy)
        .handle(() => 'ok');
      expect(serve({})).toBe('ok');
      expect(policy.peek()).toMatchObject({ remaining });
    }
  });

  test('a store that cannot learn just now is reported', async () => {
    const store = { ...memoryLimitStore(), learn: () => Promise.reject(new Error('lost')) };
    const { outcomeOf, events } = under({ store, algorithm: 'cubic' });
    expect(await outcomeOf()).toBe('-');
    await settle();
    expect(events).toMatchObject([{ type: 'storeFailed' }]);
  });
});

function limitRuleOf(policy: { describe(): { readonly options: object } }) {
  return policy.describe().options as Parameters<LimitStore['take']>[2];
}
