/** Tests of targets that are ill: how an upstream finds out, and what it does about it. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  open,
  routeOf,
  send,
  startGateway,
  type Started,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { UpstreamStatus } from './upstream-status.ts';
import { upstreamOf } from '../../test-kit/upstream-of.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** An upstream whose targets answer each path with the status that they are told to; `0` is to hang up. */
async function startIll(config: Omit<UpstreamConfig, 'targets'>, many = 2) {
  const clock = fakeClock();
  const doing = await Promise.all(
    Array.from({ length: many }, async (_, at) => {
      const one = { status: 200, health: 200, requests: 0, probes: 0, url: '' };
      const { url } = await startUpstream((request, response) => {
        const isProbe = request.url === '/health';
        if (isProbe) one.probes++;
        else one.requests++;
        const status = isProbe ? one.health : one.status;
        if (status === 0) request.socket.destroy();
        else if (status > 0) response.writeHead(status).end(String.fromCharCode(97 + at));
      });
      return Object.assign(one, { url });
    }),
  );
  const targets = doing.map(({ url }) => ({ url }));
  const started = await startGateway(
    { upstreams: { main: { ...config, targets } }, routes: [routeOf({ upstream: 'main' })] },
    { clock, random: () => 0 },
  );
  return { ...started, clock, doing };
}

const statusOf = ({ gateway }: Pick<Started, 'gateway'>): UpstreamStatus =>
  upstreamOf({ gateway }).status();

/** Lets the intervals pass, and what they lead to happen. */
async function pass(
  { clock, doing }: { clock: ReturnType<typeof fakeClock>; doing: readonly { probes: number }[] },
  ms: number,
): Promise<void> {
  const before = doing.map(({ probes }) => probes);
  await clock.advance(ms);
  for (const [at, one] of doing.entries()) {
    while (one.probes === before[at]) await new Promise(setImmediate);
  }
  // The answers have still to be read.
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
}

describe('targets that are asked', () => {
  const health = { path: '/health', intervalMs: 1000, unhealthyAfter: 2, healthyAfter: 2 };

  test('are left out when they say that they are ill, and come back when they are well', async () => {
    const started = await startIll({ health });
    const { url, doing, logger } = started;
    const [ill] = doing;
    if (ill) ill.health = 500;
    await pass(started, 0);
    await pass(started, 1000);
    expect(statusOf(started).targets.map(({ isHealthy }) => isHealthy)).toEqual([false, true]);
    for (let count = 0; count < 4; count++) expect((await send(url)).text).toBe('b');
    expect(logger.messages('warn')).toEqual([
      `Target ${ill?.url} of upstream "main" is unhealthy: The answer was a 500`,
    ]);
    if (ill) ill.health = 204;
    await pass(started, 1000);
    expect(statusOf(started).targets[0]?.isHealthy).toBe(false);
    await pass(started, 1000);
    expect(statusOf(started).targets[0]?.isHealthy).toBe(true);
    expect((await send(url)).text + (await send(url)).text).toContain('a');
    expect(logger.messages('info')).toEqual([
      `Target ${ill?.url} of upstream "main" is healthy again`,
    ]);
  });

  test('and answer not at all, or break off, are ill; requests are not disturbed by it', async () => {
    const started = await startIll({ health: { ...health, unhealthyAfter: 1 } });
    const [one, two] = started.doing;
    if (one) one.health = 0;
    if (two) two.health = -1;
    await pass(started, 0);
    await started.clock.advance(2000);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(statusOf(started).targets.map(({ isHealthy }) => isHealthy)).toEqual([false, false]);
    const answer = await send(started.url);
    expect([answer.status, answer.json['code'], answer.headers['retry-after']]).toEqual([
      503,
      'NO_HEALTHY_TARGET',
      undefined,
    ]);
    expect([one?.requests, two?.requests]).toEqual([0, 0]);
  });

  test('are asked no more when the gateway has closed', async () => {
    const started = await startIll({ health });
    await pass(started, 0);
    await started.gateway.close({ graceMs: 0 });
    expect(started.clock.pending).toBe(0);
  });

  test('are all used when too few are well, where the config says so', async () => {
    const started = await startIll(
      { health: { ...health, unhealthyAfter: 1 }, panicPercent: 50 },
      3,
    );
    const { doing, url } = started;
    for (const one of doing.slice(0, 2)) one.health = 500;
    await pass(started, 0);
    expect(statusOf(started)).toMatchObject({ isPanicking: true });
    let text = '';
    for (let count = 0; count < 3; count++) text += (await send(url)).text;
    expect([...text].toSorted().join('')).toBe('abc');
    for (const one of doing) one.health = 200;
    await pass(started, 1000);
    await pass(started, 1000);
    expect(statusOf(started)).toMatchObject({ isPanicking: false });
  });
});

