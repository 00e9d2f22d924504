/** Packs every package that will be published, as its users get it, and unpacks it as if installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} folder its folder in the repository
 * @property {readonly string[]} entries what can be imported, but for patterns
 */

/** @typedef {Package & { readonly tarball: string, readonly files: readonly string[] }} Packed */

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, '.cache');

/**
 * The packages that will be published.
 *
 * @returns {readonly Package[]}
 */
export function publishable() {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => join(ROOT, 'packages', name))
    .map((folder) => ({ folder, ...read(join(folder, 'package.json')) }))
    .filter((manifest) => !manifest.private)
    .map(({ folder, name, exports = {} }) => ({
      name,
      folder,
      entries: Object.keys(exports)
        .filter((entry) => !entry.includes('*'))
        .map((entry) => name + entry.slice(1)),
    }));
}

/** @returns {readonly Packed[]} */
export function packAll() {
  const packages = publishable();
  const destination = emptied('packs');
  const listed = JSON.parse(
    execFileSync(
      'npm',
      [
        'pack',
        ...packages.map(({ folder }) => `--workspace=${folder}`),
        `--pack-destination=${destination}`,
        '--json',
      ],
      { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  );
  return packages.map((one) => {
    const { filename, files } = listed.find((/** @type {Package} */ { name }) => name === one.name);
    return {
      ...one,
      tarball: join(destination, filename),
      files: files.map((/** @type {{ path: string }} */ { path }) => path),
    };
  });
}

/**
 * Unpacks packages beneath a folder of their own, so that they see each other and not the workspace.
 *
 * @param {readonly Packed[]} packages
 * @returns {string} the folder that a user's project could be
 */
export function unpackAll(packages) {
  const consumer = emptied('consumer');
  for (const { name, folder, tarball } of packages) {
    const target = join(consumer, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    // What npm could not put at the root, for another version is there.
    const own = join(folder, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(target, 'node_modules'));
  }
  return consumer;
}

/** @param {string} path */
function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** @param {string} name */
function emptied(name) {
  const folder = join(CACHE, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
