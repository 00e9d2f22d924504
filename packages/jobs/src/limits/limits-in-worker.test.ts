/** Limits where they belong: in a worker, on a queue. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, settle } from '@interpose/testing';
import { afterEach, expect, test } from 'vitest';
import { alive, endHandlers, handlerOf } from '../../test-kit/child-trial.ts';
import type { JobContext } from '../job-context.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import { createQueue } from '../queue/queue.ts';
import { createWorker } from '../worker/worker.ts';
import { cpuLimit } from './cpu-limit.ts';
import { memoryLimit } from './memory-limit.ts';

afterEach(endHandlers);

test('M-139 jobs: a job that is put off for want of memory runs later, and has lost no attempt', async () => {
  const clock = fakeClock();
  const driver = memory({ clock });
  let usedMb = 2000;
  const run = pipeline<JobContext, string>()
    .use(memoryLimit({ probe: () => usedMb, maxWaitMs: 5000, postponeMs: 60_000 }))
    .handle(({ attempt }) => `attempt ${attempt}`);
  const queue = createQueue(driver, { name: 'images' });
  const worker = createWorker(driver, run, { queue: 'images', concurrency: 3 });
  const { id } = await queue.add('resize', {}, { attempts: 1 });
  await clock.advance(5000);
  expect((await queue.get(id))?.state).toBe('delayed');
  expect(worker.state()).toMatchObject({ postponed: 1, failed: 0, completed: 0 });
  usedMb = 100;
  await clock.advance(60_000);
  expect(await queue.get(id)).toMatchObject({ state: 'completed', result: 'attempt 1' });
  await worker.close();
  await driver.close();
});

test('M-139 jobs: of ten that waited one begins a reading', async () => {
  const clock = fakeClock();
  const driver = memory({ clock });
  let usedMb = 2000;
  const begunMs: number[] = [];
  const run = pipeline<JobContext, number>()
    .use(memoryLimit({ probe: () => usedMb, sampleMs: 1000 }))
    .handle(() => begunMs.push(clock.now()));
  const queue = createQueue(driver, { name: 'images' });
  const worker = createWorker(driver, run, { queue: 'images', concurrency: 10 });
  await queue.addMany(Array.from({ length: 10 }, () => ({ name: 'resize', data: {} })));
  await clock.advance(4500);
  expect(begunMs).toEqual([]);
  usedMb = 100;
  await clock.advance(60_000);
  const gaps = begunMs.slice(1).map((atMs, index) => atMs - Number(begunMs[index]));
  expect(gaps).toEqual(Array.from({ length: 9 }, () => 1000));
  await worker.close();
  await driver.close();
});

test('M-140 jobs: a job that took too much fails with a reason that the queue keeps', async () => {
  const driver = memory();
  const run = pipeline<JobContext, unknown>()
    .use(cpuLimit({ mode: 'isolate', maxPercent: Infinity, maxCpuMs: 100 }))
    .handle(handlerOf('export default () => { for (;;); }'));
  const queue = createQueue(driver, { name: 'images' });
  const worker = createWorker(driver, run, { queue: 'images' });
  const failed = new Promise<unknown>((resolve) => {
    worker.on('failed', resolve);
  });
  const { id } = await queue.add('resize', {});
  await failed;
  await settle();
  const job = await queue.get(id);
  expect(job?.state).toBe('failed');
  expect(job?.failedReason).toMatch(
    /^More of the processor than 100 ms: .* ms\. The handler was killed\.$/,
  );
  await worker.close();
  await driver.close();
});

test('a worker that is closed by force leaves no child, and its job goes back to the queue', async () => {
  const driver = memory();
  const text =
    'export default async ({ progress }) => { await progress({ pid: process.pid }); for (;;); }';
  const pids: number[] = [];
  let begun: (() => void) | undefined;
  const atWork = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const run = pipeline<JobContext, unknown>()
    .use((ctx, next) =>
      next({
        ...ctx,
        async progress(value) {
          pids.push((value as { pid: number }).pid);
          await ctx.progress(value);
          begun?.();
        },
      }),
    )
    .handle(handlerOf(text));
  const queue = createQueue(driver, { name: 'images' });
  const worker = createWorker(driver, run, { queue: 'images' });
  const { id } = await queue.add('resize', {});
  await atWork;
  expect(alive(Number(pids[0]))).toHaveLength(1);
  await worker.close({ force: true });
  await expect.poll(() => pids.flatMap(alive), { timeout: 10_000 }).toEqual([]);
  expect((await queue.get(id))?.state).toBe('waiting');
  await driver.close();
});
