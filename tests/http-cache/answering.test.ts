/** What the cache answers itself, and how. */
import { describe, expect, test } from 'vitest';
import { always, cachedApp, control, pieces } from './cached-app.ts';

describe('a fresh answer', () => {
  test('is given again with its age, its date and its headers, until it is stale', async () => {
    const { get, clock, seen } = cachedApp(
      always({ ...control('max-age=10'), 'X-Own': ['1', '2'], 'Content-Type': 'text/x' }),
    );
    const first = await get('/a');
    expect(first).toMatchObject({ status: 200, text: '1' });
    expect(first.did).toBe('interpose; fwd=uri-miss; stored; ttl=10');
    await clock.advance(9_000);
    const second = await get('/a');
    expect(second.text).toBe('1');
    expect(second.did).toBe('interpose; hit; ttl=1');
    expect(Object.fromEntries(second.headers)).toEqual({
      age: '9',
      'cache-control': 'max-age=10',
      'cache-status': 'interpose; hit; ttl=1',
      'content-length': '1',
      'content-type': 'text/x',
      date: 'Mon, 01 Jan 2024 00:00:00 GMT',
      'x-own': '1, 2',
    });
    await clock.advance(1_000);
    expect((await get('/a')).text).toBe('2');
    expect(seen).toHaveLength(2);
  });

  test('of another path, query or host is another', async () => {
    const { get, request } = cachedApp(always(control('max-age=10')));
    const texts = [
      await get('/a'),
      await get('/a?'),
      await get('/a?x'),
      await get('/a?X'),
      await get('/A'),
      await request('/a', { host: 'other' }),
      await request('/a', { host: 'host:81' }),
    ].map(({ text }) => text);
    // An empty query is dropped by the address of the web before it gets here.
    expect(texts).toEqual(['1', '1', '2', '3', '4', '5', '6']);
  });

  test('of one path in several spellings is one', async () => {
    const { get, request } = cachedApp(always(control('max-age=10')));
    const texts = [
      await get('/a/b'),
      await get('/%61/b'),
      await get('/a//b'),
      await request('/a/b', { host: 'HOST' }),
      await request('/a/b', { host: 'host:80' }),
    ].map(({ text }) => text);
    expect(texts).toEqual(['1', '1', '1', '1', '1']);
  });

  test('in pieces is given whole', async () => {
    const { get } = cachedApp(always(control('max-age=10'), { body: pieces('ab', 'cd') }));
    expect((await get('/a')).text).toBe('abcd');
    const second = await get('/a');
    expect([second.text, second.headers.get('content-length')]).toEqual(['abcd', '4']);
  });

  test('without a body has none', async () => {
    const { get } = cachedApp(always(control('max-age=10'), { status: 204, body: null }));
    await get('/a');
    const second = await get('/a');
    expect([second.status, second.did]).toEqual([204, 'interpose; hit; ttl=10']);
    expect(second.headers.has('content-length')).toBe(false);
  });

  test('with an age from further in is older from the beginning', async () => {
    const { get, clock } = cachedApp(always({ ...control('max-age=10'), Age: '6' }));
    expect((await get('/a')).headers.get('age')).toBe('6');
    await clock.advance(3_000);
    expect((await get('/a')).headers.get('age')).toBe('9');
    await clock.advance(1_000);
    expect((await get('/a')).text).toBe('2');
  });

  test('does not get the headers that those further out have set for another', async () => {
    const kit = cachedApp(always(control('max-age=10')));
    const { createApp } = await import('@interpose/http');
    const outer = createApp().use((ctx, next) => {
      ctx.response.headers.set('X-For', ctx.headers.get('x-user') ?? '');
      return next();
    });
    outer.use(kit.cache).get('/a', (ctx) => {
      ctx.response.headers.set('Cache-Control', 'max-age=10');
      return 'a';
    });
    const ask = async (user: string) =>
      (await outer.fetch(new Request('http://host/a', { headers: { 'X-User': user } }))).headers;
    expect((await ask('ann')).get('x-for')).toBe('ann');
    const second = await ask('bob');
    expect([second.get('x-for'), second.get('age')]).toEqual(['bob', '0']);
  });
});

