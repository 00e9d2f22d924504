/** Tests of WebSockets and other protocols through the gateway, on real sockets. */
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  configOf,
  memoryLogger,
  routeOf,
  startGateway,
  startProxied,
  startUpstream,
  type Started,
  type Upstream,
} from '../../test-kit/loopback.ts';
import type { GatewayConfig, GatewayContext, GatewayOptions } from '../index.ts';

interface Echo extends Upstream {
  readonly sockets: ReadonlySet<Socket>;
  readonly clients: ReadonlySet<WebSocket>;
  /** Codes with which clients closed. */
  readonly codes: number[];
}

/** An upstream that sends every message back. */
async function startEcho(): Promise<Echo> {
  const upstream = await startUpstream((_request, response) => response.writeHead(426).end());
  const server = new WebSocketServer({
    server: upstream.server,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  const codes: number[] = [];
  server.on('connection', (socket, incoming) => {
    socket.send(`hello ${incoming.url}`);
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
    socket.on('close', (code) => codes.push(code));
    socket.on('error', () => {});
  });
  return { ...upstream, clients: server.clients, codes };
}

/** A gateway in front of it, with the contexts of its log phase. */
async function startTunnel(
  route: object = {},
  options: GatewayOptions = {},
): Promise<Started & { echo: Echo; config: GatewayConfig; logged: GatewayContext[] }> {
  const echo = await startEcho();
  const config = configOf({
    upstreams: { echo: { url: echo.url } },
    routes: [routeOf({ upstream: 'echo', ...route })],
  });
  const logged: GatewayContext[] = [];
  const started = await startGateway(config, { random: () => 0, ...options });
  started.gateway.registry.add(
    { log: { handle: (ctx) => void logged.push(ctx) } },
    { name: 'seen' },
  );
  return { ...started, echo, config, logged };
}

const openTo = ({ port }: Started, protocols: string[] = []): WebSocket => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?x=1`, protocols);
  socket.on('error', () => {});
  return socket;
};

const messageOf = async (socket: WebSocket): Promise<string> =>
  String((await once(socket, 'message'))[0]);

const answerTo = async (socket: WebSocket): Promise<IncomingMessage> =>
  (await once(socket, 'unexpected-response'))[1] as IncomingMessage;

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

/** A promise, and what fulfils it. */
function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('a WebSocket', () => {
  test('passes both ways, with its subprotocol and its end, and is logged once with all that it carried', async () => {
    const started = await startTunnel({ path: '/ws/*', stripPrefix: '/ws' });
    const client = openTo(started, ['one', 'two']);
    expect(await messageOf(client)).toBe('hello /chat?x=1');
    expect(client.protocol).toBe('one');
    const large = 'x'.repeat(3_000_000);
    client.send(large);
    expect(await messageOf(client)).toBe(large);
    expect(started.logged).toEqual([]);
    client.close(4001, 'enough');
    expect((await once(client, 'close')).map(String)).toEqual(['4001', 'enough']);
    await started.ended();
    expect(started.logged).toHaveLength(1);
    const { status, bytes, tunnel } = started.logged[0]?.outcome ?? {};
    // Who is asked to close a WebSocket, ends the connection.
    expect([status, tunnel?.endedBy]).toEqual([101, 'upstream']);
    expect(tunnel?.fromClientBytes).toBeGreaterThan(large.length);
    expect(tunnel?.toClientBytes).toBeGreaterThan(large.length);
    expect(bytes).toBe(tunnel?.toClientBytes);
    await until(() => started.echo.codes.length > 0);
    expect(started.echo.codes).toEqual([4001]);
    await until(() => started.echo.sockets.size === 0);
  });

  test('meets the access phase first, and the header filter on the answer', async () => {
    const started = await startTunnel();
    let isOpen = false;
    started.gateway.registry.add(
      {
        access: { handle: (ctx) => isOpen || ctx.exit(401) },
        headerFilter: { handle: (ctx) => ctx.response.headers.set('X-Seen', ctx.response.status) },
        bodyFilter: { handle: () => 'never' },
      },
      { name: 'guard' },
    );
    const refused = await answerTo(openTo(started));
    expect([refused.statusCode, refused.headers['x-seen']]).toEqual([401, '401']);
    expect(started.echo.sockets.size).toBe(0);
    isOpen = true;
    const client = openTo(started);
    const upgraded = once(client, 'upgrade') as Promise<[IncomingMessage]>;
    expect(await messageOf(client)).toBe('hello /ws/chat?x=1');
    expect((await upgraded)[0].headers['x-seen']).toBe('101');
    client.terminate();
  });

  test('that the upstream refuses is its answer', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    upstream.server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 2\r\n\r\nno'),
    );
    const started = await startGateway({
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const answer = await answerTo(openTo(started));
    expect([answer.statusCode, answer.headers['x-why']]).toEqual([403, 'no']);
    expect(Buffer.concat(await answer.toArray()).toString()).toBe('no');
  });

  test('is a plain request where its route lets none pass, or another protocol', async () => {
    for (const upgrades of [[], ['chat']]) {
      const seen: (string | undefined)[] = [];
      const started = await startProxied(
        (request, response) => {
          seen.push(request.headers.upgrade);
          response.end('plain');
        },
        { routes: [routeOf({ upstream: 'main', upgrades })] },
      );
      expect((await answerTo(openTo(started))).statusCode).toBe(200);
      expect(seen).toEqual([undefined]);
    }
  });

  test.each([
    ['of another version', HANDSHAKE.replace(': 13', ': 8'), '426'],
    ['without a key', HANDSHAKE.replace(/Sec-WebSocket-Key.*\r\n/, ''), '400'],
    ['with half a key', HANDSHAKE.replace('dGhlIHNh', ''), '400'],
  ])('%s never reaches the upstream', async (_, text, status) => {
    const started = await startTunnel();
    const socket = connect(started.port, '127.0.0.1');
    socket.write(text);
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString().split(' ')[1]).toBe(status);
    expect(started.echo.sockets.size).toBe(0);
    socket.destroy();
  });

  test('to which the upstream answers with another protocol is a 502', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    upstream.server.on('upgrade', (_request, socket) => {
      socket.on('end', () => socket.end()).resume();
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      );
    });
    const started = await startGateway({
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    expect((await answerTo(openTo(started))).statusCode).toBe(502);
    await until(() => upstream.sockets.size === 0);
  });

  test('that the header filter refuses leaves no connection to the upstream', async () => {
    const started = await startTunnel();
    started.gateway.registry.add(
      { headerFilter: { handle: (ctx) => ctx.exit(403, 'no') } },
      { name: 'late' },
    );
    const answer = await answerTo(openTo(started));
    expect(answer.statusCode).toBe(403);
    answer.resume();
    await until(() => started.echo.sockets.size === 0);
  });

  test('whose upstream breaks off while the header filter still looks at its answer is cut', async () => {
    const started = await startTunnel();
    const [entered, passed] = [gate(), gate()];
    const wait = (): Promise<boolean> => {
      entered.resolve();
      return passed.promise.then(() => true);
    };
    started.gateway.registry.add({ headerFilter: { handle: wait } }, { name: 'slow' });
    const client = openTo(started);
    const closed = new Promise((resolve) => client.on('close', resolve));
    await entered.promise;
    for (const socket of started.echo.sockets) socket.resetAndDestroy();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    passed.resolve();
    await closed;
    await started.ended();
    expect(started.logged[0]?.outcome?.tunnel?.endedBy).toBe('upstream');
  });

  test('may speak before it is answered: what came with the handshake is passed on', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    upstream.server.on('upgrade', (_request, socket, head: Buffer) => {
      let heard = head.toString();
      const answer = (): void => {
        if (heard === 'early bird') socket.end(`heard ${heard}`);
      };
      socket.on('data', (chunk: Buffer) => {
        heard += String(chunk);
        answer();
      });
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\nContent-Length: 9\r\n\r\n',
      );
      answer();
    });
    const started = await startGateway({
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main', upgrades: ['chat'] })],
    });
    const client = connect(started.port, '127.0.0.1');
    let said = '';
    client.on('data', (chunk) => (said += String(chunk)));
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nearly ');
    client.write('bird');
    await once(client, 'end');
    expect(said).toMatch(/^HTTP\/1\.1 101 /);
    expect(said).not.toMatch(/content-length/i);
    expect(said.endsWith('\r\n\r\nheard early bird')).toBe(true);
    client.destroy();
  });

  test('whose client leaves before the upstream agreed leaves no connection to it', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    let agree = (): void => {};
    const entered = new Promise<void>((resolve) =>
      upstream.server.on('upgrade', (_request, socket) => {
        socket.on('error', () => {}).on('end', () => socket.end());
        socket.resume();
        agree = () =>
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
          );
        resolve();
      }),
    );
    const started = await startGateway({
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const client = openTo(started);
    await entered;
    const left = new Promise((resolve) => client.on('close', resolve));
    client.terminate();
    await left;
    agree();
    await started.ended();
    await until(() => upstream.sockets.size === 0);
  });

  test('ends on one side when the other side breaks', async () => {
    const started = await startTunnel();
    const one = openTo(started);
    await messageOf(one);
    for (const socket of started.echo.clients) socket.terminate();
    expect((await once(one, 'close'))[0]).toBe(1006);
    await started.ended();
    const other = openTo(started);
    await messageOf(other);
    other.terminate();
    await started.ended();
    expect(started.logged.map(({ outcome }) => outcome?.tunnel?.endedBy)).toEqual([
      'upstream',
      'client',
    ]);
    await until(() => started.echo.clients.size === 0);
  });

  test('stays through a hundred reloads, of which some change its upstream, its route and its plugins', async () => {
    const started = await startTunnel();
    const { gateway, config } = started;
    const client = openTo(started);
    await messageOf(client);
    for (let round = 0; round < 100; round++) {
      const isOther = round % 3 === 1;
      await gateway.reload({
        ...config,
        upstreams: isOther
          ? { other: { url: started.echo.url, idleTimeoutMs: 1000 + round } }
          : config.upstreams,
        plugins: [{ name: 'request-id', options: {}, priority: round }],
        routes: [routeOf({ name: `r${round}`, upstream: isOther ? 'other' : 'echo' })],
      });
      client.send(`message ${round}`);
      expect(await messageOf(client)).toBe(`message ${round}`);
    }
    expect(started.echo.sockets.size).toBe(1);
    client.close();
    await started.ended();
    expect(started.logged[0]?.outcome?.status).toBe(101);
  });
});

describe('a tunnel through which nothing comes', () => {
  test('is ended, in a way that a WebSocket understands', async () => {
    const clock = fakeClock();
    const started = await startTunnel({ upgradeIdleMs: 1000 }, { clock });
    const client = openTo(started);
    await messageOf(client);
    await clock.advance(900);
    client.send('still there');
    await messageOf(client);
    await clock.advance(900);
    expect(client.readyState).toBe(WebSocket.OPEN);
    const closed = once(client, 'close');
    await clock.advance(100);
    expect((await closed)[0]).toBe(1001);
    await started.ended();
    expect(started.logged[0]?.outcome?.tunnel?.endedBy).toBe('idle');
    expect(started.echo.codes).toEqual([1001]);
  });

  test('is cut when an end has said all and the other one says nothing to that', async () => {
    const clock = fakeClock();
    const upstream = await startUpstream((_request, response) => response.end());
    const taken = new Promise<Socket>((resolve) =>
      upstream.server.on('upgrade', (_request, socket: Socket) => {
        socket.on('error', () => {}).resume();
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello',
        );
        resolve(socket);
      }),
    );
    const started = await startGateway(
      {
        upstreams: { main: { url: upstream.url } },
        routes: [routeOf({ upstream: 'main', upgrades: ['chat'] })],
      },
      { clock },
    );
    const pending = clock.pending;
    const client = connect(started.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
    let text = '';
    while (!text.endsWith('hello')) text += String((await once(client, 'data'))[0]);
    const far = await taken;
    client.end();
    await once(far, 'end');
    await clock.advance(1999);
    expect(far.destroyed).toBe(false);
    await clock.advance(1);
    await started.ended();
    client.destroy();
    far.destroy();
    expect(clock.pending).toBeLessThanOrEqual(pending);
  });
});

describe('a gateway that closes', () => {
  test('says 1012 between two frames of a WebSocket, after a while that is not the same for all', async () => {
    const clock = fakeClock();
    const started = await startTunnel({}, { clock, random: () => 0.5 });
    const client = openTo(started);
    await messageOf(client);
    const large = 'y'.repeat(2_000_000);
    client.send(large);
    const messages: number[] = [];
    client.on('message', (message: Buffer) => messages.push(message.length));
    const closed = once(client, 'close');
    const over = started.gateway.close({ graceMs: 60_000 });
    await clock.advance(2499);
    expect(client.readyState).toBe(WebSocket.OPEN);
    await clock.advance(1);
    expect((await closed)[0]).toBe(1012);
    expect(await over).toBe(0);
    // Whole, or not at all.
    expect(messages.every((length) => length === large.length)).toBe(true);
    expect(started.echo.codes).toEqual([1012]);
    expect(started.logged[0]?.outcome?.tunnel?.endedBy).toBe('closing');
  });

  test('ends other protocols on both sides', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    upstream.server.on('upgrade', (_request, socket) => {
      socket.on('end', () => socket.end('bye')).resume();
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n',
      );
    });
    const started = await startGateway(
      {
        upstreams: { main: { url: upstream.url } },
        routes: [routeOf({ upstream: 'main', upgrades: ['chat'] })],
      },
      { random: () => 0 },
    );
    const client = connect(started.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
    await once(client, 'data');
    const closed = once(client, 'close');
    expect(await started.gateway.close({ graceMs: 10_000 })).toBe(0);
    await closed;
    await until(() => upstream.sockets.size === 0);
  });

  test('cuts what is left when its time is over', async () => {
    const started = await startTunnel({}, { random: () => 0.9 });
    const client = openTo(started);
    await messageOf(client);
    const closed = once(client, 'close');
    expect(await started.gateway.close({ graceMs: 0 })).toBe(1);
    expect((await closed)[0]).toBe(1006);
    expect(started.logged[0]?.outcome?.status).toBe(101);
  });
});

test('a slow reader at one end slows the writer at the other', async () => {
  const upstream = await startUpstream((_request, response) => response.end());
  let written = 0;
  upstream.server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n',
    );
    const chunk = Buffer.alloc(64 * 1024);
    const write = (): void => {
      while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
      socket.once('drain', write);
    };
    write();
  });
  const started = await startGateway(
    {
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main', upgrades: ['chat'] })],
    },
    { logger: memoryLogger() },
  );
  const client = connect(started.port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
  client.once('readable', () => {});
  let before = -1;
  for (let still = 0; still < 2000; still = written === before ? still + 1 : 0) {
    before = written;
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(64 * 1024 * 1024);
  client.destroy();
  await started.ended();
});
