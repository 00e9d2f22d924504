/** Tests of the store in memory. */
import { expect, test } from 'vitest';
import { memoryCacheStore } from './memory-cache-store.ts';
import type { StoredAnswer } from './stored-answer.ts';

const answer = (bytes: number, ...tags: string[]): StoredAnswer => ({
  status: 200,
  headers: ['A', 'b'],
  body: new Uint8Array(bytes),
  vary: [['x', null]],
  etag: undefined,
  lastModified: undefined,
  tags,
  receivedMs: 0,
  dateMs: 0,
  ageMs: 0,
  lifetimeMs: 0,
  mustValidate: false,
  neverStale: false,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
});

test('gives what was set last', () => {
  const store = memoryCacheStore();
  const [one, other] = [[answer(1)], [answer(2)]];
  void store.set('a', one, 1);
  void store.set('a', other, 1);
  expect([store.get('a'), store.get('b')]).toEqual([other, undefined]);
  void store.delete('a');
  expect([store.get('a'), store.size, store.bytes]).toEqual([undefined, 0, 0]);
});

test('drops what was used longest ago when it is full, by bytes', () => {
  const store = memoryCacheStore({ maxBytes: 5_000 });
  for (const key of ['a', 'b', 'c']) void store.set(key, [answer(1_000)], 1);
  expect(store.get('a')).toBeDefined();
  void store.set('d', [answer(1_000)], 1);
  expect(['a', 'b', 'c', 'd'].filter((key) => store.get(key) !== undefined)).toEqual([
    'a',
    'c',
    'd',
  ]);
  expect(store.bytes).toBeLessThanOrEqual(5_000);
});

test('what is larger than all of it is not kept, and neither is what it would have replaced', () => {
  const store = memoryCacheStore({ maxBytes: 5_000 });
  void store.set('a', [answer(1)], 1);
  void store.set('a', [answer(3_000), answer(3_000)], 1);
  expect([store.get('a'), store.bytes]).toEqual([undefined, 0]);
});

test('drops by tag, and forgets the tags of what it has dropped', () => {
  const store = memoryCacheStore();
  void store.set('a', [answer(1, 'red'), answer(1, 'blue')], 1);
  void store.set('b', [answer(1, 'red')], 1);
  void store.set('c', [answer(1, 'blue')], 1);
  void store.deleteTagged('red');
  expect(['a', 'b', 'c'].filter((key) => store.get(key) !== undefined)).toEqual(['c']);
  void store.set('c', [answer(1)], 1);
  void store.deleteTagged('blue');
  expect(store.get('c')).toBeDefined();
  void store.clear();
  expect([store.get('c'), store.size, store.bytes]).toEqual([undefined, 0, 0]);
});

test('refuses what is no size', () => {
  expect(() => memoryCacheStore({ maxBytes: 0 })).toThrow('`maxBytes`');
  expect(() => memoryCacheStore({ maxByte: 1 } as never)).toThrow('"maxBytes"');
});
