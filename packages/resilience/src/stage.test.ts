/** Tests of stages: rows of policies, and what is a value and what a promise. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { compose, type Middleware, pipeline } from '@interpose/kernel';
import { fakeClock, pending } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { continuation } from './continuation.ts';
import { createPolicy, type ResiliencePolicy } from './policy.ts';
import { retry } from './retry/retry.ts';
import type { Receiver, Stage } from './stage.ts';
import { timeout } from './timeout/timeout.ts';

type Plain = ResiliencePolicy<unknown, object, object, Record<string, object>>;

const policyOf = (name: string, stage: Stage): Plain =>
  createPolicy({
    policy: 'plain',
    description: 'For tests.',
    options: { name },
    names: [],
    events: [],
    create: () => ({
      stage,
      apply: () => {},
      settings: () => ({}),
      state: () => ({}),
      reset: () => {},
    }),
  });

/** Writes down who is entered and left. */
const noting = (name: string, log: string[]): Plain =>
  policyOf(name, (rest) => (ctx, outer) => {
    log.push(`${name} in`);
    const frame: Receiver = {
      passive: outer.passive,
      linger: () => outer.linger(),
      succeed(value) {
        log.push(`${name} out`);
        outer.succeed(value);
      },
      fail(error) {
        log.push(`${name} failed`);
        outer.fail(error);
      },
    };
    rest(ctx, frame);
  });

describe('a row of policies', () => {
  test('is entered from the outside and left from the inside', async () => {
    const log: string[] = [];
    const serve = pipeline<object, string>()
      .use(noting('a', log))
      .use(noting('b', log))
      .handle(async () => {
        log.push('handler');
        return 'answer';
      });
    expect(await serve({})).toBe('answer');
    expect(log).toEqual(['a in', 'b in', 'handler', 'b out', 'a out']);
  });

  test('may be broken by other middleware', async () => {
    const log: string[] = [];
    const serve = pipeline<object, string>()
      .use(noting('a', log))
      .use((ctx, next) => next(ctx))
      .use(noting('b', log))
      .handle(() => Promise.reject(new Error('no')));
    await expect(Promise.resolve(serve({}))).rejects.toThrow('no');
    expect(log).toEqual(['a in', 'b in', 'b failed', 'a failed']);
  });

  test('a policy is a middleware by itself, also in compose()', () => {
    const log: string[] = [];
    expect(noting('a', log)({}, () => 7)).toBe(7);
    expect(compose(noting('a', log), noting('b', log))({}, () => 8)).toBe(8);
    expect(log.filter((line) => line.endsWith('out'))).toHaveLength(3);
  });

  test('is synchronous as long as the rest is, and gives failures as the rest gives results', async () => {
    let next: () => unknown = () => 7;
    const serve = pipeline<object, unknown>()
      .use(noting('a', []))
      .handle(() => next());
    expect(serve({})).toBe(7);
    next = () => {
      throw new Error('at once');
    };
    expect(() => serve({})).toThrow('at once');
    next = () => Promise.resolve(8);
    expect(await serve({})).toBe(8);
    next = () => {
      throw new Error('at once');
    };
    await expect(serve({})).rejects.toThrow('at once');
  });

  test('asks nobody when the caller has given up before', () => {
    const log: string[] = [];
    const reason = new Error('left');
    const serve = pipeline<{ signal: AbortSignal }, string>()
      .use(noting('a', log))
      .handle(() => 'never');
    expect(() => serve({ signal: AbortSignal.abort(reason) })).toThrow(reason);
    expect(log).toEqual([]);
  });

  test('a context that cannot be read fails the call and nothing else', () => {
    const fault = new Error('no signal for you');
    const serve = pipeline<object, number>()
      .use(noting('a', []))
      .handle(() => 7);
    const ctx = {
      get signal(): AbortSignal {
        throw fault;
      },
    };
    expect(() => serve(ctx)).toThrow(fault);
  });
});

describe('a row in which nobody ends a run early', () => {
  const clock = fakeClock();
  const again = (): Middleware<{ readonly depth: number }, unknown> =>
    retry({ clock, maxAttempts: 3, backoff: { kind: 'constant', baseMs: 10, jitter: 'none' } });

  test('gives what a pause later comes to, also a failure', async () => {
    let failures = 2;
    const serve = pipeline<{ depth: number }, unknown>()
      .use(again())
      .handle(() => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve('yes')));
    const answer = serve({ depth: 0 });
    await clock.advance(100);
    expect(await answer).toBe('yes');
    failures = 9;
    const failed = (async () => serve({ depth: 0 }))().catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failed).toMatchObject({ message: 'no' });
  });

  test('may be called from within itself', async () => {
    const serve: (ctx: { depth: number }) => unknown = pipeline<{ depth: number }, unknown>()
      .use(again())
      .handle(({ depth }) =>
        depth === 0 ? Promise.resolve(['end']) : Promise.all([depth, serve({ depth: depth - 1 })]),
      );
    expect(await serve({ depth: 2 })).toEqual([2, [1, ['end']]]);
  });

  test('takes results that are no promises of the platform, and tell at once or later', async () => {
    const thenable = (tell: (told: (value: unknown) => void) => void): PromiseLike<unknown> => ({
      then: ((told: (value: unknown) => void) => tell(told)) as PromiseLike<unknown>['then'],
    });
    const serve = (result: PromiseLike<unknown>): unknown =>
      pipeline<{ depth: number }, unknown>()
        .use(again())
        .handle(() => result)({ depth: 0 });
    expect(await serve(thenable((told) => told('at once')))).toBe('at once');
    expect(await serve(thenable((told) => queueMicrotask(() => told('later'))))).toBe('later');
    class Own extends Promise<unknown> {}
    expect(await serve(Own.resolve('own'))).toBe('own');
  });
});

test('a continuation goes on in the async context in which it was made', async () => {
  const storage = new AsyncLocalStorage<string>();
  const ran = pending<string | undefined>();
  const goOn = storage.run('mine', () => continuation(() => ran.resolve(storage.getStore())));
  storage.run('of somebody else', goOn);
  expect(await ran).toBe('mine');
});

test('another attempt after a timeout runs in the async context of its own call', async () => {
  const storage = new AsyncLocalStorage<string>();
  const clock = fakeClock();
  const again = policyOf('again', (rest) => (ctx, outer) => {
    const frame: Receiver = {
      passive: false,
      linger: () => outer.linger(),
      succeed: (value) => outer.succeed(value),
      fail: () => rest(ctx, outer),
    };
    rest(ctx, frame);
  });
  const seen: unknown[] = [];
  const serve = pipeline<object, never>()
    .use(again)
    .use(timeout({ clock, timeoutMs: 10 }))
    .handle(() => {
      seen.push(storage.getStore());
      return pending<never>();
    });
  const calls = ['one', 'two'].map((name) =>
    storage.run(name, async () => {
      try {
        await serve({});
      } catch {
        seen.push(`${storage.getStore()} ended`);
      }
    }),
  );
  await clock.advance(100);
  await Promise.all(calls);
  expect(seen).toEqual(['one', 'two', 'one', 'two', 'one ended', 'two ended']);
});
