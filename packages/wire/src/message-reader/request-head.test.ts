/** What is odd in a request, and yet right: it is accepted, and read as it is meant. */
import { describe, expect, test } from 'vitest';
import { chunked, get, head, line } from '../../test-kit/messages.ts';
import { readRequests } from '../../test-kit/reading.ts';
import { RefusedMessageError } from '../errors.ts';
import { CLOSE, KEEP_ALIVE, UPGRADE } from './fields.ts';
import { checkLimits } from './limits.ts';
import { readRequestHead, type RequestHead, upgradeOf } from './request-head.ts';

const LIMITS = checkLimits({}, Infinity);
const HOST = ['Host', 'a'];

/** A head without its empty line. */
const read = (text: string): RequestHead => readRequestHead(text.slice(0, -2), LIMITS);

function only(text: string) {
  const { messages, refused, isCutShort } = readRequests(Buffer.from(text, 'latin1'));
  expect({ refused, isCutShort, count: messages.length }).toEqual({ isCutShort: false, count: 1 });
  return messages[0];
}

describe('targets', () => {
  test.each([
    'GET /',
    'GET /a/b%20c?d=e&f=g',
    'GET //a//b',
    'GET /"<>\\^`{|}',
    'GET /?',
    'GET /../..',
    'GET http://a',
    'GET HTTP://A/b?c',
    'GET https://a?x',
    'OPTIONS *',
    'OPTIONS http://a',
    'PROPFIND /',
    "!#$%&'*+-.^_`|~9 /",
  ])('%s is kept as it is', (words) => {
    expect(only(line(`${words} HTTP/1.1`))?.line).toEqual(words.split(' '));
  });
});

describe('versions', () => {
  test('HTTP/1.0 needs no host', () => {
    expect(only(head('GET / HTTP/1.0'))).toMatchObject({ version: '1.0', headers: [] });
  });

  test('HTTP/1.0 ignores what is expected of it', () => {
    expect(only(head('GET / HTTP/1.0', 'Expect: tea'))).toBeDefined();
  });

  test('one line break before the request is let pass', () => {
    expect(only(`\r\n${get()}`)?.line).toEqual(['GET', '/']);
  });
});

describe('headers', () => {
  test.each([
    ['X:y', 'y'],
    ['X:   y', 'y'],
    ['X:\ty\t', 'y'],
    ['X: \t y \t ', 'y'],
    ['X: a  b\tc', 'a  b\tc'],
    ['X:', ''],
    ['X: \t', ''],
    ['X: \x80\xa0\xff', '\x80\xa0\xff'],
    ['X: \xa0y\xa0', '\xa0y\xa0'],
    ['X: a: b: c', 'a: b: c'],
    ['X: "a, b" (c)', '"a, b" (c)'],
  ])('%j has the value %j', (text, value) => {
    expect(only(get(text))?.headers).toEqual([...HOST, 'X', value]);
  });

  test('keep their order, their case and their repetitions', () => {
    const lines = ['x-B: 1', 'X-a: 2', 'x-b: 3', 'X-A:', "!#$%&'*+-.^_`|~0: 4"];
    expect(only(get(...lines))?.headers).toEqual([
      ...HOST,
      'x-B',
      '1',
      'X-a',
      '2',
      'x-b',
      '3',
      'X-A',
      '',
      "!#$%&'*+-.^_`|~0",
      '4',
    ]);
  });

  test.each([
    ['close', CLOSE],
    ['CLOSE', CLOSE],
    ['keep-alive', KEEP_ALIVE],
    ['Keep-Alive, Upgrade', KEEP_ALIVE | UPGRADE],
    ['upgrade,close', CLOSE | UPGRADE],
    [' , close\t,', CLOSE],
    ['foo, bar', 0],
    ['closed', 0],
    ['"close"', 0],
    ['close;x', 0],
    ['x close', 0],
    ['\xa0close', 0],
    ['', 0],
  ])('Connection: %j', (value, bits) => {
    expect(read(get(`Connection: ${value}`)).fields.connection).toBe(bits);
  });

  test('several Connection headers are one list', () => {
    const { fields } = read(get('Connection: upgrade', 'connection: x, close'));
    expect(fields.connection).toBe(UPGRADE | CLOSE);
  });

  test.each([
    ['timeout=5', 5],
    ['timeout=5, max=100', 5],
    ['max=100, timeout=7', 7],
    ['max=100,Timeout="9"', 9],
    ['timeout = 3', 3],
    ['xtimeout=5', -1],
    ['timeout=', -1],
    ['', -1],
  ])('Keep-Alive: %j promises %d seconds', (value, seconds) => {
    expect(read(get(`Keep-Alive: ${value}`)).fields.keepAliveSeconds).toBe(seconds);
  });

  test('blanks without end take no time that grows faster than they do', () => {
    const blanks = ' '.repeat(15_000);
    for (const name of ['Connection', 'Keep-Alive', 'Upgrade', 'Expect', 'X']) {
      const before = process.cpuUsage();
      expect(only(head('GET / HTTP/1.0', `${name}: a${blanks}b${' '.repeat(900)}`))).toBeDefined();
      expect(process.cpuUsage(before).user).toBeLessThan(100_000);
    }
  });
});

