/** In which order drivers hand out jobs. */
import { expect, test } from 'vitest';
import { type Case, done, onDriver, type OpenDriver } from './driver-kit.ts';

const inOrder = async ({ kit, queue, consume }: Case): Promise<readonly string[]> => {
  const { waiting, delayed } = await queue.counts();
  const consumer = consume(() => done());
  await kit.until(async () => (await queue.counts()).completed === waiting + delayed);
  return consumer.names();
};

/** Lists the cases. */
export function orderCases(open: OpenDriver): void {
  test('who comes first is served first', () =>
    onDriver(open, async (parts) => {
      for (const name of ['a', 'b', 'c']) await parts.queue.add({ name, data: 0 });
      await parts.queue.addMany(['d', 'e'].map((name) => ({ name, data: 0 })));
      expect(await inOrder(parts)).toEqual(['a', 'b', 'c', 'd', 'e']);
    }));

  test('`lifo` goes before those that wait', () =>
    onDriver(open, async (parts) => {
      await parts.queue.add({ name: 'a', data: 0 });
      await parts.queue.add({ name: 'b', data: 0, options: { lifo: true } });
      await parts.queue.add({ name: 'c', data: 0, options: { lifo: true } });
      await parts.queue.add({ name: 'd', data: 0 });
      expect(await inOrder(parts)).toEqual(['c', 'b', 'a', 'd']);
    }));

  test('no priority goes before all priorities, 1 before 2, and equals as they came', () =>
    onDriver(open, async (parts) => {
      const add = (name: string, priority?: number) =>
        parts.queue.add({ name, data: 0, options: priority === undefined ? {} : { priority } });
      await add('ten', 10);
      await add('two', 2);
      await add('last', 2_097_152);
      await add('none');
      await add('one', 1);
      await add('two-too', 2);
      await add('none-too', 0);
      expect(await inOrder(parts)).toEqual([
        'none',
        'none-too',
        'one',
        'two',
        'two-too',
        'ten',
        'last',
      ]);
    }));

  test('a delayed job waits for its time, and then for its turn', () =>
    onDriver(open, async (parts) => {
      const { kit, queue } = parts;
      const addedAt = kit.now();
      await queue.add({ name: 'late', data: 0, options: { delay: 400, jobId: 'late' } });
      await queue.add({ name: 'soon', data: 0, options: { delay: 150, jobId: 'soon' } });
      await queue.add({ name: 'now', data: 0, options: { jobId: 'now' } });
      expect(await queue.counts()).toMatchObject({ waiting: 1, delayed: 2 });
      expect((await queue.list('delayed')).map(({ id }) => id)).toEqual(['soon', 'late']);
      expect((await queue.get('late'))?.state).toBe('delayed');
      const consumer = parts.consume(() => done());
      await kit.until(async () => (await queue.counts()).completed === 3);
      expect(consumer.names()).toEqual(['now', 'soon', 'late']);
      expect((consumer.times[1] as number) - addedAt).toBeGreaterThanOrEqual(149);
      expect((consumer.times[2] as number) - addedAt).toBeGreaterThanOrEqual(399);
    }));

  test('a delayed job keeps its priority', () =>
    onDriver(open, async (parts) => {
      const { kit, queue } = parts;
      await queue.add({ name: 'low', data: 0, options: { priority: 9 } });
      await queue.add({ name: 'high', data: 0, options: { priority: 3, delay: 100 } });
      await queue.add({ name: 'plain', data: 0 });
      let open_ = (): void => {};
      const gate = new Promise<void>((resolve) => (open_ = resolve));
      const consumer = parts.consume(async () => (await gate, done()));
      await kit.until(() => consumer.deliveries.length === 1);
      await kit.advance(300);
      open_();
      await kit.until(async () => (await queue.counts()).completed === 3);
      expect(consumer.names()).toEqual(['plain', 'high', 'low']);
    }));
}
