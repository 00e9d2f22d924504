/** Tests of apiKey. */
import fc from 'fast-check';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ApiKeys } from '../credentials/api-keys.ts';
import { createApp } from '../app.ts';
import { RequestContext, type RequestSource } from '../context/context.ts';
import { httpEvents } from './http-events.ts';
import { apiKey, type ApiKeyOptions } from './api-key.ts';

const KEY = 'your-secret-key';

function makeApp(options: ApiKeyOptions = { name: 'X-API-Key', keys: KEY }) {
  let runs = 0;
  const app = createApp()
    .use(apiKey(options))
    .all('/*', () => {
      runs++;
      return 'secret';
    });
  const ask = async (headers: Record<string, string> = {}, path = '/'): Promise<Response> =>
    app.fetch(new Request(`http://host${path}`, { headers }));
  const statusOf = async (headers?: Record<string, string>, path?: string): Promise<number> =>
    (await ask(headers, path)).status;
  const messageOf = async (headers?: Record<string, string>): Promise<unknown> => {
    const { message, error } = (await (await ask(headers)).json()) as Record<string, unknown>;
    return [error, message];
  };
  return { app, ask, statusOf, messageOf, runs: () => runs };
}

describe('where the key comes from', () => {
  test('F-61 the header, in any case, and without it the cookie, in its own', async () => {
    const { statusOf } = makeApp();
    expect(await statusOf({ 'X-API-Key': KEY })).toBe(200);
    expect(await statusOf({ 'x-api-KEY': KEY })).toBe(200);
    expect(await statusOf({ Cookie: `a=b; X-API-Key=${KEY}` })).toBe(200);
    expect(await statusOf({ 'X-API-Key': '', Cookie: `X-API-Key=${KEY}` })).toBe(200);
    expect(await statusOf({ Cookie: `x-api-key=${KEY}` })).toBe(401);
  });

  test('F-61 a header that is wrong is not made good by the cookie', async () => {
    const { statusOf } = makeApp();
    expect(await statusOf({ 'X-API-Key': 'wrong', Cookie: `X-API-Key=${KEY}` })).toBe(401);
    expect(await statusOf({ 'X-API-Key': KEY, Cookie: 'X-API-Key=wrong' })).toBe(200);
  });

  test('F-61 two headers are no key, also where one of them is', async () => {
    const { app } = makeApp();
    const headers = new Headers([
      ['X-API-Key', KEY],
      ['X-API-Key', KEY],
    ]);
    expect((await app.fetch(new Request('http://host/', { headers }))).status).toBe(401);
  });

  test('F-60 the environment says name and key; the names of its variables can be others', async () => {
    const environment = {
      FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
      FAST_API__AUTH__API_KEY__VALUE: KEY,
      OUR_NAME: 'X-Our-Key',
      OUR_KEY: 'ours',
      OUR_OLD_KEY: 'ours before',
    };
    const seed = makeApp({ environment });
    expect(await seed.statusOf({ 'X-API-Key': KEY })).toBe(200);
    expect(await seed.statusOf({ 'X-Our-Key': 'ours' })).toBe(401);
    const own = makeApp({
      environment,
      nameVariable: 'OUR_NAME',
      valueVariable: ['OUR_KEY', 'OUR_OLD_KEY', 'NOT_SET'],
    });
    expect(await own.statusOf({ 'X-Our-Key': 'ours' })).toBe(200);
    expect(await own.statusOf({ 'X-Our-Key': 'ours before' })).toBe(200);
    expect(await own.statusOf({ 'X-API-Key': KEY })).toBe(401);
  });

  test('F-60 is read when it is made, when it is told to, or every time', async () => {
    const environment: Record<string, string> = {
      FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
      FAST_API__AUTH__API_KEY__VALUE: 'old',
    };
    const once = apiKey({ environment });
    const app = createApp()
      .use(once)
      .get('/', () => '');
    const always = makeApp({ environment, rereadEnvironment: true });
    const withNew = { headers: { 'X-API-Key': 'new' } };
    const status = async (): Promise<number> =>
      (await app.fetch(new Request('http://host/', withNew))).status;
    expect([await status(), await always.statusOf(withNew.headers)]).toEqual([401, 401]);
    environment['FAST_API__AUTH__API_KEY__VALUE'] = 'new';
    expect([await status(), await always.statusOf(withNew.headers)]).toEqual([401, 200]);
    once.reload();
    expect(await status()).toBe(200);
    delete environment['FAST_API__AUTH__API_KEY__VALUE'];
    expect(await always.statusOf(withNew.headers)).toBe(401);
  });

  test('F-60 several keys let in, so that one can be taken out of use without a gap', async () => {
    const keys = new ApiKeys(['old']);
    const { statusOf } = makeApp({ name: 'X-API-Key', keys });
    keys.replace(['old', 'new']);
    expect([
      await statusOf({ 'X-API-Key': 'old' }),
      await statusOf({ 'X-API-Key': 'new' }),
    ]).toEqual([200, 200]);
    keys.replace(['new']);
    expect([
      await statusOf({ 'X-API-Key': 'old' }),
      await statusOf({ 'X-API-Key': 'new' }),
    ]).toEqual([401, 200]);
  });
});

