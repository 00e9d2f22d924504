/** Tests of the resolver of client addresses: what proxies say is believed only of those that are trusted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientResolver, type ProxyTrustOptions } from './client-address.ts';
import { HeaderList } from '../context/headers.ts';

const TRUST: ProxyTrustOptions = { proxies: ['10.0.0.0/8', 'loopback'] };
const PROXY = '10.0.0.1';

function resolved(
  raw: Readonly<Record<string, string | readonly string[]>>,
  options: ProxyTrustOptions = TRUST,
  peer = PROXY,
) {
  const headers = HeaderList.fromRaw(
    Object.entries(raw).flatMap(([name, values]) => [values].flat().flatMap((one) => [name, one])),
  );
  const client = new ClientResolver(options).resolve(headers, peer);
  return { ...client, client, headers: Object.fromEntries(headers) };
}

const FORWARDED: ProxyTrustOptions = { ...TRUST, read: 'forwarded' };

describe('an untrusted peer', () => {
  test.each(['203.0.113.5', '', 'unknown', '::1:10.0.0.1'])(
    '%j says nothing of clients',
    (peer) => {
      const { client, headers } = resolved(
        {
          'X-Forwarded-For': '10.9.9.9',
          'x-forwarded-proto': 'https',
          'X-Forwarded-Whatever': '1',
          X_Forwarded_For: '10.9.9.9',
          'X-Real-IP': '10.9.9.9',
          Forwarded: 'for=10.9.9.9',
          Accept: '*/*',
        },
        { ...TRUST, host: true },
        peer,
      );
      expect(client).toBeUndefined();
      expect(headers).toEqual({ accept: '*/*' });
    },
  );

  test('without an address is trusted only if it is listed', () => {
    const options = { proxies: ['unix'] };
    expect(resolved({ 'X-Forwarded-For': '192.0.2.1' }, options, '').address).toBe('192.0.2.1');
  });
});

