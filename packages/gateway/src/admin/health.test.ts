/** Tests of what the gateway tells of its health, to everybody and to those who may ask. */
import { describe, expect, test } from 'vitest';
import {
  memoryLogger,
  routeOf,
  send,
  startGateway,
  startUpstream,
  configOf,
} from '../../test-kit/loopback.ts';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { createGateway, type GatewayOptions } from '../gateway.ts';
import { systemClock } from '@interpose/kernel/clock';

const routes = [routeOf({ respond: { status: 200, body: 'route' } })];
const TOKEN = 'a-token-of-the-tests';
const AUTH = { authorization: `Bearer ${TOKEN}` };

function start(config: Partial<GatewayConfig> = {}, options: GatewayOptions = {}) {
  return startGateway({ routes, ...config }, options);
}

describe('the health that everybody may ask for', () => {
  test('G-160 is told at the path that the config names, with what everybody may know', async () => {
    const { url, logger } = await start({ health: {} });
    const answer = await send(`${url}/health`);
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      version: '1.0.0',
      system: { memory: { rss: expect.any(Number), heapUsed: expect.any(Number) }, connections: 1 },
      performance: { request_time: expect.any(Number) },
    });
    expect(logger.messages('error')).toEqual([]);
  });

  test('is only there if the config says so, and only for those who read', async () => {
    const without = await start();
    expect((await send(`${without.url}/health`)).text).toBe('route');
    const { url, gateway } = await start({ health: { path: '/healthz', version: '2.3.4' } });
    expect((await send(`${url}/healthz`)).json).toMatchObject({ version: '2.3.4' });
    expect((await send(`${url}/health`)).text).toBe('route');
    expect((await send(`${url}/healthz/`)).text).toBe('route');
    expect((await send(`${url}/healthz`, { method: 'POST' })).text).toBe('route');
    const head = await send(`${url}/healthz`, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await send(`${url}/healthz?probe=1`)).json).toMatchObject({ status: 'healthy' });
    expect(gateway.statistics.routes.get('(health)')?.requests).toBe(3);
  });

  test('needs no key, where all else does', async () => {
    const plugins = [{ name: 'key-auth', options: { keys: { alice: 'the-key-of-alice' } } }];
    const { url } = await start({ health: {}, plugins });
    expect((await send(url)).status).toBe(401);
    expect((await send(`${url}/health`)).status).toBe(200);
  });

  test('is bad while the gateway drains, though it still serves', async () => {
    const { url, gateway } = await start({ health: {}, admin: { port: 0 } });
    const admin = gateway.adminUrl as string;
    const closing = gateway.shutDown({ preStopDelayMs: 60_000, graceMs: 0 });
    expect(gateway.state).toBe('draining');
    const answer = await send(`${url}/health`);
    expect([answer.status, answer.json]).toMatchObject([503, { status: 'draining' }]);
    expect((await send(`${admin}/health`)).status).toBe(503);
    expect((await send(url)).text).toBe('route');
    await gateway.close({ graceMs: 0 });
    await closing;
  });

  test('follows the config', async () => {
    const { url, gateway } = await start({ health: {} });
    await gateway.reload({ ...gateway.config, health: { path: '/alive' } });
    expect((await send(`${url}/health`)).text).toBe('route');
    expect((await send(`${url}/alive`)).json).toMatchObject({ status: 'healthy' });
  });

  test('cannot be at a path that nobody could ask for', () => {
    for (const path of ['health', '/a/../b', '/a?b', '/a/*', '/:id', '']) {
      const config = configOf({ routes, health: { path } });
      expect(() => createGateway(config, { logger: memoryLogger() })).toThrow(
        'a path in normal form',
      );
    }
  });
});

describe('the details', () => {
  test('G-161 are guarded, and have workers and dictionaries, of which only the sizes', async () => {
    const { url: target } = await startUpstream((_, response) => void response.end());
    const { gateway } = await start(
      {
        admin: { port: 0, token: TOKEN },
        upstreams: { main: { url: target } },
        routes: [routeOf({ upstream: 'main' })],
      },
      { workerId: '7' },
    );
    const url = `${gateway.adminUrl}/health/details`;
    expect((await send(url)).status).toBe(401);
    await gateway.dictionaries.ip_blacklist.set('ban:203.0.113.9', true);
    const { status, json, text } = await send(url, { headers: AUTH });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'healthy',
      workers: [{ id: '7', startedAtMs: expect.any(Number), lastSeenMs: expect.any(Number) }],
      dictionaries: [{ name: 'stats' }, {}, {}, {}, { name: 'ip_blacklist', entries: 1 }, {}],
      upstreams: [{ name: 'main', status: 'healthy' }],
    });
    expect(text).not.toContain('203.0.113.9');
  });

  test('G-161 say with a 500 that they cannot be told', async () => {
    const dictionaries = memoryDictionaries(systemClock);
    const { gateway, logger } = await start({ admin: { port: 0 } }, { dictionaries });
    dictionaries.stats.keys = () => Promise.reject(new Error('the store is gone'));
    const { status, json } = await send(`${gateway.adminUrl}/health/details`);
    expect([status, json]).toEqual([500, { status: 'error', error: 'the store is gone' }]);
    expect(logger.messages('error')).toEqual(['The health could not be told: the store is gone']);
  });
});
