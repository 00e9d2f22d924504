/** Tests of proxyTo, on real sockets at both ends. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { fakeClock } from '@interpose/testing';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { compress } from '../middleware/compress.ts';
import { conditionalRequests } from '../middleware/conditional-requests.ts';
import { timeout } from '../middleware/timeout.ts';
import { trustedProxies } from '../middleware/trusted-proxies.ts';
import type { ServeOptions } from '../app-server.ts';
import { proxyTo, type ProxyToOptions } from './proxy-to.ts';

/** A server to stand behind the proxy. */
async function startUpstream(listener: RequestListener) {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, server, sockets, connections: () => connections };
}

/** One that says what it likes, HTTP or not. */
async function startBare(onConnection: (socket: Socket) => void) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    onConnection(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** An app that sends everything on. */
async function startProxy(
  url: string,
  options: ProxyToOptions = {},
  {
    use = [],
    serve = {},
  }: { use?: Parameters<ReturnType<typeof createApp>['use']>[0][]; serve?: ServeOptions } = {},
) {
  const proxy = proxyTo(url, options);
  const errors: unknown[] = [];
  const app = createApp({ onError: (error) => void errors.push(error) });
  for (const middleware of use) app.use(middleware);
  app.all('/*', proxy);
  const server = await app.serve(serve);
  onTestFinished(async () => {
    await proxy.close({ graceMs: 0 });
    await server.close({ graceMs: 0 });
  });
  return { app, server, proxy, errors, url: server.url, port: server.port };
}

/** Tells what it was sent. */
const telling: RequestListener = (incoming, response) => {
  const chunks: Uint8Array[] = [];
  incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  incoming.on('end', () => {
    const { method, url, headers } = incoming;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

interface Told {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const toldBy = async (answer: Response): Promise<Told> => (await answer.json()) as Told;

describe('a request', () => {
  test('arrives with its method, path, query, headers and body, and so does the answer', async () => {
    const upstream = await startUpstream((incoming, response) => {
      if (incoming.url === '/told/x%20y?a=1&b=%202') return telling(incoming, response);
      response.writeHead(201, [
        'X-Two',
        '1',
        'X-Two',
        '2',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
      ]);
      incoming.pipe(response);
    });
    const { url } = await startProxy(upstream.url);
    const told = await toldBy(
      await fetch(`${url}/told/x%20y?a=1&b=%202`, {
        method: 'PATCH',
        headers: { 'X-A': 'b' },
        body: 'hello',
      }),
    );
    expect(told).toMatchObject({ method: 'PATCH', url: '/told/x%20y?a=1&b=%202', body: 'hello' });
    expect(told.headers).toMatchObject({ 'x-a': 'b', 'content-length': '5' });
    const answer = await fetch(`${url}/echo`, { method: 'POST', body: 'hello' });
    expect([answer.status, answer.headers.get('x-two'), await answer.text()]).toEqual([
      201,
      '1, 2',
      'hello',
    ]);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('goes on below the path of the origin, without a prefix', async () => {
    const upstream = await startUpstream(telling);
    const { url } = await startProxy(`${upstream.url}/base/`, { stripPrefix: '/api/' });
    const urlOf = async (path: string): Promise<string> =>
      (await toldBy(await fetch(url + path))).url;
    expect(await urlOf('/api')).toBe('/base/');
    expect(await urlOf('/api/a/b?q')).toBe('/base/a/b?q');
    expect(await urlOf('/apix')).toBe('/base/apix');
    expect(await urlOf('/api/%2e%2e/y')).toBe('/base/y');
    const whole = await startProxy(upstream.url);
    expect((await toldBy(await fetch(`${whole.url}//evil.example/x`))).url).toBe('/evil.example/x');
  });

  test('says for whom it is sent on, whatever the client says', async () => {
    const upstream = await startUpstream(telling);
    const { url, port } = await startProxy(upstream.url, {
      stripPrefix: '/api',
      forwarded: 'both',
    });
    const { headers } = await toldBy(
      await fetch(`${url}/api/x`, {
        headers: {
          Forwarded: 'for=6.6.6.6',
          'X-Forwarded-For': '6.6.6.6',
          'X-Forwarded-Proto': 'https',
          'X-Forwarded-Host': 'evil',
          'X-Forwarded-Port': '666',
          'X-Real-IP': '6.6.6.6',
          x_forwarded_for: '6.6.6.6',
        },
      }),
    );
    expect(headers).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${port}`,
      'x-forwarded-prefix': '/api',
      forwarded: `for=127.0.0.1;proto=http;host="127.0.0.1:${port}"`,
    });
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil|666"/);
  });

  test('says what trusted proxies have said of the client', async () => {
    const upstream = await startUpstream(telling);
    const { url } = await startProxy(
      upstream.url,
      { forwarded: 'both' },
      { use: [trustedProxies({ proxies: ['loopback'] })] },
    );
    const { headers } = await toldBy(
      await fetch(url, {
        headers: { 'X-Forwarded-For': '6.6.6.6, 2001:db8::1', 'X-Forwarded-Proto': 'https' },
      }),
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '2001:db8::1',
      'x-forwarded-proto': 'https',
    });
    expect(headers['forwarded']).toMatch(/^for="\[2001:db8::1\]";proto=https;host=/);
  });

  test('can say nothing of it, and another host', async () => {
    const upstream = await startUpstream(telling);
    const quiet = await startProxy(upstream.url, { forwarded: 'none', host: 'shop.example' });
    const { headers } = await toldBy(await fetch(quiet.url));
    expect(headers['host']).toBe('shop.example');
    expect(Object.keys(headers).filter((name) => /forwarded/.test(name))).toEqual([]);
    const client = await startProxy(upstream.url, { host: 'client' });
    const told = await toldBy(await fetch(client.url));
    expect(told.headers['host']).toBe(`127.0.0.1:${client.port}`);
  });

  test('leaves the headers of one connection behind, both ways', async () => {
    let seen: IncomingMessage | undefined;
    const upstream = await startUpstream((incoming, response) => {
      seen = incoming;
      response.writeHead(200, {
        Connection: 'close, X-Back',
        'X-Back': '1',
        'Keep-Alive': 'timeout=1',
        'Proxy-Authenticate': 'Basic',
        'X-End': '2',
      });
      response.end('x');
    });
    const { port } = await startProxy(upstream.url);
    const client = connect(port, '127.0.0.1');
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-Kept: 2\r\n\r\n',
    );
    const received = Buffer.concat(await client.toArray()).toString();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toMatch(/X-End: 2/);
    expect(received).not.toMatch(/X-Back|timeout=1|Proxy-Authenticate/);
    expect(seen?.headers).toMatchObject({ 'x-kept': '2' });
    for (const name of ['x-hop', 'te', 'proxy-authorization', 'upgrade', 'http2-settings']) {
      expect(seen?.headers[name]).toBeUndefined();
    }
  });

  test('and its answer can be changed on the way', async () => {
    const upstream = await startUpstream((incoming, response) => {
      response.setHeader('X-Secret', '1');
      telling(incoming, response);
    });
    const { url } = await startProxy(upstream.url, {
      requestHeaders: (headers, ctx) => headers.set('X-Path', ctx.path),
      responseHeaders: (headers) => headers.delete('X-Secret'),
    });
    const answer = await fetch(`${url}/a`);
    expect(answer.headers.get('x-secret')).toBeNull();
    expect((await toldBy(answer)).headers['x-path']).toBe('/a');
  });

  test('whose headers somebody fails to change is a 500, and the upstream is let go', async () => {
    const upstream = await startUpstream((_incoming, response) => response.end('fine'));
    const boom = (): never => {
      throw new Error('broken');
    };
    const before = await startProxy(upstream.url, { requestHeaders: boom });
    expect((await fetch(before.url)).status).toBe(500);
    expect(upstream.connections()).toBe(0);
    const after = await startProxy(upstream.url, { responseHeaders: boom });
    expect((await fetch(after.url)).status).toBe(500);
    while (after.proxy.pool.stats().inFlight) await new Promise(setImmediate);
    expect(after.proxy.pool.stats().inFlight).toBe(0);
  });

  test('asks once whether its body is wanted, and only here', async () => {
    const upstream = await startUpstream(telling);
    const { url } = await startProxy(upstream.url);
    const sent = request(url, { method: 'POST', headers: { expect: '100-continue' } });
    sent.flushHeaders();
    await once(sent, 'continue');
    sent.end('hello');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const told = JSON.parse(Buffer.concat(await response.toArray()).toString()) as Told;
    expect([told.body, told.headers['expect']]).toEqual(['hello', undefined]);
  });

  test.each(['204', '304', 'HEAD'])(
    'an answer without a body keeps its headers: %s',
    async (kind) => {
      const upstream = await startUpstream((_incoming, response) => {
        if (kind === 'HEAD') response.writeHead(200, { 'Content-Length': 1234, ETag: '"x"' }).end();
        else response.writeHead(Number(kind), { ETag: '"x"' }).end();
      });
      const { url } = await startProxy(upstream.url);
      for (let round = 0; round < 2; round++) {
        const answer = await fetch(url, { method: kind === 'HEAD' ? 'HEAD' : 'GET' });
        expect([answer.headers.get('etag'), await answer.text()]).toEqual(['"x"', '']);
        if (kind === 'HEAD') expect(answer.headers.get('content-length')).toBe('1234');
      }
      expect(upstream.connections()).toBe(1);
    },
  );

  test('works over HTTP/2, from the web, and packed on the way back', async () => {
    const upstream = await startUpstream((incoming, response) => {
      response.setHeader('Content-Type', 'text/plain');
      response.setHeader('Content-Length', 5000);
      incoming.resume().on('end', () => response.end('x'.repeat(5000)));
    });
    const { app, url } = await startProxy(
      upstream.url,
      {},
      { use: [compress()], serve: { h2c: true } },
    );
    const byWeb = await app.fetch(new Request('http://host/', { method: 'POST', body: 'hello' }));
    expect(await byWeb.text()).toBe('x'.repeat(5000));
    const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
    expect([packed.headers.get('content-encoding'), (await packed.text()).length]).toEqual([
      'gzip',
      5000,
    ]);
    const session = connectHttp2(url);
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.end('hello');
    expect(Buffer.concat((await stream.toArray()) as Buffer[]).toString()).toBe('x'.repeat(5000));
    session.close();
  });
});

describe('bodies', () => {
  test('of megabytes pass both ways without being gathered', async () => {
    const upstream = await startUpstream((incoming, response) => void incoming.pipe(response));
    const { url } = await startProxy(upstream.url, {}, { serve: { maxBodyBytes: 1e9 } });
    const sent = request(url, { method: 'POST' });
    const hash = createHash('sha1');
    const size = 24 * 1024 * 1024;
    const pour = (async () => {
      const chunk = Buffer.alloc(65_536);
      for (let at = 0; at < size; at += chunk.length) {
        chunk.writeUInt32BE(at, 0);
        const copy = Buffer.from(chunk);
        hash.update(copy);
        if (!sent.write(copy)) await once(sent, 'drain');
      }
      sent.end();
    })();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const back = createHash('sha1');
    let bytes = 0;
    for await (const chunk of response) {
      back.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    await pour;
    expect(bytes).toBe(size);
    expect(back.digest('hex')).toBe(hash.digest('hex'));
  });

  test('are read no faster than the other end takes them', async () => {
    let given = 0;
    const upstream = await startUpstream((_incoming, response) => {
      const pour = (): void => {
        do given += 65_536;
        while (response.write(Buffer.alloc(65_536)) && given < 1e9);
      };
      response.on('drain', pour);
      pour();
    });
    const { url } = await startProxy(upstream.url);
    const sent = request(url).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.pause();
    await calm(() => given);
    expect(given).toBeLessThan(64 * 1024 * 1024);
    response.on('error', () => {});
    response.destroy();
  });
});

describe('a connection', () => {
  test('is used again, and one that the upstream has closed meanwhile is no failure', async () => {
    const upstream = await startUpstream((incoming, response) => {
      incoming.resume();
      response.end('fine');
    });
    const { url } = await startProxy(upstream.url);
    for (let round = 0; round < 3; round++) expect((await fetch(url)).status).toBe(200);
    expect(upstream.connections()).toBe(1);
    for (const socket of upstream.sockets) socket.destroy();
    expect((await fetch(url)).status).toBe(200);
    expect(upstream.connections()).toBe(2);
  });

  test('that is lost as it is used again is tried once more, but not for what has a body or is not idempotent', async () => {
    let requests = 0;
    const bare = await startBare((socket) => {
      let own = 0;
      socket.on('data', () => {
        requests++;
        if (own++ > 0) socket.destroy();
        else
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=60\r\n\r\nok');
      });
    });
    const { url } = await startProxy(bare.url);
    const statusOf = async (method: string, body?: string): Promise<number> => {
      const init = { method, ...(body !== undefined && { body }) };
      const answer = await fetch(url, init);
      await answer.text();
      return answer.status;
    };
    expect([await statusOf('GET'), requests]).toEqual([200, 1]);
    expect([await statusOf('GET'), requests]).toEqual([200, 3]);
    expect([await statusOf('POST'), requests]).toEqual([502, 4]);
    expect([await statusOf('GET'), requests]).toEqual([200, 5]);
    expect(await statusOf('PUT', 'hello')).toBe(502);
  });
});

describe('an upstream that fails', () => {
  test('to be there is a 502 that does not say where it is', async () => {
    const upstream = await startUpstream(() => {});
    await new Promise((resolve) => upstream.server.close(resolve));
    const { url, errors } = await startProxy(upstream.url);
    const answer = await fetch(url);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      502,
      'application/problem+json',
    ]);
    expect(JSON.parse(text)).toMatchObject({
      code: 'UPSTREAM_FAILED',
      detail: 'The upstream could not answer',
    });
    expect(text).not.toContain(String(upstream.port));
    expect(String((errors[0] as Error).cause)).toContain('ECONNREFUSED');
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['resets', (socket) => socket.resetAndDestroy(), 'UPSTREAM_FAILED'],
    ['hangs up', (socket) => socket.end(), 'UPSTREAM_FAILED'],
    [
      'talks nonsense',
      (socket) => socket.end('hello, this is no HTTP\r\n\r\n'),
      'UPSTREAM_PROTOCOL_ERROR',
    ],
    [
      'lies about its length twice',
      (socket) =>
        socket.end(
          'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        ),
      'UPSTREAM_PROTOCOL_ERROR',
    ],
    [
      'switches to what nobody asked for',
      (socket) =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        ),
      'UPSTREAM_PROTOCOL_ERROR',
    ],
  ])('because it %s is a 502', async (_, act, code) => {
    const bare = await startBare((socket) => socket.on('data', () => act(socket)));
    const { url } = await startProxy(bare.url);
    const answer = await fetch(url, { method: 'POST', body: 'x' });
    expect(await answer.json()).toMatchObject({ status: 502, code });
  });

  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('in the middle of its answer, %s, never looks whole', async (_, bytes) => {
    let dying: Socket | undefined;
    const bare = await startBare((socket) => {
      dying = socket;
      socket.on('data', () => socket.write(bytes));
    });
    const { url, errors } = await startProxy(bare.url);
    const sent = request(url).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await once(response, 'data');
    const closed = new Promise((resolve) => response.on('close', resolve));
    response.on('error', () => {});
    dying?.destroy();
    await closed;
    expect(response.complete).toBe(false);
    expect(errors).toHaveLength(1);
  });

  test('to answer in time is a 504', async () => {
    const clock = fakeClock();
    const entered = gate();
    const aborted = gate();
    const upstream = await startUpstream((incoming) => {
      incoming.on('close', aborted.resolve);
      entered.resolve();
    });
    const { url } = await startProxy(upstream.url, {
      pool: { clock, firstByteTimeoutMs: 200, idleTimeoutMs: 300 },
    });
    const answer = fetch(url);
    await entered.promise;
    await clock.advance(400);
    expect(await (await answer).json()).toMatchObject({ status: 504, code: 'UPSTREAM_TIMEOUT' });
    await aborted.promise;
  });

  test('to take more than it can is a 503', async () => {
    const clock = fakeClock();
    const entered = gate();
    const upstream = await startUpstream(() => entered.resolve());
    const { url } = await startProxy(upstream.url, {
      pool: { clock, maxConnections: 1, maxQueued: 0 },
    });
    const first = fetch(url);
    await entered.promise;
    expect(await (await fetch(url)).json()).toMatchObject({ status: 503, code: 'UPSTREAM_BUSY' });
    for (const socket of upstream.sockets) socket.destroy();
    expect((await first).status).toBe(502);
  });

  test('to keep to a timeout of the app is given up', async () => {
    const clock = fakeClock();
    const [entered, aborted] = [gate(), gate()];
    const upstream = await startUpstream((incoming) => {
      incoming.on('close', aborted.resolve);
      entered.resolve();
    });
    const { url } = await startProxy(
      upstream.url,
      {},
      { use: [timeout({ timeoutMs: 100, clock })] },
    );
    const answer = fetch(url);
    await entered.promise;
    await clock.advance(100);
    expect(await (await answer).json()).toMatchObject({ status: 504, code: 'TIMEOUT' });
    await aborted.promise;
  });

  test('and begins in time is not cut by a timeout that was for the beginning', async () => {
    const clock = fakeClock();
    const may = gate();
    const upstream = await startUpstream((_incoming, response) => {
      response.write('first ');
      void may.promise.then(() => response.end('second'));
    });
    const { url } = await startProxy(
      upstream.url,
      {},
      { use: [timeout({ timeoutMs: 100, clock })] },
    );
    const answer = await fetch(url);
    await clock.advance(1000);
    may.resolve();
    expect(await answer.text()).toBe('first second');
  });

  test('and a proxy that is closed is a 503', async () => {
    const upstream = await startUpstream(telling);
    const { url, proxy } = await startProxy(upstream.url);
    await proxy.close();
    expect((await fetch(url)).status).toBe(503);
  });
});

describe('a client that leaves', () => {
  test('before the answer ends the request within 10 ms', async () => {
    let entered = gate();
    let aborted = gate();
    const upstream = await startUpstream((incoming) => {
      incoming.on('close', () => aborted.resolve());
      entered.resolve();
    });
    const { url, errors } = await startProxy(upstream.url);
    let least = Infinity;
    // The machine has other things to do as well; what counts is how long it has to take.
    for (let round = 0; round < 10 && least >= 10; round++) {
      [entered, aborted] = [gate(), gate()];
      const sent = request(url).on('error', () => {});
      sent.end();
      await entered.promise;
      const before = performance.now();
      sent.destroy();
      await aborted.promise;
      least = Math.min(least, performance.now() - before);
    }
    expect(least).toBeLessThan(10);
    expect(errors).toEqual([]);
  });

  test('in the middle of the answer ends it', async () => {
    const aborted = gate();
    const upstream = await startUpstream((_incoming, response) => {
      response.on('close', aborted.resolve);
      response.write('x');
    });
    const { url, proxy } = await startProxy(upstream.url);
    const sent = request(url).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await aborted.promise;
    while (proxy.pool.stats().connections) await new Promise(setImmediate);
    expect(proxy.pool.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  });

  test('in the middle of its upload ends it', async () => {
    const [entered, aborted] = [gate(), gate()];
    const upstream = await startUpstream((incoming) => {
      incoming.on('error', () => {});
      incoming.once('data', entered.resolve);
      incoming.on('close', aborted.resolve);
    });
    const { url, errors } = await startProxy(upstream.url);
    const sent = request(url, { method: 'POST' }).on('error', () => {});
    sent.write('half');
    await entered.promise;
    sent.destroy();
    await aborted.promise;
    expect(errors).toEqual([]);
  });
});

describe('a WebSocket', () => {
  /** An upstream that sends every message back. */
  async function startEcho(): Promise<{ readonly url: string; readonly sockets: WebSocketServer }> {
    const upstream = await startUpstream((_incoming, response) => response.writeHead(426).end());
    const sockets = new WebSocketServer({
      server: upstream.server,
      handleProtocols: (protocols) => [...protocols][0] ?? false,
    });
    sockets.on('connection', (socket, incoming) => {
      socket.send(`hello ${incoming.url} for ${String(incoming.headers['x-forwarded-for'])}`);
      socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
    });
    return { url: upstream.url, sockets };
  }

  const messageOf = async (socket: WebSocket): Promise<string> =>
    String((await once(socket, 'message'))[0]);

  test('passes both ways, with its subprotocol and its end', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(
      echo.url,
      { stripPrefix: '/ws' },
      { use: [compress(), conditionalRequests()] },
    );
    const client = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?x=1`, ['one', 'two']);
    expect(await messageOf(client)).toBe('hello /chat?x=1 for 127.0.0.1');
    expect(client.protocol).toBe('one');
    const large = 'x'.repeat(3_000_000);
    client.send(large);
    expect(await messageOf(client)).toBe(large);
    client.close(4001, 'enough');
    const [code, reason] = (await once(client, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, 'enough']);
    while (echo.sockets.clients.size) await new Promise(setImmediate);
    expect(echo.sockets.clients.size).toBe(0);
  });

  test('that the upstream refuses is its answer', async () => {
    const upstream = await startUpstream(telling);
    upstream.server.on('upgrade', (_incoming, socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 2\r\n\r\nno'),
    );
    const { port } = await startProxy(upstream.url);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on('error', () => {});
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([response.statusCode, response.headers['x-why']]).toEqual([403, 'no']);
    expect(Buffer.concat(await response.toArray()).toString()).toBe('no');
  });

  test('is a plain request where it may not pass', async () => {
    const upstream = await startUpstream(telling);
    const { port } = await startProxy(upstream.url, { upgrades: [] });
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on('error', () => {});
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    const told = JSON.parse(Buffer.concat(await response.toArray()).toString()) as Told;
    expect(told.headers['upgrade']).toBeUndefined();
  });

  test('ends on one side when the other side breaks', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(echo.url);
    const one = new WebSocket(`ws://127.0.0.1:${port}/`);
    await messageOf(one);
    for (const socket of echo.sockets.clients) socket.terminate();
    const [code] = (await once(one, 'close')) as [number];
    expect(code).toBe(1006);
    const other = new WebSocket(`ws://127.0.0.1:${port}/`);
    await messageOf(other);
    other.terminate();
    while (echo.sockets.clients.size) await new Promise(setImmediate);
    expect(echo.sockets.clients.size).toBe(0);
  });

  test('that somebody refuses on the way back leaves no connection to the upstream', async () => {
    const echo = await startEcho();
    const refuse = (ctx: HttpContext, next: () => unknown): unknown =>
      Promise.resolve(next()).then(() => {
        ctx.response.status = 403;
        ctx.response.body = 'no';
        return ctx.response;
      });
    const { port } = await startProxy(echo.url, {}, { use: [refuse as never] });
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on('error', () => {});
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(403);
    response.resume();
    while (echo.sockets.clients.size) await new Promise(setImmediate);
    expect(echo.sockets.clients.size).toBe(0);
  });

  test('whose client has left before the upstream agreed leaves no connection to it', async () => {
    const upstream = await startUpstream(telling);
    const [entered, closed] = [gate(), gate()];
    let agree = (): void => {};
    upstream.server.on('upgrade', (_incoming, socket) => {
      socket.on('error', () => {});
      socket.on('close', closed.resolve);
      socket.on('end', () => socket.end()).resume();
      agree = () => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
        );
      };
      entered.resolve();
    });
    const { port } = await startProxy(upstream.url);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on('error', () => {});
    await entered.promise;
    const left = new Promise((resolve) => client.on('close', resolve));
    client.terminate();
    await left;
    agree();
    await closed.promise;
    while (upstream.sockets.size) await new Promise(setImmediate);
    expect(upstream.sockets.size).toBe(0);
  });

  test('whose client has said all is cut when the upstream says nothing to that', async () => {
    const clock = fakeClock();
    const upstream = await startUpstream(telling);
    const [ended, closed] = [gate(), gate()];
    upstream.server.on('upgrade', (_incoming, socket) => {
      socket.on('end', ended.resolve).on('error', closed.resolve).resume();
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
      );
      const poke = (): void => {
        if (socket.destroyed) return closed.resolve();
        if (isCut) socket.write('still there');
        setImmediate(poke);
      };
      poke();
    });
    let isCut = false;
    const { port } = await startProxy(upstream.url, { pool: { clock } });
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let text = '';
    while (!text.endsWith('hello')) text += String((await once(client, 'data'))[0]);
    client.end();
    await ended.promise;
    await clock.advance(1999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    isCut = true;
    await closed.promise;
    expect(clock.pending).toBe(0);
    client.destroy();
  });

  test('ends when the server closes', async () => {
    const echo = await startEcho();
    const { port, server } = await startProxy(echo.url);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on('error', () => {});
    await messageOf(client);
    const closed = once(client, 'close');
    await server.close({ graceMs: 1000 });
    await closed;
    while (echo.sockets.clients.size) await new Promise(setImmediate);
    expect(echo.sockets.clients.size).toBe(0);
  });
});

describe('options', () => {
  test.each<[unknown, object, RegExp]>([
    ['ftp://a', {}, /`origin` to be an http or https address/],
    ['http://u:p@a', {}, /`origin` to be an http or https address/],
    ['http://a/?q', {}, /`origin` to be an http or https address/],
    [undefined, {}, /`origin` to be an http or https address/],
    ['http://a', { stripPrefix: 'api' }, /`stripPrefix` to be a path/],
    ['http://a', { host: 'a b' }, /`host` to be `upstream`, `client` or a host/],
    ['http://a', { forwarded: 'via' }, /`forwarded` to be x-forwarded, forwarded, both, none/],
    ['http://a', { requestHeaders: {} }, /`requestHeaders` to be a function/],
    ['http://a', { responseHeaders: {} }, /`responseHeaders` to be a function/],
    ['http://a', { upgrades: 'websocket' }, /`upgrades` to be a list of protocols/],
    ['http://a', { pool: { maxConnections: 0 } }, /`maxConnections` to be a whole number/],
    ['http://a', { prefix: '/' }, /Unknown option `prefix` of proxyTo/],
  ])('%j with %j is refused when the handler is made', (origin, options, message) => {
    expect(() => proxyTo(origin as string, options)).toThrow(message);
  });

  test('the handler lets go of its connections at the end of its scope', async () => {
    const upstream = await startUpstream((_incoming, response) => response.end('fine'));
    {
      await using proxy = proxyTo(upstream.url);
      const app = createApp().get('/', proxy);
      expect(await (await app.fetch(new Request('http://host/'))).text()).toBe('fine');
      expect(upstream.sockets.size).toBe(1);
    }
    while (upstream.sockets.size) await new Promise(setImmediate);
    expect(upstream.sockets.size).toBe(0);
  });
});

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Resolves when a number has stopped growing. */
async function calm(read: () => number): Promise<void> {
  for (let before = -1; before !== read();) {
    before = read();
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  }
}
