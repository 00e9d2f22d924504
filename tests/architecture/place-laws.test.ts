/** Each law on places and names finds what it forbids in a small planted house. */
import { describe, expect, test } from 'vitest';
import { plant } from './house.ts';
import {
  exportsByName,
  foldersAreFamilies,
  frontDoorsAreLists,
  hasNoDrawers,
  isKebabCase,
  saysWhatItIsFor,
} from './place-laws.ts';

describe('hasNoDrawers', () => {
  test.each([
    'http/src/utils.ts',
    'http/src/helpers/a.ts',
    'http/src/types.ts',
    'http/src/Util.mjs',
  ])('finds %s', (path) => {
    expect(hasNoDrawers(plant({ [`packages/${path}`]: '' }))).toHaveLength(1);
  });

  test('lets pass a name that only contains such a word, and tests of types', () => {
    const paths = ['packages/http/src/content-type.ts', 'packages/http/src/types.test-d.ts'];
    expect(hasNoDrawers(plant(Object.fromEntries(paths.map((path) => [path, '']))))).toEqual([]);
  });
});

test('isKebabCase finds other spellings', () => {
  const house = plant({
    'packages/http/src/rateLimit.ts': '',
    'packages/http/src/Router/a.ts': '',
    'packages/http/src/rate-limit.test-d.ts': '',
    'tests/Any.ts': '',
  });
  expect(isKebabCase(house)).toHaveLength(2);
});

describe('saysWhatItIsFor', () => {
  test.each([
    '',
    'export {};',
    '// A file.\n',
    '/* A file. */\n',
    '/**\n * A file.\n */\n',
    '/** */\n',
  ])('finds a file that begins with %j', (text) => {
    expect(saysWhatItIsFor(plant({ 'a.ts': text }))).toHaveLength(1);
  });

  test('lets pass a sentence, also behind the line that names the interpreter', () => {
    const house = plant({
      'a.ts': '/** Does one thing. */\n',
      'b.ts': '#!/usr/bin/env node\n/** Does one thing. */\n',
    });
    expect(saysWhatItIsFor(house)).toEqual([]);
  });
});

test('foldersAreFamilies finds single files and folders in folders', () => {
  const house = plant({
    'packages/http/src/a.ts': '',
    'packages/http/src/one/a.ts': '',
    'packages/http/src/one/a.test.ts': '',
    'packages/http/src/two/a.ts': '',
    'packages/http/src/two/b.ts': '',
    'packages/http/src/two/deep/a.ts': '',
    'packages/http/src/two/deep/b.ts': '',
  });
  expect(foldersAreFamilies(house)).toEqual([
    'packages/http/src/one: a folder with a single file',
    'packages/http/src/two/deep: a folder in a folder',
  ]);
});

describe('frontDoorsAreLists', () => {
  const index = 'packages/http/src/index.ts';

  test.each([
    `import './a.ts';`,
    'export const x = 1;',
    `export * from './a.ts';`,
    'export { x };',
  ])('finds %j in a front door', (text) => {
    expect(frontDoorsAreLists(plant({ [index]: text }))).toHaveLength(1);
  });

  test('finds a second front door, a missing one and one entered from inside', () => {
    const house = plant(
      {
        [index]: `export { x, type Y } from './x.ts';`,
        'packages/http/src/x.ts': `import { z } from './index.ts';`,
        'packages/http/src/x.test.ts': `import { z } from './index.ts';`,
        'packages/http/src/router/index.ts': `export { x } from './x.ts';`,
      },
      { http: { name: '@interpose/http' }, wire: { name: '@interpose/wire' } },
    );
    expect(frontDoorsAreLists(house)).toEqual([
      'packages/wire/src/index.ts: the package has no front door',
      'packages/http/src/x.ts:1: enters its own front door',
      'packages/http/src/router/index.ts: a package has one index.ts',
    ]);
  });
});

describe('exportsByName', () => {
  test.each([
    `export * from './x.ts';`,
    `export * as x from './x.ts';`,
    'export default 1;',
    'const x = 1; export { x as default };',
    `export { default } from './x.ts';`,
  ])('finds %j', (text) => {
    expect(exportsByName(plant({ 'packages/http/src/a.ts': text }))).toHaveLength(1);
  });

  test('lets pass names, and what is no package', () => {
    const house = plant({
      'packages/http/src/a.ts': `export const x = 1; export { default as y } from './y.ts';`,
      'vitest.config.ts': 'export default {};',
    });
    expect(exportsByName(house)).toEqual([]);
  });
});
