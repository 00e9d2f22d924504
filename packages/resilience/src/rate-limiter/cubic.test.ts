/** Tests of cubic, by the vectors that the AWS SDKs publish. */
import { describe, expect, test } from 'vitest';
import { cubic, cubicRate } from './cubic.ts';
import { limitRule } from './limit-rule.ts';

/** A bucket whose ceiling is out of the way, as in the SDKs, where there is none. */
const unbounded = () => {
  const algorithm = cubic(limitRule({ algorithm: 'cubic', limit: 1_000_000, perMs: 1000 }));
  return { algorithm, state: algorithm.start(0) };
};

/**
 * smithy-lang/smithy-typescript, packages/util-retry/src/DefaultRateLimiter.spec.ts, at commit 1e36cf8. The SDK rounds to 8 places in between,
 * which shows in the last of them.
 */
describe('vectors of the AWS SDKs', () => {
  test.each([
    [5, 7],
    [6, 9.64893601],
    [7, 10.00003085],
    [8, 10.45328452],
    [9, 13.40869703],
    [10, 21.26626836],
    [11, 36.42599853],
  ])('success at %d s, after a refusal at 5 s and a rate of 10: %d per second', (seconds, rate) => {
    expect(cubicRate(10, seconds - 5)).toBeCloseTo(rate, 7);
  });

  test.each([
    [5, 0.112],
    [6, 0.09333333],
    [7, 0.08],
    [8, 0.07],
    [9, 0.06222222],
  ])('refused at %d s: back to %d per second, the least of which is 0.5', (seconds, rate) => {
    const { algorithm, state } = unbounded();
    algorithm.learn(state, true, seconds * 1000);
    expect(state.lastMaxRate * 0.7).toBeCloseTo(rate, 8);
    expect(state.fillRate).toBe(0.5);
  });

  test.each([
    [0.5, 892.8571428571428],
    [1, 1785.7142857142856],
    [2, 2000],
  ])('refused at %d s: the next token comes after %d ms', (seconds, delayMs) => {
    const { algorithm, state } = unbounded();
    algorithm.learn(state, true, seconds * 1000);
    expect(algorithm.waitMs(state, 1, seconds * 1000)).toBe(Math.ceil(delayMs));
  });

  test('a row of successes and refusals', () => {
    // refused?, seconds, measured rate, rate of tokens
    const row: readonly (readonly [boolean, number, number, number])[] = [
      [false, 0.2, 0, 0.5],
      [false, 0.4, 0, 0.5],
      [false, 0.6, 4.8, 0.5],
      [false, 0.8, 4.8, 0.5],
      [false, 1, 4.16, 0.5],
      [false, 1.2, 4.16, 0.6912],
      [false, 1.4, 4.16, 1.0976],
      [false, 1.6, 5.632, 1.6384],
      [false, 1.8, 5.632, 2.3328],
      [true, 2, 4.3264, 3.02848],
      [false, 2.2, 4.3264, 3.486639],
      [false, 2.4, 4.3264, 3.821874],
      [false, 2.6, 5.66528, 4.053386],
      [false, 2.8, 5.66528, 4.200373],
      [false, 3, 4.333056, 4.282037],
      [true, 3.2, 4.333056, 2.997426],
      [false, 3.4, 4.333056, 3.452226],
    ];
    const { algorithm, state } = unbounded();
    const got = row.map(([refused, seconds]) => {
      algorithm.learn(state, refused, Math.round(seconds * 1000));
      return [refused, seconds, round(state.measuredRate), round(state.fillRate)];
    });
    expect(got).toEqual(row);
  });
});

describe('cubic', () => {
  const limited = () => {
    const algorithm = cubic(limitRule({ algorithm: 'cubic', limit: 10, perMs: 1000, burst: 4 }));
    return { algorithm, state: algorithm.start(0) };
  };

  test('is a token bucket of the limit until something has been learnt', () => {
    const { algorithm, state } = limited();
    algorithm.take(state, 4, 0);
    expect([algorithm.waitMs(state, 1, 0), algorithm.resetMs(state, 0)]).toEqual([100, 400]);
    algorithm.learn(state, false, 0);
    expect(algorithm.waitMs(state, 1, 0)).toBe(100);
  });

  test('after a refusal the bucket is empty, and fills at what was learnt', () => {
    const { algorithm, state } = limited();
    for (let call = 0; call < 5; call++) algorithm.learn(state, false, call * 100);
    algorithm.learn(state, true, 500);
    expect(algorithm.remaining(state, 500)).toBe(0);
    // 6 calls in half a second, smoothed: 9.6 per second, of which 0.7 is left.
    expect(state.fillRate).toBeCloseTo(9.6 * 0.7, 10);
    expect(algorithm.waitMs(state, 1, 500)).toBe(Math.ceil(1000 / (9.6 * 0.7)));
  });

  test('never goes beyond its limit, however fast calls end well', () => {
    const { algorithm, state } = limited();
    algorithm.learn(state, true, 500);
    for (let ms = 500; ms < 60_000; ms += 10) algorithm.learn(state, false, ms);
    expect(state.fillRate).toBeGreaterThan(10);
    algorithm.take(state, 4, 60_000);
    expect(algorithm.waitMs(state, 1, 60_000)).toBe(100);
  });

  test('what costs more than a shrunken bucket holds waits until it is full, and leaves a debt', () => {
    const { algorithm, state } = limited();
    algorithm.learn(state, true, 500);
    expect(state.fillRate).toBeCloseTo(1.12, 10);
    const waitMs = algorithm.waitMs(state, 4, 500);
    expect(waitMs).toBe(algorithm.resetMs(state, 500));
    algorithm.take(state, 4, 500 + waitMs);
    expect(state.level).toBeCloseTo(1.12 - 4, 10);
    expect(algorithm.remaining(state, 500 + waitMs)).toBe(0);
  });
});

const round = (rate: number): number => Number(rate.toFixed(6));
