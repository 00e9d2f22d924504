/** Inputs about what lies between two requests and what belongs to the connection alone. */
import {
  BAD,
  type Case,
  cases,
  chunked,
  closing,
  get,
  got,
  head,
  HOST,
  one,
  post,
  posted,
  refused,
} from './input.ts';
import type { Verdict } from '../judge.ts';

const at = (target: string, ...lines: readonly string[]): string =>
  head(`GET ${target} HTTP/1.1`, HOST, ...lines);

/** Several requests, each a GET of one of these targets. */
const all = (...targets: readonly string[]): Verdict => ({
  accepted: targets.map((target) => ({ method: 'GET', target, body: '' })),
});
const thenBad = (verdict: Verdict): Verdict => ({ ...verdict, refused: [400] });
const TEN = Array.from({ length: 10 }, (_, index) => `/${index}`);

/** Inputs with more than one request. */
export const PIPELINES: readonly Case[] = cases([
  ['two', at('/a') + at('/b'), all('/a', '/b')],
  ["two, and the end of the client's side", at('/a') + at('/b'), all('/a', '/b'), 'ends'],
  ['ten', TEN.map((target) => at(target)).join(''), all(...TEN)],
  [
    'a body before',
    post(['Content-Length: 5'], 'hello') + at('/b'),
    { accepted: [...posted('hello').accepted, ...all('/b').accepted] },
  ],
  [
    'chunks before',
    chunked('5\r\nhello\r\n0\r\n\r\n') + at('/b'),
    { accepted: [...posted('hello').accepted, ...all('/b').accepted] },
  ],
  [
    'HEAD before',
    head('HEAD /x HTTP/1.1', HOST) + at('/b'),
    { accepted: [...one('HEAD').accepted, ...all('/b').accepted] },
  ],
  ['a malformed one behind', at('/a') + head('GET /b', HOST), thenBad(all('/a'))],
  [
    'a malformed one between',
    at('/a') + head('GET  /b HTTP/1.1', HOST) + at('/c'),
    thenBad(all('/a')),
  ],
  ['one behind the last', at('/a', 'Connection: close') + at('/b'), closing(all('/a'))],
  ['one behind HTTP/1.0', head('GET /a HTTP/1.0', HOST) + at('/b'), closing(all('/a'))],
  ['an empty line before', `\r\n${at('/a')}`, all('/a')],
  ['an empty line between', `${at('/a')}\r\n${at('/b')}`, all('/a', '/b')],
  [
    'an empty line behind a body',
    `${post(['Content-Length: 5'], 'hello')}\r\n${at('/b')}`,
    { accepted: [...posted('hello').accepted, ...all('/b').accepted] },
  ],
  ['two empty lines before', `\r\n\r\n${at('/a')}`, BAD],
  ['a bare LF before', `\n${at('/a')}`, BAD],
  ['a bare CR before', `\r${at('/a')}`, BAD],
  ['a blank before', ` ${at('/a')}`, BAD],
  ['a mark of byte order before', `\xef\xbb\xbf${at('/a')}`, BAD],
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', BAD],
  ['a header of PROXY', `PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n${at('/a')}`, BAD],
]);

/** Inputs that ask for answers in every form. */
export const ANSWERS: readonly Case[] = cases([
  ...['204', '304', '500', 'chunked', 'large', 'close', 'cookies'].flatMap((form) => [
    [form, at('/a', `X-Answer: ${form}`) + at('/b'), all('/a', '/b')] as const,
    [
      `${form} for HEAD`,
      head('HEAD /x HTTP/1.1', HOST, `X-Answer: ${form}`) + at('/b'),
      { accepted: [...one('HEAD').accepted, ...all('/b').accepted] },
    ] as const,
  ]),
  ['chunked for HTTP/1.0', head('GET /x HTTP/1.0', HOST, 'X-Answer: chunked'), closing(got())],
]);

