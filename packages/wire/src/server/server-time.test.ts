/** How long clients may take: never less than they are given, and at most two ticks more. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { get, post, type RawClient } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import type { Clock } from '../clock.ts';
import { RefusedMessageError } from '../errors.ts';
import type { Handler } from '../exchange/exchange.ts';
import type { IncomingBody } from '../incoming-body.ts';

const TICK = 500;
const hello: Handler = (exchange) => exchange.answer(200, [], 'hello');
const readAll: Handler = async (exchange) => exchange.answer(200, [], await exchange.body?.text());

/** Moves time on until the server has ended its side; gives how long that took. */
async function endsAfter(clock: FakeClock, client: RawClient, mostMs = 100_000): Promise<number> {
  const fromMs = clock.now();
  while (!client.hasEnded && !client.hasClosed && clock.now() - fromMs < mostMs) {
    await clock.advance(100);
  }
  return clock.now() - fromMs;
}

function expectInTime(tookMs: number, allowedMs: number): void {
  expect(tookMs).toBeGreaterThanOrEqual(allowedMs);
  expect(tookMs).toBeLessThanOrEqual(allowedMs + 2 * TICK + 100);
}

test('a client that sends nothing is let go in silence', async () => {
  const { clock, connect, server } = memoryServer(hello, { headTimeoutMs: 10_000 });
  const { client } = connect();
  expectInTime(await endsAfter(clock, client), 10_000);
  expect(client.rest).toBe('');
  expect(server.stats()).toMatchObject({ connections: 0, refused: {}, clientsLeft: 0 });
  expect(clock.pending).toBe(0);
});

test('a client that sends half a head is told that it took too long', async () => {
  const told: unknown[] = [];
  const { clock, connect, server } = memoryServer(hello, {
    headTimeoutMs: 10_000,
    onRefused: ({ code }) => void told.push(code),
  });
  const { client } = connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n');
  expectInTime(await endsAfter(clock, client), 10_000);
  const answer = await client.answer();
  expect([answer.status, answer.header('connection')]).toEqual([408, 'close']);
  expect(answer.json).toMatchObject({ code: 'HEAD_TOO_SLOW', status: 408 });
  await clock.advance(5000);
  expect(server.stats()).toMatchObject({
    connections: 0,
    requests: 0,
    refused: { HEAD_TOO_SLOW: 1 },
  });
  expect(told).toEqual(['HEAD_TOO_SLOW']);
  expect(clock.pending).toBe(0);
});

test.each([
  ['from the beginning', ''],
  ['behind a first request', get()],
])('a head that comes byte by byte is not waited for longer (%s)', async (_, before) => {
  const { clock, connect, server } = memoryServer(hello, { headTimeoutMs: 10_000 });
  const { client } = connect();
  client.send(before);
  await clock.advance(0);
  if (before) await client.answer();
  const fromMs = clock.now();
  for (const byte of get('/', `X: ${'y'.repeat(100)}\r\n`)) {
    if (client.hasEnded) break;
    client.send(byte);
    await clock.advance(5000);
  }
  expect(clock.now() - fromMs).toBeLessThanOrEqual(15_000 + 2 * TICK);
  expect(server.stats().requests).toBe(before ? 1 : 0);
  await clock.advance(5000);
  expect(server.stats().connections).toBe(0);
});

test('the time of the first head counts from the connection', async () => {
  const { clock, connect } = memoryServer(hello, { headTimeoutMs: 10_000 });
  const { client } = connect();
  await clock.advance(8000);
  client.send('GET / HTTP/1.1\r\n');
  expectInTime(8000 + (await endsAfter(clock, client)), 10_000);
});

test('the time of a head that began with the request before it is no longer', async () => {
  const { clock, connect } = memoryServer(hello, { headTimeoutMs: 10_000, keepAliveMs: 60_000 });
  const { client } = connect();
  // The end of one head and the beginning of the next come in one piece.
  client.send('GET / HTTP/1.1\r\nHo');
  await clock.advance(0);
  client.send('st: a\r\n\r\nGET / HTTP/1.1\r\nHo');
  await clock.advance(0);
  expect((await client.answer()).text).toBe('hello');
  expectInTime(await endsAfter(clock, client), 10_000);
  expect((await client.answer()).status).toBe(408);
});

