/** Tests of the arithmetic of freshness. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeaderList } from '../context/headers.ts';
import {
  ageNow,
  freshFor,
  type Freshness,
  freshnessOf,
  mayCoverError,
  useOf,
} from './freshness.ts';
import { httpDate } from './http-date.ts';
import { NOTHING_ASKED, type RequestDirectives } from './request-directives.ts';
import { readPolicy } from './response-policy.ts';

const NOW = Date.UTC(2026, 0, 1);

function received(
  headers: Readonly<Record<string, string | readonly string[]>>,
  { tookMs = 0, heuristic = 0.1, at = NOW } = {},
): Freshness {
  const list = new HeaderList();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) list.append(name, value);
  }
  const policy = readPolicy(list, ['CDN-Cache-Control']);
  return freshnessOf(list, policy, { requestedMs: at - tookMs, receivedMs: at }, heuristic);
}

const asked = (asks: Partial<RequestDirectives>): RequestDirectives => ({
  ...NOTHING_ASKED,
  ...asks,
});

describe('how long an answer is fresh', () => {
  test.each<[string, Record<string, string | readonly string[]>, number]>([
    ['s-maxage before max-age', { 'Cache-Control': 'max-age=5, s-maxage=9' }, 9],
    ['max-age before Expires', { 'Cache-Control': 'max-age=5', Expires: httpDate(NOW) }, 5],
    ['Expires', { Expires: httpDate(NOW + 7_000) }, 7],
    ['Expires against Date', { Expires: httpDate(NOW + 7_000), Date: httpDate(NOW - 1_000) }, 8],
    ['an Expires that is none', { Expires: '0' }, 0],
    ['an Expires before its Date', { Expires: httpDate(NOW), Date: httpDate(NOW + 9_000) }, 0],
    ['two that differ', { Expires: [httpDate(NOW + 7_000), httpDate(NOW + 8_000)] }, 0],
    ['two that are the same', { Expires: [httpDate(NOW + 7_000), httpDate(NOW + 7_000)] }, 7],
    ['a malformed max-age', { 'Cache-Control': 'max-age=1x', Expires: httpDate(NOW + 7_000) }, 0],
    ['a malformed s-maxage', { 'Cache-Control': 'max-age=5, s-maxage=x' }, 0],
    ['a tenth of its age', { 'Last-Modified': httpDate(NOW - 100_000) }, 10],
    ['a day at most', { 'Last-Modified': httpDate(0) }, 86_400],
    ['a Last-Modified that is to come', { 'Last-Modified': httpDate(NOW + 9_000) }, 0],
    ['nothing', {}, 0],
    [
      'a targeted field before all others',
      { 'CDN-Cache-Control': 'max-age=3', 'Cache-Control': 's-maxage=9' },
      3,
    ],
    [
      'a targeted field that is none',
      { 'CDN-Cache-Control': 'MAX-AGE=3', 'Cache-Control': 's-maxage=9' },
      9,
    ],
    [
      'a targeted field without a duration is not helped out by Expires',
      { 'CDN-Cache-Control': 'must-revalidate', Expires: httpDate(NOW + 7_000) },
      0,
    ],
  ])('%s', (_, headers, seconds) => {
    expect(received(headers).lifetimeMs).toBe(seconds * 1000);
  });
});

describe('how old an answer is', () => {
  test.each<[string, Record<string, string | readonly string[]>, number]>([
    ['by its Date', { Date: httpDate(NOW - 5_000) }, 5],
    ['by its Age', { Age: '7', Date: httpDate(NOW - 5_000) }, 7 + 2],
    ['by nothing', {}, 2],
    ['with a Date that is to come', { Date: httpDate(NOW + 5_000) }, 2],
    ['with a Date that is none', { Date: 'now' }, 2],
  ])('%s', (_, headers, seconds) => {
    expect(received(headers, { tookMs: 2_000 }).ageMs).toBe(seconds * 1000);
  });

  test.each<[string | readonly string[]]>([
    ['x'],
    ['-1'],
    ['1.0'],
    ['1;a=2'],
    ['0, 0'],
    [['0', '0']],
    [''],
  ])('with the Age %j nobody knows', (age) => {
    const answer = received({ Age: age, 'Cache-Control': 'max-age=99999' });
    expect(useOf(answer, NOTHING_ASKED, NOW)).toBe('validate');
  });

  test('a Date counts in whole seconds', () => {
    expect(received({ Date: httpDate(NOW) }, { at: NOW + 900 }).ageMs).toBe(0);
  });
});

describe('what may be done with it', () => {
  const answer = received({ 'Cache-Control': 'max-age=10, stale-while-revalidate=5' });

  test('fresh until its last moment, then stale while it is renewed, then to be confirmed', () => {
    const uses = [9_999, 10_000, 14_999, 15_000].map((ms) =>
      useOf(answer, NOTHING_ASKED, NOW + ms),
    );
    expect(uses).toEqual(['fresh', 'renew', 'renew', 'validate']);
  });

  test('what the request asks', () => {
    const at = (ms: number, asks: Partial<RequestDirectives>): string =>
      useOf(answer, asked(asks), NOW + ms);
    expect(at(5_000, { maxAgeMs: 5_000 })).toBe('fresh');
    expect(at(5_001, { maxAgeMs: 5_000 })).toBe('validate');
    expect(at(5_000, { minFreshMs: 5_000 })).toBe('fresh');
    expect(at(5_001, { minFreshMs: 5_000 })).toBe('validate');
    expect(at(11_000, { minFreshMs: 1 })).toBe('validate');
    expect(at(30_000, { maxStaleMs: 20_000 })).toBe('stale');
    expect(at(30_001, { maxStaleMs: 20_000 })).toBe('validate');
    expect(at(1, { mustValidate: true })).toBe('validate');
  });

  test.each(['must-revalidate', 'proxy-revalidate', 's-maxage=10', 'must-revalidate x'])(
    '%s is never given stale',
    (directive) => {
      const strict = received({
        'Cache-Control': `max-age=10, stale-while-revalidate=5, stale-if-error=5, ${directive}`,
      });
      const stale = asked({ maxStaleMs: Infinity, staleIfErrorMs: 60_000 });
      expect(useOf(strict, stale, NOW + 10_000)).toBe('validate');
      const bounds = { nowMs: NOW + 10_000, defaultMs: 60_000 };
      expect(mayCoverError(strict, stale, bounds)).toBe(false);
    },
  );

  test('no-cache is never given unconfirmed, unless it is about fields', () => {
    const stale = asked({ maxStaleMs: Infinity });
    const all = received({ 'Cache-Control': 'max-age=10, no-cache, stale-if-error=9' });
    expect(useOf(all, stale, NOW)).toBe('validate');
    expect(mayCoverError(all, stale, { nowMs: NOW, defaultMs: 9 })).toBe(false);
    expect(useOf(received({ 'Cache-Control': 'max-age=10, no-cache="a"' }), stale, NOW)).toBe(
      'fresh',
    );
  });

  test('an error is covered for as long as the answer, the request or the operator says', () => {
    const own = received({ 'Cache-Control': 'max-age=10, stale-if-error=5' });
    const covers = (ms: number, staleIfErrorMs = 0, defaultMs = 0): boolean =>
      mayCoverError(own, asked({ staleIfErrorMs }), { nowMs: NOW + ms, defaultMs });
    expect([covers(14_999), covers(15_000)]).toEqual([true, false]);
    expect([covers(15_000, 6_000), covers(16_000, 6_000)]).toEqual([true, false]);
    expect([covers(15_000, 0, 7_000), covers(17_000, 0, 7_000)]).toEqual([true, false]);
    const silent = received({ 'Cache-Control': 'max-age=10' });
    expect(mayCoverError(silent, NOTHING_ASKED, { nowMs: NOW + 1, defaultMs: 0 })).toBe(false);
  });

  test('when the clock was set back, nobody knows how old it is', () => {
    expect(useOf(answer, NOTHING_ASKED, NOW - 1)).toBe('validate');
    expect(mayCoverError(answer, NOTHING_ASKED, { nowMs: NOW - 1, defaultMs: 9 })).toBe(false);
  });
});

test('an answer is never given for longer than all that is said of it allows', () => {
  const seconds = fc.nat({ max: 100 });
  const perhaps = fc.option(seconds, { nil: undefined });
  const said = fc.record({
    maxAge: seconds,
    age: perhaps,
    dated: fc.option(fc.integer({ min: -100, max: 100 }), { nil: undefined }),
    behind: perhaps,
    maxStale: perhaps,
    maxAgeAsked: perhaps,
    tookMs: fc.nat({ max: 20_000 }),
    laterMs: fc.nat({ max: 300_000 }),
    at: fc.nat({ max: 999 }),
  });
  fc.assert(
    fc.property(said, (one) => {
      const at = NOW + one.at;
      const answer = received(
        {
          'Cache-Control':
            `max-age=${one.maxAge}` +
            (one.behind === undefined ? '' : `, stale-while-revalidate=${one.behind}`),
          ...(one.age !== undefined && { Age: String(one.age) }),
          ...(one.dated !== undefined && { Date: httpDate(NOW + one.dated * 1000) }),
        },
        { tookMs: one.tookMs, at },
      );
      const nowMs = at + one.laterMs;
      const asks = asked({
        maxStaleMs: one.maxStale === undefined ? undefined : one.maxStale * 1000,
        maxAgeMs: one.maxAgeAsked === undefined ? undefined : one.maxAgeAsked * 1000,
      });
      // In whole seconds, as the RFC counts, with the age that any cache before this one has told.
      const dated = Math.max(0, -(one.dated ?? 0));
      const leastAgeMs = Math.max(dated, one.age ?? 0) * 1000 + one.laterMs;
      const mostMs = (one.maxAge + Math.max(one.behind ?? 0, one.maxStale ?? 0)) * 1000;
      const use = useOf(answer, asks, nowMs);
      if (use === 'fresh') expect(leastAgeMs).toBeLessThan(one.maxAge * 1000);
      if (use !== 'validate') {
        expect(leastAgeMs).toBeLessThanOrEqual(mostMs);
        expect(leastAgeMs).toBeLessThanOrEqual((one.maxAgeAsked ?? Infinity) * 1000);
      }
      expect(ageNow(answer, nowMs)).toBeGreaterThanOrEqual(leastAgeMs);
      expect(freshFor(answer, nowMs) + ageNow(answer, nowMs)).toBe(one.maxAge * 1000);
    }),
    { numRuns: 5_000 },
  );
});
