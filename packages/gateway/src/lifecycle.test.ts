/** Tests of the way from the start of a gateway to its end. */
import { fakeClock, type FakeClock } from '@interpose/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ALPHA } from '../test-kit/certificate.ts';
import {
  configOf,
  headOf,
  memoryLogger,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startUpstream,
} from '../test-kit/loopback.ts';
import { openHttp2 } from '../test-kit/secure-client.ts';
import { createGateway } from './gateway.ts';
import type { GatewayConfig } from './gateway-config.ts';

const routes = [routeOf({ respond: { status: 200, body: 'hello' } })];

/** A gateway with one request under way, which is answered when that is said. */
async function busy(more: Partial<GatewayConfig> = {}, clock: FakeClock = fakeClock()) {
  let release = (): void => {};
  let entered = (): void => {};
  const isIn = new Promise<void>((resolve) => (entered = resolve));
  const upstream = await startUpstream((request, response) => {
    if (request.url === '/fast') return void response.end('fast');
    release = () => void response.end('late');
    entered();
  });
  const started = await startGateway(
    {
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
      ...more,
    },
    { clock, newId: () => 'r-1' },
  );
  const request = open(`${started.url}/slow`);
  request.end();
  const answer = headOf(request);
  // What is cut is looked at where it matters.
  answer.catch(() => {});
  await isIn;
  return { ...started, clock, upstream, answer, release: () => release() };
}

describe('a gateway', () => {
  test('is starting, ready, draining and closed', async () => {
    const gateway = createGateway(configOf({ routes }), { logger: memoryLogger() });
    expect(gateway.state).toBe('starting');
    await gateway.listen();
    expect(gateway.state).toBe('ready');
    const closed = gateway.close();
    expect(gateway.state).toBe('draining');
    expect(await closed).toBe(0);
    expect(gateway.state).toBe('closed');
    await gateway.close();
    expect(gateway.state).toBe('closed');
  });

  test('that has never listened can be shut down', async () => {
    const gateway = createGateway(configOf({ routes }), { logger: memoryLogger() });
    expect(await gateway.shutDown()).toBe(0);
    expect(gateway.state).toBe('closed');
  });

  test('that is told to end is not ready any more, but serves for as long as the config says', async () => {
    const clock = fakeClock();
    const shutdown = { preStopDelayMs: 2000 };
    const { gateway, url, port } = await startGateway({ routes, shutdown }, { clock });
    const ended = gateway.shutDown();
    expect(gateway.state).toBe('draining');
    await clock.advance(1999);
    const raw = await sendRaw(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(raw.match(/hello/g)).toHaveLength(2);
    expect(raw.match(/Connection: close/g)).toHaveLength(1);
    await clock.advance(1);
    expect(await ended).toBe(0);
    await expect(send(url)).rejects.toThrow();
    expect(clock.pending).toBe(0);
  });

  test('waits 5 seconds if nothing else is said', async () => {
    const clock = fakeClock();
    const { gateway, url } = await startGateway({ routes }, { clock });
    const ended = gateway.shutDown();
    await clock.advance(4999);
    expect((await send(url)).status).toBe(200);
    await clock.advance(1);
    expect(await ended).toBe(0);
  });

  test('that is closed meanwhile waits no longer', async () => {
    const clock = fakeClock();
    const { gateway } = await startGateway({ routes }, { clock });
    const ended = gateway.shutDown();
    await gateway.close({ graceMs: 0 });
    expect(await ended).toBe(0);
    expect(gateway.state).toBe('closed');
    expect(clock.pending).toBe(0);
  });

  test('lets a request under way end, whose answer closes the connection', async () => {
    const { gateway, answer, release, port } = await busy();
    const ended = gateway.shutDown({ preStopDelayMs: 0 });
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
    release();
    const head = await answer;
    head.resume();
    expect(head.headers.connection).toBe('close');
    expect(await ended).toBe(0);
  });

  test('cuts what has not ended in time, and says what it was', async () => {
    const { gateway, answer, clock, logger } = await busy({
      shutdown: { preStopDelayMs: 0, graceMs: 3000 },
    });
    const ended = gateway.shutDown();
    await clock.advance(2999);
    expect(logger.messages('warn')).toEqual([]);
    await clock.advance(1);
    expect(await ended).toBe(1);
    await expect(answer).rejects.toThrow(/hang up|closed without/);
    expect(logger.entries.filter(({ level }) => level === 'warn')).toContainEqual({
      level: 'warn',
      message: 'Cut 1 requests that had not ended within 3000 ms',
      requests: [{ method: 'GET', path: '/slow', route: 'all', requestId: 'r-1', ms: 3000 }],
    });
  });

  test('that is told twice ends at once, and says what it cut', async () => {
    const { gateway, answer, logger } = await busy();
    const ended = gateway.shutDown({ preStopDelayMs: 0 });
    await gateway.close({ graceMs: 0 });
    expect(await ended).toBe(1);
    await expect(answer).rejects.toThrow();
    expect(logger.messages('warn')).toContain('Cut 1 requests that had not ended within 0 ms');
  });

  test('tells clients of HTTP/2 that it goes', async () => {
    const clock = fakeClock();
    const tls = { certificates: [ALPHA] };
    const { gateway } = await startGateway(
      { routes, listeners: [{ host: '127.0.0.1', port: 0, tls }] },
      { clock },
    );
    const session = openHttp2(gateway.addresses[0]?.url ?? '');
    await once(session, 'remoteSettings');
    const goaway = once(session, 'goaway');
    const ended = gateway.shutDown({ preStopDelayMs: 0 });
    expect((await goaway)[0]).toBe(0);
    expect(await ended).toBe(0);
  });

  test('takes a config while it drains, and opens nothing for it afterwards', async () => {
    const clock = fakeClock();
    const { gateway, url } = await startGateway({ routes }, { clock });
    const ended = gateway.shutDown();
    await gateway.reload(
      configOf({ routes: [routeOf({ respond: { status: 200, body: 'new' } })] }),
    );
    expect((await send(url)).text).toBe('new');
    expect(gateway.state).toBe('draining');
    await clock.advance(5000);
    expect(await ended).toBe(0);
    expect(gateway.addresses).toEqual([]);
  });

  test('refuses times that are none', async () => {
    const gateway = createGateway(configOf({ routes }), { logger: memoryLogger() });
    await expect(gateway.shutDown({ preStopDelayMs: -1 })).rejects.toThrow('preStopDelayMs');
    await expect(gateway.shutDown({ graceMs: Number.NaN })).rejects.toThrow('graceMs');
    await gateway.close();
  });
});
