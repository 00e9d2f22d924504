/** Runs the fuzzers for as many minutes as they are given: `node packages/wire/fuzz/run.mjs --minutes 30 [part of a test's name]`. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** How many properties share the time. */
const PROPERTIES = 17;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '5' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write(`Expected --minutes to be a number above 0, got ${values.minutes}.\n`);
  process.exit(2);
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const files = readdirSync(new URL('../src/', import.meta.url))
  .filter((file) => file.endsWith('.fuzz.test.ts'))
  .map((file) => `packages/wire/src/${file}`);
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const [name] = positionals;
const share = name === undefined ? minutes / PROPERTIES : minutes;
const child = spawn(
  process.execPath,
  [vitest, 'run', '--no-file-parallelism'].concat(files, name ? ['-t', name] : []),
  { cwd: root, stdio: 'inherit', env: { ...process.env, FUZZ_MINUTES: String(share) } },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
