/** Connections that change from HTTP to another protocol. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { AnswerOrderError, ClientLeftError } from '../errors.ts';
import type { Exchange, Handler } from '../exchange/exchange.ts';

const ASKING = get('/', 'Connection: Upgrade\r\nUpgrade: echo\r\n');
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

/** Answers everything with itself, and tells what it was handed. */
const echo: Handler = (exchange) => {
  if (exchange.upgrade !== 'echo') return exchange.answer(200, [], `upgrade: ${exchange.upgrade}`);
  const { socket, head } = exchange.takeOver();
  socket.on('error', () => socket.destroy());
  onTestFinished(() => void socket.destroy());
  socket.write(SWITCHED);
  socket.write(`[${head.toString()}]`);
  socket.pipe(socket);
};

test('the socket is handed over with what the client had already sent', async () => {
  const { connect, server } = await startServer(echo);
  const client = (await connect()).send(`${ASKING}early`);
  const answer = await client.answer();
  expect(answer.status).toBe(101);
  await client.has('[early]');
  client.send(' bird');
  await client.has('[early] bird');
  expect(server.stats()).toMatchObject({ upgraded: 1, inFlight: 0, requests: 1, connections: 1 });
  client.end();
  expect(await client.ended()).toBe('[early] bird');
});

test('what comes later is read by the other protocol alone, however late the handler is', async () => {
  const may = gate();
  const { clock, connect } = memoryServer(async (exchange) => {
    await may.opened;
    return echo(exchange);
  });
  const { client } = connect();
  client.send(ASKING);
  await clock.advance(0);
  client.send('GET / HTTP/1.1\r\n');
  await clock.advance(100_000);
  client.send('Host: a\r\n\r\n');
  await clock.advance(0);
  may.open();
  await clock.advance(0);
  expect((await client.answer()).status).toBe(101);
  const rest = await client.has('Host: a\r\n\r\n');
  expect(rest.replace(/[[\]]/g, '')).toBe('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
});

test('megabytes go both ways behind an upgrade', async () => {
  const { connect } = await startServer(echo);
  const client = (await connect()).send(ASKING);
  await client.has('[]');
  const all = Buffer.from(Array.from({ length: 500_000 }, (_, index) => `${index},`).join(''));
  client.send(all);
  await client.hasBytes(SWITCHED.length + 2 + all.length);
  expect(client.received.subarray(SWITCHED.length + 2).equals(all)).toBe(true);
});

test('no time is kept over a connection that was handed over', async () => {
  const { clock, connect, server } = memoryServer(echo);
  const { client } = connect();
  client.send(ASKING);
  await clock.advance(3_600_000);
  expect(clock.pending).toBe(0);
  expect(server.stats().connections).toBe(1);
  client.send('still there');
  await clock.advance(0);
  expect(client.rest).toContain('still there');
});

test('connections that speak another protocol are counted as long as they do', async () => {
  const { clock, connect, server } = memoryServer(echo);
  const { client } = connect();
  client.send(ASKING);
  await clock.advance(0);
  expect(server.stats()).toMatchObject({ upgraded: 1, connections: 1, inFlight: 0 });
  client.end();
  await clock.advance(0);
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0, clientsLeft: 0 });
  expect(server.stats().upgraded).toBe(0);
});

test('an upgrade that is refused is answered, and the connection goes on', async () => {
  const { connect, server } = await startServer((exchange) => {
    exchange.answer(exchange.upgrade ? 426 : 200, [], exchange.upgrade);
  });
  const client = (await connect()).send(ASKING + get() + ASKING);
  const answers = await client.answers(3);
  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [426, 'echo'],
    [200, ''],
    [426, 'echo'],
  ]);
  expect(server.stats()).toMatchObject({ upgraded: 0, requests: 3, inFlight: 0 });
});

test.each([
  ['has a body', post('hello', 'Connection: upgrade\r\nUpgrade: echo\r\n')],
  ['is of HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n'],
  ['does not say so in Connection', get('/', 'Upgrade: echo\r\n')],
  ['names no protocol', get('/', 'Connection: upgrade\r\n')],
])('an upgrade is ignored if the request %s', async (_, request) => {
  const thrown: unknown[] = [];
  const { connect } = await startServer(async (exchange) => {
    try {
      exchange.takeOver();
    } catch (error) {
      thrown.push(error);
    }
    exchange.answer(200, [], `${exchange.upgrade} ${await exchange.body?.text()}`);
  });
  const answer = await (await connect()).send(request).answer();
  expect(answer.text).toMatch(/^undefined (?:hello|undefined)$/);
  expect(thrown[0]).toBeInstanceOf(AnswerOrderError);
});

test('an answer that asks for an upgrade names the protocol, as it has to, and no other answer does', async () => {
  const { connect } = await startServer((exchange) => {
    const status = Number(exchange.target.slice(1));
    exchange.answer(status, ['Upgrade', 'websocket', 'X-More', 'yes']);
  });
  const client = (await connect()).send(get('/426') + get('/200'));
  const [required, ordinary] = await client.answers(2);
  expect(required?.header('upgrade')).toBe('websocket');
  expect(required?.head).toContain('Connection: Upgrade\r\n');
  expect(required?.header('x-more')).toBe('yes');
  expect(ordinary?.header('upgrade')).toBeUndefined();
});

