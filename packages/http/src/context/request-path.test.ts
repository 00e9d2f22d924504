/** Tests of the normal form of paths. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalPath, readTarget } from './request-path.ts';

describe('normalPath', () => {
  test.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/', '/a/'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/%7Euser', '/~user'],
    ['/a%2fb', '/a%2Fb'],
    ['/public/%2e%2e/admin', '/admin'],
    ['/public/%2E./admin', '/admin'],
    ['//admin', '/admin'],
    ['/a//b///c', '/a/b/c'],
    ['/a//../b', '/b'],
    ['/%252e%252e/x', '/%252e%252e/x'],
    ['/a;b=1/c', '/a;b=1/c'],
    ['/file.txt', '/file.txt'],
    ['/...', '/...'],
  ])('%s is %s', (raw, normal) => {
    expect(normalPath(raw)).toBe(normal);
  });

  test.each([
    '',
    'a',
    '*',
    '/..',
    '/../a',
    '/a/../../b',
    '/%2e%2e',
    '/%00',
    '/a%00b',
    '/%',
    '/%4',
    '/%zz',
    '/a\\b',
    '/a b',
    '/é',
    '/a?b',
    '/<x>',
  ])('refuses %j', (raw) => {
    expect(normalPath(raw)).toBeUndefined();
  });

  test('has no dots, no double slashes, and is the normal form of itself', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '/',
      '//',
      '%2f',
      '%41',
      ';',
      'b%20c',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const normal = normalPath(`/${parts.join('/')}`);
        fc.pre(normal !== undefined);
        expect(normal.split('/')).not.toContain('..');
        expect(normal.split('/')).not.toContain('.');
        expect(normal).not.toContain('//');
        expect(normal).not.toMatch(/%2e|%41/i);
        expect(normalPath(normal)).toBe(normal);
      }),
    );
  });
});

describe('readTarget', () => {
  test('parts the query from the path and leaves it as it came', () => {
    expect(readTarget('/a/../b?x=%2e%2e&y=/../')).toEqual({
      path: '/b',
      search: '?x=%2e%2e&y=/../',
    });
    expect(readTarget('/a')).toEqual({ path: '/a', search: '' });
    expect(readTarget('/a?')).toEqual({ path: '/a', search: '?' });
  });

  test('takes the absolute form', () => {
    expect(readTarget('http://h:80/a/./b?c')).toEqual({ path: '/a/b', search: '?c' });
    expect(readTarget('HTTP://h')).toEqual({ path: '/', search: '' });
    expect(readTarget('http://h?c')).toEqual({ path: '/', search: '?c' });
  });

  test.each(['*', 'h:443', '/a#b', '/%00?x', 'ftp://h/a'])('refuses %j', (target) => {
    expect(readTarget(target)).toBeUndefined();
  });
});

test('a target is its path in normal form and its query, however plain it looks', () => {
  const texts = [
    'a',
    '.',
    '..',
    '/',
    '//',
    '%2e',
    '%2F',
    '?',
    '#',
    '\\',
    ' ',
    'é',
    '\u0100',
    '~',
    '*',
    ':',
  ];
  const part = fc.constantFrom(...texts);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const target = `/${parts.join('')}`;
      const at = target.indexOf('?');
      const path = normalPath(at < 0 ? target : target.slice(0, at));
      const search = at < 0 ? '' : target.slice(at);
      const isRead = path !== undefined && !target.includes('#');
      expect(readTarget(target)).toEqual(isRead ? { path, search } : undefined);
    }),
    { numRuns: 2000 },
  );
});
