/** A client that ends its side behind a whole request is still there, and gets all of its answer. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';

/** What is said at each stage; the client has ended its side before the first. */
type Part = (exchange: Exchange) => void;

const ANSWERS: Readonly<Record<string, readonly Part[]>> = {
  'a whole answer': [(exchange) => exchange.answer(200, [], 'all of it')],
  'a whole answer that takes its time': [
    () => {},
    () => {},
    (exchange) => exchange.answer(200, [], 'all of it'),
  ],
  'a chunked answer': [
    (exchange) => exchange.sendHead(200, []),
    (exchange) => exchange.write('all '),
    () => {},
    (exchange) => exchange.write('of '),
    (exchange) => exchange.end('it'),
  ],
  'a chunked answer that ends without bytes': [
    (exchange) => {
      exchange.sendHead(200, []);
      exchange.write('all of it');
    },
    () => {},
    (exchange) => exchange.end(),
  ],
  'a chunked answer with trailers': [
    (exchange) => {
      exchange.sendHead(200, []);
      exchange.write('all of it');
    },
    () => {},
    (exchange) => exchange.end('', ['X', 'y']),
  ],
  'a counted answer': [
    (exchange) => exchange.sendHead(200, ['Content-Length', '9']),
    (exchange) => exchange.write('all '),
    () => {},
    (exchange) => exchange.end('of it'),
  ],
  'an answer with hints': [
    () => {},
    (exchange) => exchange.sendInformation(103, ['Link', '</a>']),
    () => {},
    (exchange) => exchange.answer(200, [], 'all of it'),
  ],
  'an answer that has failed': [() => {}, (exchange) => exchange.answer(500, [], 'all of it')],
};

test.each(Object.keys(ANSWERS))('%s arrives', async (kind) => {
  let exchange: Exchange | undefined;
  const { clock, connect, server } = memoryServer((one) => void (exchange = one));
  const { client } = connect({ allowHalfOpen: true });
  client.end(get());
  await clock.advance(0);
  for (const part of ANSWERS[kind] ?? []) {
    // Far enough apart for every look at whether the client is there.
    await clock.advance(5000);
    part(exchange as Exchange);
  }
  await clock.advance(0);
  const answer = await client.answer();
  expect(answer.text).toBe('all of it');
  for (const one of answer.interim) expect([100, 103]).toContain(one.status);
  for (const size of answer.chunkSizes) expect(size.length).toBeLessThanOrEqual(16);
  expect(client.rest).toBe('');
  expect(client.hasEnded).toBe(true);
  expect(exchange?.clientLeft).toBe(false);
  expect(server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0, connections: 0 });
  expect(clock.pending).toBe(0);
});

test.each([
  ['HTTP/1.1', get(), true],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', false],
])(
  'what is sent to see whether the client is there is legal for %s',
  async (_, request, mayProbe) => {
    let exchange: Exchange | undefined;
    const { clock, connect, wire } = ((): {
      clock: ReturnType<typeof memoryServer>['clock'];
      connect: ReturnType<typeof memoryServer>['connect'];
      wire: () => string;
    } => {
      const server = memoryServer((one) => void (exchange = one));
      return { ...server, wire: () => written() };
    })();
    const connection = connect({ allowHalfOpen: true });
    const written = (): string => connection.wire.written;
    connection.client.end(request);
    await clock.advance(100_000);
    expect('HTTP/1.1 100 Continue\r\n\r\n'.startsWith(wire())).toBe(true);
    expect(wire() === '').toBe(!mayProbe);
    exchange?.answer(200, [], 'x');
    await clock.advance(0);
    const answer = await connection.client.answer();
    expect(answer.text).toBe('x');
    expect(answer.interim.map(({ status }) => status)).toEqual(mayProbe ? [100] : []);
  },
);

test('a client that gets hints while it is looked for gets them whole', async () => {
  let exchange: Exchange | undefined;
  const { clock, connect } = memoryServer((one) => void (exchange = one));
  const { client } = connect({ allowHalfOpen: true });
  client.end(get());
  await clock.advance(1);
  exchange?.sendInformation(103, ['Link', '</a>']);
  await clock.advance(100);
  exchange?.sendInformation(103, ['Link', '</b>']);
  exchange?.answer(200, [], 'x');
  await clock.advance(0);
  const answer = await client.answer();
  expect(answer.interim.filter(({ status }) => status === 103)).toHaveLength(2);
});

test.each([
  ['a body', post('hello')],
  [
    'a chunked body',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ],
])('a request with %s whose client ends its side with it', async (_, request) => {
  const may = gate();
  const { connect, server } = await startServer(async (exchange) => {
    const text = await exchange.body?.text();
    await may.opened;
    exchange.answer(200, [], text);
  });
  const client = await connect();
  client.end(request);
  // The first letters of an interim answer show that the end has been seen.
  await client.has('H');
  may.open();
  expect((await client.answer()).text).toBe('hello');
  expect(await client.ended()).toBe('');
  await client.closed();
  expect(server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0 });
});

test('a client that ends its side behind several requests gets all answers', async () => {
  const { connect, server } = await startServer(async (exchange) => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (exchange.target === '/2') {
      exchange.sendHead(200, []);
      exchange.write('/');
      await new Promise<void>((resolve) => setImmediate(resolve));
      exchange.end('2');
    } else exchange.answer(200, [], exchange.target);
  });
  const client = await connect();
  client.end(get('/1') + get('/2') + get('/3'));
  expect((await client.answers(3)).map(({ text }) => text)).toEqual(['/1', '/2', '/3']);
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({ clientsLeft: 0, requests: 3 });
});

test('a client that ends its side and then leaves is noticed', async () => {
  const left = gate();
  const { connect, server } = await startServer((exchange) => {
    exchange.onClientLeft(() => left.open());
  });
  const client = await connect();
  client.end(get());
  await client.has('H');
  client.socket.destroy();
  await left.opened;
  expect(server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
});