test('whoever took a connection over is told once that the server closes, also if it does so already', async () => {
  const told: string[] = [];
  const may = gate();
  const { clock, connect, server } = memoryServer(async (exchange) => {
    if (exchange.target === '/late') await may.opened;
    const { onClosing, socket } = exchange.takeOver();
    socket.resume();
    onClosing(() => {
      throw new Error('keeps nobody from closing');
    });
    onClosing(() => {
      told.push(exchange.target);
      socket.end();
    });
  });
  const { client: early } = connect();
  const { client: late } = connect();
  early.send(get('/early', 'Connection: Upgrade\r\nUpgrade: x\r\n'));
  late.send(get('/late', 'Connection: Upgrade\r\nUpgrade: x\r\n'));
  await clock.advance(0);
  expect(told).toEqual([]);
  const closed = server.close();
  expect(told).toEqual(['/early']);
  void server.close();
  may.open();
  await clock.advance(0);
  expect(told).toEqual(['/early', '/late']);
  early.end();
  late.end();
  expect(await closed).toBe(0);
});

test('several protocols are told as they came', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(200, [], exchange.upgrade));
  const client = await connect();
  client.send(
    get('/', 'Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nUpgrade: WebSocket\r\n'),
  );
  expect((await client.answer()).text).toBe('h2c, WebSocket');
});

test('an exchange that was handed over says nothing more', async () => {
  const exchanges: Exchange[] = [];
  const settled: string[] = [];
  const { clock, connect } = memoryServer((exchange) => {
    exchanges.push(exchange);
    exchange.onSettled(() => settled.push('settled'));
    exchange.onClientLeft(() => settled.push('left'));
    echo(exchange);
  });
  const { client, wire } = connect();
  client.send(ASKING);
  await clock.advance(0);
  const [exchange] = exchanges as [Exchange];
  expect(settled).toEqual(['settled']);
  const before = wire.writes.length;
  for (const say of [
    () => exchange.answer(200, []),
    () => exchange.sendHead(200, []),
    () => exchange.write('x'),
    () => exchange.end(),
    () => exchange.takeOver(),
  ]) {
    expect(say).toThrow(AnswerOrderError);
  }
  exchange.destroy();
  expect(wire.writes.length).toBe(before);
  client.reset();
  await clock.advance(0);
  expect(settled).toEqual(['settled']);
});

test('a connection whose client has left is not taken over', async () => {
  const exchanges: Exchange[] = [];
  const { clock, connect, server } = memoryServer((exchange) => void exchanges.push(exchange));
  const { client } = connect();
  client.send(ASKING);
  await clock.advance(0);
  client.reset();
  await clock.advance(0);
  expect(exchanges[0]?.clientLeft).toBe(true);
  expect(() => exchanges[0]?.takeOver()).toThrow(ClientLeftError);
  expect(server.stats()).toMatchObject({ upgraded: 0, inFlight: 0, clientsLeft: 1 });
});

test('a connection cannot be taken over once its answer has begun', async () => {
  const thrown: unknown[] = [];
  const { connect } = await startServer((exchange) => {
    exchange.sendHead(200, []);
    try {
      exchange.takeOver();
    } catch (error) {
      thrown.push(error);
    }
    exchange.end('x');
  });
  expect((await (await connect()).send(ASKING).answer()).text).toBe('x');
  expect(thrown[0]).toBeInstanceOf(AnswerOrderError);
});

test('no listener of ours stays on a socket that was handed over but for its end', async () => {
  let socket: Socket | undefined;
  const done = gate();
  const { connect } = await startServer((exchange) => {
    socket = exchange.takeOver().socket as Socket;
    onTestFinished(() => void socket?.destroy());
    done.open();
  });
  (await connect()).send(ASKING);
  await done.opened;
  for (const event of ['data', 'drain', 'error', 'readable']) {
    expect([event, socket?.listenerCount(event)]).toEqual([event, 0]);
  }
  expect(socket?.readableFlowing).not.toBe(true);
});

test('a socket that was handed over flows as soon as someone listens', async () => {
  const got = gate<string>();
  const { connect } = await startServer((exchange) => {
    const { socket } = exchange.takeOver();
    onTestFinished(() => void socket.destroy());
    socket.write(SWITCHED);
    // As what is made for the sockets of node:http does, without a word of resume.
    socket.on('data', (chunk: Buffer) => got.open(chunk.toString()));
  });
  const client = (await connect()).send(ASKING);
  await client.answer();
  client.send('hello');
  expect(await got.opened).toBe('hello');
});

test('a WebSocket', async () => {
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const { connect } = await startServer((exchange) => {
    const key = exchange.header('sec-websocket-key') ?? '';
    const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
    const { socket, head } = exchange.takeOver();
    onTestFinished(() => void socket.destroy());
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const answer = (frame: Buffer): void => {
      const bytes = frame.subarray(6).map((byte, at) => byte ^ (frame[2 + (at % 4)] as number));
      socket.write(Buffer.concat([Buffer.of(0x81, bytes.length), bytes]));
    };
    if (head.length > 0) answer(head);
    socket.on('data', answer);
  });
  const client = await connect();
  const mask = Buffer.of(1, 2, 3, 4);
  const frame = (text: string): Buffer =>
    Buffer.concat([
      Buffer.of(0x81, 0x80 | text.length),
      mask,
      Buffer.from(text).map((byte, at) => byte ^ (mask[at % 4] as number)),
    ]);
  client.send(
    Buffer.concat([
      Buffer.from(
        get(
          '/chat',
          'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
        ),
      ),
      frame('hello'),
    ]),
  );
  const answer = await client.answer();
  expect(answer.header('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  await client.has('\x81\x05hello');
  client.send(frame('again'));
  expect(await client.has('\x81\x05again')).toBe('\x81\x05hello\x81\x05again');
});