describe('X-Forwarded-For', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['6.6.6.6, 192.0.2.1', '192.0.2.1'],
    ['6.6.6.6, 192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['6.6.6.6, 10.9.9.9, 192.0.2.1, 127.0.0.1,10.0.0.2', '192.0.2.1'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['192.0.2.1:55123', '192.0.2.1'],
    ['evil, 192.0.2.1', '192.0.2.1'],
    ['evil', 'unknown'],
    ['192.0.2.1, evil', 'unknown'],
    ['192.0.2.1, 10.0.0.300, 10.0.0.2', 'unknown'],
    ['192.0.2.1:99999999', 'unknown'],
    ['[192.0.2.1]', 'unknown'],
    ['', PROXY],
    [' , ', PROXY],
  ])('%j is %s', (value, address) => {
    expect(resolved({ 'X-Forwarded-For': value }).address).toBe(address);
  });

  test('of several lines is one list', () => {
    expect(resolved({ 'X-Forwarded-For': ['6.6.6.6', '192.0.2.1'] }).address).toBe('192.0.2.1');
  });

  test('keeps nothing that the client may have written', () => {
    const { headers } = resolved({
      'X-Forwarded-For': '6.6.6.6, 192.0.2.1, 10.0.0.2',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
      'X-Forwarded_For': '6.6.6.6',
    });
    expect(headers).toEqual({
      'x-forwarded-for': '192.0.2.1, 10.0.0.2',
      'x-real-ip': '192.0.2.1',
    });
  });

  test('whatever stands before it, what trusted proxies have added decides', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii' }).filter((text) => !/[\r\n\0]/.test(text)),
        fc.ipV4().filter((text) => !/^(?:10|127)\./.test(text)),
        fc.array(fc.constantFrom('10.0.0.2', '127.0.0.1', '10.200.0.1:8080'), { maxLength: 4 }),
        (forged, client, proxies) => {
          const plain = [forged, client, ...proxies].join(', ');
          expect(resolved({ 'X-Forwarded-For': plain }).address).toBe(client);
          const elements = [forged, ...[client, ...proxies].map((one) => `for="${one}"`)];
          expect(resolved({ Forwarded: elements.join(', ') }, FORWARDED).address).toBe(client);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('Forwarded', () => {
  test.each([
    ['for=192.0.2.1', '192.0.2.1', undefined],
    ['For="[2001:db8::1]:4711";proto=https', '2001:db8::1', true],
    ['for=6.6.6.6;proto=https, for=192.0.2.1;proto=http;by=203.0.113.43', '192.0.2.1', false],
    ['for=192.0.2.1;proto=https,for=10.0.0.2;proto=http', '192.0.2.1', true],
    ['for=unknown', 'unknown', undefined],
    ['for=_hidden;proto=https', 'unknown', true],
    ['for=6.6.6.6, for=_secret, for=10.0.0.2', 'unknown', undefined],
    ['proto=https', 'unknown', true],
    ['for="unterminated, for=192.0.2.1', '192.0.2.1', undefined],
    ['for=192.0.2.1;for=10.0.0.9', 'unknown', undefined],
    ['for=192.0.2.1;;proto=https', 'unknown', undefined],
  ])('%s is %s', (value, address, secure) => {
    const found = resolved({ Forwarded: value }, FORWARDED);
    expect([found.address, found.secure]).toEqual([address, secure]);
  });

  test('is the only one that is read, if it is', () => {
    const { address, headers } = resolved(
      { 'X-Forwarded-For': '6.6.6.6', 'X-Real-IP': '6.6.6.6', Forwarded: 'for=a, for=192.0.2.1' },
      FORWARDED,
    );
    expect([address, headers]).toEqual(['192.0.2.1', { forwarded: 'for=192.0.2.1' }]);
    expect(resolved({ Forwarded: 'for=6.6.6.6' }).address).toBe(PROXY);
  });
});

describe('scheme and host', () => {
  test.each([
    ['https', true],
    ['HTTPS', true],
    ['wss', true],
    ['http', false],
    ['gopher', undefined],
    ['http, https', true],
  ])('X-Forwarded-Proto %s', (proto, secure) => {
    expect(resolved({ 'X-Forwarded-Proto': proto }).secure).toBe(secure);
  });

  test('belong to the client where there is one for each address, else to the nearest proxy', () => {
    const chain = { 'X-Forwarded-For': '6.6.6.6, 192.0.2.1, 10.0.0.2' };
    expect(resolved({ ...chain, 'X-Forwarded-Proto': 'http, https, http' }).secure).toBe(true);
    expect(resolved({ ...chain, 'X-Forwarded-Proto': 'http, https' }).secure).toBe(true);
  });

  test('the host is read only where that was asked for, and only if it is one', () => {
    const raw = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Host': 'shop.example:8443' };
    expect(resolved(raw).host).toBeUndefined();
    const options = { ...TRUST, host: true };
    expect(resolved(raw, options).host).toBe('shop.example:8443');
    expect(resolved({ ...raw, 'X-Forwarded-Host': '[::1]:80' }, options).host).toBe('[::1]:80');
    for (const host of ['a/b', 'a b', 'user@host', 'a,', '', 'evil<script>', ':80']) {
      expect(resolved({ ...raw, 'X-Forwarded-Host': host }, options).host).not.toBe(host);
    }
    const other = { Forwarded: 'for=192.0.2.1;host="shop.example"' };
    expect(resolved(other, { ...options, read: 'forwarded' }).host).toBe('shop.example');
  });
});

test('options that are none are refused', () => {
  expect(() => new ClientResolver({ proxies: ['10.0.0.1/8'] })).toThrow('`proxies[0]`');
  expect(() => new ClientResolver({ proxies: [], read: 'x' as never })).toThrow('`read`');
  expect(() => new ClientResolver({ proxies: [], host: 1 as never })).toThrow('`host`');
});
