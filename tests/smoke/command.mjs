/** Smoke test of the built command: it starts, helps, and refuses what it does not know in one line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/interpose.js', import.meta.resolve('interpose')));

/** @param {string[]} args */
function run(...args) {
  return spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', timeout: 20_000 });
}

test('interpose --help says how it is used', () => {
  const { status, stdout, stderr } = run('--help');
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^Usage: interpose /);
});

test('interpose refuses an unknown word in one line', () => {
  const { status, stdout, stderr } = run('nonsense');
  assert.equal(stdout, '');
  assert.notEqual(status, 0);
  assert.match(stderr, /nonsense/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});
