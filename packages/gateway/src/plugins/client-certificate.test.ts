/** Tests of client-certificate. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ALPHA, CLIENT, CLIENT_CA, RENEWED } from '../../test-kit/certificate.ts';
import { routeOf, startGateway, startUpstream } from '../../test-kit/loopback.ts';
import { askHttp2, askOver, connectSecure, openHttp2 } from '../../test-kit/secure-client.ts';

async function start(options: Record<string, unknown> = {}) {
  const upstream = await startUpstream((request, response) => {
    response.end(`hello ${String(request.headers['x-consumer-name'] ?? '')}`);
  });
  const { port } = await startGateway({
    upstreams: { main: { url: upstream.url } },
    plugins: [{ name: 'client-certificate', options }],
    routes: [routeOf({ upstream: 'main' })],
    listeners: [
      {
        host: '127.0.0.1',
        port: 0,
        tls: { certificates: [ALPHA], clientCa: CLIENT_CA, clientAuth: 'request' },
      },
    ],
  });
  const ask = async (certificate: object = {}): Promise<string> =>
    askOver(await connectSecure(port, certificate));
  return { port, ask };
}

describe('client-certificate', () => {
  test('lets in who has a certificate that is vouched for, by its common name', async () => {
    const { ask, port } = await start();
    expect(await ask(CLIENT)).toMatch(/^HTTP\/1\.1 200 /);
    const session = openHttp2(`https://127.0.0.1:${port}`, CLIENT);
    expect((await askHttp2(session)).status).toBe(200);
  });

  test('refuses who has none, or one for which nobody vouches', async () => {
    const { ask } = await start();
    for (const certificate of [{}, RENEWED]) {
      const answer = await ask(certificate);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('CLIENT_CERTIFICATE_MISSING');
    }
  });

  const { fingerprint256 } = new X509Certificate(CLIENT.cert);
  test.each([
    ['subject', String.raw`CN=orders,O=Test only\, client`],
    ['fingerprint', `sha256:${fingerprint256}`],
    ['fingerprint in small letters', `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`],
  ])('knows consumers by their %s', async (_, certificate) => {
    const { ask } = await start({ consumers: { shop: certificate }, groups: { shop: 'a,b' } });
    expect(await ask(CLIENT)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('refuses a certificate that is vouched for, but is that of nobody in the list', async () => {
    const { ask } = await start({ consumers: { shop: 'CN=orders' } });
    const answer = await ask(CLIENT);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('CLIENT_CERTIFICATE_UNKNOWN');
  });

  test('tells the upstream who it is, and believes nothing that the client says of that', async () => {
    const { port } = await start();
    const session = openHttp2(`https://127.0.0.1:${port}`, CLIENT);
    const { text } = await askHttp2(session, { 'x-consumer-name': 'root' });
    expect(text).toBe('hello orders');
  });

  test.each([
    ['one that is vouched for', CLIENT, 200],
    ['one that nobody vouches for', RENEWED, 403],
    ['none', {}, 403],
  ])(
    'a session that is taken up again is that of the same certificate: %s',
    async (_, own, status) => {
      const { port } = await start();
      const first = await connectSecure(port, own);
      const ticket = once(first, 'session');
      expect(await askOver(first)).toContain(` ${status} `);
      const [session] = (await ticket) as [Buffer];
      const again = await connectSecure(port, { ...own, session });
      expect(again.isSessionReused()).toBe(true);
      expect(await askOver(again)).toContain(` ${status} `);
    },
  );

  test('refuses everybody where there is no TLS', async () => {
    const { url } = await startGateway({
      plugins: [{ name: 'client-certificate', options: {} }],
      routes: [routeOf({ respond: { status: 200 } })],
    });
    expect((await fetch(url)).status).toBe(403);
  });

  test('refuses what names no certificate', async () => {
    await expect(start({ consumers: { shop: 'orders' } })).rejects.toThrow(
      'a subject, or sha256: and a fingerprint',
    );
  });
});
