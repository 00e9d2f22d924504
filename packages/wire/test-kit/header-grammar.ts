/** Header lines built from a grammar: nearly all of each is as it should be, with every oddity at every place now and then. */
import fc from 'fast-check';

/** Text. */
export type Text = fc.Arbitrary<string>;

/** Mostly one of the first, at times one of the second. */
export function mostly(usual: readonly string[], odd: readonly string[], weight = 24): Text {
  return fc.oneof(
    { weight, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

export const joined = (...parts: readonly Text[]): Text =>
  fc.tuple(...parts).map((all) => all.join(''));

export const lineEnd = mostly(
  ['\r\n'],
  ['\n', '\r', '\r\r\n', '\n\r', '\r\n ', ' \r\n', '\0\r\n'],
  90,
);
const character = fc.oneof(
  { weight: 30, arbitrary: fc.nat({ max: 0x5e }).map((code) => 0x20 + code) },
  { weight: 4, arbitrary: fc.nat({ max: 0x7f }).map((code) => 0x80 + code) },
  { weight: 1, arbitrary: fc.constant(9) },
);
const free = fc.array(character, { maxLength: 12 }).map((codes) => String.fromCharCode(...codes));
export const anyByte = fc
  .array(fc.nat({ max: 255 }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));

const name = mostly(
  ['X', 'Accept', 'Cookie', 'x-a_b', "!#$%&'*+-.^_`|~0", 'TE', 'Trailer', 'Keep-Alive', 'Via'],
  ['', 'X Y', 'X(', '\xe9', 'X\0', 'Host\t', 'Content-Length ', 'X:', '\x7f', '[', '@'],
  60,
);
export const colon = mostly([': ', ':', ':\t', ':  '], [' : ', '', ' ', '\t:', ':\r\n ', '::'], 60);
const value = fc.oneof(
  { weight: 4, arbitrary: free },
  {
    weight: 4,
    arbitrary: fc.constantFrom('', 'a', 'a, b', '"a,b"', 'text/html;q=0.9', '\xff\x80'),
  },
  { weight: 1, arbitrary: joined(free, mostly([''], ['\0', '\r', '\n', '\x7f', '\x0b'], 6)) },
);
export const blanks = mostly([''], [' ', '\t', '  \t '], 12);
export const ordinary = joined(name, colon, value, blanks, lineEnd);
export const said = (
  names: readonly string[],
  values: readonly string[],
  odd: readonly string[],
): Text => joined(fc.constantFrom(...names), colon, mostly(values, odd), blanks, lineEnd);

const connection = said(
  ['Connection', 'connection', 'CONNECTION'],
  ['keep-alive', 'close', 'Keep-Alive, TE', 'foo', 'TE, close', 'upgrade'],
  [
    '',
    ',',
    'close,keep-alive',
    '"close"',
    'clos',
    'close;x',
    '\xa0close',
    'close\xa0',
    ', close ,',
  ],
);
const expectation = said(['Expect', 'expect'], ['100-continue'], ['x', '', '100-continue, x']);
const upgrade = said(['Upgrade'], ['websocket', 'h2c'], ['', ',']);
const extra = fc.oneof(
  { weight: 16, arbitrary: ordinary },
  { weight: 2, arbitrary: connection },
  { weight: 1, arbitrary: expectation },
  { weight: 1, arbitrary: upgrade },
  {
    weight: 1,
    arbitrary: fc.constantFrom(' folded\r\n', '\tfolded\r\n', '\r\n', 'x\r\n', 'Host: b\r\n'),
  },
);
export const headers = fc.array(extra, { maxLength: 5 }).map((lines) => lines.join(''));
