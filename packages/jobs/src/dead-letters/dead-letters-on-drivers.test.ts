/** Dead letters mean the same on every driver: in memory and on a real Redis. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bullmqKit } from '../../test-kit/bullmq-kit.ts';
import type { DriverKit } from '../../test-kit/driver-kit.ts';
import { memoryKit } from '../../test-kit/memory-kit.ts';
import { isWithoutRedis, type RedisServer, startRedis } from '../../test-kit/redis-server.ts';
import type { JobOptions } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import { deadLetter } from '../middleware/dead-letter.ts';
import type { Worker } from '../worker/job-worker.ts';
import { createWorker } from '../worker/worker.ts';
import { deadLetters, type DeadLetters } from './dead-letters.ts';

let redis: RedisServer | undefined;
beforeAll(async () => {
  if (!isWithoutRedis) redis = await startRedis();
});
afterAll(() => redis?.stop());

const KITS: readonly (readonly [string, () => DriverKit])[] = [
  ['memory', memoryKit],
  ['Redis', () => bullmqKit({ connection: { host: '127.0.0.1', port: redis?.port ?? 0 } })],
];

interface Desk {
  readonly kit: DriverKit;
  readonly letters: DeadLetters;
  add(data: unknown, options?: JobOptions): Promise<string>;
  /** Works until so many jobs have ended. */
  work(handler: (ctx: JobContext) => unknown, ends: number): Promise<void>;
}

describe.each(KITS)('dead letters on %s', (name, open) => {
  const onDesk = async (run: (desk: Desk) => Promise<void>): Promise<void> => {
    const kit = open();
    const { driver } = kit;
    const letters = deadLetters(driver, { queue: 'mail', retention: { maxLetters: 150 } });
    const workers: Worker[] = [];
    try {
      await run({
        kit,
        letters,
        add: async (data, options = {}) =>
          (await driver.queue('mail').add({ name: 'send', data, options })).id,
        async work(handler, ends) {
          let ended = 0;
          const serve = pipeline<JobContext, unknown>()
            .use(retry({ maxAttempts: 3, backoff: 'none', budget: false }))
            .use(deadLetter({ letters }))
            .handle(handler as never);
          const worker = createWorker(driver, serve, { queue: 'mail', concurrency: 10 });
          workers.push(worker);
          for (const type of ['completed', 'failed'] as const) worker.on(type, () => void ended++);
          await kit.until(() => ended >= ends);
          await worker.close();
        },
      });
    } finally {
      await Promise.all(workers.map((worker) => worker.close()));
      await kit.close();
    }
  };
  const skipped = name === 'Redis' && isWithoutRedis;
  const fail = ({ data }: JobContext): never => {
    throw new Error(`no ${JSON.stringify(data)}`);
  };

  test.skipIf(skipped)('M-141 each job that fails for good leaves one, and goes back once', () =>
    onDesk(async ({ letters, add, work, kit }) => {
      const ids = [];
      for (let index = 0; index < 120; index++) ids.push(await add(index, { attempts: 2 }));
      await work(fail, 120);
      expect(await letters.count()).toBe(120);
      const all = await letters.list({ limit: 1000 });
      expect(new Set(all.map(({ jobId }) => jobId))).toEqual(new Set(ids));
      expect(new Set(all.map(({ attempts }) => attempts))).toEqual(new Set([6]));
      expect(await letters.requeueAll()).toBe(120);
      expect(await letters.requeueAll()).toBe(0);
      const queue = kit.driver.queue('mail');
      expect((await queue.counts()).waiting).toBe(120);
      await work(({ attempt }) => attempt, 120);
      expect(await letters.count()).toBe(0);
      expect((await queue.counts()).completed).toBe(120);
    }),
  );

  test.skipIf(skipped)('M-141 a job that its queue has forgotten is added anew, once', () =>
    onDesk(async ({ letters, add, work, kit }) => {
      const id = await add({ to: 'ada' }, { removeOnFail: true });
      const own = await add({ to: 'bob' }, { removeOnFail: true, jobId: 'order:5' });
      await work(fail, 2);
      const queue = kit.driver.queue('mail');
      for (const one of [id, own]) {
        await kit.until(async () => (await queue.get(one)) === undefined);
      }
      // An id that the driver takes from outside can be given again; another one cannot.
      const anew = name === 'memory' ? `${id}.again` : id;
      const [letter] = await letters.list();
      expect(await letters.requeue(id)).toMatchObject({ id: anew, data: { to: 'ada' } });
      if (letter) await letters.put(letter);
      await letters.requeue(id);
      expect((await letters.requeue(own))?.id).toBe('order:5');
      expect((await queue.counts()).waiting).toBe(2);
      expect(await letters.count()).toBe(0);
      await work(fail, 2);
      expect((await letters.list()).map(({ jobId }) => jobId).toSorted()).toEqual(
        [anew, 'order:5'].toSorted(),
      );
    }),
  );

  test.skipIf(skipped)('M-141 the oldest go first when there are too many', () =>
    onDesk(async ({ letters }) => {
      for (let index = 0; index < 155; index++) {
        await letters.put({
          jobId: String(index),
          queue: 'mail',
          name: 'send',
          data: index,
          options: {},
          reason: 'attempts',
          error: { type: 'Error', message: 'no' },
          attempts: 1,
          redelivered: false,
          addedAtMs: index,
          failedAtMs: index,
        });
      }
      const kept = await letters.list({ limit: 1000 });
      expect(kept.map(({ data }) => data)).toEqual(Array.from({ length: 150 }, (_, at) => at + 5));
      expect(await letters.purge({ olderThanMs: 1 })).toBe(150);
    }),
  );
});
