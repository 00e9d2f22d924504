/** Tests of IP addresses, against the parser of the platform. */
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

const canonical = (text: string): string | undefined => {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
};

/** Texts that are nearly addresses. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom('.', ':', '::', '%', '/', ' ', '0', '00', '255', '256', 'ffff', 'fffff', 'g'),
      fc.nat({ max: 300 }).map(String),
      fc.nat({ max: 0x1ffff }).map((group) => group.toString(16)),
      fc.ipV4(),
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''));

describe('parseIpAddress', () => {
  test('takes what the platform takes, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        fc.pre(!text.includes('%'));
        expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['0:0:0:1::', '0:0:0:1::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['::fffe:192.0.2.1', '::fffe:c000:201'],
  ])('writes %s as %s', (text, written) => {
    expect(canonical(text)).toBe(written);
  });

  test.each([
    '',
    '1',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4.',
    '0x7f.1',
    '1.2.3.4 ',
    ':::',
    '1:2',
    '::1%',
    '1::2::3',
    '::1.2.3.256',
    '1:2:3:4:5:6:7:1.2.3.4',
    '[::1]',
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  test('writes an address in the one way in which it reads it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIpAddress(text);
        expect(address).toBeDefined();
        const written = formatIpAddress(address as never);
        expect(parseIpAddress(written)).toEqual(address);
        // How a URL writes a host is the platform's canonical form.
        const asHost = written.includes(':') ? `[${written}]` : written;
        expect(new URL(`http://${asHost}/`).hostname).toBe(asHost);
      }),
      { numRuns: 1000 },
    );
  });
});
