/** memoryLimit: who waits, who begins, who is put off, and who must stop. */
import { pipeline } from '@interpose/kernel';
import { attemptOf, instructionOf, retry } from '@interpose/resilience';
import { fakeClock, type FakeClock } from '@interpose/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf, type JobTrial, jobTrial } from '../../test-kit/job-trial.ts';
import { attemptsOf } from '../attempts.ts';
import { PostponedError, UnrecoverableError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { IsolationUnavailableError, MemoryLimitError, NotIsolatedError } from './errors.ts';
import { isolated } from './isolated.ts';
import type { LimitEvent } from './limit-events.ts';
import { type JobMemoryLimitOptions, memoryLimit } from './memory-limit.ts';

/** A handler that ends when it is told to, by the order in which it began. */
interface Begun {
  readonly ctx: JobContext;
  done(value?: unknown): void;
  fail(error: unknown): void;
}

interface Stand {
  readonly clock: FakeClock;
  readonly begun: Begun[];
  readonly events: LimitEvent[];
  readonly limit: ReturnType<typeof memoryLimit>;
  usedMb: number | (() => number);
  start(trial?: JobTrial): Promise<unknown>;
}

function stand(options: JobMemoryLimitOptions = {}): Stand {
  const clock = fakeClock();
  const begun: Begun[] = [];
  const events: LimitEvent[] = [];
  const limit = memoryLimit({
    probe: () => (typeof it.usedMb === 'number' ? it.usedMb : it.usedMb()),
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const serve = pipeline<JobContext, unknown>()
    .use(limit)
    .handle(
      (ctx) =>
        new Promise((resolve, reject) => void begun.push({ ctx, done: resolve, fail: reject })),
    );
  const it: Stand = {
    clock,
    begun,
    events,
    limit,
    usedMb: 100,
    start: async (trial = jobTrial({}, clock)) => failureOf((async () => serve(trial.ctx))()),
  };
  return it;
}

describe('gate', () => {
  test('M-139 jobs: a job does not begin while the process is above the limit of 1024 MB', async () => {
    const it = stand();
    it.usedMb = 1024;
    const first = it.start();
    expect(it.begun).toHaveLength(1);
    await it.clock.advance(1000);
    it.usedMb = 1024.5;
    const second = it.start();
    await it.clock.advance(5000);
    expect(it.begun).toHaveLength(1);
    expect(it.limit.state()).toMatchObject({ waiting: 1, used: 1024.5 });
    it.usedMb = 900;
    await it.clock.advance(1000);
    expect(it.begun).toHaveLength(2);
    it.begun[0]?.done('one');
    it.begun[1]?.done('two');
    expect(await Promise.all([first, second])).toEqual([{ value: 'one' }, { value: 'two' }]);
    expect(it.events.map(({ type }) => type)).toEqual(['waiting', 'admitted']);
    expect(it.clock.pending).toBe(0);
  });

  test('M-139 jobs: a job that waits for too long is put off, which uses up no attempt', async () => {
    const it = stand({ maxMb: 512, maxWaitMs: 2500, postponeMs: 60_000 });
    it.usedMb = 600;
    const ended = it.start();
    await it.clock.advance(2499);
    expect(it.limit.state()).toMatchObject({ waiting: 1, postponed: 0 });
    await it.clock.advance(1);
    const error = await ended;
    expect(error).toBeInstanceOf(PostponedError);
    expect(instructionOf(error)).toBe('pass');
    expect(error).toMatchObject({
      afterMs: 60_000,
      cause: { code: 'MEMORY_LIMIT', limitMb: 512, usedMb: 600, handler: 'not-started' },
    });
    expect(it.begun).toEqual([]);
    expect(it.limit.state()).toMatchObject({ waiting: 0, postponed: 1 });
    expect(it.events.at(-1)).toMatchObject({
      type: 'postponed',
      waitedMs: 2500,
      limit: 'memoryLimit',
    });
    expect(it.clock.pending).toBe(0);
  });

  test('of those who wait one begins a reading, the first first; who comes meanwhile stands behind', async () => {
    const it = stand({ maxMb: 512 });
    it.usedMb = 600;
    const trials = Array.from({ length: 4 }, (_, index) => jobTrial(index, it.clock));
    for (const trial of trials.slice(0, 3)) void it.start(trial);
    await it.clock.advance(1000);
    expect(it.begun).toHaveLength(0);
    it.usedMb = 100;
    await it.clock.advance(1000);
    expect(it.begun.map(({ ctx }) => ctx.data)).toEqual([0]);
    void it.start(trials[3]);
    await it.clock.advance(1000);
    expect(it.begun.map(({ ctx }) => ctx.data)).toEqual([0, 1]);
    it.usedMb = 600;
    await it.clock.advance(3000);
    expect(it.begun.map(({ ctx }) => ctx.data)).toEqual([0, 1]);
    it.usedMb = 100;
    await it.clock.advance(2000);
    expect(it.begun.map(({ ctx }) => ctx.data)).toEqual([0, 1, 2, 3]);
    // What the last one takes has yet to be seen.
    void it.start();
    expect(it.begun).toHaveLength(4);
    await it.clock.advance(1000);
    expect(it.begun).toHaveLength(5);
    expect(it.clock.pending).toBe(0);
  });

  test('while there is room nobody waits, and one reading serves all within its time', async () => {
    const it = stand();
    let readings = 0;
    it.usedMb = () => ++readings;
    for (let at = 0; at < 100; at++) void it.start();
    expect([it.begun.length, readings]).toEqual([100, 1]);
    await it.clock.advance(1000);
    void it.start();
    expect([it.begun.length, readings]).toEqual([101, 2]);
  });

  test('a handler that is synchronous stays so', () => {
    const limit = memoryLimit({ probe: () => 1 });
    const serve = pipeline<JobContext, number>()
      .use(limit)
      .handle(() => 5);
    expect(serve(jobTrial({}, fakeClock()).ctx)).toBe(5);
  });

  test('a job that is given up while it waits gets its own reason, and leaves the line', async () => {
    const it = stand({ maxMb: 512 });
    it.usedMb = 600;
    const trial = jobTrial({}, it.clock);
    const ended = it.start(trial);
    await it.clock.advance(10);
    const reason = new Error('closed');
    trial.controller.abort(reason);
    expect(await ended).toBe(reason);
    expect(it.limit.state().waiting).toBe(0);
    expect(it.clock.pending).toBe(0);
    expect(await it.start(trial)).toBe(reason);
  });

  test('a wait without end sets no end; one of nothing is none', async () => {
    const endless = stand({ maxMb: 512, maxWaitMs: Infinity });
    endless.usedMb = 600;
    void endless.start();
    await endless.clock.advance(1e7);
    expect(endless.limit.state().waiting).toBe(1);
    const none = stand({ maxMb: 512, maxWaitMs: 0 });
    none.usedMb = 600;
    const ended = none.start();
    await none.clock.advance(0);
    expect(await ended).toBeInstanceOf(PostponedError);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives no number', () => NaN],
    ['gives text', () => '5' as never],
  ])('a probe that %s holds nobody back, and is told of', async (_, probe) => {
    const it = stand({ probe });
    const ended = it.start();
    it.begun[0]?.done(1);
    expect(await ended).toEqual({ value: 1 });
    expect(it.events.map(({ type }) => type)).toEqual(['probeFailed']);
    expect(it.limit.state().used).toBeUndefined();
  });

  test('a listener that throws changes nothing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const it = stand({
      maxMb: 512,
      onEvent: () => Promise.reject(new Error('deaf')) as never,
    });
    it.usedMb = 600;
    const ended = it.start();
    await it.clock.advance(30_000);
    expect(await ended).toBeInstanceOf(PostponedError);
    expect(log).toHaveBeenCalledTimes(2);
  });

  test('what the process really uses is read where nobody says', async () => {
    const limit = memoryLimit({ maxMb: 1, maxWaitMs: 0, clock: fakeClock() });
    const serve = pipeline<JobContext, number>()
      .use(limit)
      .handle(() => 5);
    void failureOf(Promise.resolve(serve(jobTrial().ctx)));
    await Promise.resolve();
    expect(limit.state().used).toBeGreaterThan(20);
    expect(limit.state().used).toBeLessThan(20_000);
  });
});

