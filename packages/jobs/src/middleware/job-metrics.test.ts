/** Tests of jobMetrics. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { type MetricsRegistry, metricsRegistry } from '@interpose/resilience/observing';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { type RunParts, testRun, toEnd } from '../../test-kit/job-runs.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { jobMetrics } from './job-metrics.ts';
import { jobTimeout } from './job-timeout.ts';

function setUp(handler: (ctx: JobContext) => unknown = () => 1) {
  const clock = fakeClock();
  const meter = metricsRegistry();
  const serve = pipeline<JobContext, unknown>()
    .use(jobMetrics({ meter }))
    .use(retry({ maxAttempts: 2, backoff: 'none', clock }))
    .use(jobTimeout())
    .handle(handler as never);
  return {
    clock,
    meter,
    run: (parts: RunParts = {}) => toEnd(testRun({ clock, ...parts }), serve as never),
  };
}

/** The figures that are not zero, each with its labels in one text. */
const figures = (meter: MetricsRegistry) =>
  Object.fromEntries(
    meter
      .read()
      .filter(({ value, count }) => value !== 0 || (count ?? 0) > 0)
      .map(({ name, labels, value }) => [
        `${name.slice('mware_'.length)} ${Object.values(labels).join(' ')}`,
        value,
      ]),
  );

test('counts runs by how they ended and attempts with those of a retry, and measures waiting and running', async () => {
  let fails = true;
  const { clock, meter, run } = setUp(() => {
    clock.advanceSync(1500);
    if (fails) throw new Error('no');
    return 1;
  });
  const job = { addedAtMs: clock.wall() - 7000, options: { delay: 5000 } };
  await run({ job, maxAttempts: 2 });
  await run({ job, attempt: 2, maxAttempts: 2 });
  fails = false;
  await run({ job, redelivered: true });
  expect(figures(meter)).toEqual({
    'job_runs_total mail send retrying': 1,
    'job_runs_total mail send failed': 1,
    'job_runs_total mail send completed': 1,
    'job_attempts_total mail send': 5,
    'job_duration_seconds mail send': 7.5,
    'job_wait_seconds mail send': 2,
  });
});

test('what is put off is no attempt', async () => {
  const { meter, run } = setUp(() => {
    throw new PostponedError(1);
  });
  await run();
  expect(figures(meter)).toMatchObject({ 'job_runs_total mail send postponed': 1 });
  expect(figures(meter)).not.toHaveProperty(['job_attempts_total mail send']);
});

test('tells how many are under way, also where a retry runs it again', async () => {
  const clock = fakeClock();
  const meter = metricsRegistry();
  const seen: unknown[] = [];
  const serve = pipeline<JobContext, unknown>()
    .use(retry({ maxAttempts: 3, backoff: 'none', clock }))
    .use(jobMetrics({ meter }))
    .handle(() => {
      seen.push(figures(meter)['jobs_active mail send']);
      throw new Error('no');
    });
  await toEnd(testRun({ clock }), serve as never);
  expect(seen).toEqual([1, 1, 1]);
  expect(figures(meter)).not.toHaveProperty(['jobs_active mail send']);
  expect(figures(meter)).toMatchObject({ 'job_runs_total mail send failed': 1 });
});

test('names beyond the thousandth are counted together', async () => {
  const { meter, run } = setUp();
  for (let index = 0; index < 1003; index++) await run({ job: { name: `job-${index}` } });
  const runs = meter.read().filter(({ name, value }) => name === 'mware_job_runs_total' && value);
  expect(runs.some(({ labels }) => labels['job'] === 'job-1001')).toBe(false);
  const others = runs.filter(({ labels }) => labels['job'] === '_other');
  expect(others.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(3);
});

test('a meter that fails harms no job and is reported', async () => {
  const failures: unknown[] = [];
  const broken = () => {
    throw new Error('meter');
  };
  const series = { of: () => ({ add: broken, set: broken, record: broken }) };
  const meter = { counter: () => series, gauge: () => series, histogram: () => series };
  const onFailure = (error: unknown) => void failures.push((error as Error).message);
  const serve = pipeline<JobContext, unknown>()
    .use(jobMetrics({ meter, onFailure }))
    .handle(() => 'done');
  const end = await toEnd(testRun(), serve as never);
  expect(end).toEqual({ kind: 'completed', result: 'done' });
  expect(failures).toEqual(['meter']);
});

test('options are checked', () => {
  const meter = metricsRegistry();
  expect(() => jobMetrics({} as never)).toThrow('Expected `meter` to be a meter');
  expect(() => jobMetrics({ meter, prefix: 5 as never })).toThrow('Expected `prefix`');
  expect(() => jobMetrics({ meter, prefix: '1 ' })).toThrow('name of a metric');
  expect(() => jobMetrics({ meter, bucketsSeconds: [2, 1] })).toThrow('numbers that rise');
  expect(() => jobMetrics({ meter, onFailure: 1 as never })).toThrow('Expected `onFailure`');
  expect(() => jobMetrics({ metre: meter } as never)).toThrow('Did you mean "meter"?');
});
