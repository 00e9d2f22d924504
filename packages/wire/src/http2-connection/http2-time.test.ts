/** HTTP/2 and time: clients that send too slowly, take too little, or do not go. */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FakeClock, fakeClock } from '@interpose/testing';
import { expect, onTestFinished, test } from 'vitest';
import {
  CANCEL,
  DATA,
  END_STREAM,
  FrameClient,
  HEADERS,
  NO_ERROR,
  requestHeaders,
} from '../../test-kit/frame-client.ts';
import { gate, type RunningServer, startServer } from '../../test-kit/running-server.ts';
import type { Exchange, Handler } from '../exchange/exchange.ts';
import type { ServerOptions } from '../server/server.ts';

interface Running extends RunningServer {
  readonly clock: FakeClock;
  client(settings?: readonly (readonly [number, number])[]): FrameClient;
}

async function start(handler: Handler, options: ServerOptions = {}): Promise<Running> {
  const clock = fakeClock();
  const running = await startServer(handler, { h2c: true, clock, ...options });
  return {
    ...running,
    clock,
    client(settings) {
      const socket = connect({ port: running.port, host: '127.0.0.1', noDelay: true });
      onTestFinished(() => void socket.destroy());
      return new FrameClient(socket, settings);
    },
  };
}

/** The window that the server may fill at first. */
const INITIAL_WINDOW = 4;

const bodyOf = (client: FrameClient, stream: number): string =>
  client
    .of(stream)
    .filter(({ type }) => type === DATA)
    .map(({ payload }) => payload.toString())
    .join('');

const turns = async (count = 50): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await nextTurn();
};

test('a connection on which nobody asks ends in order', async () => {
  const {
    client: connectTo,
    clock,
    server,
  } = await start((exchange) => exchange.answer(200, []), {
    keepAliveMs: 10_000,
  });
  const client = connectTo();
  client.request(1, requestHeaders());
  await client.end(1);
  await client.pinged();
  await clock.advance(9000);
  // A ping is no request.
  await client.pinged();
  await clock.advance(3000);
  expect(await client.goaway()).toEqual({ last: 1, code: NO_ERROR });
  await client.closed();
  await expect.poll(() => server.stats().connections).toBe(0);
  expect(clock.pending).toBe(0);
});

test('a connection that never begins ends', async () => {
  const { port, clock, server } = await start(() => {}, { headTimeoutMs: 2000 });
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const closed = new Promise((resolve) => socket.resume().once('close', resolve));
  await expect.poll(() => server.stats().connections).toBe(1);
  await turns();
  await clock.advance(4000);
  await clock.advance(4000);
  await closed;
  await expect.poll(() => server.stats().connections).toBe(0);
});

test('half a preface is not waited for', async () => {
  const { connect: connectRaw, clock, server } = await start(() => {}, { headTimeoutMs: 2000 });
  const client = await connectRaw();
  client.send('PRI * HTTP');
  await expect.poll(() => server.stats().connections).toBe(1);
  await turns();
  await clock.advance(4000);
  await client.closed();
  expect(server.stats().refused).toEqual({ HEAD_TOO_SLOW: 1 });
});

test('a client that does not end its side is cut off', async () => {
  const {
    client: connectTo,
    clock,
    server,
  } = await start((exchange) => exchange.answer(200, []), {
    keepAliveMs: 10_000,
    lingerMs: 5000,
  });
  const client = connectTo();
  // Ends nothing of itself.
  (client.socket as { allowHalfOpen: boolean }).allowHalfOpen = true;
  client.request(1, requestHeaders());
  await client.end(1);
  await clock.advance(12_000);
  await client.goaway();
  expect(server.stats().connections).toBe(1);
  await clock.advance(7000);
  await expect.poll(() => server.stats().connections).toBe(0);
});

test('a body that stops is refused', async () => {
  const arrived = gate();
  const {
    client: connectTo,
    clock,
    server,
  } = await start(
    async (exchange) => {
      arrived.open();
      exchange.answer(200, [], await exchange.body?.text());
    },
    { bodyIdleTimeoutMs: 5000 },
  );
  const client = connectTo();
  client.request(1, requestHeaders(), 0).data(1, 'some');
  await arrived.opened;
  await clock.advance(4000);
  expect(server.stats().refused).toEqual({});
  await clock.advance(3000);
  expect(await client.resetCode(1)).toBe(NO_ERROR);
  expect(JSON.parse(bodyOf(client, 1))).toMatchObject({ status: 408, code: 'BODY_TOO_SLOW' });
  expect(server.stats()).toMatchObject({ refused: { BODY_TOO_SLOW: 1 }, inFlight: 0 });
});

test('a body that trickles is refused', async () => {
  const arrived = gate();
  const { client: connectTo, clock } = await start(
    async (exchange) => {
      arrived.open();
      exchange.answer(200, [], await exchange.body?.text());
    },
    { bodyIdleTimeoutMs: 5000, minBodyBytesPerSecond: 100 },
  );
  const client = connectTo();
  client.request(1, requestHeaders(), 0);
  await arrived.opened;
  for (let round = 0; round < 6 && client.of(1).length === 0; round++) {
    client.data(1, 'some');
    await client.pinged();
    await clock.advance(2000);
  }
  await client.resetCode(1);
  expect(JSON.parse(bodyOf(client, 1))).toMatchObject({ code: 'BODY_TOO_SLOW' });
});

