/** Tests of rateLimit. */
import { fakeClock } from '@interpose/testing';
import { type LimitStore, memoryLimitStore } from '@interpose/resilience/stores';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { rateLimit, type RateLimitOptions } from './rate-limit.ts';

/** An app whose clients say who they are. */
function setUp(options: Partial<RateLimitOptions> = {}) {
  const clock = fakeClock();
  const app = createApp()
    .use((ctx, next) => {
      ctx.clientAddress = ctx.headers.get('x-address') ?? '192.0.2.1';
      return next();
    })
    .use(rateLimit({ limit: 2, perMs: 10_000, algorithm: 'fixed-window', clock, ...options }))
    .get('/', () => 'in');
  const ask = (headers: Record<string, string> = {}): Promise<Response> =>
    app.fetch(new Request('http://host/', { headers }));
  return {
    clock,
    ask,
    from: async (address: string) => (await ask({ 'x-address': address })).status,
  };
}

describe('rateLimit', () => {
  test('M-126 lets the limit through, refuses the next with the time to wait, and lets it through then', async () => {
    const { ask, clock } = setUp();
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    await clock.advance(2500);
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '8']);
    expect(await refused.json()).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      code: 'RATE_LIMITED',
      detail: 'Rate limit exceeded. Retry after 8s',
      'violated-policies': ['default'],
    });
    await clock.advance(7499);
    expect((await ask()).status).toBe(429);
    await clock.advance(1);
    expect((await ask()).status).toBe(200);
  });

  test('M-126 counts by token bucket as well', async () => {
    const { ask, clock } = setUp({ algorithm: 'token-bucket', limit: 1, perMs: 1000, burst: 2 });
    const statuses = [(await ask()).status, (await ask()).status, (await ask()).status];
    expect(statuses).toEqual([200, 200, 429]);
    await clock.advance(1000);
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
  });

  test('M-126 counts by sliding window as well', async () => {
    const { ask, clock } = setUp({ algorithm: 'sliding-log', limit: 2, perMs: 1000 });
    await ask();
    await clock.advance(600);
    await ask();
    await clock.advance(399);
    expect((await ask()).status).toBe(429);
    await clock.advance(1);
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
  });

  test('tells every answer what is left, in the form of the draft', async () => {
    const { ask, clock } = setUp({ name: 'burst' });
    const first = await ask();
    expect(first.headers.get('ratelimit-policy')).toBe('"burst";q=2;w=10');
    expect(first.headers.get('ratelimit')).toBe('"burst";r=1;t=10');
    expect(first.headers.get('x-ratelimit-limit')).toBeNull();
    await ask();
    await clock.advance(4000);
    expect((await ask()).headers.get('ratelimit')).toBe('"burst";r=0;t=6');
  });

  test.each([
    ['ietf06', 'ratelimit-'],
    ['x', 'x-ratelimit-'],
  ] as const)('tells it in older headers: %s', async (legacyHeaders, prefix) => {
    const { headers } = await setUp({ legacyHeaders }).ask();
    const told = ['limit', 'remaining', 'reset'].map((name) => headers.get(prefix + name));
    expect(told).toEqual(['2', '1', '10']);
  });

  test('of two limits both are told, and the tighter one in older headers', async () => {
    const rule = { perMs: 1000, legacyHeaders: 'x', clock: fakeClock() } as const;
    const app = createApp()
      .use(rateLimit({ ...rule, limit: 5, name: 'tight' }))
      .use(rateLimit({ ...rule, limit: 50, name: 'wide' }))
      .get('/', () => 'in');
    const { headers } = await app.fetch(new Request('http://host/'));
    expect(headers.get('ratelimit')).toBe('"tight";r=4;t=1, "wide";r=49;t=1');
    expect(headers.get('x-ratelimit-limit')).toBe('5');
  });
});

