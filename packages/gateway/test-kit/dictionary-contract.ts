/** What every shared dictionary owes, wherever it keeps its entries. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SharedDictionary } from '../src/dictionaries/shared-dictionary.ts';

/** Makes an empty dictionary that goes by the clock. */
export type MakeDictionary = (
  clock: FakeClock,
  capacityBytes: number,
) => SharedDictionary | Promise<SharedDictionary>;

const KEYS = ['a', 'b', 'c'] as const;
const MEGABYTE = 1024 * 1024;

/** Holds dictionaries of one kind to the contract. */
export function dictionaryContract(name: string, make: MakeDictionary): void {
  const start = async (capacityBytes = MEGABYTE) => {
    const clock = fakeClock();
    return { clock, own: await make(clock, capacityBytes) };
  };

  describe(name, () => {
    test.each<[string, string | number | boolean]>([
      ['a text', 'grüße'],
      ['an empty text', ''],
      ['a number', 1.5],
      ['zero', 0],
      ['true', true],
      ['false', false],
    ])('G-62 %s comes back as it was set', async (_, value) => {
      const { own } = await start();
      expect(await own.set('key', value)).toEqual({ stored: true, evicted: 0 });
      expect(await own.get('key')).toBe(value);
      expect(await own.get('other')).toBe(undefined);
    });

    test.each<[string, unknown]>([
      ['an object', {}],
      ['null', null],
      ['nothing', undefined],
      ['no number', Number.NaN],
    ])('what cannot be kept is refused: %s', async (_, value) => {
      const { own } = await start();
      await own.set('key', 'before');
      await expect((async () => own.set('key', value as string))()).rejects.toThrow(TypeError);
      expect(await own.get('key')).toBe('before');
    });

    test('a key is a text that is not empty', async () => {
      const { own } = await start();
      for (const key of ['', 7 as unknown as string, 'x'.repeat(65_536)]) {
        await expect((async () => own.set(key, 1))()).rejects.toThrow(TypeError);
        await expect((async () => own.incr(key, 1, { init: 0 }))()).rejects.toThrow(TypeError);
      }
      expect(await own.size()).toBe(0);
    });

    test('G-62 an entry is gone when its time has come', async () => {
      const { own, clock } = await start();
      await own.set('key', 1, 100);
      await clock.advance(99);
      expect([await own.get('key'), await own.ttl('key')]).toEqual([1, 1]);
      await clock.advance(1);
      expect([await own.get('key'), await own.ttl('key')]).toEqual([undefined, undefined]);
    });

    test('add makes no second entry, replace no first one', async () => {
      const { own, clock } = await start();
      expect((await own.replace('key', 1)).stored).toBe(false);
      expect((await own.add('key', 2, 50)).stored).toBe(true);
      expect((await own.add('key', 3)).stored).toBe(false);
      expect(await own.get('key')).toBe(2);
      expect((await own.replace('key', 4, 50)).stored).toBe(true);
      expect(await own.get('key')).toBe(4);
      await clock.advance(50);
      expect((await own.replace('key', 5)).stored).toBe(false);
      expect((await own.add('key', 6)).stored).toBe(true);
    });

    test('G-62 incr adds to a number, makes one only from an initial value, and keeps the time of what is there', async () => {
      const { own, clock } = await start();
      expect(await own.incr('key', 1)).toBe(undefined);
      expect(await own.incr('key', 1, { init: 10, initTtlMs: 100 })).toBe(11);
      await clock.advance(60);
      expect(await own.incr('key', -0.5, { init: 10, initTtlMs: 100 })).toBe(10.5);
      expect(await own.ttl('key')).toBe(40);
      await clock.advance(40);
      expect(await own.get('key')).toBe(undefined);
      await own.set('text', '7');
      await expect((async () => own.incr('text', 1))()).rejects.toThrow(TypeError);
      await expect((async () => own.incr('n', Infinity, { init: 0 }))()).rejects.toThrow(
        RangeError,
      );
      expect(await own.get('text')).toBe('7');
    });

    test('G-62 increments that come together are all counted', async () => {
      const { own } = await start();
      await Promise.all(Array.from({ length: 500 }, async () => own.incr('n', 1, { init: 0 })));
      expect(await own.get('n')).toBe(500);
    });

    test('expire gives an entry another time', async () => {
      const { own, clock } = await start();
      expect(await own.expire('key', 10)).toBe(false);
      await own.set('key', 1);
      expect(await own.ttl('key')).toBe(Infinity);
      expect(await own.expire('key', 10)).toBe(true);
      await clock.advance(10);
      expect(await own.get('key')).toBe(undefined);
    });

    test('G-62 keys are those that are alive, the most recently used first', async () => {
      const { own, clock } = await start();
      for (const key of KEYS) await own.set(key, 1);
      await own.set('gone', 1, 10);
      await clock.advance(10);
      await own.get('a');
      expect(await own.keys()).toEqual(['a', 'c', 'b']);
      expect(await own.keys(1)).toEqual(['a']);
    });

    test('G-62 flushExpired lets go of what has expired, and of nothing else', async () => {
      const { own, clock } = await start();
      const free = await own.freeBytes();
      for (const key of KEYS) await own.set(key, 1, 10);
      await own.set('stays', 1);
      await clock.advance(10);
      expect(await own.flushExpired(2)).toBe(2);
      expect(await own.flushExpired()).toBe(1);
      expect(await own.flushExpired()).toBe(0);
      expect([await own.size(), await own.get('stays')]).toEqual([1, 1]);
      expect(await own.delete('stays')).toBe(true);
      expect(await own.delete('stays')).toBe(false);
      expect(await own.freeBytes()).toBe(free);
    });

    test('flushAll lets go of everything', async () => {
      const { own } = await start();
      const free = await own.freeBytes();
      for (const key of KEYS) await own.set(key, 'x'.repeat(100));
      expect(await own.freeBytes()).toBeLessThan(free);
      await own.flushAll();
      expect([await own.size(), await own.freeBytes()]).toEqual([0, free]);
    });

    test('G-62 without room the least recently used goes, and what is larger than all is not stored', async () => {
      const { own } = await start(64 * 1024);
      expect(own.capacityBytes).toBe(64 * 1024);
      await own.set('kept', 1);
      let evicted = 0;
      for (let at = 0; at < 100; at++) {
        evicted += (await own.set(`k${at}`, 'x'.repeat(1000))).evicted;
        await own.get('kept');
      }
      expect(evicted).toBeGreaterThan(50);
      expect(await own.get('k0')).toBe(undefined);
      expect(await own.get('k99')).toBe('x'.repeat(1000));
      expect(await own.get('kept')).toBe(1);
      expect((await own.set('huge', 'x'.repeat(70_000))).stored).toBe(false);
      expect(await own.get('kept')).toBe(1);
      expect(await own.freeBytes()).toBeGreaterThanOrEqual(0);
    });

    test('what is stored and what is free agree with a simple model, whatever is done', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { maxLength: 60 }), async (all) => {
          const { own, clock } = await start();
          const model = new Map<string, { value: number; until: number }>();
          for (const { kind, key, amount } of all) {
            const now = clock.now();
            const entry = model.get(key);
            const alive = entry && entry.until > now ? entry : undefined;
            if (kind === 'wait') await clock.advance(amount);
            else if (kind === 'set') {
              await own.set(key, amount, amount);
              model.set(key, { value: amount, until: now + amount });
            } else if (kind === 'incr') {
              const sum = alive ? alive.value + amount : amount;
              expect(await own.incr(key, amount, { init: 0 })).toBe(sum);
              model.set(key, { value: sum, until: alive ? alive.until : Infinity });
            } else if (kind === 'delete') {
              expect(await own.delete(key)).toBe(alive !== undefined);
              model.delete(key);
            } else expect(await own.get(key)).toBe(alive?.value);
          }
          await own.flushExpired();
          const left = [...model].filter(([, { until }]) => until > clock.now());
          expect([...(await own.keys())].sort()).toEqual(left.map(([key]) => key).sort());
        }),
        { numRuns: 60 },
      );
    });
  });
}

const steps = fc.record({
  kind: fc.constantFrom('set', 'get', 'incr', 'delete', 'wait'),
  key: fc.constantFrom(...KEYS),
  amount: fc.integer({ min: 1, max: 50 }),
});
