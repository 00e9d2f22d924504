/** Tests of adaptiveLimit. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { BulkheadFullError, TimeoutError } from '../errors.ts';
import { timeout } from '../timeout/timeout.ts';
import { adaptiveLimit } from './adaptive-limit.ts';
import type { AdaptiveLimitOptions } from './limiter.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => adaptiveLimit({ clock }), { sync: true })) {
  test(`adaptiveLimit ${law.name}`, law.check);
}
for (const law of middlewareContract(({ clock, random }) =>
  adaptiveLimit({ clock, random, algorithm: 'vegas', max: 1, maxQueue: 5 }),
)) {
  test(`adaptiveLimit with one slot ${law.name}`, law.check);
}

/** An adaptive limit round a rest whose runs end when the test says so. */
function under(options: AdaptiveLimitOptions<Call> = {}) {
  const clock = fakeClock();
  const policy = adaptiveLimit<Call>({ clock, ...options });
  const events: object[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const runs: ReturnType<typeof pending<unknown>>[] = [];
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle(() => {
      const run = pending<unknown>();
      runs.push(run);
      return run;
    });
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  /** As many runs at once as may, which all take so long. */
  const full = async (ms: number): Promise<void> => {
    const { available } = policy.state();
    const from = runs.length;
    const calls = Array.from({ length: available }, () => call());
    await clock.advance(ms);
    for (const run of runs.slice(from)) run.resolve(0);
    await Promise.all(calls);
  };
  return { clock, policy, events, runs, serve, call, full };
}

describe('adaptiveLimit', () => {
  test('lets 20 run at first, and refuses who comes beyond the limit', async () => {
    const { call, policy, events } = under();
    for (let id = 0; id < 20; id++) void call();
    expect(policy.state()).toEqual({
      limit: 20,
      running: 20,
      queued: 0,
      available: 0,
      waitedMs: 0,
      started: 20,
      rejected: 0,
    });
    expect(await call()).toMatchObject({
      name: 'LoadShedError',
      code: 'LOAD_SHED',
      policy: 'adaptiveLimit',
    });
    expect(events).toEqual([{ type: 'rejected', reason: 'full' }]);
    expect(policy.state().rejected).toBe(1);
  });

  test('the limit grows while more at once makes nothing slower, and is told', async () => {
    const { full, policy, events } = under();
    await full(10);
    // The last ten of the twenty found at least ten in flight; each adds a fifth of the headroom of 4.
    expect(policy.state().limit).toBeGreaterThan(25);
    expect(events[0]).toEqual({ type: 'limitChanged', from: 20, to: 21, rttMs: 10 });
    expect(events.at(-1)).toMatchObject({ to: policy.state().limit });
    for (let round = 0; round < 40; round++) await full(10);
    expect(policy.state().limit).toBe(200);
  });

  test('the limit falls when runs become slower, and whoever comes beyond it is refused', async () => {
    const { full, policy } = under({ initial: 100, smoothing: 1, headroom: 1 });
    await full(10);
    const before = policy.state().limit;
    await full(200);
    expect(policy.state().limit).toBeLessThan(before / 4);
    expect(policy.state().limit).toBeGreaterThanOrEqual(1);
  });

  test('a limit that is not nearly reached does not grow', async () => {
    const { call, runs, clock, policy, events } = under();
    for (let round = 0; round < 50; round++) {
      const calls = Array.from({ length: 9 }, () => call());
      await clock.advance(10);
      for (const run of runs.splice(0)) run.resolve(0);
      await Promise.all(calls);
    }
    expect(policy.state().limit).toBe(20);
    expect(events).toEqual([]);
  });

  describe('of the outcomes', () => {
    const lossy: AdaptiveLimitOptions<Call> = { algorithm: 'aimd', initial: 20 };
    /** What one run that ends so makes of a limit of 20, with nothing else in flight: a loss makes it 18, anything else leaves it. */
    const after = async (
      options: AdaptiveLimitOptions<Call>,
      end: (run: ReturnType<typeof pending<unknown>>) => void,
      ctx: Call = {},
    ): Promise<number> => {
      const { call, runs, policy } = under({ ...lossy, ...options });
      const called = call(ctx);
      end(runs[0] as ReturnType<typeof pending<unknown>>);
      await called;
      await settle();
      return policy.state().limit;
    };

    test('a value is no loss', async () => {
      expect(await after({}, (run) => run.resolve(1))).toBe(20);
      expect(await after({ initial: 1 }, (run) => run.resolve(1))).toBe(2);
    });

    test('a timeout further in is a loss', async () => {
      expect(await after({}, (run) => run.reject(new TimeoutError('attempt', 5, 5)))).toBe(18);
    });

    test('any other error is ignored: it gives no sample', async () => {
      expect(await after({ initial: 1 }, (run) => run.reject(new Error('not found')))).toBe(1);
      expect(await after({}, (run) => run.reject(new BulkheadFullError('inner', 1, 0)))).toBe(20);
      expect(await after({}, (run) => run.reject('no error object'))).toBe(20);
    });

    test('the abort of a caller is ignored', async () => {
      const caller = new AbortController();
      const reason = new Error('enough');
      const limit = await after(
        { initial: 1 },
        (run) => {
          caller.abort(reason);
          run.reject(reason);
        },
        { signal: caller.signal },
      );
      expect(limit).toBe(1);
    });

    test('a classifier says otherwise, or leaves it to the default', async () => {
      const unavailable = new Error('503');
      const classify: NonNullable<AdaptiveLimitOptions<Call>['classify']> = (outcome) => {
        if (!outcome.ok && outcome.error === unavailable) return 'failure';
        if (outcome.ok && outcome.value === 'ignored') return 'ignored';
        return undefined;
      };
      expect(await after({ classify }, (run) => run.reject(unavailable))).toBe(18);
      expect(await after({ classify }, (run) => run.reject(new Error('404')))).toBe(20);
      expect(await after({ classify, initial: 1 }, (run) => run.resolve('ignored'))).toBe(1);
      expect(await after({ classify, initial: 1 }, (run) => run.resolve('fine'))).toBe(2);
    });

    test('a classifier that throws counts as a loss, and the outcome is delivered', async () => {
      const { call, runs, policy } = under({
        ...lossy,
        classify: () => {
          throw new Error('no idea');
        },
      });
      const called = call();
      runs[0]?.resolve('the value');
      expect(await called).toBe('the value');
      expect(policy.state()).toMatchObject({ limit: 18, running: 0 });
    });
  });

  test('G11 a timeout further out is a loss, which is known when the work really ends; until then its slot is taken', async () => {
    const clock = fakeClock();
    const policy = adaptiveLimit<Call>({ clock, algorithm: 'aimd', initial: 10 });
    const runs: ReturnType<typeof pending<unknown>>[] = [];
    const serve = pipeline<Call, unknown>()
      .use(timeout({ clock, timeoutMs: 100 }))
      .use(policy)
      .handle(() => {
        const run = pending<unknown>();
        runs.push(run);
        return run;
      });
    const codes: unknown[] = [];
    for (let id = 0; id < 2; id++) {
      void Promise.resolve(serve({})).catch(({ code }: { code: unknown }) => codes.push(code));
    }
    await clock.advance(100);
    expect(codes).toEqual(['TIMEOUT', 'TIMEOUT']);
    expect(policy.state()).toMatchObject({ running: 2, limit: 10 });
    runs[0]?.resolve('late');
    await settle();
    expect(policy.state()).toMatchObject({ running: 1, limit: 9 });
    runs[1]?.reject(new Error('heeded its signal'));
    await settle();
    expect(policy.state()).toMatchObject({ running: 0, limit: 8 });
  });

  test('G10 a stream is measured when it is there, and keeps its slot until its end', async () => {
    const { clock, call, runs, policy, events } = under({ algorithm: 'aimd', initial: 1 });
    const called = call();
    await clock.advance(30);
    runs[0]?.resolve(
      (async function* numbers(): AsyncGenerator<number> {
        yield 1;
      })(),
    );
    const stream = (await called) as AsyncGenerator<number>;
    expect(policy.state()).toMatchObject({ running: 1, limit: 2 });
    expect(events).toEqual([{ type: 'limitChanged', from: 1, to: 2, rttMs: 30 }]);
    await clock.advance(6000);
    for await (const _one of stream);
    expect(policy.state()).toMatchObject({ running: 0, limit: 2 });
  });

  test('a synchronous rest gives a value, and counts', () => {
    const clock = fakeClock();
    const policy = adaptiveLimit({ clock, initial: 1 });
    const serve = pipeline<object, number>()
      .use(policy)
      .handle(() => 7);
    for (let run = 0; run < 20; run++) expect(serve({})).toBe(7);
    // A fifth of 4 each time, as long as one is half of the limit: 1, 1.8, 2.6.
    expect(policy.state()).toMatchObject({ running: 0, limit: 2, started: 20 });
  });

  test('with a queue who comes beyond the limit waits, until the limit grows or a run ends', async () => {
    const { clock, call, runs, policy, events } = under({
      algorithm: 'aimd',
      initial: 1,
      maxQueue: 3,
      queueTimeoutMs: 50,
    });
    void call();
    const waiting = [call(), call(), call()];
    expect(await call()).toMatchObject({ code: 'LOAD_SHED' });
    await clock.advance(10);
    runs[0]?.resolve(0);
    await settle();
    // One slot came free, and one came to be.
    expect(policy.state()).toMatchObject({ limit: 2, running: 2, queued: 1 });
    await clock.advance(40);
    expect(await waiting[2]).toMatchObject({ code: 'QUEUE_TIMEOUT', waitedMs: 50 });
    expect(events.map((event) => (event as { type: string }).type)).toEqual([
      'queued',
      'queued',
      'queued',
      'rejected',
      'limitChanged',
      'dequeued',
      'dequeued',
      'rejected',
    ]);
  });

  test('a thenable that settles twice gives back one slot and one sample', async () => {
    const policy = adaptiveLimit({ algorithm: 'aimd', initial: 1 });
    const serve = pipeline<object, string>()
      .use(policy)
      .handle(
        () =>
          ({
            then(resolve: (value: string) => void, reject: (error: unknown) => void) {
              resolve('first');
              reject(new TimeoutError('second', 1, 1));
              resolve('third');
            },
          }) as unknown as Promise<string>,
      );
    expect(await serve({})).toBe('first');
    expect(policy.state()).toMatchObject({ running: 0, limit: 2 });
  });

  test('reconfigure keeps the limit where it has got, within the new range, and changes nothing if it is wrong', async () => {
    const { full, policy } = under({ algorithm: 'aimd', initial: 20 });
    await full(10);
    const { limit } = policy.state();
    expect(limit).toBeGreaterThan(20);
    policy.reconfigure({ backoffRatio: 0.5 });
    expect(policy.state().limit).toBe(limit);
    policy.reconfigure({ max: 22 });
    expect(policy.state().limit).toBe(22);
    expect(() => policy.reconfigure({ min: 5, initial: 4 })).toThrow(RangeError);
    expect(() => policy.reconfigure({ algorithm: 'vegas' })).toThrow(
      '`algorithm` of "adaptiveLimit" cannot change; make a new one.',
    );
    expect(policy.describe()).toEqual({
      policy: 'adaptiveLimit',
      name: 'adaptiveLimit',
      options: {
        algorithm: 'aimd',
        min: 1,
        max: 22,
        initial: 20,
        backoffRatio: 0.5,
        slowCallMs: 5000,
        classify: undefined,
        maxQueue: 0,
        queueTimeoutMs: Infinity,
        order: 'fifo',
        stream: 'until-end',
      },
    });
  });

  test('a higher lowest limit lets those start who wait', async () => {
    const { call, policy, runs } = under({ initial: 1, maxQueue: 2 });
    for (let id = 0; id < 3; id++) void call();
    policy.reconfigure({ min: 3, initial: 3 });
    await settle();
    expect(runs).toHaveLength(3);
    expect(policy.state()).toMatchObject({ limit: 3, running: 3, queued: 0 });
  });

  test('reset goes back to the first limit and forgets all samples', async () => {
    const { full, policy, call } = under();
    for (let round = 0; round < 5; round++) await full(10);
    void call();
    policy.reset();
    expect(policy.state()).toMatchObject({ limit: 20, running: 1, started: 0, rejected: 0 });
  });

  test('X-R6 disposed of it sends away who waits', async () => {
    const { clock, call, policy } = under({ initial: 1, maxQueue: 1, queueTimeoutMs: 100 });
    void call();
    const waiting = call();
    policy[Symbol.dispose]();
    expect(await waiting).toMatchObject({ code: 'DISPOSED', policy: 'adaptiveLimit' });
    expect(await call()).toMatchObject({ code: 'DISPOSED' });
    expect(clock.pending).toBe(0);
  });

  test('classifiers and listeners run in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const heard: unknown[] = [];
    const policy = adaptiveLimit({
      clock,
      algorithm: 'aimd',
      initial: 1,
      maxQueue: 1,
      classify: () => void heard.push(`classify in ${storage.getStore()}`),
    });
    policy.on('limitChanged', () => heard.push(`limitChanged in ${storage.getStore()}`));
    // A timer shared by both calls ends them: it fires in the context of the first.
    const serve = pipeline<object, never>()
      .use(policy)
      .use(timeout({ clock, timeoutMs: 100 }))
      .handle(() => pending<never>());
    policy.reconfigure({ min: 2, initial: 2 });
    policy.reconfigure({ min: 1 });
    const calls = ['one', 'two'].map((name) =>
      storage.run(name, () => Promise.resolve(serve({})).catch(() => {})),
    );
    await clock.advance(100);
    await Promise.all(calls);
    expect(heard).toEqual(['classify in one', 'limitChanged in one', 'classify in two']);
  });

  test('options that are wrong are refused in a sentence', () => {
    const wrong = (options: object, message: string): void => {
      expect(() => adaptiveLimit(options)).toThrow(message);
    };
    wrong(
      { algorithm: 'gradient' },
      "Expected `algorithm` to be 'gradient2', 'aimd' or 'vegas', got `gradient` (string).",
    );
    wrong({ algorithm: 'toString' }, 'Expected `algorithm`');
    wrong({ min: 0 }, 'Expected `min` to be a whole number, 1 or more, got `0` (number).');
    wrong({ min: 5, max: 4 }, 'Expected `max` to be a whole number, 5 or more, got `4` (number).');
    wrong({ initial: 201 }, 'Expected `initial` to be a whole number from 1 to 200, got `201`');
    wrong({ smoothing: 0 }, 'Expected `smoothing` to be a number above 0 and up to 1, got `0`');
    wrong({ smoothing: '1' }, 'got `1` (string)');
    wrong({ tolerance: 0.9 }, 'Expected `tolerance` to be a number 1 or more, got `0.9`');
    wrong({ longWindow: 0 }, 'Expected `longWindow`');
    wrong({ headroom: 0.5 }, 'Expected `headroom`');
    wrong({ algorithm: 'aimd', backoffRatio: 1 }, 'from 0.5 to below 1');
    wrong({ algorithm: 'aimd', slowCallMs: -1 }, 'Expected `slowCallMs`');
    wrong({ algorithm: 'vegas', random: 4 }, 'Expected `random` to be a function');
    wrong({ classify: 'all' }, 'Expected `classify` to be a function');
    wrong(
      { algorithm: 'aimd', tolerance: 2 },
      "`tolerance` is for the algorithm 'gradient2', not for 'aimd'.",
    );
    wrong(
      { algorithm: 'aimd', smoothing: 1 },
      "`smoothing` is for the algorithm 'gradient2' and 'vegas', not for 'aimd'.",
    );
    wrong({ queueTimeoutMs: 5 }, 'say with `maxQueue` how many may');
    wrong({ tolerence: 2 }, 'Did you mean "tolerance"?');
    expect(adaptiveLimit({ max: 5 }).state().limit).toBe(5);
    expect(adaptiveLimit({ min: 30 }).state().limit).toBe(30);
  });
});
