/** The memory driver keeps the contract, is exact in virtual time, and stays within bounds. */
import { fakeClock, seededRandom, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driverContract } from '../../test-kit/driver-contract.ts';
import { memoryKit } from '../../test-kit/memory-kit.ts';
import type { Consumer, Delivery } from '../driver.ts';
import { WorkerClosedError } from '../errors.ts';
import type { BackoffOptions, JobOptions } from '../job.ts';
import { memory, type MemoryOptions } from './memory-driver.ts';

driverContract('memory', memoryKit);

function open(options: MemoryOptions = {}) {
  const clock = fakeClock();
  const driver = memory({ clock, ...options });
  const queue = driver.queue('q');
  const take = (consumer: Consumer, concurrency = 1) =>
    driver.consume('q', { concurrency, leaseMs: 1_000, maxRedeliveries: 1 }, consumer);
  return { clock, driver, queue, take };
}

const fails: Consumer = () =>
  Promise.resolve({ kind: 'failed', error: new Error('x'), final: false });
const succeeds: Consumer = () => Promise.resolve({ kind: 'completed', result: 1 });

test('whoever hears of the end of a lease needs no signal, and hears of one that has come at once', async () => {
  const { queue, take } = open();
  let delivery: Delivery | undefined;
  const consumption = take((given) => ((delivery = given), new Promise(() => {})));
  await queue.add({ name: 'n', data: 0 });
  await settle();
  const heard: unknown[] = [];
  delivery?.onAbort?.((reason) => heard.push(reason));
  expect([heard, delivery?.isAborted]).toEqual([[], false]);
  await consumption.close({ force: true });
  delivery?.onAbort?.((reason) => heard.push(reason));
  expect([heard.length, heard[0] === heard[1], delivery?.isAborted]).toEqual([2, true, true]);
  expect(heard[0]).toBeInstanceOf(WorkerClosedError);
  expect(delivery?.signal.reason).toBe(heard[0]);
});

