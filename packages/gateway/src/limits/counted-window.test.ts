/** Tests of limits with bursts, and of large ones. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock } from '@interpose/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CountedWindow } from './counted-window.ts';

describe('a limit with a burst', () => {
  test('forgets a key when its bucket is full again', () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const tokens = new CountedWindow({ limit: 2, windowMs: 100, burst: 4 });
    expect(tokens.take(store, 'a', clock.now())).toEqual({
      taken: true,
      remaining: 3,
      resetMs: 50,
    });
    clock.advanceSync(49);
    expect(store.keys()).toEqual(['a']);
    clock.advanceSync(1);
    expect(store.keys()).toEqual([]);
  });

  test('never lets in more than the burst and what the time gives, and says exactly when to come again', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 10 }), (waits, burst) => {
        const clock = fakeClock();
        const store = memoryStore({ clock });
        const tokens = new CountedWindow({ limit: 5, windowMs: 100, burst });
        const admitted: number[] = [];
        for (const wait of waits) {
          clock.advanceSync(wait);
          const { taken, resetMs } = tokens.take(store, 'k', clock.now());
          if (taken) admitted.push(clock.now());
          else {
            clock.advanceSync(resetMs - 1);
            expect(tokens.take(store, 'k', clock.now()).taken).toBe(false);
            clock.advanceSync(1);
            expect(tokens.take(store, 'k', clock.now()).taken).toBe(true);
            admitted.push(clock.now());
          }
        }
        for (const [at, from] of admitted.entries()) {
          for (const [index, to] of admitted.entries()) {
            if (index < at) continue;
            expect(index - at + 1).toBeLessThanOrEqual(burst + (5 * (to - from)) / 100);
          }
        }
      }),
    );
  });
});

test('a large limit never lets in more in any stretch, and remembers numbers only', () => {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const window = new CountedWindow({ limit: 50_000, windowMs: 1000 });
  const admitted: number[] = [];
  for (let at = 0; at < 3000; at++) {
    for (let one = 0; one < 40; one++) {
      if (window.take(store, 'k', clock.now()).taken) admitted.push(clock.now());
    }
    clock.advanceSync(1);
  }
  let from = 0;
  let most = 0;
  for (const [to, when] of admitted.entries()) {
    while ((admitted[from] as number) <= when - 1000) from++;
    most = Math.max(most, to - from + 1);
  }
  expect(most).toBeLessThanOrEqual(50_000);
  expect(admitted.length).toBeGreaterThan(100_000);
  expect(JSON.stringify(store.get('k')).length).toBeLessThan(500);
});

test.each([1, 7, 1001, 60_000])('a large limit may be one of %i ms', (windowMs) => {
  const clock = fakeClock();
  const window = new CountedWindow({ limit: 20_000, windowMs });
  const { taken, remaining } = window.take(memoryStore({ clock }), 'k', clock.now());
  expect([taken, remaining]).toEqual([true, 19_999]);
});
