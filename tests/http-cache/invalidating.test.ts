/** What drops what is stored: requests that change something, purges, and nothing else. */
import { pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { always, cachedApp, control, type Says } from './cached-app.ts';

const fresh = control('max-age=1000');

describe('a request that may change something', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'post'])(
    '%s drops what is stored for its path',
    async (method) => {
      const { get, request, seen } = cachedApp(always(fresh));
      await get('/a');
      await get('/b');
      const done = await request('/a', { method, body: 'x' });
      expect(done.did).toBe('interpose; fwd=method');
      expect((await get('/a')).text).toBe('4');
      expect((await get('/b')).text).toBe('2');
      expect(seen).toHaveLength(4);
    },
  );

  test('drops all that Vary tells apart', async () => {
    const { get, request } = cachedApp(always({ ...fresh, Vary: 'X' }));
    await get('/a', { X: '1' });
    await get('/a', { X: '2' });
    await request('/a', { method: 'DELETE' });
    expect((await get('/a', { X: '1' })).text).toBe('4');
    expect((await get('/a', { X: '2' })).text).toBe('5');
  });

  test.each([400, 404, 500])('that is answered with %d drops nothing', async (status) => {
    const { get, request } = cachedApp(({ method }) =>
      method === 'POST' ? { status } : { headers: fresh },
    );
    await get('/a');
    await request('/a', { method: 'POST' });
    expect((await get('/a')).text).toBe('1');
  });

  test.each(['OPTIONS', 'PROPFIND'])('%s changes nothing', async (method) => {
    const { get, request } = cachedApp(always(fresh));
    await get('/a');
    await request('/a', { method });
    expect((await get('/a')).text).toBe('1');
  });

  test.each([
    ['Location', '/b/c?d'],
    ['Content-Location', '/b/c?d'],
    ['Location', 'http://host/b/c?d'],
    ['Location', 'http://HOST/b/c?d#there'],
    ['Location', '//host/b/c?d'],
    ['Content-Location', 'c?d'],
    ['Content-Location', '../b/./c?d'],
  ])('drops what %s: %s names as well', async (name, value) => {
    const { get, request } = cachedApp(({ method }) =>
      method === 'PUT' ? { headers: { [name]: value } } : { headers: fresh },
    );
    await get('/b/c?d');
    await request('/b/a', { method: 'PUT' });
    expect((await get('/b/c?d')).text).toBe('3');
  });

  test.each([
    'http://other/b/c',
    'https://host/b/c',
    '//other/b/c',
    'http://host:81/b/c',
    'http://host@other/b/c',
    'mailto:b@c',
    'http://',
    '/%zz',
    '../../../../b/c',
  ])('does not drop what is of another origin, or nothing: %s', async (value) => {
    const { get, request } = cachedApp(({ method }) =>
      method === 'PUT' ? { headers: { Location: value } } : { headers: fresh },
    );
    const others = ['host', 'other', 'host:81'];
    for (const host of others) await request('/b/c', { host });
    await get('/b/c');
    expect((await request('/x/y', { method: 'PUT' })).status).toBe(200);
    for (const [at, host] of others.entries()) {
      expect((await request('/b/c', { host })).text).toBe(String(at + 1));
    }
  });

  test('keeps what was asked for before it from being stored after it', async () => {
    const held = pending<Says>();
    const { get, request, seen } = cachedApp(({ method }, count) =>
      method === 'POST' ? {} : count === 1 ? held : { headers: fresh },
    );
    const old = get('/a');
    await settle();
    const waiting = get('/a');
    await settle();
    await request('/a', { method: 'POST' });
    await settle();
    // Who came before still gets what was before; who waited asks anew.
    held.resolve({ headers: fresh, body: 'old' });
    expect((await old).text).toBe('old');
    expect((await waiting).text).toBe('3');
    expect((await get('/a')).text).toBe('3');
    expect(seen).toHaveLength(3);
  });
});

describe('a purge', () => {
  test('drops what is stored for an address, in whatever spelling', async () => {
    const { get, request, cache } = cachedApp(always(fresh));
    await get('/a/b?c=d');
    await request('/a/b?c=d', { host: 'other' });
    await cache.purge('HTTP://Host:80/a/./%62?c=d#e');
    expect((await get('/a/b?c=d')).text).toBe('3');
    expect((await request('/a/b?c=d', { host: 'other' })).text).toBe('2');
    await cache.purge('http://host/nothing');
    await cache.purge('http://other');
  });

  test.each(['/a', '', 'host/a', 'ftp://host/a', 'http://', 'http://host/%zz', 7])(
    'refuses %j',
    async (url) => {
      const { cache } = cachedApp(always(fresh));
      await expect(cache.purge(url as string)).rejects.toThrow('`url`');
    },
  );

  test('by tag drops all that has it, and clients do not see tags', async () => {
    const { get, cache } = cachedApp(
      ({ path }) => ({ headers: { ...fresh, 'Cache-Tag': `all, page${path}` } }),
      { tagHeader: 'cache-tag' },
    );
    const first = await get('/a');
    await get('/b');
    expect(first.headers.has('cache-tag')).toBe(false);
    expect((await get('/a')).headers.has('cache-tag')).toBe(false);
    await cache.purgeTag('page/a');
    expect([(await get('/a')).text, (await get('/b')).text]).toEqual(['3', '2']);
    await cache.purgeTag('all');
    expect([(await get('/a')).text, (await get('/b')).text]).toEqual(['4', '5']);
  });

  test('by tag finds an answer that was confirmed without its tags', async () => {
    const { get, cache, clock } = cachedApp(
      (ctx) =>
        ctx.headers.has('if-none-match')
          ? { status: 304, headers: { ETag: '"x"' }, body: null }
          : { headers: { ...control('max-age=5'), ETag: '"x"', 'Cache-Tag': 'red' } },
      { tagHeader: 'Cache-Tag' },
    );
    await get('/a');
    await clock.advance(5_000);
    expect((await get('/a')).did).toContain('fwd-status=304; stored');
    await cache.purgeTag('red');
    expect((await get('/a')).did).toContain('uri-miss');
  });

  test('by tag, or of all, keeps what is under way from being stored', async () => {
    for (const purge of ['tag', 'all']) {
      const held = pending<Says>();
      const { get, cache } = cachedApp((_, count) => (count === 1 ? held : { headers: fresh }));
      const old = get('/a');
      await settle();
      await (purge === 'tag' ? cache.purgeTag('red') : cache.clear());
      held.resolve({ headers: fresh, body: 'old' });
      expect((await old).text).toBe('old');
      expect((await get('/a')).text).toBe('2');
      await cache.clear();
      expect((await get('/a')).text).toBe('3');
    }
  });
});
