/** What drivers owe to what jobs carry. */
import { expect, test } from 'vitest';
import { done, NO_JOBS, onDriver, type OpenDriver } from './driver-kit.ts';

/** Lists the cases. */
export function dataCases(open: OpenDriver): void {
  test('a job comes back as it was added', () =>
    onDriver(open, async ({ kit, name, queue }) => {
      const added = await queue.add({
        name: 'mail',
        data: { to: 'ada', tags: [1, null, 'ü'] },
        options: { attempts: 3, backoff: { type: 'fixed', delay: 5 } },
      });
      const job = await queue.get(added.id);
      expect(job).toMatchObject({
        id: added.id,
        queue: name,
        name: 'mail',
        data: { to: 'ada', tags: [1, null, 'ü'] },
        options: { attempts: 3, backoff: { type: 'fixed', delay: 5 } },
        state: 'waiting',
        attemptsMade: 0,
        progress: 0,
      });
      expect(added).toEqual(job);
      expect(job?.addedAtMs).toBeGreaterThan(1_000_000_000_000);
      expect(job?.startedAtMs).toBe(undefined);
      expect(job?.endedAtMs).toBe(undefined);
      expect(kit.driver.queue(name)).toBe(queue);
    }));

  test.each<[string, unknown]>([
    ['null', null],
    ['false', false],
    ['zero', 0],
    ['an empty text', ''],
    ['a list', [1, [2, []]]],
    ['nested objects', { a: { b: { c: {} } } }],
    ['prototype names', JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}')],
    ['other scripts', { текст: '日本語 🚀 \u2028 \\ "' }],
  ])('data of every kind come to the consumer: %s', (_, data) =>
    onDriver(open, async ({ kit, queue, consume }) => {
      const { id } = await queue.add({ name: 'any', data });
      const consumer = consume(() => done(data));
      await kit.until(() => consumer.deliveries.length === 1);
      expect(JSON.stringify(consumer.deliveries[0]?.job.data)).toBe(JSON.stringify(data));
      await kit.until(async () => (await queue.get(id))?.state === 'completed');
      expect(JSON.stringify((await queue.get(id))?.result)).toBe(JSON.stringify(data));
    }),
  );

  test('a megabyte comes through whole', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const data = { text: 'ä€'.repeat(250_000) };
      const { id } = await queue.add({ name: 'big', data });
      const consumer = consume(({ job }) => done(job.data));
      expect((await reach(id, 'completed')).result).toEqual(data);
      expect(consumer.deliveries[0]?.job.data).toEqual(data);
    }));

  test('what the caller does to the data afterwards reaches nobody', () =>
    onDriver(open, async ({ queue, consume, reach }) => {
      const data = { list: [1] };
      const { id } = await queue.add({ name: 'kept', data });
      data.list.push(2);
      consume(({ job }) => {
        (job.data as typeof data).list.push(3);
        return done();
      });
      expect((await reach(id, 'completed')).data).toEqual({ list: [1] });
    }));

  test('what JSON cannot carry is refused, and of many none is added', () =>
    onDriver(open, async ({ queue }) => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      for (const data of [1n, { big: 1n }, circle]) {
        await expect(queue.add({ name: 'bad', data })).rejects.toThrow(TypeError);
        const many = [
          { name: 'good', data: 1 },
          { name: 'bad', data },
        ];
        await expect(queue.addMany(many)).rejects.toThrow(TypeError);
      }
      expect(await queue.counts()).toEqual(NO_JOBS);
    }));

  test('names of queues and jobs may be in any script', () =>
    onDriver(
      open,
      async ({ queue, consume, reach, name }) => {
        const { id } = await queue.add({ name: 'отправить ✉', data: 1 });
        const consumer = consume(() => done());
        expect(await reach(id, 'completed')).toMatchObject({ name: 'отправить ✉', queue: name });
        expect(consumer.names()).toEqual(['отправить ✉']);
      },
      'очередь-✉-__proto__',
    ));
}
