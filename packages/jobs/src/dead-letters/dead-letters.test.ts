/** Tests of deadLetters, and of deadLetter with a real queue and worker. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { StalledError, UnrecoverableError } from '../errors.ts';
import type { JobOptions } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import { deadLetter } from '../middleware/dead-letter.ts';
import { createWorker } from '../worker/worker.ts';
import { deadLetters, type DeadLettersOptions } from './dead-letters.ts';

type Handler = (ctx: JobContext) => unknown;

const failing: Handler = ({ data }) => {
  throw new TypeError('no', { cause: new Error(`cause of ${JSON.stringify(data)}`) });
};

function setUp(options: DeadLettersOptions = {}) {
  const clock = fakeClock();
  const driver = memory({ clock });
  const queue = driver.queue('mail');
  const letters = deadLetters(driver, { queue: 'mail', clock, ...options });
  const errors: unknown[] = [];
  return {
    clock,
    driver,
    queue,
    letters,
    errors,
    /** Lets all that waits run, and what comes of it. */
    async work(handler: Handler, forMs = 0, more: { maxRedeliveries?: number } = {}) {
      const serve = pipeline<JobContext, unknown>({ answersNothing: true })
        .use(retry({ maxAttempts: 2, backoff: 'none', budget: false, clock }))
        .use(deadLetter({ letters }))
        .handle(handler as never);
      const onError = (error: unknown) => void errors.push(error);
      const worker = createWorker(driver, serve, { queue: 'mail', clock, onError, ...more });
      await clock.advance(forMs);
      await settle();
      await worker.close();
    },
    add: (data: unknown, more: JobOptions = {}, name = 'send') =>
      queue.add({ name, data, options: more }),
  };
}

describe('a letter', () => {
  test('M-141 says why, after how many attempts, from where, with what, and when', async () => {
    const { clock, work, add, letters, queue } = setUp();
    const startMs = clock.wall();
    const { id } = await add({ to: 'ada', token: 't' }, { attempts: 2, backoff: 1000 });
    await work(failing);
    expect(await letters.count()).toBe(0);
    await work(failing, 1000);
    expect((await queue.get(id))?.state).toBe('failed');
    const [letter, ...others] = await letters.list();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      jobId: id,
      queue: 'mail',
      name: 'send',
      data: { to: 'ada', token: 't' },
      options: { attempts: 2, backoff: 1000 },
      reason: 'attempts',
      redelivered: false,
      addedAtMs: startMs,
      failedAtMs: startMs + 1000,
    });
    expect(letter?.error).toMatchObject({
      type: 'TypeError',
      message: 'no',
      cause: { type: 'Error' },
    });
    expect(letter?.error.stack).toContain('dead-letters.test.ts');
    expect(await letters.get(id)).toEqual(letter);
  });

  test('M-141 M-161 there is one, however often a retry has run it, and it counts them all', async () => {
    const { work, add, letters } = setUp();
    const { id } = await add(1, { attempts: 2 });
    await work(failing);
    expect((await letters.get(id))?.attempts).toBe(4);
    expect(await letters.count()).toBe(1);
  });

  test('M-141 an error that says so leaves one at once, and gives the reason', async () => {
    const { work, add, letters } = setUp();
    const { id } = await add(1, { attempts: 5 });
    await work(() => {
      throw new UnrecoverableError('there is no such account');
    });
    expect(await letters.get(id)).toMatchObject({ reason: 'unrecoverable', attempts: 1 });
  });

  test('of a job that its workers died of says so', async () => {
    const { clock, driver, work, add, letters, queue } = setUp();
    const { id } = await add(1);
    const dying = createWorker(driver, () => new Promise(() => {}), {
      queue: 'mail',
      clock,
      leaseMs: 1000,
      maxRedeliveries: 0,
    });
    await settle();
    driver.kill('mail');
    await clock.advance(2000);
    await work(failing, 60_000, { maxRedeliveries: 0 });
    await dying.close({ force: true });
    expect((await queue.get(id))?.state).toBe('failed');
    expect(await letters.list()).toMatchObject([
      { reason: 'stalled', redelivered: true, error: { code: 'STALLED' } },
    ]);
  });

  test('is not kept by a run that has lost its lease, and goes when a second run succeeds', async () => {
    const { clock, driver, add, letters, queue } = setUp();
    const { id } = await add(1);
    await letters.put({
      jobId: id,
      queue: 'mail',
      name: 'send',
      data: 1,
      options: {},
      reason: 'attempts',
      error: { type: 'Error', message: 'the first run' },
      attempts: 1,
      redelivered: false,
      addedAtMs: 0,
      failedAtMs: 0,
    });
    createWorker(driver, () => new Promise(() => {}), { queue: 'mail', clock, leaseMs: 1000 });
    await settle();
    driver.kill('mail');
    const serve = pipeline<JobContext, unknown>()
      .use(deadLetter({ letters }))
      .handle(() => 'done');
    const second = createWorker(driver, serve, { queue: 'mail', clock });
    await clock.advance(2000);
    expect((await queue.get(id))?.state).toBe('completed');
    expect(await letters.count()).toBe(0);
    await second.close();
  });

  test('that cannot be kept is reported, and the job has failed all the same', async () => {
    const { work, add, queue, errors, driver } = setUp();
    await driver.queue('mail.dead').pause();
    const { id } = await add(1);
    driver.queue('mail.dead').add = () => Promise.reject(new Error('full'));
    await work(failing);
    expect(errors).toEqual([new Error('full')]);
    expect((await queue.get(id))?.state).toBe('failed');
  });
});

