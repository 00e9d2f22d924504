/** Tests of the trip rules: what they count, for how long, and what is too much. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countsAlike, ruleOf, tripOf } from './trip.ts';
import type { TripRule } from './trip-rule.ts';

/** Counts as many failures and successes as are wanted; says which of the failures would have opened the circuit. */
function count(rule: TripRule, text: string, nowMs = 0): string {
  return [...text]
    .map((call) => {
      const slow = call === call.toUpperCase();
      const cause =
        call.toLowerCase() === 'f' ? rule.failed(slow, nowMs) : rule.succeeded(slow, nowMs);
      return cause ? (cause === 'failures' ? '!' : '~') : '.';
    })
    .join('');
}

const ratio = (options: object = {}, slowRatio = 1): TripRule =>
  ruleOf(tripOf({ kind: 'ratio', ...options }), slowRatio);
const last = (options: object = {}, slowRatio = 1): TripRule =>
  ruleOf(tripOf({ kind: 'count', ...options }), slowRatio);
const inARow = (failures: number): TripRule => ruleOf(tripOf({ kind: 'consecutive', failures }), 1);

describe('defaults', () => {
  test('are these', () => {
    expect(tripOf({ kind: 'ratio' })).toEqual({
      kind: 'ratio',
      failureRatio: 0.5,
      minimumCalls: 20,
      windowMs: 30_000,
      buckets: 10,
    });
    expect(tripOf({ kind: 'count' })).toEqual({
      kind: 'count',
      size: 100,
      failureRatio: 0.5,
      minimumCalls: 20,
    });
    expect(tripOf({ kind: 'count', size: 7 })).toMatchObject({ minimumCalls: 7 });
    expect(tripOf({ kind: 'consecutive' })).toEqual({ kind: 'consecutive', failures: 5 });
  });
});

describe('a share', () => {
  test('that is just reached is too much; with too few calls nothing is', () => {
    const options = { failureRatio: 0.5, minimumCalls: 4 };
    for (const rule of [ratio(options), last(options)]) {
      expect(count(rule, 'sff')).toBe('...');
      expect(count(rule, 's')).toBe('.');
      expect(count(rule, 'f')).toBe('!');
    }
    const third = { failureRatio: 0.3, minimumCalls: 1 };
    for (const rule of [ratio(third), last(third)])
      expect(count(rule, 'sssssssfff')).toBe('.........!');
  });

  test('is looked at when something has gone wrong, never after a success in time', () => {
    for (const rule of [ratio({ minimumCalls: 4 }), last({ minimumCalls: 4 })]) {
      expect(count(rule, 'fffs')).toBe('....');
      expect(count(rule, 'f')).toBe('!');
    }
  });

  test('of slow calls is one of its own; a slow failure is both', () => {
    const options = { minimumCalls: 2, failureRatio: 1 };
    for (const rule of [ratio(options, 0.6), last(options, 0.6)]) {
      expect(count(rule, 'sSS')).toBe('..~');
      expect(count(rule, 'F')).toBe('~');
      expect(rule.figures(0)).toEqual({ calls: 4, failures: 1, slow: 3 });
    }
  });
});

