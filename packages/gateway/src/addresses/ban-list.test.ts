/** Clients that break limits again and again are shut out for a while. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { MemoryDictionary } from '../dictionaries/memory-dictionary.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import { BanList, type BanOptions } from './ban-list.ts';

/** The same dictionary as one that lives elsewhere. */
function remote(own: MemoryDictionary): SharedDictionary {
  return new Proxy(own as SharedDictionary, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => Reflect.apply(value, target, args) as unknown;
    },
  });
}

function bans(options: BanOptions = {}, isRemote = false) {
  const clock = fakeClock();
  const dictionary = new MemoryDictionary('ip_blacklist', { clock });
  const told: string[] = [];
  const list = new BanList(isRemote ? remote(dictionary) : dictionary, {
    ...options,
    listener: ({ kind, client }) => told.push(`${kind} ${client}`),
  });
  const violate = async (client: string, times: number): Promise<number[]> => {
    const left: number[] = [];
    for (let at = 0; at < times; at++) left.push(await list.violated(client));
    return left;
  };
  return { clock, dictionary, list, told, violate };
}

test.each([false, true])(
  'G-164 ten violations ban a client for an hour, and nobody else; dictionary elsewhere: %s',
  async (isRemote) => {
    const { clock, list, told, violate } = bans({}, isRemote);
    expect(await violate('192.0.2.1', 10)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(await list.check('192.0.2.1')).toBe(3_600_000);
    expect(await list.check('192.0.2.2')).toBe(undefined);
    await clock.advance(3_599_999);
    expect(await list.check('192.0.2.1')).toBe(1);
    await clock.advance(1);
    expect(await list.check('192.0.2.1')).toBe(undefined);
    expect(await list.check('192.0.2.1')).toBe(undefined);
    expect(told).toEqual([
      'IP_BANNED 192.0.2.1',
      'BANNED_REQUEST_BLOCKED 192.0.2.1',
      'BANNED_REQUEST_BLOCKED 192.0.2.1',
      'BAN_EXPIRED 192.0.2.1',
    ]);
    expect(await violate('192.0.2.1', 1)).toEqual([9]);
  },
);

test('violations that lie far apart do not add up', async () => {
  const { clock, violate } = bans({ afterViolations: 3, violationWindowMs: 1000 });
  await violate('a', 1);
  await clock.advance(999);
  expect(await violate('a', 1)).toEqual([1]);
  await clock.advance(1000);
  expect(await violate('a', 1)).toEqual([2]);
});

test('a ban can be given and lifted by hand', async () => {
  const { list, told } = bans();
  await list.ban('a', 5000);
  expect(await list.check('a')).toBe(5000);
  expect(await list.lift('a')).toBe(true);
  expect(await list.lift('a')).toBe(false);
  expect(await list.check('a')).toBe(undefined);
  expect(told).toEqual(['IP_BANNED a', 'BANNED_REQUEST_BLOCKED a']);
});

test('without room to count nobody is banned, and a listener that throws changes nothing', async () => {
  const clock = fakeClock();
  const list = new BanList(new MemoryDictionary('small', { clock, capacityBytes: 1 }), {
    afterViolations: 2,
  });
  for (let at = 0; at < 5; at++) expect(await list.violated('a')).toBe(2);
  expect(await list.check('a')).toBe(undefined);
  const loud = new BanList(new MemoryDictionary('bans', { clock }), {
    afterViolations: 1,
    listener: () => {
      throw new Error('not your concern');
    },
  });
  expect(await loud.violated('a')).toBe(0);
  expect(await loud.check('a')).toBe(3_600_000);
});
