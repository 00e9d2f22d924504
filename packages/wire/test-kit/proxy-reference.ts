/** A second reader of PROXY headers, as simple as can be and with no code of the one it examines: it is only ever given all bytes at once. */
import { isIPv4, isIPv6 } from 'node:net';

/** What a header says: who, whom, and how long it is. */
export interface ReferenceHeader {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly length: number;
}

/** Reads the header at the start of `bytes`; `undefined` if there is no whole and right one. */
export function referenceProxyHeader(bytes: Buffer): ReferenceHeader | undefined {
  return bytes[0] === 0x50 ? readLine(bytes.toString('latin1')) : readBlock(bytes);
}

function readLine(text: string): ReferenceHeader | undefined {
  const end = text.indexOf('\r\n');
  if (end < 0 || end + 2 > 107) return undefined;
  const line = text.slice(0, end);
  const length = end + 2;
  if (/[^ -~]/.test(line)) return undefined;
  const [word, family, from = '', to = '', fromPort = '', toPort = '', ...more] = line.split(' ');
  if (word !== 'PROXY') return undefined;
  if (family === 'UNKNOWN') return { from: undefined, to: undefined, length };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  const isRight =
    more.length === 0 &&
    [from, to].every((address) => isAddress(address) && !address.includes('%')) &&
    [fromPort, toPort].every((port) => /^(?:0|[1-9]\d{0,4})$/.test(port) && Number(port) < 65_536);
  if (!isRight) return undefined;
  return { from: `${group(from)}|${fromPort}`, to: `${group(to)}|${toPort}`, length };
}

function readBlock(bytes: Buffer): ReferenceHeader | undefined {
  if (bytes.length < 16) return undefined;
  if (bytes.toString('hex', 0, 12) !== '0d0a0d0a000d0a515549540a') return undefined;
  const length = 16 + bytes.readUInt16BE(14);
  if (length > 4096 || bytes.length < length) return undefined;
  const silent = { from: undefined, to: undefined, length };
  const command = bytes.toString('hex', 12, 13);
  if (command === '20') return silent;
  if (command !== '21') return undefined;
  const block = bytes.subarray(16, length);
  const family = bytes.toString('hex', 13, 14);
  if (family === '00') return silent;
  const size = { '11': 12, '21': 36, '31': 216 }[family];
  if (
    size === undefined ||
    block.length < size ||
    !areTlvsRight(bytes.subarray(0, length), 16 + size)
  ) {
    return undefined;
  }
  if (family === '31') {
    const path = (at: number): string =>
      block.toString('latin1', at, at + 108).split('\0')[0] ?? '';
    return { from: `${path(0)}|0`, to: `${path(108)}|0`, length };
  }
  const width = (size - 4) / 2;
  const end = (at: number, port: number): string =>
    `${group(block.subarray(at, at + width))}|${block.readUInt16BE(port)}`;
  return { from: end(0, 2 * width), to: end(width, 2 * width + 2), length };
}

/** Every address as the hexadecimal digits of its sixteen bytes. */
export function group(address: string | Buffer): string {
  if (typeof address !== 'string') {
    return address.length === 16
      ? address.toString('hex')
      : `${'0'.repeat(20)}ffff${address.toString('hex')}`;
  }
  if (isIPv4(address)) return group(Buffer.from(address.split('.').map(Number)));
  let text = address;
  const dotted = /[\d.]+$/.exec(text)?.[0] ?? '';
  if (dotted.includes('.')) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
    const last = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    text = text.slice(0, -dotted.length) + last;
  }
  const [left = '', right] = text.split('::');
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = words(left);
  const after = right === undefined ? [] : words(right);
  const gap = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...gap, ...after].map((word) => word.toLowerCase().padStart(4, '0')).join('');
}

function areTlvsRight(header: Buffer, from: number): boolean {
  let rest = header.subarray(from);
  let sums = 0;
  while (rest.length > 0) {
    if (rest.length < 3) return false;
    const end = 3 + rest.readUInt16BE(1);
    if (rest.length < end) return false;
    if (rest[0] === 3) {
      sums++;
      const at = header.length - rest.length + 3;
      if (end !== 7 || sums > 1 || !isSumRight(header, at)) return false;
    }
    rest = rest.subarray(end);
  }
  return true;
}

function isSumRight(header: Buffer, at: number): boolean {
  const blank = Buffer.concat([header.subarray(0, at), Buffer.alloc(4), header.subarray(at + 4)]);
  return bitwiseCrc32c(blank) === header.readUInt32BE(at);
}

/** Bit by bit, as the polynomial is written. */
export function bitwiseCrc32c(bytes: Uint8Array): number {
  let rest = 0xffffffffn;
  for (const byte of bytes) {
    rest ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) rest = rest & 1n ? (rest >> 1n) ^ 0x82f63b78n : rest >> 1n;
  }
  return Number(rest ^ 0xffffffffn);
}
