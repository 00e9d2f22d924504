/** Headers of the PROXY protocol: what is read, what is refused, and that it is the same in whatever pieces they come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IPV4_ADDRESSES, proxyBlock, tlv } from '../../test-kit/proxy-headers.ts';
import { group, referenceProxyHeader } from '../../test-kit/proxy-reference.ts';
import { crc32c } from './crc32c.ts';
import { MOST_PROXY_BYTES, type ProxyHeader, readProxyHeader } from './proxy-header.ts';

const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const silent = { source: undefined, destination: undefined };

describe('version 1', () => {
  test('says who has connected to which address', () => {
    expect(readProxyHeader(text('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nGET /'))).toEqual({
      source: { address: '192.0.2.1', port: 56_324 },
      destination: { address: '198.51.100.7', port: 443 },
      length: 45,
    });
  });

  test.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::1', '::1'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['::ffff:c000:209', '192.0.2.9'],
  ])('writes the IPv6 address %s as everybody does', (given, written) => {
    const header = readProxyHeader(text(`PROXY TCP6 ${given} ::2 1 65535\r\n`));
    expect(header).toMatchObject({
      source: { address: written, port: 1 },
      destination: { address: '::2', port: 65_535 },
    });
  });

  test.each([
    'PROXY UNKNOWN\r\n',
    'PROXY UNKNOWN \r\n',
    'PROXY UNKNOWN ffff:f::ffff ffff::ffff 65535 65535\r\n',
    `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`,
  ])('%j says nothing, and is right', (line) => {
    expect(readProxyHeader(text(line))).toEqual({ ...silent, length: line.length });
  });

  test.each([
    'GET / HTTP/1.1\r\n',
    'proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n',
    'PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\0\r\n',
    'PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n',
    'PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n',
    'PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
    'PROXY TCP6 :::1 ::1 1 2\r\n',
    'PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY UNKNOWNS\r\n',
    'PROXY UNKNOWN \x80\r\n',
    'PROXY \r\n',
    'PROXY TCP4\r\n',
    `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`,
    `PROXY UNKNOWN ${'x'.repeat(300)}`,
  ])('%j is refused', (line) => {
    expect(readProxyHeader(text(line))).toBe('refused');
    expect(referenceProxyHeader(text(line))).toBeUndefined();
  });

  test('a line without end is refused as soon as it is too long', () => {
    const line = text(`PROXY UNKNOWN ${'x'.repeat(200)}`);
    expect(readProxyHeader(line.subarray(0, 105))).toBe('more');
    expect(readProxyHeader(line.subarray(0, 107))).toBe('refused');
  });
});

describe('version 2', () => {
  test('says who has connected to which address', () => {
    const header = Buffer.concat([proxyBlock(), Buffer.from('GET /')]);
    expect(readProxyHeader(header)).toEqual({
      source: { address: '192.0.2.1', port: 56_324 },
      destination: { address: '198.51.100.7', port: 443 },
      length: 28,
    });
  });

  test('knows IPv6', () => {
    const mapped = '00000000000000000000ffffc0000201';
    const addresses = Buffer.from(`${mapped}20010db8000000000000000000000001dc0401bb`, 'hex');
    expect(readProxyHeader(proxyBlock({ family: 0x21, addresses }))).toMatchObject({
      source: { address: '192.0.2.1', port: 56_324 },
      destination: { address: '2001:db8::1', port: 443 },
    });
  });

  test('knows Unix sockets', () => {
    const addresses = Buffer.alloc(216);
    addresses.write('/run/a.sock');
    addresses.write('x'.repeat(108), 108);
    expect(readProxyHeader(proxyBlock({ family: 0x31, addresses }))).toMatchObject({
      source: { address: '/run/a.sock', port: 0 },
      destination: { address: 'x'.repeat(108), port: 0 },
      length: 232,
    });
  });

  test.each([
    ['a connection of its own', { command: 0x20 }],
    ['a connection of its own, whatever follows', { command: 0x20, family: 0x99 }],
    [
      'a connection of its own, without addresses',
      { command: 0x20, family: 0, addresses: Buffer.alloc(0) },
    ],
    ['an unspecified one', { family: 0, addresses: Buffer.alloc(0) }],
    ['an unspecified one with what nobody knows', { family: 0, addresses: Buffer.alloc(7, 255) }],
  ])('%s keeps the addresses of the socket', (_, parts) => {
    const header = proxyBlock(parts);
    expect(readProxyHeader(header)).toEqual({ ...silent, length: header.length });
    expect(referenceProxyHeader(header)).toMatchObject({ from: undefined });
  });

  test.each([
    ['extensions', { tlvs: [tlv(4, Buffer.alloc(9)), tlv(0x20, Buffer.alloc(0))] }],
    ['a checksum that is right', { sum: 'right' }],
    ['a checksum among others', { tlvs: [tlv(4, Buffer.alloc(9))], sum: 'right' }],
    ['as much as may be', { tlvs: [tlv(4, Buffer.alloc(MOST_PROXY_BYTES - 28 - 3))] }],
  ] as const)('%s are let pass', (_, parts) => {
    const header = proxyBlock(parts);
    expect(readProxyHeader(header)).toMatchObject({ length: header.length });
  });

  test.each([
    ['another version', { command: 0x11 }],
    ['another command', { command: 0x22 }],
    ['another family', { family: 0x41 }],
    ['a datagram', { family: 0x12 }],
    ['a family without transport', { family: 0x10 }],
    ['too little for its addresses', { addresses: IPV4_ADDRESSES.subarray(1) }],
    ['too little for its family', { family: 0x21 }],
    ['a checksum that is wrong', { sum: 'wrong' }],
    ['two checksums', { tlvs: [tlv(3, Buffer.alloc(4))], sum: 'right' }],
    ['a checksum of another length', { tlvs: [tlv(3, Buffer.alloc(5))] }],
    ['an extension that is cut off', { tlvs: [tlv(4, Buffer.alloc(9)).subarray(0, 11)] }],
    ['an extension without length', { tlvs: [Buffer.of(4, 0)] }],
    ['more than may be', { tlvs: [tlv(4, Buffer.alloc(MOST_PROXY_BYTES - 28 - 2))] }],
  ] as const)('%s is refused', (_, parts) => {
    const header = proxyBlock(parts);
    expect(readProxyHeader(header)).toBe('refused');
    expect(referenceProxyHeader(header)).toBeUndefined();
  });

  test('what is said to be too long is refused before it comes', () => {
    expect(readProxyHeader(proxyBlock({ length: 65_535 }).subarray(0, 16))).toBe('refused');
  });
});

test('the checksum is the one that everybody knows', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

/** Bytes near a header: a right one, bent in places. */
const nearHeader = fc
  .tuple(
    fc.constantFrom(
      text('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'),
      text('PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 0 65535\r\n'),
      text('PROXY UNKNOWN what ever\r\n'),
      proxyBlock(),
      proxyBlock({ command: 0x20 }),
      proxyBlock({ sum: 'right', tlvs: [tlv(4, Buffer.alloc(3))] }),
      proxyBlock({ family: 0x21, addresses: Buffer.alloc(36, 0xab), sum: 'right' }),
      proxyBlock({ family: 0x31, addresses: Buffer.alloc(216, 0x2f) }),
      proxyBlock({ family: 0, addresses: Buffer.alloc(5) }),
    ),
    fc.array(fc.tuple(fc.nat(260), fc.nat(255)), { maxLength: 3 }),
    fc.uint8Array({ maxLength: 20 }),
    fc.nat(400),
  )
  .map(([header, changes, more, length]) => {
    const bytes = Buffer.concat([header, more]);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes.subarray(0, bytes.length - (length > 300 ? length - 300 : 0));
  });
