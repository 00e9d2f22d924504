/** What becomes of a job when a run of it ends. */
import { expect, test } from 'vitest';
import { againCases } from './again-cases.ts';
import { done, failed, onDriver, type OpenDriver } from './driver-kit.ts';

/** Lists the cases. */
export function attemptCases(open: OpenDriver): void {
  endCases(open);
  againCases(open);
  putOffCases(open);
  keepCases(open);
}

function endCases(open: OpenDriver): void {
  test('a job that is done keeps its result and its times', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const { id, addedAtMs } = await queue.add({ name: 'sum', data: [1, 2] });
      const consumer = consume(() => done({ sum: 3 }));
      const job = await reach(id, 'completed');
      expect(job).toMatchObject({ result: { sum: 3 }, attemptsMade: expect.any(Number) });
      expect(job.failedReason).toBe(undefined);
      expect(job.startedAtMs).toBeGreaterThanOrEqual(addedAtMs);
      expect(job.endedAtMs).toBeGreaterThanOrEqual(job.startedAtMs as number);
      expect(consumer.deliveries[0]).toMatchObject({ redelivered: false, exhausted: false });
      expect(consumer.deliveries[0]?.job).toMatchObject({ id, state: 'active', attemptsMade: 0 });
      expect(consumer.deliveries[0]?.signal.aborted).toBe(false);
    }));

  test('a job that fails without attempts left has failed for good, and says why', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'bad', data: 0 });
      const consumer = consume(() => failed('no "such" host'));
      const job = await reach(id, 'failed');
      expect(job).toMatchObject({ failedReason: 'no "such" host', attemptsMade: 1 });
      expect(job.result).toBe(undefined);
      expect(job.endedAtMs).toBeGreaterThan(0);
      expect(consumer.deliveries).toHaveLength(1);
    }));

  test('a final failure leaves its attempts unused, and says why', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'bad', data: 0, options: { attempts: 5 } });
      const consumer = consume(() => failed('never', { final: true }));
      expect(await reach(id, 'failed')).toMatchObject({ failedReason: 'never', attemptsMade: 1 });
      await kit.advance(100);
      expect(consumer.deliveries).toHaveLength(1);
    }));

  test('whoever waits for the end is told', () =>
    onDriver(open, async ({ queue, consume }) => {
      const good = await queue.add({ name: 'good', data: 0 });
      const bad = await queue.add({ name: 'bad', data: 0, options: { attempts: 2 } });
      const brief = await queue.add({ name: 'good', data: 0, options: { removeOnComplete: true } });
      const ends = Promise.all([good, bad, brief].map(({ id }) => queue.whenEnded(id)));
      consume(({ job }) => (job.name === 'bad' ? failed('bad luck') : done({ n: 1 })));
      const completed = { kind: 'completed', result: { n: 1 } };
      const lost = { kind: 'failed', failedReason: 'bad luck' };
      expect(await ends).toEqual([completed, lost, completed]);
      expect(await queue.whenEnded(good.id)).toEqual(completed);
      expect(await queue.whenEnded(bad.id)).toEqual(lost);
      expect(await queue.whenEnded('never')).toBe(undefined);
    }));

  test('whoever waits for the end may give up', () =>
    onDriver(open, async ({ queue }) => {
      const { id } = await queue.add({ name: 'idle', data: 0 });
      const giveUp = new AbortController();
      const waiting = queue.whenEnded(id, giveUp.signal);
      const reason = new Error('enough');
      giveUp.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await expect(queue.whenEnded(id, giveUp.signal)).rejects.toBe(reason);
    }));
}

function putOffCases(open: OpenDriver): void {
  test('a job that is put off comes back after its time, and no attempt is used', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'later', data: 0, options: { attempts: 1 } });
      let runs = 0;
      const consumer = consume(() =>
        ++runs < 3 ? { kind: 'postponed', afterMs: 100 } : done('at last'),
      );
      expect(await reach(id, 'completed')).toMatchObject({ result: 'at last' });
      expect(consumer.deliveries.map(({ job }) => job.attemptsMade)).toEqual([0, 0, 0]);
      expect(consumer.deliveries.map(({ redelivered }) => redelivered)).toEqual(
        Array(3).fill(false),
      );
      const [first, second] = consumer.times as [number, number];
      expect(second - first).toBeGreaterThanOrEqual(99);
    }));

  test('while a job is put off others have their turn', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      await queue.add({ name: 'off', data: 0, options: { jobId: 'off' } });
      await queue.add({ name: 'next', data: 0, options: { jobId: 'next' } });
      const consumer = consume(({ job }) =>
        job.name === 'off' ? { kind: 'postponed', afterMs: 60_000 } : done(),
      );
      await reach('next', 'completed');
      expect(consumer.names()).toEqual(['off', 'next']);
      const off = await reach('off', 'delayed');
      expect(off.attemptsMade).toBe(0);
      expect(off.failedReason).toBe(undefined);
    }));

  test('an instruction of the driver itself uses no attempt', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { instruct } = kit;
      const { id } = await queue.add({ name: 'own', data: 0 });
      let runs = 0;
      const consumer = consume(async (delivery) =>
        ++runs === 1 && instruct
          ? { kind: 'instruction', error: await instruct(delivery) }
          : done('obeyed'),
      );
      expect(await reach(id, 'completed')).toMatchObject({ result: 'obeyed' });
      expect(consumer.deliveries.map(({ job }) => job.attemptsMade)).toEqual(
        Array(instruct ? 2 : 1).fill(0),
      );
    }));
}

function keepCases(open: OpenDriver): void {
  test('what is not to be kept is gone at its end', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const good = await queue.add({ name: 'good', data: 0, options: { removeOnComplete: true } });
      const bad = await queue.add({ name: 'bad', data: 0, options: { removeOnFail: true } });
      consume(({ job }) => (job.name === 'good' ? done() : failed()));
      await kit.until(async () => !(await queue.get(good.id)) && !(await queue.get(bad.id)));
      expect(await queue.counts()).toMatchObject({ completed: 0, failed: 0, active: 0 });
    }));

  test('so many are kept as were asked for, the last ones', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const options = { removeOnComplete: 2, removeOnFail: { count: 1 } };
      for (const name of ['g1', 'b1', 'g2', 'b2', 'g3', 'b3']) {
        await queue.add({ name, data: 0, options: { ...options, jobId: name } });
      }
      const consumer = consume(({ job }) => (job.name.startsWith('g') ? done() : failed()));
      await kit.until(
        async () =>
          consumer.deliveries.length === 6 &&
          (await queue.counts()).active === 0 &&
          (await queue.get('b3'))?.state === 'failed',
      );
      expect((await queue.list('completed')).map(({ id }) => id)).toEqual(['g3', 'g2']);
      expect((await queue.list('failed')).map(({ id }) => id)).toEqual(['b3']);
      expect(await queue.get('g1')).toBe(undefined);
    }));
}
