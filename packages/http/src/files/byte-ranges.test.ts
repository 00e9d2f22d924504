/** Tests of byte ranges. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRanges } from './byte-ranges.ts';

test.each([
  ['bytes=0-4', [{ first: 0, last: 4 }]],
  ['bytes=5-', [{ first: 5, last: 9 }]],
  ['bytes=-3', [{ first: 7, last: 9 }]],
  ['bytes=-30', [{ first: 0, last: 9 }]],
  ['bytes=8-20', [{ first: 8, last: 9 }]],
  [
    'Bytes=0-0, 2-3 ,-1',
    [
      { first: 0, last: 0 },
      { first: 2, last: 3 },
      { first: 9, last: 9 },
    ],
  ],
  ['bytes=10-', []],
  ['bytes=-0', []],
  ['bytes=20-30,40-', []],
  ['bytes=0-1,20-', [{ first: 0, last: 1 }]],
  ['bytes=4-2', undefined],
  ['bytes=-', undefined],
  ['bytes=', undefined],
  ['bytes=a-b', undefined],
  ['bytes=1-2-3', undefined],
  ['bytes=1 2-3', undefined],
  ['lines=0-4', undefined],
  ['bytes=0-,0-', undefined],
  [`bytes=${'0-0,'.repeat(10)}1-1`, undefined],
  ['bytes=0-99999999999999999999', undefined],
])('%s', (header, ranges) => {
  expect(parseRanges(header, 10)).toEqual(ranges);
});

test('never gives what is not there, or more than all of it', () => {
  const part = fc.tuple(fc.option(fc.nat(30)), fc.option(fc.nat(30)));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.nat(20), (parts, size) => {
      const text = parts.map(([from, to]) => `${from ?? ''}-${to ?? ''}`).join();
      const ranges = parseRanges(`bytes=${text}`, size) ?? [];
      let bytes = 0;
      for (const { first, last } of ranges) {
        expect(first >= 0 && first <= last && last < size).toBe(true);
        bytes += last - first + 1;
      }
      expect(bytes).toBeLessThanOrEqual(size);
    }),
  );
});
