/** Tests of upstreams with several targets: which of them gets a request, and which does not. */
import { fakeClock } from '@interpose/testing';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  configOf,
  headOf,
  open,
  routeOf,
  send,
  type Sending,
  startGateway,
  type Started,
  startUpstream,
  type Upstream,
} from '../../test-kit/loopback.ts';
import type { GatewayOptions } from '../index.ts';
import { upstreamOf } from '../../test-kit/upstream-of.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** A gateway before targets that say who they are: `a`, `b`, `c`. */
async function startTargets(
  config: Omit<UpstreamConfig, 'targets'> & {
    readonly weights?: readonly number[];
    readonly zones?: readonly string[];
    readonly listeners?: Readonly<Record<number, RequestListener>>;
  } = {},
  options: GatewayOptions = {},
): Promise<Started & { readonly upstreams: readonly Upstream[]; readonly config: UpstreamConfig }> {
  const { weights = [1, 1, 1], zones = [], listeners = {}, ...rest } = config;
  const upstreams = await Promise.all(
    weights.map((_, at) =>
      startUpstream(
        listeners[at] ?? ((_request, response) => void response.end(String.fromCharCode(97 + at))),
      ),
    ),
  );
  const targets = upstreams.map(({ url }, at) => {
    const zone = zones[at];
    return { url, weight: weights[at] as number, ...(zone !== undefined && { zone }) };
  });
  const upstream = { ...rest, targets };
  const started = await startGateway(
    { upstreams: { main: upstream }, routes: [routeOf({ upstream: 'main' })] },
    { random: () => 0, ...options },
  );
  return { ...started, upstreams, config: upstream };
}

/** Who answers so many requests, one after the other. */
async function answers(url: string, many: number, sending: Sending = {}): Promise<string> {
  let text = '';
  for (let count = 0; count < many; count++) text += (await send(url, sending)).text;
  return text;
}

const statusOf = ({ gateway }: Started) => upstreamOf({ gateway }).status();

describe('requests are shared out', () => {
  test('in turn', async () => {
    const { url } = await startTargets();
    expect(await answers(url, 6)).toBe('abcabc');
  });

  test('by weight, and none to a target without any', async () => {
    const { url } = await startTargets({ weights: [3, 1, 0] });
    const text = await answers(url, 8);
    expect([...text].toSorted().join('')).toBe('aaaaaabb');
    expect(text).not.toContain('aaaa');
  });

  test('by how many requests each target has', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const { url, gateway } = await startTargets({
      balance: 'least-requests',
      weights: [1, 1],
      listeners: { 0: (_request, response) => void held.then(() => response.end('slow')) },
    });
    const slow = send(url);
    while (gateway.upstreams.get('main')?.status().targets[0]?.inFlight !== 1) {
      await new Promise(setImmediate);
    }
    expect(await answers(url, 3)).toBe('bbb');
    go();
    expect((await slow).text).toBe('slow');
  });

  test('by how long answers take, where the moving average decides', async () => {
    const started = await startTargets({
      balance: 'ewma',
      weights: [1, 1],
      listeners: {
        0: (_request, response) => {
          const turn = (left: number): unknown =>
            left > 0 ? setImmediate(turn, left - 1) : response.end('a');
          // Long beside any pause that a busy machine makes.
          turn(10_000);
        },
      },
    });
    const text = await answers(started.url, 12);
    expect(text.replaceAll('a', '').length).toBeGreaterThan(8);
    expect(statusOf(started).targets.map(({ latencyMs }) => typeof latencyMs)).toEqual([
      'number',
      'number',
    ]);
  });

  test.each([
    ['address', {}, {}],
    ['path', { path: '/one' }, { path: '/two' }],
    ['header: X-User', { headers: { 'X-User': 'one' } }, { headers: { 'X-User': 'two' } }],
    ['cookie: user', { headers: { Cookie: 'user=one' } }, { headers: { Cookie: 'user=two' } }],
    ['query: user', { path: '/?user=one' }, { path: '/?user=two' }],
  ])('by a key, which is the %s', async (by, one, two) => {
    const { url } = await startTargets({ balance: { kind: 'consistent-hash', by } });
    const ask = (sending: { path?: string; headers?: object }, many: number) =>
      answers(url + (sending.path ?? '/'), many, { headers: (sending.headers ?? {}) as {} });
    expect(new Set(await ask(one, 5)).size).toBe(1);
    const keys = Array.from(
      { length: 20 },
      (_, at) => JSON.parse(JSON.stringify(two).replace('two', `k${at}`)) as {},
    );
    let seen = '';
    for (const key of keys) seen += await ask(key, 1);
    expect(new Set(seen).size).toBe(by === 'address' ? 1 : 3);
  });

  test('to any target where the key is missing', async () => {
    const { url } = await startTargets({ balance: { kind: 'consistent-hash', by: 'header: X' } });
    expect(new Set(await answers(url, 30)).size).toBe(3);
  });

  test('within a zone, as long as one of its targets is there', async () => {
    const started = await startTargets({ zone: 'here', zones: ['there', 'here', 'here'] });
    expect(await answers(started.url, 4)).toBe('bcbc');
    const upstream = started.gateway.upstreams.get('main');
    const [, b, c] = statusOf(started).targets;
    upstream?.setTarget(b?.name ?? '', { state: 'drain' });
    expect(await answers(started.url, 2)).toBe('cc');
    upstream?.setTarget(c?.name ?? '', { state: 'drain' });
    expect(await answers(started.url, 2)).toBe('aa');
  });

  test('below the path that each target has', async () => {
    const told: string[] = [];
    const upstream = await startUpstream((request, response) => {
      told.push(request.url ?? '');
      response.end();
    });
    const targets = ['/one', '/two/'].map((path) => ({ url: upstream.url + path }));
    const { url } = await startGateway({
      upstreams: { main: { targets } },
      routes: [routeOf({ upstream: 'main' })],
    });
    await answers(`${url}/x?y`, 2);
    expect(told.toSorted()).toEqual(['/one/x?y', '/two/x?y']);
  });
});

