/** Messages made from others: bytes changed, taken out and put in, lines moved, words exchanged, halves joined. */
import fc from 'fast-check';
import type { Seed } from './corpus.ts';

/** What stands in messages, and what should not. */
const WORDS: readonly string[] = [
  ['\r\n', '\n', '\r', '\r\n\r\n', '\n\n', '\r\r\n', '\n\r', '\0', ' ', '\t', ': ', ':', ' :'],
  ['\x0b', '\x0c', '\x7f', '\x80', '\xa0', '\xff', ',', ';', '=', '"', '\\', '#', '%', '%00'],
  ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'CONNECT', 'TRACE', 'PATCH', 'PRI', 'get', 'QUERY'],
  ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'http/1.1', 'HTTP/1.', 'ICY'],
  ['/', '*', 'http://a/', 'https://a', 'http://u@a/', '//a', 'a:80', '?', '/#', 'a', '[::1]'],
  ['0', '1', '5', '05', '+5', '-1', '5, 5', '0x5', 'a', 'A', 'ffffffffffffffff', '00000000'],
  ['9007199254740991', '9007199254740992', '18446744073709551616', '4294967296', '5 ', ' 5'],
  ['chunked', 'Chunked', 'gzip', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked'],
  ['close', 'keep-alive', 'upgrade', 'Upgrade, close', 'TE', 'trailers', '100-continue'],
  ['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Expect', 'Upgrade', 'Trailer'],
  ['100', '101', '103', '200', '204', '304', '404', '599', '600', '099', 'OK'],
].flat();

/** Whole lines, with their ends. */
const LINES: readonly string[] = [
  ['Host: a', 'Host: b', 'Host:', 'Content-Length: 0', 'Content-Length: 5', 'Content-Length:'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Transfer-Encoding:', 'X: y', 'X:'],
  ['Connection: close', 'Connection: keep-alive', 'Connection: upgrade', 'Upgrade: h2c'],
  ['Expect: 100-continue', ' folded', '\tfolded', ': nameless', 'no colon', 'X : y', '', '0', '5'],
  ['GET / HTTP/1.1', 'POST /x HTTP/1.0', 'HTTP/1.1 200 OK', 'HTTP/1.1 100 Continue', '5;a="b"'],
]
  .flat()
  .map((line) => `${line}\r\n`);

const MOST_BYTES = 12_000;

/** One change: what kind of it, and where. Numbers are taken modulo whatever there is. */
type Change = readonly [kind: number, at: number, to: number, which: number];

/** Messages made from seeds. */
export function mutants(seeds: readonly Seed[]): fc.Arbitrary<Buffer> {
  const texts = seeds.map(({ bytes }) => bytes.toString('latin1'));
  const number = fc.nat({ max: 0xffff });
  const change = fc.tuple(fc.nat({ max: CHANGES.length - 1 }), number, number, number);
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  return fc.tuple(fc.nat({ max: texts.length - 1 }), changes).map(([seed, list]) => {
    const text = list.reduce((text, one) => apply(text, one, texts), texts[seed] as string);
    return Buffer.from(text.slice(0, MOST_BYTES), 'latin1');
  });
}

const apply = (text: string, [kind, at, to, which]: Change, texts: readonly string[]): string =>
  (CHANGES[kind] as Changer)({ text, at: at % (text.length + 1), to, which, texts });

interface Place {
  readonly text: string;
  readonly at: number;
  readonly to: number;
  readonly which: number;
  readonly texts: readonly string[];
}
type Changer = (place: Place) => string;

const MOST_LENGTH = 24;
const lengthOf = (to: number): number => 1 + (to % MOST_LENGTH);
const put = (text: string, at: number, what: string, over = 0): string =>
  text.slice(0, at) + what + text.slice(at + over);
const word = (which: number): string => WORDS[which % WORDS.length] as string;
/** Where the line begins in which `at` is. */
const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
};
const lineAt = (text: string, at: number): string =>
  text.slice(lineStart(text, at), lineEnd(text, at));
/** The word in which `at` is. */
const wordAt = (text: string, at: number): readonly [start: number, length: number] => {
  const isPart = (index: number): boolean => /[\w.\-/]/.test(text.charAt(index));
  let start = at;
  while (start > 0 && isPart(start - 1)) start--;
  let end = at;
  while (end < text.length && isPart(end)) end++;
  return [start, end - start];
};

const CHANGES: readonly Changer[] = [
  // Bytes.
  ({ text, at, to }) =>
    put(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << (to % 8)) || to & 255), 1),
  ({ text, at, to }) => put(text, at, String.fromCharCode(to & 255), 1),
  ({ text, at, to }) => put(text, at, String.fromCharCode(to & 255)),
  ({ text, at, to }) => put(text, at, '', lengthOf(to)),
  ({ text, at, to }) => put(text, at, text.slice(at, at + lengthOf(to))),
  ({ text, at }) => text.slice(0, at),
  // Words.
  ({ text, at, which }) => put(text, at, word(which)),
  ({ text, at, which }) => {
    const [start, length] = wordAt(text, at);
    return put(text, start, word(which), length);
  },
  ({ text, at, to, which }) => {
    const [start, length] = wordAt(text, at);
    const [from, size] = wordAt(text, (to ^ which) % (text.length + 1));
    return put(text, start, text.slice(from, from + size), length);
  },
  // Lines.
  ({ text, at }) => put(text, lineStart(text, at), lineAt(text, at)),
  ({ text, at }) => put(text, lineStart(text, at), '', lineAt(text, at).length),
  ({ text, at, which }) => put(text, lineStart(text, at), LINES[which % LINES.length] as string),
  ({ text, at, which }) => put(text, lineEnd(text, at), LINES[which % LINES.length] as string),
  ({ text, at, to }) => {
    const moved = lineAt(text, at);
    const rest = put(text, lineStart(text, at), '', moved.length);
    return put(rest, lineStart(rest, to % (rest.length + 1)), moved);
  },
  // Halves.
  ({ text, at, to, which, texts }) => {
    const other = texts[which % texts.length] as string;
    return text.slice(0, at) + other.slice(to % (other.length + 1));
  },
  ({ text, at, to, which, texts }) => {
    const other = texts[which % texts.length] as string;
    return text.slice(0, lineEnd(text, at)) + other.slice(lineStart(other, to % other.length));
  },
  ({ text, which, texts }) => text + (texts[which % texts.length] as string),
];
