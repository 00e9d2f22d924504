/** Tests of SHA-256 against the one of Node. */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOfHex, equalDigests, hexOf, keyedSha256, sha256 } from './sha256.ts';

const theirs = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

describe('sha256', () => {
  test('is the one of everybody, for texts and bytes of every length', () => {
    expect(hexOf(sha256(''))).toBe(theirs(''));
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
      expect(hexOf(sha256(bytes))).toBe(theirs(bytes));
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(hexOf(sha256(text))).toBe(theirs(text));
      }),
    );
  });

  test('with a key is that of the key and the data', () => {
    const key = crypto.getRandomValues(new Uint8Array(64));
    const digest = keyedSha256(key);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(hexOf(digest(data))).toBe(theirs(Uint8Array.from([...key, ...data])));
      }),
    );
    expect(() => keyedSha256(new Uint8Array(63))).toThrow('64 bytes');
  });

  test('comes and goes as hexadecimal', () => {
    const digest = sha256('x');
    expect(digestOfHex(hexOf(digest).toUpperCase())).toEqual(digest);
    for (const none of ['', 'ab', `${hexOf(digest)}0`, 'g'.repeat(64)]) {
      expect(digestOfHex(none)).toBeUndefined();
    }
  });
});

describe('equalDigests', () => {
  test('tells every single bit apart', () => {
    const digest = sha256('x');
    expect(equalDigests(digest, sha256('x'))).toBe(true);
    for (let bit = 0; bit < 256; bit++) {
      const other = digest.slice();
      other[bit >> 5] = (other[bit >> 5] as number) ^ (1 << (bit & 31));
      expect(equalDigests(digest, other)).toBe(false);
    }
    expect(equalDigests(digest, digest.slice(0, 7))).toBe(false);
  });

  test('looks at every word, wherever the first difference is', () => {
    const looks = (at: number): number => {
      let count = 0;
      const other = sha256('x');
      if (at >= 0) other[at] = (other[at] as number) ^ 1;
      const watched = new Proxy(other, {
        get(own, key) {
          if (typeof key === 'string' && /^\d$/.test(key)) count++;
          return Reflect.get(own, key) as unknown;
        },
      });
      equalDigests(sha256('x'), watched);
      return count;
    };
    expect([-1, 0, 3, 7].map(looks)).toEqual([8, 8, 8, 8]);
  });
});