describe('bodies', () => {
  test('a GET may have one', () => {
    expect(only(`${get('Content-Length: 5')}hello`)?.body).toBe('hello');
  });

  test('a length may have zeros before it', () => {
    expect(only(`${get('Content-Length: 0000000000000005')}hello`)?.body).toBe('hello');
  });

  test('the largest length that can be counted is one', () => {
    const { fields } = read(get(`Content-Length: ${Number.MAX_SAFE_INTEGER}`));
    expect(fields.contentLength).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each(['chunked', 'Chunked', 'CHUNKED', ' \tchunked '])('the coding may be %j', (coding) => {
    const text = `${line('POST / HTTP/1.1', `Transfer-Encoding:${coding}`)}1\r\na\r\n0\r\n\r\n`;
    expect(only(text)?.body).toBe('a');
  });

  test('chunks may have sizes in any case, zeros before them, and extensions', () => {
    const text = [
      'a\r\n0123456789\r\n',
      'A;a\r\n0123456789\r\n',
      '0001;a=b;c="d\\"\t\xff;"\r\n!\r\n',
      '0000000000000000;e=""\r\n',
      '\r\n',
    ];
    expect(only(chunked(text.join('')))?.body).toBe('01234567890123456789!');
  });

  test('trailers are kept apart from headers', () => {
    const message = only(chunked('1\r\na\r\n0\r\nX: y\r\nx:\t z \r\nEmpty:\r\n\r\n'));
    expect(message?.trailers).toEqual(['X', 'y', 'x', 'z', 'Empty', '']);
    expect(message?.headers).toEqual([...HOST, 'Transfer-Encoding', 'chunked']);
  });
});

describe('a switch to another protocol', () => {
  test.each([
    ['is asked for', get('Connection: upgrade', 'Upgrade: websocket'), 'websocket'],
    ['is asked for among others', get('Connection: x, Upgrade', 'Upgrade: a, b'), 'a, b'],
    ['needs Connection', get('Upgrade: websocket'), undefined],
    ['needs Upgrade', get('Connection: upgrade'), undefined],
    [
      'is not for HTTP/1.0',
      head('GET / HTTP/1.0', 'Connection: upgrade', 'Upgrade: websocket'),
      undefined,
    ],
    [
      'does not wait for a body',
      get('Connection: upgrade', 'Upgrade: x', 'Content-Length: 1'),
      undefined,
    ],
    [
      'does not wait for chunks',
      get('Connection: upgrade', 'Upgrade: x', 'Transfer-Encoding: chunked'),
      undefined,
    ],
    [
      'may have a body of nothing',
      get('Connection: upgrade', 'Upgrade: x', 'Content-Length: 0'),
      'x',
    ],
  ])('%s', (_, text, protocol) => {
    expect(upgradeOf(read(text))).toBe(protocol);
  });
});

test('a host that was refused is refused again, and one that was taken is taken again', () => {
  for (const host of ['', 'a b', 'a', 'a b', '', 'a', 'b:1', 'a,b', 'b:1']) {
    const isRight = /^\w(?::1)?$/.test(host);
    const reading = (): RequestHead => read(head('GET / HTTP/1.1', `Host: ${host}`));
    if (isRight) expect(reading().fields.host).toBe(host);
    else expect(reading).toThrow(RefusedMessageError);
  }
});
