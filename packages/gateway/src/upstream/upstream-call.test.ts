/** Tests of requests that go wrong in ways of their own: old and new protocols, reloads in between, plugins that interfere. */
import type { HttpResponse } from '@interpose/http';
import { repeats } from '@interpose/kernel';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  configOf,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startProxied,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { GatewayContext } from '../index.ts';
import { upstreamOf } from '../../test-kit/upstream-of.ts';

/** An upstream that hangs up on the first request of each connection that it is told to, and counts. */
async function startFlaky(failures: number) {
  const seen: string[] = [];
  let left = failures;
  const { url } = await startUpstream((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(`${request.method} ${Buffer.concat(chunks).toString()}`);
      if (left-- > 0) request.socket.destroy();
      else response.end('fine');
    });
  });
  return { url, seen };
}

describe('what is sent again', () => {
  test('comes also from a client of long ago', async () => {
    const { url, seen } = await startFlaky(1);
    const { port } = await startGateway({
      upstreams: { main: { url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    expect(await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/200 OK[^]*fine$/);
    expect(seen).toEqual(['GET ', 'GET ']);
  });

  test('comes also by HTTP/2, with its body', async () => {
    const { url, seen } = await startFlaky(1);
    const { port } = await startGateway({
      listeners: [{ host: '127.0.0.1', port: 0, h2c: true }],
      upstreams: { main: { url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => {});
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ':method': 'PUT',
      ':path': '/',
      'content-length': '5',
    });
    stream.end('hello');
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    expect(headers[':status']).toBe(200);
    expect(seen).toEqual(['PUT hello', 'PUT hello']);
  });

  test('without a body has none', async () => {
    const { url: target, seen } = await startFlaky(1);
    const { url } = await startGateway({
      upstreams: { main: { url: target } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const answer = await send(url, { method: 'PUT', headers: { 'Content-Length': '0' } });
    expect([answer.status, seen]).toEqual([200, ['PUT ', 'PUT ']]);
  });

  test('is asked for only once of a client that waits to be asked', async () => {
    const { url, seen } = await startFlaky(1);
    const { port } = await startGateway({
      upstreams: { main: { url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const client = connect(port, '127.0.0.1');
    client.write(
      'PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
    );
    let answer = String((await once(client, 'data'))[0]);
    client.on('data', (chunk) => (answer += String(chunk)));
    client.write('hello');
    await once(client, 'close');
    expect(answer).toContain('200 OK');
    expect(answer.match(/100 Continue/g)).toHaveLength(1);
    expect(seen).toEqual(['PUT hello', 'PUT hello']);
  });

  test('goes to its upstream also if a reload has put another one in its place meanwhile', async () => {
    const { url: target, seen } = await startFlaky(1);
    const other = await startFlaky(0);
    const routes = [routeOf({ upstream: 'main' })];
    const { url, gateway } = await startGateway({ upstreams: { main: { url: target } }, routes });
    const answer = send(url);
    while (upstreamOf({ gateway }).status().targets[0]?.failures !== 1) {
      await new Promise(setImmediate);
    }
    await gateway.reload(configOf({ upstreams: { main: { url: other.url } }, routes }));
    expect((await answer).text).toBe('fine');
    expect([seen.length, other.seen.length]).toEqual([2, 0]);
  });
});

test('how often a request was sent, and where to, is known when it is logged', async () => {
  const { url: target } = await startFlaky(1);
  const { url, gateway, ended } = await startGateway({
    upstreams: { main: { url: target } },
    routes: [
      routeOf({ upstream: 'main' }),
      routeOf({ name: 'fixed', path: '/fixed', respond: { status: 204 } }),
    ],
  });
  const logged: unknown[] = [];
  gateway.registry.add(
    {
      log: {
        handle: ({ upstream }) =>
          void logged.push(upstream && [upstream.name, upstream.target, upstream.attempts]),
      },
    },
    { name: 'look' },
  );
  await send(url);
  await ended();
  await send(`${url}/fixed`);
  await ended();
  expect(logged).toEqual([['main', target, 2], undefined]);
});

test('a content that is run again asks again, and what it was answered first is dropped', async () => {
  let requests = 0;
  const { url, gateway } = await startProxied(
    (_request, response) => void response.end(`answer ${++requests}`),
    {},
    {
      onion: [
        repeats<GatewayContext, HttpResponse>(async (_ctx, next) => {
          await next();
          return await next();
        }),
      ],
    },
  );
  expect((await send(url)).text).toBe('answer 2');
  const inFlight = (): number | undefined => upstreamOf({ gateway }).status().targets[0]?.inFlight;
  while (inFlight() !== 0) await new Promise(setImmediate);
  expect(inFlight()).toBe(0);
});

test('a plugin that puts another answer in the place of the one that is coming has that one ended', async () => {
  const { url, gateway, upstream } = await startProxied((_request, response) => {
    response.write('x'.repeat(100_000));
  });
  gateway.registry.add({ headerFilter: { handle: (ctx) => ctx.exit(403, 'no') } }, { name: 'no' });
  const answer = await send(url);
  expect([answer.status, answer.text]).toEqual([403, 'no']);
  const inFlight = (): number | undefined => upstreamOf({ gateway }).status().targets[0]?.inFlight;
  while (inFlight() !== 0 || upstream.sockets.size > 0) await new Promise(setImmediate);
  expect(inFlight()).toBe(0);
});

test('clients that leave at any moment leave nothing open', async () => {
  const { port, gateway, upstream } = await startProxied((request, response) => {
    request.resume();
    setImmediate(() => response.write('x'));
  });
  await Promise.all(
    Array.from({ length: 300 }, async (_, at) => {
      const client = connect(port, '127.0.0.1');
      client.on('error', () => {});
      client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab');
      for (let turn = 0; turn < at % 12; turn++) await new Promise(setImmediate);
      client.resetAndDestroy();
    }),
  );
  const inFlight = (): number | undefined => upstreamOf({ gateway }).status().targets[0]?.inFlight;
  while (inFlight() !== 0 || upstream.sockets.size > 0) await new Promise(setImmediate);
  expect(inFlight()).toBe(0);
});