test('a head that waited for the answer before it has its time from then on', async () => {
  const may = gate();
  const { clock, connect } = memoryServer(
    async (exchange) => {
      await may.opened;
      exchange.answer(200, [], 'x');
    },
    { headTimeoutMs: 10_000, keepAliveMs: 60_000 },
  );
  const { client } = connect();
  client.send(`${get()}GET /`);
  await clock.advance(300_000);
  expect(client.hasEnded).toBe(false);
  may.open();
  await clock.advance(0);
  expect((await client.answer()).status).toBe(200);
  expectInTime(await endsAfter(clock, client), 10_000);
});

test('an idle connection is let go in silence', async () => {
  const { clock, connect, server } = memoryServer(hello, { keepAliveMs: 20_000 });
  const { client } = connect();
  for (let time = 0; time < 3; time++) {
    client.send(get());
    await clock.advance(19_900);
    expect((await client.answer()).text).toBe('hello');
    expect(client.hasEnded).toBe(false);
  }
  client.send(get());
  await clock.advance(0);
  await client.answer();
  expectInTime(await endsAfter(clock, client), 20_000);
  expect(client.rest).toBe('');
  expect(server.stats()).toMatchObject({ connections: 0, refused: {}, clientsLeft: 0 });
});

test('a line break between two requests does not keep a connection', async () => {
  const { clock, connect } = memoryServer(hello, { keepAliveMs: 20_000 });
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  await client.answer();
  await clock.advance(15_000);
  client.send('\r\n');
  expectInTime(15_000 + (await endsAfter(clock, client)), 20_000);
});

test('a handler may take as long as it likes', async () => {
  const may = gate();
  const { clock, connect, server } = memoryServer(async (exchange) => {
    await may.opened;
    exchange.answer(200, [], 'at last');
  });
  const { client } = connect();
  client.send(post('x'));
  await clock.advance(3_600_000);
  expect(server.stats()).toMatchObject({ connections: 1, inFlight: 1 });
  may.open();
  expect((await client.answer()).text).toBe('at last');
});

test('a body that pauses too long fails', async () => {
  const errors: unknown[] = [];
  const { clock, connect, server } = memoryServer(readAll, {
    bodyIdleTimeoutMs: 10_000,
    onError: (error) => void errors.push(error),
  });
  const { client } = connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(9000)}`);
  expectInTime(await endsAfter(clock, client), 10_000);
  const answer = await client.answer();
  expect([answer.status, answer.json['code']]).toEqual([408, 'BODY_TOO_SLOW']);
  expect(answer.header('connection')).toBe('close');
  expect(RefusedMessageError.is(errors[0])).toBe(true);
  await clock.advance(5000);
  expect(server.stats()).toMatchObject({
    connections: 0,
    inFlight: 0,
    refused: { BODY_TOO_SLOW: 1 },
  });
  expect(clock.pending).toBe(0);
});

const WAYS: Readonly<Record<string, (body: IncomingBody) => Promise<unknown>>> = {
  text: (body) => body.text(),
  iterated: async (body) => {
    for await (const _ of body);
  },
};

test.each(Object.keys(WAYS))('a body that comes too slowly fails (%s)', async (way) => {
  const failed: unknown[] = [];
  const { clock, connect, server } = memoryServer(
    async (exchange) => {
      await WAYS[way]?.(exchange.body as IncomingBody).catch((error: unknown) =>
        failed.push(error),
      );
      exchange.answer(408, []);
    },
    { bodyIdleTimeoutMs: 10_000, minBodyBytesPerSecond: 500 },
  );
  const { client } = connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`);
  // 100 bytes a second are never idle for long.
  let tookMs = 0;
  for (; tookMs < 100_000 && failed.length === 0; tookMs += 1000) {
    client.send('x'.repeat(100));
    await clock.advance(1000);
  }
  expectInTime(tookMs, 10_000);
  expect((failed[0] as RefusedMessageError).code).toBe('BODY_TOO_SLOW');
  expect(server.stats().refused).toEqual({ BODY_TOO_SLOW: 1 });
});

