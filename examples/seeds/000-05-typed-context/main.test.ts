/** Checks typed contexts as they run, and that the compiler refuses what `main.test-d.ts` says it must. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MissingKeyError } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { type AppData, createAppContext, makeGreet, UnknownCallerError } from './main.ts';

const DATA: AppData = {
  userId: 1,
  userRole: 'member',
  requestId: 'r1',
  permissions: ['read'],
};

describe('a typed context', () => {
  test('M-39 000-5 has its data as properties that can be read and written', () => {
    const ctx = createAppContext(DATA);
    expect({ ...ctx }).toEqual(DATA);

    ctx.userRole = 'admin';
    ctx.authToken = 't-ada';

    expect(ctx.userRole).toBe('admin');
    expect(ctx.items()).toEqual([
      ['userId', 1],
      ['userRole', 'admin'],
      ['requestId', 'r1'],
      ['permissions', ['read']],
      ['authToken', 't-ada'],
    ]);
  });

  test('M-39 000-5 can be read and written by methods', () => {
    const ctx = createAppContext(DATA);

    ctx.set('userId', 2).update({ permissions: [] });

    expect(ctx.get('userId')).toBe(2);
    expect(ctx.get('authToken')).toBeUndefined();
    expect(ctx.get('authToken', 'none')).toBe('none');
    expect(ctx.require('permissions')).toEqual([]);
    expect(() => ctx.require('authToken')).toThrow(MissingKeyError);
    expect(() => ctx.require('authToken')).toThrow('authToken');
  });

  test('000-5 does not show its token', () => {
    const text = String(createAppContext({ ...DATA, authToken: 't-ada' }));
    expect(text).toContain('authToken: [redacted]');
    expect(text).not.toContain('t-ada');
  });
});

describe('a pipeline that builds its context', () => {
  test('M-39 000-5 hands on what each middleware adds', async () => {
    const ctx = { requestId: 'r2', authToken: 't-ada' };
    expect(await makeGreet()(ctx)).toBe('r2: admin 1 may read and write');
    expect(ctx).toEqual({ requestId: 'r2', authToken: 't-ada' });
  });

  test.each([undefined, '', 't-eve', 'constructor', '__proto__'])(
    '000-5 stops whom it does not know: %s',
    (token) => {
      const ctx = { requestId: 'r3', ...(token !== undefined && { authToken: token }) };
      expect(() => makeGreet()(ctx)).toThrow(UnknownCallerError);
    },
  );
});

test(
  'M-39 000-5 the compiler accepts the example and refuses each line marked as wrong',
  { timeout: 120_000 },
  async () => {
    const examples = dirname(fileURLToPath(new URL('.', import.meta.url)));
    const compiler = join(
      createRequire(import.meta.url).resolve('typescript/package.json'),
      '../bin/tsc',
    );

    const compiled = promisify(execFile)(process.execPath, [
      compiler,
      '--project',
      examples,
      '--listFiles',
    ]);

    const { stdout } = await compiled.catch((failed: { stdout: string }) => failed);
    expect(stdout.split('\n').filter((line) => line.includes('error TS'))).toEqual([]);
    expect(stdout).toContain('000-05-typed-context/main.test-d.ts');
  },
);
