/** Bytes gathered piece by piece: all of them, in order, and no more memory than they need. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GatheredBytes } from './gathered-bytes.ts';

const pieces = fc.array(fc.uint8Array({ maxLength: 70_000, size: 'max' }), { maxLength: 12 });

test('nothing is nothing', () => {
  expect(new GatheredBytes().take()).toEqual(Buffer.alloc(0));
});

test('all that was added comes out in order, whether its length was known, unknown, or said wrongly', () => {
  fc.assert(
    fc.property(pieces, fc.nat(200_000), (added, guess) => {
      const all = Buffer.concat(added);
      for (const expected of [undefined, all.length, guess]) {
        const gathered = new GatheredBytes(expected);
        for (const piece of added) gathered.add(piece);
        expect(gathered.size).toBe(all.length);
        expect(gathered.take().equals(all)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

test('a length that is known is all the memory that is taken', () => {
  const gathered = new GatheredBytes(100_000);
  for (let left = 100_000; left > 0; left -= 1000) gathered.add(Buffer.alloc(1000));
  expect(gathered.take().buffer.byteLength).toBe(100_000);
});

test('a length that is announced takes no memory before the bytes are there', () => {
  const gathered = new GatheredBytes(10 ** 12);
  gathered.add(Buffer.from('a'));
  expect(gathered.take().buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
});
