/** What a handler is told of a request, and answers that have no body. */
import { expect, test } from 'vitest';
import { get } from '../../test-kit/raw-client.ts';
import { memoryServer, startServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';

async function seen(request: string): Promise<Exchange> {
  const got: Exchange[] = [];
  const { clock, connect } = memoryServer((exchange) => {
    got.push(exchange);
    exchange.answer(204, []);
  });
  const { client } = connect();
  client.send(request);
  await clock.advance(0);
  expect((await client.answer()).status).toBe(204);
  return got[0] as Exchange;
}

test('OPTIONS * reaches the handler as it is', async () => {
  const exchange = await seen('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
  expect([exchange.method, exchange.target]).toEqual(['OPTIONS', '*']);
});

test('a whole address as target reaches the handler as it is', async () => {
  const exchange = await seen(
    'GET http://Example.com:80/a?b HTTP/1.1\r\nHost: example.com:80\r\n\r\n',
  );
  expect(exchange.target).toBe('http://Example.com:80/a?b');
});

test('a whole address that differs from the host is refused', async () => {
  const { connect } = await startServer((exchange) => exchange.answer(200, []));
  const answer = await (await connect()).send('GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n').answer();
  expect([answer.status, answer.json['code']]).toEqual([400, 'HOST_MISMATCH']);
});

test('headers come as they were sent, and are found by their names', async () => {
  const exchange = await seen(
    get('/', 'X-One: 1\r\nx-TWO:   2 \t \r\nX-One:\t3\r\nX-Empty:\r\nX-Latin: \xe4\r\n'),
  );
  expect(exchange.rawHeaders.join('|')).toBe(
    'Host|a|X-One|1|x-TWO|2|X-One|3|X-Empty||X-Latin|\xe4',
  );
  expect(exchange.header('x-one')).toBe('1, 3');
  expect(exchange.header('x-two')).toBe('2');
  expect(exchange.header('x-empty')).toBe('');
  expect(exchange.header('x-none')).toBeUndefined();
});

test('the ends of a connection are known', async () => {
  const { connect, port } = await startServer((exchange) => {
    const { peer, local, secure, version, upgrade } = exchange;
    exchange.answer(200, [], JSON.stringify({ peer, local, secure, version, upgrade }));
  });
  const client = await connect();
  const { json } = await client.send(get()).answer();
  const { localPort } = client.socket as unknown as { readonly localPort: number };
  expect(json).toEqual({
    peer: { address: '127.0.0.1', port: localPort },
    local: { address: '127.0.0.1', port },
    secure: false,
    version: '1.1',
  });
});

test('answers to HEAD have the length of what they would be, and no bytes', async () => {
  const { connect } = await startServer((exchange) => {
    if (exchange.target === '/whole') exchange.answer(200, [], 'twelve bytes');
    else if (exchange.target === '/told') exchange.answer(200, ['Content-Length', '77']);
    else if (exchange.target === '/empty') exchange.answer(200, []);
    else if (exchange.target === '/counted') {
      exchange.sendHead(200, ['Content-Length', '4']);
      exchange.end('four');
    } else {
      exchange.sendHead(200, []);
      exchange.write('no');
      exchange.end('thing');
    }
  });
  const client = await connect();
  const said: unknown[] = [];
  for (const target of ['/whole', '/told', '/empty', '/counted', '/chunked']) {
    client.send(`HEAD ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answer = await client.answer({ isHead: true });
    expect(answer.header('connection')).toBe('keep-alive');
    said.push([target, answer.status, answer.header('content-length')]);
  }
  expect(said).toEqual([
    ['/whole', 200, '12'],
    ['/told', 200, '77'],
    ['/empty', 200, undefined],
    ['/counted', 200, '4'],
    ['/chunked', 200, undefined],
  ]);
  // Had any of them sent a byte of a body, this would not be an answer.
  expect((await client.send(get('/whole')).answer()).text).toBe('twelve bytes');
});

test.each([
  [204, 'text', undefined],
  [204, '', undefined],
  [304, 'text', '4'],
  [304, '', undefined],
])('%i has no body, even if it is given %j', async (status, body, length) => {
  const { connect } = await startServer((exchange) => exchange.answer(status, [], body));
  const client = await connect();
  for (let time = 0; time < 2; time++) {
    const answer = await client.send(get()).answer();
    expect(answer.status).toBe(status);
    expect(answer.header('content-length')).toBe(length);
    expect(answer.header('transfer-encoding')).toBeUndefined();
  }
  expect(client.rest).toBe('');
});

test('304 keeps the length that its headers give', async () => {
  const { connect } = await startServer((exchange) => {
    if (exchange.target === '/1') exchange.answer(304, ['Content-Length', '99']);
    else {
      exchange.sendHead(304, ['Content-Length', '99']);
      exchange.end();
    }
  });
  const client = (await connect()).send(get('/1') + get('/2'));
  for (const answer of await client.answers(2)) {
    expect([answer.status, answer.header('content-length')]).toEqual([304, '99']);
  }
});

test('204 that is streamed has neither length nor chunks', async () => {
  const { connect } = await startServer((exchange) => {
    exchange.sendHead(204, ['Content-Length', '0']);
    exchange.end();
  });
  const client = (await connect()).send(get() + get());
  for (const answer of await client.answers(2)) {
    expect(answer.rawHeaders.filter((_, at) => at % 2 === 0)).toEqual([
      'Date',
      'Connection',
      'Keep-Alive',
    ]);
  }
});

test.each([
  ['GET / HTTP/1.1\r\n\r\n', 400, 'HOST_MISSING'],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 501, 'METHOD_NOT_SERVED'],
  ['\x16\x03\x01\x02\x00\x01\x00', 400, 'REQUEST_LINE_MALFORMED'],
  [`GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'REQUEST_LINE_TOO_LONG'],
  [get('/', `X: ${'x'.repeat(17_000)}\r\n`), 431, 'HEAD_TOO_LARGE'],
  [get('/', 'X: y\r\n'.repeat(101)), 431, 'TOO_MANY_HEADERS'],
  ['HEAD / HTTP/1.1\r\n\r\n', 400, 'HOST_MISSING'],
])(
  '%j is refused with a problem document, and the connection closes',
  async (bytes, status, code) => {
    const told: unknown[] = [];
    const { connect, server } = await startServer((exchange) => exchange.answer(200, []), {
      onRefused: (refusal) => void told.push(refusal),
    });
    const client = (await connect()).send(bytes);
    const isHead = bytes.startsWith('HEAD');
    const answer = await client.answer({ isHead });
    expect(answer.status).toBe(status);
    expect(answer.header('connection')).toBe('close');
    expect(answer.header('content-type')).toBe('application/problem+json');
    expect(answer.header('cache-control')).toBe('no-store');
    if (!isHead) expect(answer.json).toMatchObject({ type: 'about:blank', status, code });
    expect(await client.ended()).toBe('');
    expect(told).toMatchObject([
      { code, status, wasHandedOn: false, peer: { address: '127.0.0.1' }, secure: false },
    ]);
    expect(server.stats()).toMatchObject({ requests: 0, inFlight: 0, refused: { [code]: 1 } });
  },
);
