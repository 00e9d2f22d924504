/** The clock of the machine; the machine's timers are a double, so that nobody waits. */
import { stat } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

const DAY_MS = 86_400_000;

afterEach(() => vi.useRealTimers());

test('a timer is due at its time, once, and not before', () => {
  vi.useFakeTimers();
  const run = vi.fn();
  systemClock.setTimer(run, 100);
  vi.advanceTimersByTime(99);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(run).toHaveBeenCalledTimes(1);
});

test('delays longer than a timer of the platform takes are kept, and can be stopped in between', () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const stopped = vi.fn();
  systemClock.setTimer(run, 60 * DAY_MS);
  const stop = systemClock.setTimer(stopped, 60 * DAY_MS);
  vi.advanceTimersByTime(50 * DAY_MS);
  stop();
  vi.advanceTimersByTime(10 * DAY_MS - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
  expect(stopped).not.toHaveBeenCalled();
});

test('a timer without an end is none', () => {
  vi.useFakeTimers();
  const stop = systemClock.setTimer(() => {}, Infinity);
  expect(vi.getTimerCount()).toBe(0);
  stop();
});

test('a process that stood still hears what came meanwhile before it is told that it is late', async () => {
  const order: string[] = [];
  const late = new Promise<void>((resolve) => {
    systemClock.setTimer(() => resolve(void order.push('late')), 10);
  });
  const stop = systemClock.setTimer(() => order.push('in vain'), 10);
  const came = new Promise<void>((resolve) => {
    stat('.', () => {
      order.push('what came');
      stop();
      resolve();
    });
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await Promise.all([came, late]);
  expect(order).toEqual(['what came', 'late']);
});
