/** Interim answers: those that a handler sends, and the one that asks for a body. */
import { expect, test } from 'vitest';
import { get } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';

const EXPECTING = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

test('hints go before the answer', async () => {
  const may = gate();
  const { connect } = await startServer(async (exchange) => {
    exchange.sendInformation(103, ['Link', '</a.css>; rel=preload']);
    exchange.sendInformation(102, []);
    expect(exchange.headSent).toBe(false);
    await may.opened;
    exchange.answer(200, [], 'x');
  });
  const client = (await connect()).send(get());
  const first = await client.has('HTTP/1.1 102');
  expect(first).toContain('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
  may.open();
  const answer = await client.answer();
  expect([answer.status, answer.text]).toEqual([200, 'x']);
  expect(answer.interim.map(({ status, rawHeaders }) => [status, rawHeaders])).toEqual([
    [103, ['Link', '</a.css>; rel=preload']],
    [102, []],
  ]);
});

test('HTTP/1.0 knows no interim answers', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.sendInformation(103, ['Link', '</a.css>']);
    exchange.answer(200, [], 'x');
  });
  const answer = await (await connect()).send('GET / HTTP/1.0\r\n\r\n').answer();
  expect([answer.interim, answer.text]).toEqual([[], 'x']);
});

test.each([101, 200, 99, 1.5, Number.NaN])('%s is no interim status', async (status) => {
  const thrown: unknown[] = [];
  const { connect } = await startServer((exchange) => {
    try {
      exchange.sendInformation(status, []);
    } catch (error) {
      thrown.push(error);
    }
    exchange.answer(200, [], 'x');
  });
  const answer = await (await connect()).send(get()).answer();
  expect([answer.status, answer.interim]).toEqual([200, []]);
  expect(String(thrown[0])).toContain('Expected `status` to be a whole number from 100 to 199');
});

test('a client that waits is told to go on when its body is begun to be read, and not before', async () => {
  const may = gate();
  const { clock, connect } = memoryServer(async (exchange) => {
    await may.opened;
    exchange.answer(200, [], await exchange.body?.text());
  });
  const { client, wire } = connect();
  client.send(EXPECTING);
  await clock.advance(0);
  expect(wire.writes).toEqual([]);
  may.open();
  await clock.advance(0);
  expect(wire.written).toBe(CONTINUE);
  client.send('hello');
  const answer = await client.answer();
  expect(answer.text).toBe('hello');
  expect(answer.interim.map(({ status }) => status)).toEqual([100]);
  expect(answer.header('connection')).toBe('keep-alive');
  client.send(get());
  expect((await client.answer()).status).toBe(200);
});

test.each(['Content-Length: 5', 'Transfer-Encoding: chunked'])(
  'a body that is not read is not asked for, and its connection closes (%s)',
  async (framing) => {
    const { connect } = await startServer((exchange) => exchange.answer(403, [], 'no'));
    const client = await connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\nExpect: 100-continue\r\n\r\n`);
    const answer = await client.answer();
    expect([answer.status, answer.interim]).toEqual([403, []]);
    expect(answer.header('connection')).toBe('close');
    expect(await client.ended()).toBe('');
  },
);

test('a client that does not wait is not told to go on', async () => {
  const { clock, connect } = memoryServer(async (exchange) => {
    exchange.answer(200, [], await exchange.body?.text());
  });
  const { client, wire } = connect();
  client.send(`${EXPECTING}hello`);
  await clock.advance(0);
  const answer = await client.answer();
  expect([answer.text, answer.interim]).toEqual(['hello', []]);
  expect(answer.header('connection')).toBe('keep-alive');
  expect(wire.written).not.toContain(' 100 ');
});

test('HTTP/1.0 with an expectation is answered as if it had none', async () => {
  const { connect } = await startServer(async (exchange) => {
    exchange.answer(200, [], await exchange.body?.text());
  });
  const client = await connect();
  client.send('POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  client.send('hello');
  const answer = await client.answer();
  expect([answer.text, answer.interim]).toEqual(['hello', []]);
});

test('an expectation without a body changes nothing', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.answer(200, [], String(exchange.body));
  });
  const answer = await (await connect()).send(get('/', 'Expect: 100-continue\r\n')).answer();
  expect([answer.text, answer.interim]).toEqual(['null', []]);
  expect(answer.header('connection')).toBe('keep-alive');
});

test('another expectation is refused', async () => {
  const { connect, server } = await startServer((exchange) => exchange.answer(200, []));
  const client = (await connect()).send(get('/', 'Expect: cake\r\n'));
  const answer = await client.answer();
  expect(answer.status).toBe(417);
  expect(answer.json).toMatchObject({ code: 'EXPECTATION_UNKNOWN' });
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({ requests: 0, refused: { EXPECTATION_UNKNOWN: 1 } });
});

test('who has begun to answer does not ask for the body any more', async () => {
  const { clock, connect } = memoryServer(async (exchange) => {
    exchange.sendHead(200, []);
    exchange.write('first');
    const text = await exchange.body?.text();
    exchange.end(text);
  });
  const { client } = connect();
  client.send(EXPECTING);
  await clock.advance(0);
  client.send('hello');
  const answer = await client.answer();
  expect([answer.text, answer.interim]).toEqual(['firsthello', []]);
});

test('a body that is too large is refused before the client is asked for it', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(200, []), {
    maxBodyBytes: 4,
  });
  const client = (await connect()).send(EXPECTING);
  const answer = await client.answer();
  expect([answer.status, answer.interim]).toEqual([413, []]);
  expect(await client.ended()).toBe('');
});
