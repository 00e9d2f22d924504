/** The cases of the rules for chunks and for what stands behind the last one. */
import { chunked, head } from './messages.ts';
import type { CasesOf } from './rule-case.ts';

const OK = 'HTTP/1.1 200 OK';
const CHUNKED = 'Transfer-Encoding: chunked';
/** A chunked body of nothing, with these lines behind it. */
const trailed = (...lines: readonly string[]): string => chunked(`0\r\n${head(...lines)}`);
const answerChunked = (body: string): string => `${head(OK, CHUNKED)}${body}`;

/** By the code of the rule. */
export const CHUNK_CASES: CasesOf<
  | 'CHUNK_SIZE_MALFORMED'
  | 'CHUNK_TOO_LARGE'
  | 'CHUNK_EXTENSION_MALFORMED'
  | 'CHUNK_EXTENSIONS_TOO_LONG'
  | 'CHUNK_END_MISSING'
  | 'TRAILERS_TOO_LARGE'
  | 'TRAILER_FORBIDDEN'
> = {
  CHUNK_SIZE_MALFORMED: [
    {
      pairs: [
        [chunked('\r\n\r\n'), chunked('0\r\n\r\n')],
        [chunked('g\r\n\r\n'), chunked('a\r\n0123456789\r\n0\r\n\r\n')],
        [chunked('0x1\r\na\r\n0\r\n\r\n'), chunked('01\r\na\r\n0\r\n\r\n')],
        [chunked('-1\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('+1\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked(' 1\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1 \r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1\t\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1 ;x\r\na\r\n0\r\n\r\n'), chunked('1;x\r\na\r\n0\r\n\r\n')],
        [chunked('1,1\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1.0\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1_0\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked(';x\r\n\r\n'), chunked('0;x\r\n\r\n')],
        [chunked('1\0\r\na\r\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1\r\na\r\n\r\n'), chunked('1\r\na\r\n0000\r\n\r\n')],
        [chunked('\xb2\r\nab\r\n0\r\n\r\n'), chunked('2\r\nab\r\n0\r\n\r\n')],
      ],
    },
    {
      of: 'response',
      pairs: [[answerChunked('x\r\n'), answerChunked('F\r\n0123456789abcde\r\n0\r\n\r\n')]],
    },
  ],
  CHUNK_TOO_LARGE: [
    {
      pairs: [
        [chunked('00000000000000001\r\n'), chunked('0000000000000001\r\na\r\n0\r\n\r\n')],
        [chunked('20000000000000\r\n'), chunked('00000000000002\r\nab\r\n0\r\n\r\n')],
        [
          chunked('ffffffffffffffff\r\n'),
          chunked('000000000000000f\r\n0123456789abcde\r\n0\r\n\r\n'),
        ],
        [chunked('10000000000000001\r\na'), chunked('1\r\na\r\n0\r\n\r\n')],
      ],
    },
  ],
  CHUNK_EXTENSION_MALFORMED: [
    {
      pairs: [
        [chunked('0;\r\n\r\n'), chunked('0\r\n\r\n')],
        [chunked('0;;a\r\n\r\n'), chunked('0;b;a\r\n\r\n')],
        [chunked('0; a\r\n\r\n'), chunked('0;a\r\n\r\n')],
        [chunked('0;a \r\n\r\n'), chunked('0;a\r\n\r\n')],
        [chunked('0;a =b\r\n\r\n'), chunked('0;a=b\r\n\r\n')],
        [chunked('0;a= b\r\n\r\n'), chunked('0;a=b\r\n\r\n')],
        [chunked('0;a=\r\n\r\n'), chunked('0;a=b\r\n\r\n')],
        [chunked('0;=b\r\n\r\n'), chunked('0;a=b\r\n\r\n')],
        [chunked('0;a=b=c\r\n\r\n'), chunked('0;a=b;c\r\n\r\n')],
        [chunked('0;a="b\r\n\r\n'), chunked('0;a="b"\r\n\r\n')],
        [chunked('0;a="b"c\r\n\r\n'), chunked('0;a="b";c\r\n\r\n')],
        [chunked('0;a=b"c"\r\n\r\n'), chunked('0;a="b\\"c\\\\"\r\n\r\n')],
        [chunked('0;a="\\\r\n"\r\n\r\n'), chunked('0;a="\\\t \xe9"\r\n\r\n')],
        [chunked('0;a="\n"\r\n\r\n'), chunked('0;a="\t ;,="\r\n\r\n')],
        [chunked('0;a="\0"\r\n\r\n'), chunked('0;a=""\r\n\r\n')],
        [chunked('0;\xe9\r\n\r\n'), chunked('0;e\r\n\r\n')],
        [chunked('0;a,b\r\n\r\n'), chunked('0;a;b\r\n\r\n')],
        [chunked('1;a\0\r\na\r\n0\r\n\r\n'), chunked('1;a\r\na\r\n0\r\n\r\n')],
      ],
    },
  ],
  CHUNK_EXTENSIONS_TOO_LONG: [
    {
      limits: { maxExtensionBytes: 9 },
      pairs: [
        [chunked('0;abcdefghi\r\n\r\n'), chunked('0;abcdefgh\r\n\r\n')],
        [chunked('0;a="bcdef"\r\n\r\n'), chunked('0;a="bcde"\r\n\r\n')],
        [
          chunked('1;abcd\r\nx\r\n1;abcd\r\nx\r\n0\r\n\r\n'),
          chunked('1;abcd\r\nx\r\n1;abc\r\nx\r\n0\r\n\r\n'),
        ],
        [chunked(`0;${'a'.repeat(20_000)}`), chunked('0;a\r\n\r\n')],
      ],
    },
  ],
  CHUNK_END_MISSING: [
    {
      pairs: [
        [chunked('1\r\nab\r\n0\r\n\r\n'), chunked('2\r\nab\r\n0\r\n\r\n')],
        [chunked('3\r\nab\r\n0\r\n\r\n'), chunked('2\r\nab\r\n0\r\n\r\n')],
        [chunked('1\r\na0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1\r\na\n0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1\r\na\r0\r\n\r\n'), chunked('1\r\na\r\n0\r\n\r\n')],
        [chunked('1\r\na\r\r\n0\r\n\r\n'), chunked('2\r\na\r\r\n0\r\n\r\n')],
      ],
    },
    {
      of: 'response',
      pairs: [[answerChunked('1\r\nab\r\n0\r\n\r\n'), answerChunked('2\r\nab\r\n0\r\n\r\n')]],
    },
  ],
  TRAILERS_TOO_LARGE: [
    {
      limits: { maxHeadBytes: 72 },
      pairs: [
        [trailed(`X: ${'y'.repeat(68)}`), trailed(`X: ${'y'.repeat(67)}`)],
        [trailed('a: b', `X: ${'y'.repeat(62)}`), trailed('a: b', `X: ${'y'.repeat(61)}`)],
        [chunked(`0\r\n${'x'.repeat(73)}`), trailed('x:')],
        [trailed(`X: ${'y'.repeat(5000)}`), trailed('X: y')],
      ],
    },
  ],
  TRAILER_FORBIDDEN: [
    {
      pairs: [
        [trailed('Host: a'), trailed('X-Host: a')],
        [trailed('a: b', 'content-length: 0'), trailed('a: b', 'content-lengths: 0')],
        [trailed('Transfer-Encoding: chunked'), trailed('Transfer: chunked')],
        [trailed('TRANSFER-ENCODING: gzip'), trailed('X: Transfer-Encoding: gzip')],
        [trailed('Content-Length: 5, 5'), trailed('Content: 5, 5')],
        [trailed('Host: a', 'Host: a'), trailed('a: Host:', 'a:')],
        [trailed('Connection: close'), trailed('Connections: close')],
        [trailed('Upgrade: h2c'), trailed('X-Upgrade: h2c')],
        [trailed('Keep-Alive:'), trailed('Alive:')],
        [trailed('Proxy-Connection:'), trailed('Proxy:')],
        [trailed('TE: trailers'), trailed('T: trailers')],
        [trailed('trailer: a'), trailed('trailers: a')],
      ],
    },
    {
      of: 'response',
      pairs: [[answerChunked('0\r\nHost: a\r\n\r\n'), answerChunked('0\r\nHos: a\r\n\r\n')]],
    },
  ],
};
