/** Writes heads from parts. What says where a message ends is written by the one who ends it; what could split a message is refused. */
import { InvalidHeaderError } from '../errors.ts';
import { isTokenText, isValueText } from '../message-reader/syntax.ts';
import { saidLength } from './said-length.ts';
import { STATUS_TEXTS } from './status-texts.ts';

/** What a name means to the one who writes heads. */
const ORDINARY = 0;
/** About one connection only: whoever writes the head decides. */
const HOP = 1;
const CONTENT_LENGTH = 2;
const CONNECTION = 3;
const DATE = 4;

const KINDS: ReadonlyMap<string, number> = new Map([
  ['connection', CONNECTION],
  ['content-length', CONTENT_LENGTH],
  ['date', DATE],
  ['http2-settings', HOP],
  ['keep-alive', HOP],
  ['proxy-connection', HOP],
  ['te', HOP],
  ['trailer', HOP],
  ['transfer-encoding', HOP],
  ['upgrade', HOP],
]);

/** Spellings whose kind is known. Bounded in number and length, as strangers choose them. */
const known = new Map<string, number>();
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;

/** Header lines as text, and what was left out of them. */
export class HeaderLines {
  /** Each line with its CRLF. */
  text = '';
  /** The length that the headers give, or -1. */
  contentLength = -1;
  /** True if the headers ask for the connection to be closed. */
  closes = false;
  hasDate = false;
}

/**
 * Lines for names and values in turn. Headers of a single connection are left out; `Content-Length` is told, not written.
 *
 * @throws InvalidHeaderError for a name that is no token or has no value, a value with a control character, or lengths that differ
 */
export function headerLines(raw: readonly string[]): HeaderLines {
  const lines = new HeaderLines();
  let { text } = lines;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    const kind = known.get(name) ?? kindOf(name);
    if (!isValueText(value)) throw new InvalidHeaderError(`value of ${name}`, value);
    if (kind === ORDINARY) text += `${name}: ${value}\r\n`;
    else if (kind === DATE) {
      lines.hasDate = true;
      text += `${name}: ${value}\r\n`;
    } else if (kind === CONTENT_LENGTH)
      lines.contentLength = saidLength(lines.contentLength, name, value);
    else if (kind === CONNECTION) lines.closes ||= /(?:^|[\s,])close(?:$|[\s,])/i.test(value);
  }
  lines.text = text;
  return lines;
}

/** Lines for trailers: names and values in turn, without those that come too late there. */
export function trailerLines(raw: readonly string[]): string {
  return headerLines(raw).text.replaceAll(/^host:.*\r\n/gim, '');
}

/** The first line of a response. */
export function statusLine(status: number): string {
  return (STATUS_LINES[status] ??= `HTTP/1.1 ${status} ${STATUS_TEXTS[status] ?? 'Unknown'}\r\n`);
}

const STATUS_LINES: string[] = [];

function kindOf(name: string): number {
  if (typeof name !== 'string' || !isTokenText(name)) throw new InvalidHeaderError('name', name);
  const kind = KINDS.get(name.toLowerCase()) ?? ORDINARY;
  if (known.size < MOST_KNOWN && name.length <= LONGEST_KNOWN) {
    // A copy: the name may be part of a whole head, which would be kept with it.
    known.set(Buffer.from(name, 'latin1').toString('latin1'), kind);
  }
  return kind;
}
