/** A worker runs jobs through a pipeline, tells the queue what they came to, and whoever waits for their end. */
import { type Middleware, pipeline } from '@interpose/kernel';
import { markInstruction, retry } from '@interpose/resilience';
import { fakeClock, pending } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import {
  PostponedError,
  RetryLaterError,
  UnrecoverableError,
  WorkerClosedError,
} from '../errors.ts';
import type { JobOptions } from '../job.ts';
import type { JobContext, RunEnd } from '../job-context.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import { createQueue } from '../queue/queue.ts';
import type { JobHandler } from './job-handler.ts';
import type { Worker } from './job-worker.ts';
import { createWorker } from './worker.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { WorkerOptions } from './worker-options.ts';

function start(handler: JobHandler<never>, options: Partial<WorkerOptions> = {}) {
  const clock = fakeClock();
  const driver = memory({ clock });
  const queue = createQueue(driver, { name: 'work' });
  const errors: unknown[] = [];
  const worker = createWorker(driver, handler as JobHandler, {
    queue: 'work',
    onError: (error) => void errors.push(error),
    ...options,
  });
  const run = async (jobOptions: JobOptions = {}, advanceMs = 60_000) => {
    const { id } = await queue.add('job', { n: 1 }, jobOptions);
    await clock.advance(advanceMs);
    return queue.get(id);
  };
  return { clock, driver, queue, worker, errors, run };
}

const heard = (worker: Worker) => {
  const events: [string, object][] = [];
  const types: (keyof WorkerEvents)[] = ['active', 'completed', 'retrying', 'failed', 'postponed'];
  for (const type of types) worker.on(type, (event) => void events.push([type, event]));
  return events;
};

const failing = (error: unknown) => () => {
  throw error;
};

describe('a run', () => {
  test('is given the job and all that belongs to it', async () => {
    let seen: JobContext | undefined;
    const { clock, run, queue } = start(async (ctx) => {
      seen = ctx;
      await ctx.progress(50);
      await ctx.log('half');
      await ctx.renew();
      return { ok: true };
    });
    const job = await run({ attempts: 4 });
    expect(job).toMatchObject({ state: 'completed', result: { ok: true }, progress: 50 });
    expect(await queue.logs(job?.id ?? '')).toEqual(['half']);
    expect(seen).toMatchObject({
      data: { n: 1 },
      attempt: 1,
      maxAttempts: 4,
      redelivered: false,
      clock,
    });
    expect(seen?.job.data).toBe(seen?.data);
    expect(seen?.signal.aborted).toBe(false);
  });

  test('counts the attempts of the queue', async () => {
    const attempts: number[] = [];
    const { run } = start(({ attempt }) => {
      attempts.push(attempt);
      throw new Error('again');
    });
    const job = await run({ attempts: 3, backoff: 100 });
    expect(attempts).toEqual([1, 2, 3]);
    expect(job).toMatchObject({ state: 'failed', failedReason: 'again', attemptsMade: 3 });
  });

  test('a copy of the context by spread has all of it', async () => {
    const add: Middleware<JobContext, unknown> = (ctx, next) => next({ ...ctx });
    const { run } = start(
      pipeline<JobContext, unknown>()
        .use(add)
        .handle(async ({ log, progress, renew, signal, clock, onEnd }) => {
          await log('line');
          await progress(1);
          await renew();
          onEnd('key', () => {});
          return [signal.aborted, typeof clock.now()];
        }),
    );
    expect((await run())?.result).toEqual([false, 'number']);
  });

  test('policies of resilience fit as they are', async () => {
    const clock = fakeClock();
    let calls = 0;
    const { run } = start(
      pipeline<JobContext, number>()
        .use(retry({ clock, maxAttempts: 3, backoff: { kind: 'none' } }))
        .handle(() => {
          if (++calls < 3) throw new Error('not yet');
          return calls;
        }),
    );
    expect(await run()).toMatchObject({ state: 'completed', result: 3, attemptsMade: 0 });
  });
});

