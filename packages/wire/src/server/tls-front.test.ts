/** TLS in front of a server: handshakes that succeed, those that do not, and certificates that change. */
import { once } from 'node:events';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import {
  CLIENT_CERTIFICATE,
  RENEWED_CERTIFICATE,
  SERVER_CERTIFICATE,
} from '../../test-kit/certificate.ts';
import { http2Client } from '../../test-kit/contract-client.ts';
import { get, RawClient } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { connectPlain, connectSecure, handshakeError } from '../../test-kit/tls-client.ts';
import type { Handler } from '../exchange/exchange.ts';
import { createServer } from './server.ts';

const tls = SERVER_CERTIFICATE;
const hello: Handler = (exchange) => exchange.answer(200, [], 'hello');

/** The name that the certificate gives to whom it belongs. */
const organization = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.O;

test('a client without ALPN speaks HTTP/1.1', async () => {
  const { port, server } = await startServer(hello, { tls });
  const client = new RawClient(await connectSecure({ port }));
  client.send(get());
  expect(await client.answer()).toMatchObject({ status: 200, text: 'hello' });
  client.send(get('/', 'Connection: close\r\n'));
  expect(await client.answer()).toMatchObject({ status: 200 });
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({ accepted: 1, requests: 2, handshakesFailed: 0 });
});

test.each([
  [true, ['h2', 'http/1.1'], 'h2'],
  [true, ['http/1.1', 'h2'], 'h2'],
  [true, ['http/1.1'], 'http/1.1'],
  [false, ['h2', 'http/1.1'], 'http/1.1'],
])('with http2 %s a client that offers %j gets %s', async (http2, ALPNProtocols, chosen) => {
  const { port } = await startServer(hello, { tls, http2 });
  const socket = await connectSecure({ port, ALPNProtocols });
  expect(socket.alpnProtocol).toBe(chosen);
});

test('a client that offers nothing that is spoken is refused', async () => {
  const { port, server } = await startServer(hello, { tls, http2: false });
  const code = await handshakeError({ port, ALPNProtocols: ['h2'] });
  expect(code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, handshakesFailed: 1 });
});

test('an old version is refused', async () => {
  const { port, server } = await startServer(hello, { tls });
  const old = {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  } as const;
  expect(await handshakeError({ port, ...old })).toMatch(/^ERR_SSL_/);
  await expect.poll(() => server.stats().handshakesFailed).toBe(1);
  const { port: strict } = await startServer(hello, { tls: { ...tls, minVersion: 'TLSv1.3' } });
  expect(await handshakeError({ port: strict, maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL_/);
});

test('a client that does not trust the certificate leaves, and is counted', async () => {
  const { port, server } = await startServer(hello, { tls: { ...tls, maxVersion: 'TLSv1.2' } });
  const code = await handshakeError({ port, ca: RENEWED_CERTIFICATE.cert });
  expect(code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0 });
});

test('clients show a certificate where one is asked for', async () => {
  const asks = { ...tls, requestCert: true, ca: CLIENT_CERTIFICATE.cert };
  const { port, server } = await startServer(hello, { tls: asks });
  expect(await handshakeError({ port })).toMatch(/^(?:ERR_SSL_|ECONNRESET|closed)/);
  expect(await handshakeError({ port, ...RENEWED_CERTIFICATE })).toMatch(
    /^(?:ERR_SSL_|ECONNRESET|closed)/,
  );
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, handshakesFailed: 2 });
  const client = new RawClient(await connectSecure({ port, ...CLIENT_CERTIFICATE }));
  client.send(get());
  expect((await client.answer()).status).toBe(200);
});

test('the certificate may depend on the name', async () => {
  const { port } = await startServer(hello, {
    tls: {
      ...tls,
      SNICallback: (name, done) => {
        done(null, name === 'localhost' ? createSecureContext(RENEWED_CERTIFICATE) : undefined);
      },
    },
  });
  const ca = [SERVER_CERTIFICATE.cert, RENEWED_CERTIFICATE.cert];
  expect(organization(await connectSecure({ port, ca, servername: 'localhost' }))).toBe(
    'Test only, renewed',
  );
  expect(organization(await connectSecure({ port, ca }))).toBe('Test only, server');
});

