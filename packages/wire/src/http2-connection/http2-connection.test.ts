/** HTTP/2 as a client sees it that sends frames as it likes: what is refused, how, and what the server bears. */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fakeClock } from '@interpose/testing';
import { expect, onTestFinished, test } from 'vitest';
import {
  CANCEL,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  type Frame,
  FrameClient,
  frame,
  GOAWAY,
  headerBlock,
  HEADERS,
  INTERNAL_ERROR,
  NO_ERROR,
  PING,
  PROTOCOL_ERROR,
  requestHeaders,
  RST_STREAM,
  SETTINGS,
} from '../../test-kit/frame-client.ts';
import { RawClient, get } from '../../test-kit/raw-client.ts';
import { gate, type RunningServer, startServer } from '../../test-kit/running-server.ts';
import type { Exchange, Handler } from '../exchange/exchange.ts';
import type { ServerOptions } from '../server/server.ts';

interface Running extends RunningServer {
  client(settings?: readonly (readonly [number, number])[]): FrameClient;
}

async function start(handler: Handler, options: ServerOptions = {}): Promise<Running> {
  const running = await startServer(handler, { h2c: true, ...options });
  return {
    ...running,
    client(settings) {
      const socket = connect({ port: running.port, host: '127.0.0.1', noDelay: true });
      onTestFinished(() => void socket.destroy());
      return new FrameClient(socket, settings);
    },
  };
}

const hello: Handler = (exchange) => exchange.answer(200, [], 'hello');
const never: Handler = () => expect.unreachable();
const bodyOf = (client: FrameClient, stream: number): string =>
  Buffer.concat(
    client
      .of(stream)
      .filter(({ type }) => type === DATA)
      .map(({ payload }) => payload),
  ).toString();

test('a request and its answer', async () => {
  const { client: connectTo, server } = await start(hello);
  const client = connectTo();
  client.request(1, requestHeaders('/x'));
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('hello');
  // Head, and the body with the end; no frame more than needed.
  expect(client.of(1).map(({ type, flags }) => [type, flags & END_STREAM])).toEqual([
    [HEADERS, 0],
    [DATA, END_STREAM],
  ]);
  expect(server.stats()).toMatchObject({ accepted: 1, connections: 1, requests: 1, inFlight: 0 });
});

test('HTTP/2 may begin without TLS in any pieces, and HTTP/1 still may', async () => {
  const { connect: connectRaw } = await start(hello);
  for (const first of ['G', 'P', 'PRI * HTTP/2.0\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r']) {
    const plain = await connectRaw();
    plain.send(first);
    if (first === 'G') plain.send(get().slice(1));
    else if (first === 'P') plain.send('OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    else plain.send('X');
    const answer = await plain.answer();
    expect(answer.status).toBe(first.length > 1 ? 505 : 200);
  }
});

test('the preface may come byte by byte', async () => {
  const { port } = await start(hello);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => void socket.destroy());
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const wrapped = Object.assign(socket, { preface });
  const write = socket.write.bind(socket);
  let isFirst = true;
  wrapped.write = ((bytes: string | Uint8Array) => {
    if (!isFirst) return write(bytes);
    isFirst = false;
    for (const byte of preface) write(Buffer.of(byte));
    return true;
  }) as typeof socket.write;
  const client = new FrameClient(wrapped);
  client.request(1, requestHeaders());
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('hello');
});

test('without the option the preface is no request', async () => {
  const { port } = await startServer(never);
  const client = new RawClient(connect({ port, host: '127.0.0.1' }));
  client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  expect((await client.answer()).status).toBe(505);
});

test('many requests at once, answered in any order', async () => {
  const exchanges: Exchange[] = [];
  const all = gate();
  const { client: connectTo, server } = await start((exchange) => {
    exchanges.push(exchange);
    if (exchanges.length === 100) all.open();
  });
  const client = connectTo();
  for (let at = 0; at < 100; at++) client.request(at * 2 + 1, requestHeaders(`/${at}`));
  await all.opened;
  expect(server.stats()).toMatchObject({ connections: 1, inFlight: 100 });
  for (const exchange of exchanges.toReversed()) exchange.answer(200, [], exchange.target);
  for (let at = 0; at < 100; at++) {
    await client.end(at * 2 + 1);
    expect(bodyOf(client, at * 2 + 1)).toBe(`/${at}`);
  }
  expect(server.stats().inFlight).toBe(0);
});

