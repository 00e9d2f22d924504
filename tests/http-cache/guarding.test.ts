/** What the cache never does, whatever clients, origins and stores do: give one what is another's, keep what is broken, grow without end. */
import { createApp, HttpError } from '@interpose/http';
import {
  memoryCacheStore,
  responseCache,
  type ResponseCacheStore,
} from '@interpose/http/middleware/response-cache';
import { describe, expect, test } from 'vitest';
import { always, cachedApp, control, pieces } from './cached-app.ts';

const fresh = control('max-age=1000');

describe('poisoning', () => {
  test.each([
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Scheme',
    'X-Original-URL',
    'X-Host',
    'Forwarded',
    'X-HTTP-Method-Override',
  ])('%s is no part of what is asked for', async (name) => {
    const { get } = cachedApp(always(fresh));
    await get('/a');
    expect((await get('/a', { [name]: 'evil' })).did).toContain('hit');
  });

  test('a request with a body is not answered from what is stored, and its answer is not stored', async () => {
    const { app, get } = cachedApp(always(fresh));
    const { RequestContext } = await import('@interpose/http');
    const { IncomingBody } = await import('@interpose/wire');
    const idle = { begin() {}, pause() {}, resume() {}, cancel() {} };
    const ctx = new RequestContext({
      method: 'GET',
      target: '/a',
      rawHeaders: ['Host', 'host', 'Content-Length', '1'],
      peer: { address: '', port: 0 },
      local: { address: '', port: 0 },
      secure: false,
      body: new IncomingBody(1, idle),
      signal: new AbortController().signal,
      clientLeft: false,
      sentBytes: 0,
      onClientLeft() {},
      onSettled() {},
    });
    const response = await app.run(ctx);
    expect(response.headers.get('cache-status')).toBe('interpose; fwd=bypass');
    expect((await get('/a')).text).toBe('2');
  });

  test('the same path over TLS is another', async () => {
    const { app, get } = cachedApp(always(fresh));
    await get('/a');
    const secure = await app.fetch(new Request('https://host/a'));
    expect(await secure.text()).toBe('2');
  });

  test('a path that climbs is stored under where it leads, and one that leads nowhere is refused', async () => {
    const { app, get, seen } = cachedApp(always(fresh));
    await get('/private/..%2fpublic');
    expect((await get('/public')).text).toBe('2');
    const refused = await app.fetch(new Request('http://host/%00'));
    expect(refused.status).toBe(400);
    expect(seen.map(({ path }) => path)).toEqual(['/private/..%2Fpublic', '/public']);
  });

  test('errors are not stored unless they say for how long', async () => {
    const old = { 'Last-Modified': 'Sun, 31 Dec 2000 00:00:00 GMT', ETag: '"x"' };
    for (const status of [400, 403, 404, 405, 410, 414, 431, 500, 501, 503]) {
      const { get } = cachedApp(always(old, { status }));
      await get('/a');
      expect((await get('/a')).text).toBe('2');
      const explicit = cachedApp(always(fresh, { status }));
      await explicit.get('/a');
      expect((await explicit.get('/a')).text).toBe('1');
    }
  });

  test('what is thrown is not stored', async () => {
    const { get, seen } = cachedApp(() => {
      throw new HttpError(404, 'gone', { headers: fresh });
    });
    expect([(await get('/a')).status, (await get('/a')).status]).toEqual([404, 404]);
    expect(seen).toHaveLength(2);
  });
});

