/** What goes wrong in handlers, ids, answers and queries harms one job and no other, in memory and on a real Redis. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { fakeClock } from '@interpose/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isWithoutRedis, type RedisServer, startRedis } from '../test-kit/redis-server.ts';
import { bullmq } from './bullmq.ts';
import { deadLetters } from './dead-letters/dead-letters.ts';
import type { QueueDriver } from './driver.ts';
import type { JobContext } from './job-context.ts';
import { jobStack } from './job-stack.ts';
import { memory } from './memory-driver/memory-driver.ts';
import type { EnqueueMiddleware } from './queue/enqueue-context.ts';
import type { Queue } from './queue/job-queue.ts';
import { createQueue } from './queue/queue.ts';
import { memoryRecords } from './records/memory-records.ts';
import { createWorker } from './worker/worker.ts';

// Redis is started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let redis: RedisServer | undefined;
let prefixes = 0;
beforeAll(async () => {
  if (!isWithoutRedis) redis = await startRedis();
});
afterAll(() => redis?.stop());

const DRIVERS: readonly [string, () => QueueDriver][] = [
  ['memory', () => memory()],
  [
    'bullmq',
    () =>
      bullmq({
        connection: { host: '127.0.0.1', port: redis?.port ?? 0 },
        prefix: `attack-${++prefixes}`,
      }),
  ],
];

/** A property that throws when it is read, or is no text. */
const odd = (key: string, got: PropertyDescriptor): Error =>
  Object.defineProperty(new Error('broken'), key, { configurable: true, ...got });
const throws = (key: string): Error =>
  odd(key, {
    get(): never {
      throw new Error('not to be read');
    },
  });

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const THROWN: readonly [string, unknown][] = [
  ['nothing', undefined],
  ['a symbol', Symbol('x')],
  ['a revoked proxy', revoked()],
  ['a message that is an object', odd('message', { value: { a: 1 } })],
  ['a message that throws', throws('message')],
  ['a name that is null', odd('name', { value: null })],
  ['a name that throws', throws('name')],
  ['a stack that is a list', odd('stack', { value: ['at'] })],
  ['a stack that throws', throws('stack')],
  [
    'the code of a postponement and no time',
    Object.assign(new Error('broken'), { code: 'POSTPONED' }),
  ],
  [
    'the code of a postponement and no real time',
    Object.assign(new Error('broken'), { code: 'POSTPONED', afterMs: NaN }),
  ],
  [
    'the code of a later attempt and no real time',
    Object.assign(new Error('broken'), { code: 'RETRY_LATER', afterMs: -1 }),
  ],
];

const reachable = DRIVERS.filter(([kind]) => kind === 'memory' || !isWithoutRedis);

