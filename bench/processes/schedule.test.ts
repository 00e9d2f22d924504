/** The schedule of an open load, and percentiles. */
import { expect, test } from 'vitest';
import { percentile, scheduleOf } from './schedule.ts';

test('requests are due at even distances from the start', () => {
  const { requests, dueMs } = scheduleOf(2000, 1.5);
  expect(requests).toBe(3000);
  expect([0, 1, 2, 2999].map(dueMs)).toEqual([0, 0.5, 1, 1499.5]);
});

test('there is at least one request', () => {
  expect(scheduleOf(1, 0.1).requests).toBe(1);
});

test('a percentile is the least value that enough do not exceed', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 99, 100]);
  expect(percentile(Float64Array.of(7), 0.99)).toBe(7);
  expect(percentile(new Float64Array(), 0.5)).toBeNaN();
});
