/** What BullMQ has of its own: other programs on the same queue, its errors, its clients, and what it does when Redis is gone. */
import { instructionOf } from '@interpose/resilience';
import {
  DelayedError,
  Queue,
  RateLimitError,
  UnrecoverableError,
  WaitingChildrenError,
  WaitingError,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bullmqKit } from '../../test-kit/bullmq-kit.ts';
import { done, failed, onDriver } from '../../test-kit/driver-kit.ts';
import { isWithoutRedis, type RedisServer, startRedis } from '../../test-kit/redis-server.ts';
import { bullJobOf, bullmq } from '../bullmq.ts';

const PREFIX = 'own';

describe.skipIf(isWithoutRedis)('bullmq on Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  const open = () => bullmqKit({ connection: redis.url, prefix: PREFIX });
  const plainQueue = (name: string): Queue => {
    const queue = new Queue(name, { connection: { url: redis.url }, prefix: PREFIX });
    onTestFinished(() => queue.close());
    return queue;
  };

  test('what BullMQ alone has added is run, and found by the id that BullMQ gave', () =>
    onDriver(open, async ({ name, queue, consume, reach }) => {
      const { id = '' } = await plainQueue(name).add('theirs', { n: 1 });
      expect(id).toBe('1');
      const consumer = consume(({ job }) => done(job.data));
      expect(await reach('1', 'completed')).toMatchObject({ id: '1', result: { n: 1 } });
      expect(consumer.deliveries[0]?.job).toMatchObject({ id: '1', name: 'theirs', options: {} });
      expect(await queue.whenEnded('1')).toEqual({ kind: 'completed', result: { n: 1 } });
      expect(await queue.remove('1')).toBe(true);
    }));

  test('what we have added BullMQ alone can run', () =>
    onDriver(open, async ({ name, queue, reach }) => {
      const options = { attempts: 2, jobId: 'ours' };
      await queue.add({ name: 'mail', data: { to: 'ada' }, options });
      const worker = new Worker(name, (job) => Promise.resolve([job.id, job.opts.attempts]), {
        connection: { url: redis.url },
        prefix: PREFIX,
      });
      onTestFinished(() => worker.close());
      expect((await reach('ours', 'completed')).result).toEqual(['ours', 2]);
    }));

  test.each(['7', '0', 'a:b', 'a:b:c:d', '=x', 'mail/ü'])('an id may be %s', (jobId) =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const added = await queue.add({ name: 'odd', data: 1, options: { jobId } });
      expect(added).toMatchObject({ id: jobId, options: { jobId } });
      expect(await queue.get(jobId)).toEqual(added);
      const ended = queue.whenEnded(jobId);
      const consumer = consume(async ({ job, log }) => (await log('seen'), done(job.id)));
      expect((await reach(jobId, 'completed')).result).toBe(jobId);
      expect(await ended).toEqual({ kind: 'completed', result: jobId });
      expect(await queue.logs(jobId)).toEqual(['seen']);
      expect(consumer.deliveries).toHaveLength(1);
      expect(await queue.remove(jobId)).toBe(true);
      expect(await queue.get(jobId)).toBe(undefined);
    }),
  );

  test('a job of BullMQ and one of ours may have the same whole number', () =>
    onDriver(open, async ({ name, queue }) => {
      await plainQueue(name).add('theirs', 1);
      await queue.add({ name: 'ours', data: 2, options: { jobId: '1' } });
      expect((await queue.counts()).waiting).toBe(2);
      expect(await queue.get('1')).toMatchObject({ name: 'theirs' });
      expect(await queue.remove('1')).toBe(true);
      expect(await queue.get('1')).toMatchObject({ name: 'ours' });
      expect(await queue.remove('1')).toBe(true);
      expect((await queue.counts()).waiting).toBe(0);
    }));

  test('a job added twice with the answer to the first one lost is there once', () =>
    onDriver(open, async ({ queue, name }) => {
      const first = await queue.add({ name: 'once', data: 1 });
      const { opts = {} } = (await plainQueue(name).getJob(first.id)) ?? {};
      // What a client sends again after it has lost the connection: the same command.
      await plainQueue(name).add('once', 1, opts);
      expect((await queue.counts()).waiting).toBe(1);
    }));

  describe('failures', () => {
    const named = (name: string, message: string): Error =>
      Object.assign(new Error(message), { name });

    test.each<[string, Error]>([
      ['an error', new Error('no route')],
      ['an error of another class', new TypeError('not a function')],
      ['an error with the name of an instruction', named('DelayedError', 'the train is late')],
      ['another such error', named('WaitingChildrenError', 'at the gate')],
      ['an error that only sounds final', named('UnrecoverableError', 'disk')],
      ['an error without a message', new Error('')],
    ])('%s is an attempt that has failed, with its message and its stack', (_, error) =>
      onDriver(open, async ({ name, queue, consume, reach }) => {
        const options = { attempts: 2, jobId: 'bad' };
        await queue.add({ name: 'bad', data: 0, options });
        const consumer = consume(() => ({ kind: 'failed', error, final: false }));
        const job = await reach('bad', 'failed');
        expect([job.attemptsMade, job.failedReason ?? '']).toEqual([2, error.message]);
        expect(consumer.deliveries).toHaveLength(2);
        const native = await plainQueue(name).getJob('bad');
        expect(native?.stacktrace?.[0]).toBe(error.stack);
      }),
    );

    test('a message that is an instruction to BullMQ is only a message', () =>
      onDriver(open, async ({ queue, consume, reach }) => {
        await queue.add({ name: 'bad', data: 0, options: { attempts: 2, jobId: 'bad' } });
        consume(() => failed('bullmq:rateLimitExceeded'));
        expect(await reach('bad', 'failed')).toMatchObject({
          failedReason: 'Error: bullmq:rateLimitExceeded',
          attemptsMade: 2,
        });
      }));

    test('a final one keeps the message and the stack of what was thrown', () =>
      onDriver(open, async ({ name, queue, consume, reach }) => {
        const error = new TypeError('no such account');
        await queue.add({ name: 'bad', data: 0, options: { attempts: 9, jobId: 'bad' } });
        consume(() => ({ kind: 'failed', error, final: true }));
        const job = await reach('bad', 'failed');
        expect([job.attemptsMade, job.failedReason]).toEqual([1, 'no such account']);
        expect((await plainQueue(name).getJob('bad'))?.stacktrace).toEqual([error.stack]);
      }));

    test("BullMQ's own instructions are known to every policy", () => {
      bullmq({ connection: redis.url });
      for (const Instruction of [
        DelayedError,
        WaitingError,
        WaitingChildrenError,
        RateLimitError,
      ]) {
        expect(instructionOf(new Instruction())).toBe('pass');
        expect(Object.keys(new Instruction())).toEqual(['name']);
      }
      expect(instructionOf(new UnrecoverableError('x'))).toBe('final');
    });

    test('a job that a handler has moved itself is where it was moved to', () =>
      onDriver(open, async ({ queue, consume, reach }) => {
        await queue.add({ name: 'moved', data: 0, options: { attempts: 2, jobId: 'moved' } });
        consume(async ({ job }) => {
          const native = bullJobOf(job);
          await native?.job.moveToDelayed(Date.now() + 60_000, native.token);
          return { kind: 'instruction', error: new DelayedError() };
        });
        expect(await reach('moved', 'delayed')).toMatchObject({ attemptsMade: 0 });
        expect(bullJobOf((await queue.get('moved')) as never)).toBe(undefined);
      }));
  });

  test('a job of a scheduler that kills its workers is ended, too', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const options = { leaseMs: 200, maxRedeliveries: 0 };
      const dying = consume(() => new Promise(() => {}), options);
      await queue.schedule('poison', { every: 600_000, limit: 1 }, { name: 'poison', data: 0 });
      await kit.until(() => dying.deliveries.length === 1);
      await kit.kill(dying.consumption);
      const next = consume(({ exhausted }) => (exhausted ? failed('dead') : done()), options);
      await kit.until(async () => (await queue.counts()).failed === 1);
      expect(next.deliveries.map(({ exhausted }) => exhausted)).toEqual([true]);
    }));

  test('a client of the caller serves all, and stays open', async () => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    onTestFinished(() => client.disconnect());
    await onDriver(
      () => bullmqKit({ connection: client }),
      async ({ queue, consume, reach }) => {
        const { id } = await queue.add({ name: 'a', data: 0 });
        const { consumption } = consume(() => done(1));
        expect((await reach(id, 'completed')).result).toBe(1);
        await consumption.close({ force: true });
      },
    );
    expect(await client.ping()).toBe('PONG');
  });
});
