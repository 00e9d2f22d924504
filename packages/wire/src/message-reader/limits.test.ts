/** Limits as options. */
import { describe, expect, test } from 'vitest';
import { checkLimits, type LimitOptions } from './limits.ts';

test('have the values that are documented', () => {
  expect(checkLimits({}, 10)).toEqual({
    maxLineBytes: 8192,
    maxHeadBytes: 16_384,
    maxHeaders: 100,
    maxBodyBytes: 10,
    maxExtensionBytes: 1024,
  });
});

test('may be set, and bodies may be without any', () => {
  const options = {
    maxLineBytes: 16,
    maxHeadBytes: 64,
    maxHeaders: 1,
    maxBodyBytes: Infinity,
    maxExtensionBytes: 0,
  };
  expect(checkLimits(options, 10)).toEqual(options);
});

describe('are checked', () => {
  test.each([
    [{ maxLineBytes: 15 }, 'Expected `maxLineBytes` to be a whole number, 16 or more, got `15`'],
    [{ maxHeadBytes: 63 }, 'Expected `maxHeadBytes` to be a whole number, 64 or more, got `63`'],
    [{ maxHeaders: 0 }, 'Expected `maxHeaders` to be a whole number, 1 or more, got `0` (number).'],
    [{ maxBodyBytes: -1 }, 'Expected `maxBodyBytes` to be a whole number, 0 or more, got `-1`'],
    [{ maxBodyBytes: Number.NaN }, 'Expected `maxBodyBytes`'],
    [{ maxExtensionBytes: 1.5 }, 'Expected `maxExtensionBytes`'],
    [{ maxHeadBytes: Infinity }, 'Expected `maxHeadBytes`'],
  ])('%j', (options: LimitOptions, message) => {
    expect(() => checkLimits(options, 10)).toThrow(RangeError);
    expect(() => checkLimits(options, 10)).toThrow(message);
  });

  test('what is no number is a TypeError', () => {
    expect(() => checkLimits({ maxHeaders: '5' as never }, 10)).toThrow(TypeError);
  });
});
