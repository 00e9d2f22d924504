/** The head of an answer as node:http2 takes it: names in lower case, nothing in it that HTTP/2 does not know. */
import type { OutgoingHttpHeaders } from 'node:http2';
import { InvalidHeaderError } from '../errors.ts';
import { saidLength } from '../message-writer/said-length.ts';
import { isTokenText, isValueText } from '../message-reader/syntax.ts';

/** Headers of a single connection, which HTTP/2 has not (RFC 9113 section 8.2.2). */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The head of an answer. */
export interface Http2AnswerHead {
  readonly headers: OutgoingHttpHeaders;
  /** The length that the headers give, or -1. It is not among them. */
  readonly contentLength: number;
}

/**
 * Names and values in turn as a record.
 *
 * @throws InvalidHeaderError for a name that is no token, or a value with a control character
 */
export function http2Headers(raw: readonly string[]): Http2AnswerHead {
  const headers = Object.create(null) as Record<string, string | string[]>;
  let contentLength = -1;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    if (typeof name !== 'string' || !isTokenText(name)) throw new InvalidHeaderError('name', name);
    if (!isValueText(value)) throw new InvalidHeaderError(`value of ${name}`, value);
    const lower = name.toLowerCase();
    if (lower === 'content-length') contentLength = saidLength(contentLength, name, value);
    else if (!HOP_HEADERS.has(lower)) add(headers, lower, value);
  }
  return { headers, contentLength };
}

/** What stands there twice is joined by a comma, which is the same (RFC 9110 section 5.3); only cookies must be kept apart. */
function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  if (name === 'set-cookie') {
    if (Array.isArray(before)) before.push(value);
    else headers[name] = [value];
  } else headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
}