describe('a sticky cookie', () => {
  const sticky = { secret: 'a secret of some length' };
  const cookieIn = (lines: readonly string[] = []): string => lines[0]?.split(';')[0] ?? '';

  test('brings a client back to its target, and is given once', async () => {
    const { url } = await startTargets({ sticky });
    const first = await send(url);
    const line = first.headers['set-cookie']?.[0] ?? '';
    expect(line).toMatch(/^interpose-target=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
    const headers = { Cookie: cookieIn(first.headers['set-cookie']) };
    expect(await answers(url, 5, { headers })).toBe(first.text.repeat(5));
    expect((await send(url, { headers })).headers['set-cookie']).toBeUndefined();
  });

  test('says nothing of the target, and with another secret is another', async () => {
    const one = await startTargets({ sticky, weights: [1] });
    const cookie = cookieIn((await send(one.url)).headers['set-cookie']);
    await one.gateway.reload(
      configOf({
        upstreams: { main: { ...one.config, sticky: { secret: 'another secret than that' } } },
        routes: [routeOf({ upstream: 'main' })],
      }),
    );
    const other = cookieIn((await send(one.url)).headers['set-cookie']);
    expect(other).toMatch(/^interpose-target=/);
    expect(other).not.toBe(cookie);
    expect(cookie).not.toContain(new URL(one.upstreams[0]?.url ?? '').port);
  });

  test('that somebody has made up, or of a target that is gone, is replaced', async () => {
    const { url, gateway } = await startTargets({ sticky: { cookie: 'lb', maxAgeSeconds: 60 } });
    const made = await send(url, { headers: { Cookie: 'lb=xxxxxxxxxxxxxxxxxxxxxx' } });
    expect(made.headers['set-cookie']?.[0]).toMatch(/^lb=[\w-]{22}; Max-Age=60;/);
    const headers = { Cookie: cookieIn(made.headers['set-cookie']) };
    const { targets } = upstreamOf({ gateway }).status();
    const mine = targets[made.text.charCodeAt(0) - 97];
    gateway.upstreams.get('main')?.setTarget(mine?.name ?? '', { state: 'drain' });
    const moved = await send(url, { headers });
    expect(moved.text).not.toBe(made.text);
    expect(moved.headers['set-cookie']?.[0]).toMatch(/^lb=/);
  });

  test('follows a request that had to go elsewhere', async () => {
    const { url, upstreams } = await startTargets({ sticky, weights: [1, 1] });
    const first = await send(url);
    const headers = { Cookie: cookieIn(first.headers['set-cookie']) };
    const mine = upstreams[first.text.charCodeAt(0) - 97];
    for (const socket of mine?.sockets ?? []) socket.destroy();
    await new Promise((resolve) => mine?.server.close(resolve));
    const moved = await send(url, { headers });
    expect(moved.text).toBe(first.text === 'a' ? 'b' : 'a');
    expect(moved.headers['set-cookie']).toHaveLength(1);
  });
});

describe('a target that is drained', () => {
  test('gets no more requests, ends those under way, and can come back', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const started = await startTargets({
      weights: [1, 1],
      listeners: { 0: (_request, response) => void held.then(() => response.end('a')) },
    });
    const { url, gateway, upstreams } = started;
    const upstream = upstreamOf({ gateway });
    const slow = send(url);
    while (statusOf(started).targets[0]?.inFlight !== 1) await new Promise(setImmediate);
    expect(upstream.setTarget(upstreams[0]?.url ?? '', { state: 'drain' })).toBe(true);
    expect(await answers(url, 3)).toBe('bbb');
    expect(statusOf(started).targets[0]).toMatchObject({
      state: 'drain',
      isAvailable: false,
      inFlight: 1,
    });
    go();
    expect((await slow).text).toBe('a');
    upstream.setTarget(upstreams[0]?.url ?? '', { state: 'up' });
    expect(await answers(url, 2)).toContain('a');
    expect(upstream.setTarget('http://nowhere.test', { state: 'drain' })).toBe(false);
    expect(() => upstream.setTarget('x', { state: 'down' as 'up' })).toThrow('`up` or `drain`');
  });

  test('as the last one is a 503 that says so, and asks nobody', async () => {
    const { url, gateway, logger, ended } = await startTargets({ weights: [1] });
    gateway.upstreams
      .get('main')
      ?.setTarget(upstreamOf({ gateway }).status().targets[0]?.name ?? '', { state: 'drain' });
    const answer = await send(url);
    expect([answer.status, answer.json['code']]).toEqual([503, 'NO_HEALTHY_TARGET']);
    await ended();
    expect(logger.messages('warn')).toEqual(['The upstream is not available: No target is well']);
  });
});

