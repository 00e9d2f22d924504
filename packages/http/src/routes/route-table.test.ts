/** Tests of the table of routes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches, paramsOf, parsePattern } from './path-pattern.ts';
import { type RouteKey, RouteTable } from './route-table.ts';

const table = (...routes: RouteKey[]): RouteTable<RouteKey> => new RouteTable(routes);
const find = (of: RouteTable<RouteKey>, method: string, path: string, host = 'h'): string => {
  const found = of.find({ method, path, host });
  return found ? found.route.name + (found.allow ? ` allow ${found.allow.join(' ')}` : '') : 'none';
};

describe('the table', () => {
  test('takes the most specific path, in whatever order the routes came', () => {
    const routes: RouteKey[] = [
      { name: 'all', path: '/*' },
      { name: 'users', path: '/users/*' },
      { name: 'user', path: '/users/:id' },
      { name: 'me', path: '/users/me' },
      { name: 'keys', path: '/users/:id/keys' },
      { name: 'my rest', path: '/users/me/*' },
    ];
    for (const of of [table(...routes), table(...[...routes].reverse())]) {
      expect(find(of, 'GET', '/users/me')).toBe('me');
      expect(find(of, 'GET', '/users/1')).toBe('user');
      expect(find(of, 'GET', '/users/1/keys')).toBe('keys');
      expect(find(of, 'GET', '/users/me/keys')).toBe('my rest');
      expect(find(of, 'GET', '/users/1/x')).toBe('users');
      expect(find(of, 'GET', '/users')).toBe('users');
      expect(find(of, 'GET', '/usersx')).toBe('all');
      expect(find(of, 'GET', '/')).toBe('all');
    }
  });

  test('goes back where a deeper path leads nowhere', () => {
    const of = table(
      { name: 'deep', path: '/a/b/c' },
      { name: 'parameter', path: '/a/:x/d' },
      { name: 'rest', path: '/:y/*' },
    );
    expect(find(of, 'GET', '/a/b/c')).toBe('deep');
    expect(find(of, 'GET', '/a/b/d')).toBe('parameter');
    expect(find(of, 'GET', '/a/b/e')).toBe('rest');
    expect(find(of, 'GET', '/')).toBe('none');
  });

  test('gives what the parameters caught', () => {
    const of = table({ name: 'key', path: '/users/:user/keys/:key' });
    expect(of.find({ method: 'GET', path: '/users/a%20b/keys/1', host: '' })?.params).toEqual({
      user: 'a b',
      key: '1',
    });
  });

  test('matches methods, HEAD with GET, and tells those that there are', () => {
    const of = table(
      { name: 'read', path: '/a', methods: ['get'] },
      { name: 'write', path: '/a', methods: ['POST', 'PUT'] },
      { name: 'any', path: '/b' },
    );
    expect(find(of, 'GET', '/a')).toBe('read');
    expect(find(of, 'HEAD', '/a')).toBe('read');
    expect(find(of, 'PUT', '/a')).toBe('write');
    expect(find(of, 'DELETE', '/a')).toBe('read allow GET HEAD POST PUT');
    expect(find(of, 'DELETE', '/b')).toBe('any');
    expect(find(of, 'GET', '/c')).toBe('none');
  });

  test('a less specific route may have the method', () => {
    const of = table(
      { name: 'user', path: '/users/:id', methods: ['GET'] },
      { name: 'rest', path: '/users/*' },
    );
    expect(find(of, 'POST', '/users/1')).toBe('rest');
  });

  test('matches hosts, with and without a port, exact ones before patterns before none', () => {
    const of = table(
      { name: 'any', path: '/' },
      { name: 'pattern', path: '/', host: '*.Example.com' },
      { name: 'exact', path: '/', host: 'api.example.com' },
    );
    expect(find(of, 'GET', '/', 'API.example.com:8080')).toBe('exact');
    expect(find(of, 'GET', '/', 'a.b.example.com')).toBe('pattern');
    expect(find(of, 'GET', '/', 'example.com')).toBe('any');
    expect(find(of, 'GET', '/', '.example.com')).toBe('any');
    expect(find(of, 'GET', '/', 'evil-example.com')).toBe('any');
    expect(find(of, 'GET', '/', '')).toBe('any');
  });

  test('refuses a route that can never be reached', () => {
    const message =
      'Route "two" can never be reached: route "one" has the same path, host and method.';
    expect(() => table({ name: 'one', path: '/a' }, { name: 'two', path: '/a' })).toThrow(message);
    expect(() =>
      table({ name: 'one', path: '/a' }, { name: 'two', path: '/a', methods: ['GET'] }),
    ).toThrow(message);
    expect(() => table({ name: 'one', path: '/u/:a' }, { name: 'two', path: '/u/:b' })).toThrow(
      message,
    );
    expect(() =>
      table({ name: 'one', path: '/a', methods: ['GET'] }, { name: 'two', path: '/a' }),
    ).not.toThrow();
    expect(() =>
      table({ name: 'one', path: '/a', host: 'x' }, { name: 'two', path: '/a', host: 'y' }),
    ).not.toThrow();
  });
});

describe('what parameters catch', () => {
  const paramsAt = (path: string, ...routes: RouteKey[]): object | undefined =>
    table(...routes).find({ method: 'GET', path, host: '' })?.params;

  test('is that of the route that was found, not of one that was tried before', () => {
    const routes = [
      { name: 'deep', path: '/:a/:b/c/:d/e' },
      { name: 'other', path: '/x/:y/c/:z/f' },
      { name: 'rest', path: '/x/*' },
    ];
    expect(paramsAt('/x/1/c/2/e', ...routes)).toEqual({ '*': '1/c/2/e' });
    expect(paramsAt('/x/1/c/2/f', ...routes)).toEqual({ y: '1', z: '2' });
    expect(paramsAt('/w/1/c/2/e', ...routes)).toEqual({ a: 'w', b: '1', d: '2' });
    expect(paramsAt('/x', ...routes)).toEqual({ '*': '' });
    expect(paramsAt('/x/', ...routes)).toEqual({ '*': '' });
  });

  test('is what the pattern of that route says, whatever else there is', () => {
    const segment = fc.constantFrom('a', 'b', ':x', ':y', ':z', '*');
    const pattern = fc
      .uniqueArray(segment, { maxLength: 4 })
      .map(
        (parts) =>
          `/${parts.filter((part, at) => part !== '*' || at === parts.length - 1).join('/')}`,
      );
    const patterns = fc.uniqueArray(pattern, {
      minLength: 1,
      maxLength: 6,
      selector: (path) => path.replaceAll(/:\w/g, ':'),
    });
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd%20e', '%zz', ''), { maxLength: 5 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(patterns, path, (paths, asked) => {
        const of = table(...paths.map((one) => ({ name: one, path: one })));
        const found = of.find({ method: 'GET', path: asked, host: '' });
        const fitting = paths.filter((one) => matches(parsePattern(one), asked));
        if (!found) return void expect(fitting).toEqual([]);
        expect(fitting).toContain(found.route.name);
        expect(found.params).toEqual(paramsOf(parsePattern(found.route.path), asked));
      }),
      { numRuns: 3000 },
    );
  });
});
