/** `npm run http-cache-tests`: runs the tests for HTTP caches against the response cache and nginx, and prints what came of each. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const table = new URL('../.cache/http-cache-tests/table.md', import.meta.url);
rmSync(table, { force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'tests/http-cache'],
  { cwd: root, stdio: 'inherit' },
);
try {
  process.stdout.write(`\n${readFileSync(table, 'utf8')}`);
} catch {
  process.stderr.write('The tests did not run.\n');
}
process.exitCode = status ?? 1;