describe('requeue', () => {
  test('M-141 puts the job back with its data and options and all its attempts, and drops the letter', async () => {
    const { work, add, letters, queue } = setUp();
    const { id } = await add({ to: 'ada' }, { attempts: 2 });
    await work(failing);
    await work(failing);
    expect(await letters.count()).toBe(1);
    const job = await letters.requeue(id);
    expect(job).toMatchObject({ id, data: { to: 'ada' }, attemptsMade: 0, state: 'waiting' });
    expect(await letters.count()).toBe(0);
    const seen: unknown[] = [];
    await work((ctx) => seen.push([ctx.attempt, ctx.maxAttempts]));
    expect(seen).toEqual([[1, 2]]);
    expect((await queue.get(id))?.state).toBe('completed');
    expect(await letters.count()).toBe(0);
  });

  test('M-141 adds the job anew where its queue has forgotten it, once however often it is tried', async () => {
    const { work, add, letters, queue } = setUp();
    const { id } = await add(7, { removeOnFail: true, delay: 10, priority: 3 });
    await work(failing, 10);
    expect(await queue.get(id)).toBe(undefined);
    const [letter] = await letters.list();
    const job = await letters.requeue(id);
    expect(job).toMatchObject({ id: `${id}.again`, data: 7, state: 'waiting' });
    expect(job?.options).toMatchObject({ removeOnFail: true, priority: 3 });
    expect(job?.options).not.toHaveProperty('delay');
    // As if it had been interrupted before the letter was dropped.
    if (letter) await letters.put(letter);
    expect((await letters.requeue(id))?.id).toBe(`${id}.again`);
    expect((await queue.counts()).waiting).toBe(1);
    await work(failing);
    expect((await letters.requeue(`${id}.again`))?.id).toBe(`${id}.again`);
  });

  test('keeps an id of its own', async () => {
    const { work, add, letters } = setUp();
    await add(7, { removeOnFail: true, jobId: 'order:5' });
    await work(failing);
    expect((await letters.requeue('order:5'))?.id).toBe('order:5');
  });

  test('leaves alone what is under way, what was done since, and what has no letter', async () => {
    const { work, add, letters, queue } = setUp();
    const { id } = await add(1);
    await work(failing);
    const [letter] = await letters.list();
    await queue.retry(id);
    await work(async () => {
      expect(await letters.requeue(id)).toBe(undefined);
      expect(await letters.count()).toBe(1);
    });
    if (letter) await letters.put(letter);
    expect(await letters.requeue(id)).toBe(undefined);
    expect(await letters.count()).toBe(0);
    expect(await letters.requeue('nobody')).toBe(undefined);
    expect((await queue.counts()).waiting).toBe(0);
  });

  test('M-141 many go back by what they have in common', async () => {
    const { work, add, letters, queue } = setUp();
    for (let index = 0; index < 250; index++) await add(index, {}, index % 2 ? 'odd' : 'even');
    await work(failing);
    expect(await letters.count()).toBe(250);
    expect(await letters.requeueAll({ name: 'odd', errorType: 'TypeError' })).toBe(125);
    expect([await letters.count(), (await queue.counts()).waiting]).toEqual([125, 125]);
    expect(await letters.requeueAll({ errorType: 'RangeError' })).toBe(0);
    expect(await letters.requeueAll()).toBe(125);
  });
});

