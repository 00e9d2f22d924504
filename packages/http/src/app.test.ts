/** Tests of apps: which route answers, who stands before it, and what becomes of what nobody answers. */
import { retry } from '@interpose/resilience';
import { describe, expect, test } from 'vitest';
import { connectRaw, exchangeRaw, get, post } from '../test-kit/raw-client.ts';
import { type App, createApp, type HttpMiddleware } from './app.ts';
import { answerWith } from './answer/answer.ts';
import { apiKey } from './middleware/api-key.ts';
import { responseCache } from './middleware/response-cache.ts';
import { trailingSlash } from './middleware/trailing-slash.ts';
import { HttpError } from './errors.ts';

const ask = (app: Pick<App, 'fetch'>, path: string, init?: RequestInit): Promise<Response> =>
  app.fetch(new Request(`http://host${path}`, init));
const textOf = async (app: Pick<App, 'fetch'>, path: string, init?: RequestInit): Promise<string> =>
  (await ask(app, path, init)).text();

const KEY = { name: 'X-API-Key', keys: ['a key that nobody guesses'], environment: {} };

/** Notes when a request passes. */
const noting =
  (notes: string[], name: string): HttpMiddleware =>
  (ctx, next) => {
    notes.push(`${name} ${ctx.path}`);
    return next();
  };

