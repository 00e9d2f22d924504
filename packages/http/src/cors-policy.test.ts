/** Tests of CorsPolicy where the middleware and the gateway do not reach. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorsPolicy, type CorsPolicyOptions } from './cors-policy.ts';
import { HeaderList } from './context/headers.ts';

const policy = (origins: CorsPolicyOptions['origins'], more: object = {}): CorsPolicy =>
  new CorsPolicy({
    origins,
    methods: ['GET'],
    headers: [],
    exposeHeaders: [],
    credentials: false,
    maxAgeMs: 0,
    ...more,
  });

const request = (Origin: string): { method: string; headers: HeaderList } => ({
  method: 'GET',
  headers: HeaderList.fromRaw(['Host', 'api.example', 'Origin', Origin]),
});

const allows = (own: CorsPolicy, origin: string): boolean => !own.refusalOf(request(origin));

describe('origins', () => {
  test('G-122 all hosts below a name, of that scheme and port only', () => {
    const own = policy(['https://*.example.com', 'http://*.dev.example:3000']);
    for (const origin of [
      'https://a.example.com',
      'https://a-b.c.example.com',
      'https://xn--bcher-kva.example.com',
      'http://x.dev.example:3000',
    ]) {
      expect([origin, allows(own, origin)]).toEqual([origin, true]);
    }
    for (const origin of [
      'https://example.com',
      'http://a.example.com',
      'https://a.example.com:444',
      'https://evilexample.com',
      'https://.example.com',
      'https://a..example.com',
      'https://a.example.com.evil.example',
      'https://evil.example/.example.com',
      'https://evil.example#.example.com',
      'https://a@b.example.com',
      `https://${'a'.repeat(64)}.example.com`,
      `https://${'a.'.repeat(10)}a.example.com`,
      `https://${'a.'.repeat(1100)}example.com`,
      'http://x.dev.example',
      'null',
      '',
    ]) {
      expect([origin, allows(own, origin)]).toEqual([origin, false]);
    }
  });

  test('G-122 nothing but a plain origin of http or https reaches a function', () => {
    const asked: string[] = [];
    const own = policy((origin) => asked.push(origin) > 0);
    const schemes = ['javascript', 'data', 'vbscript', 'file', 'about', 'blob', 'ftp', 'ws', 'wss'];
    for (const scheme of [...schemes, 'gopher', 'chrome', 'chrome-extension']) {
      expect(allows(own, `${scheme}://app.example.com`)).toBe(false);
    }
    for (const odd of ['null', '', 'https://a b', 'https://a\tb', 'https://a/', 'https://A.b']) {
      expect(allows(own, odd)).toBe(false);
    }
    expect(asked).toEqual([]);
    expect(allows(own, 'http://localhost:3000')).toBe(true);
    expect(asked).toEqual(['http://localhost:3000']);
  });

  test('G-122 only what is named is allowed, whatever is sent', () => {
    const own = policy(['https://app.example.com']);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        fc.pre(before + after !== '');
        expect(allows(own, `${before}https://app.example.com${after}`)).toBe(false);
      }),
    );
  });

  test.each([
    [[], '`cors.origins`'],
    ['https://app.example.com', '`cors.origins`'],
    [['https://*.com'], 'origins such as'],
    [['*.example.com'], 'origins such as'],
    [['https://a.*.com'], 'origins such as'],
    [['https://app.example.com/'], 'origins such as'],
    [['*', 'https://app.example.com'], '`*` alone'],
  ])('G-121 %j are refused', (origins, message) => {
    expect(() => policy(origins as string[])).toThrow(message);
  });

  test.each([
    [{ methods: [] }, '`cors.methods`'],
    [{ headers: ['not a name'] }, '`cors.headers`'],
    [{ exposeHeaders: 'X' }, '`cors.exposeHeaders`'],
    [{ maxAgeMs: -1 }, '`cors.maxAgeMs`'],
    [{ origins: ['*'], credentials: true }, 'cannot use credentials with wildcard origin'],
  ])('G-121 %j is refused', (more, message) => {
    expect(() => policy(['https://app.example.com'], more)).toThrow(message);
  });
});
