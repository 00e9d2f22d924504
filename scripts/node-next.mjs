/** Runs the smoke tests of the built packages, and all tests of the engine, on a current Node, which it installs beside the one that is here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pack.mjs';
import { runSmokeTests } from './smoke.mjs';

const folder = join(ROOT, 'scripts/node-next');
const binary = join(folder, 'node_modules/node/bin/node');
const wanted = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.node;

if (!existsSync(binary) || installed() !== `v${wanted}`) {
  execFileSync('npm', ['ci', '--silent'], { cwd: folder, stdio: 'inherit', timeout: 300_000 });
}
const { passed, text } = runSmokeTests(binary, ROOT);
(passed ? console.log : console.error)(text);
process.exitCode = passed && runsEngine() ? 0 : 1;

/** The engine stands on Node's sockets, so what changes there concerns it. */
function runsEngine() {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const run = ['run', 'packages/wire', '--reporter=dot'];
  const { status } = spawnSync(binary, [vitest, ...run], {
    cwd: ROOT,
    stdio: 'inherit',
    timeout: 600_000,
  });
  return status === 0;
}

function installed() {
  return execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
}
