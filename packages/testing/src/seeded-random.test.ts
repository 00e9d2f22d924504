/** Seeded chance: the same numbers for the same seed, and numbers that look like chance. */
import { describe, expect, test } from 'vitest';
import { seededRandom } from './index.ts';

const draw = (random: () => number, times: number): number[] =>
  Array.from({ length: times }, random);

describe('seededRandom', () => {
  test('gives the same numbers for the same seed, and others for another', () => {
    expect(draw(seededRandom(7), 20)).toEqual(draw(seededRandom(7), 20));
    expect(draw(seededRandom(7), 20)).not.toEqual(draw(seededRandom(8), 20));
  });

  test('gives these numbers forever', () => {
    // With this seed the counter goes to 1 first, and the mixer is known to turn 1 into 0x514e28b7.
    expect(seededRandom(1 - 0x9e3779b9 + 2 ** 32)()).toBe(0x514e28b7 / 2 ** 32);
    expect(draw(seededRandom(0), 3).map((number) => number.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.573398",
        "0.237654",
        "0.105781",
      ]
    `);
  });

  test('gives numbers from 0 up to 1, evenly', () => {
    const numbers = draw(seededRandom(1), 10_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
      expect(count).toBeGreaterThan(900);
      expect(count).toBeLessThan(1100);
    }
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %j', (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });

  test('refuses a seed that is no number', () => {
    expect(() => seededRandom('7' as never)).toThrow('Expected `seed` to be a whole number');
  });
});