test.each([
  ['a header in upper case', requestHeaders('/', 'X-A', 'b')],
  ['connection', requestHeaders('/', 'connection', 'close')],
  ['transfer-encoding', requestHeaders('/', 'transfer-encoding', 'chunked')],
  ['te', requestHeaders('/', 'te', 'gzip')],
  ['a pseudo-header twice', requestHeaders('/', ':path', '/')],
  ['a pseudo-header behind a header', ['x', 'y', ...requestHeaders()]],
  ['a pseudo-header that nobody knows', [':x', 'y', ...requestHeaders()]],
  ['no path', [':method', 'GET', ':scheme', 'http', ':authority', 'a']],
  ['no host', [':method', 'GET', ':scheme', 'http', ':path', '/']],
  ['a length where nothing follows', requestHeaders('/', 'content-length', '5')],
])('a malformed head, with %s, resets its stream alone', async (_, headers) => {
  const { client: connectTo, server } = await start((exchange) => {
    expect(exchange.target).toBe('/right');
    exchange.answer(200, []);
  });
  const client = connectTo();
  client.request(1, headers);
  client.request(3, requestHeaders('/right'));
  expect(await client.resetCode(1)).toBe(PROTOCOL_ERROR);
  expect((await client.end(3)).type).toBe(HEADERS);
  expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0 });
});

test('a header that would be more than one line is never handed on', async () => {
  const seen: (readonly string[])[] = [];
  const { client: connectTo } = await start((exchange) => {
    seen.push(exchange.rawHeaders);
    exchange.answer(200, []);
  });
  const client = connectTo();
  client.request(1, requestHeaders('/', 'x', 'a\r\ny: z'));
  client.request(3, requestHeaders('/', 'x', 'a\0'));
  // node:http2 drops it, or resets the stream.
  await client.end(1);
  await client.end(3);
  for (const headers of seen) expect(headers).toEqual(['host', 'a']);
});

test.each([
  ['two hosts that differ', 'HOST_MISMATCH', requestHeaders('/', 'host', 'b')],
  ['CONNECT', 'METHOD_NOT_SERVED', [':method', 'CONNECT', ':authority', 'a:443']],
  ['an expectation', 'EXPECTATION_UNKNOWN', requestHeaders('/', 'expect', 'x')],
  ['a fragment', 'TARGET_MALFORMED', requestHeaders('/#a')],
  ['a large head', 'HEAD_TOO_LARGE', requestHeaders('/', 'x', 'y'.repeat(17_000))],
  ['a long path', 'REQUEST_LINE_TOO_LONG', requestHeaders(`/${'y'.repeat(9000)}`)],
  [
    'many headers',
    'TOO_MANY_HEADERS',
    requestHeaders('/', ...Array.from({ length: 110 }, () => ['x', 'y']).flat()),
  ],
])('a head that is not served, with %s, is answered as in HTTP/1', async (_, code, headers) => {
  const { client: connectTo, server } = await start(never);
  const client = connectTo();
  const block = headerBlock(headers);
  client.send(HEADERS, END_STREAM, 1, block.subarray(0, 10_000));
  client.send(CONTINUATION, END_HEADERS, 1, block.subarray(10_000));
  await client.end(1);
  expect(JSON.parse(bodyOf(client, 1))).toMatchObject({ code });
  await client.pinged();
  expect(server.stats()).toMatchObject({ requests: 0, inFlight: 0, refused: { [code]: 1 } });
});

test('a head beyond all measure is not even answered', async () => {
  const { client: connectTo, server } = await start(never);
  const client = connectTo();
  const many = Array.from({ length: 400 }, () => ['x', 'y']).flat();
  client.request(1, requestHeaders('/', ...many));
  expect(await client.resetCode(1)).toBe(ENHANCE_YOUR_CALM);
  expect(server.stats().requests).toBe(0);
});

