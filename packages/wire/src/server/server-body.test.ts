/** Bodies of requests: read in every way, not read at all, given up halfway. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { BodyUsedError } from '../errors.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { IncomingBody } from '../incoming-body.ts';

const CHUNKED =
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n5\r\nfive!\r\n0\r\nX-After: yes\r\n\r\n';

function pushed(body: IncomingBody): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    body.readInto({
      chunk(bytes) {
        text += Buffer.from(bytes).toString();
        return true;
      },
      end: (trailers) => resolve(text + trailers.join('=')),
      fail: reject,
    });
  });
}

async function iterated(body: IncomingBody): Promise<string> {
  let text = '';
  for await (const bytes of body) text += Buffer.from(bytes).toString();
  return text + body.trailers.join('=');
}

const READERS: Readonly<Record<string, (body: IncomingBody) => Promise<string>>> = {
  bytes: async (body) => (await body.bytes()).toString() + body.trailers.join('='),
  text: async (body) => (await body.text()) + body.trailers.join('='),
  pushed,
  iterated,
};

test.each(Object.keys(READERS))('a body that is read as %s', async (way) => {
  const read = READERS[way] as (body: IncomingBody) => Promise<string>;
  const { connect } = await startServer(async (exchange) => {
    const { body } = exchange;
    exchange.answer(200, [], body ? `${body.length} ${await read(body)}` : 'none');
  });
  const client = await connect();
  expect((await client.send(post('hello')).answer()).text).toBe('5 hello');
  expect((await client.send(CHUNKED).answer()).text).toBe('undefined fourfive!X-After=yes');
  expect((await client.send(get()).answer()).text).toBe('none');
  expect((await client.send(post('')).answer()).text).toBe('none');
  client.sendSlowly(CHUNKED).sendSlowly(post('slowly'));
  expect((await client.answer()).text).toBe('undefined fourfive!X-After=yes');
  const last = await client.answer();
  expect([last.text, last.header('connection')]).toEqual(['6 slowly', 'keep-alive']);
});

test.each(Object.keys(READERS))('a large body that is read as %s', async (way) => {
  const read = READERS[way] as (body: IncomingBody) => Promise<string>;
  const { connect } = await startServer(async (exchange) => {
    const text = await read(exchange.body as IncomingBody);
    exchange.answer(200, [], text === large ? 'same' : 'different');
  });
  const large = Array.from({ length: 300_000 }, (_, index) => `${index},`).join('');
  const client = (await connect()).send(post(large) + post(large) + post(large));
  expect((await client.answers(3)).map(({ text }) => text)).toEqual(['same', 'same', 'same']);
});

test('a body can be read long after its request was handed over, and when it has come', async () => {
  const may = gate();
  const { clock, connect } = memoryServer(async (exchange) => {
    await may.opened;
    exchange.answer(200, [], await exchange.body?.text());
  });
  const { client } = connect();
  client.send(CHUNKED);
  await clock.advance(100_000);
  may.open();
  expect((await client.answer()).text).toBe('fourfive!');
});

test('a body is read once', async () => {
  const { connect } = await startServer(async (exchange) => {
    const body = exchange.body as IncomingBody;
    const first = await body.text();
    const error: unknown = await body.text().catch((error: unknown) => error);
    exchange.answer(200, [], `${first} ${error instanceof BodyUsedError && error.code}`);
  });
  expect((await (await connect()).send(post('x')).answer()).text).toBe('x BODY_USED');
});

test('a small body that is not read is dropped, whenever it comes', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234');
  await clock.advance(0);
  const first = await client.answer();
  expect(first.header('connection')).toBe('keep-alive');
  client.send('56');
  await clock.advance(0);
  client.send(`789${get()}`);
  expect((await client.answer()).header('connection')).toBe('keep-alive');
  expect(server.stats()).toMatchObject({ requests: 2, connections: 1 });
});

test('a connection that waits behind a dropped body is idle, and is closed as such', async () => {
  const { clock, connect } = memoryServer((exchange) => exchange.answer(200, [], 'x'), {
    keepAliveMs: 10_000,
  });
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234');
  await clock.advance(0);
  await client.answer();
  client.send('56789');
  await clock.advance(9999);
  expect(client.hasEnded).toBe(false);
  await clock.advance(1002);
  expect(client.hasEnded).toBe(true);
  expect(client.rest).toBe('');
});

test('a server that closes ends a connection behind its dropped body', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234');
  await clock.advance(0);
  await client.answer();
  const closed = server.close();
  client.send('56789');
  await clock.advance(0);
  expect(client.hasEnded).toBe(true);
  expect(await closed).toBe(0);
});

test.each([
  ['a length', `Content-Length: ${1024 * 1024}`],
  ['chunks', 'Transfer-Encoding: chunked'],
])(
  'a large body with %s that is not read: the answer is seen, and the connection closed',
  async (_, framing) => {
    const { connect, server } = await startServer((exchange) => exchange.answer(200, [], 'enough'));
    const client = await connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    // As a client does that reads only when it has written.
    client.pause();
    const block = Buffer.alloc(64 * 1024);
    for (let sent = 0; sent < 8; sent++) {
      client.send(
        framing.startsWith('T')
          ? Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
          : block,
      );
    }
    client.resume();
    const answer = await client.answer();
    expect([answer.text, answer.header('connection')]).toEqual(['enough', 'close']);
    expect(await client.ended()).toBe('');
    await client.closed();
    expect(client.errorCode).toBeUndefined();
    expect(server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0 });
  },
);

test('who goes on sending a megabyte behind the last answer is cut', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect({ allowHalfOpen: true });
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${9 * 1024 * 1024}\r\n\r\n`);
  await clock.advance(0);
  const block = Buffer.alloc(64 * 1024);
  let sent = 0;
  for (; sent < 100 && server.stats().connections > 0; sent++) {
    client.send(block);
    await clock.advance(0);
  }
  expect((await client.answer()).text).toBe('x');
  expect(sent).toBeGreaterThan(15);
  expect(sent).toBeLessThan(20);
});

test('who lingers behind the last answer and sends nothing is cut after a while', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'), {
    lingerMs: 3000,
  });
  const { client } = connect({ allowHalfOpen: true });
  client.send(get('/', 'Connection: close\r\n'));
  await clock.advance(2999);
  expect(client.hasEnded).toBe(true);
  expect(server.stats().connections).toBe(1);
  await clock.advance(1002);
  expect(server.stats().connections).toBe(0);
  expect(clock.pending).toBe(0);
});

test('an answer in the middle of an upload that is being read closes the connection', async () => {
  const begun = gate();
  const { connect } = await startServer((exchange) => {
    (exchange.body as IncomingBody).readInto({
      chunk() {
        if (!exchange.headSent) exchange.answer(400, [], 'I have seen enough');
        begun.open();
        return true;
      },
      end: () => {},
      fail: () => {},
    });
  });
  const client = await connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${1024 * 1024}\r\n\r\nsome`);
  await begun.opened;
  client.send(Buffer.alloc(100_000));
  const answer = await client.answer();
  expect(answer.text).toBe('I have seen enough');
  expect(await client.ended()).toBe('');
});

test('the rest of a small body that was cancelled is dropped, and the connection kept', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.body?.cancel();
    exchange.answer(200, [], 'x');
  });
  const client = await connect();
  client.sendSlowly(post('not wanted') + get());
  const [one, two] = await client.answers(2);
  expect([one?.header('connection'), two?.header('connection')]).toEqual([
    'keep-alive',
    'keep-alive',
  ]);
});

test('a body that is cancelled while it is iterated', async () => {
  const { connect } = await startServer(async (exchange) => {
    for await (const bytes of exchange.body as IncomingBody) {
      exchange.answer(200, [], `first ${bytes.length > 0}`);
      break;
    }
  });
  const client = (await connect()).send(post('hello') + get());
  expect((await client.answer()).text).toBe('first true');
});

test('two exchanges of one connection do not mix their bodies', async () => {
  const exchanges: Exchange[] = [];
  const { clock, connect } = memoryServer((exchange) => void exchanges.push(exchange));
  const { client } = connect();
  client.send(post('first', '', '/1') + post('second', '', '/2'));
  await clock.advance(0);
  const [one] = exchanges;
  one?.answer(200, [], 'answered before it was read');
  await clock.advance(0);
  expect(exchanges).toHaveLength(2);
  const two = exchanges[1] as Exchange;
  expect(await two.body?.text()).toBe('second');
  two.answer(200, [], 'x');
  expect((await client.answers(2)).map(({ text }) => text)).toEqual([
    'answered before it was read',
    'x',
  ]);
});
