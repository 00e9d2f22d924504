/** Tests of what is kept of headers and queries. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleaned, Redactor } from './redacted-headers.ts';

const redactor = new Redactor(['X-Own']);

describe('what stands in the place of a secret', () => {
  test('F-36 tells its size, and is the same for the same value only', () => {
    expect(cleaned('secret')).toMatch(/^data cleaned: \(size: 6, hash: [\da-f]{16}\)$/);
    expect(cleaned('secret')).toBe(cleaned('secret'));
    expect(cleaned('secret')).not.toBe(cleaned('secreT'));
    expect(cleaned('x'.repeat(5000))).not.toBe(cleaned('x'.repeat(5001)));
  });

  test('stays the same when very many others have come between', () => {
    const before = cleaned('secret');
    const others = new Set(Array.from({ length: 3000 }, (_, at) => cleaned(`another ${at}`)));
    expect(others.size).toBe(3000);
    expect(others).not.toContain(before);
    expect(cleaned('secret')).toBe(before);
  });
});

describe('headers', () => {
  test('F-36 with secrets lose them, in whatever case their names are; others stay', () => {
    const names = ['Cookie', 'SET-COOKIE', 'authorization', 'Proxy-Authorization', 'X-API-Key'];
    for (const name of [...names, 'x-own', 'X-Auth-Token', 'X-CSRF-Token']) {
      const [kept, value] = redactor.headers([name, 'the-value']);
      expect([kept, value]).toEqual([name, cleaned('the-value')]);
    }
    for (const name of ['Accept', 'Content-Type', 'ETag', 'WWW-Authenticate', 'Host', 'Vary']) {
      expect(redactor.headers([name, 'the-value'])).toEqual([name, 'the-value']);
    }
  });

  test('are a list of their own', () => {
    const raw = ['Cookie', 'a=b'];
    redactor.headers(raw);
    expect(raw).toEqual(['Cookie', 'a=b']);
  });
});

describe('queries and addresses', () => {
  test('F-36 keep their order and what is no secret', () => {
    expect(redactor.query('?a=1&token=x&b&c=&password=y')).toBe(
      `?a=1&token=${cleaned('x')}&b&c=&password=${cleaned('y')}`,
    );
    expect(redactor.query('')).toBe('');
    expect(redactor.query('?')).toBe('?');
    expect(redactor.address('https://u:p@h.example/a?key=1#access_token=2')).toBe(
      `https://${cleaned('u:p')}@h.example/a?key=${cleaned('1')}#access_token=${cleaned('2')}`,
    );
  });

  test('F-36 F-67 never have the value of a secret, however its name is written', () => {
    const name = fc.constantFrom(
      'token',
      'api_key',
      'to%6Ben',
      'PASSWORD',
      'x%2Down',
      'session+id',
    );
    fc.assert(
      fc.property(name, fc.webQueryParameters(), fc.webQueryParameters(), (own, before, after) => {
        const query = redactor.query(`?${before}&${own}=se-cret-0123456789&${after}`);
        expect(query).not.toContain('se-cret-0123456789');
      }),
    );
  });
});
