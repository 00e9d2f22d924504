/** Tests of dates. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { httpDate, parseHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 0, 1);
const WHEN = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each([
  'Sun, 06 Nov 1994 08:49:37 GMT',
  'sun, 06 NOV 1994 08:49:37 gmt',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
])('%s is a date', (text) => {
  expect(parseHttpDate(text, NOW)).toBe(WHEN);
});

test.each([
  '',
  '0',
  '-1',
  'now',
  'Sun 06 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 94 08:49:37 GMT',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 8:49:37 GMT',
  'Sun, 06  Nov 1994 08:49:37 GMT',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:00 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  '1994-11-06T08:49:37Z',
])('%j is none', (text) => {
  expect(parseHttpDate(text, NOW)).toBeUndefined();
});

test('a year of two digits is at most 50 years ahead', () => {
  expect(parseHttpDate('Friday, 01-Jan-76 00:00:00 GMT', NOW)).toBe(Date.UTC(2076, 0, 1));
  expect(parseHttpDate('Friday, 01-Jan-77 00:00:00 GMT', NOW)).toBe(Date.UTC(1977, 0, 1));
});

test('reads what it writes', () => {
  const seconds = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 });
  fc.assert(
    fc.property(seconds, (at) => {
      expect(parseHttpDate(httpDate(at * 1000), NOW)).toBe(at * 1000);
    }),
  );
});
