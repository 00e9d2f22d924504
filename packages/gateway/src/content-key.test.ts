/** Tests of contentKey: the same for the same content, another for any other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentKey } from './content-key.ts';

test('is the same in whatever order names come, and without those that are undefined', () => {
  expect(contentKey({ a: 1, b: { c: [1, 2], d: null } })).toBe(
    contentKey({ b: { d: null, c: [1, 2] }, a: 1, e: undefined }),
  );
});

test('is another for other content', () => {
  const plain = fc.jsonValue().filter((value) => !Object.is(value, -0));
  fc.assert(
    fc.property(plain, plain, (one, other) => {
      const sorted = (value: unknown): string =>
        JSON.stringify(value, (_, inner: unknown) =>
          typeof inner === 'object' && inner !== null && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
            : inner,
        );
      expect(contentKey(one) === contentKey(other)).toBe(sorted(one) === sorted(other));
    }),
  );
  expect(contentKey([1, [2]])).not.toBe(contentKey([[1], 2]));
  expect(contentKey('1')).not.toBe(contentKey(1));
});

test('of functions and of what has a class is that of the one thing', () => {
  const one = (): number => 1;
  const other = (): number => 1;
  expect(contentKey({ one })).toBe(contentKey({ one }));
  expect(contentKey({ one })).not.toBe(contentKey({ one: other }));
  expect(contentKey(new Map([[1, 2]]))).not.toBe(contentKey(new Map([[1, 2]])));
});
