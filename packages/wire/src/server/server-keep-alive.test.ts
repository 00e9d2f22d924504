/** Which connections are kept and which are closed, and what is said of it. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';

const PLAIN = ['Content-Type', 'text/plain'];

test('a connection of HTTP/1.1 is kept, and every answer says for how long', async () => {
  const { connect, server } = await startServer((exchange) => {
    exchange.answer(200, PLAIN, `you asked for ${exchange.target}`);
  });
  const client = await connect();
  for (const target of ['/a', '/b?c=d', '/e']) {
    client.send(get(target));
    const answer = await client.answer();
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(`you asked for ${target}`);
    expect(answer.header('connection')).toBe('keep-alive');
    expect(answer.header('keep-alive')).toBe('timeout=65');
  }
  expect(client.hasEnded).toBe(false);
  expect(server.stats()).toMatchObject({ connections: 1, accepted: 1, requests: 3, inFlight: 0 });
});

test('keep-alive says the time that was set', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(204, []), {
    keepAliveMs: 7500,
  });
  const client = (await connect()).send(get());
  expect((await client.answer()).header('keep-alive')).toBe('timeout=7');
});

test('a connection that is kept without end promises no time', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(204, []), {
    keepAliveMs: Infinity,
  });
  const answer = await (await connect()).send(get()).answer();
  expect(answer.header('connection')).toBe('keep-alive');
  expect(answer.header('keep-alive')).toBeUndefined();
});

test.each([
  ['the client says so', get('/', 'Connection: close\r\n'), []],
  ['the client says so among other things', get('/', 'Connection: foo, Close\r\n'), []],
  ['the client says so twice', get('/', 'Connection: keep-alive\r\nConnection: close\r\n'), []],
  ['the handler says so', get(), ['Connection', 'close']],
  ['the handler says so among other things', get(), ['Connection', 'foo, Close']],
])('the answer closes the connection if %s', async (_, request, headers) => {
  const { connect, server } = await startServer((exchange) => {
    exchange.answer(200, headers, 'bye');
  });
  const client = (await connect()).send(request);
  const answer = await client.answer();
  expect(answer.text).toBe('bye');
  expect(answer.all('connection')).toEqual(['close']);
  expect(answer.header('keep-alive')).toBeUndefined();
  expect(await client.ended()).toBe('');
  await client.closed();
  expect(client.errorCode).toBeUndefined();
  expect(server.stats().inFlight).toBe(0);
});

test('Connection: close of a handler that sends its head apart closes the connection', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.sendHead(200, ['Connection', 'close']);
    exchange.end('bye');
  });
  const client = (await connect()).send(get());
  const answer = await client.answer();
  expect([answer.text, answer.framing]).toEqual(['bye', 'chunked']);
  expect(answer.all('connection')).toEqual(['close']);
  expect(await client.ended()).toBe('');
});

test('what a client sends behind Connection: close is not answered', async () => {
  const targets: string[] = [];
  const { connect } = await startServer((exchange) => {
    targets.push(exchange.target);
    exchange.answer(200, [], 'bye');
  });
  const client = (await connect()).send(get('/1', 'Connection: close\r\n') + get('/2'));
  expect((await client.answer()).text).toBe('bye');
  expect(await client.ended()).toBe('');
  expect(targets).toEqual(['/1']);
});

test('HTTP/1.0 is closed unless it asks to be kept', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.answer(200, [], exchange.version);
  });
  const plain = (await connect()).send('GET / HTTP/1.0\r\n\r\n');
  const last = await plain.answer();
  expect([last.text, last.header('connection')]).toEqual(['1.0', 'close']);
  expect(last.framing).toBe('length');
  expect(await plain.ended()).toBe('');

  const kept = await connect();
  for (let time = 0; time < 3; time++) {
    kept.send('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
    const answer = await kept.answer();
    expect([answer.text, answer.header('connection')]).toEqual(['1.0', 'keep-alive']);
  }
  expect(kept.hasEnded).toBe(false);
});

test('a body of unknown length for HTTP/1.0 lasts until the connection ends, also if it was to be kept', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.sendHead(200, PLAIN);
    exchange.write('one ');
    exchange.end('two');
  });
  const client = (await connect()).send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  const answer = await client.answer();
  expect([answer.framing, answer.text]).toEqual(['close', 'one two']);
  expect(answer.header('connection')).toBe('close');
});

test('the last request that a connection may make is told so', async () => {
  const { connect, server } = await startServer((exchange) => exchange.answer(200, [], 'x'), {
    maxRequestsPerConnection: 3,
  });
  const client = await connect();
  const said: (string | undefined)[] = [];
  for (let time = 0; time < 3; time++) {
    said.push((await client.send(get()).answer()).header('connection'));
  }
  expect(said).toEqual(['keep-alive', 'keep-alive', 'close']);
  expect(await client.ended()).toBe('');
  expect(server.stats().requests).toBe(3);
});

test('of more requests in one write than a connection may make, the rest is left unanswered', async () => {
  const { connect, server } = await startServer((exchange) => exchange.answer(200, [], 'x'), {
    maxRequestsPerConnection: 3,
  });
  const client = (await connect()).send(get().repeat(5));
  const answers = await client.answers(3);
  expect(answers.map((answer) => answer.header('connection'))).toEqual([
    'keep-alive',
    'keep-alive',
    'close',
  ]);
  expect(await client.ended()).toBe('');
  expect(server.stats().requests).toBe(3);
});

test('a connection is kept behind a body that was read, and behind a small one that was not', async () => {
  const { connect, server } = await startServer(async (exchange) => {
    const text = exchange.target === '/read' ? await exchange.body?.text() : 'not read';
    exchange.answer(200, [], text);
  });
  const client = await connect();
  for (const [target, says] of [
    ['/read', 'one'],
    ['/left', 'not read'],
    ['/read', 'one'],
  ] as const) {
    client.send(post('one', '', target));
    const answer = await client.answer();
    expect([answer.text, answer.header('connection')]).toEqual([says, 'keep-alive']);
  }
  expect(server.stats().accepted).toBe(1);
});

test('an answer that was under way when the client ended its side still arrives, and then the server ends too', async () => {
  const may = gate();
  const { connect, server } = await startServer(async (exchange) => {
    exchange.sendHead(200, ['Content-Length', '8']);
    exchange.write('half');
    await may.opened;
    exchange.end('half');
  });
  const client = await connect();
  client.end(get());
  await client.has('half');
  may.open();
  expect((await client.answer()).text).toBe('halfhalf');
  expect(await client.ended()).toBe('');
  await client.closed();
  expect(server.stats()).toMatchObject({ clientsLeft: 0, inFlight: 0 });
});

test('an idle connection whose client ends its side is closed', async () => {
  const { clock, connect, server } = memoryServer((exchange) => exchange.answer(200, [], 'x'));
  const { client } = connect();
  client.send(get());
  await clock.advance(0);
  expect((await client.answer()).status).toBe(200);
  client.end();
  await clock.advance(0);
  expect(client.hasEnded).toBe(true);
  expect(client.hasClosed).toBe(true);
  expect(server.stats().connections).toBe(0);
});
