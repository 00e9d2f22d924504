/** Tests of the algorithms: published tables, exactness as a property, and each against a plain model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitAlgorithm } from './limit-algorithms.ts';
import { limitRule, type LimitRule, type LimitRuleOptions } from './limit-rule.ts';

/** One algorithm with a state, driven by hand. */
function driven(options: LimitRuleOptions, startMs = 0) {
  const rule = limitRule(options);
  const algorithm = limitAlgorithm(rule);
  const state = algorithm.start(startMs);
  return {
    state,
    tryTake(cost: number, nowMs: number): boolean {
      if (algorithm.waitMs(state, cost, nowMs) > 0) return false;
      algorithm.take(state, cost, nowMs);
      return true;
    },
    waitMs: (cost: number, nowMs: number) => algorithm.waitMs(state, cost, nowMs),
    remaining: (nowMs: number) => algorithm.remaining(state, nowMs),
    resetMs: (nowMs: number) => algorithm.resetMs(state, nowMs),
    giveBack: (cost: number, atMs: number) => algorithm.giveBack(state, cost, atMs),
  };
}

/**
 * The tables and settings of Microsoft's "Rate limiting middleware in ASP.NET Core" (dotnet/AspNetCore.Docs, aspnetcore/performance/rate-limit.md,
 * at commit 041b2e0).
 */
