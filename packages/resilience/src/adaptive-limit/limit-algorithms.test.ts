/** Vectors of the limit algorithms: figures that follow from the published formulas, worked out beside each. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aimd, type AimdTuning } from './aimd.ts';
import { gradient2, type Gradient2Tuning } from './gradient2.ts';
import type { LimitAlgorithm, LimitRange, LimitSample, LimitState } from './limit-algorithm.ts';
import { vegas, type VegasTuning } from './vegas.ts';

/** Milliseconds, in flight, and whether it was lost. */
type Short = readonly [rttMs: number, inFlight: number, dropped?: 'lost'];

const sampleOf = ([rttMs, inFlight, dropped]: Short): LimitSample => ({
  rttMs,
  inFlight,
  dropped: dropped === 'lost',
});

/** What each sample has made of the limit. */
function limits<S extends LimitState, T extends LimitRange>(
  algorithm: LimitAlgorithm<S, T>,
  { initial, tuning, samples }: { initial: number; tuning: T; samples: readonly Short[] },
): number[] {
  let state = algorithm.begin(initial, tuning);
  return samples.map((sample) => {
    state = algorithm.next(Object.freeze(state), sampleOf(sample), tuning);
    return state.limit;
  });
}

const close = (list: readonly number[]): unknown[] => list.map((one) => expect.closeTo(one, 9));

describe('aimd', () => {
  const tuning: AimdTuning = { min: 1, max: 200, backoffRatio: 0.9, slowCallMs: 5000 };
  const cases: [string, number, Partial<AimdTuning>, Short[], number[]][] = [
    // The first two are figures of AIMDLimitTest in Netflix concurrency-limits.
    ['up by one when half of it was used: 20 + 1', 20, {}, [[1, 10]], [21]],
    ['down to nine tenths after a loss: 30 * 0.9', 30, {}, [[1, 0, 'lost']], [27]],
    ['never above the highest: min(21, 21 + 1)', 21, { max: 21 }, [[1, 11]], [21]],
    ['as it is when less than half was used: 9 * 2 < 20', 20, {}, [[1, 9]], [20]],
    ['slower than 5 s is lost: 20 * 0.9', 20, {}, [[5001, 20]], [18]],
    ['5 s is not slower than 5 s: 20 + 1', 20, {}, [[5000, 20]], [21]],
    ['always whole: floor(11 * 0.9) = floor(9.9)', 11, {}, [[1, 11, 'lost']], [9]],
    ['never below the lowest: max(1, floor(0.9))', 1, {}, [[1, 1, 'lost']], [1]],
    [
      'halves, then climbs: 40 * 0.5, then + 1 each',
      40,
      { backoffRatio: 0.5 },
      [
        [1, 40, 'lost'],
        [1, 20],
        [1, 21],
      ],
      [20, 21, 22],
    ],
  ];

  test.each(cases)('%s', (_name, initial, change, samples, expected) => {
    expect(limits(aimd, { initial, tuning: { ...tuning, ...change }, samples })).toEqual(expected);
  });

  test('settles below what a callee bears that loses all above 50', () => {
    let state = aimd.begin(20, tuning);
    const seen: number[] = [];
    for (let run = 0; run < 500; run++) {
      const { limit } = state;
      state = aimd.next(state, { rttMs: 10, inFlight: limit, dropped: limit > 50 }, tuning);
      if (run > 100) seen.push(state.limit);
    }
    // Up to 51, where it loses, then floor(51 * 0.9) = 45.
    expect([Math.min(...seen), Math.max(...seen)]).toEqual([45, 51]);
  });
});

