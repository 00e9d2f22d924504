/** Runs an app on Bun, which it installs beside what is here, and looks at how it answers there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pack.mjs';

const folder = join(ROOT, 'scripts/bun');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

if (installed() !== dependencies.bun) {
  // The binary is in a package of its own for each platform; the script of the other would only copy it.
  execFileSync('npm', ['ci', '--silent', '--ignore-scripts'], {
    cwd: folder,
    stdio: 'inherit',
    timeout: 300_000,
  });
}
const bun = binary();
if (bun === undefined) throw new Error('There is no Bun for this platform.');
const { status, stdout, stderr } = spawnSync(bun, [join(folder, 'app-on-bun.mjs')], {
  cwd: ROOT,
  encoding: 'utf8',
  timeout: 60_000,
});
const count = Number(/^(\d+) checks passed$/m.exec(stdout)?.[1] ?? 0);
const passed = status === 0 && count > 0;
if (passed) console.log(`Bun ${dependencies.bun}: ${count} checks of an app passed`);
else console.error(`The app failed on Bun ${dependencies.bun}:\n${stdout}${stderr}`);
process.exitCode = passed ? 0 : 1;

/** @returns {string | undefined} */
function binary() {
  const builds = join(folder, 'node_modules/@oven');
  if (!existsSync(builds)) return undefined;
  return readdirSync(builds)
    .flatMap((build) => ['bun', 'bun.exe'].map((name) => join(builds, build, 'bin', name)))
    .find((path) => existsSync(path));
}

/** @returns {string | undefined} */
function installed() {
  const path = binary();
  return path && spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim();
}
