/** Checks of options. */
import { describe, expect, test } from 'vitest';
import { checkMs, checkWhole, outOfRange, unexpected } from './option.ts';

describe('whole numbers', () => {
  test('are given back', () => {
    expect([checkWhole('x', 0), checkWhole('x', 5, 5)]).toEqual([0, 5]);
  });

  test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53])('%d is out of range', (value) => {
    expect(() => checkWhole('x', value)).toThrow(RangeError);
    expect(() => checkWhole('x', value)).toThrow('Expected `x` to be a whole number, 0 or more');
  });

  test.each(['5', null, undefined, true])('%j is of the wrong kind', (value) => {
    expect(() => checkWhole('x', value as never)).toThrow(TypeError);
  });
});

describe('durations', () => {
  test('are given back, and may be without end', () => {
    expect([checkMs('x', 0), checkMs('x', 1.5), checkMs('x', Infinity)]).toEqual([
      0,
      1.5,
      Infinity,
    ]);
  });

  test('are not less than they may be', () => {
    expect(() => checkMs('x', 4, 5)).toThrow(RangeError);
    expect(() => checkMs('x', 4, 5)).toThrow('a number of milliseconds, 5 or more, got `4`');
  });

  test.each([Number.NaN, '5', null])('%j is none', (value) => {
    expect(() => checkMs('x', value as number)).toThrow(TypeError);
  });
});

test.each([
  ['text', '"text" (string)'],
  [5, '`5` (number)'],
  [true, '`true` (boolean)'],
  [null, 'null'],
  [undefined, 'undefined'],
  [[], 'an array'],
  [{}, 'an object'],
  [() => {}, 'a function'],
  ['x'.repeat(100), `"${'x'.repeat(60)}" (string)`],
])('an error says what came: %j', (value, shown) => {
  expect(unexpected('a', 'b', value).message).toBe(`Expected \`a\` to be b, got ${shown}.`);
  expect(outOfRange('a', 'b', value).message).toBe(`Expected \`a\` to be b, got ${shown}.`);
});
