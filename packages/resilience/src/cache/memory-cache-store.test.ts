/** Tests of the cache store in memory, and of the contract that it keeps. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { CacheStore } from './cache-store.ts';
import { cacheStoreContract, type CacheStoreTrial } from './cache-store-contract.ts';
import { memoryCacheStore } from './memory-cache-store.ts';

const LONG = { ttlMs: 1000, keepMs: 1000, tags: [] };

function trial(): CacheStoreTrial {
  const clock = fakeClock();
  return { store: memoryCacheStore({ clock }), advance: (ms) => clock.advance(ms) };
}

for (const law of cacheStoreContract(trial)) test(`memoryCacheStore ${law.name}`, law.check);

describe('memoryCacheStore', () => {
  test('X-R5 holds no more entries than it may, and drops the least recently used', () => {
    const evicted: string[] = [];
    const store = memoryCacheStore({ maxEntries: 2, onEvicted: (key) => evicted.push(key) });
    store.set('a', { ...LONG, value: 1 });
    store.set('b', { ...LONG, value: 2 });
    store.get('a');
    store.set('c', { ...LONG, value: 3 });
    expect(evicted).toEqual(['b']);
    expect([store.get('a')?.value, store.get('b'), store.get('c')?.value]).toEqual([
      1,
      undefined,
      3,
    ]);
    expect(store.size).toBe(2);
  });

  test('to set an entry again drops no other', () => {
    const evicted: string[] = [];
    const store = memoryCacheStore({ maxEntries: 2, onEvicted: (key) => evicted.push(key) });
    for (const key of ['a', 'b', 'a', 'b']) store.set(key, { ...LONG, value: key });
    expect(evicted).toEqual([]);
    expect(store.size).toBe(2);
  });

  test('is exact: kept to the last millisecond, gone with the next', () => {
    const clock = fakeClock();
    const store = memoryCacheStore({ clock });
    store.set('a', { value: 1, ttlMs: 5, keepMs: 10, tags: [] });
    clock.advanceSync(9);
    expect(store.get('a')).toEqual({ value: 1, ageMs: 9, ttlMs: 5, tags: [] });
    clock.advanceSync(1);
    expect(store.get('a')).toBeUndefined();
    expect(store.size).toBe(0);
  });

  test('X-R6 sets no timer', () => {
    const clock = fakeClock();
    const store = memoryCacheStore({ clock });
    store.set('a', { ...LONG, value: 1 });
    expect(clock.nextInMs).toBeUndefined();
  });

  test('can be made smaller, larger and empty', () => {
    const evicted: string[] = [];
    const store = memoryCacheStore({ onEvicted: (key) => evicted.push(key) });
    for (const key of ['a', 'b', 'c']) store.set(key, { ...LONG, tags: ['tag'], value: key });
    store.resize(1);
    expect(evicted).toEqual(['a', 'b']);
    store.resize(2);
    store.set('d', { ...LONG, value: 'd' });
    expect([store.get('c')?.value, store.get('d')?.value]).toEqual(['c', 'd']);
    store.clear();
    store.invalidate('tag');
    expect([store.size, store.get('c')]).toEqual([0, undefined]);
    expect(() => store.resize(0)).toThrow(RangeError);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => memoryCacheStore({ maxEntries: 0 })).toThrow(
      'Expected `maxEntries` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => memoryCacheStore({ onEvicted: 1 as never })).toThrow('a function');
    expect(() => memoryCacheStore({ maxEntry: 1 } as never)).toThrow('Did you mean "maxEntries"?');
  });
});

/** Stores that get one thing wrong each. */
const FAULTS: Readonly<Record<string, (store: CacheStore) => Partial<CacheStore>>> = {
  'has nothing that was not set': () => ({ get: () => null as never }),
  'gives back what was set, with its figures': (store) => ({
    set: (key, entry) => store.set(key, { ...entry, tags: [] }),
  }),
  'keeps values that are easily taken for none': (store) => ({
    get: (key) => {
      const found = store.get(key) as { value: unknown } | undefined;
      return found?.value ? (found as never) : undefined;
    },
  }),
  'keeps an entry for ever if it is told so': (store) => ({
    set: (key, entry) => store.set(key, { ...entry, keepMs: Math.min(entry.keepMs, 800) }),
  }),
  'tells how old an entry is': (store) => ({
    get: (key) => {
      const found = store.get(key) as object | undefined;
      return found && ({ ...found, ageMs: 0 } as never);
    },
  }),
  'keeps an entry that is not fresh any more': (store) => ({
    set: (key, entry) => store.set(key, { ...entry, keepMs: entry.ttlMs }),
  }),
  'has lost an entry when its time to be kept is over': (store) => ({
    set: (key, entry) => store.set(key, { ...entry, keepMs: entry.keepMs + 1 }),
  }),
  'lets a new entry take the place of an old one, with its age and its tags': (store) => ({
    invalidate: (tag) => (tag === 'old tag' ? store.delete('key') : store.invalidate(tag)),
  }),
  'does not hold an invalidation against what is set later': (store) => {
    let invalid = false;
    return {
      invalidate(tag) {
        invalid = true;
        return store.invalidate(tag);
      },
      set: (key, entry) => (invalid ? undefined : store.set(key, entry)),
    };
  },
  'deletes one entry and no other': (store) => ({ delete: () => store.invalidate('tag') }),
  'invalidates all that depends on a tag and nothing else': (store) => ({
    set: (key, entry) => store.set(key, { ...entry, tags: entry.tags.slice(0, 1) }),
    invalidate: (tag) => (tag === 'red' ? store.delete('red') : store.invalidate(tag)),
  }),
  'keeps names apart: of keys, of tags, and such as are unusual': (store) => ({
    set: (key, entry) => store.set(key.toLowerCase(), entry),
    get: (key) => store.get(key.toLowerCase()),
  }),
};

describe('the contract', () => {
  test.each(Object.entries(FAULTS))('finds the store that breaks: %s', async (name, fault) => {
    const laws = cacheStoreContract(() => {
      const sound = trial();
      const { store } = sound;
      const broken: CacheStore = {
        get: (key) => store.get(key),
        set: (key, entry) => store.set(key, entry),
        delete: (key) => store.delete(key),
        invalidate: (tag) => store.invalidate(tag),
        ...fault(store),
      };
      return { ...sound, store: broken };
    });
    await expect(laws.find((law) => law.name === name)?.check()).rejects.toThrow('Expected');
  });

  test('ends what it has begun, also when a law is broken', async () => {
    let ended = 0;
    const laws = cacheStoreContract(() => ({
      ...trial(),
      store: { get: () => null as never } as unknown as CacheStore,
      end: () => ended++,
    }));
    const [first] = laws;
    await expect(first?.check()).rejects.toThrow('got null');
    expect(ended).toBe(1);
  });
});
