/** Workers that close while jobs come in: on a real Redis, none is lost. */
import { pipeline } from '@interpose/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithoutRedis, type RedisServer, startRedis } from '../../test-kit/redis-server.ts';
import { bullmq } from '../bullmq.ts';
import { createQueue, createWorker, type JobContext } from '../index.ts';

const JOBS = 400;

describe.skipIf(isWithoutRedis)('workers that are closed in the middle of it', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test.each([true, false])('by force: %s; each job is done in the end', async (force) => {
    const driver = bullmq({ connection: redis.url });
    const name = `closing-${force}`;
    const queue = createQueue<number, number>(driver, { name });
    const jobs = await queue.addMany(
      Array.from({ length: JOBS }, (_, data) => ({ name: 'job', data })),
    );
    const done = new Set<number>();
    const handler = pipeline<JobContext<number>, number>().handle(async ({ data, progress }) => {
      await progress(50);
      done.add(data);
      return data;
    });
    const options = { queue: name, concurrency: 10, leaseMs: 1000, maxRedeliveries: 10 };
    const workers = Array.from({ length: 5 }, () => createWorker(driver, handler, options));
    try {
      await queue.waitFor(jobs[50]?.id ?? '');
      await Promise.all(workers.map((worker) => worker.close({ force })));
      const { active, waiting } = await queue.counts();
      expect(waiting).toBeGreaterThan(0);
      // What is being fetched at that moment by force is left to its lease; nobody holds anything otherwise.
      if (!force) expect(active).toBe(0);
      workers.push(createWorker(driver, handler, options));
      await Promise.all(jobs.map(({ id }) => queue.waitFor(id)));
      expect([await queue.counts(), done.size]).toMatchObject([{ completed: JOBS }, JOBS]);
    } finally {
      await Promise.all(workers.map((worker) => worker.close({ force: true })));
      await driver.close();
    }
  });
});
