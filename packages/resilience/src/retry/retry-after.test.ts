/** Tests of Retry-After: every form of the header, and every place where a wait may be written. */
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../errors.ts';
import { parseRetryAfter, retryAfterOf } from './retry-after.ts';

const NOW_MS = Date.UTC(2026, 2, 17, 17, 37, 54);
const clock = { wall: () => NOW_MS };
const dateIn = (ms: number): string => new Date(NOW_MS + ms).toUTCString();

const VALUES: readonly (readonly [string, number | undefined])[] = [
  ['120', 120_000],
  [' 120 ', 120_000],
  ['0', 0],
  ['1.5', 1500],
  [dateIn(60_000), 60_000],
  [`${dateIn(30_000)}, 45`, 45_000],
  [`${dateIn(30_000)},45`, 45_000],
  [new Date(NOW_MS + 30_000).toISOString(), 30_000],
  ['2026-03-17T17:38:24Z', 30_000],
  ['2026-03-17T18:38:24+01:00', 30_000],
  ['Tuesday, 17-Mar-26 17:38:54 GMT', 60_000],
  ['Tue Mar 17 17:38:54 2026', 60_000],
  ['Sun Nov  6 08:49:37 1994', 0],
  [dateIn(-60_000), 0],
  ['not-a-number', undefined],
  ['Invalid Date GMT', undefined],
  ['soon 1', undefined],
  ['-5', undefined],
  ['5 seconds', undefined],
  ['Tue, 99 Mar 2026 17:38:54 GMT', undefined],
  ['2026-03-17', undefined],
  ['', undefined],
];

describe('parseRetryAfter', () => {
  test.each(VALUES)('%j', (value, expected) => {
    expect(parseRetryAfter(value, clock)).toBe(expected);
  });

  test('a date is compared with the wall clock, which may have been set', () => {
    expect(parseRetryAfter(dateIn(0), { wall: () => NOW_MS - 5000 })).toBe(5000);
  });
});

describe('retryAfterOf', () => {
  const seconds = { 'retry-after': '7' };
  const bearers: Readonly<Record<string, unknown>> = {
    'an error of ours': new RateLimitedError({
      policy: 'limit',
      retryAfterMs: 7000,
      limit: 1,
      remaining: 0,
      resetMs: 7000,
    }),
    'a fetch response 429': new Response(null, { status: 429, headers: seconds }),
    'a fetch response 503': new Response(null, { status: 503, headers: seconds }),
    'an error with Headers': Object.assign(new Error('busy'), { headers: new Headers(seconds) }),
    'an error with plain headers': Object.assign(new Error('busy'), { headers: seconds }),
    'headers in any case': { headers: { 'Retry-After': '7' } },
    'headers as numbers': { headers: { 'retry-after': 7 } },
    'headers as lists': { headers: { 'retry-after': ['7', '8'] } },
    'an error with its response': Object.assign(new Error('busy'), {
      response: new Response(null, { headers: seconds }),
    }),
    'a response behind headers that say nothing': {
      headers: { date: 'today' },
      response: { headers: seconds },
    },
    'a function that carries it': Object.assign(() => {}, { retryAfterMs: 7000 }),
  };
  test.each(Object.entries(bearers))('of %s', (_name, from) => {
    expect(retryAfterOf(from, clock)).toBe(7000);
  });

  const mute: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    null: null,
    'a string': '7',
    'a plain error': new Error('busy'),
    'a response without the header': new Response(),
    'a header that makes no sense': { headers: { 'retry-after': 'soon' } },
    'a header of another type': { headers: { 'retry-after': {} } },
    'a wait that is no number': { retryAfterMs: Number.NaN },
    'a wait of another type': { retryAfterMs: '7' },
    'no response': { response: null },
    'a getter that throws': {
      get headers(): never {
        throw new Error('closed');
      },
    },
    'headers that throw': {
      headers: {
        get: () => {
          throw new Error('closed');
        },
      },
    },
  };
  test.each(Object.entries(mute))('of %s there is none', (_name, from) => {
    expect(retryAfterOf(from, clock)).toBeUndefined();
  });

  test('what is past is due now', () => {
    expect(retryAfterOf({ retryAfterMs: -5 }, clock)).toBe(0);
    expect(retryAfterOf({ retryAfterMs: Infinity }, clock)).toBe(Infinity);
  });
});