describe('gradient2', () => {
  const tuning: Gradient2Tuning = {
    min: 1,
    max: 200,
    smoothing: 0.2,
    tolerance: 1.5,
    longWindow: 600,
    headroom: 4,
  };
  const tenOf = (rttMs: number, inFlight: number): Short[] =>
    Array.from({ length: 10 }, () => [rttMs, inFlight] as const);

  const cases: [string, number, Partial<Gradient2Tuning>, Short[], number[]][] = [
    [
      // gradient min(1, 1.5 * 10 / 10) = 1; 20 * 0.8 + (20 + 4) * 0.2; then 20.8 * 0.8 + 24.8 * 0.2
      'steady: a fifth of the headroom each time',
      20,
      {},
      [
        [10, 20],
        [10, 20],
      ],
      [20.8, 21.6],
    ],
    [
      // mean (10 + 100) / 2 = 55, gradient 1.5 * 55 / 100 = 0.825; 20.8 * 0.8 + (20.8 * 0.825 + 4) * 0.2
      'slower: by the slope',
      20,
      {},
      [
        [10, 20],
        [100, 20],
      ],
      [20.8, 20.872],
    ],
    [
      // 1.5 times as slow as ever is not slower: gradient 1.5 * 10.01.. / 15 > 1
      'within the tolerance nothing is slower',
      20,
      { smoothing: 1 },
      [...tenOf(10, 0), [15, 20]],
      [...Array.from({ length: 10 }, () => 20), 24],
    ],
    [
      // Mean 10 of ten, then 10 + (1000 - 10) * 2 / 601 = 13.29; 1.5 * 13.29 / 1000 is below 0.5, so 0.5: 20 * 0.5 + 4
      'far slower: by no more than half',
      20,
      { smoothing: 1 },
      [...tenOf(10, 0), [1000, 20]],
      [...Array.from({ length: 10 }, () => 20), 14],
    ],
    ['as it is when less than half was used: 9 < 20 / 2', 20, {}, [[10, 9]], [20]],
    ['half is enough', 20, {}, [[10, 10]], [20.8]],
    [
      // Its time is none: 20 * 0.8 + 20 * 0.5 * 0.2; then the next one is the first of the mean.
      'lost: a fifth of the way to one half, whatever is in flight',
      20,
      {},
      [
        [60_000, 1, 'lost'],
        [10, 20],
      ],
      [18, 18.8],
    ],
    ['never above the highest', 20, { max: 20 }, [[10, 20]], [20]],
    ['never below the lowest', 2, { min: 2 }, [[10, 1, 'lost']], [2]],
  ];

  test.each(cases)('%s', (_name, initial, change, samples, expected) => {
    const found = limits(gradient2, { initial, tuning: { ...tuning, ...change }, samples });
    expect(found).toEqual(close(expected));
  });

  const means: [string, Partial<Gradient2Tuning>, Short[], number[]][] = [
    [
      // The figures of ExpAvgMeasurementTest there: plain means of the first ten, then 14.5 + (100 - 14.5) * 2 / 101.
      'the mean of ten, then an exponential one',
      { longWindow: 100 },
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 100].map((rttMs) => [rttMs, 0] as const),
      [10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5, 14, 14.5, 14.5 + (85.5 * 2) / 101],
    ],
    [
      // 100 + (10 - 100) * 2 / 601 = 99.70.., more than twice 10, so * 0.95.
      'more than twice the sample, it forgets 5% more',
      {},
      [...tenOf(100, 0), [10, 0]],
      [...Array.from({ length: 10 }, () => 100), (100 - 180 / 601) * 0.95],
    ],
    [
      'a loss is not in it',
      {},
      [[10, 0], [60_000, 0, 'lost'], ...tenOf(10, 0)],
      Array(12).fill(10),
    ],
  ];

  test.each(means)('how long runs take as a rule: %s', (_name, change, samples, expected) => {
    const tuned = { ...tuning, ...change };
    let state = gradient2.begin(20, tuned);
    const found = samples.map((sample) => {
      state = gradient2.next(state, sampleOf(sample), tuned);
      return state.longRttMs;
    });
    expect(found).toEqual(close(expected));
  });

  test('settles where its headroom is what the callee makes wait', () => {
    // Up to 50 at once take 10 ms each, more take longer in proportion; "as a rule" is all but fixed at 10 ms.
    const tuned = { ...tuning, longWindow: 1e9 };
    let state = gradient2.begin(20, tuned);
    for (let run = 0; run < 1000; run++) {
      const inFlight = state.limit;
      const rttMs = run < 10 ? 10 : 10 * Math.max(1, inFlight / 50);
      state = gradient2.next(state, { rttMs, inFlight, dropped: false }, tuned);
    }
    // limit * (1.5 * 50 / limit) + 4 = limit, so limit = 79.
    expect(state.limit).toBeCloseTo(79, 3);
  });
});

