/** Tests of jobTracking. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { leaseLost, type RunParts, testRun, toEnd } from '../../test-kit/job-runs.ts';
import { LeaseLostError, PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import type { JobRecord, JobRecords } from '../records/job-records.ts';
import { memoryRecords } from '../records/memory-records.ts';
import { jobTimeout } from './job-timeout.ts';
import { jobTracking, type JobTrackingOptions } from './job-tracking.ts';

function setUp(handler: (ctx: JobContext) => unknown, options: Partial<JobTrackingOptions> = {}) {
  const clock = fakeClock();
  const records = memoryRecords({ clock });
  const serve = pipeline<JobContext, unknown>({ answersNothing: true })
    .use(jobTracking({ records, ...options }))
    .handle(handler as never);
  return {
    clock,
    records,
    run: (parts: RunParts = {}) => toEnd(testRun({ clock, ...parts }), serve as never),
    seen: () => records.get('mail', 'j-1'),
  };
}

describe('jobTracking', () => {
  test('M-143 a job runs and succeeds: when, how far, after how many attempts, with what result', async () => {
    const states: (JobRecord | undefined)[] = [];
    const { clock, run, seen } = setUp(async (ctx) => {
      states.push(seen());
      await ctx.progress(40);
      states.push(seen());
      clock.advanceSync(500);
      return { sent: 3 };
    });
    const startMs = clock.wall();
    await run();
    expect(states[0]).toEqual({
      id: 'j-1',
      queue: 'mail',
      name: 'send',
      status: 'running',
      queuedAtMs: startMs,
      startedAtMs: startMs,
      attempts: 1,
      progress: 0,
    });
    expect(states[1]?.progress).toBe(40);
    expect(seen()).toEqual({
      ...states[1],
      status: 'succeeded',
      endedAtMs: startMs + 500,
      result: { sent: 3 },
    });
  });

  test('M-143 a job that fails is queued again while there is an attempt left, then failed, without its secrets', async () => {
    const { run, seen } = setUp(() => {
      throw new Error('refused: password=hunter2');
    });
    await run({ maxAttempts: 2 });
    expect(seen()).toMatchObject({ status: 'queued', attempts: 1 });
    expect(seen()?.error?.message).toBe('refused: password=[redacted]');
    expect(seen()).not.toHaveProperty('endedAtMs');
    await run({ maxAttempts: 2, attempt: 2 });
    expect(seen()).toMatchObject({ status: 'failed', attempts: 2 });
    expect(seen()?.endedAtMs).toBeGreaterThan(0);
  });

  test('an error is forgotten once the job succeeds', async () => {
    let fails = true;
    const { run, seen } = setUp(() => {
      if (fails) throw new Error('not yet');
    });
    await run({ maxAttempts: 2 });
    fails = false;
    await run({ maxAttempts: 2, attempt: 2 });
    expect(seen()?.status).toBe('succeeded');
    expect(seen()).not.toHaveProperty('error');
    expect(seen()).not.toHaveProperty('result');
  });

  test('M-143 attempts are those of the queue and of a retry inside together', async () => {
    const clock = fakeClock();
    const records = memoryRecords({ clock });
    const serve = pipeline<JobContext, string>()
      .use(jobTracking({ records }))
      .use(retry({ maxAttempts: 3, backoff: 'none', clock }))
      .use(jobTimeout())
      .handle(() => {
        throw new Error('never');
      });
    await toEnd(testRun({ clock, maxAttempts: 2 }), serve as never);
    expect(records.get('mail', 'j-1')?.attempts).toBe(3);
    await toEnd(testRun({ clock, maxAttempts: 2, attempt: 2 }), serve as never);
    expect(records.get('mail', 'j-1')).toMatchObject({ status: 'failed', attempts: 6 });
  });

  test('a job that is put off waits again and was not run', async () => {
    const { run, seen } = setUp(() => {
      throw new PostponedError(5);
    });
    await run();
    expect(seen()).toMatchObject({ status: 'queued', attempts: 0 });
    expect(seen()).not.toHaveProperty('error');
  });

  test('a run that has lost its lease writes nothing of its end', async () => {
    const { run, seen } = setUp(() => {
      throw new LeaseLostError('j-1');
    });
    await run();
    expect(seen()?.status).toBe('running');
  });

  test('results can be left out', async () => {
    const { run, seen } = setUp(() => ({ card: 1 }), { keepResults: false });
    await run();
    expect(seen()?.status).toBe('succeeded');
    expect(seen()).not.toHaveProperty('result');
  });

  test('a run that was only to be ended is no attempt', async () => {
    const { run, seen } = setUp(() => 1);
    await run({ exhausted: true, redelivered: true });
    expect(seen()).toMatchObject({ status: 'failed', attempts: 0, error: { code: 'STALLED' } });
  });

  test('what is done to a result or a progress afterwards is not in the record', async () => {
    const at = { done: 1 };
    const { run, seen } = setUp(async (ctx) => {
      await ctx.progress(at);
      at.done = 2;
      return at;
    });
    await run();
    at.done = 3;
    expect(seen()).toMatchObject({ progress: { done: 1 }, result: { done: 2 } });
  });
});

/** Records elsewhere, whose answers a test lets come. */
function slowRecords() {
  const inner = memoryRecords();
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const held = (): Promise<void> => new Promise((resolve) => void gates.push(resolve));
  const records: JobRecords = {
    open: (record) => inner.open(record),
    async write(record) {
      log.push(`${record.status} ${JSON.stringify(record.progress)}`);
      await held();
      inner.write(record);
    },
    get: async (queue, id) => inner.get(queue, id),
    list: (query) => inner.list(query),
  };
  return {
    records,
    log,
    inner,
    open: async () => {
      for (; gates.length > 0; await settle()) gates.shift()?.();
    },
  };
}

