/** Tests of targets that are found by name: addresses that come and go, and what becomes of requests meanwhile. */
import { fakeClock } from '@interpose/testing';
import type { HostAddress, Resolution } from '@interpose/wire';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configOf, routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { upstreamOf } from '../../test-kit/upstream-of.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** One server on several loopback addresses, which says by which one it was reached. */
async function startEverywhere() {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    const { localAddress = '', localPort } = request.socket;
    const answer = (): void =>
      void response.end(
        `${localAddress} ${String(request.headers.host === `shop.test:${localPort}`)}`,
      );
    if (request.url === '/slow') held.push(answer);
    else answer();
  });
  await once(server.listen(0, '0.0.0.0'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, held };
}

/** A gateway before a name whose addresses the test decides on. */
async function startNamed(upstream: Partial<UpstreamConfig> = {}) {
  const clock = fakeClock();
  const { port, held } = await startEverywhere();
  const dns = { addresses: [] as string[], error: undefined as Error | undefined, asked: 0 };
  const resolver = async (): Promise<Resolution> => {
    dns.asked++;
    if (dns.error) throw dns.error;
    const addresses = dns.addresses.map((address): HostAddress => ({ address, family: 4 }));
    return await Promise.resolve({ addresses, ttlMs: 5000 });
  };
  const config = { url: `http://shop.test:${port}`, discover: 'dns' as const, ...upstream };
  const begin = () =>
    startGateway(
      { upstreams: { main: config }, routes: [routeOf({ upstream: 'main' })] },
      { clock, resolver, random: () => 0 },
    );
  return { begin, clock, dns, held, config, port };
}

/** The addresses that answer so many requests. */
async function reached(url: string, many: number): Promise<string[]> {
  const found = new Set<string>();
  for (let count = 0; count < many; count++) found.add((await send(url)).text);
  return [...found].toSorted();
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

describe('the addresses of a name', () => {
  test('are targets of their own, and are told the name', async () => {
    const { begin, dns } = await startNamed();
    dns.addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    const { url, gateway } = await begin();
    await settled();
    expect(await reached(url, 6)).toEqual(['127.0.0.1 true', '127.0.0.2 true', '127.0.0.3 true']);
    expect(
      gateway.upstreams
        .get('main')
        ?.status()
        .targets.map(({ address }) => address),
    ).toEqual(dns.addresses);
  });

  test('are asked for again when they no longer hold; what has gone gets no more requests but ends those it has', async () => {
    const { begin, dns, clock, held } = await startNamed();
    dns.addresses = ['127.0.0.1', '127.0.0.2'];
    const { url } = await begin();
    await settled();
    const slow = [send(`${url}/slow`), send(`${url}/slow`)];
    while (held.length < 2) await new Promise(setImmediate);
    dns.addresses = ['127.0.0.2', '127.0.0.3'];
    await clock.advance(4000);
    expect(await reached(url, 4)).toEqual(['127.0.0.1 true', '127.0.0.2 true']);
    await clock.advance(2000);
    await clock.advance(1000);
    expect(await reached(url, 4)).toEqual(['127.0.0.2 true', '127.0.0.3 true']);
    for (const answer of held) answer();
    expect((await Promise.all(slow)).map(({ text }) => text).toSorted()).toEqual([
      '127.0.0.1 true',
      '127.0.0.2 true',
    ]);
  });

  test('that nobody can tell any more are used on', async () => {
    const { begin, dns, clock } = await startNamed();
    dns.addresses = ['127.0.0.1', '127.0.0.2'];
    const { url, logger } = await begin();
    await settled();
    dns.error = new Error('the name server is down');
    for (let count = 0; count < 20; count++) await clock.advance(1000);
    expect(dns.asked).toBeGreaterThan(2);
    expect(await reached(url, 4)).toEqual(['127.0.0.1 true', '127.0.0.2 true']);
    expect(logger.messages('warn')).toEqual([]);
  });

  test('that cannot be found at all are a 502, once is said why, and they are used when they are found', async () => {
    const { begin, dns, clock } = await startNamed({ retry: false });
    dns.error = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const { url, logger } = await begin();
    await settled();
    expect((await send(url)).status).toBe(502);
    for (let count = 0; count < 3; count++) await clock.advance(1000);
    const said = logger.messages('warn').filter((one) => String(one).includes('cannot be found'));
    expect(said).toEqual(['The addresses of shop.test cannot be found: no such name']);
    dns.error = undefined;
    dns.addresses = ['127.0.0.3'];
    await clock.advance(2000);
    expect(await reached(url, 2)).toEqual(['127.0.0.3 true']);
  });

  test('are known at once by the upstream of another config', async () => {
    const { begin, dns, config } = await startNamed();
    dns.addresses = ['127.0.0.1', '127.0.0.2'];
    const { url, gateway } = await begin();
    await settled();
    await reached(url, 2);
    dns.error = new Error('down');
    await gateway.reload(
      configOf({
        upstreams: { main: { ...config, balance: 'least-requests' } },
        routes: [routeOf({ upstream: 'main' })],
      }),
    );
    const { targets } = upstreamOf({ gateway }).status();
    expect(targets.map(({ address, requests }) => [address, requests])).toEqual([
      ['127.0.0.1', 1],
      ['127.0.0.2', 1],
    ]);
  });

  test('are asked for no more when the gateway has closed', async () => {
    const { begin, dns, clock } = await startNamed();
    dns.addresses = ['127.0.0.1'];
    const { gateway } = await begin();
    await settled();
    await gateway.close({ graceMs: 0 });
    const { asked } = dns;
    await clock.advance(60_000);
    expect(dns.asked).toBe(asked);
  });
});
