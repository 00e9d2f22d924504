/** Tests of secureHeaders. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { secureHeaders, type SecureHeadersOptions } from './secure-headers.ts';

async function headersOf(options?: SecureHeadersOptions, url = 'https://host/'): Promise<Headers> {
  const app = createApp()
    .use(secureHeaders(options))
    .get('/', () => 'Hello')
    .get('/framed', (ctx) => {
      ctx.response.headers.set('x-frame-options', 'ALLOWED');
      return 'Hello';
    });
  return (await app.fetch(new Request(url))).headers;
}

describe('secureHeaders', () => {
  test('puts careful headers on answers', async () => {
    const headers = await headersOf();
    const own = [...headers].filter(([name]) => name !== 'content-type');
    expect(Object.fromEntries(own)).toEqual({
      'content-security-policy':
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'; script-src-attr 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'x-xss-protection': '0',
    });
  });

  test('speaks of TLS over TLS only', async () => {
    expect((await headersOf({}, 'http://host/')).has('strict-transport-security')).toBe(false);
  });

  test('is on errors, too', async () => {
    const headers = await headersOf({}, 'https://host/nowhere');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('gives way to what a handler or an outer middleware has set', async () => {
    expect((await headersOf({}, 'https://host/framed')).get('x-frame-options')).toBe('ALLOWED');
    const app = createApp()
      .use((ctx, next) => {
        ctx.response.headers.set('Referrer-Policy', 'origin');
        return next();
      })
      .use(secureHeaders({ referrerPolicy: false }))
      .use(secureHeaders())
      .get('/', () => 'Hello');
    const { headers } = await app.fetch(new Request('http://host/'));
    expect(headers.get('referrer-policy')).toBe('origin');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  test('leaves out what is not wanted, and takes other policies', async () => {
    const headers = await headersOf({
      contentSecurityPolicy: {
        'default-src': ["'none'"],
        'img-src': ['https://img.example', 'data:'],
        'upgrade-insecure-requests': [],
      },
      reportOnly: true,
      strictTransportSecurity: { maxAgeSeconds: 63_072_000, preload: true },
      crossOriginEmbedderPolicy: 'require-corp',
      permissionsPolicy: { camera: ['self', 'https://call.example'] },
      frameOptions: false,
      noSniff: false,
    });
    expect(headers.get('content-security-policy-report-only')).toBe(
      "default-src 'none'; img-src https://img.example data:; upgrade-insecure-requests",
    );
    expect(headers.get('strict-transport-security')).toBe(
      'max-age=63072000; includeSubDomains; preload',
    );
    expect(headers.get('permissions-policy')).toBe('camera=(self "https://call.example")');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect([
      headers.has('x-frame-options'),
      headers.has('x-content-type-options'),
      headers.has('content-security-policy'),
    ]).toEqual([false, false, false]);
    const none = await headersOf({
      contentSecurityPolicy: false,
      strictTransportSecurity: false,
      permissionsPolicy: false,
    });
    expect(
      none.has('content-security-policy') ||
        none.has('strict-transport-security') ||
        none.has('permissions-policy'),
    ).toBe(false);
  });

  test.each<[object, string]>([
    [
      { contentSecurityPolicy: { 'img-src': 'a; script-src *' } },
      '`contentSecurityPolicy.img-src`',
    ],
    [{ contentSecurityPolicy: { 'img src': 'a' } }, '`contentSecurityPolicy`'],
    [{ contentSecurityPolicy: 'a\r\nSet-Cookie: b' }, 'Content-Security-Policy'],
    [{ permissionsPolicy: { camera: ['call.example'] } }, '`permissionsPolicy.camera`'],
    [{ strictTransportSecurity: { maxAgeSeconds: 1, preload: true } }, '`preload`'],
    [{ strictTransportSecurity: { maxAge: 1 } }, '`maxAge`'],
    [{ hsts: true }, '`hsts`'],
  ])('refuses %j', (options, name) => {
    expect(() => secureHeaders(options as never)).toThrow(name);
  });
});
