/** Tests of how Cache-Control is read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Directives } from './cache-control.ts';
import { readRequestDirectives } from './request-directives.ts';
import { HeaderList } from '../context/headers.ts';

const read = (...lines: string[]): Directives => Directives.fromLines(lines);

describe('Cache-Control', () => {
  test.each([
    ['max-age=60', 60],
    ['MaX-AgE=60', 60],
    ['max-age="60"', 60],
    [' , max-age=60 ,, ', 60],
    ['no-cache, max-age=0060', 60],
    ['max-age=60, max-age=60', 60],
    ['max-age=99999999999999999999999', 2 ** 31],
    [`max-age=${'9'.repeat(400)}`, 2 ** 31],
    ['extension="max-age=1, a=\\"b", max-age=60', 60],
    ['max-age=60, extension="max-age=1"', 60],
    ['x-max-age=60', undefined],
    ['"max-age=60"', undefined],
    ['extension="max-age=60"', undefined],
  ])('%s gives %s seconds', (line, seconds) => {
    expect(read(line).seconds('max-age')).toBe(seconds);
  });

  test.each([
    'max-age',
    'max-age=',
    'max-age=-1',
    'max-age=+1',
    'max-age=1.5',
    'max-age=1e3',
    'max-age=a60',
    'max-age=60a',
    'max-age =60',
    'max-age= 60',
    'max-age=60 60',
    "max-age='60'",
    'max-age=""',
    'max-age=" 60"',
    'max-age=60;x',
    'max-age=60, max-age=61',
    'max-age=60, max-age',
  ])('%s is there, and no number', (line) => {
    expect(read(line).has('max-age')).toBe(true);
    expect(read(line).seconds('max-age')).toBeNaN();
  });

  test('several lines are one', () => {
    const directives = read('no-store', 'max-age=5');
    expect([directives.has('no-store'), directives.seconds('max-age')]).toEqual([true, 5]);
    expect(read('max-age=5', 'max-age=6').seconds('max-age')).toBeNaN();
  });

  test('what restricts counts even if it is malformed, what permits does not', () => {
    expect(read('no-store now').has('no-store')).toBe(true);
    expect(read('no-store=1').has('no-store')).toBe(true);
    expect(read('public now').permits('public')).toBe(false);
    expect(read('public').permits('public')).toBe(true);
    expect(read('').permits('public')).toBe(false);
  });

  test('a quote without end makes all of it unreliable', () => {
    expect(read('max-age=60, x="no-store').isBroken).toBe(true);
    expect(read('max-age=60, x="no-store"').isBroken).toBe(false);
  });

  test.each([
    ['no-cache="Set-Cookie"', ['set-cookie']],
    ['no-cache="a, B"', ['a', 'b']],
    ['no-cache=a', ['a']],
    ['no-cache="a", no-cache="b"', ['a', 'b']],
    ['no-cache', undefined],
    ['no-cache="a", no-cache', undefined],
    ['no-cache=""', undefined],
    ['no-cache="a b"', undefined],
    ['no-cache="a,"', undefined],
    ['max-age=1', undefined],
  ])('%s is limited to the fields %j', (line, fields) => {
    expect(read(line).fields('no-cache')).toEqual(fields);
  });

  test('never throws, and reads each directive of a well-formed field', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii' }), { maxLength: 4 }), (lines) => {
        const directives = Directives.fromLines(lines);
        const seconds = directives.seconds('max-age');
        expect(seconds === undefined).toBe(!directives.has('max-age'));
      }),
      { numRuns: 2_000 },
    );
    const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const argument = fc.oneof(
      fc.nat().map(String),
      fc
        .string({ unit: 'grapheme-ascii', maxLength: 12 })
        .map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`),
    );
    const item = fc.tuple(token, fc.option(argument, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (items) => {
        const line = items.map(([name, value]) => (value ? `${name}=${value}` : name)).join(' , ');
        const directives = read(line);
        expect(directives.isBroken).toBe(false);
        for (const [name] of items) expect(directives.permits(name)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('takes time in proportion to its length', () => {
    const hostile = [
      '"'.repeat(8_000),
      'a='.repeat(4_000),
      `x="${'\\'.repeat(8_000)}`,
      `${' '.repeat(8_000)}x`,
      ',='.repeat(4_000),
    ];
    for (const line of hostile) expect(() => read(line).has('x')).not.toThrow();
  });
});

describe('what a request asks', () => {
  const asks = (...raw: string[]) => readRequestDirectives(HeaderList.fromRaw(raw));

  test('nothing, if it says nothing', () => {
    expect(asks()).toMatchObject({ noStore: false, mustValidate: false, onlyIfCached: false });
    expect(asks('Cache-Control', 'unheard-of')).toEqual(asks());
  });

  test('durations are in milliseconds', () => {
    expect(asks('Cache-Control', 'max-age=5, min-fresh=6, stale-if-error=7')).toMatchObject({
      maxAgeMs: 5_000,
      minFreshMs: 6_000,
      staleIfErrorMs: 7_000,
    });
    expect(asks('Cache-Control', 'max-stale').maxStaleMs).toBe(Infinity);
    expect(asks('Cache-Control', 'max-stale=8').maxStaleMs).toBe(8_000);
  });

  test.each(['no-cache', 'max-age=0', 'max-age=x', 'min-fresh=x', 'max-age=1, max-age=2'])(
    '%s wants to have it confirmed',
    (value) => {
      expect(asks('Cache-Control', value).mustValidate).toBe(true);
    },
  );

  test('what would loosen the rules has to be well written', () => {
    expect(asks('Cache-Control', 'max-stale=x').maxStaleMs).toBeUndefined();
    expect(asks('Cache-Control', 'stale-if-error=x').staleIfErrorMs).toBe(0);
  });

  test('Pragma counts where there is no Cache-Control', () => {
    expect(asks('Pragma', 'x, No-Cache').mustValidate).toBe(true);
    expect(asks('Pragma', 'x-no-cache').mustValidate).toBe(false);
    expect(asks('Pragma', 'no-cache', 'Cache-Control', 'max-age=5').mustValidate).toBe(false);
  });
});
