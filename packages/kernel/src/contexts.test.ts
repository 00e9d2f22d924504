/** Contexts for common starting points: what is put on them, from whatever shape the host has it in. */
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { Context } from './context.ts';
import {
  createCliContext,
  createJobContext,
  createResolverContext,
  createTestContext,
  createWebContext,
} from './contexts.ts';
import { REDACTED } from './redact.ts';
import type { CallContext } from './wrap.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('createWebContext', () => {
  test('M-40 sets method, path, headers and userId', () => {
    const ctx = createWebContext({
      method: 'POST',
      path: '/users',
      headers: { Accept: 'text/html' },
      userId: 7,
    });
    expect(ctx).toBeInstanceOf(Context);
    expect(ctx.keys()).toEqual(['method', 'path', 'headers', 'userId']);
    expect(ctx.method).toBe('POST');
    expect(ctx.path).toBe('/users');
    expect({ ...ctx.headers }).toEqual({ accept: 'text/html' });
    expect(ctx.userId).toBe(7);
  });

  test('M-40 an absent user is undefined and no error; so is all else that may be absent', () => {
    const ctx = createWebContext({});
    expect(ctx.userId).toBeUndefined();
    expect(ctx.method).toBe('GET');
    expect(ctx.path).toBe('/');
    expect(Object.keys(ctx.headers)).toEqual([]);
    expect(createWebContext({ headers: undefined, url: undefined }).path).toBe('/');
  });

  test('M-40 headers are found in any case, and are a copy that nobody can change', () => {
    const given: Record<string, string | string[] | undefined> = {
      'Content-Type': 'text/plain',
      'X-MANY': ['a', 'b'],
      'x-none': undefined,
    };
    const { headers } = createWebContext({ headers: given });
    given['Content-Type'] = 'changed';
    for (const name of ['content-type', 'Content-Type', 'CONTENT-TYPE']) {
      expect(headers[name]).toBe('text/plain');
      expect(name in headers).toBe(true);
      expect(Object.hasOwn(headers, name)).toBe(true);
    }
    expect(headers['x-many']).toBe('a, b');
    expect('x-none' in headers).toBe(false);
    expect(headers['X-None']).toBeUndefined();
    expect(Object.entries(headers)).toEqual([
      ['content-type', 'text/plain'],
      ['x-many', 'a, b'],
    ]);
    expect(JSON.stringify(headers)).toBe('{"content-type":"text/plain","x-many":"a, b"}');
    const open = headers as Record<string, string>;
    expect(() => (open['content-type'] = 'x')).toThrow(TypeError);
    expect(() => delete open['content-type']).toThrow(TypeError);
    expect(() => Object.defineProperty(open, 'new', { value: 'x' })).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(open, { a: 'b' })).toThrow(TypeError);
    expect(headers['content-type']).toBe('text/plain');
  });

  test('M-40 takes a web Request, web Headers, and pairs; what comes several times is a list', () => {
    const request = new Request('https://example.org/a/b?c=d', {
      method: 'PUT',
      headers: { 'X-One': '1' },
    });
    const ctx = createWebContext(request);
    expect([ctx.method, ctx.path, ctx.headers['X-ONE']]).toEqual(['PUT', '/a/b', '1']);
    const { headers } = createWebContext({
      headers: [
        ['Accept', 'a'],
        ['ACCEPT', 'b'],
        ['Cookie', 'c=1'],
        ['cookie', 'd=2'],
      ],
    });
    expect(headers['accept']).toBe('a, b');
    expect(headers['cookie']).toBe('c=1; d=2');
  });

  test.each([
    ['/a/b?c#d', '/a/b'],
    ['/', '/'],
    ['/a#b', '/a'],
    ['', '/'],
    ['?a=b', '/'],
    ['//admin/secret', '//admin/secret'],
    ['/a/../b', '/a/../b'],
    ['*', '*'],
    ['http://example.org/x?y', '/x'],
    ['HTTPS://example.org', '/'],
    ['/redirect?to=http://example.org/x', '/redirect'],
  ])('M-40 the path of %j is %j', (url, path) => {
    expect(createWebContext({ url }).path).toBe(path);
  });

  test('hostile names of headers are names like any other', () => {
    const { headers } = createWebContext({
      headers: [
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['toString', 'z'],
      ],
    });
    expect(headers['__proto__']).toBe('x');
    expect(headers['constructor']).toBe('y');
    expect(headers['toString']).toBe('z');
    expect(createWebContext({ headers: {} }).headers['constructor']).toBeUndefined();
    expect(createWebContext({ headers: {} }).headers['__proto__']).toBeUndefined();
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('its text hides what headers must not show', () => {
    const ctx = createWebContext({
      path: '/',
      headers: { Authorization: 'Bearer abc', 'x-api-key': 'k', accept: 'a' },
    });
    expect(String(ctx)).toBe(
      `Context(method: "GET", path: "/", headers: {authorization: ${REDACTED}, x-api-key: ${REDACTED}, accept: "a"}, userId: undefined)`,
    );
  });
});

