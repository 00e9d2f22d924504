/** Each import law finds what it forbids in a small planted house, and nothing in a sound one. */
import { describe, expect, test } from 'vitest';
import { plant } from './house.ts';
import {
  entersByFrontDoors,
  hasNoCircles,
  hasNoCorridors,
  standsOnlyOnThePlan,
} from './import-laws.ts';

const KERNEL = {
  name: '@interpose/kernel',
  exports: { '.': { default: './dist/index.js' }, './middleware/*': { default: './dist/*.js' } },
};

describe('standsOnlyOnThePlan', () => {
  test.each([
    ['up', 'kernel/src/a.ts', `import { x } from '@interpose/http';`],
    ['sideways', 'http/src/a.ts', `import { x } from '@interpose/jobs';`],
    ['up, types only', 'kernel/src/a.ts', `import type { X } from '@interpose/http';`],
    ['up, by an import type', 'kernel/src/a.ts', `let x: import('@interpose/http').X;`],
    ['up, by a re-export', 'kernel/src/a.ts', `export { x } from '@interpose/http';`],
    ['up, at run time', 'kernel/src/a.ts', `await import('@interpose/http');`],
    ['to the command', 'gateway/src/a.ts', `import 'interpose';`],
    ['to itself', 'http/src/a.ts', `import { x } from '@interpose/http';`],
    ['to an unplanned library', 'kernel/src/a.ts', `import fp from 'lodash/fp';`],
    ['to a test library', 'kernel/src/a.ts', `import { test } from 'vitest';`],
    ['to testing', 'http/src/a.ts', `import { x } from '@interpose/testing';`],
    ['up, in a test', 'kernel/src/a.test.ts', `import { x } from '@interpose/http';`],
  ])('finds an import %s', (_, path, text) => {
    expect(standsOnlyOnThePlan(plant({ [`packages/${path}`]: text }))).toHaveLength(1);
  });

  test('finds a package that is not in the plan', () => {
    const found = standsOnlyOnThePlan(plant({ 'packages/utils/src/a.ts': '' }));
    expect(found).toEqual(['packages/utils/src/a.ts: the plan has no package "utils"']);
  });

  test('lets pass what the plan allows', () => {
    const house = plant({
      'packages/gateway/src/a.ts': `import { x } from '@interpose/http'; import 'node:fs'; import { parse } from 'yaml';`,
      'packages/http/src/a.test.ts': `import { x } from '@interpose/testing'; import { test } from 'vitest';`,
      'examples/one/main.ts': `import { x } from '@interpose/gateway';`,
    });
    expect(standsOnlyOnThePlan(house)).toEqual([]);
  });
});

describe('entersByFrontDoors', () => {
  test.each([
    ['packages/http/src/a.ts', '../../kernel/src/compose.ts'],
    ['examples/one/main.ts', '../../packages/kernel/src/compose.ts'],
    ['packages/http/src/a.ts', '../../../tests/x.ts'],
    ['packages/http/src/a.ts', '@interpose/kernel/compose'],
    ['packages/http/src/a.ts', '@interpose/kernel/middleware/'],
  ])('finds in %s an import of %s', (path, specifier) => {
    const house = plant({ [path]: `import { x } from '${specifier}';` }, { kernel: KERNEL });
    expect(entersByFrontDoors(house)).toHaveLength(1);
  });

  test('lets pass entries, listed or by pattern, and files of the same package', () => {
    const text = `import '@interpose/kernel'; import '@interpose/kernel/middleware/x'; import './b.ts';`;
    expect(
      entersByFrontDoors(plant({ 'packages/http/src/a.ts': text }, { kernel: KERNEL })),
    ).toEqual([]);
  });
});

describe('hasNoCircles', () => {
  test('finds a circle and says how it goes', () => {
    const house = plant({
      'p/a.ts': `import './b.ts';`,
      'p/b.ts': `import type { C } from './q/c.ts';`,
      'p/q/c.ts': `export { x } from '../b.ts';`,
    });
    expect(hasNoCircles(house)).toEqual(['p/b.ts -> p/q/c.ts -> p/b.ts']);
  });

  test('finds a file that imports itself', () => {
    expect(hasNoCircles(plant({ 'p/a.ts': `import './a.ts';` }))).toEqual(['p/a.ts -> p/a.ts']);
  });

  test('lets two ways lead to one file', () => {
    const house = plant({
      'p/a.ts': `import './b.ts'; import './c.ts';`,
      'p/b.ts': `import './c.ts';`,
      'p/c.ts': '',
    });
    expect(hasNoCircles(house)).toEqual([]);
  });
});

describe('hasNoCorridors', () => {
  const cors = 'packages/http/src/middleware/cors.ts';

  test('finds an import of a neighbour', () => {
    expect(hasNoCorridors(plant({ [cors]: `import { x } from './csrf.ts';` }))).toEqual([
      `${cors}:1: "./csrf.ts" is a room of the same kit`,
    ]);
  });

  test('lets pass the machinery, the list and the tests', () => {
    const house = plant({
      [cors]: `import { x } from '../context.ts';`,
      'packages/gateway/src/plugins/standard.ts': `import { x } from './cors.ts';`,
      'packages/http/src/middleware/cors.test.ts': `import { x } from './cors.ts';`,
      'packages/http/src/router/router.ts': `import { x } from './pattern.ts';`,
    });
    expect(hasNoCorridors(house)).toEqual([]);
  });
});
