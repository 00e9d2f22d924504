/** Tests of the proxy, on real sockets at both ends. */
import { fakeClock } from '@interpose/testing';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  headOf,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startProxied,
  startUpstream,
  type Started,
} from '../../test-kit/loopback.ts';

/** An upstream that tells what it was sent. */
function telling(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Uint8Array[] = [];
  request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.end(
      JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }),
    );
  });
}

interface Told {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const headersOf = ({ rawHeaders }: Told): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers[(rawHeaders[at] as string).toLowerCase()] = rawHeaders[at + 1] as string;
  return headers;
};

/** A gateway before an upstream of bare bytes. */
async function startBare(
  onConnection: (socket: Socket) => void,
  upstream: object = {},
  options: object = {},
): Promise<Started> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return startGateway(
    {
      upstreams: { main: { url: `http://127.0.0.1:${port}`, ...upstream } },
      routes: [routeOf({ upstream: 'main' })],
    },
    options,
  );
}

/** Bytes that can be told from each other. */
function* patterned(total: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < total; sent += chunk.length) {
    chunk.writeUInt32BE(sent, 0);
    yield Buffer.from(chunk.subarray(0, Math.min(chunk.length, total - sent)));
  }
}

describe('a proxied request', () => {
  test('arrives with its method, path, query, headers and body, and so does the answer', async () => {
    const { url } = await startProxied((request, response) => {
      response.writeHead(201, 'Made', [
        'X-Two',
        '1',
        'X-Two',
        '2',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
      ]);
      request.pipe(response);
    });
    const answer = await send(`${url}/a/b?x=1&x=%202`, {
      method: 'POST',
      headers: { 'X-A': 'b' },
      body: 'hello',
    });
    expect([answer.status, answer.text]).toEqual([201, 'hello']);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.rawHeaders.filter((name) => name === 'X-Two')).toHaveLength(2);
    const told = await startProxied(telling);
    const { json } = await send(`${told.url}/a/b?x=1&x=%202`, {
      method: 'PATCH',
      headers: { 'X-A': ['b', 'c'], 'Content-Length': '5' },
      body: 'hello',
    });
    const seen = json as unknown as Told;
    expect(seen).toMatchObject({ method: 'PATCH', url: '/a/b?x=1&x=%202', body: 'hello' });
    expect(seen.rawHeaders.join('\n')).toContain('X-A\nb\nX-A\nc');
    expect(headersOf(seen)).toMatchObject({ 'content-length': '5' });
  });

  test('G-86 has the id of the request, and says for whom the gateway asks, whatever the client says', async () => {
    const { url, port, upstream, gateway } = await startProxied(telling);
    gateway.registry.add(
      {
        headerFilter: { handle: (ctx) => ctx.response.headers.set('X-Request-ID', ctx.requestId) },
      },
      { name: 'id' },
    );
    const answer = await send(url, {
      headers: {
        Forwarded: 'for=6.6.6.6',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'evil',
        'X-Real-IP': '6.6.6.6',
        'X-Consumer-Name': 'root',
        Host: 'shop.example',
      },
    });
    const headers = headersOf(answer.json as unknown as Told);
    expect(headers).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-port': String(port),
      'x-request-id': answer.headers['x-request-id'],
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['forwarded']));
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|root|evil/);
  });

  test('says who the consumer is', async () => {
    const { url, gateway } = await startProxied(telling);
    gateway.registry.add(
      {
        access: {
          handle(ctx) {
            ctx.consumer = { name: 'alice' };
          },
        },
      },
      { name: 'auth' },
    );
    const { json } = await send(url, {
      headers: { 'x-consumer-name': 'root', x_consumer_name: 'root' },
    });
    expect(headersOf(json as unknown as Told)['x-consumer-name']).toBe('alice');
    expect(JSON.stringify(json)).not.toContain('root');
  });

  test('goes on in the form that was decided on, below the path of the upstream and without a prefix', async () => {
    const { url: base } = await startUpstream(telling);
    const { url } = await startGateway({
      upstreams: { main: { url: `${base}/base/` } },
      routes: [
        routeOf({ name: 'a', path: '/api/*', upstream: 'main', stripPrefix: '/api' }),
        routeOf({ name: 'b', path: '/raw/*', upstream: 'main' }),
        routeOf({ name: 'c', path: '/apix', upstream: 'main', stripPrefix: '/api/' }),
      ],
    });
    const seen = async (path: string): Promise<unknown> => (await send(url + path)).json['url'];
    expect(await seen('/api/x/%2e%2e/y%2fz?q')).toBe('/base/y%2Fz?q');
    expect(await seen('/api')).toBe('/base/');
    expect(await seen('/raw//a')).toBe('/base/raw/a');
    expect(await seen('/apix')).toBe('/base/apix');
  });

  test.each([
    ['GET', '', undefined, undefined],
    ['POST', '', '0', undefined],
    ['DELETE', 'Content-Length: 4\r\n\r\nbody', '4', undefined],
    ['DELETE', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', undefined, 'chunked'],
    ['GET', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', undefined, 'chunked'],
    [
      'POST',
      'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Trailer: 1\r\n\r\n',
      undefined,
      'chunked',
    ],
    [
      'POST',
      'Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-T: 1\r\n\r\n',
      undefined,
      'chunked',
    ],
  ])('%s with %j is framed anew, with the same body', async (method, rest, length, encoding) => {
    const { port } = await startProxied(telling);
    const received = await sendRaw(
      port,
      `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest || '\r\n'}`,
    );
    expect(received).toMatch(/^HTTP\/1.1 200 /);
    const seen = JSON.parse(/\{.*\}/s.exec(received)?.[0] ?? '') as Told;
    const headers = headersOf(seen);
    expect([seen.body, headers['content-length'], headers['transfer-encoding']]).toEqual([
      rest ? 'body' : '',
      length,
      encoding,
    ]);
  });

  test('does not take the framing or the connection of the upstream for its own', async () => {
    const { url } = await startProxied((_request, response) => {
      response.writeHead(200, {
        Connection: 'close, X-Hop',
        'Keep-Alive': 'timeout=1',
        'X-Hop': '1',
        'X-End': '2',
      });
      response.end('x');
    });
    const agentless = await send(url, { headers: { Connection: 'keep-alive' } });
    expect(agentless.headers).toMatchObject({ 'x-end': '2', connection: 'keep-alive' });
    expect(agentless.headers['x-hop']).toBeUndefined();
    expect(agentless.headers['keep-alive']).not.toBe('timeout=1');
  });

  test.each([204, 304])(
    '%i and answers to HEAD have no body and keep their headers',
    async (status) => {
      const { url } = await startProxied((request, response) => {
        if (request.method === 'HEAD') response.writeHead(200, { 'Content-Length': '1234' }).end();
        else response.writeHead(status, { ETag: '"x"' }).end();
      });
      expect(await send(url)).toMatchObject({ status, text: '', headers: { etag: '"x"' } });
      expect(await send(url, { method: 'HEAD' })).toMatchObject({
        status: 200,
        text: '',
        headers: { 'content-length': '1234' },
      });
    },
  );

  test('keeps the length that the upstream gave', async () => {
    const { url } = await startProxied((_request, response) =>
      response.writeHead(200, { 'Content-Length': '3' }).end('abc'),
    );
    const { headers } = await send(url);
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual(['3', undefined]);
  });

  test('uses a connection again, and not one that the upstream has closed', async () => {
    let connections = 0;
    const { url, upstream } = await startProxied((_request, response) => response.end('fine'));
    upstream.server.on('connection', () => connections++);
    for (let round = 0; round < 5; round++) expect((await send(url)).status).toBe(200);
    expect(connections).toBe(1);
    for (const socket of upstream.sockets) socket.destroy();
    expect((await send(url)).status).toBe(200);
    expect(connections).toBe(2);
  });

  test('whose body someone has read is no request any more, and a fault of the gateway', async () => {
    let requests = 0;
    const { url, gateway, logger, ended } = await startProxied(() => requests++);
    gateway.registry.add(
      {
        access: {
          async handle(ctx) {
            for await (const _chunk of ctx.requestBody ?? []);
          },
        },
      },
      { name: 'reader' },
    );
    expect((await send(url, { method: 'POST', body: 'x' })).status).toBe(500);
    await ended();
    expect(logger.messages('error')).toEqual([
      'Middleware error in content: The body has been read already',
    ]);
    expect(requests).toBe(0);
  });

  test('is sent once more if a kept connection ends just as it is used', async () => {
    let connections = 0;
    let requests = 0;
    const { url } = await startBare((socket) => {
      connections++;
      let answered = 0;
      socket.on('data', () => {
        requests++;
        // The second request of a connection finds it closing.
        if (answered++) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
      });
    });
    expect((await send(url)).status).toBe(200);
    expect((await send(url)).status).toBe(200);
    expect([connections, requests]).toEqual([2, 3]);
    // With a body, or with a method that must not be repeated, it is not.
    expect((await send(url, { method: 'POST', body: 'x' })).status).toBe(502);
  });
});