test.each(Object.keys(WAYS))('a body that comes just fast enough does not (%s)', async (way) => {
  const { clock, connect } = memoryServer(
    async (exchange) => {
      await WAYS[way]?.(exchange.body as IncomingBody);
      exchange.answer(200, [], 'all');
    },
    { bodyIdleTimeoutMs: 10_000, minBodyBytesPerSecond: 500 },
  );
  const { client } = connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n`);
  for (let sent = 0; sent < 60_000; sent += 600) {
    client.send('x'.repeat(600));
    await clock.advance(1000);
  }
  expect((await client.answer()).text).toBe('all');
});

test('a body that comes late at first and fast afterwards does not fail', async () => {
  const { clock, connect } = memoryServer(readAll, { bodyIdleTimeoutMs: 10_000 });
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n');
  await clock.advance(9900);
  client.send('x'.repeat(10_000));
  await clock.advance(9000);
  client.send('x'.repeat(10_000));
  expect((await client.answer()).body.length).toBe(20_000);
});

test('time in which nobody wants the body does not count', async () => {
  let body: IncomingBody | undefined;
  const { clock, connect, server } = memoryServer(
    (exchange) => {
      body = exchange.body as IncomingBody;
    },
    { bodyIdleTimeoutMs: 10_000 },
  );
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx');
  // Not begun to be read.
  await clock.advance(100_000);
  let failed: Error | undefined;
  let got = 0;
  body?.readInto({
    chunk(bytes) {
      got += bytes.length;
      return false;
    },
    end: () => {},
    fail: (error) => void (failed = error),
  });
  client.send('x'.repeat(600_000));
  // Paused by its reader again and again.
  for (let time = 0; time < 5; time++) {
    body?.resume();
    await clock.advance(100_000);
  }
  expect(got).toBeGreaterThan(60_000);
  expect(failed).toBeUndefined();
  expect(server.stats()).toMatchObject({ refused: {}, inFlight: 1 });
});

test.each([0, 100_000])(
  'a body that is begun to be read after %i ms has its time from then on',
  async (waitMs) => {
    let body: IncomingBody | undefined;
    const failed: unknown[] = [];
    const { clock, connect } = memoryServer(
      (exchange) => void (body = exchange.body ?? undefined),
      {
        bodyIdleTimeoutMs: 10_000,
      },
    );
    const { client } = connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx');
    await clock.advance(waitMs);
    void body?.text().catch((error: unknown) => failed.push(error));
    const fromMs = clock.now();
    while (failed.length === 0 && clock.now() - fromMs < 100_000) await clock.advance(100);
    expectInTime(clock.now() - fromMs, 10_000);
  },
);

test('a reader that has taken a piece and thinks about it is not blamed on the client', async () => {
  let failed: Error | undefined;
  const { clock, connect } = memoryServer(
    (exchange) => {
      exchange.body?.readInto({
        chunk: () => false,
        end: () => {},
        fail: (error) => void (failed = error),
      });
    },
    { bodyIdleTimeoutMs: 10_000 },
  );
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx');
  await clock.advance(100_000);
  expect(failed).toBeUndefined();
});

test('what is left of a small body that nobody wanted has its time, too', async () => {
  const { clock, connect, server } = memoryServer(hello, { bodyIdleTimeoutMs: 10_000 });
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx');
  await clock.advance(0);
  expect((await client.answer()).text).toBe('hello');
  expectInTime(await endsAfter(clock, client), 10_000);
  await clock.advance(5000);
  expect(server.stats().connections).toBe(0);
});

test('no timer is made for a request, nor left behind', async () => {
  const real = fakeClock();
  let timers = 0;
  const clock: Clock = {
    now: real.now,
    wall: real.wall,
    setTimer(...args) {
      timers++;
      return real.setTimer(...args);
    },
  };
  const { connect, server } = await startServer(readAll, { clock });
  const client = await connect();
  for (let time = 0; time < 10; time++) {
    client.send((get() + post('x')).repeat(50));
    await client.answers(100);
  }
  expect(server.stats().requests).toBe(1000);
  expect(timers).toBeLessThanOrEqual(2);
  expect(real.pending).toBe(1);
  client.end();
  await client.closed();
  await server.close({ graceMs: 0 });
  expect(real.pending).toBe(0);
});