describe('what is thrown', () => {
  test.each<[string, unknown, string]>([
    ['a text', 'plain words', 'plain words'],
    ['nothing', undefined, 'Something was thrown that is no error: undefined'],
    ['null', null, 'Something was thrown that is no error: null'],
    ['an empty text', '', 'Something was thrown that is no error: ""'],
    ['a number', 7, 'Something was thrown that is no error: 7'],
    ['what looks like an error', { message: 'foreign', name: 'Foreign' }, 'foreign'],
    [
      'an object with a secret',
      { password: 'x1' },
      'Something was thrown that is no error: {password: [redacted]}',
    ],
  ])('%s becomes a real error', async (_, thrown, reason) => {
    const { run, worker } = start(failing(thrown));
    const errors: Error[] = [];
    worker.on('failed', ({ error }) => void errors.push(error));
    expect((await run())?.failedReason).toBe(reason);
    expect(errors[0]).toBeInstanceOf(Error);
    expect(errors[0]?.cause).toBe(thrown);
  });

  test('an UnrecoverableError ends the job, whatever attempts are left', async () => {
    const { run } = start(failing(new UnrecoverableError('never')));
    expect(await run({ attempts: 5 })).toMatchObject({
      state: 'failed',
      failedReason: 'never',
      attemptsMade: 1,
    });
  });

  test("an UnrecoverableError of others is known by its name, and a retry of the pipeline's own by its mark", async () => {
    const foreign = Object.assign(new Error('never'), { name: 'UnrecoverableError' });
    const { run } = start(failing(foreign));
    expect(await run({ attempts: 5 })).toMatchObject({ state: 'failed', attemptsMade: 1 });
    let calls = 0;
    const ours = start(
      pipeline<JobContext, void>()
        .use(retry({ clock: fakeClock() }))
        .handle(() => {
          calls++;
          throw new UnrecoverableError('never');
        }),
    );
    expect(await ours.run({ attempts: 5 })).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(calls).toBe(1);
  });

  test('a RetryLaterError says when the next attempt is, and uses up one', async () => {
    const times: number[] = [];
    const { clock, run } = start(() => {
      times.push(clock.now());
      throw new RetryLaterError(700);
    });
    expect(await run({ attempts: 2, backoff: 5 })).toMatchObject({
      state: 'failed',
      attemptsMade: 2,
    });
    expect(times).toEqual([0, 700]);
  });

  test('a PostponedError uses up no attempt', async () => {
    const times: number[] = [];
    const { clock, run } = start(() => {
      times.push(clock.now());
      if (times.length < 3) throw new PostponedError(250);
      return 'done';
    });
    expect(await run()).toMatchObject({ state: 'completed', result: 'done', attemptsMade: 0 });
    expect(times).toEqual([0, 250, 500]);
  });

  test('an instruction of a driver goes back to it as it came', async () => {
    class WaitError extends Error {}
    markInstruction(WaitError, 'pass');
    const thrown = new WaitError('wait');
    const settled: unknown[] = [];
    const driver = memory({ clock: fakeClock() });
    const worker = createWorker(
      {
        ...driver,
        name: 'spy',
        queue: (name) => driver.queue(name),
        close: () => driver.close(),
        consume: (name, options, consumer) =>
          driver.consume(name, options, async (delivery) => {
            const settlement = await consumer(delivery);
            settled.push(settlement);
            return { kind: 'completed', result: 0 };
          }),
      },
      failing(thrown),
      { queue: 'work' },
    );
    const queue = createQueue(driver, { name: 'work' });
    await queue.waitFor((await queue.add('job', 1)).id);
    expect(settled).toEqual([{ kind: 'instruction', error: thrown }]);
    expect((settled[0] as { error: unknown }).error).toBe(thrown);
    await worker.close();
  });

  test.each<[string, unknown]>([
    ['a bigint', 1n],
    [
      'a circle',
      (() => {
        const circle: { me?: unknown } = {};
        circle.me = circle;
        return circle;
      })(),
    ],
  ])('a result that JSON cannot carry does not run the job again: %s', async (_, result) => {
    const handler = vi.fn(() => result);
    const { run } = start(handler);
    expect(await run({ attempts: 3 })).toMatchObject({
      state: 'failed',
      failedReason: 'The job is done, but its result is nothing that JSON can carry.',
    });
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

describe('onEnd', () => {
  test('M-161 is called once for each key, however often a retry runs the layers within', async () => {
    const ends: [string, number, RunEnd['kind']][] = [];
    let layer = 0;
    const registers: Middleware<JobContext, void> = (ctx, next) => {
      const mine = ++layer;
      ctx.onEnd('letter', ({ kind }) => void ends.push(['letter', mine, kind]));
      ctx.onEnd('alert', ({ kind }) => void ends.push(['alert', mine, kind]));
      return next();
    };
    const { run } = start(
      pipeline<JobContext, void>()
        .use(retry({ clock: fakeClock(), maxAttempts: 3, backoff: { kind: 'none' } }))
        .use(registers)
        .handle(failing(new Error('broken'))),
    );
    expect(await run({ attempts: 2 })).toMatchObject({ state: 'failed' });
    expect(layer).toBe(6);
    expect(ends).toEqual([
      ['letter', 3, 'retrying'],
      ['alert', 3, 'retrying'],
      ['letter', 6, 'failed'],
      ['alert', 6, 'failed'],
    ]);
  });

  test.each<[string, () => unknown, JobOptions, RunEnd['kind']]>([
    ['a result', () => 1, {}, 'completed'],
    [
      'a failure with attempts left',
      failing(new Error('x')),
      { attempts: 2, backoff: 1e9 },
      'retrying',
    ],
    ['the last failure', failing(new Error('x')), {}, 'failed'],
    ['a final failure', failing(new UnrecoverableError('x')), { attempts: 9 }, 'failed'],
    ['a later attempt', failing(new RetryLaterError(1e9)), { attempts: 2 }, 'retrying'],
    ['a later attempt that is none', failing(new RetryLaterError(5)), {}, 'failed'],
    ['being put off', failing(new PostponedError(1e9)), {}, 'postponed'],
  ])('tells the end after %s, before the queue is told', async (_, handle, options, kind) => {
    const ends: RunEnd[] = [];
    const states: unknown[] = [];
    const { run, queue } = start(async (ctx: JobContext) => {
      ctx.onEnd('end', async (end) => {
        ends.push(end);
        states.push((await queue.get(ctx.job.id))?.state);
      });
      return handle();
    });
    await run(options, 100);
    expect(ends.map((end) => end.kind)).toEqual([kind]);
    expect(states).toEqual(['active']);
  });

  test('listeners come in order, one after the other, and none hides the outcome', async () => {
    const order: string[] = [];
    const { run, errors } = start((ctx: JobContext) => {
      ctx.onEnd('first', async () => {
        order.push('first in');
        await Promise.resolve();
        order.push('first out');
      });
      ctx.onEnd('second', failing(new Error('letters are lost')));
      ctx.onEnd('third', () => Promise.reject(new Error('mail is down')));
      ctx.onEnd('fourth', () => void order.push('fourth'));
      ctx.onEnd('first', async () => {
        order.push('first anew');
      });
      throw new Error('the job itself');
    });
    expect(await run()).toMatchObject({ state: 'failed', failedReason: 'the job itself' });
    expect(order).toEqual(['first anew', 'fourth']);
    expect(errors.map(String)).toEqual(['Error: letters are lost', 'Error: mail is down']);
  });

  test('a listener that never ends does not keep the job', async () => {
    const late = vi.fn();
    const { run, errors, clock } = start(
      (ctx: JobContext) => {
        ctx.onEnd('stuck', () => new Promise(() => {}));
        ctx.onEnd('next', late);
        return 'fine';
      },
      { onEndMs: 500 },
    );
    expect(await run({}, 499)).toMatchObject({ state: 'active' });
    await clock.advance(1);
    expect(late).toHaveBeenCalledTimes(1);
    expect(errors).toEqual([expect.objectContaining({ code: 'ON_END_TIMEOUT', key: 'stuck' })]);
    expect(clock.pending).toBe(0);
  });

  test('what is registered after the end is never called, and what is no function is refused', async () => {
    let kept: JobContext | undefined;
    const late = vi.fn();
    const { run } = start((ctx: JobContext) => {
      kept = ctx;
      expect(() => ctx.onEnd('x', 7 as never)).toThrow('Expected `listener` to be a function');
      expect(() => ctx.onEnd(7 as never, late)).toThrow('Expected `key` to be a text');
      ctx.onEnd('first', () => ctx.onEnd('second', late));
    });
    await run();
    kept?.onEnd('third', late);
    expect(late).not.toHaveBeenCalled();
  });

  test('a run whose job was taken away is put off, whatever it came to', async () => {
    const ends: RunEnd['kind'][] = [];
    const handed = pending<string>();
    const { queue, driver, clock, worker } = start(
      (ctx: JobContext) => {
        ctx.onEnd('end', ({ kind }) => void ends.push(kind));
        return ctx.redelivered ? 'second' : handed;
      },
      { leaseMs: 1000 },
    );
    const events = heard(worker);
    const { id } = await queue.add('job', 1);
    await clock.advance(0);
    driver.kill('work');
    await clock.advance(1000);
    const second = createWorker(driver, (ctx: JobContext) => `again ${ctx.redelivered}`, {
      queue: 'work',
    });
    await clock.advance(0);
    handed.resolve('too late');
    await clock.advance(0);
    expect(await queue.get(id)).toMatchObject({ result: 'again true' });
    expect(ends).toEqual(['postponed']);
    expect(events.map(([type]) => type)).toEqual(['active', 'postponed']);
    await second.close();
  });

  test('a job that has killed its workers too often ends without a run, and all layers learn of it', async () => {
    const clock = fakeClock();
    const driver = memory({ clock });
    const queue = createQueue(driver, { name: 'work' });
    const handler = vi.fn(() => new Promise<void>(() => {}));
    const ends: RunEnd[] = [];
    const entered: string[] = [];
    const layer: Middleware<JobContext, void> = (ctx, next) => {
      entered.push(ctx.job.name);
      ctx.onEnd('letter', (end) => void ends.push(end));
      return next();
    };
    const work = pipeline<JobContext, void>()
      .use(retry({ clock, maxAttempts: 5 }))
      .use(layer)
      .handle(handler);
    const { id } = await queue.add('poison', 1, { attempts: 7 });
    for (let round = 0; round < 3; round++) {
      createWorker(driver, work, { queue: 'work', leaseMs: 100, maxRedeliveries: 1 });
      await clock.advance(0);
      driver.kill('work');
      await clock.advance(100);
    }
    expect(handler).toHaveBeenCalledTimes(2);
    expect(entered).toHaveLength(3);
    expect(ends).toEqual([{ kind: 'failed', error: expect.objectContaining({ code: 'STALLED' }) }]);
    expect(await queue.get(id)).toMatchObject({ state: 'failed', attemptsMade: 1 });
    // The pipeline is as it was.
    createWorker(driver, work, { queue: 'work' });
    await queue.add('next', 1);
    await clock.advance(0);
    expect(handler).toHaveBeenCalledTimes(3);
    expect(entered).toEqual(['poison', 'poison', 'poison', 'next']);
    await driver.close();
  });
});

describe('a worker', () => {
  test('tells of runs, and counts them', async () => {
    const { run, worker, clock } = start(({ attempt }: JobContext) => {
      if (attempt < 2) throw new Error('first');
      return 'done';
    });
    const events = heard(worker);
    const job = await run({ attempts: 2, backoff: 10 });
    expect(events.map(([type]) => type)).toEqual(['active', 'retrying', 'active', 'completed']);
    expect(events[3]?.[1]).toMatchObject({ job: { id: job?.id }, result: 'done', elapsedMs: 0 });
    expect(events[1]?.[1]).toMatchObject({ error: new Error('first') });
    expect(worker.state()).toEqual({
      status: 'running',
      active: 0,
      completed: 1,
      retrying: 1,
      failed: 0,
      postponed: 0,
    });
    expect(clock.pending).toBe(0);
  });

  test('a listener that fails changes nothing, and one that has left hears nothing', async () => {
    const { run, worker, errors } = start(() => 'done');
    const left = vi.fn();
    worker.on('completed', failing(new Error('listener')));
    worker.on('completed', left)();
    expect(await run()).toMatchObject({ state: 'completed' });
    expect(errors.map(String)).toEqual(['Error: listener']);
    expect(left).not.toHaveBeenCalled();
    expect(() => worker.on('complete' as 'completed', left)).toThrow(
      'A worker has no event "complete". Did you mean "completed"?',
    );
    expect(() => worker.on('__proto__' as 'completed', left)).toThrow('no event "__proto__"');
  });

  test('what nobody wants to hear goes to the console', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const clock = fakeClock();
    const driver = memory({ clock });
    const worker = createWorker(
      driver,
      (ctx: JobContext) => ctx.onEnd('key', failing(new Error('unheard'))),
      { queue: 'work' },
    );
    const queue = createQueue(driver, { name: 'work' });
    await queue.waitFor((await queue.add('job', 1)).id);
    expect(log).toHaveBeenCalledTimes(1);
    worker.on('error', () => {});
    await queue.waitFor((await queue.add('job', 1)).id);
    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
    await worker.close();
  });

  test('begins when it is told to, and pauses', async () => {
    const { clock, worker, queue } = start(() => 'done', { autorun: false });
    const { id } = await queue.add('job', 1);
    await clock.advance(10);
    expect(worker.state().status).toBe('idle');
    expect((await queue.get(id))?.state).toBe('waiting');
    await worker.pause();
    worker.start();
    worker.start();
    await clock.advance(10);
    expect(worker.state().status).toBe('paused');
    expect((await queue.get(id))?.state).toBe('waiting');
    worker.resume();
    await clock.advance(0);
    expect((await queue.get(id))?.state).toBe('completed');
    await worker.close();
    worker.start();
    worker.resume();
    await worker.pause();
    expect(worker.state().status).toBe('closed');
    await worker.close();
  });

  test('runs several jobs at once', async () => {
    const gate = pending<void>();
    const { clock, worker, queue } = start(() => gate, { concurrency: 3 });
    await queue.addMany([1, 2, 3, 4].map((data) => ({ name: 'job', data })));
    await clock.advance(0);
    expect(worker.state().active).toBe(3);
    gate.resolve();
    await clock.advance(0);
    expect(worker.state()).toMatchObject({ active: 0, completed: 4 });
  });

  test('closes when what is under way has ended', async () => {
    const gate = pending<void>();
    const { clock, worker, queue } = start(() => gate);
    const { id } = await queue.add('job', 1);
    await clock.advance(0);
    const closed = vi.fn();
    const closing = worker.close().then(closed);
    await clock.advance(1_000_000);
    expect(closed).not.toHaveBeenCalled();
    expect(worker.state()).toMatchObject({ status: 'closing', active: 1 });
    gate.resolve();
    await closing;
    expect(worker.state()).toMatchObject({ status: 'closed', active: 0 });
    expect((await queue.get(id))?.state).toBe('completed');
    expect(clock.pending).toBe(0);
  });

  test('closes by force when the time of grace is over, and the job waits again', async () => {
    let seen: AbortSignal | undefined;
    const { clock, worker, queue } = start(({ signal }: JobContext) => {
      seen = signal;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    const events = heard(worker);
    const { id } = await queue.add('job', 1);
    await clock.advance(0);
    const closing = worker.close({ graceMs: 5_000 });
    await clock.advance(4_999);
    expect(seen?.aborted).toBe(false);
    await clock.advance(1);
    await closing;
    expect(seen?.reason).toBeInstanceOf(WorkerClosedError);
    expect(await queue.get(id)).toMatchObject({ state: 'waiting', attemptsMade: 0 });
    await clock.advance(0);
    expect(events.map(([type]) => type)).toEqual(['active', 'postponed']);
    expect(clock.pending).toBe(0);
  });

  test('leaves no timer behind when it ends within the time of grace', async () => {
    const { clock, worker } = start(() => 1);
    await worker.close({ graceMs: 5_000 });
    expect(worker.state().status).toBe('closed');
    expect(clock.pending).toBe(0);
  });

  test('closes at once by force, also with a handler that never ends', async () => {
    const { clock, worker, queue } = start(() => new Promise(() => {}));
    await queue.add('job', 1);
    await clock.advance(0);
    const graceful = worker.close();
    await worker.close({ force: true });
    await graceful;
    expect(worker.state().status).toBe('closed');
    await expect(worker.close({ graceMs: -1 })).rejects.toThrow('Expected `graceMs`');
  });

  test('is closed at the end of a scope', async () => {
    const { worker } = start(() => 1);
    await worker[Symbol.asyncDispose]();
    expect(worker.state().status).toBe('closed');
  });

  test.each<[string, object, string]>([
    ['an unknown option', { concurency: 2 }, 'Unknown option `concurency` of createWorker().'],
    ['no queue', { queue: '' }, 'Expected `queue` to be the name of a queue'],
    ['a colon', { queue: 'a:b' }, 'Expected `queue` to be the name of a queue'],
    ['concurrency', { concurrency: 0 }, 'Expected `concurrency` to be a whole number, 1 or more'],
    ['leaseMs', { leaseMs: '1' }, 'Expected `leaseMs` to be a number of milliseconds'],
    ['maxRedeliveries', { maxRedeliveries: -1 }, 'Expected `maxRedeliveries`'],
    ['limiter', { limiter: 5 }, 'Expected `limiter` to be an object'],
    ['limiter.max', { limiter: { max: 0, duration: 1 } }, 'Expected `limiter.max`'],
    ['limiter.duration', { limiter: { max: 1 } }, 'Expected `limiter.duration`'],
    ['onEndMs', { onEndMs: 0 }, 'Expected `onEndMs`'],
    ['onError', { onError: 'log' }, 'Expected `onError` to be a function'],
    ['autorun', { autorun: 1 }, 'Expected `autorun` to be true or false'],
  ])('refuses a wrong option: %s', (_, options, message) => {
    expect(() =>
      createWorker(memory(), () => 1, { queue: 'work', ...options } as WorkerOptions),
    ).toThrow(message);
  });

  test('refuses what is no handler, and no options', () => {
    expect(() => createWorker(memory(), 7 as never, { queue: 'work' })).toThrow(
      'Expected `handlers` to be an object of functions, got `7` (number).',
    );
    expect(() => createWorker(memory(), { mail: 'x' } as never, { queue: 'work' })).toThrow(
      'Expected `handlers.mail` to be a function',
    );
    expect(() => createWorker(memory(), () => 1, undefined as never)).toThrow(
      'Expected `options` to be an object',
    );
  });
});

describe('handlers by name', () => {
  test('each does the jobs of its name', async () => {
    const clock = fakeClock();
    const driver = memory({ clock });
    const queue = createQueue(driver, { name: 'work' });
    const worker = createWorker(
      driver,
      { mail: () => 'mailed', sms: () => 'texted' },
      { queue: 'work' },
    );
    const mail = await queue.add('mail', 1);
    const sms = await queue.add('sms', 1);
    expect(await queue.waitFor(mail.id)).toBe('mailed');
    expect(await queue.waitFor(sms.id)).toBe('texted');
    await worker.close();
  });

  test.each(['fax', 'constructor', '__proto__', 'toString'])(
    'a job that nobody does fails and says so: %s',
    async (name) => {
      const driver = memory({ clock: fakeClock() });
      const queue = createQueue(driver, { name: 'work' });
      const worker = createWorker(driver, { mail: () => 1 }, { queue: 'work' });
      const { id } = await queue.add(name, 1);
      await expect(queue.waitFor(id)).rejects.toThrow(
        `No handler for jobs called "${name}"; there are: mail.`,
      );
      await worker.close();
    },
  );
});