test.each([
  ['fewer', 'abc', END_STREAM],
  ['more', 'abcdef', 0],
])('a body of %s bytes than it says is no body', async (_, bytes, flags) => {
  const arrived = gate();
  const failed = gate<unknown>();
  const { client: connectTo, server } = await start(async (exchange) => {
    arrived.open();
    await exchange.body?.text().catch((error: unknown) => failed.open(error));
  });
  const client = connectTo();
  client.request(1, requestHeaders('/', 'content-length', '5'), 0);
  await arrived.opened;
  client.data(1, bytes, flags);
  // The stream, or the whole connection: that is up to node:http2.
  await client.frame(({ type }) => type === RST_STREAM || type === GOAWAY);
  expect(await failed.opened).toMatchObject({ code: 'CLIENT_LEFT' });
  expect(server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 1 });
});

test('a body of known length 0 is none', async () => {
  const { client: connectTo } = await start((exchange) => {
    exchange.answer(200, [], exchange.body === null ? 'none' : 'some');
  });
  const client = connectTo();
  client.request(1, requestHeaders('/', 'content-length', '0'), 0).data(1, '', END_STREAM);
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('none');
});

test('trailers that come too late for what they say fail the body', async () => {
  const { client: connectTo, server } = await start(async (exchange) => {
    exchange.answer(200, [], await exchange.body?.text());
  });
  const client = connectTo();
  client.request(1, requestHeaders(), 0).data(1, 'abc');
  client.request(1, ['host', 'b']);
  await client.end(1);
  expect(JSON.parse(bodyOf(client, 1))).toMatchObject({ code: 'TRAILER_FORBIDDEN' });
  expect(server.stats().refused).toEqual({ TRAILER_FORBIDDEN: 1 });
});

test('a client is told that what is left of its body is not wanted', async () => {
  const { client: connectTo } = await start(hello);
  const client = connectTo();
  client.request(1, requestHeaders(), 0).data(1, 'some');
  expect(await client.resetCode(1)).toBe(NO_ERROR);
  // The answer was whole before that.
  expect(client.of(1).map(({ type, flags }) => [type, flags & END_STREAM])).toEqual([
    [HEADERS, 0],
    [DATA, END_STREAM],
    [RST_STREAM, 0],
  ]);
});

test('a body is taken no faster than it is read, and others go on', async () => {
  const wanted = gate();
  const { client: connectTo } = await start(async (exchange) => {
    if (exchange.body === null) return hello(exchange);
    await wanted.opened;
    exchange.answer(200, [], String((await exchange.body.bytes()).length));
  });
  const client = connectTo();
  client.request(1, requestHeaders(), 0);
  for (let sent = 0; sent < 65_535; sent += 4369) client.data(1, Buffer.alloc(4369));
  await client.pinged();
  client.request(3, requestHeaders());
  await client.end(3);
  // One byte more than the window is a breach; the window has not moved.
  wanted.open();
  client.data(1, '', END_STREAM);
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('65535');
});

test.each([
  ['a body of unknown length', []],
  ['a body of known length', ['content-length', '100000']],
])('%s that is broken off has no end, but a reset', async (_, headers) => {
  for (const size of [3, 90_000]) {
    for (const isLater of [false, true]) {
      const { client: connectTo } = await start(async (exchange) => {
        exchange.sendHead(200, headers);
        exchange.write(Buffer.alloc(size));
        if (isLater) await nextTurn();
        exchange.destroy();
      });
      const client = connectTo();
      client.request(1, requestHeaders());
      expect(await client.resetCode(1)).toBe(INTERNAL_ERROR);
      await client.pinged();
      const ends = client.of(1).filter(({ type, flags }) => type <= HEADERS && flags & END_STREAM);
      expect(ends).toEqual([]);
    }
  }
});

test('a large answer that is broken off has no end, but a reset', async () => {
  const { client: connectTo } = await start((exchange) => {
    exchange.answer(200, [], Buffer.alloc(1_000_000));
    exchange.destroy();
  });
  const client = connectTo();
  client.request(1, requestHeaders());
  expect(await client.resetCode(1)).toBe(INTERNAL_ERROR);
  await client.pinged();
  expect(client.of(1).at(-1)?.type).toBe(RST_STREAM);
});

