/** Connections that begin with a PROXY header: what it says is believed, and without it there is no connection. */
import { connect as connectHttp2 } from 'node:http2';
import { onTestFinished, expect, test } from 'vitest';
import { SERVER_CERTIFICATE } from '../../test-kit/certificate.ts';
import { proxyBlock } from '../../test-kit/proxy-headers.ts';
import { get, RawClient } from '../../test-kit/raw-client.ts';
import { memoryServer, startServer } from '../../test-kit/running-server.ts';
import { connectPlain, connectSecure } from '../../test-kit/tls-client.ts';
import type { Handler } from '../exchange/exchange.ts';
import { createServer } from './server.ts';
import type { Refusal } from '../exchange/server-state.ts';

const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n';
const proxyProtocol = 'required';

const ends: Handler = (exchange) => {
  const { peer, local, secure } = exchange;
  exchange.answer(200, [], JSON.stringify({ peer, local, secure }));
};
const SAID = {
  peer: { address: '192.0.2.1', port: 56_324 },
  local: { address: '198.51.100.7', port: 443 },
};

test.each([
  ['a line', Buffer.from(LINE)],
  ['a block', proxyBlock()],
])('%s says who asks, and the request follows', async (_, header) => {
  const { connect } = await startServer(ends, { proxyProtocol });
  const client = await connect();
  client.send(Buffer.concat([header, Buffer.from(get())]));
  expect((await client.answer()).json).toEqual({ ...SAID, secure: false });
  // It holds for the whole connection.
  client.send(get());
  expect((await client.answer()).json).toEqual({ ...SAID, secure: false });
});

test('it may come byte by byte, and the request later', async () => {
  const { connect } = await startServer(ends, { proxyProtocol });
  const client = await connect();
  client.sendSlowly(LINE);
  client.sendSlowly(get());
  expect((await client.answer()).json).toEqual({ ...SAID, secure: false });
});

test('a load balancer that speaks for itself keeps its own address', async () => {
  const { connect, port } = await startServer(ends, { proxyProtocol });
  for (const header of [proxyBlock({ command: 0x20 }), Buffer.from('PROXY UNKNOWN\r\n')]) {
    const client = await connect();
    client.send(Buffer.concat([header, Buffer.from(get())]));
    expect((await client.answer()).json).toMatchObject({
      peer: { address: '127.0.0.1' },
      local: { address: '127.0.0.1', port },
    });
  }
});

test.each([
  ['without a header', get()],
  ['with a wrong one', LINE.replace('443', '65536') + get()],
  ['with two', LINE + LINE + get()],
])('a connection %s is closed, and nobody is asked', async (name, bytes) => {
  const refusals: Refusal[] = [];
  const { connect, server } = await startServer(() => expect.unreachable(), {
    proxyProtocol,
    onRefused: (refusal) => refusals.push(refusal),
  });
  const client = await connect();
  client.send(bytes);
  if (name === 'with two') {
    // The second is no request.
    expect((await client.answer()).status).toBe(400);
    expect(await client.ended()).toBe('');
    return expect(refusals).toMatchObject([{ code: 'REQUEST_LINE_MALFORMED', peer: SAID.peer }]);
  }
  expect(await client.closed()).toBe('');
  expect(refusals).toMatchObject([{ code: 'PROXY_HEADER_MALFORMED', wasHandedOn: false }]);
  expect(server.stats()).toMatchObject({
    connections: 0,
    requests: 0,
    refused: { PROXY_HEADER_MALFORMED: 1 },
  });
});

test('a header that does not come in time ends the connection', async () => {
  const { connect, server, clock } = memoryServer(ends, { proxyProtocol, headTimeoutMs: 1000 });
  const { client } = connect();
  client.send(LINE.slice(0, 10));
  await clock.advance(900);
  expect(client.hasClosed).toBe(false);
  await clock.advance(1100);
  expect(await client.closed()).toBe('');
  expect(server.stats()).toMatchObject({ connections: 0, refused: { PROXY_HEADER_MALFORMED: 1 } });
  expect(clock.pending).toBe(0);
});

