/** cpuLimit: who waits and who must stop while the processor is busy. */
import { pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { failureOf, jobTrial } from '../../test-kit/job-trial.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { cpuLimit, type JobCpuLimitOptions } from './cpu-limit.ts';
import { CpuLimitError } from './errors.ts';

describe('gate', () => {
  test('M-140 jobs: a job does not begin while the processor is above the limit of 80 per cent', async () => {
    const clock = fakeClock();
    let percent = 80.1;
    const serve = pipeline<JobContext, string>()
      .use(cpuLimit({ probe: () => percent, maxWaitMs: 5000 }))
      .handle(() => 'done');
    const first = failureOf(Promise.resolve(serve(jobTrial({}, clock).ctx)));
    await clock.advance(1000);
    percent = 80;
    await clock.advance(1000);
    expect(await first).toEqual({ value: 'done' });
    percent = 95;
    await clock.advance(1000);
    const second = failureOf(Promise.resolve(serve(jobTrial({}, clock).ctx)));
    await clock.advance(5000);
    expect(await second).toBeInstanceOf(PostponedError);
    expect(await second).toMatchObject({
      cause: { code: 'CPU_LIMIT', limit: 80, used: 95, unit: 'percent', handler: 'not-started' },
    });
    expect(clock.pending).toBe(0);
  });

  test('the processor time of this process is read where nobody says, by the clock of the worker', async () => {
    const clock = fakeClock();
    const limit = cpuLimit({ maxPercent: 1e-6 });
    const serve = pipeline<JobContext, string>()
      .use(limit)
      .handle(() => 'done');
    // Nobody can say yet how much of a time was used in which none has gone by.
    expect(serve(jobTrial({}, clock).ctx)).toBe('done');
    expect(limit.state().used).toBe(0);
    const before = process.cpuUsage().user;
    while (process.cpuUsage().user < before + 20_000);
    await clock.advance(1000);
    const ended = failureOf(Promise.resolve(serve(jobTrial({}, clock).ctx)));
    expect(limit.state()).toMatchObject({ waiting: 1 });
    expect(limit.state().used).toBeGreaterThan(1.9);
    await clock.advance(30_000);
    await ended;
  });
});

test('M-140 jobs: a job under way is told to stop when the limit is passed five times in a row', async () => {
  const clock = fakeClock();
  let percent = 10;
  const limit = cpuLimit({ mode: 'watch', probe: () => percent });
  const { ctx } = jobTrial({}, clock);
  let signal: AbortSignal | undefined;
  const serve = pipeline<JobContext, string>()
    .use(limit)
    .handle(
      (inner) =>
        new Promise((_, reject) => {
          signal = inner.signal;
          signal.addEventListener('abort', () => reject(inner.signal.reason as Error));
        }),
    );
  const ended = failureOf(Promise.resolve(serve(ctx)));
  percent = 99;
  await clock.advance(4000);
  percent = 20;
  await clock.advance(1000);
  percent = 97.25;
  await clock.advance(4000);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1000);
  const error = (await ended) as CpuLimitError;
  expect(error).toBeInstanceOf(CpuLimitError);
  expect(error).toMatchObject({ limit: 80, used: 97.25, unit: 'percent', handler: 'stopped' });
  expect(error.message).toBe('More of the processor than 80 %: 97.3 %. The handler has stopped.');
  expect(clock.pending).toBe(0);
});

test('is plain data to those who look', () => {
  expect(cpuLimit().describe()).toEqual({
    policy: 'cpuLimit',
    name: 'cpuLimit',
    options: {
      maxPercent: 80,
      mode: 'gate',
      sampleMs: 1000,
      maxWaitMs: 30_000,
      postponeMs: 10_000,
      graceMs: 5000,
      readings: 5,
    },
  });
});

test.each<[string, unknown]>([
  ['maxPercent', { maxPercent: 0 }],
  ['maxPercent', { maxPercent: NaN }],
  ['maxPercent', { maxPercent: Infinity }],
  ['maxPercent', { maxPercent: '80' }],
  ['maxCpuMs', { maxCpuMs: 5 }],
  ['maxCpuMs', { mode: 'watch', maxCpuMs: 5 }],
  ['maxCpuMs', { mode: 'isolate', maxCpuMs: 0 }],
  ['readings', { readings: 3 }],
  ['readings', { mode: 'watch', readings: 0 }],
  ['maxMb', { maxMb: 5 }],
])('names `%s` where it is wrong: %o', (name, options) => {
  expect(() => cpuLimit(options as JobCpuLimitOptions)).toThrow(`\`${name}\``);
});