describe('createCliContext', () => {
  test('M-41 sets command, verbose and the number of the user who runs it', () => {
    vi.stubGlobal('process', { getuid: () => 1000 });
    const ctx = createCliContext({ command: 'deploy', verbose: true });
    expect(ctx.items()).toEqual([
      ['command', 'deploy'],
      ['verbose', true],
      ['userId', 1000],
    ]);
    expect(createCliContext({ command: 'deploy' }).verbose).toBe(false);
    expect(createCliContext({}).command).toBeUndefined();
  });

  test('M-41 without numbers of users, and without a process, the user is undefined', () => {
    vi.stubGlobal('process', {});
    expect(createCliContext({ command: 'x' }).userId).toBeUndefined();
    vi.stubGlobal('process', undefined);
    expect(createCliContext({ command: 'x' }).userId).toBeUndefined();
  });
});

describe('others', () => {
  test('M-42 a job: its name, data and number of the run', () => {
    const ctx = createJobContext({
      id: 12,
      name: 'mail',
      data: { to: 'ada' },
      attempt: 2,
      maxAttempts: 3,
    });
    expect(ctx.items()).toEqual([
      ['jobId', '12'],
      ['jobName', 'mail'],
      ['data', { to: 'ada' }],
      ['attempt', 2],
      ['maxAttempts', 3],
    ]);
    expectTypeOf(ctx.data.to).toEqualTypeOf<string>();
    const plain = createJobContext({ name: 'mail', data: null });
    expect([plain.jobId, plain.attempt, plain.maxAttempts]).toEqual([undefined, 1, 1]);
  });

  test('M-42 a GraphQL resolver: what it is called with', () => {
    const call = {
      parent: { id: 1 },
      args: { first: 10 },
      context: { user: 'ada' },
      info: { fieldName: 'posts' },
    };
    const ctx = createResolverContext(call);
    expect(ctx.items()).toEqual(Object.entries(call));
    expect(ctx.context).toBe(call.context);
    expectTypeOf(ctx.info.fieldName).toEqualTypeOf<string>();
  });

  test('M-42 a test: as if a function were called, with what the test wants', async () => {
    const ctx = createTestContext({ userId: 123, role: 'admin' });
    expectTypeOf(ctx).toEqualTypeOf<CallContext<{ userId: number; role: string }>>();
    expect(ctx.items()).toEqual([
      ['funcName', 'test'],
      ['args', []],
      ['userId', 123],
      ['role', 'admin'],
    ]);
    const onlyAdmins = async (given: typeof ctx, next: () => Promise<string>): Promise<string> =>
      given.role === 'admin' ? next() : 'denied';
    expect(await onlyAdmins(ctx, async () => 'done')).toBe('done');
    expect(createTestContext({ funcName: 'other' }).funcName).toBe('other');
  });

  test('what is no object is refused in a sentence', () => {
    const makers = [createWebContext, createCliContext, createJobContext, createResolverContext];
    for (const make of makers as ((given: unknown) => unknown)[]) {
      expect(() => make(undefined)).toThrow(
        /^Expected `\w+` to be an object, got `undefined` \(undefined\)\.$/,
      );
      expect(() => make('text')).toThrow(TypeError);
    }
  });
});