test('a client that leaves in the middle of its header is counted, one that sends nothing is not', async () => {
  const { connect, server, clock } = memoryServer(ends, { proxyProtocol });
  connect().client.end();
  await clock.advance(0);
  expect(server.stats()).toMatchObject({ connections: 0, refused: {} });
  connect().client.end('PROXY');
  await clock.advance(0);
  expect(server.stats()).toMatchObject({ connections: 0, refused: { PROXY_HEADER_MALFORMED: 1 } });
  expect(clock.pending).toBe(0);
});

test('behind the header the time for the head begins anew, and is bounded', async () => {
  const { connect, server, clock } = memoryServer(ends, { proxyProtocol, headTimeoutMs: 1000 });
  const { client } = connect();
  client.send(LINE + 'GET');
  await clock.advance(3000);
  expect((await client.answer()).status).toBe(408);
  expect(server.stats().refused).toEqual({ HEAD_TOO_SLOW: 1 });
});

test('a header, then TLS', async () => {
  const { port } = await startServer(ends, { proxyProtocol, tls: SERVER_CERTIFICATE });
  const plain = await connectPlain(port);
  plain.write(LINE);
  const client = new RawClient(await connectSecure({ socket: plain }));
  client.send(get());
  expect((await client.answer()).json).toEqual({ ...SAID, secure: true });
});

test('a header, then HTTP/2, with TLS and without', async () => {
  for (const isSecure of [true, false]) {
    const { port } = await startServer(ends, {
      proxyProtocol,
      ...(isSecure ? { tls: SERVER_CERTIFICATE } : { h2c: true }),
    });
    const plain = await connectPlain(port);
    plain.write(proxyBlock());
    const socket = isSecure ? await connectSecure({ socket: plain, ALPNProtocols: ['h2'] }) : plain;
    const session = connectHttp2('http://a', { createConnection: () => socket });
    onTestFinished(() => session.destroy());
    const stream = session.request();
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(JSON.parse(text)).toEqual({ ...SAID, secure: isSecure });
  }
});

test('a server that closes does not wait for headers', async () => {
  const { connect, server } = await startServer(ends, { proxyProtocol });
  const client = await connect();
  client.send('PROXY');
  while (server.stats().connections === 0) await client.until(() => true);
  expect(await server.close({ graceMs: 60_000 })).toBe(0);
  expect(await client.closed()).toBe('');
});

test('without the option a header is no request', async () => {
  const { connect } = await startServer(ends);
  const client = await connect();
  client.send(LINE + get());
  expect((await client.answer()).status).toBe(400);
});

test('the option is checked', () => {
  const options = { proxyProtocol: 'on' } as unknown as { proxyProtocol: 'off' };
  expect(() => createServer(ends, options)).toThrow(
    'Expected `proxyProtocol` to be `off`, `required` or a function, got "on" (string).',
  );
});

test('of those that the rule does not name a header is no request, and without one they are served', async () => {
  const asked: string[] = [];
  const { connect, port } = await startServer(ends, {
    proxyProtocol: (address) => {
      asked.push(address);
      return false;
    },
  });
  const client = await connect();
  client.send(LINE + get());
  expect((await client.answer()).status).toBe(400);
  const other = await connect();
  other.send(get());
  expect((await other.answer()).json).toMatchObject({
    peer: { address: '127.0.0.1' },
    local: { address: '127.0.0.1', port },
  });
  expect(asked).toEqual(['127.0.0.1', '127.0.0.1']);
});

test('those that the rule names have to begin with a header', async () => {
  const { connect } = await startServer(ends, {
    proxyProtocol: (address) => address === '127.0.0.1',
  });
  const client = await connect();
  client.send(get());
  expect(await client.closed()).toBe('');
  const other = await connect();
  other.send(LINE + get());
  expect((await other.answer()).json).toEqual({ ...SAID, secure: false });
});