test('a certificate is renewed without a restart, and connections stay open', async () => {
  const { port, server } = await startServer(hello, { tls });
  const ca = [SERVER_CERTIFICATE.cert, RENEWED_CERTIFICATE.cert];
  const before = await connectSecure({ port, ca });
  const client = new RawClient(before);
  client.send(get());
  await client.answer();
  expect(() => server.setSecureContext({ cert: 'rubbish' })).toThrow();
  expect(() => server.setSecureContext({ cert: RENEWED_CERTIFICATE.cert })).toThrow();
  expect(organization(await connectSecure({ port, ca }))).toBe('Test only, server');
  server.setSecureContext(RENEWED_CERTIFICATE);
  expect(organization(await connectSecure({ port, ca }))).toBe('Test only, renewed');
  expect(organization(before)).toBe('Test only, server');
  client.send(get());
  expect((await client.answer()).status).toBe(200);
});

test('a server without TLS has no certificate to renew', () => {
  const server = createServer(hello);
  expect(() => server.setSecureContext(tls)).toThrow(TypeError);
});

test.each([
  ['a record that is none', Buffer.from('\x16\x03\x01\x00\x05rubbish', 'latin1')],
  ['bytes that mean nothing', Buffer.from('\x00\x01\x02\x03\x04\x05\x06\x07', 'latin1')],
  ['an end in the middle', Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1')],
])('%s ends the connection, and is counted', async (_, bytes) => {
  const { port, server } = await startServer(hello, { tls });
  const socket = await connectPlain(port);
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, handshakesFailed: 1 });
  const client = new RawClient(await connectSecure({ port }));
  client.send(get());
  expect((await client.answer()).status).toBe(200);
});

test('a reset in the middle of a handshake harms nobody', async () => {
  const { port, server } = await startServer(hello, { tls });
  for (let round = 0; round < 20; round++) {
    const socket = await connectPlain(port);
    socket.write(Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1'));
    socket.resetAndDestroy();
  }
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, accepted: 20 });
});

test('a client that sends nothing is no failed handshake', async () => {
  const { port, server } = await startServer(hello, { tls });
  const socket = await connectPlain(port);
  socket.resume();
  socket.end();
  await once(socket, 'close');
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, handshakesFailed: 0 });
});

test.each([
  [get(), 400],
  ['HEAD / HTTP/1.0\r\n\r\n', 400],
  ['P', 400],
])('who speaks plain HTTP, as in %j, is told so', async (bytes, status) => {
  const { connect, server } = await startServer(() => expect.unreachable(), { tls });
  const client = await connect();
  client.send(bytes);
  const isHead = bytes.startsWith('HEAD');
  const answer = await client.answer({ isHead });
  expect(answer.status).toBe(status);
  expect(answer.header('connection')).toBe('close');
  if (!isHead) expect(answer.json).toMatchObject({ code: 'TLS_EXPECTED' });
  expect(await client.ended()).toBe('');
  client.end();
  await client.closed();
  await expect
    .poll(() => server.stats())
    .toMatchObject({
      connections: 0,
      handshakesFailed: 1,
      refused: { TLS_EXPECTED: 1 },
    });
});

test('who speaks plain HTTP and does not go is cut off', async () => {
  const { connect, server, clock } = memoryServer(hello, { tls, lingerMs: 1000 });
  const { client } = connect();
  client.send(get());
  await client.answer();
  client.send('more and more');
  await clock.advance(3000);
  expect(client.hasClosed).toBe(true);
  expect(server.stats().connections).toBe(0);
  expect(clock.pending).toBe(0);
});

test('a handshake that takes too long ends, and is counted', async () => {
  const { connect, server, clock } = memoryServer(hello, {
    tls,
    headTimeoutMs: 1000,
    handshakeTimeoutMs: 5000,
  });
  const silent = connect();
  const slow = connect();
  slow.client.send('\x16\x03\x01');
  await clock.advance(2100);
  expect(silent.client.hasClosed).toBe(true);
  expect(server.stats()).toMatchObject({ connections: 1, handshakesFailed: 0 });
  await clock.advance(2000);
  expect(slow.client.hasClosed).toBe(false);
  await clock.advance(2000);
  await slow.client.closed();
  expect(server.stats()).toMatchObject({ connections: 0, handshakesFailed: 1 });
  expect(clock.pending).toBe(0);
});

