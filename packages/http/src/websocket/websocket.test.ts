/** Tests of WebSockets: handshakes, what middleware does to them, and messages both ways, over real sockets. */
import { once } from 'node:events';
import { fakeClock } from '@interpose/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { SERVER_CERTIFICATE } from '../../test-kit/certificate.ts';
import { FrameClient, frame, handshake, TEXT } from '../../test-kit/frame-client.ts';
import { answerWith } from '../answer/answer.ts';
import type { AppServer, ServeOptions } from '../app-server.ts';
import { type App, type AppOptions, createApp, type HttpMiddleware } from '../app.ts';
import { HttpError } from '../errors.ts';
import { accessLog } from '../middleware/access-log.ts';
import { basicAuth } from '../middleware/basic-auth.ts';
import { bodyLimit } from '../middleware/body-limit.ts';
import { compress } from '../middleware/compress.ts';
import { conditionalRequests } from '../middleware/conditional-requests.ts';
import { cors } from '../middleware/cors.ts';
import { detectDisconnect } from '../middleware/detect-disconnect.ts';
import { httpEvents } from '../middleware/http-events.ts';
import { requestId } from '../middleware/request-id.ts';
import { responseCache } from '../middleware/response-cache.ts';
import { secureHeaders } from '../middleware/secure-headers.ts';
import { serverTiming } from '../middleware/server-timing.ts';
import { timeout } from '../middleware/timeout.ts';
import {
  type ServerSocket,
  webSocket,
  type WebSocketHandler,
  type WebSocketOptions,
} from './websocket.ts';

const echo: WebSocketHandler<unknown> = async (socket) => {
  for await (const message of socket) await socket.send(message);
};

async function served(app: Pick<App, 'serve'>, options?: ServeOptions): Promise<AppServer> {
  const server = await app.serve(options);
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return server;
}

function app(
  handler: WebSocketHandler<unknown> = echo,
  options: WebSocketOptions = {},
  appOptions: AppOptions = {},
): App {
  return createApp(appOptions).get('/', webSocket(handler, options));
}