describe('in virtual time', () => {
  const pauses = async (backoff: JobOptions['backoff'], options: MemoryOptions = {}) => {
    const { clock, queue, take } = open(options);
    const times: number[] = [];
    take((delivery) => (times.push(clock.now()), fails(delivery)));
    await queue.add({
      name: 'n',
      data: 0,
      options: { attempts: 5, ...(backoff === undefined ? {} : { backoff }) },
    });
    await clock.runAll();
    return times.slice(1).map((time, index) => time - (times[index] as number));
  };

  test.each<[string, JobOptions['backoff'], number[]]>([
    ['none', undefined, [0, 0, 0, 0]],
    ['a number', 30, [30, 30, 30, 30]],
    ['fixed', { type: 'fixed', delay: 25 }, [25, 25, 25, 25]],
    ['exponential', { type: 'exponential', delay: 10 }, [10, 20, 40, 80]],
    ['exponential of nothing', { type: 'exponential', delay: 0 }, [0, 0, 0, 0]],
  ])('the pauses between attempts are exact: %s', async (_, backoff, expected) => {
    expect(await pauses(backoff)).toEqual(expected);
  });

  test.each<[number, number[]]>([
    [0, [500, 1_000, 2_000, 4_000]],
    [0.5, [750, 1_500, 3_000, 6_000]],
  ])('jitter leaves its share of a pause to chance (%d)', async (chance, expected) => {
    const backoff: BackoffOptions = { type: 'exponential', delay: 1_000, jitter: 0.5 };
    expect(await pauses(backoff, { random: () => chance })).toEqual(expected);
  });

  test('a delay ends to the millisecond', async () => {
    const { clock, queue, take } = open();
    const seen: Delivery[] = [];
    take((delivery) => (seen.push(delivery), succeeds(delivery)));
    await queue.add({ name: 'n', data: 0, options: { delay: 500 } });
    await clock.advance(499);
    expect(seen).toHaveLength(0);
    await clock.advance(1);
    expect(seen).toHaveLength(1);
  });

  test('jobs that are due at once come in the order in which they were added', async () => {
    const { clock, queue, take } = open();
    const names: string[] = [];
    for (const name of ['a', 'b', 'c']) await queue.add({ name, data: 0, options: { delay: 10 } });
    take((delivery) => (names.push(delivery.job.name), succeeds(delivery)));
    await clock.advance(10);
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test('a lease ends to the millisecond, and whoever had it learns so', async () => {
    const { clock, driver, queue, take } = open();
    const seen: Delivery[] = [];
    const hang: Consumer = (delivery) => (seen.push(delivery), new Promise(() => {}));
    take(hang);
    const { id } = await queue.add({ name: 'n', data: 0 });
    await settle();
    driver.kill('q');
    await clock.advance(999);
    expect((await queue.get(id))?.state).toBe('active');
    take(hang);
    await clock.advance(1);
    expect(seen.map(({ redelivered }) => redelivered)).toEqual([false, true]);
    expect(seen[0]?.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    expect(seen[1]?.signal.aborted).toBe(false);
    await driver.close();
  });

  test('a limiter opens to the millisecond', async () => {
    const { clock, driver, queue } = open();
    const times: number[] = [];
    await queue.addMany(Array.from({ length: 5 }, () => ({ name: 'n', data: 0 })));
    const limiter = { max: 2, duration: 100 };
    driver.consume(
      'q',
      { concurrency: 9, leaseMs: 1_000, maxRedeliveries: 1, limiter },
      (delivery) => (times.push(clock.now()), succeeds(delivery)),
    );
    await clock.advance(1_000);
    expect(times).toEqual([0, 0, 100, 100, 200]);
  });

  test('an instruction that it does not know puts the job off for a second', async () => {
    const { clock, queue, take } = open();
    const times: number[] = [];
    take((delivery) => {
      times.push(clock.now());
      return times.length > 1
        ? succeeds(delivery)
        : Promise.resolve({ kind: 'instruction', error: new Error('unknown') });
    });
    const { id } = await queue.add({ name: 'n', data: 0 });
    await clock.runAll();
    expect(times).toEqual([0, 1_000]);
    expect(await queue.get(id)).toMatchObject({ state: 'completed', attemptsMade: 0 });
  });

  test('beats of a scheduler that nobody was there for are left out', async () => {
    const { clock, queue, take } = open();
    await queue.schedule('s', { every: 100 }, { name: 'n', data: 0 });
    await clock.advance(550);
    const times: number[] = [];
    take((delivery) => (times.push(clock.now()), succeeds(delivery)));
    await clock.advance(400);
    expect(times).toEqual([550, 600, 700, 800, 900]);
  });

  test('nothing is left behind when nobody takes jobs', async () => {
    const { clock, driver, queue, take } = open();
    const consumption = take(succeeds);
    await queue.add({ name: 'n', data: 0, options: { delay: 1_000 } });
    await clock.advance(1);
    expect(clock.pending).toBe(1);
    await consumption.close();
    await clock.advance(1);
    expect(clock.pending).toBe(0);
    take(succeeds);
    await driver.close();
    await clock.advance(1);
    expect(clock.pending).toBe(0);
  });
});

describe('bounds', () => {
  test('the oldest of those that have ended go', async () => {
    const { clock, queue, take } = open({ maxEnded: 3 });
    take(succeeds);
    await queue.addMany(Array.from({ length: 5 }, (_, data) => ({ name: 'n', data })));
    await clock.advance(0);
    expect((await queue.list('completed')).map(({ data }) => data)).toEqual([4, 3, 2]);
  });

  test('what is too old goes when the next one ends', async () => {
    const { clock, queue, take } = open();
    take(succeeds);
    const add = () => queue.add({ name: 'n', data: 0, options: { removeOnComplete: { age: 60 } } });
    const first = await add();
    await clock.advance(60_000);
    await add();
    await clock.advance(0);
    expect(await queue.get(first.id)).toBeDefined();
    await clock.advance(1);
    await add();
    await clock.advance(0);
    expect(await queue.get(first.id)).toBe(undefined);
    expect((await queue.counts()).completed).toBe(2);
  });

  test('the last lines of a log are kept', async () => {
    const { clock, queue, take } = open({ maxLogLines: 2 });
    take(async (delivery) => {
      for (const line of ['a', 'b', 'c']) await delivery.log(line);
      return succeeds(delivery);
    });
    const { id } = await queue.add({ name: 'n', data: 0 });
    await clock.advance(0);
    expect(await queue.logs(id)).toEqual(['b', 'c']);
  });

  test('what a run says after its end reaches nobody', async () => {
    const { clock, queue, take } = open();
    let kept: Delivery | undefined;
    take((delivery) => ((kept = delivery), succeeds(delivery)));
    const { id } = await queue.add({ name: 'n', data: 0 });
    await clock.advance(0);
    await kept?.log('late');
    await kept?.progress(99);
    await expect(kept?.renew()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(kept?.progress({ big: 1n })).rejects.toThrow('Expected `progress.big`');
    expect(await queue.logs(id)).toEqual([]);
    expect((await queue.get(id))?.progress).toBe(0);
  });

  test.each<[object, string]>([
    [{ maxEnd: 1 }, 'Unknown option `maxEnd` of memory. Did you mean "maxEnded"?'],
    [{ maxEnded: -1 }, 'Expected `maxEnded` to be a whole number, 0 or more'],
    [{ maxLogLines: 0.5 }, 'Expected `maxLogLines`'],
  ])('a wrong option is refused: %j', (options, message) => {
    expect(() => memory(options)).toThrow(message);
  });
});

describe('faults', () => {
  test('jobs that add each other without end let others have their turn', async () => {
    const { queue, take, driver } = open();
    let runs = 0;
    take(async (delivery) => {
      runs++;
      await queue.add({ name: 'n', data: 0, options: { removeOnComplete: true } });
      return succeeds(delivery);
    });
    await queue.add({ name: 'n', data: 0 });
    await settle();
    await settle();
    await driver.close();
    expect(runs).toBeGreaterThan(100);
  });

  test('a consumer that throws has failed, and the listener is told', async () => {
    const { clock, queue, take } = open();
    const errors: Error[] = [];
    const consumption = take(() => {
      throw new Error('broken consumer');
    });
    consumption.onError((error) => void errors.push(error));
    const { id } = await queue.add({ name: 'n', data: 0 });
    await clock.advance(0);
    expect(await queue.get(id)).toMatchObject({ state: 'failed', failedReason: 'broken consumer' });
    expect(errors.map(String)).toEqual(['Error: broken consumer']);
  });

  test('a result that cannot be written is a failure', async () => {
    const { clock, queue, take } = open();
    take(() => Promise.resolve({ kind: 'completed', result: 1n }));
    const { id } = await queue.add({ name: 'n', data: 0 });
    await clock.advance(0);
    expect(await queue.get(id)).toMatchObject({ state: 'failed' });
  });

  test('a driver that is closed hands out nothing more', async () => {
    const { driver, queue, take } = open();
    await driver.close();
    await driver.close();
    expect(() => take(succeeds)).toThrow('"memory" has been disposed of');
    await queue.add({ name: 'n', data: 0 });
    expect((await queue.counts()).waiting).toBe(1);
  });
});

test('any mixture of jobs is handed out by priority and arrival, whatever is removed', async () => {
  const jobs = fc.array(
    fc.record({ priority: fc.integer({ min: 0, max: 4 }), lifo: fc.boolean(), gone: fc.boolean() }),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, async (wanted) => {
      const { clock, queue, take, driver } = open({ random: seededRandom(1) });
      const line: { id: string; priority: number }[] = [];
      for (const { priority, lifo } of wanted) {
        const { id } = await queue.add({ name: 'n', data: 0, options: { priority, lifo } });
        if (lifo && priority === 0) line.unshift({ id, priority });
        else line.push({ id, priority });
      }
      const expected = line.toSorted((a, b) => a.priority - b.priority).map(({ id }) => id);
      const ids = (await queue.list('waiting', { limit: 100 })).map(({ id }) => id);
      expect(ids).toEqual(expected);
      const gone = new Set(ids.filter((_, index) => wanted[index]?.gone));
      for (const id of gone) expect(await queue.remove(id)).toBe(true);
      const seen: string[] = [];
      take((delivery) => (seen.push(delivery.job.id), succeeds(delivery)));
      await clock.advance(0);
      expect(seen).toEqual(expected.filter((id) => !gone.has(id)));
      await driver.close();
    }),
    { numRuns: 60 },
  );
});

test('any mixture of delays is handed out in the order of time', async () => {
  const delays = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(delays, async (wanted) => {
      const { clock, queue, take, driver } = open();
      const jobs = await queue.addMany(
        wanted.map((delay) => ({ name: 'n', data: delay, options: { delay } })),
      );
      const left = jobs.filter((_, index) => index % 3 !== 1);
      for (const job of jobs) if (!left.includes(job)) await queue.remove(job.id);
      const listed = await queue.list('delayed');
      const seen: unknown[] = [];
      take((delivery) => (seen.push(delivery.job.id), succeeds(delivery)));
      await clock.advance(50);
      const expected = left.toSorted((a, b) => Number(a.data) - Number(b.data));
      expect(listed.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      expect(seen).toEqual(expected.map(({ id }) => id));
      await driver.close();
    }),
    { numRuns: 60 },
  );
});

test(
  'a hundred thousand waiting jobs cost no more each than a few',
  { timeout: 20_000 },
  async () => {
    const costMs = async (count: number): Promise<number> => {
      const { queue, take, driver } = open();
      const jobs = Array.from({ length: count }, (_, data) => ({
        name: 'n',
        data,
        options: { priority: data % 1_000, removeOnComplete: true },
      }));
      const from = process.cpuUsage();
      await queue.addMany(jobs);
      let left = count;
      await new Promise<void>((resolve) => {
        take((delivery) => (--left === 0 && resolve(), succeeds(delivery)), 10);
      });
      const { user, system } = process.cpuUsage(from);
      expect((await queue.counts()).waiting).toBe(0);
      await driver.close();
      return (user + system) / count;
    };
    await costMs(5_000);
    const few = await costMs(5_000);
    // A search through those that wait would make it twenty times as dear.
    expect(await costMs(100_000)).toBeLessThan(few * 6);
  },
);
