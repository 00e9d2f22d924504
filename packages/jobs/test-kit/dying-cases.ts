/** What drivers do when those who have a job die. */
import { expect, test } from 'vitest';
import { LeaseLostError } from '../src/errors.ts';
import { done, failed, onDriver, type OpenDriver } from './driver-kit.ts';

const leaseMs = 400;

/** Lists the cases. */
export function dyingCases(open: OpenDriver): void {
  test('a job that takes longer than the lease keeps its consumer', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'long', data: 0 });
      let finish!: () => void;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const first = consume(async () => (await finished, done()), { leaseMs });
      const second = consume(() => done(), { leaseMs });
      await kit.until(() => first.deliveries.length + second.deliveries.length === 1);
      if (first.deliveries.length === 1) {
        await kit.advance(3 * leaseMs);
        expect(first.deliveries[0]?.signal.aborted).toBe(false);
      }
      finish();
      await reach(id, 'completed');
      expect(first.deliveries.length + second.deliveries.length).toBe(1);
    }));

  test('a job whose consumer has died is handed out again, and no attempt is used', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'left', data: 'x' });
      const first = consume(() => new Promise(() => {}), { leaseMs });
      await kit.until(() => first.deliveries.length === 1);
      const leftAt = kit.now();
      await kit.kill(first.consumption);
      const second = consume(() => done('saved'), { leaseMs });
      const job = await reach(id, 'completed');
      expect(job).toMatchObject({ data: 'x', result: 'saved' });
      expect(second.deliveries).toHaveLength(1);
      expect(second.deliveries[0]).toMatchObject({ redelivered: true, exhausted: false });
      expect(second.deliveries[0]?.job.attemptsMade).toBe(0);
      expect((second.times[0] as number) - leftAt).toBeGreaterThan(0);
    }));

  test('whoever has lost the lease learns so, and settles nothing', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'left', data: 0 });
      let finish!: () => void;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const first = consume(async () => (await finished, done('too late')), { leaseMs });
      await kit.until(() => first.deliveries.length === 1);
      await kit.kill(first.consumption);
      consume(() => done('in time'), { leaseMs });
      await reach(id, 'completed');
      finish();
      await kit.advance(100);
      expect((await queue.get(id))?.result).toBe('in time');
      const renewing = first.deliveries[0]?.renew();
      await expect(renewing).rejects.toThrow(LeaseLostError);
    }));

  test('a job that kills its consumers too often is handed out once more, only to be ended', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'poison', data: 0, options: { attempts: 9 } });
      const seen: [redelivered: boolean, exhausted: boolean][] = [];
      for (let round = 0; round < 2; round++) {
        const dying = consume(() => new Promise(() => {}), { leaseMs, maxRedeliveries: 1 });
        await kit.until(() => dying.deliveries.length === 1);
        seen.push(
          ...dying.deliveries.map(
            ({ redelivered, exhausted }) => [redelivered, exhausted] as [boolean, boolean],
          ),
        );
        await kit.kill(dying.consumption);
      }
      const last = consume(
        ({ exhausted }) => (exhausted ? failed('left too often', { final: true }) : done()),
        { leaseMs, maxRedeliveries: 1 },
      );
      expect(await reach(id, 'failed')).toMatchObject({ failedReason: 'left too often' });
      expect(last.deliveries[0]).toMatchObject({ redelivered: true, exhausted: true });
      expect(await queue.retry(id)).toBe(true);
      await reach(id, 'completed');
      expect(last.deliveries[1]).toMatchObject({ exhausted: false });
      expect(seen).toEqual([
        [false, false],
        [true, false],
      ]);
    }));

  test('with no redelivery allowed, the first death is the last', () =>
    onDriver(open, async ({ kit, queue, consume, reach }) => {
      const { id } = await queue.add({ name: 'once', data: 0 });
      const dying = consume(() => new Promise(() => {}), { leaseMs, maxRedeliveries: 0 });
      await kit.until(() => dying.deliveries.length === 1);
      await kit.kill(dying.consumption);
      const last = consume(
        ({ exhausted }) => (exhausted ? failed('dead', { final: true }) : done()),
        { leaseMs, maxRedeliveries: 0 },
      );
      expect(await reach(id, 'failed')).toMatchObject({ failedReason: 'dead' });
      expect(last.deliveries).toHaveLength(1);
    }));

  test('what the dead have left goes before those that wait', () =>
    onDriver(open, async ({ kit, queue, consume }) => {
      await queue.addMany(['left', 'b', 'c'].map((name) => ({ name, data: 0 })));
      const dying = consume(() => new Promise(() => {}), { leaseMs });
      await kit.until(() => dying.deliveries.length === 1);
      await kit.kill(dying.consumption);
      await queue.pause();
      const next = consume(() => done(), { leaseMs });
      await kit.until(async () => (await queue.counts()).waiting === 3);
      await queue.resume();
      await kit.until(async () => (await queue.counts()).completed === 3);
      expect(next.names()).toEqual(['left', 'b', 'c']);
    }));
}
