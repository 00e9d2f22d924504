/** What README and docs say is so: code blocks compile and run, links lead somewhere, every error has its row. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allPaths, packageFolders, readFiles, readManifest, ROOT } from './architecture/house.ts';
import { blocksOf, programsOf } from './docs/blocks.ts';
import { Workbench } from './docs/compile.ts';
import { codedClasses, type CodedClass, faults } from './docs/error-table.ts';

/** Languages that a block may have. TypeScript has one name, so that no block escapes the compiler. */
const LANGUAGES = ['ts', 'ts run', 'text', 'text output', 'sh', 'yaml', 'json', 'http'];

const pages = readFiles(allPaths().filter((path) => path.endsWith('.md') && !path.startsWith('.')));
const blocks = pages.flatMap(({ path, text }) => blocksOf(path, text));
const code = blocks.filter(({ info }) => info === 'ts' || info === 'ts run');

describe('code blocks', () => {
  test('say their language', () => {
    const strange = blocks.filter(({ info }) => !LANGUAGES.includes(info));
    expect(strange.map(({ page, line, info }) => `${page}:${line}: "${info}"`)).toEqual([]);
  });

  test('compile', { timeout: 60_000 }, () => {
    expect(new Workbench('docs-compile').faults(code)).toEqual([]);
  });

  const programs = programsOf(blocks).map(({ block, output }) => ({
    where: `${block.page}:${block.line}`,
    block,
    output,
  }));
  const bench = new Workbench('docs-run');

  test.for(programs)('the program at $where runs', { timeout: 30_000 }, ({ block, output }) => {
    const { code: exit, out, error } = bench.run(block);
    expect({ exit, error }).toEqual({ exit: 0, error: '' });
    if (output !== undefined) expect(out).toBe(output);
  });

  test('in JSON are JSON', () => {
    const broken = blocks
      .filter(({ info }) => info === 'json')
      .filter(({ text }) => {
        try {
          JSON.parse(text);
          return false;
        } catch {
          return true;
        }
      });
    expect(broken.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });
});

test('links between pages lead somewhere', () => {
  const dead = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, link]) => posix.join(posix.dirname(path), String(link)))
      .filter((to) => !existsSync(join(ROOT, to)))
      .map((to) => `${path}: ${to}`),
  );
  expect(dead).toEqual([]);
});

test('every error code has one class, named alike, and one row in docs/errors.md', async () => {
  const classes: CodedClass[] = [];
  for (const folder of packageFolders()) {
    const { name, exports = {} } = readManifest(folder);
    for (const entry of Object.keys(exports).filter((key) => !key.includes('*'))) {
      classes.push(
        ...codedClasses((await import(name + entry.slice(1))) as Record<string, unknown>),
      );
    }
  }
  const [errors] = readFiles(['docs/errors.md']);
  expect(classes.length).toBeGreaterThan(0);
  expect(faults(classes, errors?.text ?? '')).toEqual([]);
});

/** What every page of a policy answers, in this order; a page may have more sections in between. */
const SKELETON = [
  'Example',
  'Options',
  'Events',
  'State',
  'Errors',
  'In time',
  'Used badly',
  'Coming from elsewhere',
];

test('every built-in of http is one file with one test beside it and one page, which the index knows', () => {
  const files = allPaths();
  const folder = 'packages/http/src/middleware/';
  const names = files
    .filter((path) => path.startsWith(folder) && !path.endsWith('.test.ts'))
    .map((path) => path.slice(folder.length, -'.ts'.length));
  expect(names.length).toBeGreaterThan(20);
  const [index] = readFiles(['docs/index.md']);
  const faultsOf = (name: string): string[] => [
    ...(files.includes(`${folder}${name}.test.ts`) ? [] : [`${name} has no test`]),
    ...(files.includes(`docs/http/${name}.md`) ? [] : [`${name} has no page`]),
    ...(index?.text.includes(`(http/${name}.md)`) ? [] : [`${name} is not in the index`]),
  ];
  expect(names.flatMap(faultsOf)).toEqual([]);
});

test('X-R12 every policy has a page, and every page answers the same questions', () => {
  const manuals = pages.filter(({ path }) => path.startsWith('docs/resilience/'));
  const policies = readFiles(
    allPaths().filter((path) =>
      /^packages\/resilience\/src\/(?!checks\/).*(?<!test)\.ts$/.test(path),
    ),
  ).flatMap(({ text }) =>
    [...text.matchAll(/^ {4}policy: '(\w+)',$/gm)].map(([, name]) => name ?? ''),
  );
  const kebab = (name: string): string =>
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  expect(policies.length).toBeGreaterThan(10);
  const missing = policies
    .map((name) => `docs/resilience/${kebab(name)}.md`)
    .filter((path) => !manuals.some((page) => page.path === path));
  expect(missing).toEqual([]);

  const odd = manuals.filter(({ text }) => {
    const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title ?? '');
    const known = sections.filter((title) => SKELETON.includes(title));
    return known.join() !== SKELETON.join() || !/in the order|belongs|stands/i.test(text);
  });
  expect(odd.map(({ path }) => path)).toEqual([]);
});
