/** Clients that leave, at every stage: whoever answers is told once, and at once. */
import { expect, test } from 'vitest';
import { get, post, type RawClient } from '../../test-kit/raw-client.ts';
import { gate, type RunningServer, startServer } from '../../test-kit/running-server.ts';
import { ClientLeftError } from '../errors.ts';
import type { Exchange } from '../exchange/exchange.ts';

const LEAVES: Readonly<Record<string, (client: RawClient) => void>> = {
  'closes its socket': (client) => void client.socket.destroy(),
  'resets its socket': (client) => client.reset(),
};

interface Watched extends RunningServer {
  /** The exchange, once its handler has it. */
  readonly begun: Promise<Exchange>;
  /** Settled when the server has noticed that the client is gone. */
  readonly noticed: Promise<void>;
  readonly said: string[];
}

/** A server whose handler does what `work` says, and notes what it is told. */
async function watched(work: (exchange: Exchange) => void | Promise<void>): Promise<Watched> {
  const begun = gate<Exchange>();
  const noticed = gate();
  const said: string[] = [];
  const running = await startServer(
    (exchange) => {
      exchange.onSettled(() => said.push('settled'));
      exchange.onClientLeft(() => {
        said.push('left');
        noticed.open();
      });
      exchange.signal.addEventListener('abort', () => said.push('aborted'));
      begun.open(exchange);
      return work(exchange);
    },
    { onError: (error) => void said.push(`error: ${String(error)}`) },
  );
  return { ...running, begun: begun.opened, noticed: noticed.opened, said };
}

