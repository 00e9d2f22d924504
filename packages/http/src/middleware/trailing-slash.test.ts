/** Tests of trailingSlash. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpResponse } from '../context/response.ts';
import { trailingSlash, type TrailingSlashOptions } from './trailing-slash.ts';

async function ask(path: string, options?: TrailingSlashOptions, method = 'GET') {
  const app = createApp()
    .use(trailingSlash(options))
    .all('/*', (ctx) => ctx.path);
  const answer = await app.fetch(new Request(`http://host${path}`, { method }));
  return [answer.status, answer.headers.get('location')];
}

describe('trailingSlash', () => {
  test.each([
    ['/', 200, null],
    ['/a', 200, null],
    ['/a/', 301, '/a'],
    ['/a/b/?q=/', 301, '/a/b?q=/'],
    ['/a///', 301, '/a'],
  ])('trims %s', async (path, status, location) => {
    expect(await ask(path)).toEqual([status, location]);
  });

  test.each([
    ['/', 200, null],
    ['/a/', 200, null],
    ['/a', 301, '/a/'],
    ['/a/b?q=1', 301, '/a/b/?q=1'],
    ['/a.d/b', 301, '/a.d/b/'],
    ['/a/logo.png', 200, null],
  ])('appends to %s', async (path, status, location) => {
    expect(await ask(path, { style: 'append' })).toEqual([status, location]);
  });

  test.each([
    ['GET', true, 301],
    ['HEAD', true, 301],
    ['POST', true, 308],
    ['DELETE', true, 308],
    ['GET', false, 302],
    ['PUT', false, 307],
  ])('keeps the method: %s, permanent %s: %i', async (method, permanent, status) => {
    expect(await ask('/a/', { permanent }, method)).toEqual([status, '/a']);
  });

  test('runs no handler, and redirects what has no route', async () => {
    const app = createApp()
      .use(trailingSlash())
      .get('/a', () => 'a');
    const answer = await app.fetch(new Request('http://host/a/'));
    expect([answer.status, answer.headers.get('location'), await answer.text()]).toEqual([
      301,
      '/a',
      '',
    ]);
  });

  test('never leads to another site, whatever the path', async () => {
    for (const path of [
      '//evil.example/',
      '///evil.example//',
      '/\\evil.example/',
      '/\\/evil.example/',
      '//',
      '/\\',
    ]) {
      for (const style of ['trim', 'append'] as const) {
        const location = locationOf(path, style);
        expect(new URL(location ?? '/', 'http://host').host).toBe('host');
      }
    }
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '\\', 'a', '.', ':', '@', '%', '?') }),
        (text) => {
          for (const style of ['trim', 'append'] as const) {
            const location = locationOf(`/${text}`, style) ?? '/';
            expect(new URL(location, 'http://host').host).toBe('host');
          }
        },
      ),
    );
  });

  test('refuses options that are none', () => {
    expect(() => trailingSlash({ style: 'cut' as never })).toThrow('`style`');
    expect(() => trailingSlash({ permanent: 1 as never })).toThrow('`permanent`');
  });
});

/** For paths that a web request cannot have, but another source could. */
function locationOf(path: string, style: 'trim' | 'append'): string | undefined {
  const response = new HttpResponse();
  const ctx = { method: 'GET', path, search: '', response };
  void trailingSlash({ style })(ctx as never, () => response);
  return response.headers.get('location');
}