describe('looking and throwing away', () => {
  test('M-141 letters are listed from the oldest, by name, class of error and age, page by page', async () => {
    const { work, add, letters, clock } = setUp();
    for (let index = 0; index < 3; index++) {
      await add(index, {}, `job-${index}`);
      await work(failing);
      await clock.advance(1000);
    }
    const names = async (query?: object) => (await letters.list(query)).map(({ name }) => name);
    expect(await names()).toEqual(['job-0', 'job-1', 'job-2']);
    expect(await names({ name: 'job-1' })).toEqual(['job-1']);
    expect(await names({ olderThanMs: 1500 })).toEqual(['job-0', 'job-1']);
    expect(await names({ reason: 'unrecoverable' })).toEqual([]);
    expect(await names({ offset: 1, limit: 1 })).toEqual(['job-1']);
  });

  test('M-141 are purged by age and by what they have in common; all of them only if that is said', async () => {
    const { work, add, letters, clock } = setUp();
    await add(1);
    await work(failing);
    await clock.advance(1000);
    await add(2);
    await work(failing);
    expect(await letters.purge({ olderThanMs: 500 })).toBe(1);
    await expect(letters.purge({})).rejects.toThrow('`all: true`');
    await expect(letters.purge({ queue: 'mail' })).rejects.toThrow('`all: true`');
    expect(await letters.count()).toBe(1);
    expect(await letters.purge({ all: true })).toBe(1);
    expect(await letters.count()).toBe(0);
  });

  test('M-141 no more are kept than may be, the newest of them, and none for longer than it may', async () => {
    const { work, add, letters, clock } = setUp({ retention: { maxLetters: 3, maxAgeMs: 1000 } });
    for (let index = 0; index < 5; index++) await add(index);
    await work(failing);
    expect((await letters.list()).map(({ data }) => data)).toEqual([2, 3, 4]);
    await clock.advance(1001);
    await add(5);
    await work(failing);
    expect((await letters.list()).map(({ data }) => data)).toEqual([5]);
  });

  test('reconcile makes up for what was interrupted', async () => {
    const { clock, driver, queue, add, letters } = setUp();
    const { id } = await add({ to: 'ada' });
    const bare = createWorker(driver, failing, { queue: 'mail', clock });
    await settle();
    await bare.close();
    expect(await letters.reconcile()).toEqual({ added: 1, dropped: 0 });
    expect(await letters.get(id)).toMatchObject({
      data: { to: 'ada' },
      reason: 'attempts',
      error: { message: 'no' },
    });
    expect(await letters.reconcile()).toEqual({ added: 0, dropped: 0 });
    await queue.retry(id);
    const better = createWorker(driver, () => 1, { queue: 'mail', clock });
    await settle();
    await better.close();
    expect(await letters.reconcile()).toEqual({ added: 0, dropped: 1 });
  });

  test('ids that differ have letters that differ', async () => {
    const { work, add, letters } = setUp();
    const ids = ['a:b', 'a%3Ab', '__proto__', 'constructor', 'dead-a'];
    for (const jobId of ids) await add(jobId, { jobId });
    await work(failing);
    expect((await letters.list()).map(({ jobId }) => jobId)).toEqual(ids);
    for (const id of ids) expect((await letters.get(id))?.data).toBe(id);
    expect(await letters.discard('a:b')).toBe(true);
    expect(await letters.discard('a:b')).toBe(false);
    expect(await letters.count()).toBe(4);
  });

  test('a queue has to be meant, and options and queries are checked', async () => {
    const { driver } = setUp();
    const anywhere = deadLetters(driver);
    await expect(anywhere.list()).rejects.toThrow('Expected `queue` to be the name of a queue');
    expect(await anywhere.list({ queue: 'mail' })).toEqual([]);
    await expect(anywhere.list({ queue: 'mail', limit: -1 })).rejects.toThrow('`limit`');
    await expect(anywhere.list({ queue: 'mail', nam: 'x' } as never)).rejects.toThrow('"name"');
    expect(() => deadLetters({} as never)).toThrow('Expected `driver`');
    expect(() => deadLetters(driver, { queue: 5 as never })).toThrow('Expected `queue`');
    expect(() => deadLetters(driver, { retention: { maxLetters: 0 } })).toThrow('`maxLetters`');
    expect(() => deadLetters(driver, { retention: { maxAge: 1 } as never })).toThrow('maxAgeMs');
    expect(() => deadLetters(driver, { name: 'x' } as never)).toThrow('Unknown option');
    expect(() => deadLetter({ letters: {} as never })).toThrow('Expected `letters`');
    expect(StalledError.code).toBe('STALLED');
  });
});
