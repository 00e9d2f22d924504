/** Tests of which route a request goes to, on real sockets. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, type Sending, startGateway } from '../../test-kit/loopback.ts';
import { cors, type RouteConfig } from '../index.ts';

const saying = (name: string, route: Partial<RouteConfig>): RouteConfig =>
  routeOf({ name, respond: { status: 200, body: name }, ...route });

/** Asks a gateway with these routes which of them answers. */
async function startWith(...routes: readonly RouteConfig[]) {
  const { url, gateway } = await startGateway({ routes });
  const ask = async (path: string, sending: Sending = {}): Promise<string> => {
    const { status, text } = await send(url + path, sending);
    return status === 200 ? text : String(status);
  };
  return { url, gateway, ask };
}

describe('conditions', () => {
  test('on headers, query and cookies choose among the routes of one path', async () => {
    const { ask } = await startWith(
      saying('plain', { path: '/a' }),
      saying('v2', { path: '/a', match: { headers: { 'X-Version': '2' } } }),
      saying('v3', { path: '/a', match: { headers: { 'x-version': { regex: 'v?3(\\.\\d+)?' } } } }),
      saying('beta', { path: '/a', match: { cookies: { beta: { present: true } } } }),
      saying('preview', { path: '/a', match: { query: { preview: { oneOf: ['1', 'yes'] } } } }),
      saying('both', {
        path: '/a',
        match: { cookies: { beta: '1' }, query: { preview: { prefix: 'y' } } },
      }),
      saying('bare', { path: '/b', match: { headers: { authorization: { absent: true } } } }),
    );
    expect(await ask('/a')).toBe('plain');
    expect(await ask('/a', { headers: { 'X-VERSION': '2' } })).toBe('v2');
    expect(await ask('/a', { headers: { 'X-Version': 'v3.14' } })).toBe('v3');
    expect(await ask('/a', { headers: { 'X-Version': 'v3.' } })).toBe('plain');
    expect(await ask('/a', { headers: { Cookie: 'a=b; beta=0' } })).toBe('beta');
    expect(await ask('/a?preview=yes')).toBe('preview');
    expect(await ask('/a?preview=yes', { headers: { Cookie: 'beta=1' } })).toBe('both');
    expect(await ask('/b')).toBe('bare');
    expect(await ask('/b', { headers: { Authorization: '' } })).toBe('404');
  });

  test('are not met by one of several values, whichever an upstream would read', async () => {
    const { ask } = await startWith(
      saying('plain', { path: '/a' }),
      saying('v2', { path: '/a', match: { headers: { 'X-Version': '2' } } }),
      saying('query', { path: '/a', match: { query: { v: '2' } } }),
    );
    expect(await ask('/a', { headers: { 'X-Version': ['2', '1'] } })).toBe('plain');
    expect(await ask('/a?v=2&v=1')).toBe('plain');
    expect(await ask('/a?v=1&v=2')).toBe('plain');
    expect(await ask('/a?%76=2')).toBe('query');
  });

  test('keep 405 and Allow to the routes whose conditions are met', async () => {
    const { url, ask } = await startWith(
      saying('get', { path: '/a', methods: ['GET'] }),
      saying('put', { path: '/a', methods: ['PUT'], match: { headers: { 'X-A': '1' } } }),
    );
    const without = await send(`${url}/a`, { method: 'PUT' });
    expect([without.status, without.headers.allow]).toEqual([405, 'GET, HEAD']);
    const withIt = await send(`${url}/a`, { method: 'DELETE', headers: { 'X-A': '1' } });
    expect([withIt.status, withIt.headers.allow]).toEqual([405, 'PUT, GET, HEAD']);
    expect(await ask('/a', { method: 'PUT', headers: { 'X-A': '1' } })).toBe('put');
  });

  test('a pattern that could take for ever keeps the gateway from starting', async () => {
    const bad = saying('bad', { match: { headers: { a: { regex: '(a)\\1' } } } });
    await expect(startGateway({ routes: [bad] })).rejects.toThrow(
      'The pattern (a)\\1 cannot be used: it may not go back to what a group matched.',
    );
  });
});

