/** Looks at every package as its users get it: what is packed, how it resolves, whether it compiles and runs. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, ROOT, unpackAll } from './pack.mjs';
import { runSmokeTests } from './smoke.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

const run = promisify(execFile);
const packages = packAll();
const faults = [
  ...packages.flatMap(misplacedFiles),
  ...(await Promise.all(packages.map(manifestFaults))).flat(),
  ...(await Promise.all(packages.map(resolutionFaults))).flat(),
];
if (faults.length === 0) faults.push(...useFaults(unpackAll(packages)));
if (faults.length) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${packages.length} packages are fit to publish`);
}

/**
 * Files that are no use to anyone, and built files whose source is gone.
 *
 * @param {Packed} one
 * @returns {readonly string[]}
 */
function misplacedFiles({ name, folder, files }) {
  const stray = files.filter((file) => /tsbuildinfo|\.(?:test|test-d|bench)\./.test(file));
  const stale = files.filter((file) => {
    const source = /^dist\/(.*?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file)?.[1];
    return source && !existsSync(join(folder, 'src', `${source}.ts`));
  });
  return [
    ...stray.map((file) => `${name}: packs ${file}`),
    ...stale.map((file) => `${name}: ${file} has no source; run npm run clean`),
  ];
}

/**
 * @param {Packed} one
 * @returns {Promise<readonly string[]>}
 */
async function manifestFaults({ name, tarball }) {
  const { buffer } = new Uint8Array(readFileSync(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  return messages.map((message) => `${name}: ${formatMessage(message, pkg, { color: false })}`);
}

/**
 * @param {Packed} one
 * @returns {Promise<readonly string[]>}
 */
async function resolutionFaults({ name, tarball }) {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  try {
    await run(process.execPath, [
      attw,
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-color',
    ]);
    return [];
  } catch (error) {
    return [`${name}: ${/** @type {{ stdout?: string }} */ (error).stdout || String(error)}`];
  }
}

/**
 * What goes wrong in a project that has installed the packages: it imports every entry, and runs the smoke tests.
 *
 * @param {string} consumer
 * @returns {readonly string[]}
 */
function useFaults(consumer) {
  const specifiers = packages.flatMap(({ entries }) => entries);
  const imports = specifiers.map((specifier, at) => `import * as entry${at} from '${specifier}';`);
  const uses = specifiers.map((_, at) => `entry${at}`).join(', ');
  writeFileSync(
    join(consumer, 'main.ts'),
    `${imports.join('\n')}\nexport const entries: readonly object[] = [${uses}];\n`,
  );
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  };
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['main.ts'] }),
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', consumer, '--pretty', 'false'],
    {
      cwd: consumer,
      encoding: 'utf8',
    },
  );
  if (status !== 0) return [`As a user of the packages: ${stdout}`];
  const smoke = runSmokeTests(process.execPath, consumer);
  if (smoke.passed) console.log(smoke.text);
  return smoke.passed ? [] : [smoke.text];
}