describe('tables of ASP.NET Core', () => {
  test.each([
    // seconds, available at first, taken, recycled from the expired segment, carried over
    [0, 100, 20, 0, 80],
    [10, 80, 30, 0, 50],
    [20, 50, 40, 0, 10],
    [30, 10, 30, 20, 0],
    [40, 0, 10, 30, 20],
    [50, 20, 10, 40, 50],
    [60, 50, 35, 30, 45],
  ])(
    'sliding window of 30 s, 3 segments, 100: at %d s',
    (seconds, available, taken, recycled, over) => {
      const window = driven({
        algorithm: 'sliding-window',
        limit: 100,
        perMs: 30_000,
        segments: 3,
      });
      const taking = [20, 30, 40, 30, 10, 10, 35];
      for (let at = 0; at < seconds; at += 10) {
        expect(window.tryTake(taking[at / 10] ?? 0, at * 1000)).toBe(true);
      }
      if (seconds > 0) expect(window.remaining(seconds * 1000 - 1)).toBe(available);
      expect(window.remaining(seconds * 1000)).toBe(available + recycled);
      expect(window.tryTake(taken, seconds * 1000)).toBe(true);
      expect(window.remaining(seconds * 1000)).toBe(over);
    },
  );

  test.each([
    // seconds, available, taken, added, carried over: what is taken is taken before what is added, as the cap of 100 shows
    [0, 100, 20, 0, 80],
    [10, 80, 10, 20, 90],
    [20, 90, 5, 15, 100],
    [30, 100, 30, 20, 90],
    [40, 90, 6, 16, 100],
    [50, 100, 40, 20, 80],
    [60, 80, 50, 20, 50],
  ])('token bucket of 100, +20 per 10 s: at %d s', (seconds, available, taken, added, over) => {
    const bucket = driven({ limit: 20, perMs: 10_000, burst: 100, segments: 1 });
    const taking = [20, 10, 5, 30, 6, 40, 50];
    const justBefore = (at: number): number => Math.max(0, at * 1000 - 1);
    for (let at = 0; at < seconds; at += 10) {
      expect(bucket.tryTake(taking[at / 10] ?? 0, justBefore(at))).toBe(true);
    }
    expect(bucket.remaining(justBefore(seconds))).toBe(available);
    expect(bucket.tryTake(taken, justBefore(seconds))).toBe(true);
    expect(bucket.remaining(justBefore(seconds))).toBe(available - taken);
    expect(bucket.remaining(seconds * 1000)).toBe(available - taken + added);
    expect(bucket.remaining(seconds * 1000)).toBe(over);
  });

  test('fixed window of 12 s, 4: the fifth has to wait for the next window', () => {
    const window = driven({ algorithm: 'fixed-window', limit: 4, perMs: 12_000 });
    expect([0, 1, 2, 3, 4].map((at) => window.tryTake(1, at))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(window.waitMs(1, 4)).toBe(11_996);
    expect(window.tryTake(4, 12_000)).toBe(true);
  });
});

describe('known shapes', () => {
  test('token bucket: tokens come in steadily, up to the burst', () => {
    const bucket = driven({ limit: 10, perMs: 1000, burst: 3 });
    expect(bucket.tryTake(3, 0)).toBe(true);
    expect([bucket.waitMs(1, 0), bucket.waitMs(2, 0), bucket.resetMs(0)]).toEqual([100, 200, 300]);
    expect(bucket.remaining(250)).toBe(2);
    expect(bucket.remaining(100_000)).toBe(3);
  });

  test('thirds of a token are never lost', () => {
    for (const algorithm of ['token-bucket', 'gcra'] as const) {
      const bucket = driven({ algorithm, limit: 3, perMs: 1000, burst: 1 });
      const starts: number[] = [];
      for (let ms = 0; ms <= 10_000; ms++) if (bucket.tryTake(1, ms)) starts.push(ms);
      expect(starts.slice(0, 4)).toEqual([0, 334, 668, 1002]);
      const eager = driven({ algorithm, limit: 3, perMs: 1000, burst: 3 });
      let taken = 0;
      for (let ms = 0; ms <= 100_000; ms++) if (eager.tryTake(1, ms)) taken++;
      expect(taken).toBe(3 + 300);
    }
  });

  test('fixed window: twice the limit may start about its end; a sliding log never lets them', () => {
    const fixed = driven({ algorithm: 'fixed-window', limit: 5, perMs: 1000 });
    const log = driven({ algorithm: 'sliding-log', limit: 5, perMs: 1000 });
    const starts = [fixed, log].map((limiter) => {
      limiter.tryTake(1, 0);
      for (let n = 0; n < 4; n++) limiter.tryTake(1, 999);
      return [1000, 1000, 1000, 1000, 1000].filter((at) => limiter.tryTake(1, at)).length;
    });
    expect(starts).toEqual([5, 1]);
  });

  test('sliding window: the window before counts by how much of it is in sight', () => {
    // 42 before and 18 now of 50 per minute, 15 seconds in: 42 * 45 / 60 + 18 = 49.5.
    const window = driven({ algorithm: 'sliding-window', limit: 50, perMs: 60_000 });
    expect(window.tryTake(42, 0)).toBe(true);
    expect(window.tryTake(18, 75_000)).toBe(true);
    expect([window.remaining(75_000), window.waitMs(1, 75_000)]).toEqual([0, 715]);
    expect(window.resetMs(75_000)).toBe(105_000);
  });

  test('what is given back late counts only where it still counted', () => {
    const fixed = driven({ algorithm: 'fixed-window', limit: 5, perMs: 1000 });
    fixed.tryTake(5, 0);
    fixed.tryTake(2, 1500);
    fixed.giveBack(5, 0);
    expect(fixed.remaining(1500)).toBe(3);
    const log = driven({ algorithm: 'sliding-log', limit: 5, perMs: 1000 });
    log.tryTake(3, 0);
    log.tryTake(2, 500);
    log.giveBack(3, 0);
    expect([log.remaining(500), log.resetMs(500)]).toEqual([3, 1000]);
    log.giveBack(9, 499);
    expect(log.remaining(500)).toBe(3);
    const segments = driven({ algorithm: 'sliding-window', limit: 5, perMs: 900, segments: 3 });
    segments.tryTake(2, 0);
    segments.tryTake(2, 650);
    segments.giveBack(1, 10);
    expect([segments.remaining(650), segments.remaining(900)]).toEqual([2, 3]);
    segments.giveBack(1, -5000);
    expect(segments.remaining(650)).toBe(3);
    const window = driven({ algorithm: 'sliding-window', limit: 5, perMs: 1000 });
    window.tryTake(4, 0);
    window.tryTake(1, 1000);
    window.giveBack(2, 999);
    expect(window.remaining(1000)).toBe(2);
    window.giveBack(2, -1);
    window.giveBack(1, 1000);
    expect(window.remaining(1000)).toBe(3);
  });

  test('a log of a busy key does not grow beyond its limit', () => {
    const log = driven({ algorithm: 'sliding-log', limit: 10, perMs: 100 });
    for (let ms = 0; ms < 50_000; ms++) log.tryTake(1, ms);
    expect((log.state as { entries: unknown[] }).entries.length).toBeLessThanOrEqual(96);
  });
});

const options = fc
  .record({
    algorithm: fc.constantFrom(
      'token-bucket' as const,
      'gcra' as const,
      'fixed-window' as const,
      'sliding-window' as const,
      'sliding-log' as const,
      'cubic' as const,
    ),
    limit: fc.integer({ min: 1, max: 12 }),
    segmentMs: fc.integer({ min: 1, max: 97 }),
    segments: fc.integer({ min: 0, max: 5 }),
    more: fc.integer({ min: -5, max: 5 }),
  })
  .map(({ algorithm, limit, segmentMs, segments, more }): LimitRuleOptions => {
    const bucket = ['token-bucket', 'gcra', 'cubic'].includes(algorithm);
    const stepped = segments > 0 && ['token-bucket', 'sliding-window'].includes(algorithm);
    return {
      algorithm,
      limit,
      perMs: segmentMs * (segments || 7),
      ...(bucket && { burst: Math.max(1, limit + more) }),
      ...(stepped && { segments }),
    };
  });
const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(700)),
    cost: fc.integer({ min: 1, max: 8 }),
    giveBack: fc.boolean(),
  }),
  { maxLength: 40 },
);

