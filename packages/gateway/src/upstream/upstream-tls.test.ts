/** Tests of upstreams that speak TLS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ALPHA, CLIENT, CLIENT_CA, RENEWED } from '../../test-kit/certificate.ts';
import { configOf, routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../index.ts';
import type { UpstreamTlsConfig } from './upstream-config.ts';

async function startSecure(options: ServerOptions = {}): Promise<number> {
  const server = createServer({ ...ALPHA, ...options }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.end(`hello ${subject?.CN ?? 'stranger'}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Files with these texts. */
function files(texts: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'interpose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

const configFor = (url: string, tls?: UpstreamTlsConfig): GatewayConfig =>
  configOf({
    upstreams: { main: { url, ...(tls && { tls }) } },
    routes: [routeOf({ upstream: 'main' })],
  });

describe('the certificate of a target', () => {
  test('has to be vouched for by somebody known', async () => {
    const port = await startSecure();
    const { url, logger, ended } = await startGateway(configFor(`https://localhost:${port}`));
    expect((await send(url)).status).toBe(502);
    await ended();
    expect(String(logger.messages('warn'))).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  test('is vouched for by the authorities of the config', async () => {
    const port = await startSecure();
    const file = files({ 'ca.pem': ALPHA.cert });
    const tls = { ca: file('ca.pem') };
    const { url } = await startGateway(configFor(`https://localhost:${port}`, tls));
    expect((await send(url)).text).toBe('hello stranger');
  });

  test('has to be made out to the name of the target, or to the one in the config', async () => {
    const port = await startSecure();
    const file = files({ 'ca.pem': ALPHA.cert });
    const named = { ca: file('ca.pem'), servername: 'other.test' };
    const { url } = await startGateway(configFor(`https://localhost:${port}`, named));
    expect((await send(url)).status).toBe(502);
    const other = { ca: file('ca.pem'), servername: 'localhost' };
    const { url: right } = await startGateway(configFor(`https://127.0.0.1:${port}`, other));
    expect((await send(right)).status).toBe(200);
  });

  test('may be any where the config says that nobody looks', async () => {
    const port = await startSecure();
    const { url } = await startGateway(configFor(`https://localhost:${port}`, { verify: false }));
    expect((await send(url)).status).toBe(200);
  });

  test('may be another one when the file of the authorities has changed and the config is read again', async () => {
    const port = await startSecure(RENEWED);
    const file = files({ 'ca.pem': ALPHA.cert });
    const config = configFor(`https://localhost:${port}`, { ca: file('ca.pem') });
    const { url, gateway } = await startGateway(config);
    expect((await send(url)).status).toBe(502);
    expect((await gateway.reload(config)).newUpstreams).toEqual([]);
    writeFileSync(file('ca.pem'), RENEWED.cert);
    expect((await gateway.reload(config)).newUpstreams).toEqual(['main']);
    expect((await send(url)).status).toBe(200);
  });
});

describe('our own certificate', () => {
  const asking = { requestCert: true, rejectUnauthorized: true, ca: CLIENT_CA };

  test('is shown to targets that ask for one', async () => {
    const port = await startSecure(asking);
    const file = files({
      'ca.pem': ALPHA.cert,
      'cert.pem': CLIENT.cert,
      'key.pem': CLIENT.key,
    });
    const tls = { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
    const { url } = await startGateway(configFor(`https://localhost:${port}`, tls));
    expect((await send(url, { method: 'POST', body: 'x' })).text).toBe('hello orders');
    const { url: bare } = await startGateway(
      configFor(`https://localhost:${port}`, { ca: file('ca.pem') }),
    );
    expect((await send(bare)).status).toBe(502);
  });

  test('that is none keeps the gateway from starting, and does not show the key', async () => {
    const file = files({ 'cert.pem': 'no certificate', 'key.pem': 'a very secret key' });
    const tls = { cert: file('cert.pem'), key: file('key.pem') };
    const starting = startGateway(configFor('https://localhost:1', tls));
    await expect(starting).rejects.toThrow(/The gateway cannot start/);
    await expect(starting).rejects.not.toThrow(/a very secret key/);
  });
});
