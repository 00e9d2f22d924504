/** The last line of a run is its count, and CI fails on a skipped test. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './architecture/house.ts';

const CONFIG = `
import { CountReporter } from '${join(ROOT, 'scripts/count-reporter.ts')}';
export default { test: { include: ['*.test.ts'], reporters: ['default', new CountReporter()] } };
`;
let folder = '';

beforeAll(() => {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.cache/count-'));
  writeFileSync(join(folder, 'vitest.config.ts'), CONFIG);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs vitest on one test file; gives its exit code and the last line that it printed. */
function run(text: string, ci: string): { code: number | null; last: string | undefined } {
  writeFileSync(join(folder, 'a.test.ts'), `import { test } from 'vitest';\n${text}`);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run'], {
    cwd: folder,
    env: { ...process.env, CI: ci },
    encoding: 'utf8',
  });
  return { code: status, last: stdout.trimEnd().split('\n').at(-1) };
}

const one = `test('a', () => {});`;

test.each([
  ['all passed', one, 'true', 0, '1 passed, 0 failed, 0 skipped'],
  // The text of suites that are run apart: nothing is skipped here, and a skip there must be counted and fail in CI.
  ['one skipped', `${one} test.skip('b', () => {});`, '', 0, '1 passed, 0 failed, 1 skipped'],
  [
    'one skipped in CI',
    `${one} test.skip('b', () => {});`,
    'true',
    1,
    '1 passed, 0 failed, 1 skipped',
  ],
  ['one failed', `${one} test('b', () => { throw 1; });`, '', 1, '1 passed, 1 failed, 0 skipped'],
  ['a broken file', `throw new Error('x');`, '', 1, '0 passed, 1 failed, 0 skipped'],
  [
    'a stray error',
    `test('a', () => void Promise.reject(1));`,
    '',
    1,
    '1 passed, 1 failed, 0 skipped',
  ],
])(
  '%s',
  (_, text, ci, code, last) => {
    expect(run(text, ci)).toEqual({ code, last });
  },
  20_000,
);