describe('deception', () => {
  test('nothing is stored because of how the path looks', async () => {
    const { get, seen } = cachedApp(always({ 'Content-Type': 'text/html' }));
    for (const path of ['/account/a.css', '/account;a.js', '/account%2Fa.png', '/a.css?x']) {
      await get(path, { Cookie: 'session=ann' });
      await get(path);
    }
    expect(seen).toHaveLength(8);
  });

  test('what could be meant for one client is not taken for fresh by its date alone', async () => {
    const { get } = cachedApp(always({ 'Last-Modified': 'Sun, 31 Dec 2000 00:00:00 GMT' }));
    await get('/a', { Cookie: 'session=ann' });
    expect((await get('/a')).text).toBe('2');
    expect((await get('/a')).text).toBe('2');
  });

  test('what a request with Authorization got is given to others only if it says so', async () => {
    const { get } = cachedApp(({ path }) => ({
      headers: control(path === '/public' ? 'public, max-age=9' : 'max-age=9'),
    }));
    await get('/a', { Authorization: 'Basic ann' });
    expect((await get('/a')).text).toBe('2');
    await get('/public', { Authorization: 'Basic ann' });
    expect((await get('/public')).text).toBe('3');
  });

  test('cookies are not stored unless told, and then with the answer', async () => {
    const cookie = { ...fresh, 'Set-Cookie': ['a=1', 'b=2'] };
    const { get } = cachedApp(always(cookie));
    await get('/a');
    expect((await get('/a')).text).toBe('2');
    const told = cachedApp(always(cookie), { storeCookies: true });
    await told.get('/a');
    const again = await told.get('/a');
    expect([again.text, again.headers.getSetCookie()]).toEqual(['1', ['a=1', 'b=2']]);
  });

  test('fields that are not to be kept are not', async () => {
    const { get } = cachedApp(
      always({
        'Cache-Control': 'max-age=9, private="Set-Cookie, X-User", no-cache="X-Trace"',
        'Set-Cookie': 'a=1',
        'X-User': 'ann',
        'X-Trace': '7',
        Connection: 'keep-alive, X-Hop',
        'X-Hop': 'mine',
        'Keep-Alive': 'timeout=5',
        'Proxy-Authenticate': 'Basic',
        'X-Own': 'kept',
        'Content-Type': 'text/x',
      }),
    );
    expect((await get('/a')).headers.get('x-user')).toBe('ann');
    const { headers } = await get('/a');
    expect([...headers.keys()].toSorted()).toEqual([
      'age',
      'cache-control',
      'cache-status',
      'content-length',
      'content-type',
      'date',
      'x-own',
    ]);
  });
});

describe('what is not whole', () => {
  test('is not stored when it breaks off', async () => {
    let isBroken = true;
    const { app, get } = cachedApp(() => ({
      headers: fresh,
      body: (async function* () {
        yield* pieces('half');
        if (isBroken) throw new Error('broke off');
      })(),
    }));
    const first = await app.fetch(new Request('http://host/a'));
    await expect(first.text()).rejects.toThrow();
    isBroken = false;
    expect((await get('/a')).did).toContain('fwd=uri-miss');
    expect((await get('/a')).did).toContain('hit');
  });

  test.each(['3', '5', 'x', '-4', '4, 4'])('is not stored with the length %s', async (length) => {
    for (const body of ['four', () => pieces('fo', 'ur')]) {
      const { get, seen } = cachedApp(() => ({
        headers: { ...fresh, 'Content-Length': length },
        body: typeof body === 'string' ? body : body(),
      }));
      await get('/a');
      await get('/a');
      expect(seen).toHaveLength(2);
    }
  });
});

describe('bounds', () => {
  test.each([
    ['in one piece', (size: number) => 'x'.repeat(size)],
    ['in pieces', (size: number) => pieces(...'x'.repeat(size))],
    ['in bytes', (size: number) => new Uint8Array(size)],
  ])('a body %s is stored up to a size, and given on whole beyond it', async (_, made) => {
    for (const [size, calls] of [
      [20, 1],
      [21, 2],
    ] as const) {
      const { get, seen } = cachedApp(() => ({ headers: fresh, body: made(size) }), {
        maxEntryBytes: 20,
      });
      expect((await get('/a')).text).toHaveLength(size);
      expect((await get('/a')).text).toHaveLength(size);
      expect(seen).toHaveLength(calls);
    }
  });

  test('what is told to be too large is not even tried', async () => {
    const { get } = cachedApp(
      () => ({ headers: { ...fresh, 'Content-Length': '21' }, body: pieces('x'.repeat(21)) }),
      { maxEntryBytes: 20 },
    );
    expect((await get('/a')).did).toBe('interpose; fwd=uri-miss');
  });

  test('many keys and many variants take no more than the store has', async () => {
    const store = memoryCacheStore({ maxBytes: 20_000 });
    const { get } = cachedApp(always({ ...fresh, Vary: 'X' }, { body: 'x'.repeat(100) }), {
      store,
    });
    for (let at = 0; at < 200; at++) await get(`/${at % 50}`, { X: String(at) });
    expect(store.bytes).toBeLessThanOrEqual(20_000);
    expect(store.size).toBeGreaterThan(5);
  });
});