describe('records elsewhere', () => {
  test('are written one after the other, only the last of those that came meanwhile, and the end is waited for', async () => {
    const { records, log, inner, open } = slowRecords();
    const { run } = setUp(
      async (ctx) => {
        for (const at of [10, 20, 30]) await ctx.progress(at);
      },
      { records },
    );
    let isOver = false;
    const ended = run().then(() => (isOver = true));
    await settle();
    expect([log, isOver]).toEqual([['running 0'], false]);
    await open();
    await ended;
    expect(log).toEqual(['running 0', 'succeeded 30']);
    expect(inner.get('mail', 'j-1')?.status).toBe('succeeded');
  });

  test('that never answer hold a job up for so long and no longer', async () => {
    const never: JobRecords = {
      open: () => {},
      write: () => new Promise(() => {}),
      get: () => new Promise(() => {}),
      list: () => [],
    };
    let runs = 0;
    const { run, clock } = setUp(() => void runs++, { records: never, maxWaitMs: 100 });
    const ended = run();
    await clock.advance(100);
    expect(runs).toBe(1);
    let isOver = false;
    void ended.then(() => (isOver = true));
    await clock.advance(99);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(await ended).toEqual({ kind: 'completed', result: undefined });
    expect(clock.pending).toBe(0);
  });

  test.each(['throws', 'rejects'])('whose store %s harm no job and are reported', async (how) => {
    const failures: unknown[] = [];
    const printed = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const broken = (): never | Promise<never> => {
      if (how === 'throws') throw new Error('down');
      return Promise.reject(new Error('down'));
    };
    const records: JobRecords = { open: broken, write: broken, get: broken, list: broken };
    const { run } = setUp(() => 'done', {
      records,
      onFailure: (error) => {
        failures.push((error as Error).message);
        throw new Error('the observer, too');
      },
    });
    expect(await run({ renew: leaseLost })).toEqual({ kind: 'completed', result: 'done' });
    expect(failures).toEqual(['down', 'down', 'down']);
    expect(printed).toHaveBeenCalledTimes(3);
    printed.mockRestore();
  });

  test('options are checked', () => {
    const records = memoryRecords();
    expect(() => jobTracking({ records: {} as never })).toThrow('Expected `records`');
    expect(() => jobTracking({ records, keepResults: 1 as never })).toThrow('`keepResults`');
    expect(() => jobTracking({ records, maxWaitMs: -1 })).toThrow('Expected `maxWaitMs`');
    expect(() => jobTracking({ records, onFailure: 1 as never })).toThrow('Expected `onFailure`');
    expect(() => jobTracking({ record: records } as never)).toThrow('Did you mean "records"?');
  });
});
