/** Heads as they are written: what is kept, what is left out, and what is refused. */
import { describe, expect, test } from 'vitest';
import { InvalidHeaderError } from '../errors.ts';
import { headerLines, statusLine, trailerLines } from './write-head.ts';

describe('header lines', () => {
  test('are written as they were given, in their order', () => {
    const raw = [
      'x-B',
      '1',
      'X-a',
      '',
      'Set-Cookie',
      'a=b',
      'x-b',
      'caf\xe9\t"',
      'Set-Cookie',
      'c=d',
    ];
    expect(headerLines(raw).text).toBe(
      'x-B: 1\r\nX-a: \r\nSet-Cookie: a=b\r\nx-b: caf\xe9\t"\r\nSet-Cookie: c=d\r\n',
    );
  });

  test('leave out what is about one connection only', () => {
    const names = [
      'Connection',
      'HTTP2-Settings',
      'Keep-Alive',
      'Proxy-Connection',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'transfer-encoding',
      'CONNECTION',
    ];
    const { text, closes } = headerLines(names.flatMap((name) => [name, 'x']));
    expect({ text, closes }).toEqual({ text: '', closes: false });
  });

  test('tell of Date, and keep it', () => {
    expect(headerLines(['date', 'x'])).toMatchObject({ text: 'date: x\r\n', hasDate: true });
    expect(headerLines(['dates', 'x']).hasDate).toBe(false);
  });

  test.each([
    ['close', true],
    ['Keep-Alive, Close', true],
    ['close,x', true],
    ['closed', false],
    ['x-close', false],
    ['', false],
  ])('tell that the connection is to be closed: %j', (value, closes) => {
    expect(headerLines(['Connection', value]).closes).toBe(closes);
  });

  test.each([
    ['0', 0],
    ['5', 5],
    ['0005', 5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('tell the length %j, and do not write it', (value, contentLength) => {
    expect(headerLines(['content-LENGTH', value])).toMatchObject({ text: '', contentLength });
  });

  test('take a length that is given again, if it is the same', () => {
    expect(headerLines(['Content-Length', '5', 'content-length', '05']).contentLength).toBe(5);
    expect(() => headerLines(['Content-Length', '5', 'Content-Length', '6'])).toThrow(
      InvalidHeaderError,
    );
  });
});

describe('what would break a message is refused', () => {
  test.each([
    '',
    ' ',
    'a b',
    'a:',
    'a\r\nb',
    'a\n',
    'a\0',
    'a\x7f',
    '(a)',
    'é',
    'a\u{110}',
    '\u{2028}',
    5,
    null,
    ['a'],
  ])('a name %j', (name) => {
    expect(() => headerLines(['X', 'y', name as string, 'v'])).toThrow(InvalidHeaderError);
    expect(() => headerLines(['X', 'y', name as string, 'v'])).toThrow('the name to be a token');
  });

  test.each([
    'a\r\nb: c',
    '\n',
    '\r',
    'a\0',
    '\x7f',
    '\x1b',
    'a\u{10a}b',
    'a\u{10d}\u{10a}b',
    '\u{2028}',
    '\u{1f600}',
    undefined,
    null,
    5,
    ['a'],
    new String('a'),
  ])('a value %j', (value) => {
    for (const name of ['X', 'Date', 'Connection', 'Transfer-Encoding', 'Content-Length']) {
      expect(() => headerLines([name, value as string])).toThrow(InvalidHeaderError);
    }
  });

  test.each([
    '',
    '-1',
    '+5',
    '5 ',
    '5, 5',
    '0x5',
    '1e3',
    '5.0',
    '9007199254740992',
    '1'.repeat(17),
  ])('a length %j', (value) => {
    expect(() => headerLines(['Content-Length', value])).toThrow(InvalidHeaderError);
  });

  test('a name without a value', () => {
    expect(() => headerLines(['a', 'b', 'c'])).toThrow(InvalidHeaderError);
  });

  test('also when a name alike was written before', () => {
    for (let count = 0; count < 1200; count++) headerLines([`x-${count}`, 'y']);
    expect(() => headerLines(['x-1\r\ny', 'z'])).toThrow(InvalidHeaderError);
    expect(headerLines(['x-new', 'z', 'TE', 'x']).text).toBe('x-new: z\r\n');
  });
});

test('trailers leave out what is too late for them', () => {
  const late = ['Host', 'a', 'Content-Length', '5', 'Transfer-Encoding', 'chunked', 'hOST', 'b'];
  expect(trailerLines([...late, 'X-Host', 'Host: a', 'Connection', 'close', 'Y', ''])).toBe(
    'X-Host: Host: a\r\nY: \r\n',
  );
  expect(() => trailerLines(['a', 'b\r\nHost: c'])).toThrow(InvalidHeaderError);
});

test.each([
  [200, 'HTTP/1.1 200 OK\r\n'],
  [404, 'HTTP/1.1 404 Not Found\r\n'],
  [299, 'HTTP/1.1 299 Unknown\r\n'],
])('the first line for %d', (status, line) => {
  expect(statusLine(status)).toBe(line);
});
