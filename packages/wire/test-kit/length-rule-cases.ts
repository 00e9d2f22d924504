/** The cases of the rules that say where a body ends. */
import { answer, chunked, get, head, line } from './messages.ts';
import type { CasesOf } from './rule-case.ts';

const OK = 'HTTP/1.1 200 OK';
const CHUNKED = 'Transfer-Encoding: chunked';
const LONGEST = '9007199254740991';
const post = (...headers: readonly string[]): string => line('POST / HTTP/1.1', ...headers);
const counted = (length: string, body: string): string =>
  `${post(`Content-Length: ${length}`)}${body}`;
const coded = (coding: string): string => `${post(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`;
const answerChunked = (body: string): string => `${head(OK, CHUNKED)}${body}`;

/** By the code of the rule. */
export const LENGTH_CASES: CasesOf<
  | 'CONTENT_LENGTH_MALFORMED'
  | 'CONTENT_LENGTH_REPEATED'
  | 'TRANSFER_ENCODING_REPEATED'
  | 'TRANSFER_ENCODING_UNKNOWN'
  | 'TRANSFER_ENCODING_TOO_OLD'
  | 'TRANSFER_ENCODING_AND_LENGTH'
  | 'BODY_TOO_LARGE'
  | 'BODY_CUT_SHORT'