test.each([
  ['resets its stream', (client: FrameClient) => client.reset(1)],
  ['resets it without blame', (client: FrameClient) => client.reset(1, NO_ERROR)],
  ['ends the connection', (client: FrameClient) => void client.socket.end()],
  ['destroys the connection', (client: FrameClient) => void client.socket.destroy()],
])('a client that %s has left', async (_, leave) => {
  for (const method of ['GET', 'HEAD']) {
    const arrived = gate<Exchange>();
    const { client: connectTo, server } = await start((exchange) => arrived.open(exchange));
    const client = connectTo();
    client.request(1, requestHeaders().with(1, method));
    const exchange = await arrived.opened;
    const left = gate();
    exchange.onClientLeft(() => left.open());
    leave(client);
    await left.opened;
    expect(exchange.signal.aborted).toBe(true);
    expect(server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
  }
});

test('no more streams than are allowed are open at once', async () => {
  const exchanges: Exchange[] = [];
  const { client: connectTo, server } = await start((exchange) => void exchanges.push(exchange), {
    maxConcurrentStreams: 3,
  });
  const client = connectTo();
  await client.pinged();
  for (let at = 0; at < 4; at++) client.request(at * 2 + 1, requestHeaders());
  // The one stream too many, or the whole connection: that is up to node:http2.
  await client.frame(({ type }) => type === RST_STREAM || type === GOAWAY);
  expect(server.stats().requests).toBe(3);
});

test('a client that resets one stream after the other is sent away', async () => {
  let asked = 0;
  const { client: connectTo, server } = await start(() => void asked++, { maxStreamResets: 50 });
  const client = connectTo();
  for (let at = 0; at < 60; at++) client.request(at * 2 + 1, requestHeaders()).reset(at * 2 + 1);
  expect((await client.goaway()).code).toBe(ENHANCE_YOUR_CALM);
  await client.closed();
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0, floods: 1 });
  // Opened and reset at once: most were never worth a call.
  expect(asked).toBeLessThanOrEqual(51);
});

test('a client that gives up as often in a longer time is not', async () => {
  let asked = 0;
  const arrived: (() => void)[] = [];
  const clock = fakeClock();
  const { client: connectTo, server } = await start(
    () => {
      asked++;
      arrived.shift()?.();
    },
    { maxStreamResets: 5, clock, keepAliveMs: 100_000 },
  );
  const client = connectTo();
  for (let at = 0; at < 12; at++) {
    const seen = new Promise<void>((resolve) => arrived.push(resolve));
    client.request(at * 2 + 1, requestHeaders());
    await seen;
    client.reset(at * 2 + 1);
    await expect.poll(() => server.stats().inFlight).toBe(0);
    if (at % 5 === 4) await clock.advance(31_000);
  }
  expect(asked).toBe(12);
  expect(server.stats().floods).toBe(0);
});

test('a connection that ends with all of its streams is no flood', async () => {
  let asked = 0;
  const all = gate();
  const { client: connectTo, server } = await start(() => void (++asked === 60 && all.open()), {
    maxStreamResets: 5,
  });
  const client = connectTo();
  for (let at = 0; at < 60; at++) client.request(at * 2 + 1, requestHeaders());
  await all.opened;
  client.socket.destroy();
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  expect(server.stats()).toMatchObject({ floods: 0, clientsLeft: 60 });
});

test('after so many requests a connection ends in order', async () => {
  const { client: connectTo, server } = await start(hello, { maxRequestsPerConnection: 3 });
  const client = connectTo();
  for (const stream of [1, 3, 5]) client.request(stream, requestHeaders());
  for (const stream of [1, 3, 5]) await client.end(stream);
  expect(await client.goaway()).toEqual({ last: 5, code: NO_ERROR });
  await client.closed();
  await expect.poll(() => server.stats().connections).toBe(0);
});

test('a server that closes says so, and takes no new streams', async () => {
  const arrived = gate<Exchange>();
  const { client: connectTo, server } = await start((exchange) => arrived.open(exchange));
  const client = connectTo();
  client.request(1, requestHeaders());
  const exchange = await arrived.opened;
  const closed = server.close({ graceMs: 60_000 });
  expect(await client.goaway()).toEqual({ last: 1, code: NO_ERROR });
  client.request(3, requestHeaders());
  await client.pinged();
  exchange.answer(200, [], 'last');
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('last');
  expect(await closed).toBe(0);
  expect(server.stats().requests).toBe(1);
});

