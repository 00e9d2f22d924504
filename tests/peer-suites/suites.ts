/** The suites of others: fetched as they were published, and laid where they can run. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** One test file of a suite. */
export interface TestFile {
  /** The package that it came with. */
  readonly suite: string;
  /** Where it is in the package. */
  readonly path: string;
}

/** The packages whose tests are run. */
export const SUITES: readonly string[] = ['fastify', '@fastify/reply-from'];

const HERE = import.meta.dirname;
const PINNED = join(HERE, 'pinned');
const HOME = join(HERE, '../../node_modules/.cache/peer-suites');
const MANIFEST = ['package.json', 'package-lock.json'] as const;

/** Where the suites are, and what is loaded before each of their files. */
export interface Laid {
  readonly home: string;
  readonly preload: string;
}

/** Fetches the suites and what they need, if that is not done yet, and makes the preload from the sources. */
export function laySuites(): Laid {
  const lock = readFileSync(join(PINNED, 'package-lock.json'), 'utf8');
  const stamp = join(HOME, 'laid.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    mkdirSync(HOME, { recursive: true });
    for (const name of MANIFEST) copyFileSync(join(PINNED, name), join(HOME, name));
    // No scripts of theirs are run; the lock file says which bytes each package must have.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: HOME,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    writeFileSync(stamp, lock);
  }
  const preload = join(HOME, 'preload.mjs');
  buildSync({
    entryPoints: [join(HERE, 'preload.ts')],
    outfile: preload,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@interpose/source'],
  });
  return { home: HOME, preload };
}

/** Every test file that the suites have. */
export function testFiles({ home }: Laid): readonly TestFile[] {
  return SUITES.flatMap((suite) =>
    filesIn(join(home, 'node_modules', suite), 'test').map((path) => ({ suite, path })),
  );
}

function filesIn(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesIn(root, path);
      return /\.test\.[cm]?js$/.test(entry.name) ? [path] : [];
    });
}