/** Asks for a WebSocket by hand, and gives the answer's head with the client. */
async function asked(
  server: AppServer,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<{ client: FrameClient; head: string; status: number }> {
  const client = await FrameClient.connect(server.port);
  const head = await client.send(handshake(headers)).head();
  return { client, head, status: Number(head.slice(9, 12)) };
}

/** A client of ws that is connected. */
async function connected(server: AppServer, protocols: readonly string[] = []): Promise<WebSocket> {
  const client = new WebSocket(server.url.replace('http', 'ws'), [...protocols]);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  return client;
}

describe('the handshake', () => {
  test('is agreed to as the RFC has it', async () => {
    const { head } = await asked(await served(app()));
    expect(head).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
  });

  test.each([
    ['is no upgrade', { Upgrade: undefined, Connection: undefined }, 426],
    ['does not say so in Connection', { Connection: 'keep-alive' }, 426],
    ['asks for something else', { Upgrade: 'h2c' }, 426],
    ['is of an old version', { 'Sec-WebSocket-Version': '8' }, 426],
    ['tells no version', { 'Sec-WebSocket-Version': undefined }, 426],
    ['has no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['has a key that is too short', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
    ['has a key with a comma', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBs,SBub25jZQ==' }, 400],
    ['names a subprotocol twice', { 'Sec-WebSocket-Protocol': 'a, a' }, 400],
    ['has a subprotocol that is none', { 'Sec-WebSocket-Protocol': 'a b' }, 400],
    ['has an empty subprotocol', { 'Sec-WebSocket-Protocol': 'a,,b' }, 400],
  ])('is refused if the request %s', async (_, headers, status) => {
    const { client, head, status: got } = await asked(await served(app()), headers);
    expect(got).toBe(status);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(/^Upgrade: websocket\r$/im.test(head)).toBe(status === 426);
    expect(/^Connection: Upgrade\r$/im.test(head)).toBe(status === 426);
    // The connection is still one of HTTP.
    client.send('GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.head()).toContain('404');
  });

  test('tells which version is spoken', async () => {
    const { head } = await asked(await served(app()), { 'Sec-WebSocket-Version': '25' });
    expect(head).toMatch(/^Sec-WebSocket-Version: 13\r$/m);
  });

  test('may name several protocols, in any case', async () => {
    const { status } = await asked(await served(app()), {
      Upgrade: 'h2c, WebSocket',
      Connection: 'keep-alive, upgrade',
    });
    expect(status).toBe(101);
  });

  test('of HEAD, HTTP/1.0 and requests with a body is none', async () => {
    const server = await served(app());
    for (const [from, to] of [
      ['GET /', 'HEAD /'],
      ['HTTP/1.1', 'HTTP/1.0'],
      ['\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nhi'],
    ] as const) {
      const client = await FrameClient.connect(server.port);
      expect(await client.send(handshake().replace(from, to)).head()).toMatch(/^HTTP\/1\.1 426 /);
    }
  });

  test('over HTTP/2 is refused in clear words', async () => {
    const { connect } = await import('node:http2');
    const server = await served(app(), { h2c: true });
    const session = connect(server.url);
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(400);
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(JSON.parse(text)).toMatchObject({ code: 'WEBSOCKET_NEEDS_HTTP_1' });
  });

  test('where there is no connection to hand over is refused', async () => {
    const request = new Request('http://a/', {
      headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    });
    expect((await app().fetch(request)).status).toBe(501);
    const plain = await app().fetch(new Request('http://a/'));
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });
});

describe('pages of other origins', () => {
  const origin = (value: string) => ({ Origin: value });

  test.each([
    ['the same host', 'http://chat.example', {}, 101],
    ['the same host over TLS', 'https://chat.example', {}, 101],
    ['another host', 'https://evil.example', {}, 403],
    ['another port', 'http://chat.example:8080', {}, 403],
    ['a sandbox', 'null', {}, 403],
    ['nothing that is an origin', 'chat.example', {}, 403],
    ['one of the list', 'https://app.example', { origins: ['https://app.example'] }, 101],
    ['none of the list', 'https://apps.example', { origins: ['https://app.example'] }, 403],
    ['a host below', 'https://a.app.example', { origins: ['https://*.app.example'] }, 101],
    ['anywhere, where all may', 'https://evil.example', { origins: ['*'] }, 101],
    ['two at once', 'http://chat.example, https://evil.example', {}, 403],
  ])('%s', async (_, value, options, status) => {
    expect((await asked(await served(app(echo, options)), origin(value))).status).toBe(status);
  });

  test('are asked about by a function', async () => {
    const seen: string[] = [];
    const origins = (one: string): boolean => seen.push(one) > 1;
    const server = await served(app(echo, { origins }));
    expect((await asked(server, origin('https://a.example'))).status).toBe(403);
    expect((await asked(server, origin('https://b.example'))).status).toBe(101);
    expect(seen).toEqual(['https://a.example', 'https://b.example']);
  });
});

describe('subprotocols', () => {
  test.each([
    [[], ['a'], ''],
    [['a', 'b'], ['c'], ''],
    [['a', 'b'], ['b', 'a'], 'b'],
    [['a', 'b'], ['c', 'a'], 'a'],
    [(offered: readonly string[]) => offered.at(-1), ['x', 'y'], 'y'],
    [() => undefined, ['x'], ''],
  ])('%#', async (protocols, offered, chosen) => {
    const seen: string[] = [];
    const handler = (socket: ServerSocket): void => void seen.push(socket.protocol);
    const { head } = await asked(await served(app(handler, { protocols })), {
      'Sec-WebSocket-Protocol': offered.join(', '),
    });
    expect(/^Sec-WebSocket-Protocol: (.*)\r$/m.exec(head)?.[1] ?? '').toBe(chosen);
    expect(seen).toEqual([chosen]);
  });

  test('one that the client does not offer cannot be chosen', async () => {
    const errors: unknown[] = [];
    const server = await served(
      app(echo, { protocols: () => 'mine' }, { onError: (error) => errors.push(error) }),
    );
    expect((await asked(server, { 'Sec-WebSocket-Protocol': 'yours' })).status).toBe(500);
    expect(errors).toEqual([
      new RangeError(
        'Expected `protocols()` to be one of those that the client offers, got `mine` (string).',
      ),
    ]);
  });
});

describe('middleware before the route', () => {
  test('refuses with ordinary answers', async () => {
    const seen: string[] = [];
    const guarded = createApp()
      .use(basicAuth({ users: { ann: 'secret' } }))
      .get(
        '/',
        webSocket(() => void seen.push('connected')),
      );
    const server = await served(guarded);
    const { head, status } = await asked(server);
    expect(status).toBe(401);
    expect(head).toMatch(/^WWW-Authenticate: Basic /m);
    const Authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    expect((await asked(server, { Authorization })).status).toBe(101);
    expect(seen).toEqual(['connected']);
  });

  test('may still refuse when it comes back from the route', async () => {
    const seen: string[] = [];
    const late: HttpMiddleware = async (_, next) => {
      await next();
      throw new HttpError(503, 'Too many');
    };
    const instead: HttpMiddleware = async (ctx, next) => {
      await next();
      ctx.response.status = 403;
      return ctx.response;
    };
    const other: HttpMiddleware = async (ctx, next) => {
      await next();
      ctx.response.status = 200;
      return answerWith(ctx, 'no sockets today');
    };
    for (const [middleware, status] of [
      [late, 503],
      [instead, 403],
      [other, 200],
    ] as const) {
      const server = await served(
        createApp()
          .use(middleware)
          .get(
            '/',
            webSocket(() => void seen.push('connected')),
          ),
      );
      expect((await asked(server)).status).toBe(status);
    }
    expect(seen).toEqual([]);
  });

  test('puts its headers on the answer, but none that belong to the handshake or to a body', async () => {
    const headed: HttpMiddleware = async (ctx, next) => {
      const { headers } = ctx.response;
      headers.set('X-Request-Id', 'r-1');
      headers.append('Set-Cookie', 'a=1');
      headers.append('Set-Cookie', 'b=2');
      headers.set('X-Place', 'Z\u00fcrich');
      headers.set('Content-Type', 'text/plain');
      headers.set('Content-Length', '5');
      headers.set('Connection', 'close');
      headers.set('Upgrade', 'h2c');
      headers.set('Sec-WebSocket-Accept', 'x');
      return next();
    };
    const server = await served(createApp().use(headed).get('/', webSocket(echo)));
    const { client, head } = await asked(server);
    expect(head.split('\r\n').slice(4)).toEqual([
      'X-Request-Id: r-1',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      'X-Place: Z\u00fcrich',
      '',
      '',
    ]);
    // What comes behind the head is UTF-8, as texts are.
    expect(await client.send(frame(TEXT, 'Zürich')).text()).toBe('Zürich');
  });

  test('has the status 101 at the upgrade, when HTTP is over', async () => {
    const lines: string[] = [];
    const clock = fakeClock();
    const recorded = httpEvents({ clock });
    const server = await served(
      createApp()
        .use(accessLog({ format: 'common', write: (line) => lines.push(line), clock }))
        .use(recorded)
        .get('/', webSocket(echo)),
    );
    const { client } = await asked(server);
    expect(lines).toEqual([expect.stringMatching(/"GET \/ HTTP\/1\.1" 101 -$/)]);
    const [event] = recorded.events.recentRequests(1);
    expect(event?.response).toMatchObject({ statusCode: 101, errorType: null });
    await recorded.events.idle();
    expect(await client.send(frame(TEXT, 'still there')).text()).toBe('still there');
    expect(server.server.stats()).toMatchObject({ upgraded: 1, inFlight: 0 });
  });

  test('of every other kind lets a WebSocket through', async () => {
    const site = createApp()
      .use(compress())
      .use(secureHeaders())
      .use(cors({ origins: ['https://app.example'] }))
      .use(requestId())
      .use(serverTiming())
      .use(conditionalRequests())
      .use(bodyLimit())
      .use(responseCache())
      .use(detectDisconnect())
      .get('/', webSocket(echo, { origins: ['https://app.example'] }));
    const { client, head } = await asked(await served(site), {
      Origin: 'https://app.example',
      'Accept-Encoding': 'gzip',
    });
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toMatch(/^X-Content-Type-Options: nosniff\r$/im);
    expect(head).toMatch(/^Access-Control-Allow-Origin: https:\/\/app\.example\r$/im);
    expect(head).not.toMatch(/^Content-/im);
    expect(await client.send(frame(TEXT, 'a')).text()).toBe('a');
  });

  test('with a timeout ends no connection that it has let through', async () => {
    const clock = fakeClock();
    const server = await served(
      createApp()
        .use(timeout({ timeoutMs: 1000, clock }))
        .get('/', webSocket(echo)),
    );
    const { client } = await asked(server);
    await clock.advance(60_000);
    expect(await client.send(frame(TEXT, 'a')).text()).toBe('a');
  });
});

describe('messages', () => {
  test('go both ways, with the parameters of the path', async () => {
    const rooms = createApp().get(
      '/rooms/:room',
      webSocket(async (socket, ctx) => {
        await socket.sendJson({ room: ctx.params.room });
        for await (const message of socket) {
          await socket.send(typeof message === 'string' ? message.toUpperCase() : message);
        }
      }),
    );
    const server = await served(rooms);
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/rooms/tea`);
    onTestFinished(() => client.terminate());
    const [first] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(first.toString())).toEqual({ room: 'tea' });
    client.send('hällo');
    const [text, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
    expect([text.toString(), isBinary]).toEqual(['HÄLLO', false]);
    client.send(Buffer.of(0, 255, 128));
    const [bytes, isBytes] = (await once(client, 'message')) as [Buffer, boolean];
    expect([[...bytes], isBytes]).toEqual([[0, 255, 128], true]);
  });

  test('go both ways through TLS', async () => {
    const { key, cert } = SERVER_CERTIFICATE;
    const server = await served(app(), { tls: { key, cert } });
    const client = new WebSocket(server.url.replace('http', 'ws'), { rejectUnauthorized: false });
    onTestFinished(() => client.terminate());
    await once(client, 'open');
    client.send('ä'.repeat(100_000));
    expect(String((await once(client, 'message'))[0])).toBe('ä'.repeat(100_000));
    const closed = server.close();
    expect((await once(client, 'close'))[0]).toBe(1001);
    expect(await closed).toBe(0);
  });

  test('a megabyte goes both ways, and one byte more ends it', async () => {
    const server = await served(app());
    const client = await connected(server);
    const large = Buffer.alloc(1024 * 1024, 7);
    client.send(large);
    const [back] = (await once(client, 'message')) as [Buffer];
    expect(back.equals(large)).toBe(true);
    client.send(Buffer.alloc(1024 * 1024 + 1));
    expect((await once(client, 'close'))[0]).toBe(1009);
  });

  test('that come right behind the request are the first ones', async () => {
    const client = await FrameClient.connect((await served(app())).port);
    client.send(handshake(), frame(TEXT, 'one'), frame(TEXT, 'two'));
    expect(await client.head()).toMatch(/^HTTP\/1\.1 101 /);
    expect([await client.text(), await client.text()]).toEqual(['one', 'two']);
  });

  test('a request that is smuggled behind the handshake is no request', async () => {
    const seen: string[] = [];
    const site = createApp()
      .get('/', webSocket(echo))
      .get('/admin', () => seen.push('admin') && 'secret');
    const client = await FrameClient.connect((await served(site)).port);
    client.send(handshake(), 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.head();
    // Its bytes are frames, and bad ones.
    expect(await client.ending()).toEqual([1002, '']);
    await client.ended();
    expect(seen).toEqual([]);
  });

  test('a request behind a handshake that is refused is one', async () => {
    const site = createApp()
      .get('/', webSocket(echo))
      .get('/next', () => 'next');
    const client = await FrameClient.connect((await served(site)).port);
    client.send(
      handshake({ Origin: 'https://evil.example' }),
      'GET /next HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    expect(await client.head()).toMatch(/ 403 /);
    expect(await client.head()).toMatch(/ 200 /);
  });

  test('are compressed only where that is asked for', async () => {
    const extensions = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const plain = await asked(await served(app()), extensions);
    expect(plain.head).not.toMatch(/Extensions/i);
    const server = await served(app(echo, { perMessageDeflate: true }));
    const { head } = await asked(server, extensions);
    expect(head).toMatch(/^Sec-WebSocket-Extensions: permessage-deflate/m);
    const client = await connected(server);
    client.send('a'.repeat(5000));
    expect(String((await once(client, 'message'))[0])).toBe('a'.repeat(5000));
    for (const bad of ['permessage-deflate; server_max_window_bits=99', ';;', 'a;b="']) {
      expect((await asked(server, { 'Sec-WebSocket-Extensions': bad })).status).toBe(400);
    }
  });

  test('that are bombs are not unpacked further than a message may go', async () => {
    const server = await served(app(echo, { perMessageDeflate: true, maxPayloadBytes: 100_000 }));
    const client = await connected(server);
    client.send(Buffer.alloc(50_000_000));
    expect((await once(client, 'close'))[0]).toBe(1009);
  });
});

test.each([
  [{ origins: ['evil.example'] }, '`webSocket.origins`'],
  [{ origins: [] }, '`webSocket.origins`'],
  [{ protocols: ['a b'] }, '`protocols`'],
  [{ maxPayloadBytes: 0 }, '`maxPayloadBytes`'],
  [{ maxBufferedBytes: -1 }, '`maxBufferedBytes`'],
  [{ heartbeatMs: -1 }, '`heartbeatMs`'],
  [{ pongTimeoutMs: 0 }, '`pongTimeoutMs`'],
  [{ idleTimeoutMs: Infinity }, '`idleTimeoutMs`'],
  [{ writeTimeoutMs: 0 }, '`writeTimeoutMs`'],
  [{ closeTimeoutMs: 0 }, '`closeTimeoutMs`'],
  [{ perMessageDeflate: 'yes' }, '`perMessageDeflate`'],
  [{ pingInterval: 5 }, 'Unknown option `pingInterval`'],
])('the options %j are refused', (options, message) => {
  expect(() => webSocket(echo, options as WebSocketOptions)).toThrow(message);
  expect(() => webSocket(5 as never)).toThrow('`handler`');
});
