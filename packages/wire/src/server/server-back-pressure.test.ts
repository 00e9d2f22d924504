/** Nobody is sent more than they take: bodies that come in, answers that go out, and both at once. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { IncomingBody } from '../incoming-body.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Sends pieces of 64 KB as long as they are taken; gives how many were. */
function upload(client: { socket: { write(bytes: Buffer): boolean } }, most: number): number {
  const piece = Buffer.alloc(64 * KB);
  let sent = 0;
  while (sent < most && client.socket.write(piece)) sent++;
  return sent;
}

test('a handler that does not read stops its client', async () => {
  const { clock, connect } = memoryServer(() => {});
  const { client, wire } = connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${9 * MB}\r\n\r\n`);
  await clock.advance(0);
  let sent = 0;
  for (let time = 0; time < 20; time++) {
    sent += upload(client, 10);
    await clock.advance(0);
  }
  expect(sent).toBeLessThanOrEqual(4);
  expect(wire.isPaused()).toBe(true);
  expect(wire.readableLength).toBeLessThanOrEqual(2 * 64 * KB);
});

test('a handler that stops in the middle stops its client, and goes on', async () => {
  let body: IncomingBody | undefined;
  let taken = 0;
  const { clock, connect } = memoryServer((exchange) => {
    body = exchange.body as IncomingBody;
    body.readInto({
      chunk(bytes) {
        taken += bytes.length;
        return false;
      },
      end: () => exchange.answer(200, [], String(taken)),
      fail: () => {},
    });
  });
  const { client, wire } = connect();
  client.send(post('x'.repeat(2 * MB)));
  await clock.advance(0);
  const first = taken;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(64 * KB);
  await clock.advance(1000);
  expect(taken).toBe(first);
  expect(wire.readableLength).toBeLessThanOrEqual(2 * 64 * KB);
  for (let time = 0; time < 200 && taken < 2 * MB; time++) {
    const before = taken;
    body?.resume();
    await clock.advance(0);
    expect(taken - before).toBeLessThanOrEqual(64 * KB);
  }
  body?.resume();
  expect((await client.answer()).text).toBe(String(2 * MB));
});

test('a body is iterated at the pace of the loop', async () => {
  let turns = 0;
  let may = gate();
  const { clock, connect } = memoryServer(async (exchange) => {
    for await (const _ of exchange.body as IncomingBody) {
      turns++;
      await may.opened;
    }
    exchange.answer(200, [], 'all');
  });
  const { client, wire } = connect();
  client.send(post('x'.repeat(MB)));
  for (let turn = 1; turn <= 10; turn++) {
    await clock.advance(0);
    expect(turns).toBe(turn);
    expect(wire.readableLength).toBeLessThanOrEqual(2 * 64 * KB);
    const { open } = may;
    may = gate();
    open();
  }
  may.open();
  for (let turn = 0; turn < 30; turn++) {
    may.open();
    may = gate();
    may.open();
    await clock.advance(0);
  }
  expect((await client.answer()).text).toBe('all');
});

/** Writes as a handler should: until it is told that the client is slow, and again when it is told that it is not. */
function writeAll(exchange: Exchange, pieces: number, piece: Buffer): { readonly written: number } {
  const state = { written: 0 };
  const go = (): void => {
    while (state.written < pieces) {
      state.written++;
      if (!exchange.write(piece)) return exchange.onDrain(go);
    }
    exchange.end();
  };
  exchange.sendHead(200, []);
  go();
  return state;
}

test('a slow client stops its handler', async () => {
  let state: { readonly written: number } | undefined;
  const { clock, connect, server } = memoryServer((exchange) => {
    state = writeAll(exchange, 1000, Buffer.alloc(16 * KB, 'x'));
  });
  const { client, wire } = connect();
  client.pause().send(get());
  await clock.advance(0);
  const first = state?.written ?? 0;
  // 64 KB on the client's side, 64 KB on ours, and the piece that was too much.
  expect(first).toBeLessThanOrEqual(10);
  expect(wire.writableLength).toBeLessThanOrEqual(64 * KB + 17 * KB);
  await clock.advance(1000);
  expect(state?.written).toBe(first);
  client.resume();
  let most = 0;
  while (server.stats().inFlight > 0) {
    await clock.advance(0);
    most = Math.max(most, wire.writableLength);
  }
  expect(most).toBeLessThanOrEqual(64 * KB + 17 * KB);
  expect((await client.answer()).body.length).toBe(1000 * 16 * KB);
});

test('what is written waits in memory up to the mark and one write', async () => {
  const said: boolean[] = [];
  const { clock, connect } = memoryServer((exchange) => {
    exchange.sendHead(200, ['Content-Length', String(5 * 30 * KB)]);
    for (let time = 0; time < 5; time++) said.push(exchange.write(Buffer.alloc(30 * KB)));
    exchange.end();
  });
  const { client } = connect({ highWaterBytes: 64 * KB });
  client.pause().send(get());
  await clock.advance(0);
  // The client's end takes three, then two fit beneath the mark.
  expect(said.slice(0, 3)).toEqual([true, true, true]);
  expect(said.at(-1)).toBe(false);
  client.resume();
  expect((await client.answer()).body.length).toBe(150 * KB);
});

test('who waits for a client that keeps up, or that has left, is called at once', async () => {
  const called: string[] = [];
  const exchanges: Exchange[] = [];
  const { clock, connect } = memoryServer((exchange) => {
    exchanges.push(exchange);
    exchange.onDrain(() => called.push('keeps up'));
    exchange.sendHead(200, []);
    exchange.write('x');
  });
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  expect(called).toEqual(['keeps up']);
  client.reset();
  await clock.advance(0);
  exchanges[0]?.onDrain(() => called.push('has left'));
  expect(called).toEqual(['keeps up', 'has left']);
});

test('who waits for a client that leaves is called when it does', async () => {
  let drains = 0;
  const { clock, connect } = memoryServer((exchange) => {
    exchange.sendHead(200, []);
    while (exchange.write(Buffer.alloc(64 * KB)));
    exchange.onDrain(() => drains++);
  });
  const { client } = connect();
  client.pause().send(get());
  await clock.advance(0);
  expect(drains).toBe(0);
  client.reset();
  await clock.advance(0);
  expect(drains).toBe(1);
});

test('an echo is as slow as its client, in both directions', async () => {
  const { clock, connect, server } = memoryServer(
    (exchange) => {
      exchange.sendHead(200, []);
      exchange.splice(exchange.body as IncomingBody);
    },
    { maxBodyBytes: 100 * MB },
  );
  const { client, wire } = connect();
  const all = Buffer.from(Array.from({ length: 500_000 }, (_, index) => `${index},`).join(''));
  client.pause().send(post(all.toString()));
  for (let time = 0; time < 50; time++) await clock.advance(0);
  expect(wire.writableLength).toBeLessThanOrEqual(2 * 64 * KB + KB);
  expect(wire.readableLength).toBeLessThanOrEqual(2 * 64 * KB);
  expect(client.socket.writableLength).toBeGreaterThan(all.length - 6 * 64 * KB);
  client.resume();
  while (server.stats().inFlight > 0) await clock.advance(0);
  expect((await client.answer()).body.equals(all)).toBe(true);
});

test('an echo over sockets is the same, however large', async () => {
  const { connect } = await startServer(
    (exchange) => {
      exchange.sendHead(200, ['Content-Length', String(exchange.body?.length)]);
      exchange.splice(exchange.body as IncomingBody);
    },
    { maxBodyBytes: 100 * MB },
  );
  const all = Array.from({ length: 1_000_000 }, (_, index) => `${index},`).join('');
  const client = (await connect()).send(post(all));
  await client.hasBytes(all.length);
  const answer = await client.answer();
  expect(answer.text === all).toBe(true);
});