const anyBytes = fc.oneof(
  { weight: 6, arbitrary: nearHeader },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.constantFrom(
          'PROXY',
          'TCP4',
          'TCP6',
          'UNKNOWN',
          ' ',
          '1.2.3.4',
          '::1',
          '0',
          '65536',
          '\r\n',
        ),
        { maxLength: 12 },
      )
      .map((words) => text(words.join(''))),
  },
);

test('whatever comes, nothing is taken that the reference refuses, and it says the same', () => {
  let taken = 0;
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const ours = readProxyHeader(bytes);
      const theirs = referenceProxyHeader(bytes);
      if (typeof ours === 'string') return void expect(theirs).toBeUndefined();
      taken++;
      const end = (one: ProxyHeader['source']): string | undefined => {
        if (!one) return undefined;
        const isPath = bytes[0] === 0x0d && bytes[13] === 0x31;
        return `${isPath ? one.address : group(one.address)}|${one.port}`;
      };
      expect({ from: end(ours.source), to: end(ours.destination), length: ours.length }).toEqual(
        theirs,
      );
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test('in whatever pieces it comes, the outcome is the same, and never changes again', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const whole = readProxyHeader(bytes);
      let first: ReturnType<typeof readProxyHeader> = 'more';
      for (let end = 0; end <= bytes.length && first === 'more'; end++) {
        first = readProxyHeader(bytes.subarray(0, end));
        if (typeof first !== 'string') expect(first.length).toBe(end);
      }
      expect(first).toEqual(whole);
    }),
    { numRuns: 3000 },
  );
});
