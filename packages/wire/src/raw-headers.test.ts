/** Looking up headers as they came. */
import { expect, test } from 'vitest';
import { headerOf } from './raw-headers.ts';

const RAW = [
  'Host',
  'a',
  'X-One',
  '1',
  'x-one',
  '2',
  'Empty',
  '',
  'X_One',
  '3',
  'X^',
  '4',
  'host:',
  'b',
];

test.each([
  ['host', 'a'],
  ['x-one', '1, 2'],
  ['empty', ''],
  ['x_one', '3'],
  ['x~', undefined],
  ['x-on', undefined],
  ['a', undefined],
  ['', undefined],
])('%j is %j', (name, value) => {
  expect(headerOf(RAW, name)).toBe(value);
});
