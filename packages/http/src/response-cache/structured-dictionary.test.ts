/** Tests of structured dictionaries. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDictionary } from './structured-dictionary.ts';

test.each<[string, Record<string, string | true>]>([
  ['max-age=60', { 'max-age': '60' }],
  ['max-age=60, must-revalidate', { 'max-age': '60', 'must-revalidate': true }],
  ['max-age=60;a=1;b, no-store', { 'max-age': '60', 'no-store': true }],
  ['a;x=?0;y="z" , b=token/1', { a: true, b: 'token/1' }],
  ['no-cache="a, b", a="q\\"\\\\"', { 'no-cache': 'a, b', a: 'q"\\' }],
  ['a=?1, b=?0', { a: '?1' }],
  ['a=1, a=2', { a: '2' }],
  ['a=-1, b=1.5, c=:YQ==:, d=(1 "x" t;p);q', { a: '-1', b: '1.5', c: ':YQ==:', d: '()' }],
  ['', {}],
])('reads %s', (text, members) => {
  const expected = Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key, value === '?1' ? true : value]),
  );
  expect(Object.fromEntries(parseDictionary(text) ?? [['none', true]])).toEqual(expected);
});

test.each([
  'MAX-AGE=60',
  'max-age =60',
  'max-age= 60',
  'max-age=60,',
  ',max-age=60',
  'a b',
  'a="x',
  'a="é"',
  'a=1;B',
  'a=(1',
  'a=',
  'a==1',
  '=1',
  'a=1;=2',
])('%s is none', (text) => {
  expect(parseDictionary(text)).toBeUndefined();
});

test('never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), (text) => {
      const members = parseDictionary(text);
      expect(members === undefined || members instanceof Map).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
