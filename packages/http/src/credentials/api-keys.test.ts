/** Tests of ApiKeys. */
import { describe, expect, test, vi } from 'vitest';
import { ApiKeys } from './api-keys.ts';
import * as digests from './sha256.ts';

vi.mock('./sha256.ts', { spy: true });

const DIGEST_OF_OLD = 'sha256:8d1b5a4d4b0e2b1b';

describe('ApiKeys', () => {
  test('F-66 compares digests of both sides in constant time, every key every time', () => {
    const keys = new ApiKeys(['first-key', 'second-key', 'third']);
    const compare = vi.mocked(digests.equalDigests);
    for (const [key, fits] of [
      ['first-key', true],
      ['third', true],
      ['first-kex', false],
      ['f', false],
      ['a key that is far longer than any of those that there are', false],
    ] as const) {
      compare.mockClear();
      expect(keys.has(key)).toBe(fits);
      expect(compare).toHaveBeenCalledTimes(3);
      for (const [one, other] of compare.mock.calls) {
        expect([one, other].map(({ length }) => length)).toEqual([8, 8]);
      }
    }
  });

  test('takes digests in the place of keys, and keeps nothing else', () => {
    const keys = new ApiKeys([`sha256:${digests.hexOf(digests.sha256('the key'))}`]);
    expect([keys.has('the key'), keys.has('another')]).toEqual([true, false]);
    expect(() => new ApiKeys([DIGEST_OF_OLD])).toThrow('64 hexadecimal digits');
    expect(JSON.stringify(new ApiKeys(['secret']))).toBe('{}');
  });

  test('can be changed whole; what is wrong changes nothing', () => {
    const keys = new ApiKeys(['old']);
    keys.replace(['old', 'new']);
    expect([keys.has('old'), keys.has('new')]).toEqual([true, true]);
    expect(() => keys.replace(['newer', ' '])).toThrow('not blank');
    expect(keys.has('old')).toBe(true);
    keys.replace([]);
    expect([keys.isEmpty, keys.has('old'), keys.has('')]).toEqual([true, false, false]);
  });

  test.each([
    ['a text', 'key'],
    ['a number in the list', [1]],
    ['a blank', ['']],
  ])('refuses %s, and does not show it', (_, keys) => {
    expect(() => new ApiKeys(keys as string[])).toThrow('`keys`');
  });
});