test('TLS on a Unix socket, and on any other stream', async () => {
  const server = createServer(hello, { tls });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const path = join(tmpdir(), `wire-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  await server.listen({ path });
  const options = { host: undefined, checkServerIdentity: () => undefined };
  const clients = await Promise.all(
    [1, 2, 3].map(() => connectSecure({ path, ...options } as object)),
  );
  for (const socket of clients) {
    const client = new RawClient(socket);
    client.send(get());
    expect((await client.answer()).text).toBe('hello');
  }
  const memory = memoryServer(hello, { tls });
  const { client: end } = memory.connect();
  end.socket.removeAllListeners();
  const socket = await connectSecure({ socket: end.socket, ...options } as object);
  const client = new RawClient(socket);
  client.send(get());
  expect((await client.answer()).text).toBe('hello');
});

test('a socket that someone else has encrypted is taken as it is', async () => {
  const server = createServer(
    (exchange) => exchange.answer(200, [], `${exchange.version} ${exchange.secure}`),
    { tls },
  );
  const listener = createTlsServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    server.take(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(async () => {
    listener.close();
    await server.close({ graceMs: 0 });
  });
  const { port } = listener.address() as AddressInfo;
  const client = new RawClient(await connectSecure({ port }));
  client.send(get());
  expect((await client.answer()).text).toBe('1.1 true');
  const { reply } = http2Client({ port, isSecure: true }).ask();
  expect((await reply).text).toBe('2.0 true');
});

test('a client that ends its side still gets its answer', async () => {
  const ready = gate();
  const { port, server } = await startServer(
    async (exchange) => {
      await ready.opened;
      exchange.answer(200, [], 'still there');
    },
    { tls },
  );
  const client = new RawClient(await connectSecure({ port }));
  client.end(get());
  await expect.poll(() => server.stats().inFlight).toBe(1);
  ready.open();
  expect((await client.answer()).text).toBe('still there');
  expect(server.stats().clientsLeft).toBe(0);
});

test('an answer that lasts until the connection ends is never cut in order', async () => {
  const received = gate();
  const { port } = await startServer(
    async (exchange) => {
      exchange.sendHead(200, []);
      exchange.write('some');
      await received.opened;
      exchange.destroy();
    },
    { tls },
  );
  const client = new RawClient(await connectSecure({ port }));
  client.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  await client.has('some');
  received.open();
  await client.closed();
  expect(client).toMatchObject({ hasEnded: false, errorCode: 'ECONNRESET' });
});

test('an upgrade gets the encrypted socket', async () => {
  const { port, server } = await startServer(
    (exchange) => {
      const { socket, head } = exchange.takeOver();
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n',
      );
      socket.write(head);
      socket.pipe(socket);
      onTestFinished(() => void socket.destroy());
    },
    { tls },
  );
  const client = new RawClient(await connectSecure({ port }));
  client.send(get('/', 'Upgrade: echo\r\nConnection: upgrade\r\n') + 'early');
  expect((await client.answer()).status).toBe(101);
  client.send(' late');
  await client.has('early late');
  expect(server.stats().upgraded).toBe(1);
  expect(await server.close({ graceMs: 0 })).toBe(1);
});

test('a server that closes ends handshakes that are under way', async () => {
  const { port, server } = await startServer(hello, { tls });
  const socket = await connectPlain(port);
  socket.resume();
  socket.write(Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1'));
  await expect.poll(() => server.stats().connections).toBe(1);
  expect(await server.close({ graceMs: 60_000 })).toBe(0);
});

test('many at once', async () => {
  const { port, server } = await startServer(hello, { tls });
  const asks = Array.from(
    { length: 60 },
    () =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: '127.0.0.1', port, ca: tls.cert, agent: false }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
          .on('error', reject)
          .end();
      }),
  );
  expect(new Set(await Promise.all(asks))).toEqual(new Set([200]));
  await expect.poll(() => server.stats()).toMatchObject({ connections: 0, handshakesFailed: 0 });
});

test.each([
  [{ tls: {} }, 'Expected `tls.cert` to be a certificate in PEM, got undefined.'],
  [{ tls: 'yes' }, 'Expected `tls` to be an object, got "yes" (string).'],
  [
    { tls: { ...tls, minVersion: 'TLSv1' } },
    'Expected `tls.minVersion` to be `TLSv1.2` or `TLSv1.3`',
  ],
  [{ http2: 1 }, 'Expected `http2` to be true or false'],
  [{ h2c: 'yes' }, 'Expected `h2c` to be true or false'],
  [{ tls, h2c: true }, 'Expected `h2c` to be `false` where there is TLS'],
  [{ handshakeTimeoutMs: 0 }, 'Expected `handshakeTimeoutMs`'],
  [{ maxConcurrentStreams: 0 }, 'Expected `maxConcurrentStreams`'],
  [{ maxStreamResets: -1 }, 'Expected `maxStreamResets`'],
])('the options %j are refused', (options, message) => {
  expect(() => createServer(hello, options as object)).toThrow(message);
});

test('a certificate without its key is refused when the server is made', () => {
  expect(() =>
    createServer(hello, { tls: { cert: tls.cert, key: RENEWED_CERTIFICATE.key } }),
  ).toThrow();
});
