/** What each package exports, and how many bytes the parts that people count may have. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { packageFolders, readManifest, ROOT } from './architecture/house.ts';
import { parse } from './architecture/source-file.ts';

/** One name that an entry exports. */
interface Export {
  readonly name: string;
  readonly isType: boolean;
}

const entries = packageFolders().flatMap((folder) => {
  const { name, exports = {} } = readManifest(folder);
  return Object.entries(exports).flatMap(([entry, conditions]) =>
    expand(folder, entry, conditions['@interpose/source'] ?? '').map(([key, source]) => ({
      specifier: name + key.slice(1),
      source,
      snapshot: `${folder}${key.slice(1).replaceAll('/', '.')}.txt`,
    })),
  );
});

/** The entries that a pattern stands for, each with its source file; an entry without a pattern is itself. */
function expand(folder: string, entry: string, source: string): readonly [string, string][] {
  const path = join(ROOT, 'packages', folder, source);
  const [head = '', tail] = path.split('*');
  if (tail === undefined) return existsSync(path) ? [[entry, path]] : [];
  return readdirSync(head)
    .filter((file) => file.endsWith(tail) && !/\.test/.test(file))
    .map((file) => [entry.replace('*', file.slice(0, -tail.length)), head + file]);
}

function exportsOf(path: string): readonly Export[] {
  return parse({ path, text: readFileSync(path, 'utf8') })
    .module.staticExports.flatMap((statement) => statement.entries)
    .map(({ exportName, isType }) => ({ name: String(exportName.name), isType }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

describe.each(entries)('$specifier', ({ specifier, source, snapshot }) => {
  test('exports these names', async () => {
    const lines = exportsOf(source).map(({ name, isType }) => (isType ? `type ${name}` : name));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`public-api/${snapshot}`);
  });

  test('has at run time what its source says', async () => {
    const values = Object.keys((await import(specifier)) as object).toSorted();
    const said = exportsOf(source).filter(({ isType }) => !isType);
    expect(values).toEqual(said.map(({ name }) => name));
  });
});

test('there is no snapshot of an entry that is gone', () => {
  const snapshots = new Set(entries.map(({ snapshot }) => snapshot));
  const left = readdirSync(join(ROOT, 'tests/public-api')).filter((file) => !snapshots.has(file));
  expect(left).toEqual([]);
});

/** Bytes of a module once it is bundled, minified and gzipped. */
async function bytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['@interpose/source'],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

test.each([
  ['compose alone', `export { compose } from '@interpose/kernel/compose';`, 1024],
  ['the whole kernel', `export * from '@interpose/kernel';`, 8192],
])('%s is small', async (_, contents, limit) => {
  const size = await bytes(contents);
  expect(size).toBeGreaterThan(100);
  expect(size).toBeLessThanOrEqual(limit);
});
