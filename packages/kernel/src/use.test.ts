/** The decorator: applied by hand, and in a class that the TypeScript compiler has compiled. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { use } from './use.ts';
import type { Account, Savings } from './use.test-d.ts';
import { type AnyFunction, layersAround } from './wrap.ts';

interface Compiled {
  readonly seen: string[];
  readonly Account: typeof Account;
  readonly Savings: typeof Savings;
}

describe('in a compiled class', () => {
  const home = import.meta.dirname;
  const cache = resolve(home, '../../../.cache');
  let folder: string;
  let compiled: Compiled;

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'use-'));
    const config = {
      extends: resolve(home, '../../../tsconfig.base.json'),
      compilerOptions: {
        composite: false,
        declaration: false,
        declarationMap: false,
        isolatedDeclarations: false,
        outDir: folder,
        rootDir: home,
        sourceMap: false,
        // Node runs no decorators as they are written.
        target: 'ES2022',
      },
      files: [join(home, 'use.test-d.ts')],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
    compiled = (await import(
      /* @vite-ignore */ pathToFileURL(join(folder, 'use.test-d.js')).href
    )) as Compiled;
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    compiled.seen.length = 0;
  });

  test('an instance method keeps this, private fields, name and length; synchronous stays synchronous', () => {
    const account = new compiled.Account();
    expect(account.balance(5)).toBe(15);
    expect(compiled.seen).toEqual(['balance']);
    const { balance } = compiled.Account.prototype;
    expect([balance.name, balance.length]).toEqual(['balance', 1]);
    expect(Object.keys(compiled.Account.prototype)).toEqual([]);
    expect(layersAround(balance)).toEqual([{ name: 'note', version: undefined }]);
  });

  test('an async method', async () => {
    const result = new compiled.Account().load(7);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe('7: 10');
    expect(compiled.seen).toEqual(['load', 'load later']);
    const { load } = compiled.Account.prototype;
    expect([load.name, load.length]).toEqual(['load', 2]);
  });

  test('a static method', () => {
    const before = compiled.Account.opened;
    expect(compiled.Account.open(3)).toBe(before + 3);
    expect(compiled.seen).toEqual(['open']);
  });

  test('private methods, of an instance and of the class', async () => {
    expect(new compiled.Account().hidden(4)).toBe(40);
    expect(await compiled.Account.secret()).toMatch(/^\d+ opened$/);
    expect(compiled.seen).toEqual(['#hidden', '#secret later']);
  });

  test('a method that is named by a symbol', () => {
    expect(new compiled.Account().symbol()).toBe('by symbol');
    expect(compiled.seen).toEqual(['[key]']);
  });

  test('generators, also asynchronous ones with asynchronous middleware', async () => {
    const account = new compiled.Account();
    const all: number[] = [];
    for await (const item of account.history(1)) all.push(item);
    expect(all).toEqual([1, 10]);
    const steps = account.history(2);
    await steps.next();
    await steps.next();
    expect(await steps.next()).toEqual({ done: true, value: 'end' });
    expect([...account.plain()]).toEqual([10]);
    expect(compiled.seen).toEqual(['history later', 'history later', 'plain']);
  });

  test('decorators stack: the upper one is the outer one', () => {
    expect(new compiled.Account().twice()).toBe('twice');
    expect(compiled.seen).toEqual(['twice', 'inner']);
  });

  test('super, overrides and overloads', () => {
    expect(new compiled.Savings().balance(5)).toBe(30);
    expect(compiled.seen).toEqual(['balance', 'balance']);
    expect(new compiled.Account().first('ab')).toBe('a');
    expect(new compiled.Account().first([1, 2])).toBe(1);
  });

  test('calls on two objects at the same time do not mix', async () => {
    const [one, other] = [new compiled.Account(), new compiled.Savings()];
    expect(await Promise.all([one.load(1), other.load(2)])).toEqual(['1: 10', '2: 10']);
  });
});

describe('by hand', () => {
  const context = (kind: string, name: string | symbol = 'x'): ClassMethodDecoratorContext =>
    ({ kind, name }) as unknown as ClassMethodDecoratorContext;

  test('gives another function for a method', () => {
    const method = function find(this: { n: number }, by: number): number {
      return this.n + by;
    };
    const used = use((_: object, next: () => unknown) => next())(method, context('method'));
    expect(used).not.toBe(method);
    expect(used.call({ n: 1 }, 2)).toBe(3);
    expect(used.name).toBe('find');
  });

  test.each(['class', 'getter', 'setter', 'field', 'accessor'])('refuses a %s', (kind) => {
    expect(() => use()((() => 1) as AnyFunction, context(kind, Symbol('size')))).toThrow(
      `Expected @use on a method, got the ${kind} "Symbol(size)".`,
    );
  });
});