/** Waits until the server has let go of all connections. */
async function allGone({ server }: RunningServer): Promise<void> {
  while (server.stats().connections > 0)
    await new Promise<void>((resolve) => setImmediate(resolve));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

const STAGES: Readonly<Record<string, (exchange: Exchange) => void | Promise<void>>> = {
  'while its handler works': () => {},
  'when the head is out': (exchange) => exchange.sendHead(200, []),
  'in the middle of a chunked answer': (exchange) => {
    exchange.sendHead(200, []);
    exchange.write('begun');
  },
};

const CASES = Object.keys(STAGES).flatMap((stage) =>
  Object.keys(LEAVES).map((way): [string, string] => [way, stage]),
);

test.each(CASES)('a client that %s %s is noticed', async (way, stage) => {
  const running = await watched(STAGES[stage] ?? (() => {}));
  const client = (await running.connect()).send(get());
  const exchange = await running.begun;
  if (exchange.headSent) await client.has('\r\n\r\n');
  expect(exchange.clientLeft).toBe(false);
  LEAVES[way]?.(client);
  await running.noticed;
  await allGone(running);
  expect(exchange.clientLeft).toBe(true);
  expect(exchange.signal.aborted).toBe(true);
  expect(exchange.signal.reason).toBeInstanceOf(ClientLeftError);
  expect(running.said.toSorted()).toEqual(['aborted', 'left', 'settled']);
  expect(running.server.stats()).toMatchObject({
    clientsLeft: 1,
    inFlight: 0,
    requests: 1,
    refused: {},
  });
});

test.each(Object.keys(LEAVES))(
  'a client that %s in the middle of a counted answer is noticed when more is written',
  async (way) => {
    const running = await watched((exchange) => {
      exchange.sendHead(200, ['Content-Length', '100000000']);
      exchange.write('begun');
    });
    const client = (await running.connect()).send(get());
    const exchange = await running.begun;
    await client.has('begun');
    LEAVES[way]?.(client);
    while (!exchange.clientLeft) {
      exchange.write('more');
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(running.said.toSorted()).toEqual(['aborted', 'left', 'settled']);
    expect(running.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
  },
);

test.each(Object.keys(LEAVES))(
  'a client that %s while a large answer waits for it',
  async (way) => {
    const running = await watched((exchange) => exchange.answer(200, [], Buffer.alloc(30_000_000)));
    const client = (await running.connect()).pause().send(get());
    await running.begun;
    expect(running.server.stats().inFlight).toBe(1);
    LEAVES[way]?.(client);
    await allGone(running);
    expect(running.said.toSorted()).toEqual(['aborted', 'left', 'settled']);
    expect(running.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
  },
);

test.each(Object.keys(LEAVES))('a client that %s in a head is no request', async (way) => {
  const running = await watched(() => {});
  const client = (await running.connect()).send(`${get()}GET / HT`);
  (await running.begun).answer(200, [], 'x');
  await client.answer();
  LEAVES[way]?.(client);
  await allGone(running);
  expect(running.said).toEqual(['settled']);
  expect(running.server.stats()).toMatchObject({ requests: 1, clientsLeft: 0, inFlight: 0 });
});

test.each(Object.keys(LEAVES))(
  'a client that %s in a body that is being read fails it',
  async (way) => {
    const failed = gate<unknown>();
    const begun = gate();
    const running = await watched(async (exchange) => {
      exchange.body?.readInto({
        chunk() {
          begun.open();
          return true;
        },
        end: () => {},
        fail: (error) => failed.open(error),
      });
    });
    const client = await running.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegun');
    await begun.opened;
    LEAVES[way]?.(client);
    expect(await failed.opened).toBeInstanceOf(ClientLeftError);
    await running.noticed;
    await allGone(running);
    expect(running.said.toSorted()).toEqual(['aborted', 'left', 'settled']);
    expect(running.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0, requests: 1 });
  },
);

test.each(Object.keys(LEAVES))('a client that %s behind its answer has not left', async (way) => {
  const running = await watched((exchange) => exchange.answer(200, [], 'x'));
  const client = (await running.connect()).send(get());
  await client.answer();
  LEAVES[way]?.(client);
  await allGone(running);
  const exchange = await running.begun;
  expect(exchange.clientLeft).toBe(false);
  expect(exchange.signal.aborted).toBe(false);
  expect(running.said).toEqual(['settled']);
  expect(running.server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0 });
});

test('whatever is said to a client that has left is harmless', async () => {
  const running = await watched(() => {});
  const client = (await running.connect()).send(get());
  const exchange = await running.begun;
  client.reset();
  await running.noticed;
  let called = 0;
  exchange.sendInformation(103, []);
  exchange.sendHead(200, []);
  expect(exchange.write('x')).toBe(true);
  exchange.end('x');
  exchange.answer(200, [], 'x');
  exchange.destroy();
  exchange.onDrain(() => called++);
  exchange.onSettled(() => called++);
  exchange.onClientLeft(() => called++);
  expect(called).toBe(3);
  expect(running.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
});

test('a handler that fails because its client has left is told of, and changes nothing', async () => {
  const told = gate<unknown>();
  const { connect, server } = await startServer(
    async (exchange) => {
      await aborted(exchange.signal);
      throw exchange.signal.reason;
    },
    { onError: (error) => told.open(error) },
  );
  const client = (await connect()).send(get());
  while (server.stats().inFlight === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  client.reset();
  expect(await told.opened).toBeInstanceOf(ClientLeftError);
  expect(server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
});

test.each(Object.keys(LEAVES))(
  'a client that %s with requests that wait is noticed, and they are never begun',
  async (way) => {
    const running = await watched(() => {});
    const client = (await running.connect()).send(get() + get() + post('x'));
    await running.begun;
    LEAVES[way]?.(client);
    await running.noticed;
    await allGone(running);
    expect(running.server.stats()).toMatchObject({ requests: 1, clientsLeft: 1, inFlight: 0 });
  },
);

test.each(Object.keys(LEAVES))(
  'a client that %s in a body that nobody reads yet is noticed',
  async (way) => {
    const running = await watched(() => {});
    const client = await running.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegun');
    await running.begun;
    LEAVES[way]?.(client);
    await running.noticed;
    await allGone(running);
    expect(running.said.toSorted()).toEqual(['aborted', 'left', 'settled']);
    expect(running.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0, requests: 1 });
  },
);

test('a client that closes its socket is noticed within 200 ms', async () => {
  const running = await watched(() => {});
  const took: number[] = [];
  for (let time = 0; time < 5; time++) {
    const own = await watched(() => {});
    const client = (await own.connect()).send(get());
    await own.begun;
    const fromMs = performance.now();
    client.socket.destroy();
    await own.noticed;
    took.push(performance.now() - fromMs);
  }
  const most = Math.max(...took);
  process.stdout.write(
    `a client that closes is noticed after ${took.map((ms) => ms.toFixed(1)).join(', ')} ms\n`,
  );
  expect(most).toBeLessThan(200);
  expect(running.server.stats().requests).toBe(0);
});
