/** The reports of Node's test runner are read right. */
import { expect, test } from 'vitest';
import { readTap } from './tap.ts';

const REPORT = `TAP version 13
# Subtest: a
    # Subtest: b
    ok 1 - b
      ---
      duration_ms: 1
      ...
    # Subtest: c
    not ok 2 - c
      ---
      error: |-
        one
        two
      ...
    1..2
not ok 1 - a
  ---
  error: '1 subtest failed'
  ...
# Subtest: d \\# 1
ok 2 - d \\# 1
# Subtest: b
ok 3 - b # SKIP
# Subtest: d \\# 1
not ok 4 - d \\# 1
  ---
  error: 'short'
  ...
1..4
`;

test('gives the tests that have no tests inside, with their paths, and why they failed', () => {
  expect(readTap(REPORT)).toEqual([
    { name: 'a > b', passed: true, why: '' },
    { name: 'a > c', passed: false, why: 'one' },
    { name: 'd # 1', passed: true, why: '' },
    { name: 'd # 1 (2)', passed: false, why: "'short'" },
  ]);
});

test('gives what there is of a report that breaks off', () => {
  const text = REPORT.slice(0, REPORT.indexOf('    # Subtest: c'));
  expect(readTap(text)).toEqual([{ name: 'a > b', passed: true, why: '' }]);
  expect(readTap('')).toEqual([]);
});