> = {
  CONTENT_LENGTH_MALFORMED: [
    {
      pairs: [
        [counted('', ''), counted('0', '')],
        [counted('+5', 'abcde'), counted('5', 'abcde')],
        [counted('-5', 'abcde'), counted('5', 'abcde')],
        [counted('5, 5', 'abcde'), counted('5', 'abcde')],
        [counted('5,', 'abcde'), counted('05', 'abcde')],
        [counted('5 5', 'abcde'), counted(' \t5  ', 'abcde')],
        [counted('5\t', 'abcde'), counted('\t5', 'abcde')],
        [counted('5 \t ', 'abcde'), counted('5   ', 'abcde')],
        [counted('0x5', 'abcde'), counted('0005', 'abcde')],
        [counted('5.0', 'abcde'), counted('5', 'abcde')],
        [counted('1e1', ''), counted('1', 'a')],
        [counted('5;', 'abcde'), counted('5', 'abcde')],
        [counted('"5"', 'abcde'), counted('5', 'abcde')],
        [counted('1_0', ''), counted('1', 'a')],
        [counted('\xb2', ''), counted('2', 'ab')],
        [counted('9007199254740992', ''), counted('0', '')],
        [counted('10000000000000000', ''), counted('0000000000000001', 'a')],
        [counted('18446744073709551621', ''), counted('5', 'abcde')],
        [counted('00000000000000005', 'abcde'), counted('0000000000000005', 'abcde')],
      ],
    },
    {
      of: 'response',
      pairs: [
        [head(OK, 'Content-Length: 1, 1'), `${head(OK, 'Content-Length: 1')}a`],
        [head(OK, 'Content-Length: -1'), head(OK, 'Content-Length: 0')],
      ],
    },
  ],
  CONTENT_LENGTH_REPEATED: [
    {
      pairs: [
        [get('Content-Length: 0', 'Content-Length: 5'), get('Content-Length: 0')],
        [get('Content-Length: 0', 'content-length: 0'), get('Content-Length: 0')],
        [get('Content-Length: 0', 'X: y', 'CONTENT-LENGTH:'), get('Content-Length: 0', 'X: y')],
      ],
    },
    { of: 'response', pairs: [[answer(OK, 'Content-Length: 0'), answer(OK, 'Content-Type: a')]] },
  ],
  TRANSFER_ENCODING_REPEATED: [
    {
      pairs: [
        [coded('chunked, chunked'), coded('chunked')],
        [coded('gzip, chunked'), coded('chunked')],
        [coded('chunked, gzip'), coded('Chunked')],
        [coded('chunked,'), coded('CHUNKED')],
        [coded(',chunked'), coded('\tchunked ')],
        [coded(''), coded('chunked')],
        [`${post(CHUNKED, CHUNKED)}0\r\n\r\n`, `${post(CHUNKED, 'X: y')}0\r\n\r\n`],
        [`${post(CHUNKED, 'transfer-encoding: identity')}0\r\n\r\n`, coded('chunked')],
      ],
    },
    {
      of: 'response',
      pairs: [[head(OK, 'Transfer-Encoding: gzip, chunked'), answerChunked('0\r\n\r\n')]],
    },
  ],
  TRANSFER_ENCODING_UNKNOWN: [
    {
      pairs: [
        [coded('gzip'), coded('chunked')],
        [coded('identity'), coded('chunked')],
        [coded('chunked;a=b'), coded('chunked')],
        [coded('xchunked'), coded('chunked')],
        [coded('chunkedx'), coded('chunked')],
        [coded('"chunked"'), coded('chunked')],
        [coded('chunked\xa0'), coded('chunked ')],
        [coded('chunked\t'), coded('\tchunked')],
        [coded('chunked \t'), coded('\t chunked  ')],
        [coded('x chunked'), coded(' chunked')],
        [post('Transfer-Encoding: identity', 'Content-Length: 0'), post('Content-Length: 0')],
      ],
    },
    {
      of: 'response',
      pairs: [[head(OK, 'Transfer-Encoding: br'), answerChunked('0\r\n\r\n')]],
    },
  ],
  TRANSFER_ENCODING_TOO_OLD: [
    {
      pairs: [
        [`${head('POST / HTTP/1.0', CHUNKED)}0\r\n\r\n`, coded('chunked')],
        [
          `${head('POST / HTTP/1.0', 'Host: a', 'Connection: keep-alive', CHUNKED)}0\r\n\r\n`,
          head('POST / HTTP/1.0', 'Content-Length: 0'),
        ],
      ],
    },
    {
      of: 'response',
      pairs: [[head('HTTP/1.0 200 OK', CHUNKED), head('HTTP/1.0 200 OK', 'Content-Length: 0')]],
    },
  ],
  TRANSFER_ENCODING_AND_LENGTH: [
    {
      pairs: [
        [post(CHUNKED, 'Content-Length: 5'), coded('chunked')],
        [post('Content-Length: 0', CHUNKED), post('Content-Length: 0')],
      ],
    },
    { of: 'response', pairs: [[answer(OK, CHUNKED), answer(OK)]] },
  ],
  BODY_TOO_LARGE: [
    {
      limits: { maxBodyBytes: 5 },
      pairs: [
        [counted('6', 'abcdef'), counted('5', 'abcde')],
        [counted(LONGEST, ''), counted('5', 'abcde')],
        [chunked('6\r\nabcdef\r\n0\r\n\r\n'), chunked('5\r\nabcde\r\n0\r\n\r\n')],
        [chunked('3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n'), chunked('3\r\nabc\r\n2\r\nab\r\n0\r\n\r\n')],
        [chunked('1fffffffffffff\r\n'), chunked('5\r\nabcde\r\n0\r\n\r\n')],
      ],
    },
    {
      of: 'response',
      limits: { maxBodyBytes: 5 },
      pairs: [
        [`${head(OK)}abcdef`, `${head(OK)}abcde`],
        [head(OK, 'Content-Length: 6'), `${head(OK, 'Content-Length: 5')}abcde`],
        [answerChunked('6\r\nabcdef\r\n0\r\n\r\n'), answerChunked('5\r\nabcde\r\n0\r\n\r\n')],
      ],
    },
  ],
  BODY_CUT_SHORT: [
    {
      pairs: [
        ['G', '\r\n'],
        ['GE', '\r\n'],
        [`${get()}G`, get()],
        [`${get()}\r\nG`, `${get()}\r\n`],
        [get().slice(0, -1), get()],
        [counted('5', ''), counted('0', '')],
        [counted('5', 'abcd'), counted('5', 'abcde')],
        [chunked(''), chunked('0\r\n\r\n')],
        [chunked('1'), chunked('0\r\n\r\n')],
        [chunked('2\r\na'), chunked('2\r\nab\r\n0\r\n\r\n')],
        [chunked('2\r\nab'), chunked('2\r\nab\r\n0\r\n\r\n')],
        [chunked('2\r\nab\r\n'), chunked('2\r\nab\r\n0\r\n\r\n')],
        [chunked('0\r\n'), chunked('0\r\n\r\n')],
        [chunked('0\r\n\r'), chunked('0\r\n\r\n')],
        [chunked('0\r\na: b\r\n'), chunked('0\r\na: b\r\n\r\n')],
      ],
    },
    {
      of: 'response',
      pairs: [
        [head(OK).slice(0, -1), head(OK)],
        [`${head(OK, 'Content-Length: 2')}a`, `${head(OK, 'Content-Length: 2')}ab`],
        [answerChunked('1\r\na\r\n'), answerChunked('1\r\na\r\n0\r\n\r\n')],
      ],
    },
  ],
};