describe('HEAD', () => {
  test('is answered by what GET has stored', async () => {
    const { get, request, seen } = cachedApp(always(control('max-age=10'), { body: 'four' }));
    await get('/a');
    const head = await request('/a', { method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '4']);
    expect(head.headers.get('age')).toBe('0');
    expect(seen).toHaveLength(1);
  });

  test('goes to the origin as HEAD, and is not stored', async () => {
    const { request, seen } = cachedApp(always(control('max-age=10')));
    await request('/a', { method: 'HEAD' });
    await request('/a', { method: 'HEAD' });
    expect(seen.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });

  test('that finds the same freshens what is stored', async () => {
    const { get, request, clock } = cachedApp((_, count) => ({
      headers: { ...control('max-age=10'), ETag: '"x"', 'X-Count': String(count) },
      body: 'same',
    }));
    await get('/a');
    await clock.advance(11_000);
    await request('/a', { method: 'HEAD' });
    const again = await get('/a');
    expect([again.did, again.headers.get('x-count')]).toEqual(['interpose; hit; ttl=10', '2']);
  });

  test.each([
    ['another tag', { ETag: '"y"' }],
    ['another length', { ETag: '"x"', 'Content-Length': '9' }],
    ['another date of change', { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' }],
  ])('that finds %s drops what is stored', async (_, headers) => {
    const { get, request, clock, seen } = cachedApp(({ method }) => ({
      headers: { ...control('max-age=10'), ...(method === 'HEAD' ? headers : { ETag: '"x"' }) },
    }));
    await get('/a');
    await clock.advance(11_000);
    await request('/a', { method: 'HEAD' });
    await get('/a');
    expect(seen[2]?.headers.has('if-none-match')).toBe(false);
  });

  test('that fails, or may not be stored, changes nothing', async () => {
    const { get, request, clock, seen } = cachedApp(({ method }, count) =>
      method === 'HEAD'
        ? { status: count === 2 ? 500 : 200, headers: control('no-store') }
        : { headers: { ...control('max-age=10'), ETag: '"x"' } },
    );
    await get('/a');
    await clock.advance(11_000);
    await request('/a', { method: 'HEAD' });
    await request('/a', { method: 'HEAD' });
    await get('/a');
    expect(seen[3]?.headers.get('if-none-match')).toBe('"x"');
  });
});

describe('conditions of the client', () => {
  const tagged = { ...control('max-age=10'), ETag: '"x"', 'Content-Type': 'text/x' };

  test('are judged on what is stored', async () => {
    const { get, seen } = cachedApp(always(tagged));
    await get('/a');
    const same = await get('/a', { 'If-None-Match': '"w", W/"x"' });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', '"x"']);
    expect(same.headers.has('content-type')).toBe(false);
    expect((await get('/a', { 'If-None-Match': '"y"' })).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  test('by date are judged by Last-Modified, or else by Date', async () => {
    const changed = 'Sun, 31 Dec 2023 00:00:00 GMT';
    const { get } = cachedApp(({ path }) => ({
      headers: { ...control('max-age=10'), ...(path === '/a' && { 'Last-Modified': changed }) },
    }));
    const status = async (path: string, since: string) =>
      (await get(path, { 'If-Modified-Since': since })).status;
    await get('/a');
    await get('/b');
    expect(await status('/a', changed)).toBe(304);
    expect(await status('/a', 'Sat, 30 Dec 2023 23:59:59 GMT')).toBe(200);
    expect(await status('/b', 'Mon, 01 Jan 2024 00:00:00 GMT')).toBe(304);
    expect(await status('/b', changed)).toBe(200);
  });

  test('do not keep the whole answer from being fetched and stored', async () => {
    const { get, seen } = cachedApp(always(tagged, { body: pieces('a', 'b') }));
    const first = await get('/a', { 'If-None-Match': '"x"', 'If-Modified-Since': 'x' });
    expect([first.status, first.text]).toEqual([304, '']);
    expect(seen[0]?.headers.has('if-none-match')).toBe(false);
    expect(await get('/a')).toMatchObject({ status: 200, text: 'ab' });
    expect(seen).toHaveLength(1);
  });

  test('that only the origin can judge travel on', async () => {
    const { get, seen } = cachedApp(always(tagged));
    await get('/a');
    const match = await get('/a', { 'If-Match': '"x"' });
    expect(match.did).toBe('interpose; fwd=bypass');
    await get('/a', { 'If-Unmodified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' });
    expect(seen).toHaveLength(3);
  });
});

describe('ranges', () => {
  const body = '0123456789';
  const ranged = async (range: string, headers: Record<string, string> = {}) => {
    const { get, seen } = cachedApp(always({ ...control('max-age=10'), ETag: '"x"' }, { body }));
    await get('/a');
    const got = await get('/a', { Range: range, ...headers });
    expect(seen).toHaveLength(1);
    return [got.status, got.text, got.headers.get('content-range')];
  };

  test.each([
    ['bytes=0-1', '01', 'bytes 0-1/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ])('%s is cut out of what is stored', async (range, text, where) => {
    expect(await ranged(range)).toEqual([206, text, where]);
  });

  test.each(['bytes=0-1,3-4', 'bytes=x', 'lines=1-2', 'bytes=5-1'])(
    'for %s all of it is given',
    async (range) => {
      expect(await ranged(range)).toEqual([200, body, null]);
    },
  );

  test('what lies behind the end is a 416', async () => {
    expect(await ranged('bytes=10-')).toEqual([416, '', 'bytes */10']);
  });

  test('If-Range has to be about what is stored', async () => {
    expect((await ranged('bytes=0-1', { 'If-Range': '"x"' }))[0]).toBe(206);
    expect((await ranged('bytes=0-1', { 'If-Range': '"y"' }))[0]).toBe(200);
    expect((await ranged('bytes=0-1', { 'If-Range': 'Mon, 01 Jan 2024 00:00:00 GMT' }))[0]).toBe(
      200,
    );
  });

  test('of what is not stored travel on, and parts are not stored', async () => {
    const { get, seen } = cachedApp(
      always(
        { ...control('max-age=10'), 'Content-Range': 'bytes 0-1/10' },
        { status: 206, body: '01' },
      ),
    );
    const first = await get('/a', { Range: 'bytes=0-1' });
    expect([first.status, first.did]).toEqual([206, 'interpose; fwd=partial']);
    expect(seen[0]?.headers.get('range')).toBe('bytes=0-1');
    await get('/a', { Range: 'bytes=0-1' });
    await get('/a');
    await get('/a');
    expect(seen).toHaveLength(4);
  });
});

describe('what a request asks', () => {
  test('is obeyed', async () => {
    const { get, clock, seen } = cachedApp(always(control('max-age=10')));
    await get('/a');
    await clock.advance(5_000);
    expect((await get('/a', control('max-age=5'))).did).toBe('interpose; hit; ttl=5');
    expect((await get('/a', control('max-age=4'))).did).toContain('fwd=request');
    expect((await get('/a', control('no-cache'))).did).toContain('fwd=request; stored');
    expect((await get('/a', { Pragma: 'no-cache' })).text).toBe('4');
    expect((await get('/a', control('min-fresh=11'))).text).toBe('5');
    await clock.advance(12_000);
    expect((await get('/a', control('max-stale=2'))).did).toBe('interpose; hit; ttl=-2');
    expect(seen).toHaveLength(5);
  });

  test('only-if-cached is a 504 where nothing is stored', async () => {
    const { get, seen } = cachedApp(always(control('max-age=10')));
    const refused = await get('/a', control('only-if-cached'));
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([504, 'no-store']);
    expect(seen).toHaveLength(0);
    await get('/a');
    expect((await get('/a', control('only-if-cached'))).status).toBe(200);
  });

  test('no-store is not stored', async () => {
    const { get } = cachedApp(always(control('max-age=10')));
    expect((await get('/a', control('no-store'))).did).toBe('interpose; fwd=request');
    expect((await get('/a')).text).toBe('2');
  });

  test('is passed over where the operator says so', async () => {
    const { get, seen } = cachedApp(always(control('max-age=10')), {
      requestDirectives: 'ignore',
    });
    await get('/a');
    for (const value of ['no-cache', 'max-age=0', 'no-store', 'only-if-cached']) {
      expect((await get('/a', control(value))).text).toBe('1');
    }
    expect(seen).toHaveLength(1);
  });
});

describe('Vary', () => {
  const byLanguage = always({ ...control('max-age=10'), Vary: 'Accept-Language' });

  test('keeps answers apart, and finds each again', async () => {
    const { get, seen } = cachedApp(byLanguage);
    const ask = async (language: string) => (await get('/a', { 'Accept-Language': language })).text;
    expect([await ask('en'), await ask('de'), await ask('EN'), await ask('de')]).toEqual([
      '1',
      '2',
      '1',
      '2',
    ]);
    expect((await get('/a')).did).toContain('fwd=vary-miss');
    expect(seen).toHaveLength(3);
  });

  test('of * is never given again', async () => {
    const { get } = cachedApp(always({ ...control('max-age=10'), Vary: '*' }));
    expect((await get('/a')).did).toBe('interpose; fwd=uri-miss');
    expect((await get('/a')).text).toBe('2');
  });

  test('of several that fit, the one that was made last is given', async () => {
    const { get, clock } = cachedApp((_, count) => ({
      headers: {
        ...control('max-age=1000'),
        ...(count === 1 ? {} : { Vary: 'X' }),
        Date: new Date(Date.UTC(2024, 0, 1, 0, 0, count === 3 ? 5 : 0)).toUTCString(),
      },
    }));
    await get('/a');
    await get('/a', { X: '1', ...control('no-cache') });
    expect((await get('/a', { X: '1' })).text).toBe('2');
    await clock.advance(9_000);
    await get('/a', { X: '2', ...control('no-cache') });
    expect((await get('/a', { X: '2' })).text).toBe('3');
    expect((await get('/a', { X: '3' })).text).toBe('1');
  });

  test('of more than so many answers drops the one that was stored first', async () => {
    const { get, seen } = cachedApp(always({ ...control('max-age=10'), Vary: 'X' }), {
      maxVariants: 2,
    });
    for (const x of ['1', '2', '3', '3', '2']) await get('/a', { X: x });
    expect(seen).toHaveLength(3);
    await get('/a', { X: '1' });
    expect(seen).toHaveLength(4);
  });
});
