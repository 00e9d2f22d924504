/** Tests of BoundedKeys. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedKeys, type Evicted } from './bounded-keys.ts';

function bounded(maxKeys: number, idleMs = Infinity) {
  const gone: [string, Evicted][] = [];
  const keys = new BoundedKeys<number>(
    { maxKeys, idleMs },
    { gone: (key, _value, why) => gone.push([key, why]) },
  );
  return { keys, gone, names: () => Array.from(keys.entries(), ({ key }) => key) };
}

describe('BoundedKeys', () => {
  test('lets the least recently used go when there is no room', () => {
    const { keys, gone, names } = bounded(2);
    const a = keys.add('a', 1, 0);
    keys.add('b', 2, 0);
    keys.touch(a, 1);
    keys.add('c', 3, 2);
    expect([names(), gone]).toEqual([['a', 'c'], [['b', 'full']]]);
    expect([keys.get('a')?.value, keys.get('b'), keys.size]).toEqual([1, undefined, 2]);
  });

  test('lets the idle go when another is used; at the very millisecond', () => {
    const { keys, gone } = bounded(10, 100);
    keys.add('a', 1, 0);
    const b = keys.add('b', 2, 0);
    keys.touch(b, 99);
    expect(gone).toEqual([]);
    keys.touch(b, 100);
    expect(gone).toEqual([['a', 'idle']]);
    keys.touch(b, 1000);
    expect(keys.size).toBe(1);
  });

  test('what its owner wants to keep is not idle', () => {
    const keys = new BoundedKeys<number>(
      { maxKeys: 10, idleMs: 100 },
      { mayGo: (value, nowMs) => nowMs >= value },
    );
    keys.add('a', 500, 0);
    const b = keys.add('b', 0, 0);
    keys.touch(b, 499);
    expect(keys.size).toBe(2);
    keys.touch(b, 500);
    expect(keys.size).toBe(1);
  });

  test('what is held stays, also where there is no room; let go of, it is the most recently used', () => {
    const { keys, gone, names } = bounded(1, 50);
    const a = keys.add('a', 1, 0);
    keys.hold(a);
    keys.hold(a);
    const b = keys.add('b', 2, 10);
    keys.hold(b);
    expect([keys.size, gone]).toEqual([2, []]);
    keys.letGo(a, 100);
    expect(names()).toEqual(['a', 'b']);
    keys.letGo(a, 100);
    expect(gone).toEqual([['a', 'full']]);
    keys.letGo(b, 200);
    expect([names(), gone.length]).toEqual([['b'], 1]);
  });

  test('what was held when all was forgotten does not come back', () => {
    const { keys, gone } = bounded(5);
    const a = keys.add('a', 1, 0);
    keys.hold(a);
    keys.clear();
    keys.letGo(a, 1);
    keys.hold(a);
    keys.add('b', 2, 2);
    keys.letGo(a, 3);
    expect([keys.size, keys.get('a'), gone]).toEqual([1, undefined, []]);
  });

  test('is as a plain list that is sorted by use', () => {
    const move = fc.record({
      type: fc.constantFrom('use', 'use', 'hold', 'letGo'),
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      afterMs: fc.nat(30),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(move, { maxLength: 60 }),
        (max, play) => {
          const { keys, names } = bounded(max, 60);
          let model: { key: string; usedAtMs: number; holders: number }[] = [];
          let nowMs = 0;
          const clear = (): void => {
            const free = model.filter((one) => one.holders === 0);
            const drop = free.slice(0, Math.max(0, model.length - max));
            const idle = free.filter((one) => nowMs - one.usedAtMs >= 60);
            model = model.filter((one) => !drop.includes(one) && !idle.includes(one));
          };
          for (const { type, key, afterMs } of play) {
            nowMs += afterMs;
            const mine = model.find((one) => one.key === key);
            const entry = keys.get(key);
            expect(entry?.key).toBe(mine?.key);
            if (type === 'use') {
              if (entry) keys.touch(entry, nowMs);
              else keys.add(key, 0, nowMs);
              // One that comes makes room before it is there.
              if (!mine) {
                const free = model.filter((one) => one.holders === 0);
                const drop = free.slice(0, Math.max(0, model.length + 1 - max));
                model = model.filter((one) => !drop.includes(one));
              }
              model = model.filter((one) => one !== mine);
              model.push({ key, usedAtMs: nowMs, holders: mine?.holders ?? 0 });
              const free = model.filter((one) => one.holders === 0);
              const idle = free.filter((one) => nowMs - one.usedAtMs >= 60);
              model = model.filter((one) => !idle.includes(one));
            } else if (type === 'hold' && entry && mine) {
              keys.hold(entry);
              mine.holders++;
            } else if (type === 'letGo' && entry && mine && mine.holders > 0) {
              keys.letGo(entry, nowMs);
              mine.holders--;
              if (mine.holders > 0) continue;
              mine.usedAtMs = nowMs;
              model = [...model.filter((one) => one !== mine), mine];
              clear();
            }
            expect(names().sort()).toEqual(model.map((one) => one.key).sort());
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
