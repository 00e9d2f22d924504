/** The store in memory: times to live to the millisecond, counting that loses nothing, and the least recently used goes first. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryStore } from './store.ts';

describe('values', () => {
  test('X-05 set, get, delete, keys', () => {
    const store = memoryStore<string>();
    expect(store.get('a')).toBeUndefined();
    store.set('a', '1');
    store.set('b', '2');
    store.set('a', '3');
    expect(store.get('a')).toBe('3');
    expect(store.keys()).toEqual(['b', 'a']);
    expect(store.delete('a')).toBe(true);
    expect(store.delete('a')).toBe(false);
    expect(store.get('a')).toBeUndefined();
    expect(store.keys()).toEqual(['b']);
  });

  test('add sets only what is not there, and says so', () => {
    const clock = fakeClock();
    const store = memoryStore<number>({ clock });
    expect(store.add('lock', 1, 100)).toBe(true);
    expect(store.add('lock', 2, 100)).toBe(false);
    expect(store.get('lock')).toBe(1);
    clock.advanceSync(100);
    expect(store.add('lock', 3)).toBe(true);
    expect(store.get('lock')).toBe(3);
  });

  test('a value may be falsy, and a key may be any text', () => {
    const store = memoryStore();
    for (const [index, value] of [0, '', false, null].entries()) {
      store.set(`k${index}`, value);
      expect(store.get(`k${index}`)).toBe(value);
      expect(store.add(`k${index}`, 'other')).toBe(false);
    }
    for (const key of ['', '__proto__', 'constructor', 'toString']) {
      expect(store.get(key)).toBeUndefined();
      store.set(key, key);
      expect(store.get(key)).toBe(key);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('two stores share nothing', () => {
    const [one, other] = [memoryStore(), memoryStore()];
    one.set('a', 1);
    expect(other.get('a')).toBeUndefined();
  });
});

describe('time to live', () => {
  test('X-05 is there until the last millisecond, and gone at the very instant', () => {
    const clock = fakeClock({ startMs: 7 });
    const store = memoryStore<string>({ clock });
    store.set('a', 'x', 100);
    clock.advanceSync(99);
    expect(store.get('a')).toBe('x');
    expect(store.keys()).toEqual(['a']);
    clock.advanceSync(1);
    expect(store.get('a')).toBeUndefined();
    expect(store.keys()).toEqual([]);
    expect(store.delete('a')).toBe(false);
  });

  test('without one an entry stays; a new set makes a new time', () => {
    const clock = fakeClock();
    const store = memoryStore<string>({ clock });
    store.set('forever', 'x');
    store.set('a', 'x', 100);
    store.set('a', 'y', 300);
    clock.advanceSync(299);
    expect(store.get('a')).toBe('y');
    store.set('a', 'z');
    clock.advanceSync(1e12);
    expect(store.get('a')).toBe('z');
    expect(store.get('forever')).toBe('x');
  });

  test('reading an entry does not lengthen its life; no time at all is none', () => {
    const clock = fakeClock();
    const store = memoryStore<string>({ clock });
    store.set('a', 'x', 100);
    for (let n = 0; n < 10; n++) {
      store.get('a');
      clock.advanceSync(10);
    }
    expect(store.get('a')).toBeUndefined();
    store.set('b', 'x', 0);
    expect(store.get('b')).toBeUndefined();
  });

  test('flushExpired lets go of what has expired, and counts it', () => {
    const clock = fakeClock();
    const store = memoryStore<number>({ clock });
    store.set('a', 1, 10);
    store.set('b', 2, 20);
    store.set('c', 3);
    expect(store.flushExpired()).toBe(0);
    clock.advanceSync(10);
    expect(store.flushExpired()).toBe(1);
    clock.advanceSync(10);
    expect(store.flushExpired()).toBe(1);
    expect(store.flushExpired()).toBe(0);
    expect(store.keys()).toEqual(['c']);
  });

  test('leaves no timer', () => {
    const clock = fakeClock();
    memoryStore({ clock }).set('a', 1, 1000);
    expect(clock.pending).toBe(0);
  });
});

describe('incr', () => {
  test('X-05 counts from init, by any step, and gives the sum', () => {
    const store = memoryStore<number>();
    expect(store.incr('n')).toBe(1);
    expect(store.incr('n', 5)).toBe(6);
    expect(store.incr('n', -10)).toBe(-4);
    expect(store.incr('m', 1, 100)).toBe(101);
    expect(store.incr('m', 1, 100)).toBe(102);
    expect(store.get('n')).toBe(-4);
  });

  test('a time to live counts for a new entry only', () => {
    const clock = fakeClock();
    const store = memoryStore<number>({ clock });
    store.incr('n', 1, 0, 100);
    clock.advanceSync(99);
    expect(store.incr('n', 1, 0, 100)).toBe(2);
    clock.advanceSync(1);
    expect(store.incr('n', 1, 0, 100)).toBe(1);
    store.set('kept', 5);
    store.incr('kept', 1, 0, 10);
    clock.advanceSync(50);
    expect(store.get('kept')).toBe(6);
  });

  test('X-05 loses no step among callers at the same time', async () => {
    const store = memoryStore<number>();
    const seen = await Promise.all(Array.from({ length: 100 }, async () => store.incr('n')));
    expect(new Set(seen).size).toBe(100);
    expect(store.get('n')).toBe(100);
  });

  test('what is no number is not counted, and stays', () => {
    const store = memoryStore();
    store.set('text', 'x');
    store.set('nothing', null);
    expect(() => store.incr('text')).toThrow(
      'Expected `text` to hold a number to add to, got string.',
    );
    expect(() => store.incr('nothing')).toThrow(TypeError);
    expect(() => store.incr('n', Number.NaN)).toThrow(
      'Expected `n` to be a finite number, got `NaN` (number).',
    );
    expect(() => store.incr('n', '1' as never)).toThrow(RangeError);
    expect(() => store.incr('n', Infinity)).toThrow(RangeError);
    expect(store.get('text')).toBe('x');
    expect(store.get('n')).toBeUndefined();
  });
});

describe('capacity', () => {
  test('one too many drops the least recently used, whether read or written', () => {
    const store = memoryStore<number>({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) store.set(key, 1);
    store.get('a');
    store.incr('b');
    store.set('d', 1);
    expect(store.keys()).toEqual(['a', 'b', 'd']);
    store.add('a', 2);
    store.set('e', 1);
    expect(store.keys()).toEqual(['d', 'a', 'e']);
  });

  test('writing what is there drops nothing, and neither do keys() and flushExpired()', () => {
    const store = memoryStore<number>({ maxEntries: 2 });
    store.set('a', 1);
    store.set('b', 1);
    store.set('a', 2);
    store.keys();
    store.flushExpired();
    expect(store.keys()).toEqual(['b', 'a']);
    store.incr('b');
    expect(store.keys()).toEqual(['a', 'b']);
  });

  test('10,000 by default', () => {
    const store = memoryStore<number>();
    for (let n = 0; n <= 10_000; n++) store.set(`${n}`, n);
    expect(store.keys()).toHaveLength(10_000);
    expect(store.get('0')).toBeUndefined();
    expect(store.get('1')).toBe(1);
  });
});

describe('options', () => {
  test('are checked when the store is made', () => {
    expect(() => memoryStore({ maxEntries: 0 })).toThrow(
      'Expected `maxEntries` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => memoryStore({ maxEntries: '5' as never })).toThrow(TypeError);
    expect(() => memoryStore({ maxEntires: 5 } as never)).toThrow(
      'Unknown option `maxEntires` of memoryStore(). Did you mean "maxEntries"?',
    );
  });

  test('a time to live that is none is refused, and nothing is written', () => {
    const store = memoryStore<number>();
    expect(() => store.set('a', 1, -1)).toThrow(
      'Expected `ttlMs` to be a number of milliseconds, 0 or more',
    );
    expect(() => store.add('a', 1, Number.NaN)).toThrow(RangeError);
    expect(() => store.incr('a', 1, 0, '5' as never)).toThrow(TypeError);
    expect(store.keys()).toEqual([]);
  });
});

test('law: in any history it is what a plain list of entries would be', () => {
  type Entry = { key: string; value: number; until: number };
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const ttl = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined });
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), key, n: fc.integer(), ttl }),
    fc.record({ do: fc.constant('add' as const), key, n: fc.integer(), ttl }),
    fc.record({ do: fc.constant('incr' as const), key, n: fc.integer(), ttl }),
    fc.record({
      do: fc.constantFrom('get' as const, 'delete' as const),
      key,
      n: fc.constant(0),
      ttl,
    }),
    fc.record({ do: fc.constantFrom('wait' as const, 'flush' as const), key, n: fc.nat(20), ttl }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = fakeClock();
      const store = memoryStore<number>({ clock, maxEntries: 3 });
      let model: Entry[] = [];
      const take = (name: string): Entry | undefined => {
        const found = model.find((entry) => entry.key === name);
        model = model.filter((entry) => entry !== found);
        return found && found.until > clock.now() ? found : undefined;
      };
      const put = (entry: Entry): void => {
        model = [...model.filter(({ key: other }) => other !== entry.key), entry].slice(-3);
      };
      for (const { do: what, key: name, n, ttl: ttlMs } of steps) {
        const until = clock.now() + (ttlMs ?? Infinity);
        if (what === 'wait') clock.advanceSync(n);
        else if (what === 'flush') {
          const dead = model.filter((entry) => entry.until <= clock.now());
          model = model.filter((entry) => !dead.includes(entry));
          expect(store.flushExpired()).toBe(dead.length);
        } else if (what === 'set') {
          put({ key: name, value: n, until });
          store.set(name, n, ttlMs);
        } else {
          const found = take(name);
          if (what === 'delete') expect(store.delete(name)).toBe(found !== undefined);
          else if (what === 'get') {
            if (found) put(found);
            expect(store.get(name)).toBe(found?.value);
          } else if (what === 'add') {
            put(found ?? { key: name, value: n, until });
            expect(store.add(name, n, ttlMs)).toBe(found === undefined);
          } else {
            const sum = (found?.value ?? 0) + n;
            put({ key: name, value: sum, until: found?.until ?? until });
            expect(store.incr(name, n, 0, ttlMs)).toBe(sum);
          }
        }
        const alive = model.filter((entry) => entry.until > clock.now());
        expect(store.keys()).toEqual(alive.map((entry) => entry.key));
      }
    }),
  );
});
