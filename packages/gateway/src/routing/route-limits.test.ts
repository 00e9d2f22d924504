/** Tests of how long requests of a route may take, and how large they may be. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { RouteConfig } from '../index.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function startWith(route: Partial<RouteConfig>, listener: Listener) {
  const clock = fakeClock();
  const upstream = await startUpstream(listener);
  const started = await startGateway(
    {
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main', ...route })],
    },
    { clock },
  );
  return { ...started, clock, upstream };
}

describe('a time limit', () => {
  test('ends with a 504, and the upstream is let go', async () => {
    let arrived = (_request: IncomingMessage): void => {};
    const asked = new Promise<IncomingMessage>((resolve) => (arrived = resolve));
    const { url, clock, logger, ended } = await startWith({ timeoutMs: 500 }, (request) =>
      arrived(request),
    );
    const sent = open(url);
    sent.end();
    const closed = once((await asked).socket, 'close');
    const answered = headOf(sent);
    await clock.advance(499);
    expect((await asked).socket.destroyed).toBe(false);
    await clock.advance(1);
    const response = await answered;
    expect(response.statusCode).toBe(504);
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
    expect(body).toMatchObject({
      code: 'ROUTE_TIMEOUT',
      detail: 'The answer took longer than 500 ms',
    });
    await closed;
    await ended();
    expect(logger.messages('warn')).toEqual([
      expect.stringContaining('The answer took longer than 500 ms'),
    ]);
  });

  test('cuts an answer that has begun, as nothing else would be true', async () => {
    const { url, clock, ended, logger } = await startWith({ timeoutMs: 500 }, (_, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('half ');
    });
    const sent = open(url);
    sent.end();
    const response = await headOf(sent);
    await once(response, 'data');
    const cut = once(response, 'error');
    await clock.advance(500);
    await cut;
    await ended();
    expect(logger.messages('warn')).toEqual([expect.stringContaining('cut short')]);
  });

  test('is over with the request, and leaves no timer', async () => {
    const { url, clock, ended } = await startWith({ timeoutMs: 500 }, (_, response) =>
      response.end('fine'),
    );
    await send(url);
    await ended();
    // Connections that are kept have timers of their own.
    const kept = clock.pending;
    expect((await send(url)).text).toBe('fine');
    await ended();
    expect(clock.pending).toBe(kept);
    await clock.advance(500);
    expect((await send(url)).text).toBe('fine');
  });

  test('counts what plugins take before, and does not wait for one that hangs in content', async () => {
    const { url, clock, gateway } = await startWith({ timeoutMs: 500 }, (_, response) =>
      response.end('fine'),
    );
    let go = (): void => {};
    let inAccess = (): void => {};
    const reached = new Promise<void>((resolve) => (inAccess = resolve));
    gateway.registry.add(
      {
        access: {
          handle: () => {
            inAccess();
            return new Promise<void>((resolve) => (go = resolve));
          },
        },
      },
      { name: 'slow' },
    );
    const late = send(url);
    await reached;
    await clock.advance(600);
    go();
    expect((await late).status).toBe(504);

    gateway.registry.remove('slow');
    let inContent = (): void => {};
    const working = new Promise<void>((resolve) => (inContent = resolve));
    gateway.registry.add(
      {
        content: {
          handle: () => {
            inContent();
            return new Promise<void>(() => {});
          },
        },
      },
      { name: 'hung' },
    );
    const hung = send(url);
    await working;
    await clock.advance(500);
    expect((await hung).status).toBe(504);
  });

  test('tells a client that leaves from time that is up', async () => {
    let arrived = (_request: IncomingMessage): void => {};
    const asked = new Promise<IncomingMessage>((resolve) => (arrived = resolve));
    const statuses: unknown[] = [];
    const { url: target } = await startUpstream((request) => arrived(request));
    const routes = [routeOf({ upstream: 'main', timeoutMs: 60_000 })];
    const { url, gateway, ended } = await startGateway({
      upstreams: { main: { url: target } },
      routes,
    });
    gateway.registry.add(
      { log: { handle: (ctx) => void statuses.push(ctx.outcome?.status) } },
      { name: 'see' },
    );
    const sent = open(url);
    sent.end();
    const { socket } = await asked;
    const closed = once(socket, 'close');
    sent.destroy();
    await closed;
    await ended();
    expect(statuses).toEqual([499]);
  });

  test('of nothing keeps the gateway from starting', async () => {
    await expect(startWith({ timeoutMs: 0 }, (_, response) => response.end())).rejects.toThrow(
      'timeoutMs',
    );
  });
});

describe('a limit of the body', () => {
  async function startLimited() {
    const bodies: string[] = [];
    const started = await startWith({ maxBodyBytes: 4 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(Buffer.concat(chunks).toString());
        response.end('fine');
      });
    });
    return { ...started, bodies };
  }

  test('refuses what says that it is larger before it is read, and before any plugin', async () => {
    const { url, port, gateway, bodies } = await startLimited();
    const seen: string[] = [];
    gateway.registry.add(
      { access: { priority: -1000, handle: () => void seen.push('access') } },
      { name: 'early' },
    );
    const answer = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect([seen, bodies]).toEqual([[], []]);
    expect((await send(url, { method: 'POST', body: '1234' })).text).toBe('fine');
    expect((await send(url)).text).toBe('fine');
    expect([seen, bodies]).toEqual([
      ['access', 'access'],
      ['1234', ''],
    ]);
  });

  test('cuts what does not say how large it is where it becomes too large', async () => {
    const { port, bodies } = await startLimited();
    const answer = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(bodies).toEqual([]);
  });
});