describe('routes', () => {
  const add: readonly ((app: App) => unknown)[] = [
    (app) => app.get('/*', () => 'everything'),
    (app) => app.get('/users/*', () => 'users'),
    (app) => app.get('/users/:id', (ctx) => `user ${ctx.params.id}`),
    (app) => app.get('/users/me', () => 'me'),
  ];
  const orders = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
  ];

  test.each(orders)(
    'the most specific answers, whichever came first (%i %i %i %i)',
    async (...of) => {
      const app = createApp();
      for (const index of of) add[index]?.(app);
      expect(await textOf(app, '/users/me')).toBe('me');
      expect(await textOf(app, '/users/7')).toBe('user 7');
      expect(await textOf(app, '/users/7/keys')).toBe('users');
      expect(await textOf(app, '/else')).toBe('everything');
      expect(await textOf(app, '/')).toBe('everything');
    },
  );

  test('HEAD is answered by GET, with its headers and without its body', async () => {
    const app = createApp()
      .get('/text', (ctx) => {
        ctx.response.headers.set('ETag', '"1"');
        return 'vier';
      })
      .get('/stream', () => new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(9)) }));
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    client.send('HEAD /text HTTP/1.1\r\nHost: host\r\n\r\n');
    const text = await client.answer({ isHead: true });
    expect([text.status, text.headers['content-length'], text.headers['etag']]).toEqual([
      200,
      '4',
      '"1"',
    ]);
    client.send('HEAD /stream HTTP/1.1\r\nHost: host\r\n\r\n');
    const stream = await client.answer({ isHead: true });
    expect([stream.status, stream.headers['content-length']]).toEqual([200, undefined]);
    // Nothing of a body has come in between, or this would be no answer.
    client.send(get('/text'));
    expect((await client.answer()).text).toBe('vier');
    expect(await textOf(app, '/text', { method: 'HEAD' })).toBe('');
  });

  test('what no route answers meets the same middleware each time, and is told what there is for its own path', async () => {
    const seen: string[] = [];
    const app = createApp()
      .use(async (ctx, next) => {
        seen.push(ctx.path);
        await Promise.resolve();
        return next();
      })
      .get('/a', () => 'a')
      .put('/b', () => 'b');
    const [b, none, a] = await Promise.all(
      ['/b', '/c', '/a'].map((path) => ask(app, path, { method: 'POST' })),
    );
    expect([b?.status, none?.status, a?.status]).toEqual([405, 404, 405]);
    expect([b, none, a].map((one) => one?.headers.get('allow'))).toEqual([
      'PUT',
      null,
      'GET, HEAD',
    ]);
    app.use((ctx, next) => {
      ctx.response.headers.set('X-Later', '1');
      return next();
    });
    expect((await ask(app, '/c')).headers.get('x-later')).toBe('1');
    expect(seen).toEqual(['/b', '/c', '/a', '/c']);
  });

  test('another method is a 405 that tells which there are, and OPTIONS asks for that', async () => {
    const app = createApp()
      .get('/a', () => 'a')
      .on(['PUT', 'post'], '/a', () => 'written')
      .all('/b', (ctx) => ctx.method);
    const refused = await ask(app, '/a', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, POST']);
    expect(await refused.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    const options = await ask(app, '/a', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([
      204,
      'GET, HEAD, PUT, POST, OPTIONS',
      '',
    ]);
    expect(await textOf(app, '/b', { method: 'OPTIONS' })).toBe('OPTIONS');
    expect((await ask(app, '/c', { method: 'OPTIONS' })).status).toBe(404);
    expect(await textOf(app, '/a', { method: 'POST' })).toBe('written');
  });

  test('methods are told apart by case', async () => {
    await using server = await createApp()
      .get('/', () => 'got')
      .serve();
    const raw = await exchangeRaw(
      server.port,
      'get / HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n',
    );
    expect(raw).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('a host of its own comes before any host', async () => {
    const app = createApp()
      .get('/', () => 'any')
      .get('/', { host: 'api.example.com' }, () => 'api')
      .get('/', { host: '*.example.com' }, () => 'sub');
    const from = (host: string): Promise<string> => textOf(app, '/', { headers: { host } });
    expect(await from('API.example.com:8080')).toBe('api');
    expect(await from('x.example.com')).toBe('sub');
    expect(await from('example.com.evil.test')).toBe('any');
  });

  test('parameters are unescaped once', async () => {
    const app = createApp().get('/u/:id/x', (ctx) => ctx.params.id);
    expect(await textOf(app, '/u/%C3%A9%20a/x')).toBe('é a');
    expect(await textOf(app, '/u/a%2Fb/x')).toBe('a/b');
    expect(await textOf(app, '/u/%252F/x')).toBe('%2F');
    expect(await textOf(app, '/u/a+b/x')).toBe('a+b');
  });

  test.each(['/u/%', '/u/%4', '/u/%zz', '/u/%00', '/../u/1', '/u/\u00e9'])(
    'a path that is none (%j) is a 400',
    async (path) => {
      await using server = await createApp()
        .all('/*', () => 'everything')
        .serve();
      const raw = await exchangeRaw(server.port, get(path, 'Connection: close'));
      expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test('a slash at the end makes another path, unless it is to be ignored', async () => {
    const strict = createApp()
      .get('/a', () => 'a')
      .get('/b/', () => 'b');
    expect((await ask(strict, '/a/')).status).toBe(404);
    expect(await textOf(strict, '/b/')).toBe('b');
    expect((await ask(strict, '/b')).status).toBe(404);
    const lax = createApp({ trailingSlash: 'ignore' })
      .get('/a', () => 'a')
      .get('/b/', () => 'b')
      .get('/u/:id', (ctx) => ctx.params.id)
      .get('/', () => 'root');
    for (const path of ['/a', '/a/']) expect(await textOf(lax, path)).toBe('a');
    for (const path of ['/b', '/b/']) expect(await textOf(lax, path)).toBe('b');
    for (const path of ['/u/1', '/u/1/']) expect(await textOf(lax, path)).toBe('1');
    expect(await textOf(lax, '/')).toBe('root');
    expect(lax.remove('/b/')).toBe(1);
    expect((await ask(lax, '/b/')).status).toBe(404);
  });

  test('that are none, or that nobody could reach, are told before anybody asks', async () => {
    for (const path of ['', 'a', '/a//b', '/*/b', '/:', '/:a/:a', '/a?b']) {
      expect(() => createApp().get(path, () => 'x')).toThrow('Expected `path` to be a path');
      expect(() => createApp().useAt(path || '?', (_, next) => next())).toThrow('Expected `path`');
    }
    const twice = createApp()
      .get('/a/:b', () => 'one')
      .all('/x', () => 'x')
      .get('/a/:c', () => 'two');
    await expect(twice.serve()).rejects.toMatchObject({ code: 'ROUTE_CONFLICT' });
    const lax = createApp({ trailingSlash: 'ignore' })
      .get('/a', () => 'one')
      .get('/a/', () => 'two');
    await expect(lax.serve()).rejects.toMatchObject({ code: 'ROUTE_CONFLICT' });
  });

  test('can be taken out, all of a path or those of a method', async () => {
    const app = createApp()
      .get('/a', () => 'got')
      .post('/a', () => 'posted');
    expect(app.remove('/a', 'POST')).toBe(1);
    expect((await ask(app, '/a', { method: 'POST' })).status).toBe(405);
    expect(await textOf(app, '/a')).toBe('got');
    expect([app.remove('/a'), app.remove('/a')]).toEqual([1, 0]);
    expect((await ask(app, '/a')).status).toBe(404);
    app.get('/a', () => 'again');
    expect(await textOf(app, '/a')).toBe('again');
  });
});

describe('middleware', () => {
  test('stands before the routes that come after it, in the order of its coming', async () => {
    const notes: string[] = [];
    const app = createApp()
      .get('/early', () => 'early')
      .use(noting(notes, 'one'))
      .get('/middle', () => 'middle')
      .use(noting(notes, 'two'))
      .get('/late', () => 'late');
    for (const path of ['/early', '/middle', '/late']) await ask(app, path);
    expect(notes).toEqual(['one /middle', 'one /late', 'two /late']);
  });

  test('of a group stands behind that of its parent, and before nothing else', async () => {
    const notes: string[] = [];
    const app = createApp()
      .use(noting(notes, 'app'))
      .group('/api', (api) =>
        api
          .use(noting(notes, 'api'))
          .get('/', () => 'root')
          .group('/v1', (v1) => v1.use(noting(notes, 'v1')).get('/x', () => 'x'))
          .get('/y', () => 'y'),
      )
      .get('/apix', () => 'apix');
    const passed = async (path: string): Promise<string[]> => {
      notes.length = 0;
      await ask(app, path);
      return notes.map((note) => note.split(' ')[0] as string);
    };
    expect(await passed('/api')).toEqual(['app', 'api']);
    expect(await passed('/api/v1/x')).toEqual(['app', 'api', 'v1']);
    expect(await passed('/api/y')).toEqual(['app', 'api']);
    expect(await passed('/apix')).toEqual(['app']);
    // What no route answers meets those in whose place it lies.
    expect(await passed('/api/v1/nothing')).toEqual(['app', 'api', 'v1']);
    expect(await passed('/nothing')).toEqual(['app']);
  });

  test('of a group at the root, and at a path in it, has a path', async () => {
    const notes: string[] = [];
    const app = createApp().group('/', (root) =>
      root
        .useAt('/x', noting(notes, 'x'))
        .get('/x', () => 'X')
        .get('/y', () => 'Y'),
    );
    expect([await textOf(app, '/x'), await textOf(app, '/y')]).toEqual(['X', 'Y']);
    expect(notes).toEqual(['x /x']);
  });

  test('at a path sees what lies at or below it, in whatever spelling, and nothing else', async () => {
    const notes: string[] = [];
    const app = createApp()
      .useAt('/admin', noting(notes, 'guard'))
      .all('/*', (ctx) => ctx.path);
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    const isGuarded = async (path: string): Promise<boolean> => {
      notes.length = 0;
      await client.send(get(path)).answer();
      return notes.length > 0;
    };
    for (const path of [
      '/admin',
      '/admin/',
      '/admin/x',
      '/admin?x',
      '//admin',
      '/x/../admin',
      '/./admin',
      '/%61dmin',
      '/x/%2e%2e/admin',
      '/admin/%2e%2e/admin/x',
      '/admin/x/..',
    ]) {
      expect([path, await isGuarded(path)]).toEqual([path, true]);
    }
    // Each of them is another path for the routes as well.
    for (const path of ['/administrator', '/Admin', '/admin%2Fx', '/admin;x', '/admin.', '/x']) {
      expect([path, await isGuarded(path)]).toEqual([path, false]);
    }
  });

  test('cannot be gone round: what it is asked about is what the routes are found by', async () => {
    const app = createApp()
      .useAt('/admin', () => {
        throw new HttpError(403);
      })
      .get('/admin', () => 'secret')
      .get('/admin/*', () => 'secret');
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    for (const path of ['/admin', '//admin', '/admin/', '/%61dmin/x', '/a/../admin', '/admin/.']) {
      const { status, text } = await client.send(get(path)).answer();
      expect([path, status, text.includes('secret')]).toEqual([path, 403, false]);
    }
    for (const path of ['/ADMIN', '/admin%2f', '/admin;', '/admin%00', '/admin%20']) {
      const { status, text } = await client.send(get(path)).answer();
      expect([404, 400]).toContain(status);
      expect(text).not.toContain('secret');
    }
  });

  test('at a path may run the rest again, as anywhere else', async () => {
    let tries = 0;
    const app = createApp()
      .useAt('/flaky', retry({ maxAttempts: 3, backoff: 'none' }) as HttpMiddleware)
      .get('/flaky', () => {
        if (++tries < 3) throw new Error('not yet');
        return 'at last';
      });
    expect(await textOf(app, '/flaky')).toBe('at last');
  });

  test('before all routes meets what no route answers, also what comes too late for others', async () => {
    const notes: string[] = [];
    const app = createApp()
      .get('/a', () => 'a')
      .use((ctx, next) => {
        notes.push(`${ctx.method} ${ctx.path}`);
        ctx.response.headers.set('X-Seen', 'yes');
        return next();
      });
    const answers = [
      await ask(app, '/nothing'),
      await ask(app, '/a', { method: 'PUT' }),
      await ask(app, '/a', { method: 'OPTIONS' }),
      await ask(app, '/%00'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 405, 204, 400]);
    expect(answers.map(({ headers }) => headers.get('x-seen'))).toEqual(Array(4).fill('yes'));
    expect(notes).toEqual(['GET /nothing', 'PUT /a', 'OPTIONS /a', 'GET *']);
  });

  test('that answers for a path does not answer for a request without one', async () => {
    const app = createApp()
      .use((ctx, next) => (ctx.path === '/' ? answerWith(ctx, 'home') : next()))
      .useAt('/', (ctx, next) => (ctx.path.startsWith('/') ? answerWith(ctx, 'below') : next()))
      .use((ctx, next) => (ctx.path === '*' ? answerWith(ctx, ctx.request) : next()));
    await using server = await app.serve();
    for (const path of ['/%00', '/..', '/%', '/a/../../b']) {
      const client = await connectRaw(server.port);
      const { status, text } = await client.send(get(path)).answer();
      expect([path, status, JSON.parse(text)]).toMatchObject([path, 400, { code: 'INVALID_PATH' }]);
    }
  });
});

test.each<[string, () => HttpMiddleware]>([
  ['a cache, which has the root', () => responseCache()],
  ['a redirect to the other form', () => trailingSlash({ style: 'append' })],
  ['a redirect to the other form', () => trailingSlash()],
  ['an address that is open to all, as the root is', () => apiKey({ ...KEY, exclude: ['/'] })],
])('a request without a path is not answered by %s', async (_, make) => {
  const app = createApp()
    .use(make())
    .get('/', (ctx) => {
      ctx.response.headers.set('Cache-Control', 'max-age=60');
      return 'home';
    });
  expect((await ask(app, '/')).status).toBe(200);
  await using server = await app.serve();
  const client = await connectRaw(server.port);
  for (const path of ['/%00', '/..', '/%zz']) {
    const { status, text } = await client.send(get(path)).answer();
    expect([400, 401]).toContain(status);
    expect(text).not.toContain('home');
  }
});

describe('a mounted function of the web', () => {
  const seen = async (request: Request): Promise<Response> =>
    Response.json([request.method, request.url, await request.text()]);

  test.each([
    ['/x', '/x', '/'],
    ['/x', '/x/', '/'],
    ['/x', '/x/a/b?c=%20', '/a/b?c=%20'],
    ['/x/', '/x/a', '/a'],
    ['/', '/a?b', '/a?b'],
    ['/', '/', '/'],
    ['/t/:id', '/t/12345/a', '/a'],
    ['/x', '/x//evil.test/a', '/evil.test/a'],
    ['/x', '/x/@evil.test/a', '/@evil.test/a'],
    ['/x', '/x/a%2Fb/', '/a%2Fb/'],
  ])('at %s sees of %s the path %s', async (at, path, inner) => {
    const app = createApp().mount(at, seen);
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    const { text } = await client.send(get(path)).answer();
    expect(JSON.parse(text)).toEqual(['GET', `http://host${inner}`, '']);
  });

  test('is given the body, and stands behind the middleware of the app and its groups', async () => {
    const notes: string[] = [];
    const app = createApp()
      .use(noting(notes, 'app'))
      .group('/g', (group) => group.use(noting(notes, 'group')).mount('/x', seen));
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    const { text } = await client.send(post('/g/x/y', 'body')).answer();
    expect(JSON.parse(text)).toEqual(['POST', 'http://host/y', 'body']);
    expect(notes).toEqual(['app /g/x/y', 'group /g/x/y']);
    const other = createApp().mount(
      '/inner',
      createApp().post('/y', (ctx) => ctx.body.text()).fetch,
    );
    expect(await textOf(other, '/inner/y', { method: 'POST', body: 'through' })).toBe('through');
    expect((await ask(other, '/innery')).status).toBe(404);
  });

  test.each([
    ['a GET with a body, of which it sees none', post('/x', 'hi').replace('POST', 'GET'), 200],
    ['a method that it could not be told', get('/x').replace('GET', 'TRACK'), 405],
    ['a method that would become another one', post('/x', '').replace('POST', 'post'), 405],
    ['a host that is none', get('/x').replace('Host: host', 'Host: 1.2.3.4.5'), 400],
  ])('is not disturbed by %s', async (_, request, status) => {
    await using server = await createApp().mount('/x', seen).serve();
    const client = await connectRaw(server.port);
    expect((await client.send(request).answer()).status).toBe(status);
  });
});
