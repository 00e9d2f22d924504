/** Tests of the idle timer. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { idleTimer } from './idle-timer.ts';

test('fires once a single wait has lasted too long', () => {
  const clock = fakeClock();
  let fired = 0;
  const timer = idleTimer(clock, 100, () => fired++);
  timer.wait();
  clock.advanceSync(99);
  expect(fired).toBe(0);
  clock.advanceSync(1);
  expect(fired).toBe(1);
  clock.advanceSync(1000);
  expect(fired).toBe(1);
  expect(clock.pending).toBe(0);
});

test('counts each wait anew, with one timer', () => {
  const clock = fakeClock();
  let fired = 0;
  const timer = idleTimer(clock, 100, () => fired++);
  for (let round = 0; round < 10; round++) {
    timer.wait();
    clock.advanceSync(90);
    timer.rest();
    expect(clock.pending).toBeLessThanOrEqual(1);
  }
  expect(fired).toBe(0);
  timer.wait();
  clock.advanceSync(100);
  expect(fired).toBe(1);
});

test('does not fire while nothing waits, nor once it is stopped', () => {
  const clock = fakeClock();
  let fired = 0;
  const timer = idleTimer(clock, 100, () => fired++);
  timer.wait();
  timer.rest();
  clock.advanceSync(500);
  expect([fired, clock.pending]).toEqual([0, 0]);
  timer.wait();
  timer.stop();
  expect(clock.pending).toBe(0);
  clock.advanceSync(500);
  expect(fired).toBe(0);
});
