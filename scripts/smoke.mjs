/** Runs the smoke tests of the built packages under a given Node. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publishable, ROOT } from './pack.mjs';

/**
 * @param {string} node the binary
 * @param {string} folder where the packages are found; the tests are copied there if it is not the workspace
 * @returns {{ readonly passed: boolean, readonly text: string }} one line, or on failure all that was printed
 */
export function runSmokeTests(node, folder) {
  const source = join(ROOT, 'tests/smoke');
  const target = folder === ROOT ? source : join(folder, 'smoke');
  if (target !== source) cpSync(source, target, { recursive: true });
  const files = readdirSync(target).map((file) => join(target, file));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(node, ['--test', '--test-reporter=tap', ...files], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...env, ENTRIES: JSON.stringify(publishable().flatMap(({ entries }) => entries)) },
  });
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const count = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
  return status === 0 && count > 0
    ? { passed: true, text: `Node ${version}: ${count} smoke tests of the built packages passed` }
    : { passed: false, text: `Smoke tests failed on Node ${version}:\n${stdout}${stderr}` };
}
