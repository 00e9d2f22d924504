/** Tests of retryBudget: the vectors of tower and finagle as tables, and a model that counts every call by itself. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';

type Step =
  | { readonly deposit: number }
  | { readonly afterMs: number }
  | { readonly withdraw: boolean }
  | { readonly balance: number };

interface Vector {
  readonly name: string;
  readonly options: RetryBudgetOptions;
  readonly steps: readonly Step[];
}

const times = (count: number, step: Step): readonly Step[] =>
  Array.from({ length: count }, () => step);

/** Facts of tower's and finagle's own tests. */
const VECTORS: readonly Vector[] = [
  {
    name: 'tps_empty: nothing in, nothing out',
    options: { ttlMs: 1000, minPerSecond: 0, ratio: 1 },
    steps: [{ withdraw: false }],
  },
  {
    name: 'tps_leaky: a call of three seconds ago counts no more',
    options: { ttlMs: 1000, minPerSecond: 0, ratio: 1 },
    steps: [{ deposit: 1 }, { afterMs: 3000 }, { withdraw: false }],
  },
  {
    name: 'tps_slots: calls are forgotten by parts of the time',
    options: { ttlMs: 1000, minPerSecond: 0, ratio: 0.5 },
    steps: [
      { deposit: 2 },
      { afterMs: 901 },
      { withdraw: true },
      { afterMs: 2001 },
      { deposit: 1 },
      { afterMs: 301 },
      { deposit: 1 },
      { afterMs: 801 },
      { deposit: 1 },
      { withdraw: true },
      { withdraw: false },
    ],
  },
  {
    name: 'tps_reserve: so many a second, without any call',
    options: { ttlMs: 1000, minPerSecond: 5, ratio: 1 },
    steps: [...times(5, { withdraw: true }), { withdraw: false }],
  },
  {
    name: 'no share: only the reserve counts',
    options: { ttlMs: 1000, minPerSecond: 10, ratio: 0 },
    steps: [
      { balance: 10 },
      { deposit: 10_000 },
      ...times(10, { withdraw: true }),
      { withdraw: false },
    ],
  },
  {
    name: 'no share and no reserve: never',
    options: { ratio: 0, minPerSecond: 0 },
    steps: [{ withdraw: false }, { deposit: 100 }, { balance: 0 }, { withdraw: false }],
  },
  {
    name: 'more than one for each call',
    options: { ratio: 2, minPerSecond: 0, ttlMs: 60_000 },
    steps: [{ balance: 0 }, { withdraw: false }, { deposit: 10_000 }, { balance: 20_000 }],
  },
  {
    name: 'the defaults: ten a second over ten seconds, and a fifth of the calls',
    options: {},
    steps: [{ balance: 100 }, { deposit: 50 }, { balance: 110 }],
  },
  {
    name: 'a reserve that is spent comes back when that is forgotten',
    options: { ttlMs: 1000, minPerSecond: 2, ratio: 0 },
    steps: [
      ...times(2, { withdraw: true }),
      { withdraw: false },
      { afterMs: 1000 },
      { balance: 2 },
    ],
  },
];

