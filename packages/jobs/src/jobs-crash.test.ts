/** No job is lost, and each dead letter is written once: workers killed in the middle of jobs, Redis restarted, jobs handed out twice. */
import { createQueue, type DeadLetters, deadLetters, type Job, type QueueDriver } from './index.ts';
import { bullmq } from './bullmq.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isWithoutRedis, type RedisServer, startRedis } from '../test-kit/redis-server.ts';
import type { CrashData, CrashOrder } from '../test-kit/crash-worker.ts';
import { WorkerProcess } from '../test-kit/worker-process.ts';

/** How many of every ten go how. */
const goesOf = (n: number): CrashData['goes'] =>
  n % 10 === 3 ? 'badly' : n % 10 === 7 ? 'hopelessly' : 'well';
const failing = (count: number): number[] =>
  [...Array(count).keys()].filter((n) => goesOf(n) !== 'well');

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const latest = performance.now() + 40_000;
  for (;;) {
    // While Redis is away nobody knows.
    if (
      await Promise.resolve()
        .then(condition)
        .catch(() => false)
    )
      return;
    if (performance.now() > latest) throw new Error('It has not come to pass.');
    await sleep(10);
  }
}

describe.skipIf(isWithoutRedis)('crashes', () => {
  let redis: RedisServer;
  let queues = 0;
  beforeAll(async () => {
    redis = await startRedis({ keepsAll: true });
  });
  afterAll(() => redis.stop());

  interface Scene {
    readonly driver: QueueDriver;
    readonly queue: ReturnType<typeof createQueue<CrashData, number>>;
    readonly letters: DeadLetters;
    start(order?: Partial<CrashOrder>): WorkerProcess;
    add(jobs: readonly CrashData[]): Promise<void>;
    /** Waits until so many jobs have ended for good. */
    ended(count: number): Promise<void>;
  }

  function scene(): Scene {
    const name = `crash-${++queues}`;
    const driver = bullmq({
      connection: { port: redis.port, retryStrategy: () => 20 },
      answerWithinMs: 1000,
    });
    onTestFinished(() => driver.close());
    const queue = createQueue<CrashData, number>(driver, { name, defaults: { attempts: 2 } });
    return {
      driver,
      queue,
      letters: deadLetters(driver, { queue: name }),
      start: (order) =>
        new WorkerProcess({
          port: redis.port,
          queue: name,
          leaseMs: 500,
          concurrency: 5,
          maxRedeliveries: 20,
          answerWithinMs: 10_000,
          ...order,
        }),
      async add(jobs) {
        await queue.addMany(
          jobs.map((data) => ({ name: data.goes, data, options: { jobId: `job-${data.n}` } })),
        );
      },
      ended: (count) =>
        until(async () => {
          const { completed, failed } = await queue.counts();
          return completed + failed === count;
        }),
    };
  }

  const numbers = (jobs: readonly Job<CrashData>[]): number[] =>
    jobs.map(({ data }) => data.n).toSorted((a, b) => a - b);

  /** Looks at every job and every letter. */
  async function checkAll({ queue, letters }: Scene, count: number): Promise<void> {
    expect(await queue.counts()).toEqual({
      waiting: 0,
      delayed: 0,
      active: 0,
      completed: count - failing(count).length,
      failed: failing(count).length,
    });
    const completed = await queue.list('completed', { limit: count });
    expect(completed.every(({ data, result }) => data.n === result)).toBe(true);
    expect(numbers(completed)).toEqual(
      [...Array(count).keys()].filter((n) => goesOf(n) === 'well'),
    );
    const failed = await queue.list('failed', { limit: count });
    expect(numbers(failed)).toEqual(failing(count));
    // A run that was cut off by a death is no attempt.
    for (const { data, attemptsMade, failedReason } of failed) {
      expect(attemptsMade).toBe(data.goes === 'badly' ? 2 : 1);
      expect(failedReason).toBe(
        `job ${data.n} ${data.goes === 'badly' ? 'went badly' : 'is hopeless'}`,
      );
    }
    const kept = await letters.list({ limit: count * 2 });
    expect(kept.map(({ jobId }) => jobId).toSorted()).toEqual(
      failing(count)
        .map((n) => `job-${n}`)
        .toSorted(),
    );
    expect(await letters.count()).toBe(failing(count).length);
  }

  const jobsOf = (count: number): CrashData[] =>
    Array.from({ length: count }, (_, n) => ({ n, goes: goesOf(n) }));

  test('workers killed in the middle of jobs', { timeout: 60_000 }, async () => {
    const count = 200;
    const on = scene();
    await on.add(jobsOf(count));
    let kills = 0;
    let cutOff = 0;
    for (; kills < 5; kills++) {
      const worker = on.start();
      await until(() => worker.begun >= 15 && worker.underWay.size > 0);
      await worker.kill();
      cutOff += worker.underWay.size;
    }
    const last = on.start({ concurrency: 20 });
    await on.ended(count);
    expect(await last.close()).toBe(0);
    expect([kills, cutOff >= kills]).toEqual([5, true]);
    await checkAll(on, count);
  });

  test('a job that kills every worker that takes it', { timeout: 60_000 }, async () => {
    const on = scene();
    await on.add([
      { n: 0, goes: 'poison' },
      ...jobsOf(30)
        .slice(1)
        .filter(({ goes }) => goes === 'well'),
    ]);
    const all = (await on.queue.counts()).waiting;
    let deaths = 0;
    // One at a time: what runs beside it would die as often, and be held guilty, too.
    const order = { maxRedeliveries: 1, concurrency: 1 };
    let worker = on.start(order);
    await until(async () => {
      if (worker.isGone) {
        deaths++;
        worker = on.start(order);
      }
      const { completed, failed } = await on.queue.counts();
      return completed + failed === all;
    });
    expect(await worker.close()).toBe(0);
    expect(deaths).toBe(2);
    expect(await on.queue.counts()).toMatchObject({ completed: all - 1, failed: 1, active: 0 });
    expect(await on.letters.list()).toMatchObject([
      { jobId: 'job-0', redelivered: true, error: { type: 'StalledError' } },
    ]);
  });

  test(
    'a worker that is frozen until others have its jobs, and then goes on',
    { timeout: 60_000 },
    async () => {
      const count = 60;
      const on = scene();
      await on.add(jobsOf(count));
      const frozen = on.start({ concurrency: 20 });
      await until(() => frozen.underWay.size >= 5);
      frozen.freeze();
      const held = (await on.queue.counts()).active;
      expect(held).toBeGreaterThan(0);
      const other = on.start();
      await on.ended(count);
      frozen.thaw();
      // What it had in hand when it froze it runs to the end now, and it reaches nobody.
      expect(await frozen.close()).toBe(0);
      expect(await other.close()).toBe(0);
      const redelivered = other.begun;
      expect(redelivered).toBeGreaterThanOrEqual(held);
      await checkAll(on, count);
    },
  );

  test(
    'Redis killed and started again while jobs are added and run',
    { timeout: 60_000 },
    async () => {
      const count = 240;
      const on = scene();
      const workers = [on.start(), on.start()];
      let restarts = 0;
      const adding = (async () => {
        for (const data of jobsOf(count)) {
          // Whoever adds tries until it is told that it is done; the id sees to it that it is done once.
          await until(async () => (await on.add([data]), true));
        }
      })();
      for (; restarts < 3; restarts++) {
        const before = workers.reduce((sum, { begun }) => sum + begun, 0);
        await until(() => workers.reduce((sum, { begun }) => sum + begun, 0) >= before + 20);
        await redis.kill();
        await redis.start();
      }
      await adding;
      await on.ended(count);
      for (const worker of workers) expect(await worker.close()).toBe(0);
      expect(restarts).toBe(3);
      await checkAll(on, count);
    },
  );

  test(
    'a worker whose Redis is gone ends by itself when it is closed',
    { timeout: 60_000 },
    async () => {
      const on = scene();
      await on.add(jobsOf(3));
      const worker = on.start({ answerWithinMs: 500 });
      await until(() => worker.begun >= 3);
      await redis.kill();
      expect(await worker.close()).toBe(0);
      await redis.start();
    },
  );
});