describe.each(reachable)('on %s', (_, open) => {
  /** The full stack round a handler, and whether the retry takes part. */
  async function withStack(
    handler: (ctx: JobContext<number>) => unknown,
    act: (made: ReturnType<typeof parts>) => Promise<void>,
    isRetried = true,
  ): Promise<void> {
    const driver = open();
    const made = parts(driver, handler, isRetried);
    try {
      await act(made);
    } finally {
      await made.worker.close({ force: true });
      await driver.close();
    }
  }

  function parts(
    driver: QueueDriver,
    handler: (ctx: JobContext<number>) => unknown,
    isRetried: boolean,
  ) {
    const records = memoryRecords();
    const letters = deadLetters(driver, { queue: 'work' });
    const alerts: string[] = [];
    const faults: unknown[] = [];
    const stack = jobStack<JobContext<number>>({
      records,
      letters,
      onFailure: ({ ctx }) => void alerts.push(ctx.job.id),
      retry: isRetried && retry({ maxAttempts: 2, backoff: 'none', budget: false }),
      memoryLimit: false,
      cpuLimit: false,
    });
    const run = pipeline<JobContext<number>, unknown>({ answersNothing: true })
      .use(stack)
      .handle(handler);
    const worker = createWorker(driver, run, {
      queue: 'work',
      onError: (error) => void faults.push(error),
    });
    const queue = createQueue<number, unknown>(driver, { name: 'work' });
    return { driver, queue, worker, records, letters, alerts, faults };
  }

  test.each(
    THROWN.flatMap(([what, thrown]) => [true, false].map((on) => [what, on, thrown] as const)),
  )(
    '%s is thrown, retry %s: the job fails once, with a letter and an alert',
    async (_, isRetried, thrown) => {
      await withStack(
        () => {
          throw thrown;
        },
        async ({ queue, worker, records, letters, alerts, faults }) => {
          const { id } = await queue.add('job', 1);
          const signal = AbortSignal.timeout(10_000);
          const reason = queue.waitFor(id, { signal });
          await expect(reason).rejects.toMatchObject({ name: 'JobFailedError' });
          const job = await queue.get(id);
          expect([job?.state, typeof job?.failedReason]).toEqual(['failed', 'string']);
          expect(records.get('work', id)?.status).toBe('failed');
          expect((await letters.get(id))?.reason).toBe('attempts');
          expect([alerts, faults, worker.state().failed]).toEqual([[id], [], 1]);
        },
        isRetried,
      );
    },
  );

  test('what a handler that was left behind says of its job changes nothing', async () => {
    const runs: JobContext<number>[] = [];
    await withStack(
      (ctx) => {
        runs.push(ctx);
        if (runs.length === 1) throw new Error('once');
        return 'done';
      },
      async ({ queue, records }) => {
        const { id } = await queue.add('job', 1, { attempts: 2 });
        await queue.waitFor(id, { signal: AbortSignal.timeout(10_000) });
        const before = [await queue.get(id), records.get('work', id)];
        for (const run of runs) {
          await run.progress(77);
          await run.log('late');
        }
        expect([await queue.get(id), records.get('work', id)]).toEqual(before);
        expect([runs.length, await queue.logs(id)]).toEqual([2, []]);
      },
      false,
    );
  });

  test('what a handler says amiss of its progress is refused, and its log takes all as texts', async () => {
    const wrong = [undefined, NaN, 1n, () => {}, { a: new Map() }];
    const refused: unknown[] = [];
    await withStack(
      async (ctx) => {
        for (const value of wrong) {
          await ctx.progress(value as never).catch((error: unknown) => refused.push(error));
        }
        await ctx.progress({ step: 2 });
        for (const line of [undefined, 5, { a: 1 }, 'text']) await ctx.log(line as never);
        return 'done';
      },
      async ({ queue }) => {
        const { id } = await queue.add('job', 1);
        expect(await queue.waitFor(id, { signal: AbortSignal.timeout(10_000) })).toBe('done');
        expect(refused.map((error) => error instanceof TypeError)).toEqual(wrong.map(() => true));
        expect((await queue.get(id))?.progress).toEqual({ step: 2 });
        expect(await queue.logs(id)).toEqual(['undefined', '5', '{a: 1}', 'text']);
      },
    );
  });

  test('letters that several put back at one moment are put back once', async () => {
    const ran: number[] = [];
    await withStack(
      ({ data }) => {
        ran.push(data);
        throw new Error('always');
      },
      async ({ queue, worker, letters }) => {
        const jobs = await queue.addMany([0, 1, 2, 3, 4].map((data) => ({ name: 'job', data })));
        await Promise.allSettled(jobs.map(({ id }) => queue.waitFor(id)));
        await worker.close();
        const [first] = jobs;
        const id = first?.id ?? '';
        await Promise.all([
          letters.requeue(id),
          letters.requeue(id),
          letters.requeueAll(),
          letters.requeueAll(),
        ]);
        expect(await letters.count()).toBe(0);
        expect(await queue.counts()).toMatchObject({ waiting: 5, failed: 0 });
        expect(ran).toEqual([0, 1, 2, 3, 4]);
      },
      false,
    );
  });

  test('a text that is half a character is neither name nor id', async () => {
    await withStack(
      () => 'done',
      async ({ driver, queue }) => {
        const half = 'x\ud800';
        await expect(queue.add('job', 1, { jobId: half })).rejects.toThrow('`jobId`');
        await expect(queue.add(half, 1)).rejects.toThrow('`name`');
        expect(() => createQueue(driver, { name: half })).toThrow('`name`');
        const { id } = await queue.add('😀', 1, { jobId: '😀' });
        expect([id, await queue.waitFor(id)]).toEqual(['😀', 'done']);
      },
    );
  });

  test.each<[string, (queue: Queue<number>) => unknown, string]>([
    ['get', (queue) => queue.get(5 as never), 'Expected `id` to be a text, got `5`'],
    ['get nothing', (queue) => queue.get(undefined as never), 'Expected `id`'],
    ['waitFor', (queue) => queue.waitFor(null as never), 'Expected `id`'],
    ['logs', (queue) => queue.logs(undefined as never), 'Expected `id`'],
    ['remove', (queue) => queue.remove({} as never), 'Expected `id`'],
    ['retry', (queue) => queue.retry({} as never), 'Expected `id`'],
    ['unschedule', (queue) => queue.unschedule(null as never), 'Expected `id`'],
    [
      'state',
      (queue) => queue.list('wait' as never),
      "Expected `state` to be 'waiting', 'delayed'",
    ],
    ['a name of all objects', (queue) => queue.list('toString' as never), 'Expected `state`'],
    ['offset', (queue) => queue.list('waiting', { offset: -1 }), 'Expected `offset`'],
    ['limit', (queue) => queue.list('waiting', { limit: NaN }), 'Expected `limit`'],
    ['no job', (queue) => queue.addMany([null as never]), 'Expected `jobs[0]` to be an object'],
  ])('a wrong question is refused: %s', async (_, ask, message) => {
    await withStack(
      () => 'done',
      async ({ queue }) => {
        await expect((async () => ask(queue))()).rejects.toThrow(message);
      },
    );
  });
});