describe('whose limit it is', () => {
  test('M-126 each address has one, and an IPv6 network is one address', async () => {
    const { from } = setUp({ limit: 1 });
    const statuses = [await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.1')];
    expect(statuses).toEqual([200, 200, 429]);
    expect([await from('2001:db8::1'), await from('2001:db8:0:0:ffff::9')]).toEqual([200, 429]);
    expect(await from('2001:db8:0:1::1')).toBe(200);
    expect(await setUp({ limit: 1, ipv6Bits: 128 }).from('2001:db8::1')).toBe(200);
  });

  test('a header has one, which the store never sees; without it the address', async () => {
    const inner = memoryLimitStore();
    const keys: string[] = [];
    const store: LimitStore = {
      ...inner,
      take(key, ...rest) {
        keys.push(key);
        return inner.take(key, ...rest);
      },
    };
    const { ask } = setUp({ limit: 1, key: { header: 'X-API-Key' }, store });
    const one = { 'X-API-Key': 'secret-one' };
    const statuses = [
      await ask(one),
      await ask({ 'X-API-Key': 'two' }),
      await ask(one),
      await ask(),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
    expect(keys.join()).not.toContain('secret-one');
    expect(keys.at(-1)).toBe('default:192.0.2.1');
  });

  test('a function says, and what it does not name is not counted', async () => {
    const { ask } = setUp({ limit: 1, key: (ctx) => ctx.headers.get('x-user') });
    const statuses = [
      await ask({ 'x-user': 'a' }),
      await ask({ 'x-user': 'a' }),
      await ask(),
      await ask(),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 429, 200, 200]);
  });

  test('a request can cost more', async () => {
    const { ask } = setUp({ limit: 5, cost: (ctx) => Number(ctx.headers.get('x-cost') ?? 1) });
    expect((await ask({ 'x-cost': '4' })).headers.get('ratelimit')).toContain('r=1');
    expect([(await ask({ 'x-cost': '2' })).status, (await ask()).status]).toEqual([429, 200]);
    expect((await ask({ 'x-cost': '6' })).status).toBe(500);
  });
});

describe('a store that fails', () => {
  const broken: readonly (readonly [string, LimitStore['take']])[] = [
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['gives nonsense', () => ({}) as never],
    ['gives nonsense later', () => Promise.resolve(undefined as never)],
  ];
  test.each(broken)('and %s lets requests pass, or refuses them if told so', async (_, take) => {
    const errors: unknown[] = [];
    const store: LimitStore = { take, giveBack() {} };
    const open = setUp({ store, onStoreError: (error) => void errors.push(error) });
    expect((await open.ask()).status).toBe(200);
    expect(errors).toEqual([expect.any(Error)]);
    const closed = await setUp({ store, onStoreFailure: 'failClosed' }).ask();
    expect([closed.status, await closed.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'LIMIT_STORE_FAILED' }),
    ]);
  });

  test('and hangs is not waited for', async () => {
    const store: LimitStore = { take: () => new Promise(() => {}), giveBack() {} };
    const { ask, clock } = setUp({ store });
    const asked = ask();
    await clock.advance(50);
    expect((await asked).status).toBe(200);
    expect(clock.pending).toBe(0);
  });

  test('one that answers later decides all the same', async () => {
    const inner = memoryLimitStore();
    const store: LimitStore = { ...inner, take: async (...of) => inner.take(...of) };
    const { ask, clock } = setUp({ store, limit: 1 });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
    expect(clock.pending).toBe(0);
  });
});

test('an error of the rest is not one of the store', async () => {
  const inner = memoryLimitStore();
  const store: LimitStore = { ...inner, take: async (...of) => inner.take(...of) };
  let runs = 0;
  const app = createApp()
    .use(rateLimit({ limit: 5, store }))
    .get('/', () => {
      runs++;
      throw new Error('handler');
    });
  expect((await app.fetch(new Request('http://host/'))).status).toBe(500);
  expect(runs).toBe(1);
});

test.each<[object, string]>([
  [{}, '`limit`'],
  [{ limit: 1, name: 'a b' }, '`name`'],
  [{ limit: 1, key: 'ip' }, '`key`'],
  [{ limit: 1, key: { header: 'a b' } }, '`key`'],
  [{ limit: 1, ipv6Bits: 129 }, '`ipv6Bits`'],
  [{ limit: 1, onStoreFailure: 'maybe' }, '`onStoreFailure`'],
  [{ limit: 1, legacyHeaders: 'y' }, '`legacyHeaders`'],
  [{ limit: 1, store: {} }, '`store`'],
  [{ limit: 1, storeTimeoutMs: 0 }, '`storeTimeoutMs`'],
])('refuses %j', (options, name) => {
  expect(() => rateLimit(options as never)).toThrow(name);
});
