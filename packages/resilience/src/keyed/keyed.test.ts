/** Tests of keyed. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, type Pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyed, type KeyedOptions } from './keyed.ts';
import { rateLimit } from '../rate-limiter/rate-limiter.ts';
import { deadlineOf } from '../scope.ts';
import type { TimeoutState } from '../timeout/time-limit.ts';
import { timeout } from '../timeout/timeout.ts';

interface Call {
  readonly host?: string | undefined;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(
  ({ clock }) => keyed(() => timeout({ clock }), { key: () => 'one', clock }),
  { changesContext: true, heedsSignal: true, sync: true },
)) {
  test(`keyed ${law.name}`, law.check);
}

/** A timeout for each host. */
function under(options: Partial<KeyedOptions<Call>> = {}) {
  const clock = fakeClock();
  const made: string[] = [];
  const policy = keyed(
    (host: string) => {
      made.push(host);
      return timeout({ clock, timeoutMs: 1000, name: host });
    },
    { key: ({ host }: Call) => host, clock, ...options },
  );
  const events: object[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const rests: Pending<string>[] = [];
  const serve = pipeline<Call, string>()
    .use(policy)
    .handle(() => {
      const rest = pending<string>();
      rests.push(rest);
      return rest;
    });
  const call = async (host?: string): Promise<unknown> => {
    try {
      return await serve({ host });
    } catch (error) {
      return error;
    }
  };
  /** Calls a host and lets the call end. */
  const use = async (host: string): Promise<void> => {
    const done = call(host);
    rests.at(-1)?.resolve('ok');
    await done;
  };
  const keys = (): string[] => policy.state().policies.map(({ key }) => key);
  return { clock, policy, made, events, rests, call, use, keys };
}

describe('keyed', () => {
  test('makes one policy a key, and the same serves all calls of it', async () => {
    const { clock, made, call, policy, events } = under();
    const calls = [call('a'), call('b'), call('a')];
    await clock.advance(1000);
    expect(await Promise.all(calls)).toMatchObject([
      { policy: 'a', timeoutMs: 1000 },
      { policy: 'b' },
      { policy: 'a' },
    ]);
    expect(made).toEqual(['a', 'b']);
    expect(events).toEqual([
      { type: 'added', key: 'a' },
      { type: 'added', key: 'b' },
    ]);
    expect(policy.state()).toEqual({
      keys: 2,
      policies: [
        { key: 'a', busy: true, state: { running: 0, abandoned: 2, timeouts: 2 } },
        { key: 'b', busy: true, state: { running: 0, abandoned: 1, timeouts: 1 } },
      ],
    });
  });

  test('a call without a key passes through none', async () => {
    const { call, rests, made, clock } = under();
    const done = call();
    await clock.advance(5000);
    rests[0]?.resolve('late');
    expect(await done).toBe('late');
    expect(made).toEqual([]);
  });

  test('keeps limits of keys apart, and a synchronous rest synchronous', () => {
    const clock = fakeClock();
    const limits = keyed((name) => rateLimit({ limit: 1, clock, name }), {
      key: ({ user }: { user: string }) => user,
      clock,
    });
    const serve = pipeline<{ user: string }, string>()
      .use(limits)
      .handle(({ user }) => user);
    expect([serve({ user: 'ann' }), serve({ user: 'bob' })]).toEqual(['ann', 'bob']);
    expect(() => serve({ user: 'ann' })).toThrow('Rate limit exceeded. Retry after 1s');
    expect(limits.policyFor('ann').state()).toMatchObject({ allowed: 1, rejected: 1 });
    expect(limits.policyFor('bob').state()).toMatchObject({ allowed: 1, rejected: 0 });
  });

  test('stands in a row with other policies, and in several pipelines at once', () => {
    const clock = fakeClock();
    const limits = keyed(() => rateLimit({ limit: 2, clock }), { key: () => 'k', clock });
    const inner = timeout({ clock, timeoutMs: 50 });
    const one = pipeline<object, number>()
      .use(timeout({ clock, timeoutMs: 500 }))
      .use(limits)
      .use(inner)
      .handle((ctx) => deadlineOf(ctx));
    const other = pipeline<object, string>()
      .use(limits)
      .handle(() => 'other');
    expect([one({}), other({})]).toEqual([50, 'other']);
    expect(() => one({})).toThrow('Rate limit exceeded');
    expect(() => other({})).toThrow('Rate limit exceeded');
  });

  test('the policy is joined to the rest once, not for each call', () => {
    const clock = fakeClock();
    let joined = 0;
    const limit = rateLimit({ limit: 100, clock });
    const [symbol] = Object.getOwnPropertySymbols(limit).filter(
      ({ description }) => description === 'interpose.stage',
    );
    const stages = limit as unknown as Record<symbol, (rest: unknown) => unknown>;
    const stage = stages[symbol as symbol];
    stages[symbol as symbol] = (rest) => {
      joined++;
      return stage?.(rest);
    };
    const limits = keyed(() => limit, { key: () => 'k', clock });
    const serves = ['a', 'b'].map((name) =>
      pipeline<object, string>()
        .use(limits)
        .handle(() => name),
    );
    for (let call = 0; call < 10; call++) for (const serve of serves) serve({});
    expect(joined).toBe(2);
  });

  test('a key that throws, that is no string, or a maker that throws or makes no policy: the error of the call', async () => {
    const fault = new Error('no idea');
    const thrower = (): never => {
      throw fault;
    };
    expect(await under({ key: thrower }).call('a')).toBe(fault);
    expect(await under({ key: () => 7 as never }).call('a')).toMatchObject({
      message: 'Expected `key` to be a string, or undefined, got `7` (number).',
    });
    const serve = (make: () => never) =>
      pipeline<object, string>()
        .use(keyed(make, { key: () => 'k' }))
        .handle(() => 'ok');
    expect(() => serve(thrower)({})).toThrow(fault);
    for (const wrong of [{}, undefined, (_ctx: object, next: () => unknown) => next()]) {
      expect(() => serve(() => wrong as never)({})).toThrow('Expected `make(key)` to be a policy');
    }
  });

  test('policyFor gives the policy of a key, made if there is none, to steer and to listen', async () => {
    const { policy, made, call, clock } = under();
    const a = policy.policyFor('a');
    const heard: unknown[] = [];
    a.on('timeout', (event) => heard.push(event));
    expect(made).toEqual(['a']);
    void call('a');
    await clock.advance(1000);
    expect(heard).toHaveLength(1);
    const state: TimeoutState = policy.policyFor('a').state();
    expect(state.timeouts).toBe(1);
    expect(() => policy.policyFor(7 as never)).toThrow('Expected `key` to be a string');
  });
});

describe('keyed lets go', () => {
  test('X-R5 the least recently used when there are too many: it is disposed of, and made anew', async () => {
    const { policy, use, keys, made, events } = under({ maxKeys: 2 });
    const first = policy.policyFor('a');
    for (const host of ['a', 'b', 'a', 'c']) await use(host);
    expect(keys()).toEqual(['a', 'c']);
    expect(events.at(-2)).toEqual({ type: 'evicted', key: 'b', reason: 'full' });
    for (const host of ['d', 'e', 'a']) await use(host);
    expect(made.filter((host) => host === 'a')).toHaveLength(2);
    expect(policy.policyFor('a')).not.toBe(first);
    const orphan = pipeline<object, string>()
      .use(first)
      .handle(() => 'ok');
    expect(() => orphan({})).toThrow('has been disposed of');
  });

  test('what has been idle, when another is used; no timer is needed', async () => {
    const { clock, use, keys, events } = under({ idleMs: 60_000 });
    await use('a');
    await use('b');
    await clock.advance(59_999);
    await use('b');
    expect(keys()).toEqual(['a', 'b']);
    await clock.advance(1);
    await use('b');
    expect(keys()).toEqual(['b']);
    expect(events.at(-1)).toEqual({ type: 'evicted', key: 'a', reason: 'idle' });
  });

  test('never what has work under way, however many keys there are and however long it takes', async () => {
    const { clock, call, use, keys, rests } = under({ maxKeys: 2, idleMs: 100 });
    const slow = ['a', 'b', 'c'].map((host) => call(host));
    await clock.advance(500);
    await use('d');
    expect(keys()).toEqual(['a', 'b', 'c']);
    for (const rest of rests.slice(0, 3)) rest.resolve('done');
    expect(await Promise.all(slow)).toEqual(['done', 'done', 'done']);
    await use('c');
    expect(keys().length).toBe(2);
  });

  test('nor what has been left to go on after its caller was told', async () => {
    const { clock, call, use, keys, rests } = under({ maxKeys: 1 });
    const timedOut = call('a');
    await clock.advance(1000);
    expect(await timedOut).toMatchObject({ code: 'TIMEOUT' });
    await use('b');
    expect(keys()).toContain('a');
    rests[0]?.reject(new Error('late'));
    await settle();
    await use('c');
    expect(keys()).toEqual(['c']);
  });

  test('fewer keys by reconfigure: the surplus goes as others are used; what is wrong changes nothing', async () => {
    const { policy, use, keys } = under();
    for (const host of ['a', 'b', 'c', 'd']) await use(host);
    expect(() => policy.reconfigure({ maxKeys: 0 })).toThrow(RangeError);
    expect(() => policy.reconfigure({ maxKeys: 1, idleMs: -1 })).toThrow(RangeError);
    await use('a');
    expect(keys().length).toBe(4);
    policy.reconfigure({ maxKeys: 2 });
    await use('d');
    expect(keys().sort()).toEqual(['a', 'd']);
    policy.reconfigure({ key: () => 'all' });
    await use('x');
    expect(keys()).toContain('all');
  });
});

describe('keyed is looked after', () => {
  test('reset resets every policy', async () => {
    const { policy, call, clock } = under();
    const calls = [call('a'), call('b')];
    await clock.advance(1000);
    await Promise.all(calls);
    policy.reset();
    expect(policy.state().policies.map(({ state }) => state.timeouts)).toEqual([0, 0]);
  });

  test('X-R6 disposed of, it disposes of every policy, and whoever waits in one is told', async () => {
    const clock = fakeClock();
    const limits = keyed((name) => rateLimit({ limit: 1, maxQueue: 5, clock, name }), {
      key: ({ user }: { user: string }) => user,
      clock,
    });
    const serve = pipeline<{ user: string }, string>()
      .use(limits)
      .handle(() => 'ok');
    const call = async (user: string): Promise<unknown> => {
      try {
        return await serve({ user });
      } catch (error) {
        return error;
      }
    };
    const calls = ['ann', 'ann', 'bob', 'bob'].map(call);
    limits[Symbol.dispose]();
    expect(await Promise.all(calls)).toMatchObject([
      'ok',
      { code: 'DISPOSED', policy: 'ann' },
      'ok',
      { code: 'DISPOSED', policy: 'bob' },
    ]);
    expect(await call('ann')).toMatchObject({ code: 'DISPOSED', policy: 'keyed' });
    expect([clock.pending, limits.state().keys]).toEqual([0, 0]);
  });

  test('a policy that fails to be disposed of does not disturb the call that drops it', async () => {
    const clock = fakeClock();
    const limits = keyed(
      () =>
        Object.assign(rateLimit({ limit: 1, clock }), {
          [Symbol.dispose]() {
            throw new Error('stuck');
          },
        }),
      {
        key: ({ user }: { user: string }) => user,
        maxKeys: 1,
        clock,
        onListenerError: (error) => failures.push(error),
      },
    );
    const failures: unknown[] = [];
    const serve = pipeline<{ user: string }, string>()
      .use(limits)
      .handle(() => 'ok');
    expect([serve({ user: 'ann' }), serve({ user: 'bob' })]).toEqual(['ok', 'ok']);
    expect(limits.state().keys).toBe(1);
    expect(failures).toMatchObject([{ message: 'stuck' }]);
  });

  test('the async context of a call is that of its policy', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { clock, policy, call } = under();
    const heard: unknown[] = [];
    policy.policyFor('a').on('timeout', () => heard.push(storage.getStore()));
    const calls = ['one', 'two'].map((name) => storage.run(name, () => call('a')));
    await storage.run('the clock', () => clock.advance(1000));
    await Promise.all(calls);
    expect(heard).toEqual(['one', 'two']);
  });

  test('describe tells the options in force', () => {
    const { policy } = under({ name: 'hosts', maxKeys: 7 });
    expect(policy.describe()).toEqual({
      policy: 'keyed',
      name: 'hosts',
      options: { key: '[function key]', maxKeys: 7, idleMs: 600_000 },
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    const make = (options: object) => () => keyed(() => timeout(), options as never);
    expect(make({})).toThrow('Expected `key` to be a function, got `undefined` (undefined).');
    expect(make({ key: () => 'k', maxKeys: 0 })).toThrow(RangeError);
    expect(make({ key: () => 'k', idleMs: Number.NaN })).toThrow(RangeError);
    expect(make({ key: () => 'k', maxkeys: 1 })).toThrow('Did you mean "maxKeys"?');
    expect(() => keyed('host' as never, { key: () => 'k' })).toThrow(
      'Expected `make` to be a function from a key to a policy',
    );
  });

  test('X-R11 whatever starts, ends and rests in whatever order: what has work under way stays, and no more than may be stay', async () => {
    const move = fc.oneof(
      fc.record({ type: fc.constant('call' as const), host: fc.constantFrom(...'abcdef') }),
      fc.record({ type: fc.constant('end' as const), which: fc.nat(5) }),
      fc.record({ type: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 400 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(move, { maxLength: 40 }),
        async (maxKeys, play) => {
          const { policy, clock, call, rests, keys } = under({ maxKeys, idleMs: 500 });
          let busy: { host: string; rest: Pending<string> | undefined }[] = [];
          const born = new Map<string, unknown>();
          for (const one of play) {
            if (one.type === 'tick') await clock.advance(one.ms);
            else if (one.type === 'call') {
              void call(one.host);
              busy.push({ host: one.host, rest: rests.at(-1) });
            } else {
              const ended = busy[one.which % busy.length];
              ended?.rest?.resolve('ok');
              busy = busy.filter((other) => other !== ended);
            }
            await settle();
            const working = new Set(busy.map(({ host }) => host));
            const { policies } = policy.state();
            for (const { key, busy: isBusy } of policies) expect(isBusy).toBe(working.has(key));
            expect(keys()).toEqual(expect.arrayContaining([...working]));
            expect(policies.length).toBeLessThanOrEqual(Math.max(maxKeys, working.size));
            for (const host of working) {
              const now = policy.policyFor(host);
              if (born.has(host)) expect(now).toBe(born.get(host));
              born.set(host, now);
            }
            for (const host of born.keys()) if (!working.has(host)) born.delete(host);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
