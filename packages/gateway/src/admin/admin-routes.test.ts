/** Tests of what the admin API tells of plugins, routes, upstreams, services and dictionaries, and of what it switches. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway, startUpstream } from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../gateway-config.ts';

const HOSTILE = 'a "quoted"\\ name/with ~ everything';

async function start(config: Partial<GatewayConfig> = {}) {
  const routes = [routeOf({ respond: { status: 200, body: 'ok' } })];
  const started = await startGateway({ routes, admin: { port: 0 }, ...config });
  const url = started.gateway.adminUrl as string;
  const get = (path: string) => send(url + path);
  const put = (path: string, body: unknown) =>
    send(url + path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { ...started, admin: url, get, put };
}

describe('plugins', () => {
  const plugins = [{ name: 'request-id', options: {} }];

  test('are listed with their handlers', async () => {
    const { get } = await start({ plugins });
    expect((await get('/plugins')).json).toMatchObject([
      {
        name: 'request-id',
        state: 'active',
        handlers: [
          { phase: 'access', priority: 10, state: 'active', scope: 'all routes' },
          { phase: 'headerFilter' },
          { phase: 'log' },
        ],
      },
      { name: 'test-end' },
    ]);
  });

  test('are switched off and on, whole or phase by phase', async () => {
    const { url, put } = await start({ plugins });
    const hasId = async () => (await send(url)).headers['x-request-id'] !== undefined;
    expect(await hasId()).toBe(true);
    const off = await put('/plugins/request-id/state', { state: 'disabled' });
    expect([off.status, off.json]).toMatchObject([200, { state: 'disabled' }]);
    expect(await hasId()).toBe(false);
    const part = await put('/plugins/request-id:headerFilter/state', { state: 'active' });
    expect([part.status, part.json]).toMatchObject([200, { state: 'mixed' }]);
    expect(await hasId()).toBe(true);
  });

  test('that are not there cannot be switched, nor to what is no state', async () => {
    const { put, gateway } = await start({ plugins });
    const before = gateway.registry.getRegistry();
    expect((await put('/plugins/no-such/state', { state: 'active' })).status).toBe(404);
    expect((await put('/plugins/request-id:content/state', { state: 'active' })).status).toBe(404);
    for (const body of [{ state: 'off' }, {}, null, [], { state: ['active'] }, 'active']) {
      expect((await put('/plugins/request-id/state', body)).status).toBe(422);
    }
    expect(gateway.registry.getRegistry()).toEqual(before);
  });
});

describe('routes', () => {
  test('are listed with what was counted of them', async () => {
    const { get, url, ended } = await start({
      routes: [
        routeOf({ name: 'good', path: '/good', methods: ['GET'], respond: { status: 200 } }),
        routeOf({ name: 'bad', path: '/bad', respond: { status: 503 } }),
      ],
    });
    await send(`${url}/good`);
    await send(`${url}/bad`);
    await ended();
    await ended();
    expect((await get('/routes')).json).toMatchObject([
      { name: 'good', path: '/good', methods: ['GET'], requests: 1, errors: 0 },
      { name: 'bad', path: '/bad', methods: [], requests: 1, errors: 1 },
    ]);
  });

  test('are explained, whatever they are called', async () => {
    const { get } = await start({
      routes: [routeOf({ name: HOSTILE, respond: { status: 200 } })],
      plugins: [{ name: 'request-id', options: {} }],
    });
    const found = await get(`/routes/${encodeURIComponent(HOSTILE)}/explain`);
    expect(found.json).toMatchObject({
      name: HOSTILE,
      path: '/*',
      answer: 'fixed response 200',
      phases: { access: [{ name: 'request-id', priority: 10 }] },
    });
    const none = await get(`/routes/${encodeURIComponent('(no route)')}/explain`);
    expect(none.json).toMatchObject({ answer: 'problem 404' });
    expect((await get('/routes/constructor/explain')).status).toBe(404);
    expect((await get('/routes/%ff/explain')).status).toBe(404);
  });
});

describe('upstreams and services', () => {
  test('G-107 services are listed, each with its routes and its health', async () => {
    const { url } = await startUpstream((_, response) => void response.end());
    const { get } = await start({
      upstreams: { orders: { url }, users: { url } },
      routes: [
        routeOf({ name: 'list', path: '/orders', methods: ['GET'], upstream: 'orders' }),
        routeOf({ name: 'one', path: '/orders/:id', upstream: 'orders' }),
      ],
    });
    expect((await get('/services')).json).toMatchObject([
      {
        id: 'orders',
        status: 'healthy',
        routes: [{ name: 'list', path: '/orders', methods: ['GET'] }, { name: 'one' }],
      },
      { id: 'users', routes: [] },
    ]);
    expect((await get('/services/orders')).json).toMatchObject({ id: 'orders', status: 'healthy' });
    const health = await get('/services/orders/health');
    expect([health.status, health.json]).toMatchObject([
      200,
      { id: 'orders', status: 'healthy', targets: [{ url: expect.stringContaining(url) }] },
    ]);
    for (const path of ['/services/none', '/services/none/health', '/services/__proto__']) {
      expect((await get(path)).status).toBe(404);
    }
  });

  test('G-107 services are also those of this process, and those that get a part of the requests', async () => {
    const { url } = await startUpstream((_, response) => void response.end());
    const routes = [
      routeOf({ name: 'own', path: '/own', handler: 'users.list' }),
      routeOf({
        name: 'part',
        split: [
          { upstream: 'a', weight: 1 },
          { upstream: 'b', weight: 1 },
        ],
      }),
    ];
    const { gateway } = await startGateway(
      { routes, upstreams: { a: { url }, b: { url } }, admin: { port: 0 } },
      { handlers: { 'users.list': () => 'users' } },
    );
    const get = (path: string) => send(gateway.adminUrl + path);
    expect((await get('/services')).json).toMatchObject([
      { id: 'a', routes: [{ name: 'part' }] },
      { id: 'b', routes: [{ name: 'part' }] },
      { id: 'users', status: 'healthy', routes: [{ name: 'own' }] },
    ]);
    const health = await get('/services/users/health');
    expect([health.status, health.json]).toEqual([
      200,
      { id: 'users', status: 'healthy', targets: [] },
    ]);
    expect((await get('/services/list')).status).toBe(404);
  });

  test('are told with their targets', async () => {
    const { url } = await startUpstream((_, response) => void response.end());
    const { get } = await start({
      upstreams: { main: { url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const [main] = (await get('/upstreams')).json as unknown as { targets: { name: string }[] }[];
    expect(main).toMatchObject({
      name: 'main',
      status: 'healthy',
      targets: [{ state: 'up', isHealthy: true }],
    });
    expect((await get('/upstreams/main')).json).toEqual(main);
    expect((await get('/upstreams/none')).status).toBe(404);
    expect((await get('/breakers')).json).toEqual([]);
  });

  test('have their targets taken out of use and back', async () => {
    const [one, other] = await Promise.all([
      startUpstream((_, response) => void response.end('one')),
      startUpstream((_, response) => void response.end('other')),
    ]);
    const { get, put, url } = await start({
      upstreams: { main: { targets: [{ url: one.url }, { url: other.url }] } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const answers = async () =>
      new Set(await Promise.all([1, 2, 3, 4].map(async () => (await send(url)).text)));
    expect(await answers()).toEqual(new Set(['one', 'other']));
    const drained = await put('/upstreams/main/targets', { target: one.url, state: 'drain' });
    expect([drained.status, drained.json]).toMatchObject([200, { status: 'degraded' }]);
    expect(await answers()).toEqual(new Set(['other']));
    await put('/upstreams/main/targets', { target: other.url, state: 'drain' });
    const health = await get('/services/main/health');
    expect([health.status, health.json]).toMatchObject([503, { status: 'unhealthy' }]);
    await put('/upstreams/main/targets', { target: one.url, state: 'up' });
    expect(await answers()).toEqual(new Set(['one']));
  });

  test('show their breakers', async () => {
    const { url } = await startUpstream((_, response) => void response.end());
    const { get } = await start({
      upstreams: { main: { url, breaker: {} }, plain: { url } },
      routes: [
        routeOf({ upstream: 'main' }),
        routeOf({ name: 'b', path: '/b', upstream: 'plain' }),
      ],
    });
    expect((await get('/breakers')).json).toMatchObject([{ upstream: 'main', state: 'closed' }]);
  });

  test('cannot be told of targets that they do not have', async () => {
    const { url } = await startUpstream((_, response) => void response.end());
    const { put } = await start({
      upstreams: { main: { url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const other = { target: 'http://127.0.0.1:1', state: 'drain' };
    expect((await put('/upstreams/main/targets', other)).status).toBe(404);
    expect((await put('/upstreams/none/targets', other)).status).toBe(404);
    expect((await put('/upstreams/main/targets', { target: url, state: 'off' })).status).toBe(422);
    expect((await put('/upstreams/main/targets', { state: 'up' })).status).toBe(422);
  });
});

describe('dictionaries', () => {
  test('are told by their sizes, never by what is in them', async () => {
    const { get, gateway } = await start();
    const { rate_limit: limits } = gateway.dictionaries;
    await limits.set('client:203.0.113.9', 'a-secret-value');
    const answer = await get('/dictionaries');
    const all = answer.json as unknown as Record<string, unknown>[];
    expect(all.map(({ name }) => name)).toEqual(Object.keys(gateway.dictionaries));
    expect(all.find(({ name }) => name === 'rate_limit')).toEqual({
      name: 'rate_limit',
      capacityBytes: limits.capacityBytes,
      freeBytes: await limits.freeBytes(),
      entries: 1,
    });
    expect(answer.text).not.toMatch(/203\.0\.113\.9|a-secret-value/);
  });

  test('are emptied one by one', async () => {
    const { admin, gateway } = await start();
    const { rate_limit: limits, ip_blacklist: bans } = gateway.dictionaries;
    await limits.set('a', 1);
    await bans.set('b', 1);
    const empty = (name: string) => send(`${admin}/dictionaries/${name}`, { method: 'DELETE' });
    expect((await empty('rate_limit')).status).toBe(204);
    expect([await limits.size(), await bans.size()]).toEqual([0, 1]);
    expect((await empty('none')).status).toBe(404);
    expect((await empty('toString')).status).toBe(404);
  });
});

test('a method that a path does not have is refused with those that it has', async () => {
  const { admin } = await start();
  const answer = await send(`${admin}/plugins`, { method: 'DELETE' });
  expect([answer.status, answer.headers.allow]).toMatchObject([
    405,
    expect.stringContaining('GET'),
  ]);
});
