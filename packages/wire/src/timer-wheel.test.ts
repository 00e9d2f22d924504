/** The wheel: deadlines never come early, and at most two ticks late, with one timer for all of them. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { Deadline, TimerWheel } from './timer-wheel.ts';

const TICK = 500;

function wheelOf(tickMs: number = TICK) {
  const clock = fakeClock();
  const wheel = new TimerWheel(clock, tickMs);
  const due: (readonly [name: string, atMs: number])[] = [];
  const deadline = (name: string, then?: () => void): Deadline =>
    new Deadline({
      onDue() {
        due.push([name, clock.now()]);
        then?.();
      },
    });
  return { clock, wheel, due, deadline };
}

test('a deadline comes in time, once', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  wheel.set(deadline('a'), 1200);
  clock.advanceSync(100_000);
  expect(due).toHaveLength(1);
  const [[, atMs]] = due as [[string, number]];
  expect(atMs).toBeGreaterThanOrEqual(1200);
  expect(atMs).toBeLessThanOrEqual(1200 + 2 * TICK);
  expect(wheel.size).toBe(0);
  expect(clock.pending).toBe(0);
});

test('none comes early, and none more than two ticks late, whenever and for however long it is set', () => {
  const times = fc.record({
    afterMs: fc.oneof(fc.nat(2000), fc.nat(400_000)),
    waitMs: fc.nat(1700),
  });
  fc.assert(
    fc.property(
      fc.array(times, { maxLength: 40 }),
      fc.constantFrom(1, 7, 100, 500),
      (all, tick) => {
        const { clock, wheel, due, deadline } = wheelOf(tick);
        const wanted = all.map(({ afterMs, waitMs }, index) => {
          clock.advanceSync(waitMs);
          wheel.set(deadline(String(index)), afterMs);
          return clock.now() + afterMs;
        });
        clock.advanceSync(410_000);
        expect(due).toHaveLength(all.length);
        for (const [name, atMs] of due) {
          const late = atMs - (wanted[Number(name)] as number);
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThanOrEqual(2 * tick);
        }
        expect([wheel.size, clock.pending]).toEqual([0, 0]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a deadline that is moved again and again comes by the last word', () => {
  const moves = fc.array(fc.record({ afterMs: fc.nat(5000), waitMs: fc.nat(900) }), {
    minLength: 1,
    maxLength: 50,
  });
  fc.assert(
    fc.property(moves, (all) => {
      const { clock, wheel, due, deadline } = wheelOf();
      const one = deadline('one');
      let wantedMs = Infinity;
      for (const { afterMs, waitMs } of all) {
        const before = due.length;
        clock.advanceSync(waitMs);
        if (due.length > before) expect(due.at(-1)?.[1]).toBeGreaterThanOrEqual(wantedMs);
        wheel.set(one, afterMs);
        wantedMs = clock.now() + afterMs;
        expect(wheel.size).toBe(1);
      }
      const before = due.length;
      clock.advanceSync(10_000);
      expect(due.length).toBe(before + 1);
      const late = (due.at(-1)?.[1] ?? 0) - wantedMs;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(2 * TICK);
    }),
    { numRuns: 100 },
  );
});

test('a deadline that is taken away does not come, and leaves the wheel in its time', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const one = deadline('one');
  wheel.set(one, 1000);
  wheel.set(one, Infinity);
  clock.advanceSync(10_000);
  expect(due).toEqual([]);
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test('one that is removed leaves at once, and the timer with the last', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const all = ['a', 'b', 'c'].map((name) => deadline(name));
  for (const one of all) wheel.set(one, 1000);
  expect([wheel.size, clock.pending]).toEqual([3, 1]);
  for (const [index, one] of all.entries()) {
    wheel.remove(one);
    wheel.remove(one);
    expect(wheel.size).toBe(2 - index);
  }
  expect(clock.pending).toBe(0);
  clock.advanceSync(10_000);
  expect(due).toEqual([]);
});

test('one timer serves any number, and a thousand moves make none', () => {
  const real = fakeClock();
  let made = 0;
  const clock: Clock = {
    now: real.now,
    wall: real.wall,
    setTimer(...args) {
      made++;
      return real.setTimer(...args);
    },
  };
  const wheel = new TimerWheel(clock, TICK);
  const all = Array.from({ length: 1000 }, () => new Deadline({ onDue: () => {} }));
  for (const one of all) {
    wheel.set(one, 10_000);
    wheel.set(one, Infinity);
    wheel.set(one, 60_000);
  }
  expect([made, real.pending, wheel.size]).toEqual([1, 1, 1000]);
  real.advanceSync(30_000);
  expect(made).toBeLessThanOrEqual(61);
  expect(real.pending).toBe(1);
});

test('the timer does not keep a process alive', () => {
  const kept: unknown[] = [];
  const wheel = new TimerWheel(
    {
      now: () => 0,
      wall: () => 0,
      setTimer(_, __, options) {
        kept.push(options?.keepAlive);
        return () => {};
      },
    },
    TICK,
  );
  wheel.set(new Deadline({ onDue: () => {} }), 1);
  expect(kept).toEqual([false]);
});

test('one that sets itself again comes again', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const one: Deadline = deadline('one', () => due.length < 3 && wheel.set(one, 2000));
  wheel.set(one, 2000);
  clock.advanceSync(100_000);
  expect(due).toHaveLength(3);
  for (const [index, [, atMs]] of due.entries()) {
    expect(atMs).toBeGreaterThanOrEqual((index + 1) * 2000);
    expect(atMs).toBeLessThanOrEqual((index + 1) * (2000 + 2 * TICK));
  }
  expect(clock.pending).toBe(0);
});

test('one that removes itself and sets itself again has one timer', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const one: Deadline = deadline('one', () => {
    wheel.remove(one);
    wheel.set(one, 5000);
  });
  wheel.set(one, 1000);
  clock.advanceSync(20_000);
  expect(due.length).toBeGreaterThan(2);
  expect(clock.pending).toBe(1);
  wheel.remove(one);
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test('one that sets the first of others when it leaves has one timer', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const other = deadline('other');
  const unused = deadline('unused');
  wheel.set(
    deadline('one', () => {
      // As a connection does that closes: what it does not need any more is removed, then it is given time to go.
      wheel.remove(unused);
      wheel.set(other, 1000);
    }),
    1000,
  );
  clock.advanceSync(1500);
  expect(due.map(([name]) => name)).toEqual(['one']);
  expect(clock.pending).toBe(1);
  clock.advanceSync(5000);
  expect(due.map(([name]) => name)).toEqual(['one', 'other']);
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test.each(['first', 'second', 'third'])('one may remove others of its own slot (%s)', (by) => {
  const { clock, wheel, due, deadline } = wheelOf();
  const all: Deadline[] = ['first', 'second', 'third'].map((name) =>
    deadline(name, () => {
      if (name === by) for (const one of all) wheel.remove(one);
    }),
  );
  for (const one of all) wheel.set(one, 1000);
  const later = deadline('later');
  wheel.set(later, 30_000);
  clock.advanceSync(2000);
  expect(due.at(-1)?.[0]).toBe(by);
  expect(wheel.size).toBe(1);
  clock.advanceSync(40_000);
  expect(due.at(-1)?.[0]).toBe('later');
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test('one may move others of its own slot', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  const second = deadline('second');
  const third = deadline('third');
  const first = deadline('first', () => {
    for (const one of [second, third]) if (one.dueMs < Infinity) wheel.set(one, 10_000);
  });
  // Whichever is looked at first.
  for (const one of [second, first, third]) wheel.set(one, 1000);
  clock.advanceSync(3000);
  const early = due.length;
  expect(due.map(([name]) => name)).toContain('first');
  clock.advanceSync(20_000);
  expect(due).toHaveLength(3);
  expect(early).toBeLessThan(3);
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test('one that throws does not stop the others', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  for (const name of ['a', 'b', 'c']) {
    wheel.set(
      deadline(name, () => {
        throw new Error(name);
      }),
      1000,
    );
  }
  wheel.set(deadline('later'), 5000);
  for (let time = 0; time < 20; time++) {
    try {
      clock.advanceSync(1000);
    } catch {
      // Whoever runs the timers is told.
    }
  }
  expect(due.map(([name]) => name).toSorted()).toEqual(['a', 'b', 'c', 'later']);
  expect([wheel.size, clock.pending]).toEqual([0, 0]);
});

test('after a long pause everything that is due comes at once, and the rest in its time', () => {
  let nowMs = 0;
  let run: (() => void) | undefined;
  const wheel = new TimerWheel(
    {
      now: () => nowMs,
      wall: () => nowMs,
      setTimer(callback) {
        run = callback;
        return () => (run = undefined);
      },
    },
    TICK,
  );
  const due: string[] = [];
  const set = (name: string, afterMs: number): void =>
    wheel.set(new Deadline({ onDue: () => due.push(name) }), afterMs);
  set('soon', 1000);
  set('later', 130_000);
  set('much later', 2_000_000);
  const fire = (): void => {
    const go = run;
    run = undefined;
    go?.();
  };
  nowMs = 1_500_000;
  fire();
  expect(due.toSorted()).toEqual(['later', 'soon']);
  expect(wheel.size).toBe(1);
  for (; nowMs < 1_999_500; nowMs += TICK) fire();
  expect(due).toHaveLength(2);
  for (; nowMs < 2_001_500; nowMs += TICK) fire();
  expect(due.at(-1)).toBe('much later');
  expect(run).toBeUndefined();
});

test('a wheel that stood still begins anew with the time of then', () => {
  const { clock, wheel, due, deadline } = wheelOf();
  wheel.set(deadline('a'), 700);
  clock.advanceSync(5000);
  expect(clock.pending).toBe(0);
  clock.advanceSync(1_234_567);
  wheel.set(deadline('b'), 700);
  const fromMs = clock.now();
  clock.advanceSync(5000);
  const late = (due.at(-1)?.[1] ?? 0) - fromMs - 700;
  expect(due.at(-1)?.[0]).toBe('b');
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThanOrEqual(2 * TICK);
});
