/** Each law on Node, time and chance finds what it forbids in a small planted house. */
import { describe, expect, test } from 'vitest';
import { plant } from './house.ts';
import {
  readsTimeOnlyInTheClock,
  throwsDiceOnlyByOption,
  usesNodeOnlyWherePlanned,
} from './world-laws.ts';

const kernel = 'packages/kernel/src/a.ts';

describe('usesNodeOnlyWherePlanned', () => {
  test.each([
    `import { x } from 'node:fs';`,
    `import type { X } from 'node:fs';`,
    `const fs = await import('node:fs');`,
    'const x = process.env;',
    'const x = () => Buffer;',
    'function f(x: Buffer): void {}',
    'setImmediate(f);',
    `export { x } from 'node:fs';`,
  ])('finds %j', (text) => {
    expect(usesNodeOnlyWherePlanned(plant({ [kernel]: text }))).toHaveLength(1);
  });

  test('finds a file beside the planned ones', () => {
    const house = plant({ 'packages/gateway/src/plugins/a.ts': `import { x } from 'node:http';` });
    expect(usesNodeOnlyWherePlanned(house)).toHaveLength(1);
  });

  test('lets pass properties, the planned file, planned packages and tests', () => {
    const house = plant({
      [kernel]: `/** Not Buffer. */\nconst x = { process: 1 }; x.process; const s = 'process.exit';`,
      'packages/kernel/src/ambient.ts': `import { x } from 'node:async_hooks';`,
      'packages/kernel/src/a.test.ts': `import { x } from 'node:fs';`,
      'packages/kernel/src/b.ts':
        'const process = f(); function g(Buffer: string) { process(Buffer); }',
      'packages/wire/src/a.ts': 'process.exit();',
      'packages/gateway/src/upstream/a.ts': `import { x } from 'node:http';`,
    });
    expect(usesNodeOnlyWherePlanned(house)).toEqual([]);
  });
});

describe('readsTimeOnlyInTheClock', () => {
  test.each([
    'Date.now()',
    'Date()',
    'new Date()',
    'const { now = Date.now } = options',
    'performance.now()',
    'process.hrtime.bigint()',
    'setTimeout(f, 1)',
    'globalThis.setTimeout(f, 1)',
    'AbortSignal.timeout(1)',
  ])('finds %j', (text) => {
    expect(readsTimeOnlyInTheClock(plant({ [kernel]: text }))).toHaveLength(1);
  });

  test('lets pass dates of given moments, the clock itself and tests', () => {
    const house = plant({
      [kernel]: 'new Date(clock.wall()); clock.now(); const x: Date = y; x instanceof Date;',
      'packages/kernel/src/clock.ts': 'Date.now()',
      'packages/kernel/src/a.test.ts': 'Date.now()',
      'bench/a.ts': 'performance.now()',
    });
    expect(readsTimeOnlyInTheClock(house)).toEqual([]);
  });
});

describe('throwsDiceOnlyByOption', () => {
  test.each(['Math.random()', 'const { id = Math.random } = options;', 'f(Math.random)'])(
    'finds %j',
    (text) => {
      expect(throwsDiceOnlyByOption(plant({ [kernel]: text }))).toHaveLength(1);
    },
  );

  test('lets pass the default of an option', () => {
    const house = plant({ [kernel]: 'const { random = Math.random } = options; random();' });
    expect(throwsDiceOnlyByOption(house)).toEqual([]);
  });
});
