/** Tests of how results are judged. */
import { expect, test } from 'vitest';
import { judge, missed, type Results, scoreOf, tableOf } from './score.ts';
import type { CacheTest } from './suite.ts';

const test_ = (id: string, kind: CacheTest['kind'], ...dependsOn: string[]): CacheTest => ({
  id,
  name: id,
  kind,
  dependsOn,
  group: 'g',
});

const TESTS = [
  test_('a', 'required'),
  test_('b', 'required', 'a'),
  test_('c', 'optimal', 'b'),
  test_('d', 'check'),
  test_('e', 'required'),
];
const RESULTS: Results = {
  a: true,
  b: ['Assertion', 'no'],
  c: true,
  d: ['Assertion', 'no'],
  e: ['Setup', 'odd'],
};

test('a test passes only with those that it depends on, and one that could not begin has not failed', () => {
  const verdicts = judge(TESTS, RESULTS);
  expect(Object.fromEntries(verdicts)).toEqual({
    a: 'pass',
    b: 'fail',
    c: 'dependency',
    d: 'fail',
    e: 'setup',
  });
  expect(scoreOf(TESTS, verdicts)).toEqual({
    passed: { required: 1, optimal: 0, check: 0 },
    total: { required: 3, optimal: 1, check: 1 },
  });
  expect(missed(TESTS, verdicts, 'required')).toEqual(['b: fail', 'e: setup']);
});

test('a test without a result has not passed', () => {
  expect(judge(TESTS, {}).get('a')).toBe('fail');
});

test('the table has a line for each test, and a check is answered with yes or no', () => {
  const table = tableOf(TESTS, { own: judge(TESTS, RESULTS) });
  expect(table).toContain('| d | check | no |');
  expect(table.split('\n')).toHaveLength(TESTS.length + 3);
});
