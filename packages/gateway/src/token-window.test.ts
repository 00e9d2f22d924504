/** Tests of limits with bursts. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock } from '@interpose/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenWindow } from './token-window.ts';

describe('a limit with a burst', () => {
  test('forgets a key when its bucket is full again', () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const tokens = new TokenWindow({ limit: 2, windowMs: 100, burst: 4 });
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
        const tokens = new TokenWindow({ limit: 5, windowMs: 100, burst });
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