describe('targets that fail', () => {
  const outliers = { consecutiveFailures: 3, ejectMs: 10_000 };

  test.each([
    ['answer with 500', 500],
    ['hang up', 0],
  ])('that %s again and again are left out for a while', async (_, status) => {
    const started = await startIll({ outliers, retry: false });
    const { url, doing, clock } = started;
    const [ill] = doing;
    if (ill) ill.status = status;
    for (let count = 0; count < 6; count++) await send(url);
    expect(statusOf(started).targets[0]).toMatchObject({
      ejectedForMs: 10_000,
      isAvailable: false,
      failures: 3,
    });
    for (let count = 0; count < 4; count++) expect((await send(url)).text).toBe('b');
    expect(ill?.requests).toBe(3);
    await clock.advance(10_000);
    if (ill) ill.status = 200;
    expect((await send(url)).text + (await send(url)).text).toContain('a');
  });

  test('in the middle of their answers count, and clients that leave do not', async () => {
    let cut = true;
    const target = await startUpstream((request, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => cut && request.socket.destroy());
    });
    const other = await startUpstream((_request, response) => void response.end('b'));
    const { url, gateway } = await startGateway(
      {
        upstreams: { main: { targets: [{ url: target.url }, { url: other.url, weight: 0 }] } },
        routes: [routeOf({ upstream: 'main' })],
      },
      { random: () => 0 },
    );
    const failures = (): number | undefined => statusOf({ gateway }).targets[0]?.failures;
    await expect(send(url)).rejects.toThrow();
    expect(failures()).toBe(1);
    cut = false;
    const response = await headOf(open(url).end());
    response.on('error', () => {});
    response.socket.resetAndDestroy();
    while (statusOf({ gateway }).targets[0]?.inFlight !== 0) await new Promise(setImmediate);
    expect(failures()).toBe(1);
  });

  test('are never all left out, and the only one never is', async () => {
    const started = await startIll({ outliers, retry: false });
    for (const one of started.doing) one.status = 500;
    for (let count = 0; count < 20; count++) expect((await send(started.url)).status).toBe(500);
    expect(statusOf(started).targets.filter(({ isAvailable }) => isAvailable)).toHaveLength(1);
    const only = await startIll({ outliers, retry: false }, 1);
    for (const one of only.doing) one.status = 500;
    for (let count = 0; count < 5; count++) expect((await send(only.url)).status).toBe(500);
    expect(statusOf(only).targets[0]?.isAvailable).toBe(true);
  });

  test('stay where the config says that none is left out', async () => {
    const started = await startIll({ outliers: false, retry: false });
    const [ill] = started.doing;
    if (ill) ill.status = 500;
    for (let count = 0; count < 20; count++) await send(started.url);
    expect(ill?.requests).toBe(10);
  });

  test('tell when it is worth trying again, where none is left', async () => {
    const started = await startIll({ outliers, retry: false });
    const { url, doing, gateway } = started;
    const [ill] = doing;
    if (ill) ill.status = 500;
    for (let count = 0; count < 6; count++) await send(url);
    gateway.upstreams.get('main')?.setTarget(doing[1]?.url ?? '', { state: 'drain' });
    const answer = await send(url);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
  });
});