describe('streaming', () => {
  test('20 MB go up in chunks while the answer already comes down, whole and in order', async () => {
    const total = 20 * 1024 * 1024;
    const { url } = await startProxied(
      (request, response) => {
        response.flushHeaders();
        request.pipe(response);
      },
      {},
      { server: { maxBodyBytes: Infinity } },
    );
    const request = open(url, { method: 'POST' });
    const sent = createHash('sha256');
    const received = createHash('sha256');
    const chunks = patterned(total);
    const first = chunks.next().value as Buffer;
    sent.update(first);
    request.write(first);
    const response = await headOf(request);
    const incoming = response[Symbol.asyncIterator]();
    const back = (await incoming.next()).value as Buffer;
    received.update(back);
    // The first bytes are back, and nearly all is still to be sent.
    const pour = async (): Promise<void> => {
      for (const chunk of chunks) {
        sent.update(chunk);
        if (!request.write(chunk)) await once(request, 'drain');
      }
      request.end();
    };
    const poured = pour();
    let bytes = back.length;
    for await (const chunk of { [Symbol.asyncIterator]: () => incoming }) {
      bytes += (chunk as Buffer).length;
      received.update(chunk as Buffer);
    }
    await poured;
    expect(bytes).toBe(total);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });

  test('a slow client slows the upstream down', async () => {
    let made = 0;
    const { url } = await startProxied((_request, response) => {
      const pour = (): void => {
        do made += 65_536;
        while (response.write(Buffer.alloc(65_536)) && made < 1e9);
      };
      response.on('drain', pour);
      pour();
    });
    const response = await headOf(open(url).end());
    await calm(() => made);
    expect(made).toBeLessThan(64 * 1024 * 1024);
    const before = made;
    response.resume();
    while (made < before + 1024 * 1024) await new Promise(setImmediate);
    response.destroy();
  });

  test('a slow upstream slows the client down', async () => {
    let taken = (): void => {};
    const { url } = await startProxied((request, response) => {
      request.pause();
      taken = () => request.resume();
      request.on('end', () => response.end('thanks'));
    });
    const request = open(url, { method: 'POST' });
    let written = 0;
    const pour = (): void => {
      do written += 65_536;
      while (request.write(Buffer.alloc(65_536)) && written < 1e9);
    };
    request.on('drain', pour);
    pour();
    await calm(() => written);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    request.removeAllListeners('drain');
    request.end();
    taken();
    const response = await headOf(request);
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  test('each piece of an endless answer goes out when it comes', async () => {
    let upstreamResponse: ServerResponse | undefined;
    const { url } = await startProxied((_request, response) => {
      upstreamResponse = response;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    const response = await headOf(open(url).end());
    expect(String((await once(response, 'data'))[0])).toBe('data: 1\n\n');
    for (const piece of ['data: 2\n\n', 'data: 3\n\n']) {
      upstreamResponse?.write(piece);
      expect(String((await once(response, 'data'))[0])).toBe(piece);
    }
    response.destroy();
  });

  test('an answer that is over before the upload is leaves no upload behind', async () => {
    const closed = deferred();
    const { url, ended } = await startProxied((request, response) => {
      request.once('data', () => response.end('enough'));
      request.socket.on('close', closed.resolve);
    });
    const request = open(url, { method: 'POST' });
    request.write('x'.repeat(1000));
    const response = await headOf(request);
    response.resume();
    await once(response, 'end');
    await closed.promise;
    await ended();
    request.destroy();
  });
});

describe('a client that leaves', () => {
  test('before the answer aborts the upstream at once', async () => {
    const [entered, aborted] = [deferred(), deferred()];
    const { url, ended, logger } = await startProxied((request, response) => {
      response.on('close', () => request.destroyed && aborted.resolve());
      entered.resolve();
    });
    const request = open(url).end();
    await entered.promise;
    request.destroy();
    await aborted.promise;
    await ended();
    expect(logger.entries).toEqual([]);
  });

  test('in the middle of the answer aborts the upstream, although it has nothing to say', async () => {
    const aborted = deferred();
    const { url, ended } = await startProxied((_request, response) => {
      response.on('close', aborted.resolve);
      response.write('first');
    });
    const response = await headOf(open(url).end());
    await once(response, 'data');
    response.destroy();
    await aborted.promise;
    await ended();
  });

  test('in the middle of its upload aborts the upstream', async () => {
    const [entered, aborted] = [deferred(), deferred()];
    const { url, ended } = await startProxied((request) => {
      request.on('error', () => {});
      request.once('data', entered.resolve);
      request.on('close', aborted.resolve);
    });
    const request = open(url, { method: 'POST' });
    request.write('half');
    await entered.promise;
    request.destroy();
    await aborted.promise;
    await ended();
  });

  test('leaves no connection in use', async () => {
    const { url, upstream, ended } = await startProxied(
      (_request, response) => void response.write('x'),
    );
    for (let round = 0; round < 5; round++) {
      const response = await headOf(open(url).end());
      await once(response, 'data');
      response.destroy();
      await ended();
    }
    while (upstream.sockets.size) await new Promise(setImmediate);
    expect(upstream.sockets.size).toBe(0);
  });
});

describe('an upstream that fails', () => {
  test('G-106 by refusing is a 502 in JSON that does not say where it is', async () => {
    const { url: dead, server } = await startUpstream(() => {});
    await new Promise((resolve) => server.close(resolve));
    const { url, logger, ended } = await startGateway({
      upstreams: { main: { url: dead } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const answer = await send(url);
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      code: 'UPSTREAM_FAILED',
      detail: 'The upstream could not answer',
    });
    expect(answer.text).not.toContain(new URL(dead).port);
    await ended();
    expect(logger.entries).toMatchObject([
      { level: 'warn', route: 'all', message: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  test('by resetting the connection is a 502', async () => {
    const { url } = await startBare((socket) => socket.on('data', () => socket.resetAndDestroy()));
    expect((await send(url, { method: 'POST', body: 'x' })).json).toMatchObject({
      status: 502,
      code: 'UPSTREAM_FAILED',
    });
  });

  test('by closing the connection without a word is a 502', async () => {
    const { url } = await startBare((socket) => socket.on('data', () => socket.end()));
    expect((await send(url)).json).toMatchObject({ status: 502, code: 'UPSTREAM_FAILED' });
  });

  test.each([
    'hello, this is no HTTP\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  ])('by not speaking HTTP is a 502 of its own kind: %j', async (bytes) => {
    const { url } = await startBare((socket) => socket.on('data', () => socket.end(bytes)));
    expect((await send(url)).json).toMatchObject({ status: 502, code: 'UPSTREAM_PROTOCOL_ERROR' });
  });

  test('by switching protocols that nobody asked for is a 502', async () => {
    const { url } = await startBare((socket) =>
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        ),
      ),
    );
    expect((await send(url, { headers: { Connection: 'upgrade', Upgrade: 'x' } })).status).toBe(
      502,
    );
  });

  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', '1.1'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', '1.1'],
    [
      'in chunks, to an old client',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      '1.0',
    ],
  ])(
    'in the middle of its answer, %s, never looks whole to the client',
    async (_, bytes, version) => {
      let upstream: Socket | undefined;
      const { port, logger, ended, gateway } = await startBare((socket) => {
        upstream = socket;
        socket.on('data', () => socket.write(bytes));
      });
      const outcomes: unknown[] = [];
      gateway.registry.add(
        {
          log: {
            handle: (ctx) =>
              void outcomes.push([
                ctx.outcome?.status,
                ctx.outcome?.bytes,
                ctx.outcome?.error !== undefined,
              ]),
          },
        },
        { name: 'look' },
      );
      const client = connect(port, '127.0.0.1');
      let received = '';
      const wasReset = new Promise<boolean>((resolve) => {
        client.on('error', () => resolve(true));
        client.on('end', () => resolve(false));
      });
      client.write(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
      while (!received.includes('half')) received += String((await once(client, 'data'))[0]);
      upstream?.destroy();
      client.on('data', (chunk) => (received += chunk));
      // An answer with a frame ends without its end; one without is reset, for nothing else could tell.
      expect(await wasReset).toBe(version === '1.0');
      expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
      await ended();
      expect(outcomes).toEqual([[200, 4, true]]);
      expect(logger.messages('warn')).toEqual([
        'The answer was cut short: The upstream could not answer',
      ]);
    },
  );
});

describe('an upstream that takes too long', () => {
  const timed = { connectTimeoutMs: 100, firstByteTimeoutMs: 200, idleTimeoutMs: 300 };

  test('G-106 to begin its answer is a 504, and is aborted', async () => {
    const clock = fakeClock();
    const [entered, aborted] = [deferred(), deferred()];
    const { url, logger, ended } = await startProxied(
      (_request, response) => {
        response.on('close', aborted.resolve);
        entered.resolve();
      },
      { upstream: timed },
      { clock },
    );
    const answer = send(url);
    await entered.promise;
    await clock.advance(199);
    expect(logger.entries).toEqual([]);
    // Waits are counted in steps of a quarter of the shortest, and may be two of them late.
    await clock.advance(101);
    expect((await answer).json).toMatchObject({
      status: 504,
      code: 'UPSTREAM_TIMEOUT',
      detail: 'The upstream took too long',
    });
    await aborted.promise;
    await ended();
    expect(logger.messages('warn')).toEqual([
      'The upstream took too long: The answer did not begin within 200 ms',
    ]);
  });

  test('has the whole time for its answer from the end of a long upload', async () => {
    const clock = fakeClock();
    const [first, last] = [deferred(), deferred()];
    const { url } = await startProxied(
      (request, response) => {
        request.once('data', first.resolve);
        request.on('end', () => {
          last.resolve();
          response.end('fine');
        });
      },
      { upstream: timed },
      { clock },
    );
    const request = open(url, { method: 'POST' });
    request.write('a');
    await first.promise;
    await clock.advance(5000);
    const head = headOf(request);
    request.end('b');
    await last.promise;
    expect((await head).statusCode).toBe(200);
  });

  test('to go on with its answer is cut', async () => {
    const clock = fakeClock();
    const { url, logger, ended } = await startProxied(
      (_request, response) => void response.write('first'),
      { upstream: timed },
      { clock },
    );
    const response = await headOf(open(url).end());
    await once(response, 'data');
    const broken = once(response, 'end');
    // The gateway is at its next read once the event loop has turned.
    await new Promise(setImmediate);
    await clock.advance(400);
    await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
    await ended();
    expect(logger.messages('warn')).toEqual([
      'The answer was cut short: The upstream took too long',
    ]);
  });

  test('is not charged for a client that takes its time', async () => {
    const clock = fakeClock();
    const whole = 32 * 1024 * 1024;
    const { url } = await startProxied(
      (_request, response) => void response.end(Buffer.alloc(whole)),
      { upstream: timed },
      { clock },
    );
    const response = await headOf(open(url).end());
    response.pause();
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    await clock.advance(10_000);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(whole);
  });

  test('to take an upload is a 504', async () => {
    const clock = fakeClock();
    const { url } = await startBare((socket) => socket.pause(), timed, { clock });
    const request = open(url, { method: 'POST' });
    let written = 0;
    const pour = (): void => {
      do written += 65_536;
      while (request.write(Buffer.alloc(65_536)) && written < 1e9);
    };
    request.on('drain', pour);
    const head = headOf(request);
    pour();
    await calm(() => written);
    await clock.advance(400);
    expect((await head).statusCode).toBe(504);
    request.destroy();
  });
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
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