describe('the status of an upstream', () => {
  test('tells how its targets are doing', async () => {
    const started = await startTargets({ weights: [2, 0], zones: ['x'] });
    await answers(started.url, 3);
    const { name, targets, ...rest } = statusOf(started);
    expect(name).toBe('main');
    expect(rest).toMatchObject({ isPanicking: false, breaker: undefined, bulkhead: undefined });
    expect(targets[0]).toMatchObject({
      name: started.upstreams[0]?.url,
      url: `${started.upstreams[0]?.url}/`,
      weight: 2,
      zone: 'x',
      state: 'up',
      isHealthy: true,
      ejectedForMs: 0,
      isAvailable: true,
      inFlight: 0,
      requests: 3,
      failures: 0,
      latencyMs: undefined,
      pool: { connections: 1, requests: 3, reused: 2 },
    });
    expect(targets[1]).toMatchObject({ weight: 0, requests: 0 });
  });

  test('counts a request until its answer is whole, whoever ends it', async () => {
    const started = await startTargets({
      weights: [1],
      listeners: { 0: (_request, response) => void response.write('half') },
    });
    const request = open(started.url).end();
    const response = await headOf(request);
    expect(statusOf(started).targets[0]?.inFlight).toBe(1);
    response.on('error', () => {});
    response.destroy();
    while (statusOf(started).targets[0]?.inFlight !== 0) await new Promise(setImmediate);
    expect(statusOf(started).targets[0]?.failures).toBe(0);
  });
});

describe('everything together', () => {
  const never: RequestListener = () => {};

  test('may take so long, and then is a 504', async () => {
    const clock = fakeClock();
    const { url, gateway } = await startTargets(
      { weights: [1], timeoutMs: 500, listeners: { 0: never } },
      { clock },
    );
    const answer = send(url, { method: 'POST', body: 'x' });
    while (gateway.upstreams.get('main')?.status().targets[0]?.inFlight !== 1) {
      await new Promise(setImmediate);
    }
    await clock.advance(500);
    expect((await answer).json).toMatchObject({ status: 504, code: 'UPSTREAM_TIMEOUT' });
    expect(gateway.upstreams.get('main')?.status().targets[0]?.inFlight).toBe(0);
  });

  test('is cut in the middle of an answer that takes longer', async () => {
    const clock = fakeClock();
    const { url, ended, logger } = await startTargets(
      {
        weights: [1],
        timeoutMs: 500,
        listeners: { 0: (_request, response) => void response.write('x') },
      },
      { clock },
    );
    const request = open(url).end();
    const closed = new Promise<boolean>((resolve) =>
      request.on('response', (response) => {
        response.resume();
        response.on('error', () => {});
        response.on('close', () => resolve(response.complete));
        void clock.advance(500);
      }),
    );
    expect(await closed).toBe(false);
    await ended();
    expect(logger.messages('warn')).toEqual([
      'The answer was cut short: The answer was not whole within 500 ms',
    ]);
  });

  test('leaves no timer behind when it is in time', async () => {
    const clock = fakeClock();
    const { url, ended } = await startTargets({ weights: [1], timeoutMs: 86_400_000 }, { clock });
    await send(url);
    await ended();
    const before = clock.pending;
    await send(url);
    await ended();
    expect(clock.pending).toBe(before);
  });
});
