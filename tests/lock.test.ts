/** The lock file serves every platform, so that `npm ci` works on all of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryFor, type Locked, missing } from '../scripts/lock.mjs';
import { ROOT } from './architecture/house.ts';

test('leaves nothing out; otherwise run node scripts/complete-lock.mjs', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  expect(missing(lock.packages)).toEqual([]);
});

test('missing finds optional packages without an entry, at the root or nested', () => {
  const optionalDependencies = {
    '@a/linux-x64': '1.0.0',
    '@a/win32-x64': '1.0.0',
    '@a/b': '1.0.0',
  };
  const packages = {
    'node_modules/a': { dev: true, optionalDependencies },
    'node_modules/@a/linux-x64': {},
    'node_modules/a/node_modules/@a/b': {},
  };
  expect(missing(packages)).toEqual([{ name: '@a/win32-x64', version: '1.0.0', dev: true }]);
});

test('entryFor reads the platform off the name', () => {
  const build = { version: '1.0.0', dev: true };
  expect(entryFor({ ...build, name: '@a/binding-linux-x64-musl' })).toEqual({
    version: '1.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    license: 'MIT',
    optional: true,
    os: ['linux'],
  });
  expect(entryFor({ ...build, name: '@a/darwin-arm64', dev: false })).not.toHaveProperty('libc');
  expect(() => entryFor({ ...build, name: '@a/binding' })).toThrow('@a/binding');
  expect(() => entryFor({ ...build, name: '@a/darwin-arm64', version: '^1.0.0' })).toThrow('exact');
});
