/** Tests of cookies: what a request brings is read, whatever it is, and what is set is what browsers take. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { type CookieOptions, cookieText, parseCookies } from './cookies.ts';

const read = (header: string | undefined): [string, string][] => [...parseCookies(header)];

describe('the cookies of a request', () => {
  test.each<[string | undefined, [string, string][]]>([
    [undefined, []],
    ['', []],
    ['a=1', [['a', '1']]],
    [
      'a=1; b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1;b=2 ;\tc=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['a="x y"', [['a', 'x y']]],
    ['a="', [['a', '"']]],
    ['a=""', [['a', '']]],
    ['a=%C3%A9%20', [['a', 'é ']]],
    [
      'a=%zz; b=%',
      [
        ['a', '%zz'],
        ['b', '%'],
      ],
    ],
    ['a=%FF', [['a', '%FF']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=', [['a', '']]],
    ['a', []],
    ['=x', []],
    [' =x', []],
    [';;; ;a=1;;', [['a', '1']]],
    [
      'A=1; a=2',
      [
        ['A', '1'],
        ['a', '2'],
      ],
    ],
    [
      '__proto__=1; constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
    ['a=1, b=2', [['a', '1, b=2']]],
  ])('%j are %j', (header, cookies) => {
    expect(read(header)).toEqual(cookies);
  });

  test('of one name are the first, which has the longest path', () => {
    expect(read('a=deep; a=root')).toEqual([['a', 'deep']]);
  });

  test('of another name are never taken for one with a prefix', () => {
    for (const blank of ['\u00a0', '\u0085', '\u000b', '\u000c', '\ufeff', '\u2003', '\u3000']) {
      expect(parseCookies(`${blank}__Host-id=evil`).has('__Host-id')).toBe(false);
      expect(parseCookies(`__Host-id${blank}=evil; __Host-id=good`).get('__Host-id')).toBe('good');
    }
    expect(parseCookies('%5F_Host-id=evil; _%5fHost-id=evil').has('__Host-id')).toBe(false);
    expect(read(' \t__Host-id \t= good ')).toEqual([['__Host-id', 'good']]);
  });

  test('are read, whatever they are, and a request is never a 500 for them', async () => {
    const app = createApp().get('/', (ctx) => [...ctx.cookies.values()].every(isText));
    const isText = (value: unknown): boolean => typeof value === 'string';
    const latin = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((code) => code !== 0x7f)
        .map((code) => String.fromCharCode(code)),
      maxLength: 60,
    });
    const likely = fc
      .array(fc.constantFrom('a', '=', ';', ' ', '"', '%', '%C3', '%A9', '%zz', ',', '\\', '\t'))
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.oneof(latin, likely), async (cookie) => {
        const answer = await app.fetch(new Request('http://host/', { headers: { cookie } }));
        expect([answer.status, await answer.text()]).toEqual([200, 'true']);
      }),
    );
  });
});

const token = fc.string({
  unit: fc.constantFrom(..."abcXYZ019!#$%&'*+-.^_`|~"),
  minLength: 1,
  maxLength: 20,
});
const anyText = fc.string({ unit: 'binary', maxLength: 30 });

describe('a cookie that is set', () => {
  test('is safe unless it is told not to be', () => {
    expect(cookieText('a', 'b')).toBe('a=b; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(
      cookieText('a', 'é', {
        maxAgeSeconds: 1.9,
        expires: new Date(0),
        path: '/x',
        domain: 'example.com',
        secure: false,
        httpOnly: false,
        sameSite: 'Strict',
      }),
    ).toBe(
      'a=%C3%A9; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/x; Domain=example.com; SameSite=Strict',
    );
    expect(cookieText('a', '', { secure: false, sameSite: 'None' })).toContain('; Secure;');
    expect(cookieText('a', '', { maxAgeSeconds: -5 })).toContain('; Max-Age=0;');
  });

  test('comes back as it was set', () => {
    fc.assert(
      fc.property(token, fc.string({ unit: 'grapheme' }), (name, value) => {
        const [pair = ''] = cookieText(name, value).split(';');
        expect(read(pair)).toEqual([[name, value]]);
        expect(read(`other=1; ${pair}; more=2`)).toContainEqual([name, value]);
      }),
    );
  });

  test('has nothing in it that was not meant, whatever its parts are', () => {
    const loose = fc.record(
      {
        path: anyText,
        domain: anyText,
        sameSite: fc.oneof(fc.constantFrom('Lax', 'Strict', 'None'), anyText),
        maxAgeSeconds: fc.oneof(fc.integer(), fc.double()),
        secure: fc.boolean(),
        httpOnly: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(token, anyText), anyText, loose, (name, value, options) => {
        let text: string;
        try {
          text = cookieText(name, value, options as CookieOptions);
        } catch {
          return;
        }
        expect(text).toMatch(/^[\x20-\x7e]+$/);
        const names = text
          .split(';')
          .slice(1)
          .map((part) => part.trim().split('=')[0]);
        expect(new Set(names).size).toBe(names.length);
        const known = ['Max-Age', 'Path', 'Domain', 'HttpOnly', 'Secure', 'SameSite'];
        expect(known).toEqual(expect.arrayContaining(names));
        expect(read(text.split(';')[0])).toEqual([[name, value]]);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['', 'x', {}],
    ['a b', 'x', {}],
    ['a=b', 'x', {}],
    ['a;b', 'x', {}],
    ['a\r\nSet-Cookie: b', 'x', {}],
    ['é', 'x', {}],
    ['a', '\ud800', {}],
    ['a', 'x', { path: '/; Domain=evil.test' }],
    ['a', 'x', { path: '/\r\n' }],
    ['a', 'x', { path: '/é' }],
    ['a', 'x', { domain: 'a;b' }],
    ['a', 'x', { domain: '\0' }],
  ])('cannot be %j, %j, %j', (name, value, options) => {
    expect(() => cookieText(name, value, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER' }),
    );
  });

  test.each<[object, string]>([
    [{ sameSite: 'Lax; Domain=evil.test' }, 'Expected `sameSite` to be'],
    [{ sameSite: 'lax' }, 'Expected `sameSite` to be'],
    [{ maxAgeSeconds: Number.NaN }, 'Expected `maxAgeSeconds` to be a whole number'],
    [{ maxAgeSeconds: Infinity }, 'Expected `maxAgeSeconds` to be a whole number'],
    [{ expires: new Date(Number.NaN) }, 'Expected `expires` to be a date'],
  ])('has no options such as %j', (options, message) => {
    expect(() => cookieText('a', 'x', options)).toThrow(message);
  });

  test.each<[string, CookieOptions, string]>([
    ['__Host-a', { secure: false }, '`secure`'],
    ['__Host-a', { domain: 'example.com' }, '`domain`'],
    ['__Host-a', { path: '/x' }, '`path`'],
    ['__HOST-a', { path: '/x' }, '`path`'],
    ['__Secure-a', { secure: false }, '`secure`'],
    ['__secure-a', { secure: false }, '`secure`'],
  ])('named %s keeps what its prefix promises, so not %j', (name, options, which) => {
    expect(() => cookieText(name, 'x', options)).toThrow(`Expected ${which} to be`);
  });

  test('with a prefix is set where it keeps its promise', () => {
    expect(cookieText('__Host-a', 'x')).toBe('__Host-a=x; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(cookieText('__Secure-a', 'x', { domain: 'example.com', path: '/x' })).toContain(
      '; Domain=example.com; HttpOnly; Secure;',
    );
    expect(cookieText('__Host-a', 'x', { secure: false, sameSite: 'None' })).toContain('; Secure;');
    expect(cookieText('__Hosta', 'x', { secure: false })).not.toContain('Secure');
  });
});