describe('time window', () => {
  test('a call of the very age of the window is out, one that is younger is in', () => {
    const rule = ratio({ windowMs: 1000, buckets: 1000 });
    count(rule, 'f', 10);
    expect(rule.figures(1009).calls).toBe(1);
    expect(rule.figures(1010).calls).toBe(0);
  });

  test('a bucket is out when its first call is: never too late, and at most a bucket too early', () => {
    const rule = ratio({ windowMs: 1000, buckets: 10 });
    count(rule, 'f', 0);
    count(rule, 'f', 99);
    count(rule, 'f', 100);
    expect(rule.figures(999).calls).toBe(3);
    expect(rule.figures(1000).calls).toBe(1);
    expect(rule.figures(1099).calls).toBe(1);
    expect(rule.figures(1100).calls).toBe(0);
  });

  test('after as long a rest as the window all is forgotten, and counting goes on from nothing', () => {
    const rule = ratio({ windowMs: 1000, buckets: 10, minimumCalls: 2 });
    for (let ms = 0; ms < 1000; ms += 50) count(rule, 'f', ms);
    expect(rule.figures(999).calls).toBe(20);
    expect(count(rule, 'f', 3_600_000)).toBe('.');
    expect(rule.figures(3_600_000)).toEqual({ calls: 1, failures: 1, slow: 0 });
  });

  test('law: what it has counted lies between the window and the window less one bucket', () => {
    const gaps = fc.array(fc.tuple(fc.nat(400), fc.boolean()), { maxLength: 100 });
    const windows = fc.record({
      windowMs: fc.constantFrom(1, 100, 333.3, 1000),
      buckets: fc.constantFrom(1, 3, 7, 10),
    });
    fc.assert(
      fc.property(windows, gaps, fc.nat(1500), ({ windowMs, buckets }, gaps, restMs) => {
        const rule = ratio({ windowMs, buckets });
        let nowMs = 0;
        const calls = gaps.map(([gapMs, failed]) => {
          nowMs += gapMs;
          count(rule, failed ? 'f' : 's', nowMs);
          return { nowMs, failed };
        });
        const atMs = nowMs + restMs;
        const younger = (ms: number) => calls.filter((call) => atMs - call.nowMs < ms);
        const { calls: counted, failures } = rule.figures(atMs);
        expect(counted).toBeLessThanOrEqual(younger(windowMs).length);
        expect(counted).toBeGreaterThanOrEqual(younger(windowMs - windowMs / buckets).length);
        const latest = calls.slice(calls.length - counted);
        expect(failures).toBe(latest.filter(({ failed }) => failed).length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('count window', () => {
  test('looks at the last calls only', () => {
    const rule = last({ size: 4, minimumCalls: 4 });
    expect(count(rule, 'ffff')).toBe('...!');
    expect(count(rule, 'sss')).toBe('...');
    expect(rule.figures(0)).toEqual({ calls: 4, failures: 1, slow: 0 });
    expect(count(rule, 'sf')).toBe('..');
    expect(count(rule, 'f')).toBe('!');
  });
});

describe('failures in a row', () => {
  test('open it; a success ends the row, a slow one is part of it', () => {
    const rule = inARow(3);
    expect(count(rule, 'ffsff')).toBe('.....');
    expect(count(rule, 'S')).toBe('~');
    expect(count(rule, 'F')).toBe('!');
    expect(rule.figures(0)).toEqual({ calls: 4, failures: 3, slow: 2 });
    expect(rule.timed).toBe(false);
  });
});

describe('what was saved', () => {
  const TEXT = 'sFfSsffSFs';
  const rules: readonly (readonly [string, () => TripRule])[] = [
    ['ratio', () => ratio({ windowMs: 1000, buckets: 5, minimumCalls: 3 }, 0.8)],
    ['count', () => last({ size: 6, minimumCalls: 3 }, 0.8)],
    ['consecutive', () => inARow(4)],
  ];

  test.each(rules)('goes on as if nothing had happened: %s', (_, make) => {
    const [one, other] = [make(), make()];
    let nowMs = 0;
    for (const call of TEXT) count(one, call, (nowMs += 90));
    other.failed(true, 0);
    other.load(JSON.parse(JSON.stringify(one.save(nowMs))), nowMs);
    expect(other.figures(nowMs)).toEqual(one.figures(nowMs));
    for (const call of `${TEXT}${TEXT}`) {
      nowMs += 70;
      expect(count(other, call, nowMs)).toBe(count(one, call, nowMs));
      expect(other.figures(nowMs)).toEqual(one.figures(nowMs));
    }
  });

  test.each(rules)('by another kind is dropped, and so is what was there: %s', (kind, make) => {
    const rule = make();
    count(rule, 'ff');
    for (const [otherKind, other] of rules) {
      const saved = other().save(0);
      if (otherKind !== kind) rule.load(saved, 0);
    }
    expect(rule.figures(0).calls).toBe(0);
  });

  test('under a longer window is cut to the latest', () => {
    const [long, short] = [last({ size: 10 }), last({ size: 3 })];
    count(long, 'ffffsss');
    short.load(long.save(0), 0);
    expect(short.figures(0)).toEqual({ calls: 3, failures: 0, slow: 0 });

    const [many, few] = [
      ratio({ windowMs: 1000, buckets: 10 }),
      ratio({ windowMs: 1000, buckets: 2 }),
    ];
    for (let ms = 0; ms < 1000; ms += 100) count(many, ms < 800 ? 'f' : 's', ms);
    few.load(many.save(999), 999);
    expect(few.figures(999)).toEqual({ calls: 2, failures: 0, slow: 0 });
  });

  test('means the same only if it was counted over the same', () => {
    const alike = (one: object, other: object) =>
      countsAlike(tripOf(one as never), tripOf(other as never));
    expect(alike({ kind: 'ratio' }, { kind: 'ratio', failureRatio: 0.1, minimumCalls: 1 })).toBe(
      true,
    );
    expect(alike({ kind: 'ratio' }, { kind: 'ratio', windowMs: 1 })).toBe(false);
    expect(alike({ kind: 'ratio' }, { kind: 'ratio', buckets: 1 })).toBe(false);
    expect(alike({ kind: 'count' }, { kind: 'count', minimumCalls: 1 })).toBe(true);
    expect(alike({ kind: 'count' }, { kind: 'count', size: 5 })).toBe(false);
    expect(alike({ kind: 'consecutive' }, { kind: 'consecutive', failures: 1 })).toBe(true);
    expect(alike({ kind: 'consecutive' }, { kind: 'count' })).toBe(false);
  });
});
