/** Tests of memoryLimitStore, and of the contract that it keeps. */
import { describe, expect, test } from 'vitest';
import { limitRule } from './limit-rule.ts';
import { limitStoreContract } from './limit-store-contract.ts';
import type { LimitStore } from './limit-store.ts';
import { memoryLimitStore } from './memory-limit-store.ts';

for (const law of limitStoreContract(() => memoryLimitStore())) {
  test(`memoryLimitStore ${law.name}`, law.check);
}

const RULE = limitRule({ limit: 5, perMs: 1000, algorithm: 'fixed-window' });

describe('the contract', () => {
  const broken: readonly (readonly [string, (store: LimitStore) => LimitStore])[] = [
    ['says exactly', (store) => withTake(store, { retryAfterMs: (ms) => ms + 1 })],
    ['says exactly', (store) => withTake(store, { retryAfterMs: (ms) => ms - 1 })],
    ['is whole again', (store) => withTake(store, { resetMs: (ms) => ms + 1 })],
    ['lets a burst start', (store) => withTake(store, { remaining: (left) => left + 1 })],
    ['keeps keys apart', (store) => ({ ...store, take: (_, ...rest) => store.take('x', ...rest) })],
    ['takes back', (store) => ({ ...store, giveBack: () => {} })],
    [
      'takes nothing for a probe',
      (store) => ({ ...store, take: (key, cost, ...rest) => store.take(key, cost || 1, ...rest) }),
    ],
    [
      'yields nothing when time goes back',
      (store) => {
        let latest = 0;
        return {
          ...store,
          take: (key, cost, rule, nowMs) => {
            const at = nowMs < latest ? `${key}again` : key;
            latest = nowMs;
            return store.take(at, cost, rule, nowMs);
          },
        };
      },
    ],
    [
      'never lets too many start at once',
      (store) => ({
        ...store,
        async take(key, cost, rule, nowMs) {
          const seen = await store.take(key, 0, rule, nowMs);
          if (seen.remaining >= cost) await store.take(key, cost, rule, nowMs);
          return { ...seen, allowed: seen.remaining >= cost, remaining: seen.remaining - cost };
        },
      }),
    ],
    [
      'keeps counting when the rule changes',
      (store) => ({
        ...store,
        take: (key, cost, rule, nowMs) => store.take(`${key}${rule.limit}`, cost, rule, nowMs),
      }),
    ],
  ];

  test.each(broken)('finds a store that breaks "%s"', async (name, breakIt) => {
    const laws = limitStoreContract(() => breakIt(memoryLimitStore()));
    const found = laws.filter((law) => law.name.startsWith(name));
    expect(found.length).toBeGreaterThan(0);
    const failures = await Promise.all(
      found.map((law) =>
        law.check().then(
          () => undefined,
          (error: Error) => error.message,
        ),
      ),
    );
    expect(failures.some((message) => message?.startsWith('Limit store: expected'))).toBe(true);
  });
});

describe('memoryLimitStore', () => {
  test('X-R5 keeps no more keys than it may: the least recently used goes, and its count begins anew', () => {
    const store = memoryLimitStore({ maxKeys: 2 });
    store.take('a', 4, RULE, 0);
    store.take('b', 4, RULE, 1);
    store.take('a', 0, RULE, 2);
    store.take('c', 4, RULE, 3);
    expect(store.size).toBe(2);
    expect(store.take('a', 0, RULE, 4).remaining).toBe(1);
    expect(store.take('b', 0, RULE, 5).remaining).toBe(5);
  });

  test('two hundred thousand keys leave no more than may be', () => {
    const store = memoryLimitStore({ maxKeys: 100 });
    for (let key = 0; key < 200_000; key++) store.take(String(key), 1, RULE, key);
    expect(store.size).toBe(100);
  });

  test('idle keys go when another is used, and no timer is needed', () => {
    const store = memoryLimitStore({ idleMs: 5000 });
    for (const key of ['a', 'b', 'c']) store.take(key, 1, RULE, 0);
    store.take('d', 1, RULE, 4999);
    expect(store.size).toBe(4);
    store.take('d', 1, RULE, 5000);
    expect(store.size).toBe(1);
  });

  test('an idle key stays while anything of it still counts', () => {
    const hour = limitRule({ limit: 2, perMs: 3_600_000, algorithm: 'sliding-log' });
    const store = memoryLimitStore({ idleMs: 1000 });
    store.take('a', 2, hour, 0);
    store.take('b', 1, hour, 3_599_999);
    expect(store.take('a', 1, hour, 3_599_999)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    store.take('b', 0, hour, 3_601_000);
    expect(store.size).toBe(1);
  });

  test('a forecast takes those who come before into account, and takes nothing', () => {
    const store = memoryLimitStore();
    store.take('a', 5, RULE, 0);
    expect(store.forecast('a', [2], RULE, 10)).toBe(990);
    expect(store.forecast('a', [2, 3], RULE, 10)).toBe(990);
    expect(store.forecast('a', [2, 4], RULE, 10)).toBe(1990);
    expect(store.forecast('a', [5, 5, 5], RULE, 10)).toBe(2990);
    expect(store.forecast('b', [], RULE, 10)).toBe(0);
    expect(store.take('a', 0, RULE, 1000).remaining).toBe(5);
  });

  test('what one rule has counted counts on under another, as far as there is room', () => {
    const store = memoryLimitStore();
    store.take('a', 4, RULE, 0);
    const bucket = limitRule({ limit: 10, perMs: 1000 });
    expect(store.take('a', 0, bucket, 0).remaining).toBe(6);
    expect(store.take('a', 0, bucket, 100).remaining).toBe(7);
    const tight = limitRule({ limit: 2, perMs: 1000, algorithm: 'gcra' });
    expect(store.take('a', 0, tight, 100).remaining).toBe(0);
    expect(store.take('a', 0, limitRule({ limit: 3, perMs: 1000 }), 100).remaining).toBe(1);
  });

  test('a window that is resized keeps when it began', () => {
    const store = memoryLimitStore();
    store.take('a', 5, RULE, 0);
    const wider = limitRule({ limit: 8, perMs: 1000, algorithm: 'fixed-window' });
    expect(store.take('a', 4, wider, 600)).toMatchObject({ allowed: false, retryAfterMs: 400 });
  });

  test('clear forgets everything', () => {
    const store = memoryLimitStore();
    store.take('a', 5, RULE, 0);
    store.clear();
    expect([store.size, store.take('a', 5, RULE, 0).allowed]).toEqual([0, true]);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => memoryLimitStore({ maxKeys: 0 })).toThrow(
      'Expected `maxKeys` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => memoryLimitStore({ idleMs: '1' as never })).toThrow(TypeError);
    expect(() => memoryLimitStore({ maxkeys: 1 } as never)).toThrow('Did you mean "maxKeys"?');
  });
});

type Twist = { readonly [K in 'remaining' | 'resetMs' | 'retryAfterMs']?: (was: number) => number };

/** A store that tells one figure wrong wherever it is not 0. */
function withTake(store: LimitStore, twists: Twist): LimitStore {
  return {
    ...store,
    async take(...args) {
      const decision = await store.take(...args);
      const twisted = Object.entries(twists).map(([name, twist]) => {
        const was = decision[name as keyof Twist];
        return [name, was === 0 ? 0 : twist(was)];
      });
      return { ...decision, ...Object.fromEntries(twisted) };
    },
  };
}
