/** Tests of backoff: each kind and jitter by table, and that no delay leaves its bounds. */
import { seededRandom } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff, type BackoffOptions } from './backoff.ts';

/** The delays after attempts 1, 2, 3, … where chance is always the same. */
function delaysOf(options: BackoffOptions, chance: number, attempts: number): number[] {
  const delayAfter = backoff(options);
  const delays: number[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    delays.push(delayAfter(attempt, () => chance, delays.at(-1) ?? 0));
  }
  return delays;
}

/** Less than 1 by as little as it can be. */
const MOST = 1 - 2 ** -32;

const TABLE: readonly (readonly [BackoffOptions, number, readonly number[]])[] = [
  [{ kind: 'none' }, 0.5, [0, 0, 0]],
  [{ kind: 'constant', jitter: 'none' }, 0.5, [100, 100, 100]],
  [{ kind: 'linear', jitter: 'none' }, 0.5, [100, 200, 300]],
  [{ kind: 'linear', baseMs: 250, capMs: 600, jitter: 'none' }, 0.5, [250, 500, 600]],
  [{ jitter: 'none' }, 0.5, [100, 200, 400, 800, 1600]],
  [{ factor: 3, baseMs: 10, jitter: 'none' }, 0.5, [10, 30, 90, 270]],
  [{ factor: 1, jitter: 'none' }, 0.5, [100, 100, 100]],
  [{ baseMs: 0, jitter: 'none' }, 0.5, [0, 0, 0]],
  [{}, 0, [0, 0, 0]],
  [{}, 0.5, [50, 100, 200, 400]],
  [{ jitter: 'equal' }, 0, [50, 100, 200]],
  [{ jitter: 'equal' }, 0.5, [75, 150, 300]],
  [{ jitter: 'decorrelated' }, 0, [100, 100, 100]],
  [{ jitter: 'decorrelated' }, 0.5, [200, 350, 575]],
  [{ jitter: 'decorrelated', capMs: 300 }, 0.5, [200, 300, 300]],
  [{ kind: 'constant', jitter: 0.25 }, 0, [75, 75]],
  [{ kind: 'constant', jitter: 0.25 }, 0.5, [100, 100]],
  [{ kind: 'constant', jitter: 0.25 }, 0.75, [112.5, 112.5]],
  [{ kind: 'linear', jitter: 0 }, 0.9, [100, 200]],
];

describe('backoff', () => {
  test.each(TABLE)('of %j at chance %d waits %j', (options, chance, expected) => {
    expect(delaysOf(options, chance, expected.length)).toEqual(expected);
  });

  test('the cap is the last word, behind jitter', () => {
    const capped: BackoffOptions = { kind: 'constant', baseMs: 1000, capMs: 1000, jitter: 0.25 };
    expect(delaysOf(capped, 0.9, 1)).toEqual([1000]);
    expect(delaysOf({ capMs: 250, jitter: 'none' }, 0, 3)).toEqual([100, 200, 250]);
  });

  test('at the cap callers still do not come back together', () => {
    expect(delaysOf({ capMs: 1000 }, 0.5, 20).at(-1)).toBe(500);
  });

  test('the first delays of the AWS SDKs: 100 ms by 2 up to 20 s, with full jitter', () => {
    const aws: BackoffOptions = { baseMs: 100, factor: 2, capMs: 20_000, jitter: 'full' };
    const delays = delaysOf(aws, MOST, 16).map(Math.round);
    expect(delays.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(delays.at(-1)).toBe(20_000);
    expect(delaysOf({ ...aws, baseMs: 500 }, MOST, 4).map(Math.round)).toEqual([
      500, 1000, 2000, 4000,
    ]);
  });

  test('M-137 the recipe: 1 s by 2 up to 60 s, each between a half and one and a half of it', () => {
    const recipe: BackoffOptions = { baseMs: 1000, factor: 2, capMs: 60_000, jitter: 0.5 };
    expect(delaysOf(recipe, 0, 3)).toEqual([500, 1000, 2000]);
    expect(delaysOf(recipe, 0.5, 3)).toEqual([1000, 2000, 4000]);
    expect(delaysOf(recipe, MOST, 3).map(Math.round)).toEqual([1500, 3000, 6000]);
    expect(delaysOf(recipe, MOST, 10).at(-1)).toBe(60_000);
  });

  const KINDS = ['constant', 'linear', 'exponential'] as const;
  const JITTERS = ['none', 'full', 'equal', 'decorrelated', 0.25, 1] as const;

  test.each(KINDS.flatMap((kind) => JITTERS.map((jitter) => ({ kind, jitter }))))(
    'of %j does not overflow at attempt a million',
    (options) => {
      for (const chance of [0, 0.5, MOST]) {
        const delayMs = backoff(options)(1e6, () => chance, 30_000);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(30_000);
      }
    },
  );

  test('no delay leaves its bounds, whatever the options', () => {
    const options = fc.record({
      kind: fc.constantFrom(...KINDS),
      jitter: fc.oneof(fc.constantFrom(...JITTERS), fc.double({ min: 0, max: 1, noNaN: true })),
      baseMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      factor: fc.double({ min: 1, max: 1e9, noNaN: true }),
      capMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    });
    fc.assert(
      fc.property(options, fc.nat(1e6), fc.nat(1e9), fc.nat(), (chosen, attempt, before, seed) => {
        const delayMs = backoff(chosen)(attempt + 1, seededRandom(seed), before);
        expect(delayMs >= 0 && delayMs <= chosen.capMs).toBe(true);
      }),
    );
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => backoff({ kind: 'quadratic' as never })).toThrow(
      "Expected `kind` to be 'constant', 'linear', 'exponential' or 'none', got `quadratic` (string).",
    );
    expect(() => backoff({ baseMs: -1 })).toThrow(RangeError);
    expect(() => backoff({ capMs: Infinity })).toThrow(RangeError);
    expect(() => backoff({ factor: 0.5 })).toThrow('Expected `factor` to be a finite number, 1');
    expect(() => backoff({ factor: '2' as never })).toThrow(TypeError);
    expect(() => backoff({ jitter: 1.5 })).toThrow(RangeError);
    expect(() => backoff({ jitter: Number.NaN })).toThrow(RangeError);
    expect(() => backoff({ jitter: 'some' as never })).toThrow('a share from 0 to 1, got `some`');
    expect(() => backoff({ base: 5 } as never)).toThrow('Did you mean "baseMs"?');
  });
});