test.each<[string, EnqueueMiddleware]>([
  ['null', () => null as never],
  ['a number', () => 5 as never],
  ['no id', () => ({}) as never],
])('a middleware that answers with no job is refused: %s', async (_, use) => {
  const queue = createQueue(memory(), { name: 'work', use });
  await expect(queue.add('job', 1)).rejects.toThrow('a middleware of queue "work"` to be a job');
});

test('what is no driver is refused', () => {
  for (const driver of [null, undefined, {}, 'redis://']) {
    expect(() => createQueue(driver as never, { name: 'work' })).toThrow('Expected `driver`');
    expect(() => createWorker(driver as never, () => 1, { queue: 'work' })).toThrow(
      'Expected `driver`',
    );
  }
});

test('a date that is none is refused, as JSON would make nothing of it', async () => {
  const queue = createQueue(memory(), { name: 'work' });
  await expect(queue.add('job', { at: new Date(NaN) })).rejects.toThrow('Expected `data.at`');
  expect((await queue.add('job', { at: null, on: new Date(0) })).data).toEqual({
    at: null,
    on: '1970-01-01T00:00:00.000Z',
  });
});

test('letters grow old by the clock of their driver', async () => {
  const clock = fakeClock();
  const driver = memory({ clock });
  const letters = deadLetters(driver, { queue: 'work', retention: { maxAgeMs: 60_000 } });
  const letter = (jobId: string) => ({
    jobId,
    queue: 'work',
    name: 'job',
    data: 1,
    options: {},
    reason: 'attempts' as const,
    error: { type: 'Error', message: 'x' },
    attempts: 1,
    redelivered: false,
    addedAtMs: clock.wall(),
    failedAtMs: clock.wall(),
  });
  await letters.put(letter('1'));
  expect(await letters.count()).toBe(1);
  await clock.advance(60_001);
  await letters.put(letter('2'));
  expect((await letters.list()).map(({ jobId }) => jobId)).toEqual(['2']);
});
