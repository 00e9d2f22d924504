/** What a request knows of the TLS that carries it. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import {
  CLIENT_CERTIFICATE,
  RENEWED_CERTIFICATE,
  SERVER_CERTIFICATE,
} from '../../test-kit/certificate.ts';
import { get, RawClient } from '../../test-kit/raw-client.ts';
import { startServer } from '../../test-kit/running-server.ts';
import { connectSecure } from '../../test-kit/tls-client.ts';
import type { Handler } from '../exchange/exchange.ts';

const session: Handler = (exchange) => {
  const { version, serverName, clientCertificate } = exchange.tls ?? {};
  const subject = clientCertificate?.subject;
  exchange.answer(200, [], JSON.stringify({ version, serverName, subject }));
};
const asks = {
  ...SERVER_CERTIFICATE,
  requestCert: true,
  rejectUnauthorized: false,
  ca: CLIENT_CERTIFICATE.cert,
};

test('a request without TLS knows of none', async () => {
  const { connect } = await startServer(session);
  const client = await connect();
  client.send(get());
  expect((await client.answer()).json).toEqual({});
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s it knows so, and the name', async (version) => {
  const { port } = await startServer(session, { tls: SERVER_CERTIFICATE });
  const options = { port, servername: 'localhost', maxVersion: version };
  const client = new RawClient(await connectSecure(options));
  client.send(get());
  expect((await client.answer()).json).toEqual({ version, serverName: 'localhost' });
});

test('it knows the certificate of the client only if someone vouches for it', async () => {
  const { port } = await startServer(session, { tls: asks });
  const subjectOf = async (certificate: object): Promise<unknown> => {
    const client = new RawClient(await connectSecure({ port, ...certificate }));
    client.send(get());
    return ((await client.answer()).json as Record<string, unknown>)['subject'];
  };
  expect(await subjectOf(CLIENT_CERTIFICATE)).toContain('CN=client');
  expect(await subjectOf(RENEWED_CERTIFICATE)).toBe(undefined);
  expect(await subjectOf({})).toBe(undefined);
});

test('a stream of HTTP/2 knows the same', async () => {
  const { port } = await startServer(session, { tls: asks });
  const client = connectHttp2(`https://localhost:${port}`, {
    ca: SERVER_CERTIFICATE.cert,
    ...CLIENT_CERTIFICATE,
  });
  onTestFinished(() => void client.destroy());
  const stream = client.request({ ':path': '/' });
  await once(stream, 'response');
  expect(JSON.parse(await text(stream))).toMatchObject({
    version: 'TLSv1.3',
    serverName: 'localhost',
    subject: expect.stringContaining('CN=client') as string,
  });
});