describe('hosts and paths', () => {
  test('G-101 exact before parameters before prefixes, HEAD by GET, 405 with Allow, and parameters unescaped', async () => {
    const { url, ask, gateway } = await startWith(
      saying('rest', { path: '/users/*', methods: ['GET'] }),
      saying('braces', { path: '/users/{id}', methods: ['GET', 'PUT'] }),
      saying('exact', { path: '/users/me' }),
    );
    const seen: unknown[] = [];
    gateway.registry.add({ log: { handle: (ctx) => void seen.push(ctx.params) } }, { name: 'see' });
    expect(await ask('/users/me')).toBe('exact');
    expect(await ask('/users/a%20b%2Fc')).toBe('braces');
    expect(await ask('/users/1/2')).toBe('rest');
    expect(await ask('/users/1', { method: 'HEAD' })).toBe('');
    const refused = await send(`${url}/users/7`, { method: 'DELETE' });
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, PUT, HEAD']);
    expect(seen).toEqual([{}, { id: 'a b/c' }, { '*': '1/2' }, { id: '1' }, { id: '7' }]);
  });

  test('G-101 a slash at the end counts, unless the route says otherwise', async () => {
    const { ask } = await startWith(
      saying('strict', { path: '/s' }),
      saying('lax', { path: '/l/:id', trailingSlash: 'ignore' }),
    );
    expect(await ask('/s/')).toBe('404');
    expect(await ask('/l/1/')).toBe('lax');
    expect(await ask('/l/1')).toBe('lax');
  });

  test('several hosts of a route, before paths', async () => {
    const { ask } = await startWith(
      saying('deep', { path: '/a/b' }),
      saying('shop', { path: '/*', host: ['shop.example', '*.shop.example'] }),
    );
    const at = (host: string) => ask('/a/b', { headers: { Host: host } });
    expect(await at('shop.example')).toBe('shop');
    expect(await at('SHOP.example.:80')).toBe('shop');
    expect(await at('x.y.shop.example')).toBe('shop');
    expect(await at('evilshop.example')).toBe('deep');
  });

  test('G-102 what no route matches is a 404 that says so, with the id of the request', async () => {
    const { url } = await startGateway({ routes: [saying('a', { path: '/a' })] });
    const { status, json, headers } = await send(`${url}/b?c=d`, { method: 'PUT' });
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json).toMatchObject({
      title: 'Not Found',
      detail:
        'No matching route found for PUT /b. Please check the API documentation for available endpoints.',
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
  });
});

describe('a preflight', () => {
  const preflight = (headers: string): Sending => ({
    method: 'OPTIONS',
    headers: {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      ...(headers && { 'Access-Control-Request-Headers': headers }),
    },
  });
  const open = { name: 'cors', options: { origins: ['https://app.example'] } };

  async function start() {
    const { url } = await startGateway(
      {
        routes: [
          saying('v2', {
            path: '/a',
            methods: ['POST'],
            match: { headers: { 'X-Version': '2' } },
            plugins: [{ ...open, options: { ...open.options, headers: ['X-Version'] } }],
          }),
          saying('bare', {
            path: '/b',
            methods: ['POST'],
            match: { headers: { 'X-Version': { absent: true } } },
            plugins: [open],
          }),
          saying('all', { path: '/*' }),
        ],
      },
      { definitions: [cors] },
    );
    return async (path: string, headers: string) =>
      (await send(url + path, preflight(headers))).headers['access-control-allow-origin'];
  }

  test('meets the route of the request to come, of whose headers it tells the names', async () => {
    const allowed = await start();
    expect(await allowed('/a', 'content-type, x-version')).toBe('https://app.example');
    expect(await allowed('/a', 'content-type')).toBe(undefined);
    expect(await allowed('/b', '')).toBe('https://app.example');
    expect(await allowed('/b', 'X-Version')).toBe(undefined);
  });

  test('that no plugin answers is a 405, unless a route of its own is there for it', async () => {
    const { url } = await startGateway({
      routes: [
        saying('post', { path: '/*', methods: ['POST'] }),
        saying('any', { path: '/*' }),
        saying('own', { path: '/own', methods: ['OPTIONS'] }),
        saying('own post', { path: '/own', methods: ['POST'] }),
      ],
    });
    const refused = await send(`${url}/a`, preflight(''));
    expect([refused.status, refused.headers.allow]).toEqual([405, 'POST']);
    expect((await send(`${url}/own`, preflight(''))).text).toBe('own');
    expect((await send(`${url}/a`, { method: 'OPTIONS' })).text).toBe('any');
  });
});

describe('explain', () => {
  test('tells hosts, conditions, and where answers come from', async () => {
    const upstreams = { a: { url: 'http://127.0.0.1:1' }, b: { url: 'http://127.0.0.1:2' } };
    const route = (name: string, more: Partial<RouteConfig>): RouteConfig =>
      routeOf({ name, path: `/${name}`, ...more });
    const { gateway } = await startGateway(
      {
        upstreams,
        routes: [
          route('split', {
            split: [{ upstream: 'a', weight: 3 }, { upstream: 'b' }],
            sticky: { cookie: 'uid' },
            rewrite: { prefix: '/v2', host: 'in', query: { remove: ['x'] } },
          }),
          route('canary', {
            upstream: 'a',
            stripPrefix: '/canary',
            canary: { upstream: 'b', percent: 5, header: 'X-C', cookie: 'c' },
            sticky: 'address',
          }),
          route('away', { redirect: { to: 'https://x.example/*' }, path: '/away/*' }),
          route('code', {
            handler: 'h',
            host: ['a.example', 'b.example'],
            match: {
              headers: { 'X-A': { regex: 'v\\d' } },
              query: { q: { absent: true } },
              cookies: { c: { oneOf: ['1', '2'] } },
            },
          }),
        ],
      },
      { handlers: { h: () => 'x' } },
    );
    const { routes } = gateway.explain();
    expect(routes.map(({ answer }) => answer)).toEqual([
      'upstreams a 75 %, b 25 %, below /v2, with another query, as host in; sticky by cookie uid',
      'upstream a (http://127.0.0.1:1, without /canary); canary b 5 %, by header X-C, by cookie c; sticky by address',
      'redirect 302 to https://x.example/*',
      'handler h',
    ]);
    expect(routes[3]).toMatchObject({
      host: 'a.example, b.example',
      conditions: [
        'header x-a matches v\\d',
        'query q is not there',
        'cookie c is one of "1", "2"',
      ],
    });
  });
});
