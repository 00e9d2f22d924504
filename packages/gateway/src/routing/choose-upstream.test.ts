/** Tests of which of several upstreams a request goes to. */
import { describe, expect, test } from 'vitest';
import {
  routeOf,
  send,
  type Sending,
  startGateway,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { RouteConfig } from '../index.ts';

/** A gateway in front of upstreams that say their names, and whose dice the test throws. */
async function startWith(route: Partial<RouteConfig>, dice: () => number = () => 0.5) {
  const upstreams: Record<string, { readonly url: string }> = {};
  for (const name of ['a', 'b', 'c']) {
    upstreams[name] = { url: (await startUpstream((_, response) => response.end(name))).url };
  }
  let rolled = 0;
  const random = (): number => (rolled++, dice());
  const started = await startGateway({ upstreams, routes: [routeOf(route)] }, { random });
  const before = rolled;
  const ask = async (sending: Sending = {}): Promise<string> =>
    (await send(started.url, sending)).text;
  const count = async (times: number, make: (at: number) => Sending = () => ({})) => {
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let at = 0; at < times; at++) {
      const name = await ask(make(at));
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  return { ...started, ask, count, rolled: () => rolled - before };
}

/** Numbers that are spread evenly over the line. */
function evenly(steps: number): () => number {
  let at = 0;
  return () => (at++ % steps) / steps;
}

const split = [
  { upstream: 'a', weight: 6 },
  { upstream: 'b', weight: 3 },
  { upstream: 'c' },
] as const;

describe('a split', () => {
  test('gives each upstream its share', async () => {
    const { count } = await startWith({ split }, evenly(20));
    expect(await count(20)).toEqual({ a: 12, b: 6, c: 2 });
  });

  test('gives nothing to a weight of 0, also where a number is as large as it can be', async () => {
    const without = [...split.slice(0, 2), { upstream: 'c', weight: 0 }];
    const { ask } = await startWith({ split: without }, () => 1 - Number.EPSILON / 2);
    expect(await ask()).toBe('b');
    const first = await startWith(
      { split: [{ upstream: 'a', weight: 0 }, { upstream: 'b' }] },
      () => 0,
    );
    expect(await first.ask()).toBe('b');
  });

  test('of one upstream asks no chance', async () => {
    const { ask, rolled } = await startWith({ split: [{ upstream: 'b', weight: 4 }] });
    expect([await ask(), rolled()]).toEqual(['b', 0]);
  });

  test('whose weights are all 0, or that names what is not there, keeps the gateway from starting', async () => {
    await expect(startWith({ split: [{ upstream: 'a', weight: 0 }] })).rejects.toThrow(
      'All weights of route "all" are 0.',
    );
    await expect(startWith({ split: [{ upstream: 'd' }] })).rejects.toThrow(
      'Unknown upstream of route "all" "d".',
    );
  });

  test('keeps a client with its upstream, by cookie, header or address, and spreads them all the same', async () => {
    const byCookie = await startWith({ split, sticky: { cookie: 'uid' } });
    const cookie = (at: number): Sending => ({ headers: { Cookie: `uid=${at}` } });
    const counts = await byCookie.count(100, cookie);
    expect(byCookie.rolled()).toBe(0);
    expect(counts['a']).toBeGreaterThan(40);
    expect(counts['b']).toBeGreaterThan(10);
    expect(counts['c']).toBeGreaterThan(0);
    for (const uid of [1, 2, 3]) {
      expect(await byCookie.ask(cookie(uid))).toBe(await byCookie.ask(cookie(uid)));
    }
    const byHeader = await startWith({ split, sticky: { header: 'X-User' } }, () => 0.95);
    // Those without it go by chance.
    expect(await byHeader.ask()).toBe('c');
    const seen = new Set<string>();
    for (let at = 0; at < 30; at++)
      seen.add(await byHeader.ask({ headers: { 'X-User': `u${at}` } }));
    expect([...seen].toSorted()).toEqual(['a', 'b', 'c']);
    const byAddress = await startWith({ split, sticky: 'address' }, evenly(10));
    const all = new Set([await byAddress.ask(), await byAddress.ask(), await byAddress.ask()]);
    expect([all.size, byAddress.rolled()]).toEqual([1, 0]);
  });

  test('by consumer goes by who access says is calling', async () => {
    const { ask, gateway } = await startWith({ split, sticky: 'consumer' }, () => 0.95);
    gateway.registry.use({
      name: 'who',
      phase: 'access',
      state: 'active',
      handle: (ctx) => {
        const name = ctx.headers.get('x-who');
        if (name !== undefined) ctx.consumer = { name };
      },
    });
    expect(await ask()).toBe('c');
    const seen = new Set<string>();
    for (let at = 0; at < 30; at++) seen.add(await ask({ headers: { 'X-Who': `w${at}` } }));
    expect(seen.size).toBe(3);
  });
});

describe('a canary', () => {
  const canary = { upstream: 'b', percent: 25, header: 'X-Canary', cookie: 'canary' };

  test('gets its percentage', async () => {
    const { count } = await startWith({ upstream: 'a', canary }, evenly(20));
    expect(await count(20)).toEqual({ a: 15, b: 5, c: 0 });
  });

  test('is asked or left out by header, then by cookie', async () => {
    const { ask } = await startWith({ upstream: 'a', canary }, () => 0.1);
    expect(await ask()).toBe('b');
    expect(await ask({ headers: { 'X-Canary': 'never' } })).toBe('a');
    expect(await ask({ headers: { Cookie: 'canary=never' } })).toBe('a');
    expect(await ask({ headers: { Cookie: 'canary=perhaps' } })).toBe('b');
    const other = await startWith({ upstream: 'a', canary }, () => 0.9);
    expect(await other.ask()).toBe('a');
    expect(await other.ask({ headers: { 'X-Canary': 'always' } })).toBe('b');
    expect(await other.ask({ headers: { Cookie: 'canary=always' } })).toBe('b');
    expect(await other.ask({ headers: { 'X-Canary': 'never', Cookie: 'canary=always' } })).toBe(
      'a',
    );
  });

  test('stands beside a split, which shares what is left', async () => {
    const two = [{ upstream: 'a' }, { upstream: 'c' }];
    const { count } = await startWith({ split: two, canary }, evenly(16));
    expect(await count(16)).toEqual({ a: 6, b: 4, c: 6 });
    // Those who leave it out are shared alike.
    const never = (): Sending => ({ headers: { 'X-Canary': 'never' } });
    const out = await startWith({ split: two, canary }, evenly(16));
    expect(await out.count(16, never)).toEqual({ a: 8, b: 0, c: 8 });
  });

  test('that grows keeps the clients that it has', async () => {
    const withPercent = async (percent: number): Promise<Set<number>> => {
      const { ask } = await startWith({
        upstream: 'a',
        canary: { upstream: 'b', percent },
        sticky: { header: 'X-User' },
      });
      const met = new Set<number>();
      for (let at = 0; at < 60; at++) {
        if ((await ask({ headers: { 'X-User': `u${at}` } })) === 'b') met.add(at);
      }
      return met;
    };
    const [few, more] = [await withPercent(15), await withPercent(50)];
    expect(few.size).toBeGreaterThan(2);
    expect(more.size).toBeGreaterThan(few.size);
    expect([...few].filter((user) => !more.has(user))).toEqual([]);
  });

  test('of all or none of the requests leaves the others nothing or all', async () => {
    const all = await startWith(
      { upstream: 'a', canary: { upstream: 'b', percent: 100 } },
      () => 0.999,
    );
    expect(await all.ask()).toBe('b');
    const none = await startWith({ upstream: 'a', canary: { upstream: 'b', percent: 0 } }, () => 0);
    expect(await none.ask()).toBe('a');
  });
});
