/** Tests of ranges and sets of addresses, against the block list of the platform. */
import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressSet, cidrHas, formatCidr, parseCidr } from './cidr.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

/** Addresses that lie close together, so that ranges have some of them. */
const v4 = fc
  .tuple(
    fc.constantFrom(10, 192),
    fc.constantFrom(0, 128),
    fc.nat({ max: 3 }),
    fc.nat({ max: 255 }),
  )
  .map((parts) => parts.join('.'));
const v6 = fc
  .tuple(fc.constantFrom('2001:db8', 'fc00:0'), fc.nat({ max: 3 }), fc.nat({ max: 0xffff }))
  .map(([head, middle, tail]) => `${head}:0:${middle}:0:0:0:${tail.toString(16)}`);
const address = fc.oneof(v4, v6);
const versionOf = (text: string): 'ipv4' | 'ipv6' => (isIPv6(text) ? 'ipv6' : 'ipv4');

/** A range with no bits behind its prefix, made by cutting them off. */
const range = fc.tuple(address, fc.nat({ max: 128 })).map(([text, wish]) => {
  const base = parseIpAddress(text);
  if (!base) throw new Error(text);
  const bits = Math.min(wish, base.words.length * 32);
  const words = base.words.map((word, at) => {
    const own = Math.min(32, Math.max(0, bits - at * 32));
    return own === 0 ? 0 : Number((BigInt(word) >> BigInt(32 - own)) << BigInt(32 - own));
  });
  return `${formatIpAddress({ ...base, words })}/${bits}`;
});

describe('parseCidr', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['2001:db8::/33', '2001:db8::/33'],
    ['::/0', '::/0'],
    ['::1', '::1/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('reads %s', (text, written) => {
    const cidr = parseCidr(text);
    expect(cidr && formatCidr(cidr)).toBe(written);
  });

  test.each([
    '',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/+8',
    '10.0.0.0/8/8',
    '10/8',
    '::1/127',
    '::/129',
    '::ffff:10.0.0.0/95',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('AddressSet', () => {
  test('has the addresses that the platform finds in the same ranges', () => {
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 12 }),
        fc.array(address, { minLength: 1 }),
        (list, asked) => {
          const set = new AddressSet('list', list);
          // One for each version, as the platform takes IPv4 for a part of IPv6.
          const blocks = { ipv4: new BlockList(), ipv6: new BlockList() };
          for (const item of list) {
            const [base = '', bits] = item.split('/');
            blocks[versionOf(base)].addSubnet(base, Number(bits), versionOf(base));
          }
          for (const text of asked) {
            expect(set.has(text)).toBe(blocks[versionOf(text)].check(text, versionOf(text)));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('has an address exactly if one of its ranges has', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), address, (list, text) => {
        const own = parseIpAddress(text);
        const cidrs = list.map((item) => parseCidr(item));
        const isIn = cidrs.some((cidr) => cidr && own && cidrHas(cidr, own));
        expect(new AddressSet('list', list).has(text)).toBe(isIn);
      }),
    );
  });

  test('knows IPv4 in its IPv6 dress', () => {
    const set = new AddressSet('list', ['10.0.0.0/8']);
    expect([set.has('::ffff:10.1.2.3'), set.has('::ffff:a01:203'), set.has('::10.1.2.3')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('knows ranges by name', () => {
    const set = new AddressSet('list', ['loopback', 'private']);
    const inside = ['127.9.9.9', '::1', '10.0.0.1', '172.31.0.1', '192.168.1.1', 'fd12::1'];
    const outside = ['172.32.0.1', '8.8.8.8', '2001:db8::1', 'fe80::1', '', 'unknown'];
    expect(inside.filter((text) => !set.has(text))).toEqual([]);
    expect(outside.filter((text) => set.has(text))).toEqual([]);
    expect(new AddressSet('list', ['unix']).has('')).toBe(true);
  });

  test.each([['10.0.0.1/8'], ['constructor'], [7], ['']])('refuses %j', (item) => {
    expect(() => new AddressSet('proxies', ['::1', item as string])).toThrow('`proxies[1]`');
    expect(() => new AddressSet('proxies', item as never)).toThrow('`proxies`');
  });
});
