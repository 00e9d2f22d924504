/** What drivers owe to those who add jobs and ask for them. */
import { expect, test } from 'vitest';
import { dataCases } from './data-cases.ts';
import { done, failed, NO_JOBS, onDriver, type OpenDriver } from './driver-kit.ts';

/** Lists the cases. */
export function addingCases(open: OpenDriver): void {
  dataCases(open);
  idCases(open);
  askingCases(open);
}

function idCases(open: OpenDriver): void {
  test('a job whose id is there already is not added a second time', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const first = await queue.add({ name: 'one', data: 1, options: { jobId: 'same' } });
      const second = await queue.add({ name: 'two', data: 2, options: { jobId: 'same' } });
      expect(first.id).toBe('same');
      expect(second).toMatchObject({ id: 'same', name: 'one', data: 1 });
      expect(await queue.counts()).toEqual({ ...NO_JOBS, waiting: 1 });
      const { consumption } = consume(() => done());
      await reach('same', 'completed');
      await consumption.close();
      const third = await queue.add({ name: 'three', data: 3, options: { jobId: 'same' } });
      expect(third).toMatchObject({ name: 'one', state: 'completed' });
      expect(await queue.counts()).toEqual({ ...NO_JOBS, completed: 1 });
      expect(await queue.remove('same')).toBe(true);
      const fourth = await queue.add({ name: 'four', data: 4, options: { jobId: 'same' } });
      expect(fourth).toMatchObject({ name: 'four', state: 'waiting' });
    }));

  test.each(['__proto__', 'constructor', 'toString'])('an id may be %s', (jobId) =>
    onDriver(open, async ({ queue, consume, reach }) => {
      expect(await queue.get(jobId)).toBe(undefined);
      await queue.add({ name: 'odd', data: 1, options: { jobId } });
      consume(() => done('fine'));
      expect(await reach(jobId, 'completed')).toMatchObject({ id: jobId, result: 'fine' });
    }),
  );

  test('many are added in order, each with an id of its own', () =>
    onDriver(open, async ({ queue }) => {
      const jobs = Array.from({ length: 250 }, (_, index) => ({ name: `n${index}`, data: index }));
      const added = await queue.addMany(jobs);
      expect(added.map(({ name }) => name)).toEqual(jobs.map(({ name }) => name));
      expect(new Set(added.map(({ id }) => id)).size).toBe(250);
      expect((await queue.counts()).waiting).toBe(250);
      expect(await queue.addMany([])).toEqual([]);
    }));

  test('queues do not see each other', () =>
    onDriver(open, async ({ driver, queue, name }) => {
      const other = driver.queue(`${name}-other`);
      await queue.add({ name: 'here', data: 1, options: { jobId: 'same' } });
      await other.add({ name: 'there', data: 2, options: { jobId: 'same' } });
      expect(await queue.get('same')).toMatchObject({ name: 'here', queue: name });
      expect(await other.get('same')).toMatchObject({ name: 'there', queue: `${name}-other` });
      expect((await other.counts()).waiting).toBe(1);
    }));
}

function askingCases(open: OpenDriver): void {
  test('jobs are counted and listed by state', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      await queue.add({ name: 'bad', data: 0, options: { jobId: 'bad' } });
      for (const jobId of ['b', 'c', 'd']) {
        await queue.add({ name: 'good', data: 0, options: { jobId } });
      }
      const consumer = consume(({ job }) => (job.name === 'bad' ? failed() : done()));
      await reach('d', 'completed');
      await consumer.consumption.close();
      await queue.add({ name: 'late', data: 0, options: { jobId: 'late', delay: 60_000 } });
      await queue.add({ name: 'w', data: 0, options: { jobId: 'w1' } });
      await queue.add({ name: 'w', data: 0, options: { jobId: 'w2' } });
      await queue.add({ name: 'w', data: 0, options: { jobId: 'w3', priority: 2 } });
      await kit.until(async () => (await queue.counts()).waiting === 3);
      expect(await queue.counts()).toEqual({
        waiting: 3,
        delayed: 1,
        active: 0,
        completed: 3,
        failed: 1,
      });
      const ids = async (...args: Parameters<typeof queue.list>) =>
        (await queue.list(...args)).map(({ id }) => id);
      expect(await ids('waiting')).toEqual(['w1', 'w2', 'w3']);
      expect(await ids('waiting', { offset: 1, limit: 1 })).toEqual(['w2']);
      expect(await ids('waiting', { offset: 1 })).toEqual(['w2', 'w3']);
      expect(await ids('waiting', { offset: 9 })).toEqual([]);
      expect(await ids('waiting', { limit: 0 })).toEqual([]);
      expect(await ids('delayed')).toEqual(['late']);
      expect(await ids('active')).toEqual([]);
      expect(await ids('completed')).toEqual(['d', 'c', 'b']);
      expect(await ids('completed', { limit: 2 })).toEqual(['d', 'c']);
      expect(await ids('failed')).toEqual(['bad']);
    }));

  test('a job is removed, unless it is under way', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'gone', data: 1 });
      await queue.add({ name: 'later', data: 1, options: { jobId: 'later', delay: 60_000 } });
      expect(await queue.remove(id)).toBe(true);
      expect(await queue.remove('later')).toBe(true);
      expect(await queue.get(id)).toBe(undefined);
      expect(await queue.remove(id)).toBe(false);
      expect(await queue.remove('never')).toBe(false);
      expect(await queue.counts()).toEqual(NO_JOBS);
      let finish!: () => void;
      const waits = new Promise<void>((resolve) => (finish = resolve));
      const busy = await queue.add({ name: 'busy', data: 1 });
      const consumer = consume(async () => (await waits, done()));
      await kit.until(() => consumer.deliveries.length === 1);
      expect(await queue.remove(busy.id)).toBe(false);
      finish();
      await reach(busy.id, 'completed');
      expect(await queue.remove(busy.id)).toBe(true);
      expect(await queue.counts()).toEqual(NO_JOBS);
    }));
}
