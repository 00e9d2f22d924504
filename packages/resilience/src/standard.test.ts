/** Tests of standard() and of the presets. */
import { getEventListeners, setMaxListeners } from 'node:events';
import { pipeline } from '@interpose/kernel';
import { fakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from './bulkhead/bulkhead.ts';
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
import { hedge } from './hedge/hedge.ts';
import { lint } from './lint.ts';
import { presets } from './presets.ts';
import { retry } from './retry/retry.ts';
import { standard } from './standard.ts';
import { timeout } from './timeout/timeout.ts';
import { outcomeOf } from '../test-kit/outcome-of.ts';

describe('standard', () => {
  test('M-180 stands in the recommended order, in which lint finds nothing', () => {
    const stack = pipeline<object, string>().use(standard());
    expect(stack.describe().map(({ name }) => name)).toEqual([
      'total-timeout',
      'bulkhead',
      'retry',
      'circuitBreaker',
      'attempt-timeout',
    ]);
    expect(lint(stack)).toEqual([]);
  });

  test('tries again within the total time, each attempt within its own', async () => {
    const clock = fakeClock();
    const policies = standard({
      clock,
      totalTimeout: { timeoutMs: 100 },
      retry: { backoff: { kind: 'constant', baseMs: 5, jitter: 'none' } },
      attemptTimeout: { timeoutMs: 20 },
    });
    let calls = 0;
    const serve = pipeline<object, string>()
      .use(policies)
      .handle(() => (++calls === 2 ? Promise.resolve('answer') : pending<never>()));
    const answer = outcomeOf(() => serve({}));
    await clock.advance(25);
    expect(await answer).toBe('answer');
    expect(policies.attemptTimeout.state().timeouts).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('G11 what an attempt timeout has given up keeps its place in the bulkhead until it ends', async () => {
    const clock = fakeClock();
    const policies = standard({
      clock,
      bulkhead: { maxConcurrent: 1 },
      retry: { maxAttempts: 1 },
      attemptTimeout: { timeoutMs: 20 },
    });
    const deaf = pending<string>();
    const serve = pipeline<object, string>()
      .use(policies)
      .handle(() => deaf);
    const first = outcomeOf(() => serve({}));
    await clock.advance(20);
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    expect(policies.bulkhead.state().running).toBe(1);
    expect(await outcomeOf(() => serve({}))).toMatchObject({ code: 'BULKHEAD_FULL' });
    deaf.resolve('late');
    await settle();
    expect(policies.bulkhead.state().running).toBe(0);
  });

  test('takes options for each of its policies, and refuses others', () => {
    expect(standard({ breaker: { openMs: 7 } }).breaker.describe().options['openMs']).toBe(7);
    expect(() => standard({ brekaer: {} } as never)).toThrow('Did you mean "breaker"?');
    expect(() => standard({ retry: 3 as never })).toThrow(
      'Expected `retry` to be an object of options',
    );
    expect(() => standard({ retry: { maxAttempts: 0 } })).toThrow(RangeError);
  });

  test('is disposed of as a whole', async () => {
    const policies = standard();
    policies[Symbol.dispose]();
    const serve = pipeline<object, string>()
      .use(policies)
      .handle(() => 'answer');
    expect(await outcomeOf(() => serve({}))).toMatchObject({ code: 'DISPOSED' });
  });
});

describe('after a hundred thousand calls', () => {
  test('no timer that holds the process, no listener and no unhandled rejection is left', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', hear);
    const timersBefore = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    const caller = new AbortController();
    setMaxListeners(0, caller.signal);
    const policies = standard({ retry: { maxAttempts: 2, backoff: 'none' } });
    const stack = pipeline<{ n: number; signal?: AbortSignal }, number>().use(policies);
    const plain = stack.handle(({ n }) => Promise.resolve(n));
    const seeing = stack.handle(async ({ n, signal }) => {
      if (n % 97 === 0) throw new Error('now and then');
      return signal?.aborted ? -1 : n;
    });
    for (let round = 0; round < 1000; round++) {
      const serve = round % 10 === 0 ? seeing : plain;
      const signal = round % 2 === 0 ? { signal: caller.signal } : {};
      await Promise.allSettled(
        Array.from({ length: 100 }, async (_, n) => serve({ n, ...signal })),
      );
    }
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBe(
      timersBefore.length,
    );
    expect(policies.bulkhead.state().running).toBe(0);
    expect(policies.totalTimeout.state()).toMatchObject({ running: 0, abandoned: 0 });
    await settle();
    expect(unhandled).toEqual([]);
    process.off('unhandledRejection', hear);
  });
});

describe('presets', () => {
  test('every one of them makes a policy', () => {
    for (const preset of Object.values(presets)) {
      const {
        timeout: limit,
        retry: again,
        circuitBreaker: breaker,
      } = preset as Partial<typeof presets.polly>;
      if (limit) expect(timeout(limit).describe().options).toMatchObject(limit);
      if (again) expect(retry(again).describe().options['maxAttempts']).toBe(again.maxAttempts);
      if (breaker) expect(circuitBreaker(breaker).describe().options).toMatchObject(breaker);
    }
    expect(hedge(presets.polly.hedge).describe().options['maxHedges']).toBe(1);
    expect(bulkhead(presets.resilience4j.bulkhead).describe().options['maxConcurrent']).toBe(25);
  });

  test("Polly's breaker needs a hundred calls, of which a tenth have failed; opossum's a single one", async () => {
    const trip = async (
      failures: number,
      calls: number,
      preset: typeof presets.polly.circuitBreaker,
    ) => {
      const clock = fakeClock();
      const breaker = circuitBreaker({ ...preset, clock });
      let left = failures;
      const serve = pipeline<object, string>()
        .use(breaker)
        .handle(() => (left-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve('yes')));
      for (let call = 0; call < calls; call++) await outcomeOf(() => serve({}));
      return breaker.state().state;
    };
    const { polly, opossum } = presets;
    expect(await trip(99, 99, polly.circuitBreaker)).toBe('closed');
    expect(await trip(100, 100, polly.circuitBreaker)).toBe('open');
    expect(await trip(1, 1, opossum.circuitBreaker)).toBe('open');
  });

  test("Polly's retry makes four attempts, two seconds apart", async () => {
    const clock = fakeClock();
    let calls = 0;
    const serve = pipeline<object, string>()
      .use(retry({ ...presets.polly.retry, clock }))
      .handle(() => {
        calls++;
        return Promise.reject(new Error('no'));
      });
    const failed = outcomeOf(() => serve({}));
    await clock.advance(5999);
    expect(calls).toBe(3);
    await clock.advance(1);
    expect(await failed).toMatchObject({ message: 'no' });
    expect(calls).toBe(4);
  });
});
