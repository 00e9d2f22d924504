/** Tests of what may be stored. */
import { describe, expect, test } from 'vitest';
import { HeaderList } from '../context/headers.ts';
import { readPolicy } from './response-policy.ts';
import { mayGuess, mayStore } from './storing.ts';

interface Asked {
  readonly request?: readonly string[];
  readonly storeCookies?: boolean;
}

function stores(
  status: number,
  raw: readonly string[],
  { request = [], storeCookies = false }: Asked = {},
): boolean {
  const headers = HeaderList.fromRaw(raw);
  const policy = readPolicy(headers, ['CDN-Cache-Control']);
  return mayStore({ status, headers }, policy, HeaderList.fromRaw(request), { storeCookies });
}

const control = (value: string): string[] => ['Cache-Control', value];

test.each([
  [200, 'max-age=1'],
  [200, 's-maxage=1'],
  [200, 'public'],
  [200, ''],
  [200, 'private="x", max-age=1'],
  [404, 'max-age=1'],
  [500, 'max-age=1'],
  [599, 'max-age=1'],
  [302, 'max-age=1'],
  [200, 'no-store, must-understand, max-age=1'],
])('%d with %j is stored', (status, value) => {
  expect(stores(status, control(value))).toBe(true);
});

test.each([
  [200, 'no-store'],
  [200, 'max-age=1, No-Store'],
  [200, 'private'],
  [200, 'private=, max-age=1'],
  [200, 'private="", max-age=1'],
  [200, 'max-age=1, x="'],
  [206, 'max-age=1'],
  [304, 'max-age=1'],
  [302, ''],
  [404, ''],
  [410, ''],
  [501, ''],
  [500, 'public="'],
  [599, 'max-age=1, must-understand'],
  [599, 'no-store, must-understand, max-age=1'],
  [200, 'no-store, must-understand x, max-age=1'],
])('%d with %j is not stored', (status, value) => {
  expect(stores(status, control(value))).toBe(false);
});

test('Expires makes it explicit as well, but not beside a field for caches like this one', () => {
  expect(stores(302, ['Expires', 'x'])).toBe(true);
  expect(stores(302, ['Expires', 'x', 'CDN-Cache-Control', 'must-revalidate'])).toBe(false);
  expect(stores(200, [...control('no-store'), 'CDN-Cache-Control', 'max-age=1'])).toBe(true);
  expect(stores(200, [...control('max-age=1'), 'CDN-Cache-Control', 'no-store'])).toBe(false);
});

describe('an answer to a request with Authorization', () => {
  const request = ['Authorization', 'Basic x'];
  test.each([
    ['max-age=9', false],
    ['no-cache', false],
    ['public', true],
    ['s-maxage=9', true],
    ['must-revalidate, max-age=9', true],
    ['proxy-revalidate, max-age=9', false],
    ['public, private', false],
  ])('with %j: %s', (value, isStored) => {
    expect(stores(200, control(value), { request })).toBe(isStored);
  });
});

describe('an answer that sets cookies', () => {
  const cookie = [...control('max-age=9'), 'Set-Cookie', 'a=b'];
  test('is not stored unless the operator, or the answer itself, says so', () => {
    expect(stores(200, cookie)).toBe(false);
    expect(stores(200, cookie, { storeCookies: true })).toBe(true);
    expect(stores(200, ['Set-Cookie2', 'a=b', ...control('max-age=9')])).toBe(false);
    expect(stores(200, ['Set-Cookie', 'a', ...control('max-age=9, no-cache="set-cookie"')])).toBe(
      true,
    );
    expect(stores(200, ['Set-Cookie', 'a', ...control('max-age=9, private="Set-Cookie"')])).toBe(
      true,
    );
  });
});

test('freshness is guessed only for what is meant for everybody, and is no error', () => {
  const guesses = (status: number, value: string, request: readonly string[] = []): boolean => {
    const headers = HeaderList.fromRaw(control(value));
    return mayGuess({ status, headers }, readPolicy(headers, []), HeaderList.fromRaw(request));
  };
  expect([guesses(200, ''), guesses(301, '')]).toEqual([true, true]);
  expect([guesses(404, ''), guesses(302, ''), guesses(599, '')]).toEqual([false, false, false]);
  expect(guesses(200, '', ['Cookie', 'a=b'])).toBe(false);
  expect([guesses(599, 'public'), guesses(200, 'public', ['Cookie', 'a'])]).toEqual([true, true]);
});
