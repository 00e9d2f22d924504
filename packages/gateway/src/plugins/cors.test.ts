/** Tests of cors. */
import { describe, expect, test } from 'vitest';
import {
  routeOf,
  send,
  type Sending,
  startGateway,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';
import type { PluginUse } from '../gateway-config.ts';
import { cors } from './cors.ts';

const APP = 'https://app.example.com';
const use = (options: Record<string, unknown> = {}): PluginUse => ({
  name: 'cors',
  options: { origins: [APP, 'http://localhost:3000'], ...options },
});
const start = (
  options?: Record<string, unknown>,
  plugins: readonly PluginUse[] = [],
): Promise<Started> =>
  startGateway({
    plugins: [use(options), ...plugins],
    routes: [routeOf({ respond: { status: 200, body: 'fine' } })],
  });
const preflight = (headers: Record<string, string> = {}): Sending => ({
  method: 'OPTIONS',
  headers: { Origin: APP, 'Access-Control-Request-Method': 'POST', ...headers },
});

describe('an actual request', () => {
  test('M-125 of a named origin may be read by it', async () => {
    const { url } = await start();
    const { status, headers } = await send(url, { headers: { Origin: APP } });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-expose-headers': 'X-Request-ID',
      vary: 'Origin',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['access-control-allow-methods']).toBeUndefined();
    expect((await send(url, { headers: { Origin: 'http://localhost:3000' } })).status).toBe(200);
  });

  test('without an origin is served without a word on origins, but not cached for all', async () => {
    const { url } = await start();
    const { status, headers } = await send(url);
    expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([
      200,
      undefined,
      'Origin',
    ]);
  });

  test.each([
    'https://evil.example',
    'null',
    '',
    'https://app.example.com.evil.example',
    'https://APP.example.com',
    'http://app.example.com',
    'https://app.example.com:444',
    'https://app.example.com/',
  ])('of the origin %j is refused, and cannot be read by it', async (Origin) => {
    const { url } = await start();
    const answer = await send(url, { headers: { Origin } });
    expect(answer.json).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers.vary).toBe('Origin');
  });

  test('of the gateway’s own pages needs no leave', async () => {
    const { url, port } = await start();
    expect(
      (await send(url, { method: 'POST', headers: { Origin: `http://127.0.0.1:${port}` } })).status,
    ).toBe(200);
  });

  test('has the last word over the upstream, and adds to its Vary', async () => {
    const { url } = await startProxied(
      (_request, response) =>
        response
          .writeHead(200, {
            Vary: 'Accept',
            'Access-Control-Allow-Origin': '*',
            'Access-Control-Allow-Methods': 'X',
          })
          .end(),
      { plugins: [use()] },
    );
    const { headers } = await send(url, { headers: { Origin: APP } });
    expect(headers.vary).toBe('Accept, Origin');
    expect(headers['access-control-allow-origin']).toBe(APP);
    expect(headers['access-control-allow-methods']).toBeUndefined();
  });

  test('that is refused or fails can be read as well', async () => {
    const { url, gateway } = await start({}, [
      { name: 'key-auth', options: { keys: { a: 'k' } } },
      { name: 'request-id', options: {} },
    ]);
    gateway.registry.add(
      {
        access: {
          priority: 1,
          handle(ctx) {
            if (ctx.path === '/throw') throw new Error('x');
          },
        },
      },
      { name: 'act' },
    );
    for (const [path, status] of [
      ['/', 401],
      ['/throw', 500],
      ['/%00', 401],
    ] as const) {
      const answer = await send(url + path, { headers: { Origin: APP } });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, APP]);
      expect(answer.headers['x-request-id']).toBeDefined();
    }
  });
});