/** Inputs about Expect. */
export const EXPECTATIONS: readonly Case[] = cases([
  [
    'with a body',
    post(['Content-Length: 5', 'Expect: 100-continue'], 'hello'),
    posted('hello', { expect: undefined }),
  ],
  [
    'with chunks',
    post(['Transfer-Encoding: chunked', 'Expect: 100-continue'], '5\r\nhello\r\n0\r\n\r\n'),
    posted('hello', { expect: undefined }),
  ],
  [
    'large letters',
    post(['Content-Length: 5', 'Expect: 100-CONTINUE'], 'hello'),
    posted('hello', { expect: undefined }),
  ],
  ['without a body', get('Expect: 100-continue'), got({ expect: undefined })],
  [
    'in HTTP/1.0',
    `${head('POST /x HTTP/1.0', HOST, 'Content-Length: 5', 'Expect: 100-continue')}hello`,
    closing(posted('hello', { expect: undefined })),
  ],
  ['unknown', post(['Content-Length: 5', 'Expect: 200-ok'], 'hello'), refused(417)],
  [
    'known and unknown',
    post(['Content-Length: 5', 'Expect: 100-continue, x'], 'hello'),
    refused(417),
  ],
]);

const UPGRADE = { upgrade: undefined, 'http2-settings': undefined };

/** Inputs about switching protocols, none of which the proxy does. */
export const UPGRADES: readonly Case[] = cases([
  [
    'h2c',
    get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
    got(UPGRADE),
  ],
  ['h2c, not named', get('Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'), got(UPGRADE)],
  [
    'h2c with a body',
    post(['Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 5'], 'hello'),
    posted('hello', UPGRADE),
  ],
  [
    'h2c with chunks',
    post(
      ['Connection: Upgrade', 'Upgrade: h2c', 'Transfer-Encoding: chunked'],
      '5\r\nhello\r\n0\r\n\r\n',
    ),
    posted('hello', UPGRADE),
  ],
  [
    'WebSocket',
    get(
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ),
    got(UPGRADE),
  ],
  ['TLS', get('Connection: Upgrade', 'Upgrade: TLS/1.3, HTTP/1.1'), got(UPGRADE)],
  [
    'in HTTP/1.0',
    head('GET /x HTTP/1.0', HOST, 'Connection: Upgrade', 'Upgrade: h2c'),
    closing(got(UPGRADE)),
  ],
]);

const TWO = { 'x-a': undefined, 'x-b': '2' };

/** Inputs about fields that belong to the connection. */
export const CONNECTIONS: readonly Case[] = cases([
  ['names a field', get('Connection: X-A', 'X-A: 1', 'X-B: 2'), got(TWO)],
  ['names it in other letters', get('Connection: x-A', 'X-a: 1', 'X-B: 2'), got(TWO)],
  ['names it in a list', get('Connection: keep-alive,\tX-A ,', 'X-A: 1', 'X-B: 2'), got(TWO)],
  [
    'names it in a second field',
    get('Connection: keep-alive', 'Connection: X-A', 'X-A: 1', 'X-B: 2'),
    got(TWO),
  ],
  ['names it and closes', get('Connection: close, X-A', 'X-A: 1', 'X-B: 2'), closing(got(TWO))],
  ['names Host', get('Connection: Host'), got({ host: 'a.example' })],
  [
    'names Content-Length',
    post(['Connection: Content-Length', 'Content-Length: 5'], 'hello'),
    posted('hello'),
  ],
  [
    'names Transfer-Encoding',
    post(
      ['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'],
      '5\r\nhello\r\n0\r\n\r\n',
    ),
    posted('hello'),
  ],
  [
    'names credentials',
    get('Connection: Authorization, Cookie', 'Authorization: a', 'Cookie: b'),
    got({ authorization: 'a', cookie: 'b' }),
  ],
  ['names a number of ours', get('Connection: X-Chain-Id'), got()],
  ['is empty', get('Connection:'), got()],
  ['is commas', get('Connection: ,,'), got()],
  ['closes', get('Connection: close'), closing(got({ connection: undefined }))],
  ['closes in large letters', get('Connection: CLOSE'), closing(got())],
  ['closes and keeps', get('Connection: keep-alive, close'), closing(got())],
  [
    'fields of the connection',
    get('Keep-Alive: timeout=5', 'Proxy-Connection: keep-alive', 'TE: trailers', 'Trailer: X-T'),
    got({
      'keep-alive': undefined,
      'proxy-connection': undefined,
      te: undefined,
      trailer: undefined,
    }),
  ],
  ['a number of ours', get('X-Chain-Id: 1', 'x-chain-id: 2'), got()],
]);
