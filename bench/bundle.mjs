/** bundle: makes plain JavaScript of benches and of the packages of one source tree. */
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;
const root = dirname(here);
/** As many copies of a module as eight chains of ten layers take. */
const COPIES = 80;

/**
 * Two imports of `x.ts?copy=1` and `x.ts?copy=2` are two modules with functions of their own, and V8 learns of each
 * alone, as it does of functions in different files. `x.ts?copies` has 80 of them as the list `copies`, beside what
 * `x.ts` itself exports.
 */
const copies = {
  name: 'copies',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\?cop(y|ies)/ }, ({ path, resolveDir }) => {
      const [file = '', query] = path.split('?');
      const namespace = query?.startsWith('copies') ? 'copies' : 'file';
      return { path: resolve(resolveDir, file), suffix: `?${query}`, namespace };
    });
    onLoad({ filter: /./, namespace: 'copies' }, ({ path, suffix }) => {
      const numbers = Array.from({ length: COPIES }, (_, index) => index);
      const contents = [
        `export * from ${JSON.stringify(path)};`,
        ...numbers.map((n) => {
          const copy = `${path}?copy=${suffix.slice(1)}-${n}`;
          return `import { parts as parts${n} } from ${JSON.stringify(copy)};`;
        }),
        `export const copies = [${numbers.map((n) => `parts${n}`).join(', ')}];`,
      ].join('\n');
      return { contents, loader: 'js', resolveDir: dirname(path) };
    });
  },
};

/** The source of an entry, which may be one of a folder of entries. */
function sourceOf(exports, entry) {
  const pattern = Object.keys(exports).find(
    (key) => key.endsWith('/*') && entry.startsWith(key.slice(0, -1)),
  );
  if (exports[entry] || !pattern) return exports[entry]['@interpose/source'];
  return exports[pattern]['@interpose/source'].replace('*', entry.slice(pattern.length - 1));
}

/** Our packages come from the sources of one tree, whoever imports them. */
function packagesOf(tree) {
  return {
    name: 'packages',
    setup({ onResolve }) {
      onResolve({ filter: /^@interpose\// }, async ({ path }) => {
        const [, name, ...rest] = path.split('/');
        const folder = join(tree, 'packages', name);
        // An older tree may not have it; then whoever measures it there is told so.
        if (!existsSync(folder)) return { path, external: true };
        const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
        return { path: join(folder, sourceOf(exports, ['.', ...rest].join('/'))) };
      });
    },
  };
}

/** What was made here, to be removed when the process ends. */
const made = new Set();
process.on('exit', () => {
  for (const outdir of made) rmSync(outdir, { recursive: true, force: true });
});

/**
 * Bundles a file of this folder against the packages of `tree`. What it makes is removed when the process ends.
 *
 * @param {string} entry
 * @param {string} [tree] the root of a checkout; this one unless said otherwise
 * @returns {Promise<string>} the path of the bundle
 */
export async function bundle(entry, tree = root) {
  const cache = join(root, '.cache', 'bench');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'bundle-'));
  made.add(outdir);
  await build({
    absWorkingDir: here,
    entryPoints: { bundle: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // CommonJS peers ask for Node's own modules when they run.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
    },
    nodePaths: [join(root, 'node_modules')],
    // Not a public entry of the package, but the part of it that is measured.
    alias: { 'hono/compose': fileURLToPath(new URL('compose.js', import.meta.resolve('hono'))) },
    // Parts of fast-gateway that nobody asks for here.
    external: ['http-lambda-proxy', 'fast-proxy', 'faye-websocket'],
    plugins: [copies, packagesOf(tree)],
    logLevel: 'silent',
  });
  return join(outdir, 'bundle.mjs');
}
