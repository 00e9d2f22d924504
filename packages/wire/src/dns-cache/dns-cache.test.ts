/** Addresses are asked for when they are needed, kept as long as they hold, and kept longer when nothing better is to be had. */
import { ADDRCONFIG, ALL, V4MAPPED } from 'node:dns';
import type { LookupOptions } from 'node:dns';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { startPool } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import { createDnsCache, type DnsCache, type DnsCacheOptions } from './dns-cache.ts';
import {
  type HostAddress,
  resolverOf,
  type Resolution,
  systemResolver,
} from './system-resolver.ts';

const v4 = (...ends: readonly number[]): HostAddress[] =>
  ends.map((end) => ({ address: `10.0.0.${end}`, family: 4 }));
const v6 = (...ends: readonly number[]): HostAddress[] =>
  ends.map((end) => ({ address: `fd00::${end}`, family: 6 }));

/** A cache whose resolver answers when it is told to. */
function scripted(options: DnsCacheOptions = {}) {
  const clock = fakeClock();
  const asked: {
    host: string;
    answer(resolution: Partial<Resolution>): void;
    fail(error: Error): void;
  }[] = [];
  const cache = createDnsCache({
    clock,
    resolver: (host) =>
      new Promise((resolve, reject) => {
        asked.push({
          host,
          answer: (resolution) => resolve({ addresses: v4(1), ttlMs: undefined, ...resolution }),
          fail: reject,
        });
      }),
    ...options,
  });
  return { cache, clock, asked };
}

function find(cache: DnsCache, host = 'a.test', options: LookupOptions = {}): Promise<string[]> {
  return new Promise((resolve, reject) => {
    cache.lookup(host, { all: true, ...options }, (error, found) => {
      if (error) reject(error);
      else resolve((found as unknown as HostAddress[]).map(({ address }) => address));
    });
  });
}

describe('a name', () => {
  test('is asked for once, however many want to know it', async () => {
    const { cache, asked } = scripted();
    const found = [find(cache), find(cache), find(cache)];
    expect(asked.map(({ host }) => host)).toEqual(['a.test']);
    asked[0]?.answer({ addresses: v4(1) });
    expect(await Promise.all(found)).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
    expect(await find(cache)).toEqual(['10.0.0.1']);
    expect(asked).toHaveLength(1);
    const other = find(cache, 'b.test');
    expect(asked).toHaveLength(2);
    asked[1]?.answer({ addresses: v4(2) });
    expect(await other).toEqual(['10.0.0.2']);
  });

  const holds: readonly (readonly [string, DnsCacheOptions, () => Resolution['ttlMs'], number])[] =
    [
      ['as long as it says', {}, () => 20_000, 20_000],
      ['30 s if it does not say', {}, () => undefined, 30_000],
      ['as long as it says, if it says so later', {}, () => Promise.resolve(7000), 7000],
      [
        '30 s if nothing comes of what it would say later',
        {},
        () => Promise.resolve(undefined),
        30_000,
      ],
      ['30 s if it cannot say it later', {}, () => Promise.reject(new Error('no')), 30_000],
      ['1 s at least', {}, () => 0, 1000],
      ['5 min at most', {}, () => 86_400_000, 300_000],
      ['as the options say', { defaultTtlMs: 50 }, () => undefined, 1000],
      ['as the options say, and shorter', { defaultTtlMs: 50, minTtlMs: 10 }, () => undefined, 50],
      ['as the options say, and longer', { maxTtlMs: 400_000 }, () => 500_000, 400_000],
    ];
  test.each(holds)('holds %s', async (_, options, ttlMs, heldMs) => {
    const { cache, clock, asked } = scripted(options);
    const first = find(cache);
    asked[0]?.answer({ addresses: v4(1), ttlMs: ttlMs() });
    expect(await first).toEqual(['10.0.0.1']);
    await clock.advance(heldMs - 1);
    await find(cache);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    // The old one is given at once; nobody waits for the new one.
    expect(await find(cache)).toEqual(['10.0.0.1']);
    expect(asked).toHaveLength(2);
    expect(await find(cache)).toEqual(['10.0.0.1']);
    expect(asked).toHaveLength(2);
    asked[1]?.answer({ addresses: v4(2) });
    await clock.advance(0);
    expect(await find(cache)).toEqual(['10.0.0.2']);
    expect(asked).toHaveLength(2);
  });

  test('what is said late says nothing of addresses that came after', async () => {
    let say: (ms: number) => void = () => {};
    const late = new Promise<number>((resolve) => (say = resolve));
    const { cache, clock, asked } = scripted();
    const first = find(cache);
    asked[0]?.answer({ addresses: v4(1), ttlMs: late });
    await first;
    await clock.advance(30_000);
    await find(cache);
    asked[1]?.answer({ addresses: v4(2), ttlMs: 100_000 });
    await clock.advance(0);
    say(1000);
    await clock.advance(60_000);
    expect(await find(cache)).toEqual(['10.0.0.2']);
    expect(asked).toHaveLength(2);
  });

  test('that cannot be found is not asked for again for a second', async () => {
    const { cache, clock, asked } = scripted();
    const error = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const first = find(cache);
    asked[0]?.fail(error);
    await expect(first).rejects.toBe(error);
    await clock.advance(999);
    await expect(find(cache)).rejects.toBe(error);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    const again = find(cache);
    expect(asked).toHaveLength(2);
    asked[1]?.answer({});
    expect(await again).toEqual(['10.0.0.1']);
  });

  test('without addresses is one that cannot be found', async () => {
    const { cache, asked } = scripted();
    const found = find(cache);
    asked[0]?.answer({ addresses: [] });
    await expect(found).rejects.toMatchObject({ code: 'ENOTFOUND', hostname: 'a.test' });
  });

  test('that cannot be found any more is used for an hour', async () => {
    const { cache, clock, asked } = scripted({ defaultTtlMs: 10_000 });
    const first = find(cache);
    asked[0]?.answer({});
    await first;
    await clock.advance(10_000);
    expect(await find(cache)).toEqual(['10.0.0.1']);
    asked[1]?.fail(new Error('the name server is down'));
    await clock.advance(999);
    expect(await find(cache)).toEqual(['10.0.0.1']);
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    // It is tried again once a second, and no more often.
    expect(await find(cache)).toEqual(['10.0.0.1']);
    expect(asked).toHaveLength(3);
    asked[2]?.fail(new Error('still down'));
    await clock.advance(3_600_000 - 1000 - 1);
    expect(await find(cache)).toEqual(['10.0.0.1']);
    asked[3]?.fail(new Error('for good'));
    await clock.advance(1);
    await expect(find(cache)).rejects.toThrow('for good');
  });

  test('that is older than that is waited for', async () => {
    const { cache, clock, asked } = scripted();
    const first = find(cache);
    asked[0]?.answer({});
    await first;
    await clock.advance(30_000 + 3_600_000);
    const again = find(cache);
    asked[1]?.answer({ addresses: v4(2) });
    expect(await again).toEqual(['10.0.0.2']);
  });

  test('whose resolver throws cannot be found, and can be later', async () => {
    let fails = true;
    const clock = fakeClock();
    const cache = createDnsCache({
      clock,
      resolver: () => {
        if (fails) throw new Error('broken');
        return Promise.resolve({ addresses: v4(1), ttlMs: undefined });
      },
    });
    await expect(find(cache)).rejects.toThrow('broken');
    fails = false;
    await clock.advance(1000);
    expect(await find(cache)).toEqual(['10.0.0.1']);
  });
});

