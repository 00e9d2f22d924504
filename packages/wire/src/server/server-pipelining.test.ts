/** Requests that do not wait for answers: all are answered, in order, and never more at once than fit. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => `/${index}`);

test('a hundred requests in one write are answered in order', async () => {
  const { connect, server } = await startServer((exchange) => {
    exchange.answer(200, [], exchange.target);
  });
  const client = (await connect()).send(HUNDRED.map((target) => get(target)).join(''));
  const answers = await client.answers(100);
  expect(answers.map(({ text }) => text)).toEqual(HUNDRED);
  expect(client.rest).toBe('');
  expect(server.stats()).toMatchObject({ requests: 100, inFlight: 0, accepted: 1 });
});

test('answers come in order, however long each takes', async () => {
  const gates = HUNDRED.map(() => gate());
  const begun: number[] = [];
  const { clock, connect } = memoryServer(async (exchange) => {
    const index = Number(exchange.target.slice(1));
    begun.push(index);
    await gates[index]?.opened;
    exchange.answer(200, [], exchange.target);
  });
  const { client } = connect();
  client.send(HUNDRED.map((target) => get(target)).join(''));
  await clock.advance(0);
  // One is asked at a time, and those behind it wait, whichever is ready first.
  expect(begun).toEqual([0]);
  for (const one of gates.toReversed()) one.open();
  expect((await client.answers(100)).map(({ text }) => text)).toEqual(HUNDRED);
  expect(begun).toHaveLength(100);
});

test.each([1, 2, 3, 5, 7, 11, 13, 17, 29, 31, 53])(
  'requests with bodies of all kinds are the same in pieces of %i bytes',
  async (size) => {
    const { clock, connect } = memoryServer(async (exchange) => {
      const text = exchange.body ? await exchange.body.text() : 'none';
      exchange.answer(200, [], `${exchange.method} ${exchange.target} ${text}`);
    });
    const all = Buffer.from(
      get('/1') +
        post('two', '', '/2') +
        'POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nth\r\n3\r\nree\r\n0\r\nA: b\r\n\r\n' +
        post('', '', '/4') +
        '\r\nPUT /5 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' +
        get('/6', 'Connection: close\r\n'),
      'latin1',
    );
    const { client } = connect();
    for (let at = 0; at < all.length; at += size) {
      client.send(all.subarray(at, at + size));
      await clock.advance(0);
    }
    expect((await client.answers(6)).map(({ text }) => text)).toEqual([
      'GET /1 none',
      'POST /2 two',
      'POST /3 three',
      'POST /4 none',
      'PUT /5 ',
      'GET /6 none',
    ]);
    expect(await client.ended()).toBe('');
  },
);

test('one byte at a time over a socket', async () => {
  const { connect } = await startServer(async (exchange) => {
    exchange.answer(200, [], (await exchange.body?.text()) ?? exchange.target);
  });
  const client = await connect();
  client.sendSlowly(post('hello') + get('/x') + post('bye'));
  expect((await client.answers(3)).map(({ text }) => text)).toEqual(['hello', '/x', 'bye']);
});

test('a client that asks without end and reads nothing is paused', async () => {
  let asked = 0;
  const { clock, connect } = memoryServer((exchange) => {
    asked++;
    exchange.answer(200, [], 'x'.repeat(1000));
  });
  const { client, wire } = connect();
  client.pause();
  const batch = get().repeat(100);
  for (let time = 0; time < 1000; time++) client.send(batch);
  await clock.advance(0);
  const askedAtFirst = asked;
  // The client's own 64 KB, and one answer that waits behind them.
  expect(askedAtFirst).toBeLessThan(80);
  expect(wire.writableLength).toBeLessThan(1300);
  expect(wire.readableLength).toBeLessThan(2 * 64 * 1024);
  await clock.advance(1000);
  expect(asked).toBe(askedAtFirst);

  client.resume();
  for (let time = 0; time < 1000 && asked < 10_000; time++) await clock.advance(0);
  expect(asked).toBe(10_000);
});

test('a client that pipelines while an answer is under way is paused', async () => {
  const may = gate();
  let asked = 0;
  const { clock, connect } = memoryServer(async (exchange) => {
    asked++;
    if (asked === 1) await may.opened;
    exchange.answer(204, []);
  });
  const { client, wire } = connect();
  const batch = Buffer.from(get().repeat(1000));
  for (let time = 0; time < 100; time++) client.send(batch);
  await clock.advance(0);
  expect(asked).toBe(1);
  expect(wire.readableLength).toBeLessThan(2 * 64 * 1024);
  expect(client.socket.writableLength).toBeGreaterThan(batch.length * 90);
  may.open();
  for (let time = 0; time < 1000 && asked < 10_000; time++) await clock.advance(0);
  // As many as a connection may make by default.
  expect(asked).toBe(10_000);
  expect((await client.answers(10_000)).at(-1)?.header('connection')).toBe('close');
  expect(await client.closed()).toBe('');
  expect(asked).toBe(10_000);
});

test('all that a client has asked is answered when it has ended its side', async () => {
  const { connect } = await startServer(async (exchange) => {
    await Promise.resolve();
    exchange.answer(200, [], exchange.target);
  });
  const client = await connect();
  client.end(HUNDRED.map((target) => get(target)).join(''));
  expect((await client.answers(100)).map(({ text }) => text)).toEqual(HUNDRED);
  expect(await client.ended()).toBe('');
});

test('all that a client has asked is answered when it has ended its side, also by a handler that does not wait', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(200, [], exchange.target));
  const client = await connect();
  client.end(HUNDRED.map((target) => get(target)).join(''));
  expect((await client.answers(100)).map(({ text }) => text)).toEqual(HUNDRED);
  expect(await client.ended()).toBe('');
});

test('what breaks a rule behind good requests does not take their answers away', async () => {
  const { connect, server } = await startServer(async (exchange) => {
    await Promise.resolve();
    exchange.answer(200, [], exchange.target);
  });
  const client = (await connect()).send(`${get('/1')}${get('/2')}GET /3 HTTP/9.9\r\n\r\n${get()}`);
  const [one, two, three] = await client.answers(3);
  expect([one?.text, two?.text]).toEqual(['/1', '/2']);
  expect(three?.status).toBe(505);
  expect(three?.header('connection')).toBe('close');
  expect(three?.header('content-type')).toBe('application/problem+json');
  expect(three?.json).toMatchObject({ status: 505, code: 'VERSION_NOT_SPOKEN' });
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({ requests: 2, refused: { VERSION_NOT_SPOKEN: 1 } });
});
