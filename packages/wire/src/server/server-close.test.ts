/** How a server ends: it lets what is under way end, and cuts the rest. */
import { connect as connectSocket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { get, type RawClient } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { createServer } from './server.ts';

test('idle connections end at once, in order', async () => {
  const { connect, server } = await startServer((exchange) => exchange.answer(200, [], 'x'));
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect()));
  for (const client of clients.slice(1)) await client.send(get()).answer();
  const cut = await server.close({ graceMs: 60_000 });
  expect(cut).toBe(0);
  for (const client of clients) {
    expect(await client.ended()).toBe('');
    await client.closed();
    expect(client.errorCode).toBeUndefined();
  }
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
});

test('requests under way are answered, and told that the connection closes', async () => {
  const may = gate();
  const begun = gate();
  const { connect, server } = await startServer(async (exchange) => {
    begun.open();
    await may.opened;
    exchange.answer(200, [], 'done');
  });
  const client = (await connect()).send(get() + get());
  await begun.opened;
  const closed = server.close({ graceMs: 60_000 });
  may.open();
  const answer = await client.answer();
  expect([answer.text, answer.header('connection')]).toEqual(['done', 'close']);
  // The second request was never begun, and its client may send it elsewhere.
  expect(await client.ended()).toBe('');
  expect(await closed).toBe(0);
  expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0 });
});

test('an answer whose head is out before the close is still whole', async () => {
  const may = gate();
  const { connect, server } = await startServer(async (exchange) => {
    exchange.sendHead(200, []);
    exchange.write('one');
    await may.opened;
    exchange.end('two');
  });
  const client = (await connect()).send(get());
  await client.has('one');
  const closed = server.close({ graceMs: 60_000 });
  may.open();
  const answer = await client.answer();
  expect([answer.text, answer.header('connection')]).toEqual(['onetwo', 'keep-alive']);
  expect(await client.ended()).toBe('');
  expect(await closed).toBe(0);
});

test('a request whose head is half there when the server closes is answered', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect();
  client.send('GET / HTTP/1.1\r\n');
  await clock.advance(0);
  const closed = server.close({ graceMs: 60_000 });
  await clock.advance(100);
  client.send('Host: a\r\n\r\n');
  const answer = await client.answer();
  expect([answer.text, answer.header('connection')]).toEqual(['x', 'close']);
  await clock.advance(0);
  expect(await closed).toBe(0);
  expect(clock.pending).toBe(0);
});

test('no new connections are taken', async () => {
  const may = gate();
  const begun = gate();
  const { connect, port, server } = await startServer(async (exchange) => {
    begun.open();
    await may.opened;
    exchange.answer(200, [], 'x');
  });
  const client = (await connect()).send(get());
  await begun.opened;
  const closed = server.close({ graceMs: 60_000 });
  expect(server.address).toBeUndefined();
  const code = await new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1', () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    onTestFinished(() => void socket.destroy());
  });
  expect(code).toBe('ECONNREFUSED');
  may.open();
  await client.answer();
  await closed;
});

test('a connection that is handed over to a server that closes is dropped', async () => {
  const { connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  await server.close();
  const { client } = connect();
  await client.closed();
  expect(server.stats()).toMatchObject({ connections: 0, accepted: 0, dropped: 1 });
});

test('what is not done by the deadline is cut, and counted', async () => {
  const left: string[] = [];
  const { clock, connect, server } = memoryServer((exchange) => {
    exchange.onClientLeft(() => left.push('left'));
    exchange.onSettled(() => left.push('settled'));
    if (exchange.upgrade) {
      const { socket } = exchange.takeOver();
      socket.on('error', () => {});
      socket.resume();
    } else if (exchange.target === '/head') exchange.sendHead(200, []);
  });
  const clients: RawClient[] = [];
  for (const request of [
    get(),
    get('/head'),
    get('/', 'Connection: upgrade\r\nUpgrade: x\r\n'),
    'GET / HT',
  ]) {
    const { client } = connect();
    clients.push(client.send(request));
  }
  await clock.advance(0);
  let cut = -1;
  const closed = server.close({ graceMs: 5000 }).then((count) => (cut = count));
  await clock.advance(4999);
  expect(cut).toBe(-1);
  expect(server.stats().connections).toBe(4);
  await clock.advance(1);
  expect(await closed).toBe(4);
  expect(clients.map(({ hasClosed }) => hasClosed)).toEqual([true, true, true, true]);
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  // Every exchange is told that it is over; the one that was handed over has been before.
  expect(left.filter((said) => said === 'settled')).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test('told again it becomes shorter, and both times tell the same', async () => {
  const { clock, connect, server } = memoryServer(() => {});
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  const first = server.close({ graceMs: 60_000 });
  await clock.advance(1000);
  const second = server.close({ graceMs: 2000 });
  await clock.advance(1999);
  expect(server.stats().connections).toBe(1);
  await clock.advance(1);
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  expect(clock.pending).toBe(0);
});

test('told again it does not become longer', async () => {
  const { clock, connect, server } = memoryServer(() => {});
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  const first = server.close({ graceMs: 1000 });
  const second = server.close({ graceMs: 60_000 });
  await clock.advance(1000);
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  expect(clock.pending).toBe(0);
});

test('at once means at once', async () => {
  const { clock, connect, server } = memoryServer(() => {});
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  expect(await server.close({ graceMs: 0 })).toBe(1);
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  await client.closed();
});

test('without end means without end', async () => {
  const may = gate();
  const begun = gate();
  const { connect, server } = await startServer(async (exchange) => {
    begun.open();
    await may.opened;
    exchange.answer(200, [], 'x');
  });
  const client = (await connect()).send(get());
  await begun.opened;
  const closed = server.close({ graceMs: Infinity });
  // Timers of the machine cannot be so long; one that is made all the same fires at once.
  for (let time = 0; time < 3; time++) await new Promise((resolve) => setTimeout(resolve, 1));
  may.open();
  expect((await client.answer()).text).toBe('x');
  expect(await closed).toBe(0);
});

test.each([-1, Number.NaN, '5'])('%j is no time to wait', (graceMs) => {
  const server = createServer(() => {});
  expect(() => server.close({ graceMs: graceMs as number })).toThrow('`graceMs`');
});

test('a server that never listened closes', async () => {
  const server = createServer(() => {});
  expect(await server.close()).toBe(0);
  expect(await server.close()).toBe(0);
});

test('more connections than are allowed are dropped and counted', async () => {
  const { connect, server } = await startServer((exchange) => exchange.answer(200, [], 'x'), {
    maxConnections: 2,
  });
  const one = await connect();
  const two = await connect();
  await one.send(get()).answer();
  await two.send(get()).answer();
  const three = await connect();
  expect(await three.closed()).toBe('');
  expect(server.stats()).toMatchObject({ connections: 2, accepted: 2, dropped: 1 });
  one.end();
  await one.closed();
  while (server.stats().connections > 1)
    await new Promise<void>((resolve) => setImmediate(resolve));
  const four = await connect();
  expect((await four.send(get()).answer()).text).toBe('x');
  expect(server.stats()).toMatchObject({ connections: 2, accepted: 3, dropped: 1 });
});
