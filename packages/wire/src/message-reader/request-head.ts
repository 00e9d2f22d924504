/** Reads the head of a request, and refuses what two readers could understand differently. */
import { isIPv6 } from 'node:net';
import { RefusedMessageError } from '../errors.ts';
import { type Fields, readFields, UPGRADE } from './fields.ts';
import { CR, LF, SP, TARGET, TOKEN } from './syntax.ts';

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** What the request line names, as it came. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly fields: Fields;
}

/** How large a head may be. */
export interface HeadLimits {
  /** Bytes of the request line or status line, without CRLF. */
  readonly maxLineBytes: number;
  /** Bytes of the head, without the empty line. */
  readonly maxHeadBytes: number;
  readonly maxHeaders: number;
}

/**
 * A host as a name, an IPv4 address or an IP literal, with an optional port (RFC 3986 section 3.2.2). A comma could stand in a name, but it is
 * what two hosts that someone has joined have between them.
 */
const HOST =
  /^(?:[\w\-.~!$&'()*+;=%]+|\[(?:([0-9A-Fa-f:.]+)|[vV][0-9A-Fa-f]+\.[\w\-.~!$&'()*+;=:]+)\])(?::(\d{0,5}))?$/;
const MOST_PORT = 65_535;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const ABSOLUTE = /^https?:\/\/([^/?]*)/i;
const SLASH = 0x2f;

/**
 * Reads the text of a head, whose last line ends with CRLF.
 *
 * @throws RefusedMessageError for a head that breaks a rule
 */
export function readRequestHead(text: string, limits: HeadLimits): RequestHead {
  let at = 0;
  let code = text.charCodeAt(0);
  while (TOKEN[code]) code = text.charCodeAt(++at);
  if (code !== SP || at === 0) throw lineFault(code);
  const method = text.slice(0, at);
  const targetStart = ++at;
  code = text.charCodeAt(at);
  while (TARGET[code]) code = text.charCodeAt(++at);
  if (code !== SP || at === targetStart) throw targetFault(code, at === targetStart);
  const target = text.slice(targetStart, at);
  const version = readVersion(text, at + 1);
  if (at + 9 > limits.maxLineBytes) throw new RefusedMessageError('REQUEST_LINE_TOO_LONG');
  if (method === 'CONNECT' || method === 'TRACE')
    throw new RefusedMessageError('METHOD_NOT_SERVED');
  const fields = readFields(text, at + 11, limits.maxHeaders);
  checkHost(fields.host, version, target, method);
  checkFraming(fields, version);
  return { method, target, version, fields };
}

/** Eight characters and CRLF. */
function readVersion(text: string, at: number): '1.0' | '1.1' {
  if (text.startsWith('HTTP/1.1\r\n', at)) return '1.1';
  if (text.startsWith('HTTP/1.0\r\n', at)) return '1.0';
  const line = text.slice(at, lineEnd(text, at));
  if (/^HTTP\/\d\.\d$/.test(line)) {
    const code = text.charCodeAt(at + 8);
    if (code === LF) throw new RefusedMessageError('BARE_LF');
    if (text.charCodeAt(at + 9) !== LF) throw new RefusedMessageError('BARE_CR');
    throw new RefusedMessageError('VERSION_NOT_SPOKEN');
  }
  const isSpaced = /\s/.test(line);
  throw new RefusedMessageError(isSpaced ? 'REQUEST_LINE_MALFORMED' : 'VERSION_MALFORMED');
}

function lineEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === CR || code === LF || Number.isNaN(code)) return at;
    at++;
  }
}

function checkHost(
  host: string | undefined,
  version: string,
  target: string,
  method: string,
): void {
  if (host === undefined) {
    if (version === '1.1') throw new RefusedMessageError('HOST_MISSING');
  } else if (!isHost(host)) throw new RefusedMessageError('HOST_MALFORMED');
  if (target.charCodeAt(0) === SLASH) return;
  if (target === '*' && method === 'OPTIONS') return;
  const authority = ABSOLUTE.exec(target)?.[1];
  if (authority === undefined || !isHost(authority)) throw new RefusedMessageError('TARGET_FORM');
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase()) {
    throw new RefusedMessageError('HOST_MISMATCH');
  }
}

let lastHost: string | undefined;

/** True for a host with an optional port. The last one that was right is remembered: most requests name the same. */
function isHost(text: string): boolean {
  if (text === lastHost) return true;
  const found = HOST.exec(text);
  if (!found || BAD_ESCAPE.test(text)) return false;
  const [, ipv6, port] = found;
  if ((ipv6 !== undefined && !isIPv6(ipv6)) || Number(port ?? 0) > MOST_PORT) return false;
  lastHost = text;
  return true;
}

function checkFraming(fields: Fields, version: string): void {
  if (fields.isChunked) {
    if (version === '1.0') throw new RefusedMessageError('TRANSFER_ENCODING_TOO_OLD');
    if (fields.contentLength >= 0) throw new RefusedMessageError('TRANSFER_ENCODING_AND_LENGTH');
  }
  // In HTTP/1.0 there was no Expect, and a server has to ignore it.
  if (fields.expect === undefined || version === '1.0') return;
  if (fields.expect.toLowerCase() !== '100-continue') {
    throw new RefusedMessageError('EXPECTATION_UNKNOWN');
  }
}

/** The protocol that a request asks to switch to, if it may. A body would have to come first, so there is none. */
export function upgradeOf({ version, fields }: RequestHead): string | undefined {
  const { connection, upgrade, isChunked, contentLength } = fields;
  if (upgrade === undefined || !(connection & UPGRADE) || version === '1.0') return undefined;
  return isChunked || contentLength > 0 ? undefined : upgrade;
}

function lineFault(code: number): RefusedMessageError {
  return new RefusedMessageError(code === LF ? 'BARE_LF' : 'REQUEST_LINE_MALFORMED');
}

function targetFault(code: number, isEmpty: boolean): RefusedMessageError {
  if (code === LF) return new RefusedMessageError('BARE_LF');
  const isLineFault = isEmpty || code === CR || Number.isNaN(code);
  return new RefusedMessageError(isLineFault ? 'REQUEST_LINE_MALFORMED' : 'TARGET_MALFORMED');
}
