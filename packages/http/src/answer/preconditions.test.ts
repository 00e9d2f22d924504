/** Tests of conditional requests. */
import { expect, test } from 'vitest';
import { HeaderList } from '../context/headers.ts';
import { judgePreconditions, rangeIsFresh } from './preconditions.ts';

const MODIFIED = 'Wed, 21 Oct 2015 07:28:00 GMT';
const LATER = 'Wed, 21 Oct 2015 07:28:01 GMT';
const EARLIER = 'Wed, 21 Oct 2015 07:27:59 GMT';
const state = { etag: '"abc"', modifiedMs: Date.parse(MODIFIED) + 999 };
const weak = { ...state, etag: 'W/"abc"' };

test.each([
  ['GET', {}, 'proceed'],
  ['GET', { 'If-None-Match': '"abc"' }, 'not-modified'],
  ['HEAD', { 'If-None-Match': '"x", W/"abc"' }, 'not-modified'],
  ['GET', { 'If-None-Match': '*' }, 'not-modified'],
  ['PUT', { 'If-None-Match': '*' }, 'failed'],
  ['GET', { 'If-None-Match': '"abcd"' }, 'proceed'],
  ['GET', { 'If-None-Match': 'abc' }, 'proceed'],
  ['GET', { 'If-None-Match': '"x"', 'If-Modified-Since': LATER }, 'proceed'],
  ['GET', { 'If-Modified-Since': MODIFIED }, 'not-modified'],
  ['GET', { 'If-Modified-Since': LATER }, 'not-modified'],
  ['GET', { 'If-Modified-Since': EARLIER }, 'proceed'],
  ['GET', { 'If-Modified-Since': 'yesterday' }, 'proceed'],
  ['GET', { 'If-Modified-Since': '2030' }, 'proceed'],
  ['POST', { 'If-Modified-Since': MODIFIED }, 'proceed'],
  ['GET', { 'If-Match': '"abc"' }, 'proceed'],
  ['GET', { 'If-Match': '*' }, 'proceed'],
  ['PUT', { 'If-Match': '"x"' }, 'failed'],
  ['PUT', { 'If-Match': 'W/"abc"' }, 'failed'],
  ['PUT', { 'If-Match': '"abc"', 'If-Unmodified-Since': EARLIER }, 'proceed'],
  ['PUT', { 'If-Unmodified-Since': EARLIER }, 'failed'],
  ['PUT', { 'If-Unmodified-Since': MODIFIED }, 'proceed'],
  ['GET', { 'If-Match': '"x"', 'If-None-Match': '"abc"' }, 'failed'],
])('%s with %j: %s', (method, headers, verdict) => {
  const list = HeaderList.fromRaw(Object.entries(headers).flat());
  expect(judgePreconditions(method, list, state)).toBe(verdict);
});

test('a weak tag is good for reading, and for nothing else', () => {
  const judge = (name: string): string =>
    judgePreconditions('GET', HeaderList.fromRaw([name, 'W/"abc"']), weak);
  expect([judge('If-None-Match'), judge('If-Match')]).toEqual(['not-modified', 'failed']);
});

test.each([
  [undefined, true],
  ['"abc"', true],
  ['"x"', false],
  ['W/"abc"', false],
  [MODIFIED, true],
  [LATER, false],
  [EARLIER, false],
  ['nonsense', false],
])('a part may be given if %s', (condition, isFresh) => {
  const list = HeaderList.fromRaw(condition === undefined ? [] : ['If-Range', condition]);
  expect(rangeIsFresh(list, state)).toBe(isFresh);
});
