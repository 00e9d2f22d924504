/** Tests of FastApi as a whole: its order, its routes, and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isThenable, when } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { createApp, type HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { apiKey } from '../middleware/api-key.ts';
import type { HttpResponse } from '../context/response.ts';
import { buildContext, testClient } from '../testing.ts';
import { createFastApi, FastApi, type FastApiOptions, FastApiRoutes } from './fast-api.ts';

const environment = {
  FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
  FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
};
const KEY = { 'X-API-Key': 'your-secret-key' };
const ORIGIN = { Origin: 'http://example.com' };

const quiet = (options: FastApiOptions = {}): FastApiOptions => ({
  environment,
  onWarning: () => {},
  ...options,
});
const full: FastApiOptions = { enableCors: true, enableApiKey: true };
const setUp = (options?: FastApiOptions): FastApi => createFastApi(quiet(options)).setup();

describe('the stack', () => {
  test('F-01 F-02 F-03 F-08 stands in the order of the page, and says so', () => {
    expect(setUp(full).explain()).toBe(
      [
        '1  detectDisconnect  default',
        '2  httpEvents        default',
        '3  cors              default',
        '4  apiKey            default',
        "   the route's handler",
      ].join('\n'),
    );
    expect(
      setUp()
        .userMiddlewares()
        .map(({ type }) => type),
    ).toEqual(['detectDisconnect', 'httpEvents']);
  });

  test('F-01 runs in that order, and its answers come back in reverse', async () => {
    const seen: string[] = [];
    const api = createFastApi(quiet(full))
      .useMiddleware(
        async (ctx, next) => {
          seen.push(`outside in: ${'isDisconnected' in ctx.state}`);
          const response = await next();
          const id = response.headers.has('fast-api-request-id');
          seen.push(`outside out: ${id} ${response.headers.has('access-control-allow-origin')}`);
          return response;
        },
        { position: 'outside' },
      )
      .useMiddleware(async (ctx, next) => {
        const { state, response } = ctx;
        seen.push(`inside in: ${state.isDisconnected} ${state.requestId === ctx.requestId}`);
        const answer = await next();
        // CORS speaks when the answer comes back; it is further out.
        seen.push(`inside out: ${response.headers.has('access-control-allow-origin')}`);
        return answer;
      })
      .setup()
      .addRouteGet('/x', () => {
        seen.push('handler');
        return 'ok';
      });
    await testClient(api).get('/x', { headers: { ...KEY, ...ORIGIN } });
    expect(seen).toEqual([
      'outside in: false',
      'inside in: false true',
      'handler',
      'inside out: false',
      'outside out: true true',
    ]);
  });

  test('F-01 F-22 F-56 a 401 has the headers of CORS, an id and an event', async () => {
    const api = setUp(full);
    const answer = await testClient(api).get('/status', { headers: ORIGIN });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const id = answer.headers.get('fast-api-request-id');
    await api.events.idle();
    expect(api.events.requestsData.get(id ?? '')?.response.statusCode).toBe(401);
  });

  test('F-52 a preflight is answered before anybody asks for a key, and has an event', async () => {
    const api = setUp(full);
    const answer = await testClient(api).options('/status', {
      headers: {
        ...ORIGIN,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-api-key',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toContain('X-API-Key');
    await api.events.idle();
    expect(api.events.recentRequests()[0]?.response.statusCode).toBe(204);
  });

  test('F-03 CORS and the key are off until they are wanted; the first two are always on', async () => {
    const answer = await testClient(setUp()).get('/status', { headers: ORIGIN });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('fast-api-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect((await testClient(setUp({ enableApiKey: true })).get('/status')).status).toBe(401);
  });

  test('F-04 setup gives itself, and a second call does nothing', () => {
    const api = createFastApi(quiet(full));
    expect(() => api.app).toThrow('Call setup()');
    expect(api.setup()).toBe(api);
    const before = [api.explain(), api.routesPaths({ includeDefault: true })];
    expect(api.setup()).toBe(api);
    expect([api.explain(), api.routesPaths({ includeDefault: true })]).toEqual(before);
    expect(() => api.useMiddleware((ctx, next) => next(ctx))).toThrow('now it is late');
  });

  test('F-05 F-07 what comes after the call of the parent stands between the defaults and the handler', async () => {
    class CustomFastApi extends FastApi {
      protected override setupMiddlewares(): void {
        super.setupMiddlewares();
        this.useMiddleware(async function custom(ctx, next) {
          ctx.state['customData'] = 'value';
          const response = await next();
          response.headers.set('X-Custom-Header', 'value');
          return response;
        });
      }
      protected override setupRoutes(): void {
        this.addRouteGet('/info', (ctx) => ({
          request_id: ctx.state.requestId,
          is_disconnected: ctx.state.isDisconnected,
          custom_data: ctx.state['customData'] ?? null,
        }));
      }
    }
    const api = new CustomFastApi(quiet(full)).setup();
    expect(api.userMiddlewares(false).map((one) => one.functionName ?? one.type)).toEqual([
      'detectDisconnect',
      'httpEvents',
      'cors',
      'apiKey',
      'custom',
    ]);
    const answer = await testClient(api).get('/info', { headers: KEY });
    expect(answer.headers.get('x-custom-header')).toBe('value');
    expect(await answer.json()).toEqual({
      request_id: answer.headers.get('fast-api-request-id'),
      is_disconnected: false,
      custom_data: 'value',
    });
  });

  test('F-06 what comes before it stands outside of the defaults, and times all of them', async () => {
    const clock = fakeClock();
    class TimedFastApi extends FastApi {
      protected override setupMiddlewares(): void {
        this.useMiddleware(async function timing(_ctx, next) {
          const start = clock.now();
          const response = await next();
          response.headers.set('X-Process-Time', String((clock.now() - start) / 1000));
          return response;
        });
        super.setupMiddlewares();
      }
    }
    const api = new TimedFastApi(
      quiet({ ...full, clock, events: { callbackOnRequest: () => clock.advanceSync(250) } }),
    ).setup();
    expect(api.userMiddlewares()[0]).toMatchObject({ type: 'function', functionName: 'timing' });
    const answer = await testClient(api).get('/config/status');
    // What an event costs is in it: the timing stands outside of that.
    expect(answer.headers.get('x-process-time')).toBe('0.25');
    const refused = await testClient(api).get('/none');
    expect([refused.status, refused.headers.get('x-process-time')]).toEqual([401, '0.25']);
  });

  test('F-08 lists with what each was made, without secrets, as a copy', () => {
    const api = createFastApi(
      quiet({ ...full, apiKey: { keys: 'hidden-key', exclude: ['/open'] } }),
    )
      .useMiddleware((ctx, next) => next(ctx), { params: { token: 'hidden-token', limit: 3 } })
      .setup();
    const list = api.userMiddlewares();
    expect(JSON.stringify(list)).not.toContain('hidden');
    expect(list[3]).toMatchObject({
      type: 'apiKey',
      functionName: null,
      params: { name: 'X-API-Key', exclude: ['/open'], keys: '[redacted]' },
    });
    expect(list[4]).toMatchObject({ type: 'function', params: { limit: 3 } });
    (list[3]?.params?.['exclude'] as string[] | undefined)?.push('/changed');
    expect(api.userMiddlewares()[3]?.params?.['exclude']).toEqual(['/open']);
    expect(api.userMiddlewares(false)[3]).toEqual({ type: 'apiKey', functionName: null });
  });

  test('F-13 with skipAbandoned a request goes no further once its client has left', async () => {
    const abort = new AbortController();
    let ran = false;
    const api = createFastApi(quiet({ skipAbandoned: true }))
      .useMiddleware(async (_ctx, next) => {
        abort.abort();
        await Promise.resolve();
        return next();
      })
      .setup()
      .addRouteGet('/x', () => {
        ran = true;
        return '';
      });
    await testClient(api).get('/x', { signal: abort.signal });
    await api.events.idle();
    expect(ran).toBe(false);
    expect(api.events.recentRequests()[0]?.response.statusCode).toBe(499);
    expect(api.explain()).toContain('4  detectDisconnect  default, before the handler');
  });

  test('F-97 a handler that waits for nothing is answered at once, through the whole stack', () => {
    const api = setUp(full).addRouteGet('/x', () => 'at once');
    const { ctx } = buildContext('GET', '/x', { headers: KEY });
    const run = api.app.run(ctx);
    expect(isThenable(run)).toBe(false);
    expect(ctx.response.body).toBe('at once');
  });
});

describe('the config', () => {
  test('F-80 has the defaults of the seed', () => {
    expect(createFastApi().config).toMatchObject({
      name: 'Fast_API',
      description: '',
      basePath: '/',
      addAdmin: false,
      docsOffline: true,
      enableCors: false,
      enableApiKey: false,
      defaultRoutes: true,
      serverId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  test('F-80 takes odd characters out of the name, and only versions that are some', () => {
    expect(createFastApi({ name: 'shop <b> (v-2)!' }).config.name).toBe('shop _b_ (v-2)_');
    for (const version of ['1', 'v1.2', '1.22.333', 'v0.1.0']) {
      expect(createFastApi({ version }).config.version).toBe(version);
    }
    for (const version of ['', 'v', '1.2.3.4', '1234', '1.2.3-beta', 'v1.', ' 1']) {
      expect(() => createFastApi({ version })).toThrow('`version`');
    }
  });

  test.each([
    [{ enableCors: 'yes' }, '`enableCors`'],
    [{ enableKey: true }, 'Unknown option `enableKey`'],
    [{ addAdmin: true }, '`addAdmin`'],
    [{ enableApiKey: true, apiKey: { exclude: ['/*'] } }, '`exclude`'],
    [{ enableCors: true, cors: { preset: 'strict' } }, '`cors.origins`'],
  ])('%j is refused', (options, message) => {
    expect(() => createFastApi(options as FastApiOptions)).toThrow(message);
  });

  test('F-112 warns when it is set up of what should not go into production', () => {
    const warned: string[] = [];
    const onWarning = (warning: string): void => void warned.push(warning);
    const api = createFastApi({ ...full, environment: {}, onWarning });
    expect(warned).toEqual([]);
    api.setup().setup();
    expect(warned).toEqual([
      'cors: any origin may read the answers; name the origins in production',
      'apiKey: no name is set up for the key, so every request is refused',
    ]);
    expect(api.warnings).toEqual(warned);
    expect(createFastApi({ onWarning }).setup().warnings).toEqual([]);
  });
});

describe('the default routes', () => {
  const open = testClient(setUp());
  const locked = testClient(setUp(full));

  test('the root leads to the documentation, which needs nothing from elsewhere', async () => {
    const root = await open.get('/');
    expect([root.status, root.headers.get('location')]).toEqual([307, '/docs']);
    for (const docsOffline of [true, false]) {
      const docs = await testClient(setUp({ docsOffline, name: 'shop' })).get('/docs');
      const text = await docs.text();
      expect(docs.status).toBe(200);
      expect(text).toContain('/config/status');
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
    expect((await testClient(setUp({ defaultRoutes: false })).get('/docs')).status).toBe(404);
  });

  test('F-82 the status is open at one address, and needs a key at the other', async () => {
    expect(await (await open.get('/config/status')).json()).toEqual({ status: 'ok' });
    expect(await (await open.get('/status')).json()).toEqual({ status: 'ok' });
    expect((await locked.get('/config/status')).status).toBe(200);
    expect((await locked.get('/status')).status).toBe(401);
    expect((await locked.get('/status', { headers: KEY })).status).toBe(200);
  });

  test('F-83 F-84 tell the version and who the server is', async () => {
    const api = setUp({
      version: 'v1.2.3',
      name: 'shop',
      clock: fakeClock({ wallMs: 5 }),
      environment: { FAST_API__SERVER_ID: 'id-1', FAST_API__SERVER_NAME: 'server-1' },
    });
    const client = testClient(api);
    expect(await (await client.get('/config/version')).json()).toEqual({ version: 'v1.2.3' });
    expect(await (await client.get('/config/info')).json()).toEqual({
      server_id: 'id-1',
      server_name: 'server-1',
      server_instance_id: api.instanceId,
      server_boot_time: 5,
    });
    const { server_name: name } = (await (await open.get('/config/info')).json()) as never;
    expect(name).toBe('Fast_API');
    expect(setUp().instanceId).not.toBe(api.instanceId);
  });

  test('F-69 what has to be reached without a key can be, and nothing beside it', async () => {
    for (const path of ['/docs', '/config/status', '/auth/set-cookie-form']) {
      expect([path, (await locked.get(path)).status]).toEqual([path, 200]);
    }
    for (const path of [
      '/',
      '/docs/',
      '/config/info',
      '/config/version',
      '/unknown',
      '/static/a',
    ]) {
      expect([path, (await locked.get(path)).status]).toEqual([path, 401]);
    }
  });

  test('F-86 the form shows no value, whatever it is, and nothing of it becomes a part of the page', async () => {
    const value = '"><script>alert(1)</script>';
    const headers = { Cookie: `X-API-Key=${value}; auth-cookie=${value}` };
    const shown = await locked.get('/auth/set-cookie-form', { headers });
    const text = await shown.text();
    expect(text).toContain('<code>X-API-Key</code> is set');
    expect(text).not.toMatch(/alert|<script/);
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(shown.headers.get('cache-control')).toBe('no-store');
    const unset = testClient(setUp({ environment: {} }));
    const plain = await (await unset.get('/auth/set-cookie-form')).text();
    expect(plain).toContain('<code>auth-cookie</code> is not set');
    expect(plain).toContain('No name is set up');
  });

  test('F-86 F-87 sets the cookie, from JSON and from the form, and does not say its value', async () => {
    const answer = await locked.post('/auth/set-auth-cookie', { cookie_value: 'your-secret-key' });
    expect(answer.headers.get('set-cookie')).toBe(
      'X-API-Key=your-secret-key; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(await answer.json()).toEqual({
      message: 'Cookie set successfully',
      cookie_name: 'X-API-Key',
    });
    const form = await setUp(full).fetch(
      new Request('https://host/auth/set-auth-cookie', {
        method: 'POST',
        body: new URLSearchParams({ cookie_value: 'a;b' }),
        headers: { Origin: 'https://host' },
      }),
    );
    expect(form.headers.get('set-cookie')).toBe(
      'X-API-Key=a%3Bb; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
    expect(await form.text()).not.toContain('a;b');
    // And the cookie lets in.
    const Cookie = 'X-API-Key=your-secret-key';
    expect((await locked.get('/status', { headers: { Cookie } })).status).toBe(200);
  });

  test.each([
    ['another origin', { Origin: 'https://evil.example' }, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another subdomain', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['an origin that hides', { Origin: 'null' }, 403],
    ['its own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://testserver' }, 200],
    ['a program', {}, 200],
  ])('F-87 takes a cookie from %s or not', async (_, headers, status) => {
    const answer = await open.post('/auth/set-auth-cookie', { cookie_value: 'x' }, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.has('set-cookie')).toBe(status === 200);
  });

  test.each([
    {},
    { cookie_value: '' },
    { cookie_value: ' ' },
    { cookie_value: 5 },
    [],
    { cookie_value: 'x'.repeat(4000) },
  ])('F-87 %j is no value', async (data) => {
    const answer = await open.post('/auth/set-auth-cookie', data);
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([400, false]);
  });
});

describe('errors', () => {
  const failing = (options?: FastApiOptions) =>
    testClient(
      setUp(options)
        .addRouteGet('/throws', () => {
          throw new TypeError('a secret of the code');
        })
        .addRouteGet('/refuses', () => {
          throw new HttpError(409, 'That is taken');
        })
        .addRouteGet('/invalid', () => {
          throw new HttpError(400, undefined, {
            members: { detail: [{ loc: ['query', 'page'], msg: 'no number' }] },
          });
        }),
    );

  test('F-88 F-113 nothing of an unexpected error is shown', async () => {
    const answer = await failing().get('/throws');
    expect(answer.status).toBe(500);
    const body = (await answer.json()) as object;
    expect(body).toMatchObject({ detail: 'An unexpected error occurred.', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(body)).not.toMatch(/secret|stack|TypeError/);
  });

  test('F-88 an answer that is thrown has its status and its detail, a list for what is not valid', async () => {
    const refused = await failing().get('/refuses');
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { detail: 'That is taken' },
    ]);
    const invalid = await failing().get('/invalid');
    expect([invalid.status, await invalid.json()]).toMatchObject([
      400,
      { detail: [{ msg: 'no number' }] },
    ]);
  });

  test('F-88 in development the message and the stack are shown', async () => {
    expect(await (await failing({ showErrors: true }).get('/throws')).json()).toMatchObject({
      detail: 'An unexpected error occurred.',
      error: 'a secret of the code',
      stack_trace: expect.stringContaining('TypeError'),
    });
  });
});

describe('routes', () => {
  test('F-89 are added by method, before setup and after', async () => {
    const api = createFastApi(quiet());
    api.addRouteGet('/r', () => 'get').addRoutePost('/r', () => 'post');
    api.setup();
    api
      .addRoutePut('/r', () => 'put')
      .addRoutePatch('/r', () => 'patch')
      .addRouteDelete('/r', () => 'delete')
      .addRouteAny('/any/{id}', (ctx) => `${ctx.method} ${ctx.params['id']}`)
      .addRoute(['GET', 'POST'], '/two', () => 'two');
    const client = testClient(api);
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      expect(await (await client[method]('/r')).text()).toBe(method);
    }
    expect(await (await client.request('REPORT', '/any/7')).text()).toBe('REPORT 7');
    expect((await client.post('/two')).status).toBe(200);
    expect((await client.put('/two')).status).toBe(405);
    expect(() => api.addRouteGet('/x', undefined as never)).toThrow('`handler`');
  });

  test('F-89 F-90 of a class begin with its tag, and its methods know their object', async () => {
    class RoutesUsers extends FastApiRoutes {
      readonly tag = 'users';
      readonly names = ['Ada', 'Bo'];
      get_all(): object {
        return this.names;
      }
      get_user__id(ctx: { readonly params: Readonly<Record<string, string>> }): string {
        return this.names[Number(ctx.params['id'])] ?? 'nobody';
      }
      setupRoutes(): void {
        this.addRouteGet(this.get_all).addRouteGet(this.get_user__id);
        this.addRoutePost('/new', () => 'made');
      }
    }
    const api = setUp().addRoutes(RoutesUsers);
    expect(api.routesPaths()).toEqual(['/users/get-all', '/users/get-user/:id', '/users/new']);
    const client = testClient(api);
    expect(await (await client.get('/users/get-all')).json()).toEqual(['Ada', 'Bo']);
    expect(await (await client.get('/users/get-user/1')).text()).toBe('Bo');
  });

  test('F-91 are listed with and without the defaults, and can be taken out', async () => {
    const api = setUp();
    api.addRouteGet(function get_users() {
      return [];
    });
    api.addRoutePost('/get-users', () => '');
    expect(api.routes()).toMatchObject([
      { path: '/get-users', methods: ['GET'], name: 'get_users' },
      { path: '/get-users', methods: ['POST'] },
    ]);
    expect(api.routesPaths()).toEqual(['/get-users']);
    expect(api.routesPaths({ includeDefault: true })).toContain('/config/status');
    expect(api.routesMethods()[0]).toBe('get_users');
    expect(api.routeRemove('/get-users', 'POST')).toBe(true);
    expect(api.routeRemove('/get-users', 'POST')).toBe(false);
    expect((await testClient(api).get('/get-users')).status).toBe(200);
    expect(api.routeRemove('/get-users')).toBe(true);
    expect((await testClient(api).get('/get-users')).status).toBe(404);
  });

  test('F-91 F-92 another app lies below a path, with its own stack; so its routes can be listed', async () => {
    const inner = setUp({ basePath: '/inner', defaultRoutes: false, enableApiKey: true });
    inner.addRouteGet('/', () => 'home').addRouteGet('/a', (ctx) => ctx.path);
    const outer = setUp().addRouteGet('/own', () => 'own');
    inner.mountOn(outer);
    const client = testClient(outer);
    expect((await client.get('/inner/a')).status).toBe(401);
    expect(await (await client.get('/inner/a', { headers: KEY })).text()).toBe('/a');
    expect(await (await client.get('/inner', { headers: KEY })).text()).toBe('home');
    expect(await (await client.get('/own')).text()).toBe('own');
    expect(outer.routesPaths()).toEqual(['/inner/*', '/own']);
    expect(outer.routesPaths({ expandMounts: true })).toEqual(['/inner', '/inner/a', '/own']);
  });

  test('F-93 F-40 files of a folder lie below /static, for caches to share unless a key is needed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fast-api-'));
    try {
      writeFileSync(join(folder, 'a.css'), 'a {}');
      const open = await testClient(setUp({ staticFolder: folder })).get('/static/a.css');
      expect(open.headers.get('cache-control')).toBe('public, max-age=3600');
      expect(await open.text()).toBe('a {}');
      const locked = testClient(setUp({ staticFolder: folder, enableApiKey: true }));
      expect((await locked.get('/static/a.css')).status).toBe(401);
      const own = await locked.get('/static/a.css', { headers: KEY });
      expect(own.headers.get('cache-control')).toBe('private, max-age=3600');
      expect((await locked.get('/static/..%2fx', { headers: KEY })).status).toBe(404);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the routes for whoever runs it', () => {
  test('tell of server, routes and stack, with a key only', async () => {
    const clock = fakeClock({ wallMs: 0 });
    const api = setUp({ ...full, addAdmin: true, clock, serverId: 'id-1' });
    api.addRouteGet('/own', () => '');
    await clock.advance(1500);
    const client = testClient(api);
    const read = async (path: string): Promise<unknown> =>
      (await client.get(`/admin/${path}`, { headers: KEY })).json();
    expect((await client.get('/admin/admin-info/stats')).status).toBe(401);
    expect(await read('admin-info/server-info')).toMatchObject({
      server_id: 'id-1',
      uptime_ms: 1500,
    });
    expect(await read('admin-info/app-info')).toMatchObject({ name: 'Fast_API' });
    expect(await read('admin-info/health')).toEqual({ status: 'Ok', timestamp: 1500 });
    expect(await read('admin-info/stats')).toMatchObject({
      middlewares_count: 4,
      has_static_files: false,
      prefixes: { '/own': 1, '/config': 4 },
    });
    expect(await read('admin-config/routes')).toContainEqual({
      name: 'GET /own',
      methods: ['GET'],
      path: '/own',
      is_default: false,
    });
    expect(Object.keys((await read('admin-config/routes-grouped')) as object)).toContain('/own');
    const stack = JSON.stringify(await read('admin-config/middlewares'));
    expect(stack).toContain('httpEvents');
    expect(stack).not.toContain('your-secret-key');
  });
});

describe('what it costs', () => {
  /** Milliseconds of the processor for one request, with the stack that these options make. */
  function costOf(options: FastApiOptions): number {
    const api = setUp({ defaultRoutes: false, ...options }).addRouteGet('/x', () => 'at once');
    const headers = { ...KEY, ...ORIGIN };
    const runs = 3000;
    let best = Infinity;
    for (let round = 0; round < 3; round++) {
      const contexts = Array.from({ length: runs }, () => buildContext('GET', '/x', { headers }));
      const { user, system } = process.cpuUsage();
      for (const { ctx } of contexts) void api.app.run(ctx);
      const used = process.cpuUsage({ user, system });
      best = Math.min(best, (used.user + used.system) / 1000 / runs);
    }
    return best;
  }

  test('F-110 each middleware stays below what the table of the seed allows', async ({
    annotate,
  }) => {
    const base = costOf({});
    const withCors = costOf({ enableCors: true });
    const withKey = costOf({ enableApiKey: true });
    const said = (ms: number): string => `${(ms * 1000).toFixed(1)} us`;
    await annotate(
      `disconnect, events and routing ${said(base)}, CORS ${said(withCors - base)}, key ${said(withKey - base)}`,
    );
    // The first two together: 0.1 ms and 1 ms.
    expect(base).toBeLessThan(1.1);
    expect(withCors - base).toBeLessThan(0.2);
    expect(withKey - base).toBeLessThan(0.3);
  });

  test('F-111 what is light can stand outside, what is not needed is skipped, and nobody waits for nothing', () => {
    let asked = 0;
    const expensive = (
      ctx: HttpContext,
      next: (ctx: HttpContext) => HttpResponse,
    ): HttpResponse => {
      asked++;
      return next(ctx);
    };
    const app = createApp()
      .use(apiKey({ name: 'X-API-Key', keys: 'your-secret-key' }))
      .use(when((ctx: HttpContext) => ctx.path.startsWith('/api'), expensive as HttpMiddleware))
      .all('/*', () => '');
    const run = (path: string, headers: Record<string, string>): number => {
      const { ctx } = buildContext('GET', path, { headers });
      const answer = app.run(ctx);
      expect(isThenable(answer)).toBe(false);
      return ctx.response.status;
    };
    expect([run('/api', {}), run('/page', KEY), asked]).toEqual([401, 200, 0]);
    expect([run('/api', KEY), asked]).toEqual([200, 1]);
  });
});
