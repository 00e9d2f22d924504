/** Runs of the tests of others are judged right, and the two lists agree with each other and with what is said of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileRun } from './file-run.ts';
import { judge, OUR_LANES, readExceptions, readResults } from './record.ts';
import { summary, withSummary } from './summary.ts';

const known = {
  file: 'a/test/b.test.js',
  passedOnNode: 3,
  failOnNode: ['a/test/b.test.js › fails anyway'],
  excepted: { 'may fail': 'reason' },
};

function run(outcomes: Readonly<Record<string, boolean>>, trouble?: string): FileRun {
  return {
    outcomes: Object.entries(outcomes).map(([name, passed]) => ({ name, passed, why: 'broken' })),
    carried: 2,
    carriesAny: true,
    trouble,
  };
}

describe('judge', () => {
  test('lets pass what passes on Node, but for what is excepted', () => {
    const good = run({ one: true, 'fails anyway': false, 'may fail': false, two: true }, 'noise');
    expect(judge(good, known)).toEqual({
      record: { passed: 2, excepted: 1, carried: 2 },
      isOurs: true,
      wrong: [],
    });
  });

  test('names what fails, and tells what the process said', () => {
    const bad = run({ one: true, 'may fail': false, two: false }, 'crashed');
    expect(judge(bad, known).wrong).toEqual(['a/test/b.test.js › two: broken', 'crashed']);
  });

  test('names an exception that is none any more', () => {
    const good = run({ one: true, 'may fail': true, two: true });
    expect(judge(good, known).wrong).toEqual([
      'a/test/b.test.js › may fail: passes, and is excepted',
    ]);
  });

  test('misses what was not run', () => {
    expect(judge(run({ one: true }), known).wrong).toEqual([
      'a/test/b.test.js: expected 2 tests to pass, 1 did',
    ]);
  });
});

describe('the lists', () => {
  const { reasons, ...lanes } = readExceptions();
  const { files } = readResults();

  test('give each exception a reason, and use each reason', () => {
    const used: readonly string[] = Object.values(lanes).flatMap((lane) =>
      Object.values(lane).flatMap(Object.values),
    );
    expect(used.length).toBeGreaterThan(0);
    expect([...new Set<string>(used)].toSorted()).toEqual(Object.keys(reasons).toSorted());
  });

  test('agree on how many tests of a file are excepted', () => {
    for (const lane of OUR_LANES) {
      for (const [file, record] of Object.entries(files)) {
        const found = record[lane];
        if (!found) continue;
        expect(found.passed + found.excepted, file).toBe(record.passedOnNode);
        const excepted = lanes[lane][file] ?? {};
        const expected = '*' in excepted ? record.passedOnNode : Object.keys(excepted).length;
        expect(found.excepted, `${lane} ${file}`).toBe(expected);
      }
      for (const file of Object.keys(lanes[lane])) expect(files[file]?.[lane], file).toBeDefined();
    }
  });

  test('are what the page says', () => {
    const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
    expect(page).toContain(summary(readResults(), readExceptions()));
    const other = page.replaceAll(/\d+ +\|/g, '0 |');
    expect(other).not.toBe(page);
    expect(withSummary(other, readResults(), readExceptions())).toBe(page);
  });
});
