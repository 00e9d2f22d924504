/** Inputs by chance: those of the corpus, joined and disturbed, and requests put together from parts that are often read differently. */
import fc from 'fast-check';
import { CORPUS } from './corpus.ts';

const LONGEST = 4_000;

const BASES = Object.values(CORPUS).flatMap((cases) =>
  cases.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 2_500),
);

/** Pieces that are put in anywhere. */
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  ' ',
  '\t',
  '\x0b',
  '\0',
  ':',
  ',',
  ';',
  '0',
  '5',
  '+',
  '-',
  '"',
  '#',
  '%',
  '\\',
  '/',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
  'chunked',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive, X-A\r\n',
  'Expect: 100-continue\r\n',
  'Host: b.example\r\n',
  ' folded\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'GET /smuggled HTTP/1.1\r\nHost: b.example\r\n\r\n',
];

type Change = (bytes: string) => string;

const place = fc.nat(10_000);
const at = (where: number, bytes: string): number => where % (bytes.length + 1);

const insertion = fc
  .tuple(place, fc.constantFrom(...PIECES))
  .map(([where, piece]): Change => (bytes) => {
    const here = at(where, bytes);
    return bytes.slice(0, here) + piece + bytes.slice(here);
  });
const removal = fc
  .tuple(place, fc.integer({ min: 1, max: 4 }))
  .map(([where, count]): Change => (bytes) => {
    const here = at(where, bytes);
    return bytes.slice(0, here) + bytes.slice(here + count);
  });
const replacement = fc
  .tuple(place, fc.integer({ min: 0, max: 255 }))
  .map(([where, code]): Change => (bytes) => {
    const here = at(where, bytes);
    return bytes.slice(0, here) + String.fromCharCode(code) + bytes.slice(here + 1);
  });
const lines = fc
  .tuple(place, fc.constantFrom('double', 'drop', 'swap'))
  .map(([where, what]): Change => (bytes) => {
    const all = bytes.split('\r\n');
    const here = where % all.length;
    const [line = '', next] = all.slice(here, here + 2);
    if (what === 'double') all.splice(here, 0, line);
    else if (what === 'drop') all.splice(here, 1);
    else if (next !== undefined) all.splice(here, 2, next, line);
    return all.join('\r\n');
  });
const truncation = place.map(
  (where): Change =>
    (bytes) =>
      bytes.slice(0, at(where, bytes)),
);
const joining = fc.constantFrom(...BASES).map(
  (other): Change =>
    (bytes) =>
      bytes + other,
);

const change = fc.oneof(
  { weight: 6, arbitrary: insertion },
  { weight: 2, arbitrary: removal },
  { weight: 2, arbitrary: replacement },
  { weight: 3, arbitrary: lines },
  { weight: 1, arbitrary: truncation },
  { weight: 2, arbitrary: joining },
);

const disturbed = fc
  .tuple(fc.constantFrom(...BASES), fc.array(change, { maxLength: 4 }))
  .map(([base, changes]) => changes.reduce((bytes, apply) => apply(bytes), base));

const first = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'get', 'X'),
    fc.constantFrom(
      '/',
      '/x?y',
      '//x',
      '/../x',
      '/%2e',
      '*',
      'http://a.example/x',
      'http://a.example?x',
      'x',
    ),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'http/1.1'),
  )
  .map((parts) => parts.join(' '));
const blank = fc.constantFrom('', ' ', ' ', ' ', '\t', '  ', '\r\n ', '\x0b');
const field = fc
  .tuple(
    fc.constantFrom(
      'Content-Length',
      'content-length',
      'Content_Length',
      'Transfer-Encoding',
      'TRANSFER-ENCODING',
      'Connection',
      'Host',
      'Expect',
      'Upgrade',
      'TE',
      'Trailer',
      'X-A',
      'X-Answer',
      'Keep-Alive',
    ),
    fc.constantFrom(':', ':', ':', ':', ':', ' :', '', '::', '\t:'),
    blank,
    fc.constantFrom(
      '5',
      '05',
      '0',
      '5, 5',
      '+5',
      'chunked',
      'Chunked',
      'chunked, chunked',
      'identity',
      'close',
      'keep-alive',
      'close, X-A',
      'Content-Length',
      'Transfer-Encoding',
      'a.example',
      'a.example:80',
      '100-continue',
      'h2c',
      'trailers',
      '204',
      'large',
      '\xe9',
      '',
    ),
    blank,
  )
  .map((parts) => parts.join(''));
const body = fc.constantFrom(
  '',
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a="b"\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  '5\nhello\n0\n\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  '05\r\nhello\r\n00\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
);
const assembled = fc
  .tuple(first, fc.array(field, { maxLength: 5 }), body, fc.boolean())
  .map(([line, fields, content, isHosted]) =>
    [line, ...(isHosted ? ['Host: a.example'] : []), ...fields, '', content].join('\r\n'),
  );

/** Bytes that may be a request, several, or none. */
export const anyInput: fc.Arbitrary<string> = fc
  .oneof({ weight: 2, arbitrary: disturbed }, { weight: 1, arbitrary: assembled })
  .map((bytes) => bytes.slice(0, LONGEST));