describe('what is answered without one', () => {
  test('F-62 F-63 the four reasons, in their order, with their texts', async () => {
    const environment = {};
    expect(await makeApp({ environment }).messageOf({ 'X-API-Key': KEY })).toEqual([
      'NO_KEY_NAME_SETUP',
      'Server does not have API key name setup',
    ]);
    expect(await makeApp({ environment, name: 'X-API-Key' }).messageOf({})).toEqual([
      'NO_KEY_VALUE_SETUP',
      'Server does not have API key value setup',
    ]);
    expect(await makeApp().messageOf()).toEqual([
      'API_KEY_MISSING',
      'Client API key is missing, you need to set it on a header or cookie',
    ]);
    expect(await makeApp().messageOf({ 'X-API-Key': 'wrong' })).toEqual([
      'API_KEY_INVALID',
      'Invalid API key value',
    ]);
  });

  test('F-64 F-65 a 401 in JSON that says how to do better, and that nobody keeps', async () => {
    const answer = await makeApp().ask({ 'X-API-Key': 'wrong' });
    expect(answer.status).toBe(401);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'www-authenticate': 'ApiKey header="X-API-Key"',
    });
    expect(await answer.json()).toEqual({
      status: 'error',
      message: 'Invalid API key value',
      error: 'API_KEY_INVALID',
      data: null,
    });
  });

  test('F-64 a server that is not set up lets nobody in; its status can be another', async () => {
    expect(await makeApp({ environment: {} }).statusOf({ 'X-API-Key': KEY })).toBe(401);
    const { statusOf } = makeApp({ environment: {}, name: 'X-API-Key', setupStatus: 503 });
    expect(await statusOf({ 'X-API-Key': '' })).toBe(503);
  });

  test.each([
    '',
    ' ',
    '   ',
    'your-secret',
    'your-secret-key2',
    'YOUR-SECRET-KEY',
    'our-secret-key',
  ])('F-68 %j is no key', async (key) => {
    const { statusOf } = makeApp();
    expect(await statusOf({ 'X-API-Key': key })).toBe(401);
    expect(await statusOf({ Cookie: `X-API-Key=${key}` })).toBe(401);
    expect(await statusOf({ Cookie: `X-API-Key="${key}"` })).toBe(401);
    expect(await statusOf({ Cookie: `X-API-Key=${encodeURIComponent(key)}` })).toBe(401);
  });

  test.each(['', ' ', undefined])('F-68 a key here that is %j lets nobody in', async (value) => {
    const environment = {
      FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
      FAST_API__AUTH__API_KEY__VALUE: value,
    };
    const { statusOf, runs } = makeApp({ environment });
    for (const key of ['', ' ', 'undefined', 'null', String(value)]) {
      expect(await statusOf({ 'X-API-Key': key })).toBe(401);
      expect(await statusOf({ Cookie: `X-API-Key=${key}` })).toBe(401);
    }
    expect(runs()).toBe(0);
  });

  test('F-68 only the key itself lets in, whatever is sent', async () => {
    const { statusOf } = makeApp();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme-ascii' }), async (key) => {
        fc.pre(key.trim() !== KEY);
        expect(await statusOf({ 'X-API-Key': key })).toBe(401);
      }),
    );
  });

  test('F-70 F-71 an unknown path is a 401 as well, and no handler runs', async () => {
    let runs = 0;
    const app = createApp()
      .use(apiKey({ name: 'X-API-Key', keys: KEY }))
      .get('/known', () => {
        runs++;
        return '';
      });
    const statusOf = async (path: string, headers = {}, method = 'GET'): Promise<number> =>
      (await app.fetch(new Request(`http://host${path}`, { method, headers }))).status;
    for (const path of ['/known', '/unknown', '/known/more']) {
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(path, {}, 'POST')).toBe(401);
      expect(await statusOf(path, {}, 'OPTIONS')).toBe(401);
    }
    expect(runs).toBe(0);
    const headers = { 'X-API-Key': KEY };
    expect(await statusOf('/unknown', headers)).toBe(404);
    expect(await statusOf('/known', headers, 'POST')).toBe(405);
    expect(await statusOf('/known', headers)).toBe(200);
    expect(runs).toBe(1);
  });

  test('F-67 the key is in no event, answer, error or description', async () => {
    const recorded = httpEvents({ secretNames: ['X-Odd'] });
    const keyed = apiKey({ name: 'X-Odd', keys: KEY });
    const errors: unknown[] = [];
    const app = createApp({ onError: (error) => errors.push(error) })
      .use(recorded)
      .use(keyed)
      .get('/', () => {
        throw new Error('failed');
      });
    const answers: string[] = [];
    for (const [key, path] of [
      [KEY, '/'],
      [`${KEY}x`, '/'],
      [KEY, `/?X-Odd=${KEY}`],
    ] as const) {
      const answer = await app.fetch(
        new Request(`http://host${path}`, { headers: { 'X-Odd': key, Cookie: `X-Odd=${key}` } }),
      );
      answers.push(await answer.text(), JSON.stringify([...answer.headers]));
    }
    await recorded.events.idle();
    const shown = [
      ...answers,
      recorded.events.toJsonLines(),
      JSON.stringify({ keyed }),
      String(keyed),
    ];
    for (const text of [...shown, ...errors.map(String)]) expect(text).not.toContain(KEY);
    expect(() => apiKey({ name: 'X-API-Key', keys: [KEY, ''] })).not.toThrow();
    expect(() => apiKey({ name: 'no name', keys: KEY })).toThrow('`name`');
  });
});

