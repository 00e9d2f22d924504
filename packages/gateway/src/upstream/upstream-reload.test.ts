/** Tests of what an upstream keeps when the config is read again. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  configOf,
  open,
  headOf,
  routeOf,
  send,
  startGateway,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../index.ts';
import type { UpstreamConfig } from './upstream-config.ts';

const configFor = (main: UpstreamConfig): GatewayConfig =>
  configOf({ upstreams: { main }, routes: [routeOf({ upstream: 'main' })] });

async function startThree() {
  const upstreams = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      startUpstream((request, response) => {
        if (request.url === '/die') request.socket.destroy();
        else if (request.url === '/hold') response.write(name);
        else response.end(name);
      }),
    ),
  );
  const [a = '', b = '', c = ''] = upstreams.map(({ url }) => url);
  return { a, b, c, upstreams };
}

const targets = (...urls: readonly string[]): UpstreamConfig => ({
  targets: urls.map((url) => ({ url })),
});

describe('when the list of targets changes', () => {
  test('those that stay keep connections, figures, and their state', async () => {
    const { a, b, c, upstreams } = await startThree();
    const { url, gateway } = await startGateway(configFor(targets(a, b)), { random: () => 0 });
    for (let count = 0; count < 4; count++) await send(url);
    gateway.upstreams.get('main')?.setTarget(a, { state: 'drain' });
    const report = await gateway.reload(
      configFor({ targets: [{ url: a, weight: 3 }, { url: c }], balance: 'least-requests' }),
    );
    expect(report.newUpstreams).toEqual(['main']);
    const status = gateway.upstreams.get('main')?.status();
    expect(status?.targets).toMatchObject([
      { name: a, weight: 3, state: 'drain', requests: 2, pool: { connections: 1, idle: 1 } },
      { name: c, requests: 0 },
    ]);
    expect((await send(url)).text).toBe('c');
    while (upstreams[1]?.sockets.size !== 0) await new Promise(setImmediate);
    expect(upstreams[0]?.sockets.size).toBe(1);
  });

  test('a target that is left out stays so', async () => {
    const { a, b, c } = await startThree();
    const clock = fakeClock();
    const outliers = { consecutiveFailures: 1 };
    const start = { ...targets(a, b), outliers, retry: false as const };
    const { url, gateway } = await startGateway(configFor(start), { random: () => 0, clock });
    expect((await send(`${url}/die`)).status).toBe(502);
    await clock.advance(10_000);
    await gateway.reload(configFor({ ...start, ...targets(b, a, c) }));
    const ejected = () =>
      gateway.upstreams
        .get('main')
        ?.status()
        .targets.map(({ ejectedForMs }) => ejectedForMs);
    expect(ejected()).toEqual([0, 20_000, 0]);
    await clock.advance(20_000);
    for (let count = 0; count < 3; count++) await send(url);
    expect(ejected()).toEqual([0, 0, 0]);
  });

  test('a request under way to a target that is gone ends as it would', async () => {
    const { a, b, upstreams } = await startThree();
    const { url, gateway } = await startGateway(configFor(targets(a)));
    const response = await headOf(open(`${url}/hold`).end());
    const chunk = await new Promise<Buffer>((resolve) => response.once('data', resolve));
    expect(chunk.toString()).toBe('a');
    await gateway.reload(configFor(targets(b)));
    expect((await send(url)).text).toBe('b');
    expect(upstreams[0]?.sockets.size).toBe(1);
    response.on('error', () => {});
    response.socket.resetAndDestroy();
    while (upstreams[0]?.sockets.size !== 0) await new Promise(setImmediate);
  });

  test('connections that are told something else are new ones', async () => {
    const { a } = await startThree();
    const { url, gateway } = await startGateway(configFor(targets(a)));
    await send(url);
    await gateway.reload(configFor({ ...targets(a), firstByteTimeoutMs: 5 }));
    expect(gateway.upstreams.get('main')?.status().targets).toMatchObject([{ requests: 0 }]);
  });
});

test('a breaker that is open stays so when something else about its upstream changes', async () => {
  const { a } = await startThree();
  const breaker = { failures: 1 };
  const { url, gateway } = await startGateway(configFor({ url: a, breaker, retry: false }));
  expect((await send(`${url}/die`)).status).toBe(502);
  await gateway.reload(configFor({ url: a, breaker, retry: {} }));
  expect((await send(url)).json['code']).toBe('CIRCUIT_OPEN');
});

test('the same words are the same upstream, in whatever order', async () => {
  const { a } = await startThree();
  const { gateway } = await startGateway(configFor({ url: a, zone: 'x', timeoutMs: 5 }));
  const upstream = gateway.upstreams.get('main');
  await gateway.reload(configFor({ timeoutMs: 5, zone: 'x', url: a }));
  expect(gateway.upstreams.get('main')).toBe(upstream);
});

test('a config with a fault leaves the upstreams of the one before as they were', async () => {
  const { a, b, upstreams } = await startThree();
  const { url, gateway } = await startGateway(configFor(targets(a)));
  await send(url);
  const broken = configOf({
    upstreams: { main: targets(a, b), other: { url: 'nonsense' } },
    routes: [
      routeOf({ upstream: 'main' }),
      routeOf({ name: 'other', path: '/x', upstream: 'other' }),
    ],
  });
  await expect(gateway.reload(broken)).rejects.toThrow(
    'Expected `other.url` to be an http or https address',
  );
  expect((await send(url)).text).toBe('a');
  expect(upstreams[0]?.sockets.size).toBe(1);
  expect(gateway.upstreams.get('main')?.status().targets).toMatchObject([
    { requests: 2, pool: { reused: 1 } },
  ]);
});

test.each<[string, UpstreamConfig, string]>([
  [
    'both forms',
    { url: 'http://a', targets: [] },
    '`main.url` to be there, or `targets`, and not both',
  ],
  ['neither form', {}, '`main.url` to be there, or `targets`, and not both'],
  ['no target', { targets: [] }, '`main.targets` to be a list with at least one target'],
  ['one twice', targets('http://a/', 'http://a'), '`main.targets[1].url` to be another one'],
  [
    'a weight',
    { targets: [{ url: 'http://a', weight: -1 }] },
    '`main.targets[0].weight` to be a number, 0 or more',
  ],
  [
    'a balance',
    { url: 'http://a', balance: 'fastest' as 'ewma' },
    '`main.balance` to be one of round-robin',
  ],
  [
    'a key',
    { url: 'http://a', balance: { kind: 'consistent-hash', by: 'body' } },
    '`main.balance.by` to be `address`',
  ],
  ['a discovery', { url: 'http://a', discover: 'consul' as 'dns' }, '`main.discover` to be `dns`'],
  [
    'a family',
    { url: 'http://a', discover: { kind: 'dns', family: 5 as 4 } },
    '`main.discover.family` to be 4 or 6',
  ],
  [
    'an unknown word',
    { url: 'http://a', timeoutMS: 1 } as UpstreamConfig,
    'Did you mean "timeoutMs"?',
  ],
  [
    'a share',
    { url: 'http://a', panicPercent: 101 },
    '`main.panicPercent` to be a number from 0 to 100',
  ],
  [
    'a status',
    { url: 'http://a', retry: { statuses: [200] } },
    '`main.retry.statuses` to be from 400 to 599',
  ],
  ['a cookie', { url: 'http://a', sticky: { cookie: 'a b' } }, 'a token'],
  [
    'a key without its certificate',
    { url: 'https://a', tls: { key: '/x' } },
    '`main.tls.cert` to be a file',
  ],
  [
    'a file that is not there',
    { url: 'https://a', tls: { ca: '/nowhere/ca.pem' } },
    '`main.tls.ca` to be a file that can be read, got `/nowhere/ca.pem` (ENOENT).',
  ],
  ['a health check', { url: 'http://a', health: { path: 'x' } }, '`main.path` to be a path'],
  [
    'a pool',
    { url: 'http://a', pool: { maxConnections: 0 } },
    '`main.maxConnections` to be a whole number, 1 or more',
  ],
  [
    'words',
    { url: 'http://a', forwarded: 'x' as 'none' },
    '`main.forwarded` to be one of x-forwarded',
  ],
])('an upstream with a fault is refused in a sentence: %s', async (_, config, says) => {
  await expect(startGateway(configFor(config))).rejects.toThrow(says);
});
