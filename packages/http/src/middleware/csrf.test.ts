/** Tests of csrf. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { csrf, type CsrfOptions } from './csrf.ts';

const ADMIN = 'https://admin.example';

async function statusOf(
  headers: Readonly<Record<string, string>>,
  {
    method = 'POST',
    url = 'https://shop.example/x',
    ...options
  }: CsrfOptions & { method?: string; url?: string } = {},
): Promise<number> {
  const app = createApp()
    .use(csrf({ allow: [ADMIN], ...options }))
    .all('/x', () => 'done');
  // A request of the web would not let us say where it comes from.
  const request = new Request(url, { method, ...(method !== 'GET' && { body: 'x' }) });
  Object.defineProperty(request, 'headers', {
    value: new Headers({ host: new URL(url).host, ...headers }),
  });
  return (await app.fetch(request)).status;
}

describe('csrf', () => {
  test.each<[Record<string, string>, number]>([
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'Same-Origin, x' }, 403],
    [{ 'sec-fetch-site': '' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: ADMIN }, 200],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    [{ origin: 'https://shop.example' }, 200],
    [{ origin: 'HTTPS://SHOP.example' }, 200],
    [{ origin: ADMIN }, 200],
    [{ origin: 'http://shop.example' }, 403],
    [{ origin: 'https://shop.example:8443' }, 403],
    [{ origin: 'https://evil.shop.example' }, 403],
    [{ origin: 'https://shop.example.evil' }, 403],
    [{ origin: 'https://admin.example.evil' }, 403],
    [{ origin: 'https://shop.example/' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ origin: 'https://user@shop.example' }, 403],
    [{ referer: 'https://shop.example/form?x' }, 200],
    [{ referer: 'https://evil.example/shop.example' }, 403],
    [{ referer: 'nonsense' }, 403],
    [{}, 403],
  ])('%j: %i', async (headers, status) => {
    expect(await statusOf(headers)).toBe(status);
  });

  test('methods that change nothing pass, unless they open a WebSocket', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect(await statusOf(foreign, { method: 'GET' })).toBe(200);
    expect(await statusOf({ ...foreign, upgrade: 'h2c, WebSocket' }, { method: 'GET' })).toBe(403);
    expect(await statusOf({ upgrade: 'h2c' }, { method: 'GET' })).toBe(200);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      expect(await statusOf(foreign, { method })).toBe(403);
    }
    expect(await statusOf(foreign, { method: 'GET', safeMethods: [] })).toBe(403);
  });

  test('programs that say nothing pass where that is allowed, and pages still do not', async () => {
    const options = { allowUnknown: true };
    expect(await statusOf({}, options)).toBe(200);
    expect(await statusOf({ origin: 'https://evil.example' }, options)).toBe(403);
  });

  test('a proxy may have ended TLS before us, and a port of the scheme is none', async () => {
    const url = 'http://shop.example/x';
    expect(await statusOf({ origin: 'https://shop.example' }, { url })).toBe(200);
    expect(
      await statusOf({ origin: 'https://shop.example', host: 'shop.example:443' }, { url }),
    ).toBe(200);
    expect(await statusOf({ origin: 'http://shop.example' }, { url })).toBe(200);
  });

  test('no origin passes but the own one and those allowed', async () => {
    const origin = fc.oneof(
      fc.webUrl().map((url) => new URL(url).origin),
      fc.string({ unit: 'grapheme-ascii' }).filter((text) => !/[\r\n\0]/.test(text)),
    );
    await fc.assert(
      fc.asyncProperty(origin, async (text) => {
        fc.pre(!['https://shop.example', ADMIN].includes(text.trim().toLowerCase()));
        expect(await statusOf({ origin: text })).toBe(403);
      }),
      { numRuns: 300 },
    );
  });

  test.each(['admin.example', 'https://admin.example/', 'null', '*', 'https://*.example'])(
    'refuses to allow %s',
    (origin) => {
      expect(() => csrf({ allow: [origin] })).toThrow('`allow`');
    },
  );
});
