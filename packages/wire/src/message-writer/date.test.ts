/** The Date header. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { httpDate } from './date.ts';

test('is the time of now in the words of HTTP', () => {
  const date = httpDate(fakeClock({ wallMs: Date.UTC(1994, 10, 6, 8, 49, 37, 999) }));
  expect(date()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
});

test('is made anew when the second is another, be it later or earlier', () => {
  const clock = fakeClock({ wallMs: Date.UTC(2024, 0, 1, 0, 0, 0, 0) });
  const date = httpDate(clock);
  const first = date();
  clock.setWall(Date.UTC(2024, 0, 1, 0, 0, 0, 999));
  expect(date()).toBe(first);
  clock.setWall(Date.UTC(2024, 0, 1, 0, 0, 1, 0));
  expect(date()).toBe('Mon, 01 Jan 2024 00:00:01 GMT');
  clock.setWall(Date.UTC(2023, 11, 31, 23, 59, 59, 0));
  expect(date()).toBe('Sun, 31 Dec 2023 23:59:59 GMT');
});
