/** In how many writes answers leave. */
import { expect, test } from 'vitest';
import { get } from '../../test-kit/raw-client.ts';
import { type MemoryConnection, memoryServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { IncomingBody } from '../incoming-body.ts';

interface Answered extends MemoryConnection {
  /** The writes, each as text. */
  readonly writes: readonly string[];
}

async function writesOf(
  handler: (exchange: Exchange) => void | Promise<void>,
  request: string = get(),
): Promise<Answered> {
  const { clock, connect } = memoryServer(handler);
  const { client, wire } = connect({ highWaterBytes: 16 * 1024 * 1024 });
  client.send(request);
  await clock.advance(0);
  return { client, wire, writes: wire.writes.map((bytes) => bytes.toString('latin1')) };
}

test.each([
  ['a hello', 'hello'],
  ['nothing', ''],
  ['10 KB of text', 'x'.repeat(10_240)],
  ['10 KB of bytes', Buffer.alloc(10_240, 'x')],
  ['a text that is no ASCII', 'Grüße'.repeat(1000)],
  ['100 KB of bytes', Buffer.alloc(102_400, 'x')],
  ['100 KB of text', 'x'.repeat(102_400)],
  ['200 KB of text that is no ASCII', 'ü'.repeat(100 * 1024)],
])('a whole answer with %s leaves in one write', async (_, body) => {
  const { client, writes } = await writesOf((exchange) => {
    exchange.answer(200, ['Content-Type', 'text/plain'], body);
  });
  expect(writes).toHaveLength(1);
  expect(client.socket.readableFlowing).toBe(true);
  expect((await client.answer()).body.equals(Buffer.from(body as string))).toBe(true);
});

test('a stream that begins and ends in one turn leaves in one write', async () => {
  const { client, writes } = await writesOf((exchange) => {
    exchange.sendHead(200, []);
    exchange.end('all of it');
  });
  expect(writes).toHaveLength(1);
  expect(writes[0]).toMatch(/\r\n\r\n9\r\nall of it\r\n0\r\n\r\n$/);
  expect((await client.answer()).text).toBe('all of it');
});

test('a head leaves with the first bytes', async () => {
  const { writes } = await writesOf((exchange) => {
    exchange.sendHead(200, []);
    exchange.write('one');
    exchange.write('two');
    exchange.end();
  });
  expect(writes.map((text) => text.replace(/^HTTP[^]*\r\n\r\n/, 'HEAD '))).toEqual([
    'HEAD 3\r\none\r\n',
    '3\r\ntwo\r\n',
    '0\r\n\r\n',
  ]);
});

test('a head behind which nothing is written leaves at the end of the turn', async () => {
  const { client, writes } = await writesOf((exchange) => {
    exchange.sendHead(200, ['Content-Type', 'text/event-stream']);
  });
  expect(writes).toHaveLength(1);
  expect(writes[0]).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  expect(client.rest).toBe(writes[0]);
});

test('a head does not leave before the end of the turn', async () => {
  let inTurn = -1;
  const { clock, connect } = memoryServer((exchange) => {
    exchange.sendHead(200, []);
    inTurn = wire.writes.length;
    expect(exchange.headSent).toBe(true);
  });
  const { client, wire } = connect();
  client.send(get());
  await clock.advance(0);
  expect(inTurn).toBe(0);
  expect(wire.writes).toHaveLength(1);
});

test('the head of one answer does not leave with the next', async () => {
  const { client, writes } = await writesOf(
    (exchange) => {
      exchange.sendHead(exchange.target === '/1' ? 201 : 202, ['Content-Length', '0']);
      exchange.end();
    },
    get('/1') + get('/2'),
  );
  expect(writes).toHaveLength(2);
  expect((await client.answers(2)).map(({ status }) => status)).toEqual([201, 202]);
});

test('trailers leave with the end', async () => {
  const { writes } = await writesOf((exchange) => {
    exchange.sendHead(200, []);
    exchange.write('x');
    exchange.end('', ['X-Sum', '1']);
  });
  expect(writes.at(-1)).toBe('0\r\nX-Sum: 1\r\n\r\n');
  expect(writes).toHaveLength(2);
});

test('events are not held back', async () => {
  let exchange: Exchange | undefined;
  const { clock, connect } = memoryServer((one) => {
    exchange = one;
    one.sendHead(200, []);
  });
  const { client, wire } = connect();
  client.send(get());
  await clock.advance(0);
  for (const event of ['one', 'two', 'three']) {
    const before = wire.writes.length;
    exchange?.write(event);
    expect(wire.writes.length - before).toBe(1);
    await client.has(event);
  }
});

test('a small body that is passed on whole leaves in one write with its head', async () => {
  const handler = (exchange: Exchange): void => {
    exchange.sendHead(200, exchange.body?.length ? ['Content-Length', '5'] : []);
    exchange.splice(exchange.body as IncomingBody);
  };
  const counted = await writesOf(
    handler,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  );
  expect(counted.writes).toHaveLength(1);
  expect((await counted.client.answer()).text).toBe('hello');
  const chunked = await writesOf(
    handler,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  );
  expect(chunked.writes).toHaveLength(1);
  expect((await chunked.client.answer()).text).toBe('hello');
});

test('a refusal leaves in one write', async () => {
  const { client, writes } = await writesOf(() => {}, 'GET / HTTP/1.1\r\n\r\n');
  expect(writes).toHaveLength(1);
  expect((await client.answer()).status).toBe(400);
});
