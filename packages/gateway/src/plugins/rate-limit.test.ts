/** Tests of rate-limit. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { PluginUse } from '../gateway-config.ts';
import { rateLimit } from './rate-limit.ts';

const use = (options: Record<string, unknown>): PluginUse => ({ name: 'rate-limit', options });
const route = routeOf({ respond: { status: 200 } });

describe('rate-limit', () => {
  test('G-163 lets in so many in any stretch of time, tells how many are left, and when to come again', async () => {
    const clock = fakeClock();
    const { url } = await startGateway(
      { plugins: [use({ limit: 2, windowMs: 60_000 })], routes: [route] },
      { clock },
    );
    const first = await send(url);
    expect(first.status).toBe(200);
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"default";q=2;w=60',
      ratelimit: '"default";r=1;t=60',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '60',
    });
    expect(first.headers['retry-after']).toBeUndefined();
    await clock.advance(50_000);
    expect((await send(url)).headers).toMatchObject({
      ratelimit: '"default";r=0;t=10',
      'x-ratelimit-remaining': '0',
    });
    const refused = await send(url);
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'retry-after': '10',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
    });
    expect(refused.json).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Too Many Requests',
      code: 'RATE_LIMITED',
      detail: 'Too many requests; try again in 10 s',
      'violated-policies': ['default'],
    });
    await clock.advance(10_000);
    expect((await send(url)).status).toBe(200);
    // A window that began anew on the minute would let in another one now.
    expect((await send(url)).status).toBe(429);
  });

  test('G-163 is 100 in 60 s unless it is told otherwise', () => {
    expect([rateLimit.options['limit']?.default, rateLimit.options['windowMs']?.default]).toEqual([
      100, 60_000,
    ]);
  });

  test('G-163 lets more come at once after a rest, but no more come in than the limit', async () => {
    const clock = fakeClock();
    const { url } = await startGateway(
      { plugins: [use({ limit: 2, windowMs: 10_000, burst: 4 })], routes: [route] },
      { clock },
    );
    const ask = async (times: number): Promise<number[]> => {
      const statuses: number[] = [];
      for (let at = 0; at < times; at++) statuses.push((await send(url)).status);
      return statuses;
    };
    expect((await send(url)).headers).toMatchObject({
      'ratelimit-policy': '"default";q=2;w=10',
      ratelimit: '"default";r=3;t=5',
      'x-ratelimit-limit': '4',
      'x-ratelimit-remaining': '3',
    });
    expect(await ask(4)).toEqual([200, 200, 200, 429]);
    expect((await send(url)).headers['retry-after']).toBe('5');
    await clock.advance(10_000);
    expect(await ask(3)).toEqual([200, 200, 429]);
    await clock.advance(60_000);
    expect(await ask(5)).toEqual([200, 200, 200, 200, 429]);
  });

  test('counts exactly when many come at once', async () => {
    const { url } = await startGateway(
      { plugins: [use({ limit: 10 })], routes: [route] },
      { clock: fakeClock() },
    );
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(url)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  });

  test.each([
    ['consumer', ['alice', 'alice', 'bob', ''], [200, 429, 200, 200]],
    ['address', ['alice', 'bob', ''], [200, 429, 429]],
    ['everyone', ['alice', 'bob', ''], [200, 429, 429]],
  ])('counts by %s', async (by, callers, statuses) => {
    const { url, gateway } = await startGateway(
      { plugins: [use({ limit: 1, by })], routes: [route] },
      { clock: fakeClock() },
    );
    gateway.registry.add(
      {
        access: {
          priority: 1,
          handle(ctx) {
            const name = ctx.query.get('who');
            if (name) ctx.consumer = { name };
          },
        },
      },
      { name: 'who' },
    );
    const seen: number[] = [];
    for (const who of callers) seen.push((await send(`${url}/?who=${who}`)).status);
    expect(seen).toEqual(statuses);
  });

  test('a route may have a limit of its own beside that of all; the older headers tell of the nearer one', async () => {
    const { url } = await startGateway(
      {
        plugins: [use({ limit: 5, policy: 'all' })],
        routes: [
          routeOf({ ...route, path: '/a', plugins: [use({ limit: 2, policy: 'own' })] }),
          routeOf({ ...route, name: 'b', path: '/b' }),
        ],
      },
      { clock: fakeClock() },
    );
    expect((await send(`${url}/a`)).headers).toMatchObject({
      ratelimit: '"all";r=4;t=60, "own";r=1;t=60',
      'ratelimit-policy': '"all";q=5;w=60, "own";q=2;w=60',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    });
    expect((await send(`${url}/a`)).status).toBe(200);
    expect((await send(`${url}/a`)).json).toMatchObject({
      status: 429,
      'violated-policies': ['own'],
    });
    expect((await send(`${url}/b`)).headers).toMatchObject({
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '1',
    });
  });

  test('of one name is one limit, wherever it stands', async () => {
    const own = [use({ limit: 2, policy: 'shared' })];
    const { url } = await startGateway(
      {
        routes: [
          routeOf({ ...route, path: '/a', plugins: own }),
          routeOf({ ...route, name: 'b', path: '/b', plugins: own }),
        ],
      },
      { clock: fakeClock() },
    );
    const statuses: number[] = [];
    for (const path of ['/a', '/b', '/a', '/b']) statuses.push((await send(url + path)).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
  });

  test('keeps what it counts in the store that it is given', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const { url } = await startGateway(
      { plugins: [use({ limit: 1, windowMs: 1000 })], routes: [route] },
      { clock, store },
    );
    await send(url);
    expect(store.keys()).toEqual(['rate-limit:default:1:1000:address:127.0.0.1']);
    await clock.advance(1000);
    expect(store.keys()).toEqual([]);
  });

  test.each([
    [{ limit: 0 }, '`rate-limit.limit`'],
    [{ limit: 1.5 }, 'a whole number, 1 or more'],
    [{ limit: 1e300 }, 'a whole number, 1 or more'],
    [{ windowMs: 0 }, '`rate-limit.windowMs`'],
    [{ burst: 1.5 }, '`rate-limit.burst`'],
    [{ burst: 5, windowMs: 0.5 }, '`rate-limit.'],
    [{ banAfter: 1.5 }, '`rate-limit.banAfter`'],
    [{ by: 'cookie' }, 'one of consumer, address, everyone'],
    [{ policy: 'a"b' }, 'a name of letters, digits, dots and dashes'],
  ])('refuses %j', (options, message) => {
    expect(() => rateLimit.create(options, {} as never)).toThrow(message);
  });
});
