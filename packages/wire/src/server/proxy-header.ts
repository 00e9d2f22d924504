/** Reads the header of the PROXY protocol, versions 1 and 2, in which a load balancer says whose connection it hands on. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { crc32c } from './crc32c.ts';
import { foldedAddress } from '../exchange/ends.ts';
import type { Endpoint } from '../exchange/exchange.ts';

/** What a PROXY header says. */
export interface ProxyHeader {
  /** Who has connected to the load balancer; `undefined` if it does not say, or speaks for itself. */
  readonly source: Endpoint | undefined;
  /** To which address. */
  readonly destination: Endpoint | undefined;
  /** Bytes of the header; what comes behind belongs to the connection. */
  readonly length: number;
}

/** Bytes that a header of version 2 may have in all. */
export const MOST_PROXY_BYTES = 4096;

const MOST_TEXT_BYTES = 107;
const TEXT_START = Buffer.from('PROXY ');
const BINARY_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const BINARY_HEAD_BYTES = 16;
const CR = 0x0d;
const LF = 0x0a;

const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX_STREAM = 0x31;
const CHECKSUM = 0x03;

/** Bytes of both addresses with their ports, by the family. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [TCP6, 36],
  [UNIX_STREAM, 216],
]);

const UNKNOWN_LINE = /^PROXY UNKNOWN(?: [\x20-\x7e]*)?$/;
const ADDRESS_LINE = /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (\d{1,5}) (\d{1,5})$/;

/** Reads the header at the start of `bytes`: `'more'` if it is not all there yet, `'refused'` if it can be none any more. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'more' | 'refused' {
  if (startsAlike(bytes, BINARY_START)) {
    return bytes.length < BINARY_START.length ? 'more' : readBinary(bytes);
  }
  if (!startsAlike(bytes, TEXT_START)) return 'refused';
  return bytes.length < TEXT_START.length ? 'more' : readText(bytes);
}

/** True if the one is the beginning of the other. */
function startsAlike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

// Version 1: one line of text.

function readText(bytes: Buffer): ProxyHeader | 'more' | 'refused' {
  const most = Math.min(bytes.length, MOST_TEXT_BYTES);
  let at = TEXT_START.length;
  while (at < most && (bytes[at] as number) >= 0x20 && (bytes[at] as number) <= 0x7e) at++;
  if (at === MOST_TEXT_BYTES) return 'refused';
  if (at === bytes.length) return 'more';
  if (bytes[at] !== CR || at + 1 === MOST_TEXT_BYTES) return 'refused';
  if (at + 1 === bytes.length) return 'more';
  if (bytes[at + 1] !== LF) return 'refused';
  return readLine(bytes.toString('latin1', 0, at)) ?? 'refused';
}

function readLine(line: string): ProxyHeader | undefined {
  const length = line.length + 2;
  if (UNKNOWN_LINE.test(line)) return { source: undefined, destination: undefined, length };
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = ADDRESS_LINE.exec(line) ?? [];
  const isAddress = family === '4' ? isIPv4 : isIPv6;
  if (family === undefined || !isAddress(from) || !isAddress(to)) return undefined;
  if (!isPort(fromPort) || !isPort(toPort)) return undefined;
  return {
    source: { address: plainAddress(from), port: Number(fromPort) },
    destination: { address: plainAddress(to), port: Number(toPort) },
    length,
  };
}

const isPort = (digits: string): boolean => digits === String(Number(digits)) && +digits <= 65_535;

// Version 2: binary.

function readBinary(bytes: Buffer): ProxyHeader | 'more' | 'refused' {
  const command = bytes[12];
  if (command === undefined) return 'more';
  if (command !== LOCAL && command !== PROXY) return 'refused';
  const family = bytes[13];
  if (family === undefined) return 'more';
  // What a load balancer says of its own connections is not looked at, not even the family.
  const addressBytes = command === LOCAL ? 0 : ADDRESS_BYTES.get(family);
  if (addressBytes === undefined) return 'refused';
  if (bytes.length < BINARY_HEAD_BYTES) return 'more';
  const length = BINARY_HEAD_BYTES + bytes.readUInt16BE(14);
  if (length > MOST_PROXY_BYTES || length < BINARY_HEAD_BYTES + addressBytes) return 'refused';
  if (bytes.length < length) return 'more';
  if (addressBytes === 0) return { source: undefined, destination: undefined, length };
  const header = bytes.subarray(0, length);
  if (!areExtensionsWhole(header, BINARY_HEAD_BYTES + addressBytes)) return 'refused';
  return { ...addressesOf(header, family), length };
}

function addressesOf(
  header: Buffer,
  family: number,
): { readonly source: Endpoint; readonly destination: Endpoint } {
  if (family === UNIX_STREAM) {
    return {
      source: { address: pathOf(header.subarray(16, 124)), port: 0 },
      destination: { address: pathOf(header.subarray(124, 232)), port: 0 },
    };
  }
  const size = family === TCP4 ? 4 : 16;
  const from = header.subarray(16, 16 + size);
  const to = header.subarray(16 + size, 16 + 2 * size);
  return {
    source: { address: textOf(from), port: header.readUInt16BE(16 + 2 * size) },
    destination: { address: textOf(to), port: header.readUInt16BE(18 + 2 * size) },
  };
}

function pathOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}

function textOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return plainAddress(groups.join(':'));
}

/** An address as everybody writes it: IPv6 at its shortest, and IPv4 without the dress that it wears in IPv6. */
function plainAddress(address: string): string {
  if (isIPv4(address)) return address;
  return foldedAddress(new SocketAddress({ address, family: 'ipv6' }).address);
}

/** Type, length and value, one behind the other to the very end. A checksum among them must be right. */
function areExtensionsWhole(header: Buffer, from: number): boolean {
  let at = from;
  let checksumAt: number | undefined;
  while (at < header.length) {
    if (at + 3 > header.length) return false;
    const size = header.readUInt16BE(at + 1);
    if (header[at] === CHECKSUM) {
      if (size !== 4 || checksumAt !== undefined) return false;
      checksumAt = at + 3;
    }
    at += 3 + size;
  }
  if (at !== header.length) return false;
  return checksumAt === undefined || isChecksumRight(header, checksumAt);
}

function isChecksumRight(header: Buffer, at: number): boolean {
  const blank = Buffer.from(header);
  blank.fill(0, at, at + 4);
  return crc32c(blank) === header.readUInt32BE(at);
}