describe('a store', () => {
  /** A store that answers late, or breaks. */
  function slowStore(broken: readonly string[] = []): ResponseCacheStore {
    const inner = memoryCacheStore();
    const late = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
      await Promise.resolve();
      if (broken.includes(name)) throw new Error(`${name} broke`);
      return work();
    };
    return {
      get: (key) => late('get', async () => inner.get(key)),
      set: (key, answers, keepMs) => late('set', async () => inner.set(key, answers, keepMs)),
      delete: (key) => late('delete', async () => inner.delete(key)),
      deleteTagged: (tag) => late('deleteTagged', async () => inner.deleteTagged(tag)),
      clear: () => late('clear', async () => inner.clear()),
    };
  }

  test('that answers late does as well', async () => {
    const { get, request, seen, cache, clock } = cachedApp(
      (ctx) =>
        ctx.headers.has('if-none-match')
          ? { status: 304, headers: { ETag: '"x"' }, body: null }
          : { headers: { ...control('max-age=9'), ETag: '"x"' }, body: pieces('a', 'b') },
      { store: slowStore() },
    );
    const both = await Promise.all([get('/a'), get('/a')]);
    expect(both.map(({ text }) => text)).toEqual(['ab', 'ab']);
    await clock.advance(9_000);
    expect((await get('/a')).did).toContain('fwd-status=304; stored');
    expect((await request('/a', { method: 'HEAD' })).did).toContain('hit');
    await request('/a', { method: 'POST' });
    expect((await get('/a')).did).toContain('uri-miss');
    await cache.purge('http://host/a');
    expect((await get('/a')).did).toContain('uri-miss');
    expect(seen).toHaveLength(5);
  });

  test.each([
    ['get', 2],
    ['set', 2],
    ['delete', 1],
  ])('whose %s breaks does not fail requests', async (name, calls) => {
    const errors: unknown[] = [];
    const { get, request, seen } = cachedApp(always(fresh), {
      store: slowStore([name]),
      onStoreError: (error) => {
        errors.push(error);
        throw new Error('of no interest');
      },
    });
    expect([(await get('/a')).status, (await get('/a')).status]).toEqual([200, 200]);
    expect(seen).toHaveLength(calls);
    expect((await request('/a', { method: 'POST' })).status).toBe(200);
    expect(errors[0]).toMatchObject({ message: `${name} broke` });
  });

  test('that throws at once does not fail requests either', async () => {
    const fail = (): never => {
      throw new Error('down');
    };
    const store = { get: fail, set: fail, delete: fail, deleteTagged: fail, clear: fail };
    const { get, cache } = cachedApp(always(fresh), { store });
    expect((await get('/a')).status).toBe(200);
    await cache.purge('http://host/a');
    await cache.purgeTag('x');
    await cache.clear();
  });

  test('is given plain data, and for how long it is of use', async () => {
    const given: [string, unknown, number][] = [];
    const store: ResponseCacheStore = {
      ...slowStore(),
      set: (key, answers, keepMs) => void given.push([key, answers, keepMs]),
    };
    const { get } = cachedApp(always(control('max-age=9, stale-if-error=5')), { store });
    await get('/a?b');
    const [[key, answers, keepMs] = ['', undefined, 0]] = given;
    expect([key, keepMs]).toEqual(['http://host/a?b', 14_000]);
    expect(structuredClone(answers)).toEqual(answers);
  });
});

test('a key of its own tells apart what it says, and may say that there is none', async () => {
  const { get } = cachedApp(always(fresh), {
    key: (ctx) => (ctx.path === '/own' ? undefined : ctx.path),
  });
  await get('/a?x');
  expect((await get('/a?y')).text).toBe('1');
  expect((await get('/own')).did).toBe('interpose; fwd=bypass');
  const wrong = cachedApp(always(fresh), { key: () => 7 as never });
  expect((await wrong.get('/a')).status).toBe(500);
});

test('a cache behind another adds to what that says', async () => {
  const inner = cachedApp(always(fresh));
  const app = createApp()
    .use(responseCache({ clock: inner.clock, cacheStatus: 'Front "1"' }))
    .mount('/', inner.app.fetch);
  const ask = async () =>
    (await app.fetch(new Request('http://host/a'))).headers.get('cache-status');
  expect(await ask()).toBe(
    'interpose; fwd=uri-miss; stored; ttl=1000, "Front \\"1\\""; fwd=uri-miss; stored; ttl=1000',
  );
  expect(await ask()).toBe(
    'interpose; fwd=uri-miss; stored; ttl=1000, "Front \\"1\\""; hit; ttl=1000',
  );
});