describe('what is given', () => {
  const given = async (addresses: readonly HostAddress[], options: LookupOptions = {}) => {
    const { cache, asked } = scripted();
    const first = find(cache, 'a.test', options);
    asked[0]?.answer({ addresses });
    const all = [await first];
    for (let at = 1; at < 4; at++) all.push(await find(cache, 'a.test', options));
    return all.map((one) => one.join(' '));
  };

  test('begins with each address in turn', async () => {
    expect(await given(v4(1, 2, 3))).toEqual([
      '10.0.0.1 10.0.0.2 10.0.0.3',
      '10.0.0.2 10.0.0.3 10.0.0.1',
      '10.0.0.3 10.0.0.1 10.0.0.2',
      '10.0.0.1 10.0.0.2 10.0.0.3',
    ]);
  });

  test('begins with the kind that the system has put first', async () => {
    expect(await given([...v6(1, 2), ...v4(1)])).toEqual([
      'fd00::1 fd00::2 10.0.0.1',
      'fd00::2 fd00::1 10.0.0.1',
      'fd00::1 fd00::2 10.0.0.1',
      'fd00::2 fd00::1 10.0.0.1',
    ]);
  });

  test.each([
    [{ family: 4 }, '10.0.0.1'],
    [{ family: 6 }, 'fd00::1'],
    [{ family: 0 }, 'fd00::1 10.0.0.1'],
    [{ family: 'IPv4' as const }, '10.0.0.1'],
    [{ family: 'IPv6' as const }, 'fd00::1'],
    [{ hints: ADDRCONFIG }, 'fd00::1 10.0.0.1'],
    [{ family: 6, hints: V4MAPPED }, 'fd00::1'],
    [{ family: 6, hints: V4MAPPED | ALL }, 'fd00::1 ::ffff:10.0.0.1'],
    [{ family: 4, hints: V4MAPPED | ALL }, '10.0.0.1'],
  ])('is what %j asks for', async (options, expected) => {
    expect((await given([...v6(1), ...v4(1)], options))[0]).toBe(expected);
  });

  test('may be an address in another form, where there is none of the kind', async () => {
    expect((await given(v4(1, 2), { family: 6, hints: V4MAPPED }))[0]).toBe(
      '::ffff:10.0.0.1 ::ffff:10.0.0.2',
    );
    await expect(given(v4(1), { family: 6 })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('is one address where one is asked for', async () => {
    const { cache, asked } = scripted();
    const found = new Promise((resolve) => {
      cache.lookup('a.test', {}, (...args) => resolve(args));
    });
    asked[0]?.answer({ addresses: [...v6(1), ...v4(1)] });
    expect(await found).toEqual([null, 'fd00::1', 6]);
  });

  test('comes in a later turn, also when it is known', async () => {
    const { cache, asked } = scripted();
    const first = find(cache);
    asked[0]?.answer({});
    await first;
    let hasReturned = false;
    const found = new Promise((resolve) => {
      cache.lookup('a.test', {}, () => resolve(hasReturned));
    });
    hasReturned = true;
    expect(await found).toBe(true);
  });
});

describe('the cache', () => {
  test('remembers so many names, those that were used last', async () => {
    const { cache, asked } = scripted({ maxNames: 2 });
    const learn = async (host: string): Promise<void> => {
      const found = find(cache, host);
      asked.at(-1)?.answer({});
      await found;
    };
    await learn('a.test');
    await learn('b.test');
    await find(cache, 'a.test');
    await learn('c.test');
    expect(cache.size).toBe(2);
    expect(asked).toHaveLength(3);
    await find(cache, 'a.test');
    expect(asked).toHaveLength(3);
    await learn('b.test');
    expect(asked).toHaveLength(4);
    cache.clear();
    expect(cache.size).toBe(0);
  });

  test.each([
    { resolver: 'dns' as never },
    { defaultTtlMs: -1 },
    { minTtlMs: Number.NaN },
    { maxTtlMs: -1 },
    { staleMs: '1' as never },
    { failureMs: -1 },
    { maxNames: 0 },
  ])('refuses %j', (options) => {
    expect(() => createDnsCache(options)).toThrow(
      new RegExp(`^Expected \`${Object.keys(options)[0] ?? ''}\` to be `),
    );
  });

  test('is asked by a pool for every connection, and asks once', async () => {
    const { cache, asked } = scripted();
    const origin = await startOrigin(always(ok('hi', 'Connection: close\r\n')));
    const { get } = startPool(`http://a.test:${origin.port}`, { lookup: cache.lookup });
    const first = get();
    expect(asked).toHaveLength(1);
    asked[0]?.answer({
      addresses: [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    expect(await first).toBe('hi');
    expect(await get()).toBe('hi');
    expect(origin.connections).toHaveLength(2);
    expect(asked).toHaveLength(1);
  });
});

describe('the resolver of the system', () => {
  test('knows the names of the hosts file', async () => {
    const { addresses, ttlMs } = await systemResolver('localhost');
    expect(addresses.some(({ address }) => address === '127.0.0.1' || address === '::1')).toBe(
      true,
    );
    expect(await ttlMs).toBeUndefined();
  });

  test('knows no name that cannot be one', async () => {
    await expect(systemResolver('x'.repeat(64))).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });

  const seconds = async (records: readonly (readonly [string, number])[]) => {
    const resolver = resolverOf(
      async () => [...v6(1), ...v4(1, 2)],
      async () => records.map(([address, ttl]) => ({ address, ttl, type: 'A' as const })),
    );
    return (await resolver('a.test')).ttlMs;
  };

  test.each([
    [[], undefined],
    [[['10.0.0.9', 5] as const], undefined],
    [[['10.0.0.1', 60] as const], 60_000],
    [[['10.0.0.1', 60] as const, ['fd00::1', 30] as const, ['10.0.0.9', 5] as const], 30_000],
    [[['10.0.0.2', 0] as const], 0],
  ])('takes the time of the records that the system has found: %j', async (records, ttlMs) => {
    expect(await seconds(records)).toBe(ttlMs);
  });

  test('does not wait for the time', async () => {
    const resolver = resolverOf(
      async () => v4(1),
      () => new Promise(() => {}),
    );
    expect((await resolver('a.test')).addresses).toEqual(v4(1));
  });

  test('does without the time if no name can be found, or no time', async () => {
    const failing = resolverOf(
      () => Promise.reject(new Error('no such name')),
      () => Promise.reject(new Error('no such record')),
    );
    await expect(failing('a.test')).rejects.toThrow('no such name');
    const timeless = resolverOf(
      async () => v4(1),
      () => Promise.reject(new Error('no such record')),
    );
    expect(await (await timeless('a.test')).ttlMs).toBeUndefined();
  });
});