describe('vegas', () => {
  const tuning: VegasTuning = { min: 1, max: 1000, smoothing: 1, random: () => 0 };
  const first: Short = [10, 10];
  const cases: [string, number, Partial<VegasTuning>, Short[], number[]][] = [
    // The first four are figures of VegasLimitTest in Netflix concurrency-limits.
    ['no queue: up by 6 log10(10)', 10, {}, [first, [10, 11]], [10, 16]],
    ['a queue of ceil(10 * (1 - 10 / 50)) = 8 > 6: down by 1', 10, {}, [first, [50, 11]], [10, 9]],
    ['a queue of ceil(10 * (1 - 10 / 14)) = 3: as it is', 10, {}, [first, [14, 14]], [10, 10]],
    [
      'large: 10,000 + 6 log10(10,000)',
      10_000,
      { max: 20_000 },
      [
        [10_000, 5000],
        [10_000, 6000],
      ],
      [10_000, 10_024],
    ],
    ['a queue of ceil(10 * (1 - 10 / 12)) = 2 < 3: up by 1', 10, {}, [first, [12, 10]], [10, 11]],
    [
      'a queue of ceil(100 * (1 - 10 / 20)) = 50 > 12: down by log10(100), half of it each time',
      100,
      { smoothing: 0.5 },
      [
        [10, 100],
        [20, 100],
        // 99: floor(log10(99)) = 1
        [20, 100],
      ],
      [100, 99, 98.5],
    ],
    ['as it is when less than half was used: 4 * 2 < 10', 10, {}, [first, [10, 4]], [10, 10]],
    ['lost: down by one step, and its time is none', 10, {}, [[1, 1, 'lost'], first], [9, 9]],
    ['never above the highest', 18, { max: 20 }, [first, [10, 18]], [18, 20]],
    ['never below the lowest', 1, {}, [[10, 1, 'lost']], [1]],
    [
      'a shorter time is the new time without a queue, and changes nothing yet',
      10,
      {},
      [first, [5, 10], [10, 10]],
      // ceil(10 * (1 - 5 / 10)) = 5: neither below 3 nor above 6
      [10, 10, 10],
    ],
  ];

  test.each(cases)('%s', (_name, initial, change, samples, expected) => {
    const found = limits(vegas, { initial, tuning: { ...tuning, ...change }, samples });
    expect(found).toEqual(close(expected));
  });

  test.each([
    [0, 15],
    [0.5, 22.5],
  ])(
    'with chance %d it asks anew for the time without a queue after %d samples a limit',
    (chance, after) => {
      const tuned = { ...tuning, max: 4, min: 4, random: () => chance };
      let state = vegas.begin(4, tuned);
      const seen: number[] = [];
      for (let run = 0; run < after * 4; run++) {
        state = vegas.next(
          state,
          { rttMs: run === 0 ? 10 : 30, inFlight: 4, dropped: false },
          tuned,
        );
        seen.push(state.noLoadRttMs);
      }
      expect(seen.slice(0, -1).every((ms) => ms === 10)).toBe(true);
      expect(seen.at(-1)).toBe(30);
    },
  );

  test('settles with a queue of three to six in the callee', () => {
    let state = vegas.begin(20, { ...tuning, random: () => 0.999 });
    for (let run = 0; run < 300; run++) {
      const inFlight = Math.floor(state.limit);
      const rttMs = 10 * Math.max(1, inFlight / 50);
      state = vegas.next(state, { rttMs, inFlight, dropped: false }, tuning);
    }
    expect(state.limit).toBeGreaterThanOrEqual(53);
    expect(state.limit).toBeLessThanOrEqual(56);
  });
});

describe('every algorithm', () => {
  const range = { min: 3, max: 40 };
  const all: [string, LimitAlgorithm<LimitState, LimitRange>, LimitRange][] = [
    ['aimd', aimd as never, { ...range, backoffRatio: 0.7, slowCallMs: 100 } as LimitRange],
    [
      'gradient2',
      gradient2 as never,
      { ...range, smoothing: 0.4, tolerance: 1.2, longWindow: 5, headroom: 3 } as LimitRange,
    ],
    ['vegas', vegas as never, { ...range, smoothing: 0.7, random: () => 0.3 } as LimitRange],
  ];
  const samples = fc.array(
    fc.record({
      rttMs: fc.oneof(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.constant(0.001)),
      inFlight: fc.integer({ min: 1, max: 50 }),
      dropped: fc.boolean(),
    }),
    { maxLength: 200 },
  );

  test.each(all)(
    '%s stays within its range, changes no state, and forgets nothing it was given',
    (_name, algorithm, tuning) => {
      fc.assert(
        fc.property(samples, (given) => {
          const run = (): LimitState[] => {
            let state = algorithm.begin(20, tuning);
            return given.map((sample) => {
              state = algorithm.next(Object.freeze(state), Object.freeze(sample), tuning);
              return state;
            });
          };
          const states = run();
          for (const { limit } of states) {
            expect(limit >= range.min && limit <= range.max).toBe(true);
          }
          expect(run()).toEqual(states);
        }),
      );
    },
  );

  test.each(all)(
    '%s grows only where at least half of the limit was in use',
    (_name, algorithm, tuning) => {
      fc.assert(
        fc.property(samples, (given) => {
          let state = algorithm.begin(20, tuning);
          for (const sample of given) {
            const { limit } = state;
            state = algorithm.next(state, sample, tuning);
            if (sample.inFlight * 2 < limit) expect(state.limit <= limit).toBe(true);
          }
        }),
      );
    },
  );
});