test('a body that nobody reads has time', async () => {
  const arrived = gate<Exchange>();
  const { client: connectTo, clock } = await start((exchange) => arrived.open(exchange), {
    bodyIdleTimeoutMs: 5000,
  });
  const client = connectTo();
  client.request(1, requestHeaders(), 0).data(1, 'some');
  const exchange = await arrived.opened;
  await clock.advance(30_000);
  const text = exchange.body?.text();
  client.data(1, ' more', END_STREAM);
  expect(await text).toBe('some more');
});

test('a client that takes nothing loses its stream, and the others go on', async () => {
  const left = gate();
  const {
    client: connectTo,
    clock,
    server,
  } = await start(
    (exchange) => {
      if (exchange.target === '/small') return exchange.answer(204, []);
      exchange.onClientLeft(() => left.open());
      exchange.answer(200, [], Buffer.alloc(10_000));
    },
    { writeTimeoutMs: 5000, keepAliveMs: 100_000 },
  );
  const client = connectTo([[INITIAL_WINDOW, 100]]);
  client.request(1, requestHeaders());
  await client.frame(({ type }) => type === DATA);
  await clock.advance(3000);
  client.allow(1, 100);
  await client.frame(({ type, stream }) => type === DATA && stream === 1);
  await clock.advance(4000);
  expect(await client.resetCode(1)).toBe(CANCEL);
  await left.opened;
  client.request(3, requestHeaders('/small'));
  expect((await client.end(3)).type).toBe(HEADERS);
  expect(server.stats()).toMatchObject({ connections: 1, clientsLeft: 1, inFlight: 0 });
});

test('a client that takes a large answer slowly gets it', async () => {
  const size = 700_000;
  const { client: connectTo, clock } = await start(
    (exchange) => exchange.answer(200, [], Buffer.alloc(size)),
    { writeTimeoutMs: 5000, keepAliveMs: 100_000 },
  );
  const client = connectTo();
  client.request(1, requestHeaders());
  const received = (): number =>
    client.of(1).reduce((sum, { type, payload }) => sum + (type === DATA ? payload.length : 0), 0);
  let allowed = 65_535;
  while (received() < size) {
    await client.frame(() => received() >= Math.min(allowed, size));
    await clock.advance(3000);
    client.allow(0, 65_535).allow(1, 65_535);
    allowed += 65_535;
    await client.pinged();
  }
  await client.end(1);
  expect(client.of(1).at(-1)).toMatchObject({ type: DATA });
});

test('a client that takes nothing of a stream is not waited for', async () => {
  const left = gate();
  const { client: connectTo, clock } = await start(
    (exchange) => {
      exchange.onClientLeft(() => left.open());
      exchange.sendHead(200, []);
      while (exchange.write(Buffer.alloc(10_000)));
    },
    { writeTimeoutMs: 5000, keepAliveMs: 100_000 },
  );
  const client = connectTo([[INITIAL_WINDOW, 0]]);
  client.request(1, requestHeaders());
  await client.frame(({ type }) => type === HEADERS);
  await clock.advance(7000);
  expect(await client.resetCode(1)).toBe(CANCEL);
  await left.opened;
});

test('a client that reads nothing at all loses its connection', async () => {
  const left = gate();
  const {
    client: connectTo,
    clock,
    server,
  } = await start(
    (exchange) => {
      exchange.onClientLeft(() => left.open());
      exchange.answer(200, [], Buffer.alloc(30_000_000));
    },
    { writeTimeoutMs: 5000, keepAliveMs: 100_000 },
  );
  const client = connectTo([[INITIAL_WINDOW, 2 ** 31 - 1]]);
  client.allow(0, 2 ** 31 - 1 - 65_535);
  client.request(1, requestHeaders());
  await client.frame(({ type }) => type === DATA);
  client.socket.pause();
  await expect
    .poll(async () => {
      await clock.advance(3000);
      return server.stats();
    })
    .toMatchObject({ connections: 0, inFlight: 0, clientsLeft: 1 });
  await left.opened;
  expect(clock.pending).toBe(0);
});

test('a stream that waits for its handler has time', async () => {
  const arrived = gate<Exchange>();
  const { client: connectTo, clock } = await start((exchange) => arrived.open(exchange), {
    writeTimeoutMs: 5000,
    keepAliveMs: 1_000_000,
  });
  const client = connectTo();
  client.request(1, requestHeaders());
  const exchange = await arrived.opened;
  exchange.sendHead(200, []);
  exchange.write('some');
  await client.frame(({ type }) => type === DATA);
  await clock.advance(60_000);
  exchange.end(' more');
  await client.end(1);
  expect(bodyOf(client, 1)).toBe('some more');
});

test('a refusal that nobody takes is not waited for', async () => {
  const {
    client: connectTo,
    clock,
    server,
  } = await start(() => {}, {
    writeTimeoutMs: 5000,
    keepAliveMs: 100_000,
  });
  const client = connectTo([[INITIAL_WINDOW, 0]]);
  client.request(1, requestHeaders('/#a'));
  await client.frame(({ type }) => type === HEADERS);
  await clock.advance(7000);
  expect(await client.resetCode(1)).toBe(CANCEL);
  expect(server.stats().refused).toEqual({ TARGET_MALFORMED: 1 });
});

test('no timer is left behind', async () => {
  const {
    client: connectTo,
    clock,
    server,
  } = await start(async (exchange) => {
    exchange.answer(200, [], await exchange.body?.text());
  });
  for (let round = 0; round < 5; round++) {
    const client = connectTo();
    client.request(1, requestHeaders(), 0).data(1, 'x', END_STREAM);
    client.request(3, requestHeaders('/#refused'));
    client.request(5, requestHeaders(), 0);
    await client.end(1);
    await client.end(3);
    client.socket.destroy();
  }
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  expect(clock.pending).toBe(0);
});
