/** Runs one of the examples from its source: `node examples/seeds/run.mjs 000-01`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

const wanted = process.argv[2];
const found = names.filter((name) => wanted && name.startsWith(wanted));
if (found.length === 1) {
  process.exitCode = await run(found[0]);
} else {
  console.error(
    `Expected the name of one example, or its beginning. There are:\n${names.join('\n')}`,
  );
  process.exitCode = 1;
}

/** Bundles the example into one file and runs that; gives its exit code. */
async function run(name) {
  const out = mkdtempSync(join(tmpdir(), 'interpose-example-'));
  const outfile = join(out, 'main.mjs');
  try {
    await build({
      entryPoints: [join(folder, name, 'main.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      conditions: ['@interpose/source'],
      // Functions and classes keep the names that contexts and errors show.
      keepNames: true,
      // Libraries that are no modules of their own kind ask for what Node has in the old way.
      banner: {
        js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
      },
      sourcemap: 'inline',
      logLevel: 'error',
    });
    const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile], {
      stdio: 'inherit',
    });
    return status ?? 1;
  } finally {
    rmSync(out, { recursive: true });
  }
}