describe('a preflight', () => {
  test('is answered before anyone asks for a key', async () => {
    const { url } = await start({}, [{ name: 'key-auth', options: { keys: { a: 'k' } } }]);
    const { status, text, headers } = await send(
      url,
      preflight({ 'Access-Control-Request-Headers': 'content-type, AUTHORIZATION' }),
    );
    expect([status, text]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Authorization, X-Request-ID',
      'access-control-max-age': '3600',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    });
    expect(headers['access-control-expose-headers']).toBeUndefined();
  });

  test.each([
    [{ Origin: 'https://evil.example' }, 'ORIGIN_NOT_ALLOWED', undefined],
    [{ 'Access-Control-Request-Method': 'PATCH' }, 'METHOD_NOT_ALLOWED_FOR_ORIGIN', APP],
    [
      { 'Access-Control-Request-Headers': 'content-type, x-secret' },
      'HEADER_NOT_ALLOWED_FOR_ORIGIN',
      APP,
    ],
  ])('with %j is refused', async (headers, code, origin) => {
    const { url } = await start();
    const answer = await send(url, preflight(headers as Record<string, string>));
    expect(answer.json).toMatchObject({ status: 403, code });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-allow-methods']).toBeUndefined();
  });

  test.each([
    ['no requested method', { Origin: APP }],
    ['no origin', { 'Access-Control-Request-Method': 'POST' }],
  ])('with %s is a request like any other', async (_, headers) => {
    const { url } = await start();
    expect(await send(url, { method: 'OPTIONS', headers })).toMatchObject({
      status: 200,
      text: 'fine',
    });
  });

  test('for a route with methods of its own meets the plugins of that route', async () => {
    const { url } = await startGateway({
      routes: [
        routeOf({ name: 'read', path: '/a', methods: ['GET'], respond: { status: 200 } }),
        routeOf({
          name: 'write',
          path: '/a',
          methods: ['POST'],
          respond: { status: 200 },
          plugins: [use()],
        }),
      ],
    });
    expect((await send(`${url}/a`, preflight())).status).toBe(204);
    expect(
      (await send(`${url}/a`, preflight({ 'Access-Control-Request-Method': 'GET' }))).status,
    ).toBe(405);
    expect(
      (await send(`${url}/a`, preflight({ 'Access-Control-Request-Method': 'PUT' }))).status,
    ).toBe(405);
  });
});

describe('a route', () => {
  test('G-126 has a policy of its own, which a reload changes at once; a query is no matter', async () => {
    const other = 'https://other.example';
    const route = (name: string, origins: readonly string[]) =>
      routeOf({
        name,
        path: `/${name}`,
        respond: { status: 200 },
        plugins: [{ name: 'cors', options: { origins } }],
      });
    const { url, gateway } = await startGateway({
      routes: [route('a', [APP]), route('b', [other])],
    });
    const ask = async (path: string, Origin: string) =>
      (await send(url + path, { headers: { Origin } })).headers['access-control-allow-origin'];
    expect(await ask('/a?x=1', APP)).toBe(APP);
    expect(await ask('/a?x=1', other)).toBeUndefined();
    expect(await ask('/b', other)).toBe(other);
    await gateway.reload({ ...gateway.config, routes: [route('a', [other]), route('b', [other])] });
    expect(await ask('/a?x=1', APP)).toBeUndefined();
    expect(await ask('/a', other)).toBe(other);
    const wrong = gateway.reload({ ...gateway.config, routes: [route('a', ['nonsense'])] });
    await expect(wrong).rejects.toThrow('origins such as');
    expect(await ask('/a', other)).toBe(other);
  });
});

describe('options', () => {
  test('credentials are allowed to named origins', async () => {
    const { url } = await start({ credentials: true });
    expect(
      (await send(url, { headers: { Origin: APP } })).headers['access-control-allow-credentials'],
    ).toBe('true');
    expect((await send(url, preflight())).headers['access-control-allow-credentials']).toBe('true');
  });

  test('any origin is one answer for all', async () => {
    const { url } = await start({ origins: ['*'], exposeHeaders: [] });
    const { headers } = await send(url, { headers: { Origin: 'https://any.example' } });
    expect([
      headers['access-control-allow-origin'],
      headers.vary,
      headers['access-control-expose-headers'],
    ]).toEqual(['*', undefined, undefined]);
  });

  test.each([
    [{ origins: ['*'], credentials: true }, 'cors: cannot use credentials with wildcard origin'],
    [{ origins: ['*', APP] }, '`*` alone or a list of origins'],
    [{ origins: [] }, '`cors.origins` to be a list of texts, 1 or more of them'],
    [{ origins: ['app.example.com'] }, 'origins such as https://app.example.com'],
    [{ origins: ['https://app.example.com/'] }, 'origins such as https://app.example.com'],
    [{ origins: ['https://App.example.com'] }, 'origins such as https://app.example.com'],
    [{ origins: ['javascript:alert(1)'] }, 'origins such as https://app.example.com'],
    [{ origins: [APP], methods: [] }, '`cors.methods`'],
    [{}, '`cors.origins`'],
  ])('%j are refused', (options, message) => {
    expect(() => cors.create(options, {} as never)).toThrow(message);
  });

  test.each([
    'http://localhost:3000',
    'https://xn--bcher-kva.example',
    'https://a-b.c.d',
    'http://[::1]:80',
    'http://127.0.0.1',
  ])('the origin %s is one', (origin) => {
    expect(() => cors.create({ origins: [origin] }, {} as never)).not.toThrow();
  });
});
