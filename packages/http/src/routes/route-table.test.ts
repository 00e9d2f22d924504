/** Tests of the table of routes. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
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
    const params = { user: 'a b', key: '1' };
    expect(of.find({ method: 'GET', path: '/users/a%20b/keys/1', host: '' })?.params).toEqual(
      params,
    );
    const braces = table({ name: 'key', path: '/users/{user}/keys/{key}' });
    expect(braces.find({ method: 'GET', path: '/users/a%20b/keys/1', host: '' })?.params).toEqual(
      params,
    );
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
      table(
        { name: 'one', path: '/a', methods: ['GET', 'PUT'] },
        { name: 'two', path: '/a', methods: ['HEAD', 'PUT'] },
      ),
    ).toThrow(message);
    expect(() => table({ name: 'one', path: '/u/:a' }, { name: 'two', path: '/u/{b}' })).toThrow(
      message,
    );
    expect(() =>
      table({ name: 'one', path: '/a', host: ['x', 'y'] }, { name: 'two', path: '/a', host: 'Y' }),
    ).toThrow(message);
    expect(() =>
      table({ name: 'one', path: '/a', methods: ['GET'] }, { name: 'two', path: '/a' }),
    ).not.toThrow();
    expect(() =>
      table({ name: 'one', path: '/a', host: 'x' }, { name: 'two', path: '/a', host: 'y' }),
    ).not.toThrow();
  });
});

describe('hosts', () => {
  const of = table(
    { name: 'any deep', path: '/a/b/c' },
    { name: 'any', path: '/a' },
    { name: 'wide', path: '/*', host: '*.example.com', methods: ['GET'] },
    { name: 'narrow', path: '/a', host: '*.eu.example.com' },
    { name: 'own', path: '/a', host: ['x.eu.example.com', 'other.example'] },
    { name: 'own too', path: '/b', host: 'x.eu.example.com' },
  );

  test('go before paths, the longest first', () => {
    expect(find(of, 'GET', '/a', 'x.eu.example.com')).toBe('own');
    expect(find(of, 'GET', '/a', 'other.example')).toBe('own');
    expect(find(of, 'GET', '/a', 'y.eu.example.com')).toBe('narrow');
    expect(find(of, 'GET', '/a/b/c', 'y.eu.example.com')).toBe('wide');
    expect(find(of, 'GET', '/a/b/c', 'example.com')).toBe('any deep');
  });

  test('whose routes do not fit leave the request to wider ones', () => {
    expect(find(of, 'GET', '/c', 'x.eu.example.com')).toBe('wide');
    expect(find(of, 'POST', '/a', 'z.example.com')).toBe('any');
    expect(find(of, 'POST', '/c', 'z.example.com')).toBe('wide allow GET HEAD');
    expect(find(of, 'GET', '/b', 'other.example')).toBe('none');
  });

  test('are the same with a port, in any case, and with the dot of a whole name', () => {
    for (const host of ['X.eu.Example.com:8080', 'x.eu.example.com.', 'x.eu.example.com.:1']) {
      expect(find(of, 'GET', '/b', host)).toBe('own too');
    }
    const ip = table({ name: 'ip', path: '/', host: '[::1]' });
    expect(find(ip, 'GET', '/', '[::1]:80')).toBe('ip');
  });

  test('are not looked at where no route asks for one', () => {
    expect([of.usesHosts, table({ name: 'a', path: '/' }).usesHosts]).toEqual([true, false]);
  });
});

describe('conditions', () => {
  const wants = (...names: string[]): Pick<RouteKey, 'conditions'> => ({
    conditions: {
      count: names.length,
      key: names.join(),
      fits: ({ headers }) => names.every((name) => headers.get(name) !== undefined),
    },
  });
  const findWith = (
    of: RouteTable<RouteKey>,
    names: string,
    method = 'GET',
    path = '/a',
  ): string => {
    const headers = new Map(names.split('').map((name) => [name, '']));
    const request = { headers, query: new URLSearchParams(), cookies: new Map() };
    const found = of.find({ method, path, host: '', request });
    return found
      ? found.route.name + (found.allow ? ` allow ${found.allow.join(' ')}` : '')
      : 'none';
  };
  const of = table(
    { name: 'plain', path: '/a' },
    { name: 'get', path: '/a', methods: ['GET'] },
    { name: 'x', path: '/a', ...wants('x') },
    { name: 'x get', path: '/a', methods: ['GET'], ...wants('x') },
    { name: 'x y', path: '/a', ...wants('x', 'y') },
    { name: 'z', path: '/a', methods: ['PUT'], ...wants('z') },
    { name: 'deep', path: '/a/b', methods: ['PUT'], ...wants('x') },
    { name: 'all', path: '/*', methods: ['DELETE'] },
  );

  test('come first by their number, then named methods before none, then the order', () => {
    expect(findWith(of, 'xy')).toBe('x y');
    expect(findWith(of, 'x')).toBe('x get');
    expect(findWith(of, 'x', 'POST')).toBe('x');
    expect(findWith(of, 'xz', 'PUT')).toBe('z');
    expect(findWith(of, 'z', 'PUT')).toBe('z');
    expect(findWith(of, '')).toBe('get');
    expect(findWith(of, '', 'POST')).toBe('plain');
  });

  test('that are not met leave the request to less specific paths', () => {
    expect(findWith(of, '', 'DELETE', '/a/b')).toBe('all');
  });

  test('that are not met do not tell what methods there are', () => {
    expect(findWith(of, '', 'PUT', '/a/b')).toBe('all allow DELETE');
    expect(findWith(of, 'x', 'GET', '/a/b')).toBe('deep allow PUT DELETE');
  });

  test('are met by no request of which nothing is known', () => {
    expect(find(table({ name: 'x', path: '/a', ...wants('x') }), 'GET', '/a')).toBe('none');
  });

  test('that are the same for the same requests are refused', () => {
    const one = { name: 'one', path: '/a', ...wants('x') };
    expect(() => table(one, { ...one, name: 'two' })).toThrow('Route "two" can never be reached');
    expect(() => table(one, { ...one, name: 'two', ...wants('y') })).not.toThrow();
  });

  test('are not looked at before path and method fit, and those of other routes never', () => {
    let looked = 0;
    const counting = (name: string, path: string): RouteKey => ({
      name,
      path,
      methods: ['GET'],
      conditions: { count: 1, key: name, fits: () => (looked++, false) },
    });
    const many = Array.from({ length: 1000 }, (_, at) => counting(`r${at}`, `/r${at}/*`));
    const large = table(...many, { name: 'last', path: '/last' });
    expect(findWith(large, '', 'GET', '/last')).toBe('last');
    expect(looked).toBe(0);
    expect(findWith(large, '', 'GET', '/r7/x')).toBe('none');
    expect(looked).toBe(1);
  });
});

describe('a slash at the end', () => {
  test('counts, unless the route says that it does not', () => {
    const of = table(
      { name: 'strict', path: '/s' },
      { name: 'lax', path: '/l', trailingSlash: 'ignore' },
      { name: 'other', path: '/o/', trailingSlash: 'ignore' },
      { name: 'id', path: '/u/:id', trailingSlash: 'ignore' },
    );
    const paths = ['/s', '/s/', '/l', '/l/', '/o', '/o/', '/u/1', '/u/1/', '/u/', '/l//'];
    expect(paths.map((path) => find(of, 'GET', path))).toEqual([
      'strict',
      'none',
      'lax',
      'lax',
      'other',
      'other',
      'id',
      'id',
      'none',
      'none',
    ]);
    expect(of.find({ method: 'GET', path: '/u/1/', host: '' })?.params).toEqual({ id: '1' });
  });

  test('is that of the route that has it, whatever another ignores', () => {
    for (const order of [1, -1]) {
      const routes: RouteKey[] = [
        { name: 'lax', path: '/a', trailingSlash: 'ignore' },
        { name: 'slash', path: '/a/', methods: ['GET'] },
      ];
      const of = table(...(order === 1 ? routes : routes.toReversed()));
      expect(find(of, 'GET', '/a/')).toBe('slash');
      expect(find(of, 'PUT', '/a/')).toBe('lax');
      expect(find(of, 'GET', '/a')).toBe('lax');
    }
  });
});

describe('many routes', () => {
  /** How often the table looks something up to find a route. */
  const workOf = (routes: readonly RouteKey[], path: string): number => {
    const of = table(...routes);
    const lookups = vi.spyOn(Map.prototype, 'get');
    of.find({ method: 'GET', path, host: 'h' });
    const work = lookups.mock.calls.length;
    lookups.mockRestore();
    return work;
  };

  test('cost no more than few', () => {
    const route = { name: 'wanted', path: '/api/v1/users/:id' };
    const others = Array.from({ length: 1000 }, (_, at) => ({
      name: `r${at}`,
      path: at % 2 ? `/api/v1/r${at}/:id` : `/r${at}/*`,
    }));
    const few = workOf([route], '/api/v1/users/1');
    expect(few).toBeGreaterThan(0);
    expect(workOf([...others, route], '/api/v1/users/1')).toBe(few);
    expect(workOf(others, '/r998/x')).toBeLessThanOrEqual(few);
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
