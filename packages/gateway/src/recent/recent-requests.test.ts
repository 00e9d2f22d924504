/** Tests of what is remembered of requests, and of what is told of one of them. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { RecentRequests } from './recent-requests.ts';
import type { RequestLine, RequestStory } from './request-story.ts';

const ok = routeOf({ name: 'ok', respond: { status: 200, body: 'ok' } });

async function start(config: Partial<GatewayConfig> = {}) {
  const started = await startGateway({ routes: [ok], admin: { port: 0 }, ...config });
  const get = async <T>(path: string): Promise<T> =>
    (await send(`${started.gateway.adminUrl}/requests${path}`)).json as T;
  const list = (query = '') => get<RequestLine[]>(query);
  const explain = (id: string) => get<RequestStory>(`/${id}/explain`);
  return { ...started, list, explain };
}

describe('recent requests', () => {
  test('are listed, the newest first, without secrets', async () => {
    const { url, list, ended } = await start();
    await send(`${url}/a?page=2&token=abc&acc%65ss_token=def&sig=ghi`);
    await ended();
    await send(`${url}/b`, {
      method: 'POST',
      headers: { authorization: 'Bearer xyz' },
      body: 'secret',
    });
    await ended();
    const lines = await list();
    expect(lines).toMatchObject([
      { method: 'POST', path: '/b', query: '', route: 'ok', status: 200, bytes: 2, followed: true },
      {
        method: 'GET',
        path: '/a',
        query: '?page=2&token=[redacted]&acc%65ss_token=[redacted]&sig=[redacted]',
        client: '127.0.0.1',
        failure: null,
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/abc|def|ghi|xyz|secret/);
    expect(lines.every(({ ms }) => ms > 0)).toBe(true);
  });

  test('are chosen by route and by status', async () => {
    const { url, list, ended } = await start({
      routes: [ok, routeOf({ name: 'bad', path: '/bad', respond: { status: 503 } })],
    });
    for (const path of ['/bad', '/x', '/bad']) {
      await send(url + path);
      await ended();
    }
    expect(await list('?route=bad')).toHaveLength(2);
    expect(await list('?status=5xx')).toHaveLength(2);
    expect(await list('?status=200')).toMatchObject([{ path: '/x' }]);
    expect(await list('?route=bad&status=200')).toEqual([]);
  });

  test('are some of each second, and all that failed', async () => {
    const { url, list, ended } = await start({
      routes: [ok, routeOf({ name: 'bad', path: '/bad', respond: { status: 500 } })],
      admin: { port: 0, requests: { perSecond: 0, keep: 3 } },
    });
    for (const path of ['/1', '/bad?1', '/bad?2', '/bad?3', '/bad?4', '/2']) {
      await send(url + path);
      await ended();
    }
    const lines = await list();
    expect(lines.map(({ query }) => query)).toEqual(['?4', '?3', '?2']);
    expect(lines.map(({ followed }) => followed)).toEqual([false, false, false]);
  });

  test('are followed so many a second, by the clock', () => {
    const clock = fakeClock();
    const recent = new RecentRequests(clock, { perSecond: 2 });
    const follow = (): boolean => {
      const ctx = { startedAtMs: clock.now() } as { startedAtMs: number; trace?: object };
      recent.requestStarted(ctx as never);
      return ctx.trace !== undefined;
    };
    expect([follow(), follow(), follow()]).toEqual([true, true, false]);
    clock.advanceSync(999);
    expect(follow()).toBe(false);
    clock.advanceSync(1);
    expect([follow(), follow(), follow()]).toEqual([true, true, false]);
  });

  test('that nobody could read are among them', async () => {
    const { list, port, ended } = await start();
    await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    await ended();
    expect(await list()).toMatchObject([
      { status: 400, route: null, failure: { code: expect.stringContaining('') } },
    ]);
  });

  test('must be so many that they can be kept', () => {
    const make = (options: object) => () => new RecentRequests(fakeClock(), options);
    expect(make({ keep: 0 })).toThrow('1 or more');
    expect(make({ perSecond: -1 })).toThrow('0 or more');
    expect(make({ kept: 1 })).toThrow('keep');
  });
});

describe('the story of a request', () => {
  test('tells its route and why, what each plugin did, its upstream, and where the time went', async () => {
    const upstream = await startUpstream((_, response) => void response.end('done'));
    const { url, explain, ended } = await start({
      upstreams: { main: { url: upstream.url } },
      plugins: [{ name: 'request-id', options: {} }],
      routes: [routeOf({ name: 'one', path: '/orders/:id', methods: ['GET'], upstream: 'main' })],
    });
    await send(`${url}/orders/42`, { headers: { 'x-request-id': 'id-of-mine' } });
    await ended();
    const story = await explain('id-of-mine');
    expect(story).toMatchObject({
      id: 'id-of-mine',
      status: 200,
      matched: {
        route: 'one',
        path: '/orders/:id',
        params: { id: '42' },
        because: ['the path /orders/42 matches /orders/:id', 'GET meets a route of GET'],
      },
      plugins: [
        { plugin: 'request-id', phase: 'access', priority: 10, verdict: 'passed', calls: 1 },
        { plugin: 'request-id', phase: 'headerFilter', verdict: 'passed' },
        { plugin: 'request-id', phase: 'log', verdict: 'passed' },
        { plugin: 'test-end', phase: 'log', verdict: 'passed' },
      ],
      upstream: { name: 'main', target: upstream.url, attempts: 1 },
    });
    expect(Object.keys(story.phases)).toEqual(['access', 'content', 'headerFilter', 'log']);
    expect(story.phases.content).toBeGreaterThan(0);
    expect(story.phases.content).toBeLessThanOrEqual(story.ms);
  });

  test('tells who refused it, and who was not reached for that', async () => {
    const { url, list, explain, ended } = await start({
      plugins: [
        { name: 'key-auth', options: { keys: { alice: 'the-key-of-alice' } } },
        { name: 'rate-limit', options: { limit: 10 } },
      ],
    });
    await send(url);
    await ended();
    const [line] = await list();
    const story = await explain(line?.id as string);
    expect(story.status).toBe(401);
    const access = story.plugins.filter(({ phase }) => phase === 'access');
    expect(access).toMatchObject([
      { plugin: 'key-auth', verdict: 'refused' },
      { plugin: 'rate-limit', verdict: 'not run', calls: 0 },
    ]);
    expect(story.failure).toMatchObject({ code: 'API_KEY_MISSING' });
    expect(story.upstream).toBeNull();
    expect(story.phases.content).toBeUndefined();
  });

  test('tells what a handler threw, what it answered, and each call of a body filter as one', async () => {
    const { url, explain, ended, gateway } = await start({
      plugins: [{ name: 'request-id', options: {} }],
    });
    const at = (path: string, act: (ctx: { exit(status: number): never }) => unknown) =>
      gateway.registry.use({
        name: path,
        phase: 'access',
        routes: [`/${path}`],
        handle: act as never,
      });
    at('throws', () => {
      throw new Error('out of paper');
    });
    at('exits', (ctx) => ctx.exit(418));
    at('later', async () => {
      await Promise.resolve();
      throw new Error('out of ink');
    });
    at('says-no', () => false);
    gateway.registry.use({ name: 'upper', phase: 'bodyFilter', handle: () => undefined });
    const verdict = async (path: string): Promise<unknown> => {
      await send(`${url}/${path}`, { headers: { 'x-request-id': `id-of-${path}` } });
      await ended();
      const { plugins } = await explain(`id-of-${path}`);
      const { verdict: found, reason } = plugins.find(({ plugin }) => plugin === path) ?? {};
      return [found, reason];
    };
    expect(await verdict('throws')).toEqual(['failed', 'out of paper']);
    expect(await verdict('later')).toEqual(['failed', 'out of ink']);
    expect(await verdict('exits')).toEqual(['answered', '418']);
    expect(await verdict('says-no')).toEqual(['refused', undefined]);
    await verdict('plain');
    const { plugins } = await explain('id-of-plain');
    const filters = plugins.filter(({ plugin }) => plugin === 'upper');
    expect(filters).toHaveLength(1);
    expect(filters[0]?.calls).toBeGreaterThanOrEqual(1);
  });

  test('says that nobody followed it, or that it is not remembered', async () => {
    const { url, ended, gateway, explain } = await start({
      routes: [routeOf({ respond: { status: 500 } })],
      plugins: [{ name: 'request-id', options: {} }],
      admin: { port: 0, requests: { perSecond: 0 } },
    });
    await send(url, { headers: { 'x-request-id': 'id-of-known' } });
    await ended();
    expect(await explain('id-of-known')).toMatchObject({
      followed: false,
      plugins: [],
      phases: {},
    });
    expect((await send(`${gateway.adminUrl}/requests/unknown/explain`)).status).toBe(404);
  });

  test('ends with 499 for a client that has left', async () => {
    let entered = (): void => {};
    const waiting = new Promise<void>((resolve) => (entered = resolve));
    const upstream = await startUpstream(() => entered());
    const { url, list, ended } = await start({
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const request = open(url);
    request.end();
    await waiting;
    request.destroy();
    await ended();
    expect(await list()).toMatchObject([{ status: 499, bytes: 0 }]);
  });

  test('is the same way for requests that nobody follows', async () => {
    const { url, gateway } = await start({
      plugins: [{ name: 'request-id', options: {} }],
      admin: { port: 0, requests: { perSecond: 1 } },
    });
    const seen: string[] = [];
    gateway.registry.use({
      name: 'sees',
      phase: 'access',
      handle: (ctx: { path: string }) => void seen.push(ctx.path),
    } as never);
    const answers = await Promise.all(['/1', '/2', '/3'].map((path) => send(url + path)));
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, 'ok'],
      [200, 'ok'],
      [200, 'ok'],
    ]);
    expect(answers.every(({ headers }) => headers['x-request-id'] !== undefined)).toBe(true);
    expect(seen.toSorted()).toEqual(['/1', '/2', '/3']);
  });
});
