/** A queue checks what comes in, passes it through its middleware, and answers whoever asks. */
import { type Middleware, pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { UnrecoverableError } from '../errors.ts';
import type { Job, JobOptions } from '../job.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import { createWorker } from '../worker/worker.ts';
import type { EnqueueContext, EnqueueMiddleware } from './enqueue-context.ts';
import { createQueue, type QueueOptions } from './queue.ts';

function open(options: Partial<QueueOptions> = {}) {
  const clock = fakeClock();
  const driver = memory({ clock });
  return { clock, driver, queue: createQueue(driver, { name: 'work', ...options }) };
}

describe('adding', () => {
  test('options of a job go before the defaults of the queue', async () => {
    const { queue } = open({ defaults: { attempts: 3, backoff: 10 } });
    const job = await queue.add('job', 1, { attempts: 5 });
    expect(job.options).toEqual({ attempts: 5, backoff: 10 });
    const [many] = await queue.addMany([{ name: 'job', data: 1 }]);
    expect(many?.options).toEqual({ attempts: 3, backoff: 10 });
  });

  test.each<[string, object, string]>([
    ['unknown', { atempts: 1 }, 'Unknown option `atempts` of a job. Did you mean "attempts"?'],
    ['attempts', { attempts: 0 }, 'Expected `attempts` to be a whole number, 1 or more, got `0`'],
    ['backoff', { backoff: -1 }, 'Expected `backoff` to be a number of milliseconds'],
    ['backoff text', { backoff: 'fast' }, 'Expected `backoff`'],
    ['backoff null', { backoff: null }, 'Expected `backoff`'],
    ['type', { backoff: { type: 'linear', delay: 1 } }, "Expected `backoff.type` to be 'fixed'"],
    ['backoff.delay', { backoff: { type: 'fixed' } }, 'Expected `backoff.delay`'],
    ['jitter', { backoff: { type: 'fixed', delay: 1, jitter: 2 } }, 'Expected `backoff.jitter`'],
    ['backoff name', { backoff: { type: 'fixed', delay: 1, max: 2 } }, 'Unknown option `max`'],
    ['delay', { delay: Infinity }, 'Expected `delay`'],
    ['priority', { priority: 2_097_153 }, 'Expected `priority` to be a whole number up to 2097152'],
    ['priority text', { priority: '1' }, 'Expected `priority`'],
    ['lifo', { lifo: 1 }, 'Expected `lifo` to be true or false'],
    ['jobId', { jobId: '' }, 'Expected `jobId` to be a text'],
    ['jobId number', { jobId: 7 }, 'Expected `jobId` to be a text'],
    ['keep', { removeOnComplete: 'no' }, 'Expected `removeOnComplete`'],
    ['keep.count', { removeOnFail: { count: -1 } }, 'Expected `removeOnFail.count`'],
    ['keep.age', { removeOnFail: { age: NaN } }, 'Expected `removeOnFail.age`'],
    ['keep.name', { removeOnFail: { ages: 1 } }, 'Unknown option `ages` of removeOnFail'],
    ['no object', 7 as never, 'Expected `options` to be an object'],
  ])(
    'a wrong option is refused, also as a default and among many: %s',
    async (_, options, message) => {
      const { queue } = open();
      await expect(queue.add('job', 1, options)).rejects.toThrow(message);
      const jobs = [
        { name: 'job', data: 1 },
        { name: 'job', data: 1, options },
      ];
      await expect(queue.addMany(jobs)).rejects.toThrow(message);
      expect((await queue.counts()).waiting).toBe(0);
      expect(() => open({ defaults: options })).toThrow(message);
    },
  );

  test.each<[string, unknown]>([
    ['a function', { call: () => 1 }],
    ['a bigint', [1n]],
    ['NaN', { n: NaN }],
    ['a Map', { m: new Map() }],
    ['bytes', { b: new Uint8Array(2) }],
    ['an error', { e: new Error('x') }],
    ['a promise', Promise.resolve()],
    ['nothing', undefined],
    ['a symbol', Symbol('x')],
    [
      'a circle',
      (() => {
        const circle: { me?: unknown } = {};
        circle.me = circle;
        return circle;
      })(),
    ],
    [
      'a fault',
      {
        toJSON() {
          throw new Error('no');
        },
      },
    ],
  ])('data that would be lost is refused: %s', async (_, data) => {
    const { queue } = open();
    await expect(queue.add('job', data)).rejects.toThrow(/Expected `data.*JSON can carry/);
    await expect(queue.add('job', data)).rejects.toThrow(TypeError);
    expect((await queue.counts()).waiting).toBe(0);
  });

  test('an option that is undefined was not given, and an id is for one job', async () => {
    const { queue } = open({ defaults: { attempts: 3 } });
    const job = await queue.add('job', 1, { attempts: undefined } as unknown as JobOptions);
    expect(job.options).toEqual({ attempts: 3 });
    expect(() => open({ defaults: { jobId: 'x' } })).toThrow('An id is for one job');
  });

  test('a name is a text', async () => {
    const { queue } = open();
    await expect(queue.add('', 1)).rejects.toThrow('Expected `name` to be a text');
    await expect(queue.addMany('jobs' as never)).rejects.toThrow('Expected `jobs` to be a list');
    expect(() => createQueue(memory(), { name: 'a:b' })).toThrow('Expected `name` to be the name');
    expect(() => createQueue(memory(), undefined as never)).toThrow('Expected `options`');
    expect(() => createQueue(memory(), { name: 'a', using: [] } as never)).toThrow('`using`');
  });
});

describe('middleware', () => {
  test('sees the job with its options, and what it passes on is added', async () => {
    const seen: unknown[] = [];
    const stamp: EnqueueMiddleware = (ctx, next) => {
      seen.push({ ...ctx, find: typeof ctx.find });
      return next({ ...ctx, name: 'b', data: { at: 1 }, options: { ...ctx.options, priority: 4 } });
    };
    const { queue } = open({ use: stamp, defaults: { attempts: 2 } });
    const job = await queue.add('a', 1, { delay: 5 });
    expect(seen).toEqual([
      { queue: 'work', name: 'a', data: 1, options: { attempts: 2, delay: 5 }, find: 'function' },
    ]);
    expect(job).toMatchObject({
      name: 'b',
      data: { at: 1 },
      options: { attempts: 2, delay: 5, priority: 4 },
    });
  });

  test('the first is the outermost, and sees the job that was added', async () => {
    const order: string[] = [];
    const named =
      (name: string): EnqueueMiddleware =>
      async (_, next) => {
        order.push(`${name} in`);
        const job = await next();
        order.push(`${name} ${job.id}`);
        return job;
      };
    const { queue } = open({ use: [named('outer'), named('inner')] });
    await queue.add('job', 1, { jobId: 'x' });
    expect(order).toEqual(['outer in', 'inner in', 'inner x', 'outer x']);
  });

  test('may take a default away', async () => {
    const use: EnqueueMiddleware = (ctx, next) => next({ ...ctx, options: {} });
    const { queue } = open({ use, defaults: { attempts: 3 } });
    expect((await queue.add('job', 1)).options).toEqual({});
  });

  test('refuses a job, and of many lets in those before it', async () => {
    const refuse: EnqueueMiddleware<number> = (ctx, next) => {
      if (ctx.data === 2) throw new RangeError('no twos');
      return next();
    };
    const driver = memory({ clock: fakeClock() });
    const queue = createQueue<number>(driver, { name: 'work', use: [refuse] });
    await expect(queue.add('job', 2)).rejects.toThrow('no twos');
    const jobs = [1, 2, 3].map((data) => ({ name: 'job', data }));
    await expect(queue.addMany(jobs)).rejects.toThrow('no twos');
    expect((await queue.list('waiting')).map(({ data }) => data)).toEqual([1]);
    expect(await queue.addMany([{ name: 'job', data: 4 }])).toMatchObject([{ data: 4 }]);
  });

  test('answers with a job that is there', async () => {
    const reuse: EnqueueMiddleware = async (ctx, next) => (await ctx.find('kept')) ?? next();
    const { queue } = open({ use: [reuse] });
    const first = await queue.add('a', 1, { jobId: 'kept' });
    expect(await queue.add('b', 2)).toEqual(first);
    expect((await queue.counts()).waiting).toBe(1);
  });

  test('what a middleware makes of a job is checked as well', async () => {
    const spoil =
      (change: object): EnqueueMiddleware =>
      (ctx, next) =>
        next({ ...ctx, ...change });
    for (const change of [{ data: 1n }, { options: { attempts: 0 } as JobOptions }, { name: '' }]) {
      const { queue } = open({ use: spoil(change) });
      await expect(queue.add('job', 1)).rejects.toThrow('Expected `');
      expect((await queue.counts()).waiting).toBe(0);
    }
  });

  test('a pipeline is a middleware, too', async () => {
    type WithTenant = EnqueueContext & { readonly tenant: string };
    const tenant: Middleware<EnqueueContext, Job, WithTenant> = (ctx, next) =>
      next({ ...ctx, tenant: 'acme' });
    const use = pipeline<EnqueueContext, Job>()
      .use(tenant)
      .use((ctx, next) => next({ ...ctx, name: `${ctx.tenant}.${ctx.name}` }))
      .middleware();
    const { queue } = open({ use: [use] });
    expect(await queue.add('job', 1)).toMatchObject({ name: 'acme.job' });
  });
});

describe('asking', () => {
  test('waits for the result, or for the failure', async () => {
    const { queue, driver } = open();
    const worker = createWorker(
      driver,
      {
        good: () => ({ n: 1 }),
        bad: () => {
          throw new UnrecoverableError('broken');
        },
      },
      { queue: 'work' },
    );
    expect(await queue.waitFor((await queue.add('good', 1)).id)).toEqual({ n: 1 });
    const { id } = await queue.add('bad', 1);
    await expect(queue.waitFor(id)).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: 'broken',
      jobId: id,
    });
    await expect(queue.waitFor('none')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    await worker.close();
  });

  test('a job that is removed meanwhile has no result', async () => {
    const { queue } = open();
    const { id } = await queue.add('job', 1);
    const waiting = queue.waitFor(id);
    expect(await queue.remove(id)).toBe(true);
    await expect(waiting).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  });

  test('whoever gives up waiting leaves nothing behind', async () => {
    const { queue } = open();
    const { id } = await queue.add('job', 1);
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const waiting = queue.waitFor(id, { signal: controller.signal });
    await queue.remove(id);
    await expect(waiting).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

describe('scheduling', () => {
  test('adds a job again and again, with the defaults of the queue', async () => {
    const { queue, driver, clock } = open({ defaults: { attempts: 2, delay: 7 } });
    const times: number[] = [];
    const worker = createWorker(driver, () => void times.push(clock.now()), { queue: 'work' });
    await clock.advance(50);
    await queue.schedule('tick', { every: 1000 }, { name: 'tick', data: 0 });
    await clock.advance(3_000);
    expect(times).toEqual([50, 1050, 2050, 3050]);
    expect((await queue.list('completed'))[0]?.options.attempts).toBe(2);
    expect(await queue.unschedule('tick')).toBe(true);
    await clock.advance(5_000);
    expect(times).toHaveLength(4);
    await worker.close();
  });

  test.each<[string, unknown[], string]>([
    ['no id', ['', { every: 1 }, { name: 'a', data: 1 }], 'Expected `id` to be a text'],
    ['every', ['a', { every: 0 }, { name: 'a', data: 1 }], 'Expected `every`'],
    ['limit', ['a', { every: 1, limit: 0 }, { name: 'a', data: 1 }], 'Expected `limit`'],
    ['unknown', ['a', { every: 1, cron: '*' }, { name: 'a', data: 1 }], '`cron` of repeat'],
    ['no repeat', ['a', 7, { name: 'a', data: 1 }], 'Expected `repeat` to be an object'],
    ['data', ['a', { every: 1 }, { name: 'a', data: 1n }], 'Expected `data`'],
    ['jobId', ['a', { every: 1 }, { name: 'a', data: 1, options: { jobId: 'x' } }], 'has its id'],
    ['delay', ['a', { every: 1 }, { name: 'a', data: 1, options: { delay: 5 } }], 'has its id'],
  ])('a wrong schedule is refused: %s', async (_, args, message) => {
    const { queue } = open();
    const schedule = queue.schedule.bind(queue) as (...all: unknown[]) => Promise<void>;
    await expect(schedule(...args)).rejects.toThrow(message);
    expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 0 });
  });
});
