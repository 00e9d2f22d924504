/** Tests of patterns that nobody can make slow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinearPattern } from './linear-pattern.ts';
import { patternFault } from './value-rule.ts';

const fits = (source: string, value: string): boolean => new LinearPattern(source).matches(value);

describe('a pattern', () => {
  test.each([
    ['v[23]', 'v2', true],
    ['v[23]', 'xv2', false],
    ['v[23]', 'v2x', false],
    ['^v[23]$', 'v3', true],
    ['a|b', 'b', true],
    ['(?:a|bc)+d?', 'abca', true],
    ['(?:a|bc)+d?', 'd', false],
    ['x{2,3}', 'x', false],
    ['x{2,3}', 'xxx', true],
    ['x{2,3}', 'xxxx', false],
    ['x{2,}', 'xxxxx', true],
    ['(?<year>\\d{4})-\\d\\d', '2026-11', true],
    ['[^;]*;\\s*q=0\\.5', 'text/html; q=0.5', true],
    ['\\/a\\.b', '/a.b', true],
    ['.*', '', true],
    ['', '', true],
    ['', 'x', false],
    ['ü+', 'üü', true],
    ['[α-ω]+', 'λόγος'.normalize('NFD').replaceAll(/[^α-ω]/g, ''), true],
  ])('%s asked for "%s" says %s', (source, value, expected) => {
    expect(fits(source, value)).toBe(expected);
  });

  test.each([
    ['(', 'it is no regular expression'],
    ['a**', 'it is no regular expression'],
    ['(a)\\1', 'it may not go back to what a group matched'],
    ['(?<a>b)\\k<a>', 'it may not go back to what a group matched'],
    ['(?=a)b', 'it may not look ahead or behind'],
    ['(?<!a)b', 'it may not look ahead or behind'],
    ['\\bword', '"\\b" is not supported'],
    ['a^b', '"^" may only be at the beginning and the end'],
    ['(a$)b', '"$" may only be at the beginning and the end'],
    ['^a|b$', '"^" and "$" beside "|" need brackets round what is between them'],
    ['a|b$', '"^" and "$" beside "|" need brackets round what is between them'],
    ['x{201}', 'it may repeat no more than 200 times by number'],
    ['(x{100}){100}', 'it is too large'],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 'it is nested too deeply'],
  ])('%s is refused: %s', (source, reason) => {
    expect(patternFault(source)).toBe(reason);
  });

  test('says what RegExp says of the whole value', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\d',
      '1',
      '(?:a|b1)',
      '(ab)?',
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '{0}'))
      .map((parts) => parts.join(''))
      // `(ab)??` is one sign, but `(ab)?*` is none.
      .filter((text) => !/\?[*+{]/.test(text));
    const source = fc
      .array(
        fc.array(piece, { maxLength: 4 }).map((parts) => parts.join('')),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((ways) => ways.join('|'));
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '1', '\n', 'é'), maxLength: 8 });
    let met = 0;
    fc.assert(
      fc.property(source, value, (pattern, text) => {
        const expected = new RegExp(`^(?:${pattern})$`).test(text);
        met += Number(expected);
        expect(fits(pattern, text)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(met).toBeGreaterThan(100);
  });

  test('takes work that grows with the value and no faster, where RegExp would take for ever', () => {
    let asked = 0;
    const counted = (length: number): number => {
      asked = 0;
      const pattern = new LinearPattern('(?:a|a|aa)*(?:a*)*b');
      const value = 'a'.repeat(length);
      // Each character is asked for once a step.
      const text = {
        length,
        charCodeAt: (at: number) => {
          asked++;
          return value.charCodeAt(at);
        },
      };
      expect(pattern.matches(text as unknown as string)).toBe(false);
      return asked;
    };
    expect([counted(100), counted(1000)]).toEqual([100, 1000]);
  });

  test('does not look at what is longer than any sensible value', () => {
    expect(fits('a*', 'a'.repeat(2048))).toBe(true);
    expect(fits('a*', 'a'.repeat(2049))).toBe(false);
  });
});
