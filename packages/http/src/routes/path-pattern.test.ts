/** Tests of path patterns. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches, mayOverlap, paramsOf, parsePattern, segmentsOf } from './path-pattern.ts';

describe('a pattern', () => {
  test.each([
    ['/', '/', true],
    ['/', '/a', false],
    ['/a', '/a', true],
    ['/a', '/a/', false],
    ['/a', '/A', false],
    ['/a/', '/a/', true],
    ['/a/*', '/a', true],
    ['/a/*', '/a/', true],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/ab', false],
    ['/*', '/', true],
    ['/*', '/x/y', true],
    ['/u/:id', '/u/1', true],
    ['/u/:id', '/u/', false],
    ['/u/:id', '/u/1/2', false],
    ['/u/:id/k', '/u/1/k', true],
    ['/u/:id/*', '/u/1', true],
    ['/u/:id/*', '/u', false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matches(parsePattern(pattern), path)).toBe(expected);
  });

  test.each([
    '',
    'a',
    '//',
    '/a//b',
    '/a*',
    '/*/a',
    '/:',
    '/:1',
    '/:a-b',
    '/:id/:id',
    '/a?b',
    '/a b',
    '/a#',
    '/a\\b',
  ])('cannot be %j', (source) => {
    expect(() => parsePattern(source)).toThrow('Expected `path` to be a path');
  });

  test('unescapes what its parameters caught, once, and leaves what is no text', () => {
    const pattern = parsePattern('/u/:id/f/*');
    expect(paramsOf(pattern, '/u/a%20b/f/x/y')).toEqual({ id: 'a b', '*': 'x/y' });
    expect(paramsOf(parsePattern('/u/:id'), '/u/a%2Fb')).toEqual({ id: 'a/b' });
    expect(paramsOf(parsePattern('/u/:id'), '/u/%252e')).toEqual({ id: '%2e' });
    expect(paramsOf(parsePattern('/u/:id'), '/u/%FF')).toEqual({ id: '%FF' });
  });

  test('may overlap with another one exactly if some path matches both', () => {
    const segment = fc.constantFrom('a', 'b', ':p');
    const source = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
      .map(([parts, rest]) => `/${[...new Set(parts), ...(rest ? ['*'] : [])].join('/')}`);
    const paths = ['', 'a', 'b', 'c'].flatMap((x) =>
      ['', 'a', 'b', 'c'].flatMap((y) =>
        ['', 'a', 'b', 'c'].map(
          (z) => `/${[x, y, z, 'd'].slice(0, [x, y, z, ''].indexOf('')).join('/')}`,
        ),
      ),
    );
    fc.assert(
      fc.property(source, source, (one, other) => {
        const [left, right] = [parsePattern(one), parsePattern(other)];
        const both = paths.some((path) => matches(left, path) && matches(right, path));
        expect(mayOverlap(left, right)).toBe(both);
        expect(mayOverlap(right, left)).toBe(both);
      }),
    );
  });

  test('the root has no segments', () => {
    expect([segmentsOf('/'), segmentsOf('/a'), segmentsOf('/a/')]).toEqual([[], ['a'], ['a', '']]);
  });
});
