/** Requests and responses built from a grammar: nearly all of each is as it should be. */
import fc from 'fast-check';
import { framed } from './body-grammar.ts';
import { anyByte, headers, joined, lineEnd, mostly, said } from './header-grammar.ts';

const host = said(
  ['Host', 'host', 'HOST'],
  ['a', 'a:80', 'example.com', '127.0.0.1:1', '[::1]:80', 'a-b_c.d', "a!$&'()*+;=~", 'a:', 'A%20'],
  [
    '',
    'a b',
    'a,b',
    'u@a',
    'a/b',
    'a:x',
    'a:99999',
    '[::',
    '::1',
    'a#b',
    'a?b',
    'a\\b',
    '\xe9',
    '%',
  ],
);
const method = mostly(
  ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'PROPFIND', 'M-SEARCH', 'PURGE'],
  ['get', 'CONNECT', 'TRACE', 'G(T', '', 'GETS', 'PRI', 'QUERY', 'G\0T', 'SOURCE', 'X'],
);
const target = mostly(
  ['/', '/a/b?c=d', '/%00%zz', '//x', '/"<>\\^`{|}', '/?', '/a:b@c', "/!$&'()*+,;=~-._", '/*'],
  [
    '*',
    'http://a/',
    'http://a',
    'HTTP://A/?x',
    'a',
    '',
    '/#',
    '/\xe9',
    '/ x',
    'http://u@a/',
    '?x',
    '/\0',
  ],
);
const gap = mostly([' '], ['  ', '\t', '', ' \t', '\x0b', '\r\n', '\0'], 90);
const version = mostly(
  ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'],
  [
    'HTTP/2.0',
    'HTTP/1.2',
    'HTTP/0.9',
    'http/1.1',
    'HTTP/1',
    'HTTP/1.1 ',
    'HTTP/1.10',
    '',
    'RTSP/1.0',
  ],
);
const before = mostly([''], ['\r\n', '\r\n\r\n', '\n', '\r', ' '], 40);

const request = fc
  .tuple(
    joined(before, method, gap, target, gap, version, lineEnd),
    fc.oneof({ weight: 30, arbitrary: host }, { weight: 1, arbitrary: fc.constant('') }),
    headers,
    framed,
    headers,
    lineEnd,
  )
  .map(
    ([line, host, some, [framing, body], others, end]) =>
      line + host + some + framing + others + end + body,
  );

/** One or more requests, one behind the other. */
export const requests: fc.Arbitrary<Buffer> = fc
  .array(request, { minLength: 1, maxLength: 3 })
  .map((all) => Buffer.from(all.join(''), 'latin1'));

const answerVersion = mostly(
  ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'],
  ['HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'ICY', 'HTTP/1'],
);
const status = mostly(
  ['200', '200', '201', '206', '301', '304', '204', '400', '404', '500', '503', '599'],
  ['100', '101', '103', '199', '600', '099', '999', '20', '2000', '', '2x0', '+20', '0200'],
);
const reason = mostly(
  [' OK', ' ', '', ' Not Found', ' \xe9\t!'],
  ['OK', '\tOK', ' O\0K', '  OK', ' O\rK'],
);
const interim = joined(
  fc.constantFrom(
    'HTTP/1.1 100 Continue\r\n',
    'HTTP/1.1 103 Early Hints\r\n',
    'HTTP/1.1 102 Processing\r\n',
  ),
  headers,
  lineEnd,
);
const answer = fc
  .tuple(
    joined(answerVersion, gap, status, reason, lineEnd),
    headers,
    framed,
    headers,
    lineEnd,
    anyByte,
  )
  .map(
    ([line, some, [framing, body], others, end, rest]) =>
      line + some + framing + others + end + (framing ? body : rest),
  );

/** A response, perhaps behind interim ones, perhaps before something else. */
export const responses: fc.Arbitrary<Buffer> = joined(
  fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: interim }),
  fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: interim }),
  answer,
  fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: anyByte }),
).map((text) => Buffer.from(text, 'latin1'));
