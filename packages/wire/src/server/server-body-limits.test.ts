/** Bodies that are too large, malformed or cut short. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { ClientLeftError, RefusedMessageError } from '../errors.ts';
import type { Handler } from '../exchange/exchange.ts';

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const readAll: Handler = async (exchange) => {
  exchange.answer(200, [], await exchange.body?.text());
};

test('a length beyond the limit is refused before anyone is asked', async () => {
  const { connect, server } = await startServer(readAll, { maxBodyBytes: 10 });
  const client = await connect();
  expect((await client.send(post('0123456789')).answer()).status).toBe(200);
  client.send(post('0123456789a'));
  const answer = await client.answer();
  expect([answer.status, answer.json['code']]).toEqual([413, 'BODY_TOO_LARGE']);
  expect(answer.header('connection')).toBe('close');
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({ requests: 1, refused: { BODY_TOO_LARGE: 1 } });
});

test('without a limit any length is taken', async () => {
  const { connect } = await startServer(readAll, { maxBodyBytes: Infinity });
  const client = (await connect()).send(post('x'.repeat(11 * 1024 * 1024)));
  // Its reader has a limit of its own.
  expect((await client.answer()).status).toBe(413);
});

const FAULTS: readonly (readonly [string, string, number])[] = [
  ['BODY_TOO_LARGE', '4\r\n0123\r\n7\r\n0123456\r\n', 413],
  ['CHUNK_SIZE_MALFORMED', '4\r\n0123\r\nxyz\r\n', 400],
  ['CHUNK_TOO_LARGE', '4\r\n0123\r\n11111111111111111\r\n', 413],
  ['CHUNK_END_MISSING', '4\r\n01234\r\n', 400],
  ['BARE_LF', '4\r\n0123\r\n4\n', 400],
  ['CHUNK_EXTENSION_MALFORMED', '4;=x\r\n0123\r\n', 400],
  ['CHUNK_EXTENSIONS_TOO_LONG', `4;${'x'.repeat(1100)}\r\n0123\r\n`, 400],
  ['TRAILER_FORBIDDEN', '4\r\n0123\r\n0\r\nContent-Length: 4\r\n\r\n', 400],
  ['TRAILERS_TOO_LARGE', `4\r\n0123\r\n0\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
];

test.each(FAULTS)(
  '%s in a body that comes with its head: nobody is asked, and the connection closes',
  async (code, body, status) => {
    const { connect, server } = await startServer(readAll, { maxBodyBytes: 10 });
    const client = (await connect()).send(HEAD + body + get());
    const answer = await client.answer();
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.header('connection')).toBe('close');
    expect(await client.ended()).toBe('');
    await client.closed();
    expect(client.errorCode).toBeUndefined();
    expect(server.stats()).toMatchObject({ requests: 0, inFlight: 0, refused: { [code]: 1 } });
  },
);

test.each(FAULTS)(
  '%s in a body that is being read: its reader fails, the answer says why, and the connection closes',
  async (code, body, status) => {
    const errors: unknown[] = [];
    const begun = gate();
    const { connect, server } = await startServer(
      (exchange) => {
        begun.open();
        return readAll(exchange);
      },
      { maxBodyBytes: 10, onError: (error) => void errors.push(error) },
    );
    const client = (await connect()).send(HEAD);
    await begun.opened;
    client.send(body + get());
    const answer = await client.answer();
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.header('connection')).toBe('close');
    expect(errors).toHaveLength(1);
    expect(RefusedMessageError.is(errors[0])).toBe(true);
    expect(await client.ended()).toBe('');
    await client.closed();
    expect(client.errorCode).toBeUndefined();
    expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0, refused: { [code]: 1 } });
  },
);

test('a fault in a body that comes while its handler waits: its own answer goes out, and the connection closes', async () => {
  const { clock, connect, server } = memoryServer(async (exchange) => {
    const error: unknown = await exchange.body?.text().catch((error: unknown) => error);
    exchange.answer(422, [], (error as RefusedMessageError).code);
  });
  const { client } = connect();
  client.send(`${HEAD}4\r\n0123\r\n`);
  await clock.advance(0);
  client.send('zz');
  await clock.advance(0);
  const answer = await client.answer();
  expect([answer.status, answer.text]).toEqual([422, 'CHUNK_SIZE_MALFORMED']);
  expect(answer.header('connection')).toBe('close');
  await clock.advance(0);
  expect(client.hasEnded).toBe(true);
  client.end();
  await clock.advance(0);
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  expect(clock.pending).toBe(0);
});

test('a fault in a body whose answer has begun breaks the answer off, unless its handler ends it', async () => {
  const { clock, connect } = memoryServer(async (exchange) => {
    exchange.sendHead(200, []);
    exchange.write('begun');
    if (exchange.target === '/') await exchange.body?.text();
    else await exchange.body?.text().catch(() => exchange.end(' and ended'));
  });
  const caught = connect().client.send(HEAD.replace(' / ', ' /caught '));
  const uncaught = connect().client.send(HEAD);
  await clock.advance(0);
  caught.send('zz');
  uncaught.send('zz');
  expect((await caught.answer()).text).toBe('begun and ended');
  expect(await caught.ended()).toBe('');
  const text = await uncaught.closed();
  expect(text).toContain('begun');
  expect(text).not.toContain('0\r\n\r\n');
});

test('a fault in a body that nobody reads is found when someone does', async () => {
  const may = gate();
  const { clock, connect } = memoryServer(async (exchange) => {
    await may.opened;
    return readAll(exchange);
  });
  const { client } = connect();
  client.send(`${HEAD}4\r\n0123\r\n`);
  await clock.advance(0);
  client.send('zz');
  await clock.advance(0);
  expect(client.rest).toBe('');
  may.open();
  expect((await client.answer()).json['code']).toBe('CHUNK_SIZE_MALFORMED');
});

test('a fault in a body that was not read and whose answer is out ends the connection without another word', async () => {
  const { clock, connect } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n0');
  await clock.advance(0);
  client.send('12GET / HTTP/7.7\r\n\r\n');
  const [one, two] = await client.answers(2);
  expect([one?.status, two?.status]).toEqual([200, 505]);
});

test('a client that leaves in the middle of a body fails its reader', async () => {
  const errors: unknown[] = [];
  const done = gate();
  const { connect, server } = await startServer(
    async (exchange) => {
      await exchange.body?.text();
    },
    {
      onError(error) {
        errors.push(error);
        done.open();
      },
    },
  );
  const client = await connect();
  client.end(`${HEAD}4\r\n0123\r\n`);
  await done.opened;
  expect(errors[0]).toBeInstanceOf(ClientLeftError);
  await client.closed();
  expect(server.stats()).toMatchObject({
    clientsLeft: 1,
    inFlight: 0,
    refused: { BODY_CUT_SHORT: 1 },
  });
});

test('a reader may take less than the server lets through', async () => {
  const { connect } = await startServer(async (exchange) => {
    exchange.answer(200, [], await exchange.body?.text({ maxBytes: 3 }));
  });
  const client = (await connect()).send(post('four') + post('six'));
  const [one, two] = await client.answers(2);
  expect([one?.status, one?.json['code']]).toEqual([413, 'BODY_TOO_LARGE']);
  expect([two?.status, two?.text]).toEqual([200, 'six']);
});
