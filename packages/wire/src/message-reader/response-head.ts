/** Reads the head of a response as strictly as that of a request: a gateway must not pass on what two readers understand differently. */
import { RefusedMessageError } from '../errors.ts';
import { type Fields, readFields } from './fields.ts';
import type { HeadLimits } from './request-head.ts';
import { CR, LF, SP, VALUE } from './syntax.ts';

/** The head of a response. */
export interface ResponseHead {
  readonly version: '1.0' | '1.1';
  readonly status: number;
  readonly fields: Fields;
}

/**
 * Reads the text of a head, whose last line ends with CRLF.
 *
 * @throws RefusedMessageError for a head that breaks a rule
 */
export function readResponseHead(text: string, limits: HeadLimits): ResponseHead {
  const version = text.startsWith('HTTP/1.1')
    ? '1.1'
    : text.startsWith('HTTP/1.0')
      ? '1.0'
      : undefined;
  if (!version || text.charCodeAt(8) !== SP) throw new RefusedMessageError('STATUS_LINE_MALFORMED');
  const status = readStatus(text);
  if (status < 200 && version === '1.0') throw new RefusedMessageError('INTERIM_TOO_OLD');
  let at = 12;
  let code = text.charCodeAt(at);
  // Some servers leave out the space as well as the reason.
  if (code !== SP && code !== CR) throw new RefusedMessageError('STATUS_LINE_MALFORMED');
  while (VALUE[code]) code = text.charCodeAt(++at);
  if (code !== CR || text.charCodeAt(at + 1) !== LF) {
    throw new RefusedMessageError(code === LF ? 'BARE_LF' : 'STATUS_LINE_MALFORMED');
  }
  if (at > limits.maxLineBytes) throw new RefusedMessageError('HEAD_TOO_LARGE');
  const fields = readFields(text, at + 2, limits.maxHeaders);
  if (fields.isChunked) {
    if (version === '1.0') throw new RefusedMessageError('TRANSFER_ENCODING_TOO_OLD');
    if (fields.contentLength >= 0) throw new RefusedMessageError('TRANSFER_ENCODING_AND_LENGTH');
  }
  return { version, status, fields };
}

function readStatus(text: string): number {
  const hundreds = text.charCodeAt(9) - 0x30;
  const tens = text.charCodeAt(10) - 0x30;
  const ones = text.charCodeAt(11) - 0x30;
  if (!(hundreds >= 1 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) {
    throw new RefusedMessageError('STATUS_MALFORMED');
  }
  return hundreds * 100 + tens * 10 + ones;
}
