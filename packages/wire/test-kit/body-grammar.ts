/** Bodies built from a grammar, with the header that says how they are framed: most of them as it says. */
import fc from 'fast-check';
import {
  anyByte,
  blanks,
  colon,
  joined,
  lineEnd,
  mostly,
  ordinary,
  said,
  type Text,
} from './header-grammar.ts';

const hexDigits = (size: number): Text =>
  fc.constantFrom(size.toString(16), size.toString(16).toUpperCase(), `00${size.toString(16)}`);
const wrongSize = fc.constantFrom(
  '',
  'g',
  '0x1',
  '-1',
  '+1',
  ' 1',
  '1 ',
  'ffffffffffffffff',
  '10000000000000001',
  '1;',
  '1,',
);
const extension = mostly(
  ['', '', '', '', ';a', ';a=b', ';a="b;c\\"d"', ';a;b=c', ';a="\\\xe9\t"'],
  [
    ';',
    '; a',
    ';a=',
    ';=b',
    ';a="b',
    ';a b',
    ';a="\r\n"',
    ';a="\0"',
    ';a\n',
    ' ;a',
    ';a ',
    ';a=b=c',
  ],
  40,
);
const dataEnd = mostly(['\r\n'], ['\n', '', '\r', 'x\r\n', '\r\r\n'], 90);
const data = anyByte.filter((text) => text.length > 0);
const chunk = data.chain((text) =>
  joined(
    fc.oneof(
      { weight: 60, arbitrary: hexDigits(text.length) },
      { weight: 1, arbitrary: wrongSize },
    ),
    extension,
    lineEnd,
    fc.constant(text),
    dataEnd,
  ),
);
const trailer = fc.oneof(
  { weight: 8, arbitrary: ordinary },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Host: a\r\n', 'Content-Length: 0\r\n', ' x\r\n', 'x\r\n'),
  },
);
const chunks = joined(
  fc.array(chunk, { maxLength: 4 }).map((all) => all.join('')),
  mostly(['0', '0', '00', '0000'], ['', '1', '-0', '0 ', '00000000000000000']),
  extension,
  lineEnd,
  fc.array(trailer, { maxLength: 2 }).map((all) => all.join('')),
  lineEnd,
);

/** A header that says how the body is framed, and a body that mostly is. */
export const framed: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 10, arbitrary: fc.constant(['', ''] as const) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        anyByte,
        fc.constantFrom('Content-Length', 'content-length'),
        colon,
        blanks,
        fc.oneof(
          { weight: 12, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -2, max: 4 }) },
        ),
        fc.constantFrom('', '0', '000'),
      )
      .map(
        ([body, name, colon, blanks, off, zeros]) =>
          [`${name}${colon}${zeros}${Math.max(body.length + off, 0)}${blanks}\r\n`, body] as const,
      ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(
      said(
        ['Transfer-Encoding', 'transfer-encoding'],
        ['chunked', 'Chunked', 'CHUNKED'],
        [
          'gzip',
          'chunked, chunked',
          'gzip, chunked',
          'identity',
          '',
          'chunked;a',
          'xchunked',
          'chunked,',
          '"chunked"',
        ],
      ),
      chunks,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom(
        'Content-Length: 5\r\nContent-Length: 5\r\n',
        'Content-Length: 5, 5\r\n',
        'Content-Length: +5\r\n',
        'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
        'Content-Length: 0x5\r\n',
        'Content-Length:\r\n',
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
        'Content-Length: 5 5\r\n',
      ),
      fc.constantFrom('hello', '5\r\nhello\r\n0\r\n\r\n', ''),
    ),
  },
);
