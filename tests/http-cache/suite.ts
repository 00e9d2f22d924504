/** The tests for HTTP caches of Mark Nottingham (npm: http-cache-tests), fetched once and checked against the hash of what was read here. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../architecture/house.ts';

const VERSION = '0.4.5';
const SHA_512 =
  'DjuwN9nUZXLTW+wav1LRESCZNVxl8SshwOy4z1pxuWbWt5/ay6sM9QQ1lebBaDO6P1IMBoK6mdf+PuVP/QNL8A==';
const HOME = join(ROOT, 'node_modules', '.cache', 'http-cache-tests');

const run = promisify(execFile);

/** How a test counts: what the RFC demands, what a good cache does, or what is only looked at. */
export type Kind = 'required' | 'optimal' | 'check';

/** One of the tests. */
export interface CacheTest {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  /** The tests that have to pass for this one to mean something. */
  readonly dependsOn: readonly string[];
  readonly group: string;
}

interface RawTest {
  readonly id: string;
  readonly name: string;
  readonly kind?: Kind;
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
}

interface RawSuite {
  readonly name: string;
  readonly tests: readonly RawTest[];
}

/** The folder of the tests, which is filled if it is not there. */
export async function ensureSuite(): Promise<string> {
  const folder = join(HOME, VERSION);
  if (existsSync(folder)) return folder;
  mkdirSync(HOME, { recursive: true });
  const own = mkdtempSync(join(HOME, 'new-'));
  try {
    const [archive] = await download(own);
    const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (hash !== SHA_512) throw new Error(`http-cache-tests ${VERSION} has the hash ${hash}.`);
    await run('tar', ['-xzf', archive, '-C', own]);
    move(join(own, 'package'), folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return folder;
}

/** Asked for by name alone: what it depends on is of no use here. */
async function download(to: string): Promise<[string]> {
  const args = ['pack', `http-cache-tests@${VERSION}`, '--pack-destination', to, '--silent'];
  await run('npm', args, { cwd: to, timeout: 120_000 });
  return [join(to, `http-cache-tests-${VERSION}.tgz`)];
}

/** Somebody else may have been faster. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** The tests for caches that many share, in their order. */
export async function readTests(folder: string): Promise<readonly CacheTest[]> {
  const load = async (path: string): Promise<unknown> =>
    ((await import(pathToFileURL(join(folder, path)).href)) as { default: unknown }).default;
  const main = (await load('tests/index.mjs')) as readonly RawSuite[];
  const more = (await load('tests/surrogate-control.mjs')) as RawSuite;
  return [...main.filter(({ name }) => name !== more.name), more].flatMap(
    ({ name: group, tests }) =>
      tests
        .filter((test) => !test.browser_only)
        .map(({ id, name, kind = 'required', depends_on: dependsOn = [] }) => ({
          id,
          name,
          kind,
          dependsOn,
          group,
        })),
  );
}
