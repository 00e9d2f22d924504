/** Tests of redirects: where they lead, and where they can never lead. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headOf, open, routeOf, send, sendRaw, startGateway } from '../../test-kit/loopback.ts';
import type { Redirect } from '../index.ts';

async function startWith(path: string, redirect: Redirect) {
  const { url, port } = await startGateway({ routes: [routeOf({ path, redirect })] });
  const ask = async (target: string, method = 'GET') => {
    const { status, headers, text } = await send(url + target, { method });
    return [status, headers.location, text];
  };
  return { url, port, ask };
}

describe('a redirect', () => {
  test('leads to another path, with what was caught and the query', async () => {
    const { ask } = await startWith('/old/:id/*', { to: '/new/:id/*' });
    expect(await ask('/old/7/a/b?c=d')).toEqual([302, '/new/7/a/b?c=d', '']);
    expect(await ask('/old/7', 'POST')).toEqual([302, '/new/7', '']);
    expect(await ask('/old/7/x', 'HEAD')).toEqual([302, '/new/7/x', '']);
  });

  test('leads to another address, with a status and a query of its own', async () => {
    const to = 'https://shop.example:8443/x/*?from=old';
    const { ask } = await startWith('/*', { to, status: 308 });
    expect(await ask('/a?b=1')).toEqual([308, 'https://shop.example:8443/x/a?from=old&b=1', '']);
    expect(await ask('/?')).toEqual([308, 'https://shop.example:8443/x/?from=old', '']);
    const dropping = await startWith('/*', { to, status: 301, keepQuery: false });
    expect(await dropping.ask('/a?b=1')).toEqual([
      301,
      'https://shop.example:8443/x/a?from=old',
      '',
    ]);
  });

  test('leads to the same host by another scheme', async () => {
    const { url, port } = await startWith('/*', { to: 'https://:host/*', status: 308 });
    const answer = await send(`${url}/a`, { headers: { Host: 'Shop.example:8080' } });
    expect(answer.headers.location).toBe('https://Shop.example/a');
    const ip = await send(`${url}/`, { headers: { Host: '[::1]:80' } });
    expect(ip.headers.location).toBe('https://[::1]/');
    const none = await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(none).toMatch(/^HTTP\/1\.\d 400 /);
    expect(none).not.toMatch(/location/i);
  });

  test('has the connection ready for the next request, though the body was not read', async () => {
    const { url } = await startWith('/*', { to: '/x', status: 307 });
    const request = open(url, { method: 'POST', headers: { 'Content-Length': '5' } });
    request.end('hello');
    expect((await headOf(request)).statusCode).toBe(307);
  });

  test('of the same host never leads to another, whatever is asked', async () => {
    const { port } = await startWith('/*', { to: '/*' });
    const hostile = fc
      .array(
        fc.constantFrom(
          '/',
          '//',
          '\\',
          '%5C',
          '%2F',
          '%2f%2f',
          'evil.example',
          '.',
          '..',
          '@',
          ':',
          '%09',
          '%0d%0a',
          '?',
          '%00',
        ),
        { maxLength: 6 },
      )
      .map((parts) => `/${parts.join('')}`);
    let led = 0;
    await fc.assert(
      fc.asyncProperty(hostile, async (target) => {
        const answer = await sendRaw(
          port,
          `GET ${target} HTTP/1.1\r\nHost: own.example\r\nConnection: close\r\n\r\n`,
        );
        const location = /\r\nlocation: ([^\r]*)\r\n/i.exec(answer)?.[1];
        if (location === undefined) return void expect(answer).toMatch(/^HTTP\/1\.1 400 /);
        led++;
        expect(new URL(location, 'http://own.example').host).toBe('own.example');
        expect(answer.match(/^location:/gim)).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
    expect(led).toBeGreaterThan(20);
  });

  test.each([
    '//evil.example',
    '/\\evil.example',
    '/a\r\nSet-Cookie: x',
    'https://a@evil.example/',
    'https://own.example\r\nX: y/',
    'https://own.example\\.evil.example/',
    'evil.example',
    '/:id',
    '/a?b\nc',
  ])('to %j keeps the gateway from starting', async (to) => {
    await expect(startWith('/*', { to })).rejects.toThrow(/Expected `(to|path)` to be /);
  });
});
