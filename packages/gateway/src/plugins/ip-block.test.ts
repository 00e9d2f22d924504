/** Tests of ip-block, and of the bans that rate-limit brings about. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { PluginUse } from '../gateway-config.ts';
import { ipBlock } from './ip-block.ts';

const fine = routeOf({ respond: { status: 200, body: 'fine' } });
const use = (name: string, options: Record<string, unknown> = {}): PluginUse => ({ name, options });
const start = (plugins: readonly PluginUse[], options: GatewayOptions = {}) =>
  startGateway({ trustedProxies: ['loopback'], plugins, routes: [fine] }, options);
const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });

describe('ip-block', () => {
  test('keeps out addresses and ranges of the config, and nobody else', async () => {
    const { url } = await start([use('ip-block', { blocked: ['192.0.2.0/24', '2001:db8::1'] })]);
    expect((await send(url, from('192.0.2.77'))).json).toMatchObject({
      status: 403,
      code: 'ADDRESS_REFUSED',
    });
    expect((await send(url, from('2001:db8::1'))).status).toBe(403);
    expect((await send(url, from('192.0.3.1'))).status).toBe(200);
    expect((await send(url, from('2001:db8::2'))).status).toBe(200);
  });

  test('keeps out ranges that are put into the dictionary while it runs, and lets them in again', async () => {
    const clock = fakeClock();
    const { url, gateway, logger } = await start([use('ip-block')], { clock });
    const { ip_blacklist: dictionary } = gateway.dictionaries;
    const ask = async (): Promise<number> => (await send(url, from('198.51.100.7'))).status;
    expect(await ask()).toBe(200);
    await dictionary.set('ranges', '10.0.0.0/8, 198.51.100.0/24');
    expect(await ask()).toBe(200);
    await clock.advance(1000);
    expect(await ask()).toBe(403);
    await dictionary.set('ranges', 'nonsense');
    await clock.advance(1000);
    expect(await ask()).toBe(403);
    expect(logger.messages('error')).toHaveLength(1);
    await dictionary.delete('ranges');
    await clock.advance(1000);
    expect(await ask()).toBe(200);
  });

  test('knows ranges from the first request on', async () => {
    const clock = fakeClock();
    const dictionaries = memoryDictionaries(clock);
    await dictionaries.ip_blacklist.set('ranges', '198.51.100.0/24');
    const { url } = await start([use('ip-block')], { clock, dictionaries });
    expect((await send(url, from('198.51.100.7'))).status).toBe(403);
  });

  test('with 1,000 ranges finds an address in as many steps as a tree has levels', () => {
    const blocked = Array.from({ length: 1000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/25`);
    const clock = fakeClock();
    const dictionaries = memoryDictionaries(clock);
    const { access } = ipBlock.create({ blocked }, { clock, dictionaries } as never);
    const ask = (clientAddress: string) => (): unknown =>
      access?.handle({ clientAddress } as never);
    expect(ask('10.3.231.127')).toThrow('refused');
    expect(ask('10.3.231.128')).not.toThrow();
    expect(ask('10.0.0.1')).toThrow('refused');
  });

  test('goes on without bans where the dictionary fails, and says so; its own ranges still hold', async () => {
    const clock = fakeClock();
    const broken = (isAsync: boolean): SharedDictionary =>
      new Proxy({} as SharedDictionary, {
        get: () => () => {
          if (isAsync) return Promise.reject(new Error('down'));
          throw new Error('down');
        },
      });
    for (const isAsync of [true, false]) {
      const dictionaries = { ...memoryDictionaries(clock), ip_blacklist: broken(isAsync) };
      const { url, logger, ended } = await start([use('ip-block', { blocked: ['192.0.2.1'] })], {
        clock,
        dictionaries,
      });
      expect((await send(url, from('192.0.2.2'))).status).toBe(200);
      await ended();
      expect(logger.messages('error')).toContain('The bans cannot be read or written: down');
      expect((await send(url, from('192.0.2.1'))).status).toBe(403);
    }
  });

  test('refuses what is no range', () => {
    const services = { clock: fakeClock(), dictionaries: memoryDictionaries(fakeClock()) };
    expect(() => ipBlock.create({ blocked: ['10.0.0.1/8'] }, services as never)).toThrow(
      '`ip-block.blocked[0]`',
    );
  });
});

describe('bans', () => {
  test('G-163 G-164 who goes on beyond the limit is told how often yet, and then shut out for an hour', async () => {
    const clock = fakeClock();
    const { url, logger, ended } = await start(
      [use('ip-block'), use('rate-limit', { limit: 1, banAfter: 10 })],
      { clock },
    );
    const client = from('192.0.2.1');
    expect((await send(url, client)).status).toBe(200);
    for (let left = 9; left > 0; left--) {
      const answer = await send(url, client);
      expect(answer.json).toMatchObject({
        status: 429,
        detail: `Rate limit exceeded. ${left} more violations will result in a temporary ban.`,
      });
      expect(answer.headers).toMatchObject({
        'retry-after': '60',
        'x-ratelimit-limit': '1',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '60',
      });
    }
    const text = 'IP temporarily banned due to excessive requests. Try again later.';
    for (const code of ['IP_BANNED', 'IP_BANNED']) {
      const answer = await send(url, client);
      expect(answer.json).toMatchObject({ status: 403, detail: text, code });
      expect(answer.headers['retry-after']).toBe('3600');
    }
    expect((await send(url, from('192.0.2.2'))).status).toBe(200);
    await clock.advance(3_600_000);
    expect((await send(url, client)).status).toBe(200);
    await ended();
    expect(
      logger.entries.flatMap(({ event, client: who }) => (event ? [[event, who]] : [])),
    ).toEqual([
      ['IP_BANNED', '192.0.2.1'],
      ['BANNED_REQUEST_BLOCKED', '192.0.2.1'],
      ['BAN_EXPIRED', '192.0.2.1'],
    ]);
  });

  test('are of whole IPv6 networks, and so are limits', async () => {
    const { url } = await start([use('ip-block'), use('rate-limit', { limit: 1, banAfter: 1 })], {
      clock: fakeClock(),
    });
    expect((await send(url, from('2001:db8::1'))).status).toBe(200);
    expect((await send(url, from('2001:db8::2'))).status).toBe(403);
    expect((await send(url, from('2001:db8::3'))).status).toBe(403);
    expect((await send(url, from('2001:db8:0:1::1'))).status).toBe(200);
  });

  test('cannot be brought upon somebody else by who is no proxy', async () => {
    const { url } = await startGateway(
      {
        plugins: [use('ip-block'), use('rate-limit', { limit: 1, banAfter: 1 })],
        routes: [fine],
      },
      { clock: fakeClock() },
    );
    await send(url, from('192.0.2.1'));
    const { json } = await send(url, from('192.0.2.2'));
    expect(json).toMatchObject({ status: 403, code: 'IP_BANNED' });
  });

  test('cannot be counted where the dictionary fails; the limit holds all the same', async () => {
    const clock = fakeClock();
    const ip_blacklist = new Proxy({} as SharedDictionary, {
      get: () => () => Promise.reject(new Error('down')),
    });
    const { url } = await start([use('rate-limit', { limit: 1, banAfter: 1 })], {
      clock,
      dictionaries: { ...memoryDictionaries(clock), ip_blacklist },
    });
    await send(url);
    expect((await send(url)).status).toBe(429);
  });
});