describe('watch', () => {
  const watch = (options: JobMemoryLimitOptions = {}): Stand =>
    stand({ mode: 'watch', maxMb: 512, ...options });

  test('M-139 jobs: a job under way is told to stop when the limit is passed, with a real error', async () => {
    const it = watch();
    const trial = jobTrial({}, it.clock);
    const ended = it.start(trial);
    await it.clock.advance(1000);
    const { ctx, fail } = it.begun[0] as Begun;
    expect(ctx.signal.aborted).toBe(false);
    it.usedMb = 700;
    await it.clock.advance(250);
    expect(ctx.signal.reason).toBeInstanceOf(MemoryLimitError);
    expect(ctx.signal.reason).toMatchObject({ limitMb: 512, usedMb: 700, handler: 'running' });
    expect(trial.controller.signal.aborted).toBe(false);
    fail(ctx.signal.reason);
    const error = (await ended) as Error;
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error).toMatchObject({ handler: 'stopped', limitMb: 512, usedMb: 700 });
    expect(error.message).toBe('More memory than 512 MB: 700.0 MB. The handler has stopped.');
    expect(error.cause).toBeUndefined();
    expect(it.limit.state()).toMatchObject({ aborted: 1, running: 0 });
    expect(it.clock.pending).toBe(0);
  });

  test('a handler that does not stop is abandoned, and it is told when it has ended after all', async () => {
    const it = watch({ graceMs: 300 });
    const ended = it.start();
    it.usedMb = 700;
    await it.clock.advance(250);
    it.usedMb = 100;
    await it.clock.advance(300);
    expect(await ended).toMatchObject({ code: 'MEMORY_LIMIT', handler: 'abandoned' });
    expect(it.limit.state().running).toBe(1);
    await it.clock.advance(1000);
    it.begun[0]?.done('too late');
    await it.clock.advance(0);
    expect(it.events.at(-1)).toMatchObject({ type: 'ended', lateMs: 1000 });
    expect(it.limit.state().running).toBe(0);
    expect(it.clock.pending).toBe(0);
  });

  test('what a handler still comes to within its grace counts', async () => {
    const it = watch();
    const first = it.start();
    it.usedMb = 700;
    await it.clock.advance(250);
    it.usedMb = 100;
    it.begun[0]?.done('done');
    expect(await first).toEqual({ value: 'done' });
    const clean = new Error('could not clean up');
    const second = it.start();
    await it.clock.advance(250);
    it.usedMb = 700;
    await it.clock.advance(250);
    it.begun[1]?.fail(clean);
    expect(await second).toMatchObject({ handler: 'stopped', cause: clean });
  });

  test.each([new PostponedError(5), new UnrecoverableError('never')])(
    'an instruction to the queue stays what it is: %s',
    async (instruction) => {
      const it = watch();
      const ended = it.start();
      it.usedMb = 700;
      await it.clock.advance(250);
      it.begun[0]?.fail(instruction);
      expect(await ended).toBe(instruction);
    },
  );

  test('of several one a reading is told, the youngest first; the oldest gets on', async () => {
    const it = watch({ graceMs: Infinity });
    for (let at = 0; at < 3; at++) void it.start();
    const aborted = (): boolean[] => it.begun.map(({ ctx }) => ctx.signal.aborted);
    it.usedMb = 700;
    await it.clock.advance(250);
    expect(aborted()).toEqual([false, false, true]);
    await it.clock.advance(250);
    expect(aborted()).toEqual([false, true, true]);
    it.usedMb = 500;
    await it.clock.advance(2500);
    expect(aborted()).toEqual([false, true, true]);
    expect(it.events.filter(({ type }) => type === 'aborted')).toHaveLength(2);
  });

  test('is a gate as well', async () => {
    const it = watch({ maxWaitMs: 1000 });
    it.usedMb = 700;
    const ended = it.start();
    await it.clock.advance(1000);
    expect(await ended).toBeInstanceOf(PostponedError);
    expect(it.begun).toEqual([]);
  });

  test('a caller who gives up reaches the handler through its signal', async () => {
    const it = watch();
    const trial = jobTrial({}, it.clock);
    const ended = it.start(trial);
    const reason = new Error('closed');
    trial.controller.abort(reason);
    const { ctx, fail } = it.begun[0] as Begun;
    expect(ctx.signal.reason).toBe(reason);
    fail(reason);
    expect(await ended).toBe(reason);
    expect(it.clock.pending).toBe(0);
  });

  test('a retry further out runs it again, and its attempts are counted', async () => {
    const clock = fakeClock();
    let usedMb = 700;
    const seen: number[] = [];
    const limit = memoryLimit({
      mode: 'watch',
      maxMb: 512,
      probe: () => usedMb,
      clock,
      maxWaitMs: 1e6,
    });
    const serve = pipeline<JobContext, string>()
      .use(retry({ clock, backoff: () => 0 }))
      .use((ctx, next) => {
        seen.push(attemptOf(ctx));
        return next();
      })
      .use(limit)
      .handle(({ signal }) => {
        usedMb = seen.length === 2 ? 100 : 700;
        if (usedMb === 100) return 'done';
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            usedMb = 100;
            reject(signal.reason as Error);
          }),
        );
      });
    const { ctx } = jobTrial({}, clock);
    usedMb = 100;
    const ended = failureOf(Promise.resolve(serve(ctx)));
    await clock.advance(2000);
    expect(await ended).toEqual({ value: 'done' });
    expect(seen).toEqual([1, 2]);
    expect(attemptsOf(ctx)).toBe(2);
  });

  test('a handler that throws at once is told as it is', async () => {
    const error = new Error('at once');
    const serve = pipeline<JobContext, number>()
      .use(memoryLimit({ mode: 'watch', probe: () => 1 }))
      .handle(() => {
        throw error;
      });
    expect(await failureOf(Promise.resolve(serve(jobTrial({}, fakeClock()).ctx)))).toBe(error);
  });
});

