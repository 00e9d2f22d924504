/** Tests of the cache of one worker. */
import { fakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { localCache } from './local-cache.ts';

function counting<V>(values: (key: string, time: number) => V, options: object = {}) {
  const clock = fakeClock();
  const asked: string[] = [];
  const cache = localCache<V>({
    load: (key) => {
      asked.push(key);
      return values(key, asked.length);
    },
    clock,
    ...options,
  });
  return { clock, asked, cache };
}

describe('a local cache', () => {
  test('G-193 asks the dictionary once in a while, whoever asks for the value', async () => {
    const clock = fakeClock();
    const { config_cache: dictionary } = memoryDictionaries(clock);
    let asked = 0;
    const cache = localCache({
      load: (key) => {
        asked++;
        return dictionary.get(key);
      },
      ttlMs: 500,
      clock,
    });
    await dictionary.set('limit', 10);
    for (let time = 0; time < 100; time++) expect(cache.get('limit')).toBe(10);
    expect(asked).toBe(1);
    await dictionary.set('limit', 20);
    await clock.advance(499);
    expect(cache.get('limit')).toBe(10);
    await clock.advance(1);
    expect(cache.get('limit')).toBe(20);
    expect(asked).toBe(2);
  });

  test('G-193 remembers that there is nothing', () => {
    const { cache, asked } = counting(() => undefined);
    expect([cache.get('a'), cache.get('a')]).toEqual([undefined, undefined]);
    expect(asked).toEqual(['a']);
  });

  test('forgets the least recently used where there is no room, and what it is told to forget', () => {
    const { cache, asked } = counting((key) => key, { maxEntries: 2 });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) cache.get(key);
    expect(asked).toEqual(['a', 'b', 'c', 'b']);
    cache.forget('b');
    cache.get('b');
    expect(asked).toHaveLength(5);
  });

  test('those who ask while a value is on its way wait for the same one', async () => {
    const { cache, asked } = counting(async (key) => `${key}!`);
    expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['a!', 'a!']);
    expect(asked).toEqual(['a']);
    expect(cache.get('a')).toBe('a!');
  });

  test('what fails is told to all who wait, and asked for again', async () => {
    const { cache } = counting((_, time) =>
      time === 1 ? Promise.reject(new Error('down')) : Promise.resolve('up'),
    );
    const both = await Promise.allSettled([cache.get('a'), cache.get('a')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await settle();
    expect(await cache.get('a')).toBe('up');
  });

  test('what is forgotten while it is on its way does not come back', async () => {
    const first = pending<string>();
    const { cache } = counting((_, time) => (time === 1 ? first : Promise.resolve('new')));
    const waiting = cache.get('a');
    cache.forget('a');
    expect(await cache.get('a')).toBe('new');
    first.resolve('old');
    expect(await waiting).toBe('old');
    expect(cache.get('a')).toBe('new');
  });

  test('a load that throws throws, and is asked for again', () => {
    const { cache, asked } = counting((_, time) => {
      if (time === 1) throw new Error('down');
      return 'up';
    });
    expect(() => cache.get('a')).toThrow('down');
    expect(cache.get('a')).toBe('up');
    expect(asked).toHaveLength(2);
  });

  test.each([
    [{ load: 1 }, 'Expected `load` to be a function'],
    [{ load: String, ttlMs: -1 }, 'ttlMs'],
    [{ load: String, maxEntries: 0 }, 'maxEntries'],
    [{ load: String, ttl: 1 }, 'Unknown option `ttl` of localCache(). Did you mean "ttlMs"?'],
  ])('refuses %j', (options, message) => {
    expect(() => localCache(options as never)).toThrow(message);
  });
});
