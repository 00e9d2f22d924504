/** Runs every example as a user would, in a process of its own, and compares what it prints with its `output.txt`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const run = (name: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [join(folder, 'run.mjs'), name], {
    encoding: 'utf8',
    timeout: 30_000,
  });

describe('the examples', { timeout: 60_000 }, () => {
  test('are all there', () => {
    expect(names.map((name) => name.slice(0, '000-00'.length))).toEqual([
      '000-01',
      '000-02',
      '000-03',
      '000-04',
      '000-05',
      '000-06',
      '000-07',
      '000-08',
      '000-09',
      '000-10',
      '000-11',
      '000-12',
      '000-13',
      '000-14',
      '000-15',
      '000-16',
      '001-01',
      '001-02',
      '001-03',
      '001-04',
      '001-05',
      '001-06',
      '001-07',
      '001-08',
      '001-09',
      '001-10',
      '001-11',
      '001-12',
      '001-13',
      '001-14',
      '001-15',
      '001-16',
      '002-01',
      '002-02',
      '002-03',
      '002-04',
      '002-05',
      '002-06',
      '003-01',
      '003-02',
      '003-03',
      '003-04',
      '003-05',
      '003-06',
      '003-07',
      '004-01',
      '004-02',
      '004-03',
      '004-04',
      '004-05',
      '004-06',
      '004-07',
      '004-08',
      '004-09',
      '004-10',
      '004-11',
      '004-12',
      '004-13',
      '004-14',
      '004-15',
      '004-16',
      '004-17',
      '004-18',
    ]);
  });

  test.each(names)('%s prints what it says, complains of nothing and ends by itself', (name) => {
    const { status, stdout, stderr } = run(name);
    expect(stderr).toBe('');
    expect(stdout).toBe(readFileSync(join(folder, name, 'output.txt'), 'utf8'));
    expect(status).toBe(0);
  });

  test.each(names)('%s has a row in the README', (name) => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`](${name}/main.ts)`);
  });

  test.each(['000', '999', ''])(
    'asked for "%s", the runner lists what there is and fails',
    (name) => {
      const { status, stdout, stderr } = run(name);
      expect(stdout).toBe('');
      expect(stderr).toContain('000-01-onion\n000-02-conditional\n');
      expect(status).toBe(1);
    },
  );
});
