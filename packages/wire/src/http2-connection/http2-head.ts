/** Reads the head of a request that came by HTTP/2, under the same rules as one of HTTP/1. */
import { RefusedMessageError } from '../errors.ts';
import type { Fields } from '../message-reader/fields.ts';
import type { Limits } from '../message-reader/limits.ts';
import { readRequestHead } from '../message-reader/request-head.ts';
import { COLON } from '../message-reader/syntax.ts';

/** The head of a request. */
export interface Http2Head {
  readonly method: string;
  /** The `:path`. */
  readonly target: string;
  readonly version: '2.0';
  readonly fields: Fields;
}

const SLASH = 0x2f;

/** Headers that belong to a connection of HTTP/1 (RFC 9113 section 8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values of a head, sorted out. */
class Parts {
  method = '';
  scheme = '';
  path = '';
  authority: string | undefined = undefined;
  cookie: string | undefined = undefined;
  hasHost = false;
  /** The lines of the other headers, as HTTP/1 would have them. */
  lines = '';
  count = 0;
}

/**
 * Reads names and values in turn, pseudo-headers among them. It is put into the form of HTTP/1 and read by the reader for that, so that
 * nothing is let in by one door that the other refuses.
 *
 * @throws RefusedMessageError for a head that breaks a rule
 */
export function readHttp2Head(raw: readonly string[], limits: Limits): Http2Head {
  const parts = partsOf(raw);
  const { method, scheme, path, authority } = parts;
  if (method === 'CONNECT') throw new RefusedMessageError('METHOD_NOT_SERVED');
  if (!isScheme(scheme) || (path.charCodeAt(0) !== SLASH && path !== '*')) {
    throw new RefusedMessageError('TARGET_FORM');
  }
  const text = `${method} ${path} HTTP/1.1\r\n${parts.lines}`;
  if (text.length > limits.maxHeadBytes) {
    const isLine = text.indexOf('\r\n') > limits.maxLineBytes;
    throw new RefusedMessageError(isLine ? 'REQUEST_LINE_TOO_LONG' : 'HEAD_TOO_LARGE');
  }
  const head = readRequestHead(text, limits);
  const { fields } = head;
  // What came as one must not have become two.
  if (head.method !== method || head.target !== path) {
    throw new RefusedMessageError('REQUEST_LINE_MALFORMED');
  }
  if (fields.raw.length !== parts.count * 2) {
    throw new RefusedMessageError('HEADER_VALUE_MALFORMED');
  }
  if (authority !== undefined && authority.toLowerCase() !== fields.host?.toLowerCase()) {
    throw new RefusedMessageError('HOST_MISMATCH');
  }
  return { method, target: path, version: '2.0', fields };
}

function partsOf(raw: readonly string[]): Parts {
  const parts = new Parts();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    if (name.charCodeAt(0) === COLON) notePseudo(parts, name, value);
    else if (name === 'cookie') {
      // A client may send each cookie by itself (RFC 9113 section 8.2.3), where HTTP/1 has them in one header.
      parts.cookie = parts.cookie === undefined ? value : `${parts.cookie}; ${value}`;
    } else {
      checkName(name, value);
      parts.hasHost ||= name === 'host';
      add(parts, name, value);
    }
  }
  const { authority, cookie, hasHost } = parts;
  if (cookie !== undefined) add(parts, 'cookie', cookie);
  if (authority !== undefined && !hasHost) {
    const others = parts.lines;
    parts.lines = '';
    add(parts, 'host', authority);
    parts.lines += others;
  }
  return parts;
}

function notePseudo(parts: Parts, name: string, value: string): void {
  if (name === ':method') parts.method = value;
  else if (name === ':path') parts.path = value;
  else if (name === ':scheme') parts.scheme = value;
  else if (name === ':authority') parts.authority = value;
  else throw new RefusedMessageError('HEADER_NAME_MALFORMED');
}

function add(parts: Parts, name: string, value: string): void {
  parts.lines += `${name}: ${value}\r\n`;
  parts.count++;
}

function checkName(name: string, value: string): void {
  if (name.includes(':')) throw new RefusedMessageError('HEADER_NAME_MALFORMED');
  const isMisplaced =
    CONNECTION_HEADERS.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers');
  if (isMisplaced) throw new RefusedMessageError('CONNECTION_HEADER_FORBIDDEN');
}

function isScheme(text: string): boolean {
  return text === 'https' || text === 'http' || /^https?$/i.test(text);
}
