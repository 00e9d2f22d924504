/** Reads the header lines of a head: every name and value as it came, and what they say of framing and connection. */
import { RefusedMessageError } from '../errors.ts';
import { COLON, CR, isToken, LF, SP, TAB, TOKEN, VALUE } from './syntax.ts';

/** What `Connection` says, as bits. */
export const CLOSE = 1;
export const KEEP_ALIVE = 2;
export const UPGRADE = 4;

/** Header lines, read. */
export class Fields {
  /** Names and values in turn, as they came. */
  readonly raw: string[] = [];
  host: string | undefined = undefined;
  /** The length of the body; -1 if none is given. */
  contentLength = -1;
  isChunked = false;
  /** What `Connection` says: `CLOSE`, `KEEP_ALIVE` and `UPGRADE`, added up. */
  connection = 0;
  expect: string | undefined = undefined;
  upgrade: string | undefined = undefined;
  /** Seconds that the other end says it keeps an idle connection; -1 if it does not say. */
  keepAliveSeconds = -1;
}

/**
 * Reads header lines from `at` to the end of `text`, where the last line ends with CRLF.
 *
 * @throws RefusedMessageError for lines that break a rule
 */
export function readFields(text: string, at: number, most: number): Fields {
  const fields = new Fields();
  const { raw } = fields;
  const end = text.length;
  let from = at;
  while (from < end) {
    let here = from;
    let code = text.charCodeAt(here);
    while (TOKEN[code]) code = text.charCodeAt(++here);
    if (code !== COLON || here === from) throw nameFault(code, here === from);
    const nameEnd = here;
    code = text.charCodeAt(++here);
    while (code === SP || code === TAB) code = text.charCodeAt(++here);
    const valueStart = here;
    while (VALUE[code]) code = text.charCodeAt(++here);
    if (code !== CR || text.charCodeAt(here + 1) !== LF) throw valueFault(code);
    const valueEnd = trimmedEnd(text, valueStart, here);
    const value = text.slice(valueStart, valueEnd);
    raw.push(text.slice(from, nameEnd), value);
    if (raw.length > most * 2) throw new RefusedMessageError('TOO_MANY_HEADERS');
    note(fields, text, { from, length: nameEnd - from, value, valueEnd, end: here });
    from = here + 2;
  }
  return fields;
}

const isBlank = (code: number): boolean => code === SP || code === TAB;

/** Where `text` ends without the blanks at its end. */
function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

/** A name with its value, where it stands. */
interface Line {
  readonly from: number;
  readonly length: number;
  readonly value: string;
  readonly valueEnd: number;
  /** Where the CRLF is. */
  readonly end: number;
}

/** Keeps what a line says of framing and connection; the length of the name rules nearly all lines out. */
function note(fields: Fields, text: string, line: Line): void {
  const { from, length, value } = line;
  switch (length) {
    case 4:
      if (!isToken(text, from, 'host')) return;
      if (fields.host !== undefined) throw new RefusedMessageError('HOST_REPEATED');
      fields.host = value;
      return;
    case 6:
      if (isToken(text, from, 'expect')) fields.expect = joined(fields.expect, value);
      return;
    case 7:
      if (isToken(text, from, 'upgrade')) fields.upgrade = joined(fields.upgrade, value);
      return;
    case 10:
      if (isToken(text, from, 'connection')) fields.connection |= connectionBits(value);
      else if (isToken(text, from, 'keep-alive')) fields.keepAliveSeconds = secondsOf(value);
      return;
    case 14:
      if (isToken(text, from, 'content-length')) noteLength(fields, framingOf(text, line));
      return;
    case 17:
      if (isToken(text, from, 'transfer-encoding')) noteCoding(fields, framingOf(text, line));
      return;
    default:
  }
}

/** The value of a line that says where a message ends. There are readers that do not take a tab behind it for a blank: for them it is part. */
function framingOf(text: string, { value, valueEnd, end }: Line): string {
  const blanks = text.slice(valueEnd, end);
  return blanks.includes('\t') ? value + blanks : value;
}

function noteLength(fields: Fields, value: string): void {
  if (fields.contentLength >= 0) throw new RefusedMessageError('CONTENT_LENGTH_REPEATED');
  const length = wholeNumber(value);
  if (length < 0) throw new RefusedMessageError('CONTENT_LENGTH_MALFORMED');
  fields.contentLength = length;
}

/** The number that decimal digits make; -1 for anything else, and for what cannot be counted exactly. */
function wholeNumber(text: string): number {
  // 16 digits can hold more than 2^53 - 1, the most that is exact.
  if (text.length === 0 || text.length > 16) return -1;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : -1;
}

function noteCoding(fields: Fields, value: string): void {
  if (fields.isChunked) throw new RefusedMessageError('TRANSFER_ENCODING_REPEATED');
  if (value.length !== 7 || !isToken(value, 0, 'chunked')) {
    const isList = value.includes(',') || value === '';
    throw new RefusedMessageError(
      isList ? 'TRANSFER_ENCODING_REPEATED' : 'TRANSFER_ENCODING_UNKNOWN',
    );
  }
  fields.isChunked = true;
}

function connectionBits(value: string): number {
  if (value === 'keep-alive') return KEEP_ALIVE;
  if (value === 'close') return CLOSE;
  let bits = 0;
  for (const item of value.split(',')) {
    const option = trimmed(item).toLowerCase();
    if (option === 'close') bits |= CLOSE;
    else if (option === 'keep-alive') bits |= KEEP_ALIVE;
    else if (option === 'upgrade') bits |= UPGRADE;
  }
  return bits;
}

/** Without the blanks around it. Not `trim`, which takes more for a blank than HTTP does. */
function trimmed(text: string): string {
  let start = 0;
  while (isBlank(text.charCodeAt(start))) start++;
  return text.slice(start, trimmedEnd(text, start, text.length));
}

function secondsOf(value: string): number {
  const found = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(value);
  return found ? Number(found[1]) : -1;
}

const joined = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before}, ${value}`;

function nameFault(code: number, atStart: boolean): RefusedMessageError {
  if (atStart && isBlank(code)) return new RefusedMessageError('LINE_FOLDED');
  if (code === LF) return new RefusedMessageError('BARE_LF');
  return new RefusedMessageError('HEADER_NAME_MALFORMED');
}

function valueFault(code: number): RefusedMessageError {
  if (code === LF) return new RefusedMessageError('BARE_LF');
  return new RefusedMessageError(code === CR ? 'BARE_CR' : 'HEADER_VALUE_MALFORMED');
}
