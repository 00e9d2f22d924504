/** What happens when Redis is gone: calls fail in time, leases are given up, nothing hangs, and nothing is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bullmqKit } from '../../test-kit/bullmq-kit.ts';
import { done, onDriver } from '../../test-kit/driver-kit.ts';
import { isWithoutRedis, type RedisServer, startRedis } from '../../test-kit/redis-server.ts';
import { QueueUnavailableError } from '../bullmq.ts';
import { LeaseLostError } from '../errors.ts';

describe.skipIf(isWithoutRedis)('without Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ keepsAll: true });
  });
  afterAll(() => redis.stop());

  const open = () =>
    bullmqKit({
      connection: { port: redis.port, retryStrategy: () => 20 },
      answerWithinMs: 250,
    });

  test('calls fail in time and say why; what was asked is done once, later', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      await queue.add({ name: 'before', data: 0 });
      await redis.kill();
      const add = () => queue.add({ name: 'during', data: 0, options: { jobId: 'during' } });
      await expect(add()).rejects.toThrow(QueueUnavailableError);
      await expect(add()).rejects.toThrow('did not answer "add" within 250 ms');
      await expect(queue.counts()).rejects.toThrow(QueueUnavailableError);
      await redis.start();
      const consumer = consume(() => done());
      await kit.until(() =>
        queue.counts().then(
          ({ completed }) => completed === 2,
          () => false,
        ),
      );
      expect(consumer.names()).toEqual(['before', 'during']);
    }));

  test('a job that runs while Redis is away longer than the lease is told so, and is run again', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const errors: Error[] = [];
      const { id } = await queue.add({ name: 'a', data: 0 });
      let runs = 0;
      const reasons: unknown[] = [];
      const consumer = consume(
        ({ signal }) => {
          if (runs++) return done('the second');
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              resolve(done('the first'));
            });
          });
        },
        { leaseMs: 300, maxRedeliveries: 5 },
      );
      consumer.consumption.onError((error) => errors.push(error));
      await kit.until(() => consumer.deliveries.length === 1);
      await redis.kill();
      await kit.until(() => reasons.length === 1);
      expect(reasons[0]).toBeInstanceOf(LeaseLostError);
      await redis.start();
      await kit.until(() =>
        queue.get(id).then(
          (job) => job?.state === 'completed',
          () => false,
        ),
      );
      expect(consumer.deliveries[1]).toMatchObject({ redelivered: true, exhausted: false });
      expect((await queue.get(id))?.result).toBe('the second');
      expect(errors.map(String).join()).toMatch(/ECONNREFUSED|lock/);
    }));

  test('to close takes no longer than a call may, whatever is under way', () =>
    onDriver(open, async ({ kit, queue, consume, driver }) => {
      await queue.add({ name: 'a', data: 0 });
      let finish!: () => void;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const consumer = consume(async () => (await finished, done()));
      const waiting = queue.whenEnded('never-there');
      expect(await waiting).toBe(undefined);
      await kit.until(() => consumer.deliveries.length === 1);
      await redis.kill();
      const fromMs = performance.now();
      const closing = driver.close();
      finish();
      await closing;
      expect(performance.now() - fromMs).toBeLessThan(5_000);
      await redis.start();
    }));

  test('to close by force is as quick', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      await queue.add({ name: 'a', data: 0 });
      const consumer = consume(() => new Promise(() => {}));
      await kit.until(() => consumer.deliveries.length === 1);
      await redis.kill();
      const fromMs = performance.now();
      await consumer.consumption.close({ force: true });
      expect(consumer.deliveries[0]?.signal.aborted).toBe(true);
      expect(performance.now() - fromMs).toBeLessThan(5_000);
      await redis.start();
    }));

  test('where there never was a Redis, calls fail in time, too', async () => {
    const gone = await startRedis();
    await gone.stop();
    const errors: Error[] = [];
    const kit = bullmqKit({
      connection: { port: gone.port, retryStrategy: () => 20 },
      answerWithinMs: 200,
      onError: (error) => errors.push(error),
    });
    const queue = kit.driver.queue('nowhere');
    await expect(queue.add({ name: 'a', data: 0 })).rejects.toThrow(QueueUnavailableError);
    const consumption = kit.driver.consume(
      'nowhere',
      { concurrency: 1, leaseMs: 1000, maxRedeliveries: 1 },
      () => Promise.resolve(done()),
    );
    const told = new Promise<Error>((resolve) => consumption.onError(resolve));
    expect(String(await told)).toContain('ECONNREFUSED');
    await kit.close();
    expect(errors.map(String).join()).toContain('ECONNREFUSED');
  });
});
