/** Tests of jobStack: the stack of the seed, on a real queue and worker. */
import { pipeline, type Runner } from '@interpose/kernel';
import { rateLimit, retry } from '@interpose/resilience';
import { metricsRegistry } from '@interpose/resilience/observing';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { deadLetters } from './dead-letters/dead-letters.ts';
import { RetryLaterError, UnrecoverableError } from './errors.ts';
import type { JobOptions } from './job.ts';
import type { JobContext } from './job-context.ts';
import { JOB_STACK, jobStack, type JobStackParts } from './job-stack.ts';
import { lintJobs } from './lint-jobs.ts';
import { memory } from './memory-driver/memory-driver.ts';
import { memoryRecords } from './records/memory-records.ts';
import { createWorker } from './worker/worker.ts';

function setUp(parts: JobStackParts = {}) {
  const clock = fakeClock();
  const driver = memory({ clock });
  const queue = driver.queue('files');
  const records = memoryRecords({ clock });
  const meter = metricsRegistry();
  const letters = deadLetters(driver, { queue: 'files', clock });
  const alerts: string[] = [];
  const runs: number[] = [];
  const start = pipeline<JobContext, unknown>({ answersNothing: true }).use(
    jobStack({
      records,
      meter,
      letters,
      clock,
      onFailure: ({ error }) => void alerts.push(error.message),
      memoryLimit: false,
      cpuLimit: false,
      ...parts,
    }),
  );
  const serve = (handler: (run: number) => unknown): Runner<JobContext, unknown> =>
    start.handle((() => handler(runs.push(clock.now()))) as never) as never;
  return {
    clock,
    queue,
    records,
    meter,
    letters,
    alerts,
    runs,
    start,
    /** Adds a job and lets it run until nothing is left to do. */
    async end(handler: (run: number) => unknown, options: JobOptions = {}) {
      const worker = createWorker(driver, serve(handler), { queue: 'files', clock });
      const { id } = await queue.add({ name: 'process', data: { path: '/tmp/a' }, options });
      for (let step = 0; step < 400; step++) {
        await settle();
        const state = (await queue.get(id))?.state;
        if (state === 'completed' || state === 'failed') break;
        await clock.advance(1000);
      }
      await worker.close();
      return (await queue.get(id)) as NonNullable<Awaited<ReturnType<typeof queue.get>>>;
    },
  };
}

const fails = (run: number): never => {
  throw new Error(`failure ${run}`);
};

describe('jobStack', () => {
  test('M-161 stands in the order of the list, the outermost first', () => {
    const { start } = setUp({ memoryLimit: undefined as never, cpuLimit: undefined as never });
    const names = start.handle(() => 1).describe();
    expect(names.map(({ name }) => name)).toEqual([
      'jobTracking',
      'jobMetrics',
      'retry',
      'jobTimeout',
      'memoryLimit',
      'cpuLimit',
      'deadLetter',
      'alert',
    ]);
    expect(JOB_STACK).toHaveLength(8);
  });

  test('M-161 M-141 M-142 three failing attempts of the retry leave one dead letter and one alert', async () => {
    const { end, runs, letters, alerts, records } = setUp();
    const job = await end(fails);
    expect(runs).toHaveLength(3);
    expect(job).toMatchObject({ state: 'failed', failedReason: 'failure 3', attemptsMade: 1 });
    expect((await letters.list()).map(({ jobId, attempts }) => [jobId, attempts])).toEqual([
      [job.id, 3],
    ]);
    expect(alerts).toEqual(['failure 3']);
    expect(records.get('files', job.id)).toMatchObject({ status: 'failed', attempts: 3 });
  });

  test('M-161 three failing attempts of the queue, with those of the retry in each, leave one of each as well', async () => {
    const { end, runs, letters, alerts, records, meter } = setUp();
    const job = await end(fails, { attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
    expect(runs).toHaveLength(9);
    expect(job.attemptsMade).toBe(3);
    expect((await letters.list()).map(({ attempts }) => attempts)).toEqual([9]);
    expect(alerts).toEqual(['failure 9']);
    expect(records.get('files', job.id)).toMatchObject({ status: 'failed', attempts: 9 });
    const ends = meter
      .read()
      .filter(({ name, value }) => name === 'mware_job_runs_total' && value > 0)
      .map(({ labels, value }) => [labels['end'], value]);
    expect(ends).toEqual([
      ['failed', 1],
      ['retrying', 2],
    ]);
  });

  test('M-161 a job that succeeds at its last attempt leaves neither', async () => {
    const { end, letters, alerts, records } = setUp();
    const job = await end((run) => (run < 3 ? fails(run) : 'processed'));
    expect(job).toMatchObject({ state: 'completed', result: 'processed' });
    expect([await letters.count(), alerts]).toEqual([0, []]);
    expect(records.get('files', job.id)).toMatchObject({ status: 'succeeded', attempts: 3 });
  });

  test('an error that is final ends it at once; one that says when is left to the queue', async () => {
    const final = setUp();
    await final.end(
      () => {
        throw new UnrecoverableError('no such file');
      },
      { attempts: 5 },
    );
    expect([final.runs.length, final.alerts, await final.letters.count()]).toEqual([
      1,
      ['no such file'],
      1,
    ]);
    const later = setUp();
    await later.end(
      (run) => {
        if (run === 1) throw new RetryLaterError(7000);
      },
      { attempts: 2 },
    );
    expect(later.runs).toEqual([0, 7000]);
    expect(later.alerts).toEqual([]);
  });

  test('M-161 an attempt has five minutes; one that does not stop then is left, and the next begins', async () => {
    const { end, runs, alerts, clock } = setUp({ retry: retry({ backoff: 'none' }) });
    const job = await end((run) => (run === 1 ? new Promise(() => {}) : 'done'));
    expect(job.state).toBe('completed');
    expect(runs).toEqual([0, 305_000]);
    expect(alerts).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('each part can be replaced or left out', () => {
    const names = (parts: JobStackParts) =>
      pipeline<JobContext, unknown>()
        .use(jobStack(parts))
        .handle(() => 1)
        .describe()
        .map(({ name }) => name);
    expect(names({})).toEqual(['retry', 'jobTimeout', 'memoryLimit', 'cpuLimit']);
    expect(names({ cpuLimit: rateLimit({ limit: 1 }), retry: false })).toEqual([
      'jobTimeout',
      'memoryLimit',
      'rateLimit',
    ]);
    const none = Object.fromEntries(JOB_STACK.map((name) => [name, false]));
    expect(names(none)).toEqual([]);
  });

  test('M-161 there is no mistake in it', () => {
    const { start } = setUp();
    const mistakes = lintJobs(start).filter(({ severity }) => severity === 'mistake');
    expect(mistakes).toEqual([]);
    expect(lintJobs(start).map(({ rule }) => rule)).toEqual(['retry-without-total-timeout']);
  });

  test('parts are checked', () => {
    expect(() => jobStack({ retry: true as never })).toThrow('Expected `retry` to be a middleware');
    expect(() => jobStack({ retries: false } as never)).toThrow('Unknown option `retries`');
    expect(() => jobStack({ records: {} as never })).toThrow('Expected `records`');
    expect(() => jobStack({ letters: {} as never })).toThrow('Expected `letters`');
    expect(() => jobStack({ meter: {} as never })).toThrow('Expected `meter`');
    expect(() => jobStack({ onFailure: 'mail' as never })).toThrow('Expected `onFailure`');
  });
});
