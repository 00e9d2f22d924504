/** Tests of copies of requests, on real sockets. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  open,
  headOf,
  routeOf,
  send,
  startGateway,
  startUpstream,
  type Started,
  type Upstream,
} from '../../test-kit/loopback.ts';
import type { HttpResponse } from '@interpose/http';
import type { GatewayConfig, GatewayContext, GatewayOptions, RouteConfig } from '../index.ts';
import type { MirrorConfig } from './mirror-config.ts';
import type { MirrorStats } from './mirror.ts';

/** The rest of what answers, which can be run again. */
type Again = (ctx?: GatewayContext) => Promise<HttpResponse>;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Mirrored extends Started {
  readonly config: GatewayConfig;
  readonly shadow: Upstream;
  /** What the upstream and its shadow were asked. */
  readonly real: Seen[];
  readonly copies: Seen[];
  readonly stats: () => MirrorStats | undefined;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const fine: Listener = (_request, response) => response.end('fine');

function recording(seen: Seen[], answer: Listener): Listener {
  return (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  };
}

async function startMirrored(
  mirror: Partial<MirrorConfig> = {},
  {
    answer = fine,
    shadowAnswer = fine,
    route = {},
    options = {},
  }: {
    readonly answer?: Listener;
    readonly shadowAnswer?: Listener;
    readonly route?: object;
    readonly options?: GatewayOptions;
  } = {},
): Promise<Mirrored> {
  const [real, copies]: [Seen[], Seen[]] = [[], []];
  const upstream = await startUpstream(recording(real, answer));
  const shadow = await startUpstream(recording(copies, shadowAnswer));
  const config = {
    listen: { host: '127.0.0.1', port: 0 },
    plugins: [],
    upstreams: { main: { url: upstream.url }, shadow: { url: shadow.url } },
    routes: [routeOf({ upstream: 'main', mirror: { upstream: 'shadow', ...mirror }, ...route })],
  };
  const started = await startGateway(config, options);
  return {
    ...started,
    config,
    shadow,
    real,
    copies,
    stats: () => started.gateway.mirrors.get('all'),
  };
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};
const settled = ({ stats }: Mirrored): Promise<void> => until(() => stats()?.active === 0);

describe('a mirror', () => {
  test('gets a copy of each request, with its body and a header that says so', async () => {
    const all = await startMirrored({}, { route: { path: '/a/*', stripPrefix: '/a' } });
    await send(`${all.url}/a/x?y=1`, { headers: { 'X-Mine': 'z' } });
    await send(`${all.url}/a/p`, {
      method: 'POST',
      body: 'hello',
      headers: { 'Content-Length': '5' },
    });
    const chunked = open(`${all.url}/a/c`, { method: 'PUT' });
    chunked.write('one ');
    chunked.end('two');
    await headOf(chunked);
    await until(() => all.copies.length === 3);
    await settled(all);
    const told = ({ method, url, body }: Seen): unknown[] => [method, url, body];
    expect(all.copies.map(told)).toEqual([
      ['GET', '/x?y=1', ''],
      ['POST', '/p', 'hello'],
      ['PUT', '/c', 'one two'],
    ]);
    expect(all.real.map(told)).toEqual(all.copies.map(told));
    expect(all.copies[0]?.headers).toMatchObject({ 'x-mirrored': 'true', 'x-mine': 'z' });
    expect(all.real[0]?.headers['x-mirrored']).toBeUndefined();
    expect(all.copies[0]?.headers['x-request-id']).toBe(all.real[0]?.headers['x-request-id']);
    expect(all.stats()).toEqual({ copied: 3, failed: 0, skipped: 0, active: 0 });
  });

  test('is not waited for, and what it answers is dropped', async () => {
    const all = await startMirrored(
      {},
      { shadowAnswer: (_request, response) => void response.writeHead(418).write('never ends') },
    );
    const answer = await send(all.url);
    expect([answer.status, answer.text]).toEqual([200, 'fine']);
    await until(() => all.copies.length === 1);
    expect(all.stats()).toMatchObject({ copied: 1, active: 1 });
  });

  test('that cannot be reached, fails or breaks off harms nobody, and is counted', async () => {
    const all = await startMirrored(
      {},
      {
        shadowAnswer: ({ url }, response) => {
          if (url === '/500') response.writeHead(500).end('no');
          else if (url === '/reset') response.destroy();
          else response.write('half', () => response.destroy());
        },
      },
    );
    for (const path of ['/500', '/reset', '/half']) {
      expect((await send(all.url + path)).text).toBe('fine');
    }
    await until(() => all.stats()?.failed === 3);
    all.shadow.server.close();
    for (const socket of all.shadow.sockets) socket.destroy();
    expect((await send(all.url)).text).toBe('fine');
    await until(() => all.stats()?.failed === 4);
    expect(all.stats()).toEqual({ copied: 4, failed: 4, skipped: 0, active: 0 });
    // Not even what could be sent again is.
    expect(all.copies.map(({ url }) => url)).toEqual(['/500', '/reset', '/half']);
    expect(all.logger.messages('warn').concat(all.logger.messages('error'))).toEqual([]);
  });

  test('gets no copy of a body that is larger than it may be, whether or not that is known before', async () => {
    const all = await startMirrored({ maxBodyBytes: 5 });
    await send(all.url, { method: 'POST', body: '12345', headers: { 'Content-Length': '5' } });
    await send(all.url, { method: 'POST', body: '123456', headers: { 'Content-Length': '6' } });
    const chunked = open(all.url, { method: 'POST' });
    chunked.write('123');
    chunked.end('456');
    await headOf(chunked);
    await settled(all);
    await until(() => all.copies.length === 1);
    expect(all.real.map(({ body }) => body)).toEqual(['12345', '123456', '123456']);
    expect(all.stats()).toMatchObject({ copied: 1, skipped: 2 });
  });

  test('gets no copy of an upload that does not become whole', async () => {
    const all = await startMirrored();
    const request = open(all.url, { method: 'POST', headers: { 'Content-Length': '10' } });
    request.write('half', () => request.destroy());
    await until(() => all.stats()?.skipped === 1);
    expect(all.stats()).toEqual({ copied: 0, failed: 0, skipped: 1, active: 0 });
  });

  test('gets only so many of a hundred, and only of these methods', async () => {
    let numbers: number[] = [];
    const all = await startMirrored(
      { percent: 25, methods: ['GET'] },
      { options: { random: () => numbers.shift() ?? 0.9 } },
    );
    numbers = [0.1, 0.25, 0.2, 0.9, 0.24, 0];
    for (let n = 0; n < 5; n++) await send(`${all.url}/${n}`);
    await send(`${all.url}/post`, { method: 'DELETE' });
    await until(() => all.stats()?.copied === 3);
    await settled(all);
    expect(new Set(all.copies.map(({ url }) => url))).toEqual(new Set(['/0', '/2', '/4']));
    expect(all.copies).toHaveLength(3);
  });

  test('has only so many at once; what is beyond is not copied', async () => {
    const all = await startMirrored({ maxConcurrent: 2 }, { shadowAnswer: () => {} });
    for (let n = 0; n < 5; n++) expect((await send(`${all.url}/${n}`)).status).toBe(200);
    await until(() => all.copies.length === 2);
    expect(all.stats()).toMatchObject({ copied: 2, skipped: 3, active: 2 });
    expect(all.real).toHaveLength(5);
  });

  test('gets one copy, however often the content runs', async () => {
    let runs = 0;
    const all = await startMirrored(
      {},
      {
        answer: (_request, response) => response.writeHead(runs++ ? 200 : 503).end(),
        options: {
          onion: [
            async (ctx: GatewayContext, next: Again) => {
              const first = await next();
              return first.status === 503 ? next(ctx) : first;
            },
          ].map((middleware) => Object.assign(middleware, { repeats: true })) as never,
        },
      },
    );
    await send(all.url);
    await settled(all);
    expect(all.copies).toHaveLength(1);
  });

  test('is not asked where access has refused, nor for a route without one', async () => {
    const all = await startMirrored();
    all.gateway.registry.add(
      { access: { handle: (ctx) => ctx.path !== '/no' } },
      { name: 'guard' },
    );
    expect((await send(`${all.url}/no`)).status).toBe(403);
    expect(all.stats()?.copied).toBe(0);
    await all.gateway.reload({ ...all.config, routes: [routeOf({ upstream: 'main' })] });
    await send(all.url);
    expect(all.gateway.mirrors.size).toBe(0);
    expect(all.copies).toEqual([]);
  });

  test('keeps its figures through a reload that leaves it as it is', async () => {
    const all = await startMirrored();
    await send(all.url);
    await settled(all);
    await all.gateway.reload({ ...all.config, plugins: [{ name: 'request-id', options: {} }] });
    expect(all.stats()?.copied).toBe(1);
    const [route] = all.config.routes;
    await all.gateway.reload({
      ...all.config,
      routes: [{ ...(route as RouteConfig), mirror: { upstream: 'shadow', percent: 0 } }],
    });
    expect(all.stats()?.copied).toBe(0);
    await send(all.url);
    expect(all.stats()).toEqual({ copied: 0, failed: 0, skipped: 0, active: 0 });
  });

  test.each([
    [{ upstream: 'nobody' }, /upstream of route "all" "nobody"|Unknown upstream/],
    [{ percent: 101 }, /`percent` to be a number from 0 to 100/],
    [{ maxBodyBytes: -1 }, /`maxBodyBytes` to be a whole number/],
    [{ maxConcurrent: 0 }, /`maxConcurrent` to be a whole number/],
    [{ precent: 1 }, /Unknown option `precent`/],
  ])('that is told %j is refused with the config', async (mirror, message) => {
    await expect(startMirrored(mirror as object)).rejects.toThrow(message);
  });
});
