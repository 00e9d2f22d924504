/** Heads of HTTP/2: under the same rules as those of HTTP/1, and some of their own. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedMessageError } from '../errors.ts';
import { type Http2Head, readHttp2Head } from './http2-head.ts';
import { checkLimits, type LimitOptions } from '../message-reader/limits.ts';
import type { RuleCode } from '../rules.ts';

interface Pseudo {
  readonly method?: string | undefined;
  readonly scheme?: string | undefined;
  readonly path?: string | undefined;
  readonly authority?: string | undefined;
}

function head(
  pseudo: Pseudo,
  headers: readonly string[] = [],
  limits: LimitOptions = {},
): Http2Head {
  const all = { method: 'GET', scheme: 'https', path: '/', authority: 'a', ...pseudo };
  const raw = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`:${name}`, value],
  );
  return readHttp2Head([...raw, ...headers], checkLimits(limits, 1000));
}

function ruleOf(
  pseudo: Pseudo,
  headers?: readonly string[],
  limits?: LimitOptions,
): RuleCode | undefined {
  try {
    head(pseudo, headers, limits);
    return undefined;
  } catch (error) {
    if (!RefusedMessageError.is(error)) throw error;
    return error.code;
  }
}

test('a head becomes what it would be in HTTP/1', () => {
  const read = head({ method: 'POST', path: '/a?b', authority: 'b.example:8443' }, [
    'content-length',
    '12',
    'x-a',
    '1',
    'te',
    'trailers',
    'x-a',
    '',
  ]);
  expect(read).toMatchObject({ method: 'POST', target: '/a?b' });
  expect(read.fields.raw).toEqual([
    'host',
    'b.example:8443',
    'content-length',
    '12',
    'x-a',
    '1',
    'te',
    'trailers',
    'x-a',
    '',
  ]);
  expect(read.fields).toMatchObject({ host: 'b.example:8443', contentLength: 12 });
});

test('cookies that came apart are one header', () => {
  const { fields } = head({}, ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2', 'cookie', 'c=3']);
  expect(fields.raw).toEqual(['host', 'a', 'x', 'y', 'cookie', 'a=1; b=2; c=3']);
});

test('a star is a target for OPTIONS alone', () => {
  expect(head({ method: 'OPTIONS', path: '*' }).target).toBe('*');
  expect(ruleOf({ path: '*' })).toBe('TARGET_FORM');
});

describe('the host', () => {
  test('may stand in either place, or be the same in both', () => {
    expect(head({ authority: undefined }, ['host', 'b']).fields.raw).toEqual(['host', 'b']);
    expect(head({ authority: 'B' }, ['host', 'b']).fields.raw).toEqual(['host', 'b']);
  });

  test.each<[string, Pseudo, readonly string[], RuleCode]>([
    ['is missing', { authority: undefined }, [], 'HOST_MISSING'],
    ['differs', { authority: 'a' }, ['host', 'b'], 'HOST_MISMATCH'],
    ['differs in its port', { authority: 'a' }, ['host', 'a:443'], 'HOST_MISMATCH'],
    ['is repeated', { authority: undefined }, ['host', 'a', 'host', 'a'], 'HOST_REPEATED'],
    ['is repeated beside the authority', {}, ['host', 'a', 'host', 'b'], 'HOST_REPEATED'],
    ['is empty', { authority: '' }, [], 'HOST_MALFORMED'],
    ['has a user', { authority: 'me@a' }, [], 'HOST_MALFORMED'],
    ['has a path', { authority: 'a/b' }, [], 'HOST_MALFORMED'],
    ['is two', { authority: 'a, b' }, [], 'HOST_MALFORMED'],
    ['has a wrong port', { authority: 'a:x' }, [], 'HOST_MALFORMED'],
  ])('that %s is refused', (_, pseudo, headers, code) => {
    expect(ruleOf(pseudo, headers)).toBe(code);
  });
});

describe('refused', () => {
  test.each<[string, Pseudo, RuleCode]>([
    ['a method that is no token', { method: 'GE T' }, 'REQUEST_LINE_MALFORMED'],
    ['a method with a line', { method: 'GET / HTTP/1.1\r\nx' }, 'HEADER_NAME_MALFORMED'],
    ['no method', { method: undefined }, 'REQUEST_LINE_MALFORMED'],
    ['an empty method', { method: '' }, 'REQUEST_LINE_MALFORMED'],
    ['CONNECT', { method: 'CONNECT', path: undefined, scheme: undefined }, 'METHOD_NOT_SERVED'],
    ['TRACE', { method: 'TRACE' }, 'METHOD_NOT_SERVED'],
    ['a path with a space', { path: '/a b' }, 'REQUEST_LINE_MALFORMED'],
    ['a path with a second line', { path: '/ HTTP/1.1\r\nx: y' }, 'REQUEST_LINE_MALFORMED'],
    [
      'a method with two lines',
      { method: 'GET / HTTP/1.1\r\nx: y\r\nz:' },
      'REQUEST_LINE_MALFORMED',
    ],
    ['a method with its target', { method: 'GET /a HTTP/1.1\r\nx:' }, 'REQUEST_LINE_MALFORMED'],
    ['a path that ends as a line does', { path: '/ HTTP/1.1' }, 'REQUEST_LINE_MALFORMED'],
    ['a path with a fragment', { path: '/a#b' }, 'TARGET_MALFORMED'],
    ['a path with a letter beyond ASCII', { path: '/\xe9' }, 'TARGET_MALFORMED'],
    ['an address for a path', { path: 'http://a/' }, 'TARGET_FORM'],
    ['a path that does not begin at the root', { path: 'a' }, 'TARGET_FORM'],
    ['an empty path', { path: '' }, 'TARGET_FORM'],
    ['no path', { path: undefined }, 'TARGET_FORM'],
    ['another scheme', { scheme: 'https://b/?' }, 'TARGET_FORM'],
    ['no scheme', { scheme: undefined }, 'TARGET_FORM'],
  ])('%s', (_, pseudo, code) => {
    expect(ruleOf(pseudo)).toBe(code);
  });

  test.each<[string, readonly string[], RuleCode]>([
    ['connection', ['connection', 'close'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['keep-alive', ['keep-alive', '1'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['proxy-connection', ['proxy-connection', 'x'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['transfer-encoding', ['transfer-encoding', 'chunked'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['upgrade', ['upgrade', 'h2c'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['te but trailers', ['te', 'gzip'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['te with more than trailers', ['te', 'trailers, gzip'], 'CONNECTION_HEADER_FORBIDDEN'],
    ['a name that is no token', ['a b', 'c'], 'HEADER_NAME_MALFORMED'],
    ['a name with a colon', ['a: b', 'c'], 'HEADER_NAME_MALFORMED'],
    ['an empty name', ['', 'c'], 'HEADER_NAME_MALFORMED'],
    ['a value with a line', ['a', 'b\r\nc: d'], 'HEADER_VALUE_MALFORMED'],
    ['a value with LF', ['a', 'b\nc'], 'BARE_LF'],
    ['a value with CR', ['a', 'b\rc'], 'BARE_CR'],
    ['a name with a line', ['a\r\nb', 'c'], 'HEADER_NAME_MALFORMED'],
    ['a value that is folded', ['a', 'b\r\n c'], 'LINE_FOLDED'],
    ['a cookie with a line', ['cookie', 'b\r\nc: d'], 'HEADER_VALUE_MALFORMED'],
    ['a value with NUL', ['a', '\0'], 'HEADER_VALUE_MALFORMED'],
    ['two lengths', ['content-length', '1', 'content-length', '1'], 'CONTENT_LENGTH_REPEATED'],
    ['a length that is none', ['content-length', '1, 1'], 'CONTENT_LENGTH_MALFORMED'],
    ['an expectation that nobody knows', ['expect', 'more'], 'EXPECTATION_UNKNOWN'],
  ])('%s', (_, headers, code) => {
    expect(ruleOf({}, headers)).toBe(code);
  });

  test('what is too large', () => {
    expect(ruleOf({ path: `/${'x'.repeat(100)}` }, [], { maxLineBytes: 50 })).toBe(
      'REQUEST_LINE_TOO_LONG',
    );
    const tight = { maxHeadBytes: 100, maxLineBytes: 50 };
    expect(ruleOf({ path: `/${'x'.repeat(100)}` }, [], tight)).toBe('REQUEST_LINE_TOO_LONG');
    expect(ruleOf({}, ['x', 'y'.repeat(100)], tight)).toBe('HEAD_TOO_LARGE');
    expect(ruleOf({}, ['x', 'y'.repeat(70)], tight)).toBeUndefined();
    expect(ruleOf({}, ['x', 'y'.repeat(71)], tight)).toBe('HEAD_TOO_LARGE');
    const many = Array.from({ length: 3 }, () => ['x', 'y']).flat();
    expect(ruleOf({}, many, { maxHeaders: 4 })).toBeUndefined();
    expect(ruleOf({}, many, { maxHeaders: 3 })).toBe('TOO_MANY_HEADERS');
  });
});

test('whatever names and values are made of, none becomes two, and none another', () => {
  const part = fc
    .array(
      fc.constantFrom(
        'a',
        'x-b',
        ' ',
        ':',
        '\r\n',
        '\r',
        '\n',
        '\0',
        '/',
        'HTTP/1.1',
        '1',
        '\xe9',
        'host',
        'GET',
      ),
      {
        maxLength: 5,
      },
    )
    .map((parts) => parts.join(''));
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'x-b', 'cookie', 'host') },
    part,
  );
  const value = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('b', 'a', '', 'c d') }, part);
  const orElse = (usual: string) => fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, part);
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.record({ method: orElse('GET'), path: orElse('/'), authority: orElse('a') }),
      fc.array(fc.tuple(name, value), { maxLength: 4 }),
      (pseudo, headers) => {
        let read: Http2Head;
        try {
          read = head(pseudo, headers.flat());
        } catch (error) {
          expect(RefusedMessageError.is(error)).toBe(true);
          return;
        }
        accepted++;
        expect(read).toMatchObject({ method: pseudo.method, target: pseudo.path });
        const cookies = headers.filter(([one]) => one === 'cookie').map(([, crumb]) => crumb);
        const expected = headers.filter(([one]) => one !== 'cookie');
        if (cookies.length > 0) expected.push(['cookie', cookies.join('; ')]);
        if (!expected.some(([one]) => one === 'host')) expected.unshift(['host', pseudo.authority]);
        // Blanks around a value are no part of it.
        const trimmed = expected.map(([one, text]) => [
          one,
          text.replaceAll(/^[ \t]+|[ \t]+$/g, ''),
        ]);
        expect(read.fields.raw).toEqual(trimmed.flat());
      },
    ),
    { numRuns: 10_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});