describe('isolate', () => {
  test('round a handler that is not isolated fails at the first job, and runs no other', async () => {
    let runs = 0;
    const serve = pipeline<JobContext, number>()
      .use(memoryLimit({ mode: 'isolate' }))
      .handle(() => ++runs);
    const run = (): Promise<unknown> => failureOf(Promise.resolve(serve(jobTrial().ctx)));
    const error = (await run()) as Error;
    expect(error).toBeInstanceOf(NotIsolatedError);
    expect(error.message).toContain('isolated()');
    expect(await run()).toBeInstanceOf(NotIsolatedError);
    expect(runs).toBe(1);
  });

  test('an answer from a middleware in between is let through once the handler is known', async () => {
    const kept: string[] = [];
    const handler = isolated<unknown, string>(
      new URL('data:text/javascript,export default () => "ran"'),
    );
    const serve = pipeline<JobContext, string>()
      .use(memoryLimit({ mode: 'isolate' }))
      .use((_, next) => kept[0] ?? next())
      .handle(handler);
    expect(await serve(jobTrial().ctx)).toBe('ran');
    kept.push('kept');
    expect(await serve(jobTrial().ctx)).toBe('kept');
  });

  test('the tighter of two limits holds', async () => {
    const handler = isolated<unknown, readonly string[]>(
      new URL('data:text/javascript,export default () => process.execArgv'),
    );
    const serve = pipeline<JobContext, readonly string[]>()
      .use(memoryLimit({ mode: 'isolate', maxMb: 256 }))
      .use(memoryLimit({ mode: 'isolate', maxMb: 512, name: 'inner' }))
      .handle(handler);
    expect(await serve(jobTrial().ctx)).toContain('--max-old-space-size=192');
  });

  test('says what is missing where it cannot be had', () => {
    const error = new IsolationUnavailableError('memoryLimit', ['Linux']);
    expect(error.message).toBe(
      `"memoryLimit" cannot have mode 'isolate' on this machine: it needs Linux.`,
    );
  });
});

