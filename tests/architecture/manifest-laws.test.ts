/** Each law on manifests and wording finds what it forbids in a small planted house. */
import { describe, expect, test } from 'vitest';
import { type Manifest, plant } from './house.ts';
import {
  commandsLeadToSources,
  declaresWhatItImports,
  entriesLeadToSources,
  manifestsAreAlike,
} from './manifest-laws.ts';
import { saysNothingForbidden } from './wording-laws.ts';

const http: Manifest = {
  name: '@interpose/http',
  version: '1.2.3',
  license: 'MIT',
  type: 'module',
  engines: { node: '>=20.19' },
  dependencies: { '@interpose/kernel': '1.2.3', yaml: '2.9.1' },
};
const kernel: Manifest = { ...http, name: '@interpose/kernel', dependencies: {} };

test('declaresWhatItImports finds both kinds of disagreement', () => {
  const house = plant(
    {
      'packages/http/src/a.ts': `import type { X } from '@interpose/kernel/x'; import 'zod'; import 'node:fs';`,
      'packages/http/src/a.test.ts': `import 'vitest';`,
    },
    { http },
  );
  expect(declaresWhatItImports(house)).toEqual([
    'packages/http/package.json: does not declare "zod"',
    'packages/http/package.json: "yaml" is never imported',
  ]);
});

describe('manifestsAreAlike', () => {
  test('lets pass two that are', () => {
    expect(manifestsAreAlike(plant({}, { http, kernel }))).toEqual([]);
  });

  test.each<[string, Manifest]>([
    ['another version', { ...kernel, version: '1.2.4' }],
    ['another licence', { ...kernel, license: 'ISC' }],
    ['another floor', { ...kernel, engines: { node: '>=18' } }],
    ['another name', { ...kernel, name: 'kernel' }],
    ['a range', { ...kernel, dependencies: { zod: '^4.0.0' } }],
    ['an old version of ours', { ...kernel, dependencies: { '@interpose/http': '1.2.2' } }],
  ])('finds %s', (_, manifest) => {
    expect(manifestsAreAlike(plant({}, { http, kernel: manifest }))).toHaveLength(1);
  });
});

describe('entriesLeadToSources', () => {
  const entry = (source: string, built: string, key = 'default'): Manifest => ({
    ...http,
    exports: { '.': { '@interpose/source': source, types: `${built}.d.ts`, [key]: `${built}.js` } },
  });
  const sources = { 'packages/http/src/a.ts': '', 'packages/http/src/middleware/x.ts': '' };

  test.each([
    ['no source', entry('./src/b.ts', './dist/b')],
    ['another file built', entry('./src/a.ts', './dist/b')],
    ['another condition', entry('./src/a.ts', './dist/a', 'require')],
    ['an empty folder', entry('./src/plugins/*.ts', './dist/plugins/*')],
  ])('finds %s', (_, manifest) => {
    expect(entriesLeadToSources(plant(sources, { http: manifest }))).toHaveLength(1);
  });

  test.each([
    entry('./src/a.ts', './dist/a'),
    entry('./src/middleware/*.ts', './dist/middleware/*'),
  ])('lets pass one that leads to a file or a folder', (manifest) => {
    expect(entriesLeadToSources(plant(sources, { http: manifest }))).toEqual([]);
  });
});

test('commandsLeadToSources finds a command without a file', () => {
  const bin = { a: './dist/a.js', b: './dist/b.js', c: 'bin/c.js', d: './bin/d.js' };
  const sources = { 'packages/http/src/a.ts': '', 'packages/http/bin/d.js': '' };
  expect(commandsLeadToSources(plant(sources, { http: { ...http, bin } }))).toEqual([
    'packages/http/package.json: there is no src/b.ts',
    'packages/http/package.json: there is no bin/c.js',
  ]);
});

describe('saysNothingForbidden', () => {
  const slash: string = '/';
  const dot: string = '.';
  test.each([
    `see ${slash}work${slash}main`,
    `in ${slash}home${slash}someone${slash}x`,
    `https:${slash}${slash}registry${dot}example.com`,
    ['// TO', 'DO later'].join(''),
    `const x = 1;\n// ${'-'.repeat(20)}`,
  ])('finds %j', (text) => {
    expect(saysNothingForbidden([{ path: 'a.md', text }])).toHaveLength(1);
  });

  test('says on which line', () => {
    const text = `one\ntwo\n ${slash}work${slash}x`;
    expect(saysNothingForbidden([{ path: 'a.md', text }])).toEqual([
      'a.md:3: a path of one machine',
    ]);
  });

  test('lets pass ordinary text', () => {
    const text = `GET ${slash}api${slash}work${slash}1 and a todo list\n| --- | --- |\n`;
    expect(saysNothingForbidden([{ path: 'a.md', text }])).toEqual([]);
  });
});