describe('retryBudget', () => {
  test.each(VECTORS)('$name', async ({ options, steps }) => {
    const clock = fakeClock();
    const budget = retryBudget({ ...options, clock });
    for (const step of steps) {
      if ('deposit' in step) for (let call = 0; call < step.deposit; call++) budget.deposit();
      else if ('afterMs' in step) await clock.advance(step.afterMs);
      else if ('withdraw' in step) expect(budget.withdraw()).toBe(step.withdraw ? 1 : 0);
      else expect(budget.state().balance).toBe(step.balance);
    }
  });

  const SHARES = [0.1, 0.5, 0.25, 0.75, 0.99, 0.999, 0.9999, 0.01, 0.001, 0.0001];
  const RESERVES = [
    { ttlMs: 60_000, minPerSecond: 0 },
    { ttlMs: 1000, minPerSecond: 10 },
    { ttlMs: 2000, minPerSecond: 5 },
  ];
  test.each(SHARES.flatMap((ratio) => RESERVES.map((reserve) => ({ ratio, ...reserve }))))(
    'of ten thousand calls the share %j may be repeated, to one',
    (options) => {
      const budget = retryBudget({ ...options, clock: fakeClock() });
      let repeated = 0;
      let withheld = 0;
      for (let call = 0; call < 10_000; call++) {
        budget.deposit();
        if (budget.withdraw()) repeated++;
        else withheld += budget.state().balance;
      }
      const reserve = (options.ttlMs / 1000) * options.minPerSecond;
      expect(withheld).toBe(0);
      const expected = Math.min(10_000, 10_000 * options.ratio + reserve);
      expect(Math.abs(repeated - expected)).toBeLessThanOrEqual(1);
    },
  );

  test('it never lets through more than a model that notes every call by itself, and hardly less', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('call'),
          count: fc.integer({ min: 1, max: 300 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('tick'),
          count: fc.integer({ min: 1, max: 1500 }),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('withdraw'),
          count: fc.integer({ min: 1, max: 60 }),
        }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(0, 0.1, 0.2, 1),
        fc.constantFrom(0, 1, 10),
        (steps, ratio, minPerSecond) => {
          const clock = fakeClock();
          const budget = retryBudget({ ratio, minPerSecond, ttlMs: 2000, clock });
          const calls: number[] = [];
          const spent: number[] = [];
          const isIn = (atMs: number): boolean =>
            Math.floor(atMs / 200) > Math.floor(clock.now() / 200) - 10;
          for (const { kind, count } of steps) {
            if (kind === 'tick') clock.advanceSync(count);
            for (let each = 0; kind === 'call' && each < count; each++) {
              budget.deposit();
              calls.push(clock.now());
            }
            for (let each = 0; kind === 'withdraw' && each < count; each++) {
              const room =
                calls.filter(isIn).length * ratio + minPerSecond * 2 - spent.filter(isIn).length;
              const price = budget.withdraw();
              if (price) spent.push(clock.now());
              // Calls that were counted unseen count as a little older, and of those only the last few can be forgotten too soon.
              if (price) expect(room).toBeGreaterThan(1 - 1e-6);
              else expect(room).toBeLessThan(1 + 64 * ratio + 1e-6);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('while calls come fast it looks at the clock once for sixty-five of them', async () => {
    const clock = fakeClock();
    let looks = 0;
    const counting = { ...clock, now: () => (looks++, clock.now()) };
    const budget = retryBudget({ clock: counting });
    for (let call = 0; call < 6500; call++) budget.deposit();
    expect(looks).toBeLessThan(120);
    expect(budget.state().deposits).toBe(6500);
    looks = 0;
    for (let call = 0; call < 130; call++) {
      await clock.advance(100);
      budget.deposit();
    }
    // The first sixty-five may still have been counted unseen.
    expect(looks).toBeGreaterThanOrEqual(60);
  });

  test('it tells when it refuses, and a listener that throws changes nothing', () => {
    const failures: unknown[] = [];
    const budget = retryBudget({
      ratio: 0,
      minPerSecond: 0,
      name: 'upstream',
      clock: fakeClock({ startMs: 5 }),
      onListenerError: (error) => failures.push(error),
    });
    const heard: unknown[] = [];
    const stop = budget.on('budgetExhausted', (event) => {
      heard.push(event);
      throw new Error('listener');
    });
    expect(budget.withdraw()).toBe(0);
    expect(heard).toEqual([{ type: 'budgetExhausted', policy: 'upstream', atMs: 5, balance: 0 }]);
    expect(failures).toHaveLength(1);
    stop();
    budget.withdraw();
    expect(heard).toHaveLength(1);
    expect(() => budget.on('exhausted' as never, () => {})).toThrow('has no event "exhausted"');
  });

  test('it says how it is set and what it has counted, and forgets that when it is reset', () => {
    const budget: RetryBudget = retryBudget({ ratio: 1, minPerSecond: 0, clock: fakeClock() });
    expect(budget.describe()).toEqual({
      kind: 'retryBudget',
      name: 'retryBudget',
      ratio: 1,
      minPerSecond: 0,
      ttlMs: 10_000,
    });
    for (let call = 0; call < 3; call++) budget.deposit();
    budget.withdraw();
    expect(budget.state()).toEqual({ balance: 2, deposits: 3, withdrawals: 1 });
    budget.reset();
    expect(budget.state()).toEqual({ balance: 0, deposits: 0, withdrawals: 0 });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => retryBudget({ ratio: -0.1 })).toThrow(
      'Expected `ratio` to be a number from 0 to 1000, got `-0.1` (number).',
    );
    expect(() => retryBudget({ ratio: 1001 })).toThrow(RangeError);
    expect(() => retryBudget({ ratio: '0.2' as never })).toThrow(TypeError);
    expect(() => retryBudget({ minPerSecond: -1 })).toThrow(RangeError);
    expect(() => retryBudget({ minPerSecond: Number.NaN })).toThrow(RangeError);
    expect(() => retryBudget({ ttlMs: 999 })).toThrow(RangeError);
    expect(() => retryBudget({ ttlMs: Infinity })).toThrow(RangeError);
    expect(() => retryBudget({ name: '' })).toThrow('Expected `name` to be a name');
    expect(() => retryBudget({ minPerSec: 1 } as never)).toThrow('Did you mean "minPerSecond"?');
    expect(() => retryBudget({ onListenerError: 1 as never })).toThrow(TypeError);
  });
});