describe('paths that need no key', () => {
  const EXCLUDED = ['/docs', '/openapi.json', '/config/status', '/assets/*'];
  const app = createApp()
    .use(apiKey({ name: 'X-API-Key', keys: KEY, exclude: EXCLUDED }))
    .all('/*', (ctx) => ctx.path);

  /** Sends the target as it is, which `fetch` would not. */
  async function statusOfTarget(port: number, target: string): Promise<number> {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return Number(text.split(' ')[1]);
  }

  test('F-69 pass, exactly they, and what is below those that say so', async () => {
    await using server = await app.serve();
    const status = (target: string): Promise<number> => statusOfTarget(server.port, target);
    for (const path of ['/docs', '/openapi.json', '/config/status', '/assets', '/assets/a/b.js']) {
      expect([path, await status(path)]).toEqual([path, 200]);
    }
    for (const path of [
      '/',
      '/docs/',
      '/docs/x',
      '/docsx',
      '/DOCS',
      '/Docs',
      '/docs%2F',
      '/docs;x',
      '/docs%20',
      '/docs.',
      '/config/',
      '/config/status/',
      '/config/status/more',
      '/assetsx',
      '/docs/../admin',
      '/docs/..%2Fadmin',
      '/assets/../admin',
      '/assets/%2e%2e/admin',
      '/assets/.%2E/admin',
      '/assets//..//admin',
      '//docs//..//admin',
      '/admin?x=/docs',
      '/admin%3F/docs',
      'http://x/admin',
    ]) {
      expect([path, await status(path)]).toEqual([path, 401]);
    }
    for (const path of ['/assets\\..\\admin', '/../docs', '/%00/docs', '/docs%00', '/%zz']) {
      expect([400, 401]).toContain(await status(path));
    }
  });

  test('F-69 no way of writing a path gets another one past', async () => {
    const bits = ['/', '//', '.', '..', '%2e', '%2E', '%2f', '%5c', ';', 'docs', 'DOCS', 'assets'];
    const path = fc
      .array(fc.constantFrom(...bits, 'a', '%64ocs', '%61', '?', 'config', 'status', ' '), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => `/${parts.join('')}`);
    const statuses = new Set<string>();
    await fc.assert(
      fc.asyncProperty(path, async (target) => {
        const source = { method: 'GET', target, rawHeaders: ['Host', 'x'], body: null };
        const ctx = new RequestContext(source as unknown as RequestSource);
        try {
          await app.run(ctx);
        } catch (error) {
          expect(error).toMatchObject({ status: 400 });
          return;
        }
        const { status, body } = ctx.response;
        expect([200, 401]).toContain(status);
        if (status === 401) return;
        const seen = String(body);
        const isBelow = seen.startsWith('/assets/') && !seen.split('/').includes('..');
        const exact = ['/docs', '/openapi.json', '/config/status', '/assets'];
        expect(isBelow || exact.includes(seen)).toBe(true);
        statuses.add(seen);
      }),
      { numRuns: 2000 },
    );
    // It is worth nothing if none of them gets through.
    expect(statuses.size).toBeGreaterThan(1);
  });

  test.each(['/*', 'docs', '/docs/../a', '//docs', '/a*', '/a/*/b', '/%64ocs'])(
    'F-69 %j cannot be one of them',
    (path) => {
      expect(() => apiKey({ exclude: [path] })).toThrow('`exclude`');
    },
  );
});

test.each([
  [{ setupStatus: 200 }, '`setupStatus`'],
  [{ keys: ['sha256:00'] }, '`keys`'],
  [{ exclude: '/docs' }, '`exclude`'],
  [{ key: 'x' }, 'Unknown option `key`'],
])('%j is refused', (options, message) => {
  expect(() => apiKey(options as ApiKeyOptions)).toThrow(message);
});