test.each([
  ['settings', frame(SETTINGS, 0, 0, Buffer.alloc(0))],
  ['pings', frame(PING, 0, 0, Buffer.alloc(8))],
])('a client that sends %s without end and reads nothing is sent away', async (_, bytes) => {
  const { client: connectTo, server } = await start(hello);
  const client = connectTo();
  await client.pinged();
  const { socket } = client;
  socket.pause();
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => bytes));
  for (let round = 0; round < 3000 && !socket.destroyed; round++) {
    if (!socket.write(thousand)) await nextTurn();
  }
  await expect.poll(() => server.stats().connections, { timeout: 4000 }).toBe(0);
});

test('frames that are wrong end the connection and harm nobody', async () => {
  const clock = fakeClock();
  const { client: connectTo, server } = await start(hello, { clock });
  const wrong = [
    frame(HEADERS, END_HEADERS, 0, Buffer.alloc(3)),
    frame(HEADERS, END_HEADERS, 2, headerBlock(requestHeaders())),
    frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.from('ffffffffffff', 'hex')),
    frame(CONTINUATION, END_HEADERS, 1, Buffer.alloc(0)),
    frame(SETTINGS, 0, 1, Buffer.alloc(0)),
    frame(PING, 0, 0, Buffer.alloc(7)),
    Buffer.alloc(5000, 0xff),
  ];
  for (const bytes of wrong) {
    const client = connectTo();
    client.socket.write(bytes);
    expect((await client.goaway()).code).not.toBe(NO_ERROR);
    // Not every one is told of by node:http2; what it says nothing of ends as an idle connection does.
    await clock.advance(70_000);
    await clock.advance(5000);
    await client.closed();
  }
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  const client = connectTo();
  client.request(1, requestHeaders());
  await client.end(1);
});

test('a client that breaks the protocol in the middle of a request is found to have left', async () => {
  const clock = fakeClock();
  const arrived = gate<Exchange>();
  const { client: connectTo, server } = await start((exchange) => arrived.open(exchange), {
    clock,
  });
  const client = connectTo();
  client.request(1, requestHeaders());
  const exchange = await arrived.opened;
  client.send(DATA, 0, 0);
  expect((await client.goaway()).code).toBe(PROTOCOL_ERROR);
  for (let round = 0; round < 4; round++) await clock.advance(66_000);
  await client.closed();
  expect(exchange.clientLeft).toBe(true);
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  expect(clock.pending).toBe(0);
});

test('a client that only waits is asked whether it is there, and waits on', async () => {
  const clock = fakeClock();
  const arrived = gate<Exchange>();
  const { client: connectTo } = await start((exchange) => arrived.open(exchange), { clock });
  const client = connectTo();
  client.request(1, requestHeaders());
  const exchange = await arrived.opened;
  let asked = 0;
  const isPing = ({ type, flags }: Frame): boolean => type === PING && flags === 0;
  for (let round = 0; round < 10; round++) {
    await clock.advance(66_000);
    const pings = client.frames.filter(isPing);
    asked += pings.length;
    for (const { payload } of pings) client.send(PING, 1, 0, payload);
    client.frames.length = 0;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }
  expect(asked).toBeGreaterThan(2);
  exchange.answer(200, [], 'at last');
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('at last');
});

test('one that does not answer is gone', async () => {
  const clock = fakeClock();
  const arrived = gate<Exchange>();
  const { client: connectTo } = await start((exchange) => arrived.open(exchange), { clock });
  const client = connectTo();
  client.request(1, requestHeaders());
  const exchange = await arrived.opened;
  for (let round = 0; round < 4; round++) await clock.advance(66_000);
  await client.closed();
  expect(exchange.clientLeft).toBe(true);
});

test('a reset behind a whole answer is nobody leaving', async () => {
  const { client: connectTo, server } = await start(hello);
  const client = connectTo();
  client.request(1, requestHeaders(), 0);
  await client.frame(({ type }) => type === DATA);
  client.reset(1, CANCEL);
  await client.pinged();
  expect(server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0, requests: 1 });
  expect(client.frames.some(({ type }) => type === GOAWAY)).toBe(false);
});
