/** How drivers add jobs again and again. */
import { expect, test } from 'vitest';
import { done, onDriver, type OpenDriver } from './driver-kit.ts';

/** Lists the cases. */
export function schedulerCases(open: OpenDriver): void {
  test('a scheduler adds jobs, so far apart', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const consumer = consume(() => done());
      await queue.schedule('tick', { every: 150 }, { name: 'tick', data: { n: 1 } });
      await kit.until(() => consumer.deliveries.length >= 4);
      await queue.unschedule('tick');
      expect(consumer.deliveries[0]?.job).toMatchObject({ name: 'tick', data: { n: 1 } });
      const ids = consumer.deliveries.map(({ job }) => job.id);
      expect(new Set(ids).size).toBe(ids.length);
      const [first, , , fourth] = consumer.times as [number, number, number, number];
      // The first may come between two beats, so that only two whole ones are sure.
      expect(fourth - first).toBeGreaterThanOrEqual(299);
    }));

  test('a scheduler ends at its limit', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const consumer = consume(() => done());
      await queue.schedule('three', { every: 60, limit: 3 }, { name: 'n', data: 0 });
      await kit.until(async () => (await queue.counts()).completed === 3);
      await kit.advance(300);
      expect(consumer.deliveries).toHaveLength(3);
      expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 0 });
    }));

  test('a scheduler that is taken away adds no more', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const consumer = consume(() => done());
      await queue.schedule('tick', { every: 80 }, { name: 'tick', data: 0 });
      await kit.until(() => consumer.deliveries.length >= 2);
      expect(await queue.unschedule('tick')).toBe(true);
      await kit.advance(100);
      const seen = consumer.deliveries.length;
      await kit.advance(300);
      expect(consumer.deliveries).toHaveLength(seen);
      expect(await queue.unschedule('tick')).toBe(false);
      expect(await queue.unschedule('never')).toBe(false);
    }));

  test('a second scheduler of the same id takes the place of the first', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      await queue.schedule('s', { every: 60_000 }, { name: 'old', data: 0 });
      await queue.schedule('s', { every: 80 }, { name: 'new', data: 0 });
      const consumer = consume(() => done());
      await kit.until(() => consumer.names().filter((name) => name === 'new').length >= 2);
      await queue.unschedule('s');
      expect(consumer.names().filter((name) => name === 'old').length).toBeLessThanOrEqual(1);
    }));

  test('jobs of a scheduler do not pile up where nobody takes them', () =>
    onDriver(open, async ({ kit, queue }) => {
      await queue.schedule('tick', { every: 30 }, { name: 'tick', data: 0 });
      await kit.advance(400);
      const { waiting, delayed } = await queue.counts();
      expect(waiting + delayed).toBe(1);
      await queue.unschedule('tick');
    }));
}
