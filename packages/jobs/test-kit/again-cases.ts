/** How jobs are tried again. */
import { expect, test } from 'vitest';
import { done, failed, onDriver, type OpenDriver } from './driver-kit.ts';

/** Lists the cases. */
export function againCases(open: OpenDriver): void {
  test('there are as many attempts as were asked for, with the pause between them', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const options = { attempts: 3, backoff: 120 };
      const { id } = await queue.add({ name: 'bad', data: 0, options });
      const consumer = consume(({ job }) => failed(`attempt ${job.attemptsMade + 1}`));
      const job = await reach(id, 'failed');
      expect(job).toMatchObject({ failedReason: 'attempt 3', attemptsMade: 3 });
      expect(consumer.deliveries.map(({ job: { attemptsMade } }) => attemptsMade)).toEqual([
        0, 1, 2,
      ]);
      expect(consumer.deliveries.map(({ redelivered }) => redelivered)).toEqual(
        Array(3).fill(false),
      );
      const [first, second, third] = consumer.times as [number, number, number];
      expect(second - first).toBeGreaterThanOrEqual(119);
      expect(third - second).toBeGreaterThanOrEqual(119);
    }));

  test('an exponential pause is twice as long each time', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const options = { attempts: 4, backoff: { type: 'exponential', delay: 60 } } as const;
      const { id } = await queue.add({ name: 'bad', data: 0, options });
      const consumer = consume(() => failed());
      await reach(id, 'failed');
      const gaps = consumer.times
        .slice(1)
        .map((time, index) => time - (consumer.times[index] ?? 0));
      expect(gaps).toHaveLength(3);
      [60, 120, 240].forEach((least, at) => expect(gaps[at]).toBeGreaterThanOrEqual(least - 1));
    }));

  test('a job between two attempts is delayed and knows why', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const options = { attempts: 2, backoff: 60_000 };
      const { id } = await queue.add({ name: 'bad', data: 0, options });
      consume(() => failed('first'));
      const job = await reach(id, 'delayed');
      expect(job).toMatchObject({ failedReason: 'first', attemptsMade: 1 });
      expect(job.endedAtMs).toBe(undefined);
      expect(await queue.retry(id)).toBe(false);
    }));

  test('a failure may say when the next attempt is to be', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const options = { attempts: 2, backoff: 60_000 };
      const { id } = await queue.add({ name: 'bad', data: 0, options });
      const consumer = consume(({ job }) =>
        job.attemptsMade ? done() : failed('busy', { retryAfterMs: 150 }),
      );
      expect(await reach(id, 'completed')).toMatchObject({ id });
      const [first, second] = consumer.times as [number, number];
      expect(second - first).toBeGreaterThanOrEqual(149);
      expect(second - first).toBeLessThan(30_000);
      expect(consumer.deliveries[1]?.job).toMatchObject({ attemptsMade: 1, failedReason: 'busy' });
    }));

  test('when the next attempt is to be says nothing where none is left', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'bad', data: 0 });
      consume(() => failed('busy', { retryAfterMs: 150 }));
      expect(await reach(id, 'failed')).toMatchObject({ attemptsMade: 1, failedReason: 'busy' });
    }));

  test('a failed job is tried again when asked for, with all its attempts before it', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      let broken = true;
      const { id } = await queue.add({ name: 'mend', data: 7, options: { attempts: 2 } });
      const consumer = consume(() => (broken ? failed() : done('mended')));
      expect(await reach(id, 'failed')).toMatchObject({ attemptsMade: 2 });
      broken = false;
      expect(await queue.retry(id)).toBe(true);
      const job = await reach(id, 'completed');
      expect(job).toMatchObject({ data: 7, result: 'mended' });
      expect(job.failedReason).toBe(undefined);
      expect(consumer.deliveries.map(({ job: { attemptsMade } }) => attemptsMade)).toEqual([
        0, 1, 0,
      ]);
      expect(await queue.retry(id)).toBe(false);
      expect(await queue.retry('never')).toBe(false);
    }));

  test('a failed job that many try again at one moment is tried again for one of them', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'mend', data: 7 });
      const { consumption } = consume(() => failed());
      await reach(id, 'failed');
      await consumption.close();
      const said = await Promise.all(Array.from({ length: 8 }, () => queue.retry(id)));
      expect(said.filter((one) => one)).toHaveLength(1);
      expect(await queue.counts()).toMatchObject({ waiting: 1, failed: 0 });
    }));
}
