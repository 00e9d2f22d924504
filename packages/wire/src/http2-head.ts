/** Reads the head of a request that came by HTTP/2, under the same rules as one of HTTP/1. */
import { RefusedMessageError } from './errors.ts';
import type { Fields } from './fields.ts';
import type { Limits } from './limits.ts';
import { readRequestHead } from './request-head.ts';
import { isTokenText, isValueText } from './syntax.ts';

/** The head of a request. */
export interface Http2Head {
  readonly method: string;
  /** The `:path`. */
  readonly target: string;
  readonly fields: Fields;
}

/** Headers that belong to a connection of HTTP/1 (RFC 9113 section 8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values of a head, sorted out. */
interface Parts {
  readonly pseudo: Map<string, string>;
  readonly lines: string[];
  hasHost: boolean;
}

/**
 * Reads names and values in turn, pseudo-headers among them. It is put into the form of HTTP/1 and read by the reader for that, so that
 * nothing is let in by one door that the other refuses.
 *
 * @throws RefusedMessageError for a head that breaks a rule
 */
export function readHttp2Head(raw: readonly string[], limits: Limits): Http2Head {
  const { pseudo, lines, hasHost } = partsOf(raw);
  const method = pseudo.get(':method') ?? '';
  const target = pseudo.get(':path') ?? '';
  const authority = pseudo.get(':authority');
  if (!isTokenText(method)) throw new RefusedMessageError('REQUEST_LINE_MALFORMED');
  if (method === 'CONNECT') throw new RefusedMessageError('METHOD_NOT_SERVED');
  if (!/^[\x21-\x7e]*$/.test(target)) throw new RefusedMessageError('TARGET_MALFORMED');
  if (!/^https?$/i.test(pseudo.get(':scheme') ?? '') || !/^(?:\/|\*$)/.test(target)) {
    throw new RefusedMessageError('TARGET_FORM');
  }
  if (authority !== undefined && !hasHost) lines.unshift(`host: ${authority}\r\n`);
  const text = `${method} ${target} HTTP/1.1\r\n${lines.join('')}`;
  if (text.length > limits.maxHeadBytes) {
    const isLine = text.indexOf('\r\n') > limits.maxLineBytes;
    throw new RefusedMessageError(isLine ? 'REQUEST_LINE_TOO_LONG' : 'HEAD_TOO_LARGE');
  }
  const { fields } = readRequestHead(text, limits);
  if (authority !== undefined && authority.toLowerCase() !== fields.host?.toLowerCase()) {
    throw new RefusedMessageError('HOST_MISMATCH');
  }
  return { method, target, fields };
}

function partsOf(raw: readonly string[]): Parts {
  const parts: Parts = { pseudo: new Map(), lines: [], hasHost: false };
  const { pseudo, lines } = parts;
  let cookie = '';
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    // Nothing that could pass for more than one line becomes a line.
    if (!isValueText(value)) throw new RefusedMessageError('HEADER_VALUE_MALFORMED');
    if (name.startsWith(':')) {
      pseudo.set(name, value);
      continue;
    }
    checkName(name, value);
    if (name === 'host') parts.hasHost = true;
    // A client may send each cookie by itself (RFC 9113 section 8.2.3), where HTTP/1 has them in one header.
    if (name === 'cookie') cookie += cookie === '' ? value : `; ${value}`;
    else lines.push(`${name}: ${value}\r\n`);
  }
  if (cookie !== '') lines.push(`cookie: ${cookie}\r\n`);
  return parts;
}

function checkName(name: string, value: string): void {
  if (!isTokenText(name)) throw new RefusedMessageError('HEADER_NAME_MALFORMED');
  const isMisplaced =
    CONNECTION_HEADERS.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers');
  if (isMisplaced) throw new RefusedMessageError('CONNECTION_HEADER_FORBIDDEN');
}
