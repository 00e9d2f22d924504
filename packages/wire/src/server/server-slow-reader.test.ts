/** Clients that take what they are sent slowly, or not at all. */
import type { FakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { get, type RawClient } from '../../test-kit/raw-client.ts';
import { memoryServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';

const KB = 1024;
const TICK = 500;
const WRITE_MS = 20_000;

async function closesAfter(clock: FakeClock, client: RawClient): Promise<number> {
  const fromMs = clock.now();
  while (!client.hasClosed && clock.now() - fromMs < 100_000) await clock.advance(100);
  return clock.now() - fromMs;
}

const WAYS: Readonly<Record<string, (exchange: Exchange) => void>> = {
  'a whole answer': (exchange) => exchange.answer(200, [], Buffer.alloc(4096 * KB)),
  'a stream that goes on': (exchange) => {
    const go = (): void => {
      while (exchange.write(Buffer.alloc(16 * KB)));
      exchange.onDrain(() => exchange.clientLeft || go());
    };
    exchange.sendHead(200, []);
    go();
  },
  'a stream that has ended': (exchange) => {
    exchange.sendHead(200, []);
    exchange.end(Buffer.alloc(4096 * KB));
  },
  'the last answer': (exchange) => {
    exchange.answer(200, ['Connection', 'close'], Buffer.alloc(4096 * KB));
  },
};

test.each(Object.keys(WAYS))('a client that takes nothing is cut: %s', async (way) => {
  const left: string[] = [];
  const { clock, connect, server } = memoryServer(
    (exchange) => {
      exchange.onClientLeft(() => left.push(way));
      exchange.onSettled(() => left.push('settled'));
      WAYS[way]?.(exchange);
    },
    { writeTimeoutMs: WRITE_MS },
  );
  const { client } = connect();
  client.pause().send(get());
  await clock.advance(WRITE_MS - 1);
  expect(server.stats()).toMatchObject({ connections: 1, inFlight: 1 });
  await clock.advance(2 * TICK + 2);
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0, clientsLeft: 1 });
  expect(left).toEqual(['settled', way]);
  expect(clock.pending).toBe(0);
});

test.each(['a whole answer', 'a stream that has ended', 'the last answer'])(
  'a client that takes a little now and then is not cut: %s',
  async (way) => {
    const { clock, connect, server } = memoryServer((exchange) => WAYS[way]?.(exchange), {
      writeTimeoutMs: WRITE_MS,
    });
    const { client, wire } = connect({ highWaterBytes: 16 * KB });
    client.pause().send(get());
    await clock.advance(0);
    // A piece at a time, each well within the time, but all of it takes far longer.
    while (server.stats().inFlight > 0) {
      for (let read = 0; read < 3; read++) {
        client.socket.read();
        await clock.advance(0);
      }
      await clock.advance(WRITE_MS / 2);
    }
    expect(server.stats().clientsLeft).toBe(0);
    expect(wire.isStuck).toBe(false);
    expect(clock.now()).toBeGreaterThan(2 * WRITE_MS);
    client.resume();
    expect((await client.answer()).body.length).toBe(4096 * KB);
  },
);

test('a client that takes a stream slowly is not cut, and its time begins anew with each piece', async () => {
  let written = 0;
  const { clock, connect } = memoryServer(
    (exchange) => {
      const go = (): void => {
        while (written < 40) {
          written++;
          if (!exchange.write(Buffer.alloc(16 * KB))) return exchange.onDrain(go);
        }
        exchange.end();
      };
      exchange.sendHead(200, []);
      go();
    },
    { writeTimeoutMs: WRITE_MS },
  );
  const { client } = connect();
  client.pause().send(get());
  for (let time = 0; time < 40 && !client.hasClosed; time++) {
    // All that is there, which a stream gives at once or piece by piece.
    while (client.socket.read() !== null);
    await clock.advance(WRITE_MS - 2 * TICK);
  }
  expect(written).toBe(40);
  client.resume();
  expect((await client.answer()).body.length).toBe(40 * 16 * KB);
});

test('who has taken all has as much time as they like for the next request', async () => {
  const { clock, connect } = memoryServer(
    (exchange) => exchange.answer(200, [], Buffer.alloc(300 * KB)),
    { writeTimeoutMs: 1000, keepAliveMs: 60_000 },
  );
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  expect((await client.answer()).body.length).toBe(300 * KB);
  await clock.advance(50_000);
  expect(client.hasEnded).toBe(false);
  expect(await closesAfter(clock, client)).toBeLessThan(12_000);
});
