/** Checks both factories: the fields they set, and what they do when something is missing. */
import { createCliContext, createWebContext } from '@interpose/kernel/contexts';
import { afterEach, describe, expect, test } from 'vitest';
import { fromArguments, fromRequest, rebuild } from './main.ts';

describe('the context of a web request', () => {
  const request = new Request('http://localhost/indexes/main?force=1', {
    method: 'POST',
    headers: { 'X-Request-Id': 'r1', Accept: 'text/plain' },
  });

  test('M-40 000-6 has method, path, headers and user', () => {
    const ctx = fromRequest(request, 7);
    expect(ctx.keys()).toEqual(['method', 'path', 'headers', 'userId']);
    expect(ctx.method).toBe('POST');
    expect(ctx.path).toBe('/indexes/main');
    expect({ ...ctx.headers }).toEqual({ accept: 'text/plain', 'x-request-id': 'r1' });
    expect(ctx.userId).toBe(7);
  });

  test.each(['x-request-id', 'X-Request-Id', 'X-REQUEST-ID'])(
    'M-40 000-6 finds the header "%s"',
    (name) => {
      const { headers } = fromRequest(request);
      expect(headers[name]).toBe('r1');
      expect(name in headers).toBe(true);
    },
  );

  test('M-40 000-6 has a copy of the headers: what becomes of the request does not reach it', () => {
    const mine = new Request('http://localhost/', { headers: { 'x-tenant': 'a' } });
    const ctx = fromRequest(mine);
    mine.headers.set('x-tenant', 'b');
    mine.headers.set('x-late', '1');
    expect({ ...ctx.headers }).toEqual({ 'x-tenant': 'a' });
  });

  test('M-40 000-6 has no user where the request has none', () => {
    expect(fromRequest(request).userId).toBeUndefined();
    expect(createWebContext({}).userId).toBeUndefined();
  });

  test('M-40 000-6 can be made from a request of Node or Express', () => {
    const ctx = createWebContext({
      method: 'GET',
      url: '/a/b?c=1',
      headers: { Host: 'x', 'Set-Cookie': ['a=1', 'b=2'], Absent: undefined },
      userId: 'ada',
    });
    expect(ctx.path).toBe('/a/b');
    expect({ ...ctx.headers }).toEqual({ host: 'x', 'set-cookie': 'a=1, b=2' });
    expect(ctx.userId).toBe('ada');
  });
});

describe('the context of a command', () => {
  const descriptor = Object.getOwnPropertyDescriptor(process, 'getuid');
  const setGetuid = (value: (() => number) | undefined): void =>
    void Object.defineProperty(process, 'getuid', { value, configurable: true });
  afterEach(() => {
    if (descriptor) Object.defineProperty(process, 'getuid', descriptor);
    else Reflect.deleteProperty(process, 'getuid');
  });

  test('M-41 000-6 has command, verbosity and the user of the process', () => {
    setGetuid(() => 501);
    const ctx = fromArguments(['rebuild', '--verbose']);
    expect({ ...ctx }).toEqual({ command: 'rebuild', verbose: true, userId: 501 });
  });

  test('M-41 000-6 is quiet unless told otherwise', () => {
    expect(fromArguments(['rebuild'])).toMatchObject({ command: 'rebuild', verbose: false });
    expect(fromArguments(['-v'])).toMatchObject({ command: undefined, verbose: true });
  });

  test('M-41 000-6 asks the system who the user is', () => {
    expect(createCliContext({}).userId).toBe(process.getuid?.());
  });

  test('M-41 000-6 has no user where users have no numbers', () => {
    setGetuid(undefined);
    expect(fromArguments(['rebuild']).userId).toBeUndefined();
  });
});

test('M-12 000-6 the same function runs with either context', () => {
  const web = fromRequest(new Request('http://localhost/indexes/main', { method: 'PUT' }), 7);
  expect(rebuild.withContext(web, 'main')).toBe('rebuild main, asked by PUT /indexes/main');
  const cli = createCliContext({ command: 'rebuild' });
  expect(rebuild.withContext(cli, 'main')).toBe('rebuild main, asked by command rebuild');
});