describe('properties of every algorithm', () => {
  test('at +waitMs a start succeeds, 1 ms earlier it fails; `remaining` is what can start; after `resetMs` it is whole', () => {
    fc.assert(
      fc.property(options, steps, fc.nat(1_000_000), (given, moves, startMs) => {
        const rule = limitRule(given);
        const algorithm = limitAlgorithm(rule);
        const state = algorithm.start(startMs);
        let nowMs = startMs;
        for (const { afterMs, cost: wanted, giveBack } of moves) {
          nowMs += afterMs;
          const cost = Math.min(wanted, rule.burst);
          const fits = (atMs: number, what = cost): boolean =>
            algorithm.waitMs(algorithm.copy(state), what, atMs) === 0;
          const waitMs = algorithm.waitMs(state, cost, nowMs);
          expect(Number.isSafeInteger(waitMs) && waitMs >= 0).toBe(true);
          expect(fits(nowMs + waitMs)).toBe(true);
          if (waitMs > 0) expect(fits(nowMs + waitMs - 1)).toBe(false);
          else if (!giveBack) algorithm.take(state, cost, nowMs);
          else {
            const before = algorithm.remaining(state, nowMs);
            algorithm.take(state, cost, nowMs);
            expect(algorithm.remaining(state, nowMs)).toBe(before - cost);
            algorithm.giveBack(state, cost, nowMs);
            expect(algorithm.remaining(state, nowMs)).toBe(before);
          }
          const left = algorithm.remaining(state, nowMs);
          if (left > 0) expect(fits(nowMs, left)).toBe(true);
          if (left < rule.burst) expect(fits(nowMs, left + 1)).toBe(false);
          const resetMs = algorithm.resetMs(state, nowMs);
          expect(algorithm.remaining(algorithm.copy(state), nowMs + resetMs)).toBe(rule.burst);
          expect(algorithm.resetMs(algorithm.copy(state), nowMs + resetMs)).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('none lets more start in a stretch of time than it promises', () => {
    fc.assert(
      fc.property(options, steps, (given, moves) => {
        const rule = limitRule(given);
        const limiter = driven(given);
        const taken: { readonly atMs: number; readonly cost: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, cost: wanted } of moves) {
          nowMs += afterMs;
          const cost = Math.min(wanted, rule.burst);
          if (limiter.tryTake(cost, nowMs)) taken.push({ atMs: nowMs, cost });
        }
        for (const { atMs } of taken) {
          const within = taken.filter((one) => one.atMs >= atMs && one.atMs < atMs + rule.perMs);
          const sum = within.reduce((total, { cost }) => total + cost, 0);
          expect(sum).toBeLessThanOrEqual(mostPer(rule));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('each decides as a plain model of it does', () => {
    fc.assert(
      fc.property(options, steps, (given, moves) => {
        const rule = limitRule(given);
        if (rule.algorithm === 'cubic') return;
        const limiter = driven(given);
        const model = MODELS[modelOf(rule)](rule);
        let nowMs = 0;
        for (const { afterMs, cost: wanted } of moves) {
          nowMs += afterMs;
          const cost = Math.min(wanted, rule.burst);
          expect(limiter.tryTake(cost, nowMs)).toBe(model(cost, nowMs));
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The most that may start in `perMs`, from the middle of one window to the middle of the next. */
function mostPer({ algorithm, limit, burst }: LimitRule): number {
  if (algorithm === 'sliding-log') return limit;
  if (algorithm === 'fixed-window' || algorithm === 'sliding-window') return 2 * limit;
  return burst + limit;
}

type Model = (cost: number, nowMs: number) => boolean;
type ModelName = 'bucket' | 'fixed' | 'weighted' | 'segmented' | 'log';

const modelOf = ({ algorithm, segments }: LimitRule): ModelName => {
  if (algorithm === 'token-bucket' || algorithm === 'gcra') return 'bucket';
  if (algorithm === 'fixed-window') return 'fixed';
  if (algorithm === 'sliding-log') return 'log';
  return segments > 0 ? 'segmented' : 'weighted';
};

/** Written from what each algorithm means, millisecond by millisecond and start by start, with no thought for speed. */
const MODELS: { readonly [N in ModelName]: (rule: LimitRule) => Model } = {
  bucket({ limit, perMs, burst, segments }) {
    const stepMs = segments > 0 ? perMs / segments : 1;
    // Whole numbers again: a token is `perMs` parts.
    let parts = burst * perMs;
    let atMs = 0;
    return (cost, nowMs) => {
      for (; atMs < nowMs; atMs++) {
        if ((atMs + 1) % stepMs === 0) parts = Math.min(burst * perMs, parts + limit * stepMs);
      }
      if (parts < cost * perMs) return false;
      parts -= cost * perMs;
      return true;
    };
  },
  fixed({ limit, perMs }) {
    let window: { startMs: number; taken: number } | undefined;
    return (cost, nowMs) => {
      if (!window || nowMs >= window.startMs + perMs) window = { startMs: nowMs, taken: 0 };
      if (window.taken + cost > limit) return false;
      window.taken += cost;
      return true;
    };
  },
  weighted({ limit, perMs }) {
    return windows(perMs, (counts, index, passedMs, cost) => {
      const earlier = counts.get(index - 1) ?? 0;
      const weighted = earlier * (perMs - passedMs) + (counts.get(index) ?? 0) * perMs;
      return weighted + cost * perMs <= limit * perMs;
    });
  },
  segmented({ limit, perMs, segments }) {
    return windows(
      perMs / segments,
      (counts, index, _passedMs, cost) => {
        let sum = cost;
        for (let back = 0; back < segments; back++) sum += counts.get(index - back) ?? 0;
        return sum <= limit;
      },
      segments,
    );
  },
  log({ limit, perMs }) {
    const starts: { atMs: number; cost: number }[] = [];
    return (cost, nowMs) => {
      const recent = starts.filter(({ atMs }) => atMs > nowMs - perMs);
      if (recent.reduce((sum, one) => sum + one.cost, cost) > limit) return false;
      starts.push({ atMs: nowMs, cost });
      return true;
    };
  },
};

/** Windows of one length on a grid that begins with a start after which nothing else counts. */
function windows(
  lengthMs: number,
  fits: (counts: Map<number, number>, index: number, passedMs: number, cost: number) => boolean,
  reach = 2,
): Model {
  let startMs = 0;
  let counts = new Map<number, number>();
  return (cost, nowMs) => {
    let index = Math.floor((nowMs - startMs) / lengthMs);
    if (![...counts.keys()].some((one) => one > index - reach)) {
      [startMs, counts, index] = [nowMs, new Map(), 0];
    }
    if (!fits(counts, index, (nowMs - startMs) % lengthMs, cost)) return false;
    counts.set(index, (counts.get(index) ?? 0) + cost);
    return true;
  };
}

describe('limitRule', () => {
  test('fills in what is left out', () => {
    expect(limitRule({ limit: 5 })).toEqual({
      algorithm: 'token-bucket',
      limit: 5,
      perMs: 1000,
      burst: 5,
      segments: 0,
    });
  });

  test.each([
    [{}, TypeError, 'Expected `limit` to be a whole number, 1 or more'],
    [{ limit: 0 }, RangeError, 'Expected `limit` to be a whole number, 1 or more, got `0`'],
    [{ limit: 1.5 }, RangeError, 'got `1.5`'],
    [{ limit: 1, perMs: 0 }, RangeError, '`perMs`'],
    [{ limit: 1, perMs: Infinity }, RangeError, '`perMs`'],
    [{ limit: 1, burst: 0 }, RangeError, '`burst`'],
    [{ limit: 1, algorithm: 'leaky' }, TypeError, "'token-bucket', 'gcra'"],
    [{ limit: 1, burst: 2, algorithm: 'fixed-window' }, RangeError, 'lets `limit` start at once'],
    [{ limit: 1, segments: 2, algorithm: 'gcra' }, RangeError, "'gcra' has none"],
    [{ limit: 1, segments: 3, algorithm: 'sliding-window' }, RangeError, 'a divisor of `perMs`'],
    [{ limit: 1, segments: 0 }, RangeError, '`segments` to be a whole number, 1 or more'],
    [{ limit: 1, perMs: 2000, segments: 2000 }, RangeError, 'at most 1000'],
    [{ limit: 2 ** 40, perMs: 2 ** 20 }, RangeError, 'counted exactly'],
  ])('%o is refused', (given, kind, sentence) => {
    const make = (): unknown => limitRule(given as never);
    expect(make).toThrow(kind);
    expect(make).toThrow(sentence);
  });
});
