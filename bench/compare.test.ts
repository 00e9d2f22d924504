/** compare: in a repository of its own, so that it does not depend on what is committed in this one. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = dirname(import.meta.dirname);
const copy = mkdtempSync(join(tmpdir(), 'bench-repository-'));

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: copy, encoding: 'utf8' });
}

beforeAll(() => {
  const filter = (path: string): boolean =>
    !/node_modules|dist|\.cache/.test(path.slice(root.length));
  for (const folder of ['bench', 'packages/kernel']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true, filter });
  }
  run('git', 'init', '--quiet');
  run('git', 'add', '.');
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
  run('git', ...who, 'commit', '--quiet', '--no-gpg-sign', '--message', 'start');
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('compare measures the working tree against a commit, and leaves nothing behind', () => {
  const bench = (...args: string[]): string =>
    run(process.execPath, 'bench/run.mjs', 'compare', 'HEAD', '--quick', ...args);

  const changes = bench('--only', 'one async layer', '--json').trim().split('\n');
  expect(changes.map((line) => JSON.parse(line))).toEqual(
    ['interpose next(ctx)', 'interpose next()'].map((subject) => ({
      suite: 'kernel',
      case: 'one async layer',
      subject,
      then: expect.any(Number),
      now: expect.any(Number),
      ratio: expect.any(Number),
      range: [expect.any(Number), expect.any(Number)],
    })),
  );

  const [head, line] = bench('--only', 'no layer / interpose').split('\n');
  expect(head).toMatch(/HEAD +now +now \/ then +range$/);
  expect(line).toMatch(
    /^kernel: no layer \/ interpose next\(ctx\) +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ to [\d.]+$/,
  );

  expect(run('git', 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(existsSync(join(copy, '.git', 'worktrees'))).toBe(false);
  expect(readdirSync(join(copy, '.cache', 'bench'))).toEqual([]);
}, 120_000);
