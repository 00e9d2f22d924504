/** Runs the smoke tests of the built packages on a current Node, which it installs beside the one that is here. */
import { execFileSync } from 'node:child_process';
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
process.exitCode = passed ? 0 : 1;

function installed() {
  return execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
}
