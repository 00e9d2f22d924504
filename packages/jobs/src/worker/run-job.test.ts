/** runJob runs one job as a worker would, and reports. */
import { pipeline } from '@interpose/kernel';
import { timeout } from '@interpose/resilience';
import { fakeClock } from '@interpose/testing';
import { expect, test, vi } from 'vitest';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { runJob } from './run-job.ts';

test('gives the result, and what was said on the way', async () => {
  const report = await runJob(
    async (ctx: JobContext<{ to: string }>) => {
      await ctx.progress(50);
      await ctx.log(`to ${ctx.data.to}`);
      return ctx.attempt;
    },
    { data: { to: 'ada' }, attemptsMade: 2, options: { attempts: 3 } },
  );
  expect(report).toEqual({
    end: { kind: 'completed', result: 3 },
    settlement: { kind: 'completed', result: 3 },
    result: 3,
    error: undefined,
    progress: [50],
    logs: ['to ada'],
    faults: [],
  });
});

test('never rejects: what was thrown is in the report', async () => {
  const error = new Error('broken');
  const fault = new Error('letters are lost');
  const report = await runJob(
    (ctx: JobContext) => {
      ctx.onEnd('letter', () => {
        throw fault;
      });
      throw error;
    },
    { data: 1, options: { attempts: 2 } },
  );
  expect(report.end).toEqual({ kind: 'retrying', error });
  expect(report.settlement).toEqual({ kind: 'failed', error, final: false });
  expect(report.error).toBe(error);
  expect(report.faults).toEqual([fault]);
  const last = await runJob(() => Promise.reject(error), { data: 1 });
  expect(last.end).toEqual({ kind: 'failed', error });
});

test('runs pipelines, by the clock that it is given', async () => {
  const clock = fakeClock();
  const work = pipeline<JobContext, void>()
    .use(timeout({ clock, timeoutMs: 100 }))
    .handle(() => new Promise(() => {}));
  const running = runJob(work, { data: 1 }, { clock });
  await clock.advance(100);
  expect((await running).error).toMatchObject({ code: 'TIMEOUT' });
});

test('a run may be put off, taken away, delivered again, or be the end of a job', async () => {
  const put = await runJob(
    () => {
      throw new PostponedError(7);
    },
    { data: 1 },
  );
  expect(put.settlement).toEqual({ kind: 'postponed', afterMs: 7 });
  const signal = AbortSignal.abort(new Error('lost'));
  const taken = await runJob(({ signal: seen }) => seen.aborted, { data: 1 }, { signal });
  expect(taken).toMatchObject({ result: true, end: { kind: 'postponed' } });
  const again = await runJob(({ redelivered }) => redelivered, { data: 1 }, { redelivered: true });
  expect(again.result).toBe(true);
  const handler = vi.fn();
  const dead = await runJob(handler, { id: 'x', data: 1 }, { exhausted: true });
  expect(handler).not.toHaveBeenCalled();
  expect(dead.error).toMatchObject({ code: 'STALLED' });
  const renew = vi.fn(() => Promise.resolve());
  await runJob((ctx) => ctx.renew(), { data: 1 }, { renew });
  expect(renew).toHaveBeenCalledTimes(1);
});

test('refuses what is no handler, and options that it does not know', async () => {
  await expect(runJob(7 as never, { data: 1 })).rejects.toThrow('Expected `handler`');
  await expect(runJob(() => 1, { data: 1 }, { clocks: 1 } as never)).rejects.toThrow(
    'Unknown option `clocks` of runJob(). Did you mean "clock"?',
  );
});