test('is plain data to those who look', () => {
  const limit = memoryLimit({ maxMb: 64, mode: 'watch', name: 'room' });
  expect(limit.name).toBe('room');
  expect(limit.describe()).toEqual({
    policy: 'memoryLimit',
    name: 'room',
    options: {
      maxMb: 64,
      mode: 'watch',
      sampleMs: 250,
      maxWaitMs: 30_000,
      postponeMs: 10_000,
      graceMs: 5000,
    },
  });
});

test.each<[string, unknown]>([
  ['maxMb', { maxMb: 0 }],
  ['maxMb', { maxMb: Infinity }],
  ['maxMb', { maxMb: '512' }],
  ['maxMb', { maxMb: 63, mode: 'isolate' }],
  ['mode', { mode: 'hard' }],
  ['mode', { mode: 'toString' }],
  ['probe', { probe: 5 }],
  ['onEvent', { onEvent: 'log' }],
  ['name', { name: '' }],
  ['sampleMs', { sampleMs: 0 }],
  ['maxWaitMs', { maxWaitMs: -1 }],
  ['maxWaitMs', { maxWaitMs: NaN }],
  ['postponeMs', { postponeMs: Infinity }],
  ['graceMs', { mode: 'watch', graceMs: -1 }],
  ['graceMs', { graceMs: 5 }],
  ['probe', { mode: 'isolate', probe: () => 1 }],
  ['maxMB', { maxMB: 5 }],
  ['maxPercent', { maxPercent: 5 }],
])('names `%s` where it is wrong: %o', (name, options) => {
  expect(() => memoryLimit(options as JobMemoryLimitOptions)).toThrow(`\`${name}\``);
});
