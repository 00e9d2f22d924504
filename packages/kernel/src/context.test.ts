/** Contexts: properties and methods on the same data, metadata apart, a text without secrets, types that hold. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Context, createContext } from './context.ts';
import { MissingKeyError } from './errors.ts';
import { extend } from './extend.ts';
import { REDACTED } from './redact.ts';

const METHODS = [
  'get',
  'set',
  'update',
  'require',
  'has',
  'delete',
  'keys',
  'values',
  'items',
  'copy',
  'clear',
  'metadata',
  'toString',
];
/** What comes from outside may have keys that mean something to objects. */
const hostile = (key: string): object => JSON.parse(`{"${key}": {"isAdmin": true}}`) as object;

describe('data', () => {
  test('M-30 read, write, delete and `in` as with any object', () => {
    const ctx = new Context();
    ctx['user_id'] = 1;
    ctx['userId'] = 2;
    expect(ctx['user_id']).toBe(1);
    expect('user_id' in ctx).toBe(true);
    expect(delete ctx['user_id']).toBe(true);
    expect('user_id' in ctx).toBe(false);
    expect(ctx.keys()).toEqual(['userId']);
    const typed = createContext({ userId: 1 });
    typed.userId = 2;
    expect(typed.get('userId')).toBe(2);
    expect({ ...typed }).toEqual({ userId: 2 });
  });

  test('M-31 a missing key reads as undefined or as the fallback; require names it', () => {
    const ctx = createContext<{
      a?: number | null;
      b?: string | undefined;
      zero: number;
      no: boolean;
    }>({
      zero: 0,
      no: false,
      b: undefined,
    });
    expect(ctx.a).toBeUndefined();
    expect(ctx.get('a')).toBeUndefined();
    expect(ctx.get('a', 5)).toBe(5);
    expect(ctx.get('b', 'fallback')).toBe('fallback');
    expect(ctx.get('zero', 5)).toBe(0);
    expect(ctx.get('no', true)).toBe(false);
    expect(ctx.require('zero')).toBe(0);
    expect(ctx.require('no')).toBe(false);
    const error = ((): unknown => {
      try {
        return ctx.require('a');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(MissingKeyError);
    expect(error).toMatchObject({
      code: 'MISSING_KEY',
      key: 'a',
      message: 'The context has no "a". It has: zero, no, b.',
    });
    ctx.a = null;
    expect(ctx.get('a', 5)).toBeNull();
    expect(() => ctx.require('a')).toThrow(MissingKeyError);
    expect(() => ctx.require('b')).toThrow('no "b"');
    expect(() => new Context().require('x')).toThrow('The context has no "x". It has: nothing.');
  });

  test('M-31 what objects inherit is no data', () => {
    const ctx = new Context();
    for (const key of [...METHODS, 'constructor', '__proto__', 'hasOwnProperty', 'valueOf']) {
      expect(ctx.has(key)).toBe(false);
      expect(ctx.get(key)).toBeUndefined();
      expect(ctx.get(key, 'fallback')).toBe('fallback');
      expect(() => ctx.require(key)).toThrow(MissingKeyError);
      expect(ctx.delete(key)).toBe(false);
    }
  });

  test('M-32 get, set, update, has, delete, keys, values, items, clear', () => {
    const ctx = new Context<Record<string, number>>();
    expect(ctx.set('a', 1)).toBe(ctx);
    expect(ctx.update({ b: 2, c: 3 })).toBe(ctx);
    expect(ctx.has('b')).toBe(true);
    expect(ctx.has('z')).toBe(false);
    expect(ctx.keys()).toEqual(['a', 'b', 'c']);
    expect(ctx.values()).toEqual([1, 2, 3]);
    expect(ctx.items()).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    expect(ctx.delete('b')).toBe(true);
    expect(ctx.delete('b')).toBe(false);
    expect(ctx.items()).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(ctx.clear()).toBe(ctx);
    expect(ctx.keys()).toEqual([]);
    expect(ctx.get('a')).toBeUndefined();
  });

  test('M-33 the constructor and update take an object, and a context', () => {
    const ctx = new Context({ a: 1, b: 'x' });
    expect(ctx.items()).toEqual([
      ['a', 1],
      ['b', 'x'],
    ]);
    ctx.update({ a: 2 });
    expect(new Context(ctx).items()).toEqual([
      ['a', 2],
      ['b', 'x'],
    ]);
    const values = { list: [1] };
    const own = createContext(values);
    own.set('list', [2]);
    expect(values).toEqual({ list: [1] });
    for (const wrong of [null, 5, 'text']) {
      expect(() => new Context(wrong as never)).toThrow('Expected `values` to be an object');
      expect(() => ctx.update(wrong as never)).toThrow(TypeError);
    }
  });
});

describe('names that mean something', () => {
  test('M-32 a key cannot take the place of a method', () => {
    for (const key of METHODS) {
      const ctx = new Context();
      expect(() => ctx.set(key, 1)).toThrow(
        `Expected \`name\` to be another than that of a method of the context, got \`${key}\` (string).`,
      );
      expect(() => ctx.update({ [key]: 1 })).toThrow(TypeError);
      expect(() => new Context({ [key]: 1 })).toThrow(TypeError);
      expect(() => ((ctx as Record<string, unknown>)[key] = 1)).toThrow(TypeError);
      expect(() => Object.assign(ctx, { [key]: 1 })).toThrow(TypeError);
      expect(ctx.keys()).toEqual([]);
    }
  });

  test('a copy that is extended by such a key keeps its text and its data', () => {
    const ctx = extend(createContext({ a: 1 }), { items: 'mine', values: 2, get: 3, has: 4 });
    expect(String(ctx)).toBe('Context(a: 1, items: "mine", values: 2, get: 3, has: 4)');
    expect(ctx.items).toBe('mine');
    expect(Object.keys(ctx.copy())).toEqual(['a', 'items', 'values', 'get', 'has']);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('%s pollutes nothing', (key) => {
    const bad = hostile(key);
    const ctx = new Context<Record<string, unknown>>({ a: 1 });
    for (const act of [
      () => ctx.set(key, { isAdmin: true }),
      () => ctx.update(bad),
      () => new Context(bad),
      () => Object.assign((ctx as Record<string, object>)[key] as object, { isAdmin: true }),
      () => extend(ctx, bad),
      () => extend({ a: 1 }, bad),
      () => extend(bad, { a: 1 }),
    ]) {
      try {
        act();
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }
    for (const thing of [{}, new Context(), createContext({ a: 1 }), ctx.copy()]) {
      expect((thing as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    }
    expect(Object.getPrototypeOf(ctx.copy())).toBe(Object.getPrototypeOf(new Context()));
    const extended = extend(ctx, bad) as Record<string, unknown>;
    expect(extended['isAdmin']).toBeUndefined();
    expect(Object.getPrototypeOf(extended)).toBe(Object.getPrototypeOf(ctx));
    // Copies of what has such a key of its own are harmless, too.
    expect((extend(extended, { b: 1 }) as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });
});

describe('metadata and copies', () => {
  test('M-34 metadata are apart from the data, and a copy has its own', () => {
    const ctx = createContext({ a: 1 });
    ctx.metadata.set('trace', 'abc');
    expect(ctx.keys()).toEqual(['a']);
    expect(JSON.stringify(ctx)).toBe('{"a":1}');
    expect({ ...ctx }).toEqual({ a: 1 });
    expect(String(ctx)).toBe('Context(a: 1)');
    expect(Reflect.ownKeys(ctx)).toEqual(['a']);
    const copy = ctx.copy();
    expect(copy.metadata.get('trace')).toBe('abc');
    copy.metadata.set('trace', 'other');
    expect(ctx.metadata.get('trace')).toBe('abc');
    const extended = extend(ctx, { b: 2 });
    expect(extended.metadata.get('trace')).toBe('abc');
    ctx.clear();
    expect(ctx.metadata.get('trace')).toBe('abc');
    expect(createContext({}).copy().metadata.size).toBe(0);
    expect(() => ((ctx as { metadata: unknown }).metadata = new Map())).toThrow(TypeError);
  });

  test('M-35 a copy is shallow: its own keys, the same nested objects', () => {
    const ctx = createContext({ user: { name: 'ada' }, n: 1 });
    const copy = ctx.copy();
    expect(copy).toBeInstanceOf(Context);
    expect(copy).not.toBe(ctx);
    expect(copy.items()).toEqual(ctx.items());
    copy.n = 2;
    copy.user.name = 'eve';
    expect(ctx.n).toBe(1);
    expect(ctx.user.name).toBe('eve');
    expect(copy.user).toBe(ctx.user);
    delete (copy as { n?: number }).n;
    expect(ctx.has('n')).toBe(true);
  });

  test('M-35 a copy of a class of contexts is of that class, with its symbols', () => {
    class Counting extends (Context as new () => Context<{ count?: number }>) {
      get next(): number {
        return (this.count ?? 0) + 1;
      }
    }
    const tag = Symbol('tag');
    const ctx = Object.assign(new Counting(), { count: 1, [tag]: 'kept' });
    const copy = ctx.copy() as typeof ctx;
    expect(copy).toBeInstanceOf(Counting);
    copy.count = 5;
    expect(copy.next).toBe(6);
    expect(ctx.next).toBe(2);
    expect(copy[tag]).toBe('kept');
    expect(copy.keys()).toEqual(['count']);
  });

  test('M-35 a frozen context can be copied and extended', () => {
    const ctx = Object.freeze(createContext({ a: 1 }));
    const copy = ctx.copy() as { a: number };
    copy.a = 2;
    expect(copy.a).toBe(2);
    expect(extend(ctx, { a: 3 }).a).toBe(3);
    expect(ctx.a).toBe(1);
  });

  test('law: set, delete and copy do as a Map would', () => {
    const key = fc.constantFrom('a', 'b', 'c', '__x', 'then');
    const step = fc.tuple(fc.constantFrom('set', 'delete', 'copy', 'clear'), key, fc.anything());
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let ctx = new Context<Record<string, unknown>>();
        let model = new Map<string, unknown>();
        for (const [what, name, value] of steps) {
          if (what === 'set') [ctx.set(name, value), model.set(name, value)];
          else if (what === 'delete') expect(ctx.delete(name)).toBe(model.delete(name));
          else if (what === 'clear') [ctx.clear(), model.clear()];
          else [ctx, model] = [ctx.copy(), new Map(model)];
          expect(ctx.items()).toEqual([...model]);
          expect(ctx.has(name)).toBe(model.has(name));
          expect(ctx.get(name)).toBe(model.get(name));
        }
      }),
    );
  });
});

describe('text', () => {
  test('M-36 shows the data in one line and hides secrets', () => {
    const ctx = createContext({
      user: 'ada',
      authToken: 'abc',
      apiKey: 'def',
      nested: { password: 'ghi', n: 1 },
    });
    const text = `Context(user: "ada", authToken: ${REDACTED}, apiKey: ${REDACTED}, nested: {password: ${REDACTED}, n: 1})`;
    expect(String(ctx)).toBe(text);
    expect(`${ctx}`).toBe(text);
    expect(inspect(ctx)).toBe(text);
    expect(inspect([ctx], { breakLength: Infinity })).toBe(`[ ${text} ]`);
    expect(String(new Context())).toBe('Context()');
  });

  test('M-36 a getter that throws and a circle do no harm', () => {
    const ctx = new Context<Record<string, unknown>>({ a: 1 });
    ctx['self'] = ctx;
    Object.defineProperty(ctx, 'bad', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    expect(String(ctx)).toMatch(/^Context\(a: 1, self: \{a: 1, self: .*bad: \[unreadable\]\)$/);
  });

  test('the class is called Context', () => {
    expect(Context.name).toBe('Context');
    expect(new Context()).toBeInstanceOf(Context);
  });
});

describe('types', () => {
  const HEAD = `
    import { Context, createContext } from 'SRC/context.ts';
    import type { Middleware } from 'SRC/middleware.ts';
    import { pipeline } from 'SRC/pipeline.ts';
    import { provide, withContext } from 'SRC/combinators.ts';
    interface AppContext {
      userId: number; userRole: string; requestId: string; authToken?: string; permissions: readonly string[];
    }
    declare const ctx: Context<AppContext>;
    declare const other: Context<AppContext>;
    declare const needsUser: Middleware<Context<AppContext> & { user: { id: number } }, string>;
    const app = pipeline<Context<AppContext>, string>();
    const withUser = app.use(provide('user', (c: Context<AppContext>) => ({ id: c.userId })));`;
  const COMPILES = `
    const id: number = ctx.userId;
    ctx.authToken = 'abc';
    ctx.set('permissions', ['read']);
    const role: string | undefined = ctx.get('userRole');
    const token: string = ctx.require('authToken');
    const some: string | number = ctx.get('authToken', 5);
    ctx.update({ userId: 1 });
    const names: ('userId' | 'userRole' | 'requestId' | 'authToken' | 'permissions')[] = ctx.keys();
    const copy: Context<AppContext> = ctx.copy();
    createContext({ userId: 1 }).userId.toFixed();
    new Context<AppContext>({ userId: 1 });
    withUser.use(needsUser).handle((c) => c.user.id.toFixed() + c.userRole);
    app.use(withContext({ locale: 'en' })).handle((c) => c.locale.toUpperCase());`;
  const DOES_NOT = `
    ctx.userName;
    ctx.userId = 'ada';
    ctx.get('userName');
    ctx.set('userName', 'ada');
    ctx.set('userId', 'ada');
    ctx.update({ userId: 'ada' });
    ctx.update({ userName: 'ada' });
    ctx.require('userName');
    ctx.delete('userName');
    const tokenIsPerhaps: string = other.authToken;
    const stillPerhaps: string = ctx.get('authToken');
    createContext({ userId: 1 }).userName;
    new Context<AppContext>({ userId: 'ada' });
    app.use(needsUser);
    app.handle((c) => c.user.id.toFixed());
    withUser.handle((c) => c.user.name);
    app.handle((c) => c.locale);`;

  test('M-39 M-182 X-R1 a typed context: wrong keys and types do not compile, and a chain adds up what it is given', () => {
    const home = import.meta.dirname;
    const cache = resolve(home, '../../../.cache');
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(join(cache, 'context-types-'));
    try {
      const lines = [HEAD, COMPILES, DOES_NOT].map((part) =>
        part.replaceAll('SRC', home).trim().split('\n'),
      );
      const [head = [], good = [], bad = []] = lines;
      writeFileSync(join(folder, 'typed.ts'), [...head, ...good, ...bad].join('\n'));
      const config = {
        extends: resolve(home, '../../../tsconfig.base.json'),
        compilerOptions: {
          allowImportingTsExtensions: true,
          composite: false,
          isolatedDeclarations: false,
          noEmit: true,
          noUnusedLocals: false,
          rewriteRelativeImportExtensions: false,
        },
        files: ['typed.ts'],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = createRequire(import.meta.url)
        .resolve('typescript/package.json')
        .replace('package.json', 'bin/tsc');
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
        encoding: 'utf8',
      });
      const found = [...stdout.matchAll(/typed\.ts\((\d+),/g)].map(([, line]) => Number(line));
      const from = head.length + good.length + 1;
      expect([...new Set(found)], stdout).toEqual(bad.map((_, index) => from + index));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
