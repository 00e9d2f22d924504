/** How drivers hand out jobs: how many at once, to whom, and when not. */
import { expect, test } from 'vitest';
import { done, onDriver, type OpenDriver } from './driver-kit.ts';
import type { Settlement } from '../src/driver.ts';

/** Settlements that a case gives out when it wants to. */
function gate(): { readonly wait: () => Promise<Settlement>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { wait: async () => (await opened, done()), open };
}

/** Lists the cases. */
export function handingOutCases(open: OpenDriver): void {
  concurrencyCases(open);
  pauseCases(open);
  closeCases(open);
  tellingCases(open);
}

function concurrencyCases(open: OpenDriver): void {
  test('so many run at once, and no more', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      let running = 0;
      let most = 0;
      const held = gate();
      const consumer = consume(
        async () => {
          most = Math.max(most, ++running);
          const settlement = await held.wait();
          running--;
          return settlement;
        },
        { concurrency: 3 },
      );
      await queue.addMany(Array.from({ length: 8 }, (_, data) => ({ name: 'n', data })));
      await kit.until(() => running === 3);
      await kit.advance(100);
      expect(consumer.deliveries).toHaveLength(3);
      expect(await queue.counts()).toMatchObject({ active: 3, waiting: 5 });
      held.open();
      await kit.until(async () => (await queue.counts()).completed === 8);
      expect(most).toBe(3);
    }));

  test('of several consumers each job has one', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const consumers = [1, 2, 3].map(() => consume(() => done(), { concurrency: 2 }));
      await queue.addMany(Array.from({ length: 60 }, (_, data) => ({ name: 'n', data })));
      await kit.until(async () => (await queue.counts()).completed === 60);
      const seen = consumers.flatMap(({ deliveries }) => deliveries.map(({ job }) => job.data));
      expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual([...Array(60).keys()]);
    }));

  test('a limiter lets so many begin within a time', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const limiter = { max: 2, duration: 300 };
      await queue.addMany(Array.from({ length: 5 }, (_, data) => ({ name: 'n', data })));
      const consumer = consume(() => done(), { concurrency: 5, limiter });
      await kit.until(async () => (await queue.counts()).completed === 5);
      // By the driver's own account: a busy machine may tell the consumer late.
      const times = consumer.deliveries
        .map(({ job }) => job.startedAtMs ?? Number.NaN)
        .toSorted((a, b) => a - b);
      // Two and two and one: the fifth is at least two windows behind the first, however the windows lie.
      expect((times[4] as number) - (times[0] as number)).toBeGreaterThanOrEqual(500);
      expect((times[2] as number) - (times[0] as number)).toBeGreaterThanOrEqual(200);
    }));
}

function pauseCases(open: OpenDriver): void {
  test('a paused queue hands out nothing until it is resumed', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      await queue.pause();
      await queue.add({ name: 'a', data: 0, options: { jobId: 'a' } });
      const consumer = consume(() => done());
      await queue.add({ name: 'b', data: 0, options: { delay: 20 } });
      await kit.advance(200);
      expect(consumer.deliveries).toHaveLength(0);
      expect((await queue.get('a'))?.state).toBe('waiting');
      expect((await queue.counts()).waiting).toBeGreaterThanOrEqual(1);
      expect((await queue.list('waiting')).map(({ id }) => id)).toContain('a');
      await queue.resume();
      await reach('a', 'completed');
      await kit.until(async () => (await queue.counts()).completed === 2);
    }));

  test('what is under way when a queue is paused goes on', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const held = gate();
      const { id } = await queue.add({ name: 'a', data: 0 });
      const consumer = consume(() => held.wait());
      await kit.until(() => consumer.deliveries.length === 1);
      await queue.pause();
      await queue.add({ name: 'b', data: 0 });
      held.open();
      await reach(id, 'completed');
      await kit.advance(100);
      expect(consumer.names()).toEqual(['a']);
    }));

  test('a paused consumption takes nothing, and another one does', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const first = consume(() => done());
      await first.consumption.pause();
      await queue.add({ name: 'a', data: 0, options: { jobId: 'a' } });
      await kit.advance(100);
      expect(first.deliveries).toHaveLength(0);
      const second = consume(() => done());
      await reach('a', 'completed');
      expect(second.names()).toEqual(['a']);
      await second.consumption.close();
      first.consumption.resume();
      await queue.add({ name: 'b', data: 0, options: { jobId: 'b' } });
      await reach('b', 'completed');
      expect(first.names()).toEqual(['b']);
    }));
}

function closeCases(open: OpenDriver): void {
  test('to close waits for what is under way, and takes no more', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const held = gate();
      await queue.addMany([1, 2].map((data) => ({ name: `n${data}`, data })));
      const consumer = consume(() => held.wait());
      await kit.until(() => consumer.deliveries.length === 1);
      let closed = false;
      const closing = consumer.consumption.close().then(() => (closed = true));
      await kit.advance(100);
      expect(closed).toBe(false);
      expect(consumer.deliveries[0]?.signal.aborted).toBe(false);
      held.open();
      await closing;
      await reach(consumer.deliveries[0]?.job.id ?? '', 'completed');
      await kit.advance(50);
      expect(consumer.names()).toEqual(['n1']);
      expect((await queue.counts()).waiting).toBe(1);
      await consumer.consumption.close();
    }));

  test('to close by force aborts, and gives the jobs back', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const held = gate();
      const { id } = await queue.add({ name: 'a', data: 0 });
      const first = consume(() => held.wait());
      await kit.until(() => first.deliveries.length === 1);
      await first.consumption.close({ force: true });
      expect(first.deliveries[0]?.signal.aborted).toBe(true);
      expect(first.deliveries[0]?.signal.reason).toBeInstanceOf(Error);
      const second = consume(() => done('by the second'));
      expect(await reach(id, 'completed')).toMatchObject({ result: 'by the second' });
      expect(second.deliveries[0]).toMatchObject({ redelivered: true, exhausted: false });
      expect(second.deliveries[0]?.job.attemptsMade).toBe(0);
      held.open();
      await kit.advance(50);
      expect((await queue.get(id))?.result).toBe('by the second');
    }));
}

function tellingCases(open: OpenDriver): void {
  test('progress and log lines are seen while the job runs, and after', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const held = gate();
      const { id } = await queue.add({ name: 'a', data: 0 });
      expect(await queue.logs(id)).toEqual([]);
      let told = false;
      consume(async (delivery) => {
        await delivery.progress(10);
        await delivery.progress({ step: 'two', of: 3 });
        await delivery.log('first line');
        await delivery.log('second – ✓');
        await delivery.renew();
        told = true;
        return held.wait();
      });
      await kit.until(() => told);
      const running = await queue.get(id);
      expect(running).toMatchObject({ state: 'active', progress: { step: 'two', of: 3 } });
      expect(await queue.logs(id)).toEqual(['first line', 'second – ✓']);
      held.open();
      expect((await reach(id, 'completed')).progress).toEqual({ step: 'two', of: 3 });
      expect(await queue.logs(id)).toEqual(['first line', 'second – ✓']);
      expect(await queue.logs('never')).toEqual([]);
    }));
}
