/** Tests of what upstreams are asked in the place of what clients asked. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway, startUpstream } from '../../test-kit/loopback.ts';
import type { RouteConfig } from '../index.ts';
import { pathTemplate } from './path-template.ts';
import { queryEdit } from './query-edit.ts';

/** A gateway whose upstream tells what it was asked. */
async function startWith(route: Partial<RouteConfig>, base = '') {
  const upstream = await startUpstream((request, response) =>
    response.end(`${request.headers.host} ${request.url}`),
  );
  const { url } = await startGateway({
    upstreams: { main: { url: upstream.url + base } },
    routes: [routeOf({ upstream: 'main', ...route })],
  });
  const own = new URL(upstream.url).host;
  return async (path: string): Promise<string> => {
    const { text } = await send(url + path);
    return text.startsWith(own) ? text.slice(own.length + 1) : text;
  };
}

describe('the path', () => {
  test('becomes another, with what the path of the route has caught, escaped as it came', async () => {
    const asked = await startWith(
      { path: '/old/:a/x/{b}/*', rewrite: { path: '/new/:b/:a/*' } },
      '/base',
    );
    expect(await asked('/old/1/x/2/3/4?q=%20')).toBe('/base/new/2/1/3/4?q=%20');
    expect(await asked('/old/a%2Fb/x/%25%0D%0A/%3Fq')).toBe('/base/new/%25%0D%0A/a%2Fb/%3Fq');
    expect(await asked('/old/1/x/2')).toBe('/base/new/2/1');
    expect(await asked('/old/1/x/2/')).toBe('/base/new/2/1/');
    expect(await asked('/old/%FF/x/%7Eb/c')).toBe('/base/new/~b/%FF/c');
  });

  test('may be one for all requests', async () => {
    const asked = await startWith({ path: '/a/*', rewrite: { path: '/' } });
    expect(await asked('/a/b?c')).toBe('/?c');
  });

  test('may lose its beginning and get another one', async () => {
    const asked = await startWith({
      path: '/api/*',
      stripPrefix: '/api/',
      rewrite: { prefix: '/v2/' },
    });
    expect(await asked('/api/users')).toBe('/v2/users');
    expect(await asked('/api')).toBe('/v2/');
    const prefixed = await startWith({ path: '/api/*', rewrite: { prefix: '/v2' } });
    expect(await prefixed('/api/users')).toBe('/v2/api/users');
  });

  test('stays in normal form whatever is asked', () => {
    const part = fc.constantFrom('a', 'b%2Fc', '%2E%2E', '~', 'x.y', '%5C', '%0A', '');
    const fill = pathTemplate('/p/:b/:a/*', '/:a/:b/*');
    fc.assert(
      fc.property(part, part, fc.array(part, { maxLength: 3 }), (a, b, rest) => {
        fc.pre(a !== '' && b !== '' && rest.slice(0, -1).every((one) => one !== ''));
        const filled = fill(`/${[a, b, ...rest].join('/')}`);
        expect(filled).toBe(`/p/${[b, a, ...rest].join('/')}`);
      }),
    );
  });
});

describe('the query', () => {
  test('loses names, gets others, and keeps the rest as it came', async () => {
    const asked = await startWith({
      rewrite: {
        query: { set: { v: '2', 'a b': '&' }, remove: ['key', 'x'], add: { tag: 'new', v: '3' } },
      },
    });
    expect(await asked('/a?v=1&x&tag=%20old&%6Bey=s&key[]=1&x=&q=a+b')).toBe(
      '/a?tag=%20old&key[]=1&q=a+b&v=2&a%20b=%26&tag=new&v=3',
    );
    expect(await asked('/a')).toBe('/a?v=2&a%20b=%26&tag=new&v=3');
    expect(await asked('/a?')).toBe('/a?v=2&a%20b=%26&tag=new&v=3');
  });

  test('that has nothing left has no question mark', async () => {
    const asked = await startWith({ rewrite: { query: { remove: ['key'] } } });
    expect(await asked('/a?key=1&key=2')).toBe('/a');
  });

  test('never has a removed name left, in whatever way it is written', () => {
    const edit = queryEdit({ remove: ['key'] });
    const pair = fc.constantFrom(
      'key=1',
      'k%65y',
      '%6B%65%79=',
      'key',
      'a=key',
      '=key',
      '',
      '%zz=1',
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
        const search = pairs.length ? `?${pairs.join('&')}` : '';
        const before = new URLSearchParams(search);
        before.delete('key');
        expect([...new URLSearchParams(edit(search))]).toEqual([...before]);
      }),
    );
  });
});

test('the host is another than that of the upstream', async () => {
  const asked = await startWith({ rewrite: { host: 'shop.internal:81' } });
  expect(await asked('/a')).toBe('shop.internal:81 /a');
});
