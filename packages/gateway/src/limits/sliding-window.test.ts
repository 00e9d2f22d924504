/** Tests of the sliding window. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeSlot } from './sliding-window.ts';

describe('takeSlot', () => {
  test('gives as many slots as there are, and each back when its time is over', () => {
    const clock = fakeClock({ startMs: 1000 });
    const store = memoryStore({ clock });
    const take = () => takeSlot(store, { key: 'k', limit: 2, windowMs: 100, now: clock.now() });
    expect(take()).toEqual({ taken: true, remaining: 1, resetMs: 100 });
    clock.advanceSync(30);
    expect(take()).toEqual({ taken: true, remaining: 0, resetMs: 70 });
    expect(take()).toEqual({ taken: false, remaining: 0, resetMs: 70 });
    clock.advanceSync(70);
    expect(take()).toEqual({ taken: true, remaining: 0, resetMs: 30 });
    clock.advanceSync(29);
    expect(take().taken).toBe(false);
    clock.advanceSync(1);
    expect(take().taken).toBe(true);
  });

  test('keys have slots of their own, and are forgotten when all of theirs are free', () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const take = (key: string) =>
      takeSlot(store, { key, limit: 1, windowMs: 100, now: clock.now() }).taken;
    expect([take('a'), take('a'), take('b')]).toEqual([true, false, true]);
    clock.advanceSync(100);
    expect(store.keys()).toEqual([]);
  });

  test('never lets in more than the limit in any stretch of time, and never refuses without need', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, limit) => {
        const clock = fakeClock();
        const store = memoryStore({ clock });
        const admitted: number[] = [];
        for (const wait of waits) {
          clock.advanceSync(wait);
          const now = clock.now();
          const recent = admitted.filter((time) => time > now - 100).length;
          const { taken, remaining } = takeSlot(store, { key: 'k', limit, windowMs: 100, now });
          expect(taken).toBe(recent < limit);
          if (taken) admitted.push(now);
          expect(remaining).toBe(limit - recent - (taken ? 1 : 0));
        }
      }),
    );
  });
});
