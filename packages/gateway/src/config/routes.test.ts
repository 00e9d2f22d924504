/** Tests of what the file may say of routes, and of how it is told what it may not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGateway } from '../gateway.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';

const UPSTREAMS = 'upstreams: { a: { url: http://a }, b: { url: http://b } }';

function read(...routes: readonly string[]): {
  readonly config: GatewayConfig | undefined;
  readonly lines: readonly string[];
} {
  const text = [UPSTREAMS, 'routes:', ...routes.map((route) => `  - { ${route} }`)].join('\n');
  const { config, problems } = readConfig(text, { file: 'f', plugins: [], environment: {} });
  const lines = problems
    .map(formatProblem)
    .filter((line) => !line.includes('no route uses this upstream'))
    // The place is told by the path already.
    .map((line) => line.replace(/^f:(\d+):\d+ (?:error )?/, '$1 '));
  return { config, lines };
}

/** The one route of a file without faults. */
function routeOf(text: string): unknown {
  const { config, lines } = read(`name: r, path: '/r/:id/*', ${text}`);
  expect(lines).toEqual([]);
  const { name: _n, path: _p, plugins: _l, ...rest } = config?.routes[0] ?? ({} as never);
  return rest;
}

/** What is wrong with the one route of a file, without its place. */
const faultsOf = (text: string): readonly string[] =>
  read(`name: r, path: '/r/:id/*', ${text}`).lines.map((line) =>
    line.replace(/^3 (CFG\d+) routes\[0\]\.?/, '$1 '),
  );

describe('a route may say', () => {
  test('several hosts', () => {
    expect(routeOf("host: [a.example, '*.b.example'], respond: {}")).toEqual({
      host: ['a.example', '*.b.example'],
      respond: { status: 200 },
    });
  });

  test('what headers, query and cookies must be', () => {
    const match = {
      headers: { 'X-Version': '2', 'X-A': { prefix: 'v' }, 'X-B': { regex: 'v\\d+' } },
      query: { 'a b': { oneOf: ['1', '2'] } },
      cookies: { beta: { present: true }, old: { absent: true } },
    };
    expect(routeOf(`match: ${JSON.stringify(match)}, upstream: a`)).toEqual({
      match,
      upstream: 'a',
    });
  });

  test('how the request is changed', () => {
    const rewrite = {
      path: '/new/{id}/*',
      query: { set: { a: '1' }, remove: ['b'], add: { c: '2' } },
      host: 'shop.internal:8080',
    };
    expect(routeOf(`upstream: a, rewrite: ${JSON.stringify(rewrite)}`)).toEqual({
      upstream: 'a',
      rewrite,
    });
    expect(routeOf('upstream: a, stripPrefix: /r, rewrite: { prefix: /v2 }')).toEqual({
      upstream: 'a',
      stripPrefix: '/r',
      rewrite: { prefix: '/v2' },
    });
  });

  test.each([
    ['/new/:id/*?x=1'],
    ['https://shop.example:8443/*'],
    ['http://shop.example'],
    ['https://:host/:id'],
    ['https://[::1]/'],
  ])('that it leads to %s', (to) => {
    expect(routeOf(`redirect: { to: '${to}', status: 308, keepQuery: false }`)).toEqual({
      redirect: { to, status: 308, keepQuery: false },
    });
  });

  test('several upstreams, a canary, and by whom they are chosen', () => {
    expect(
      routeOf('split: [{ upstream: a, weight: 9 }, { upstream: b }], sticky: { cookie: uid }'),
    ).toEqual({
      split: [{ upstream: 'a', weight: 9 }, { upstream: 'b' }],
      sticky: { cookie: 'uid' },
    });
    expect(
      routeOf('upstream: a, canary: { upstream: b, percent: 2.5, header: X-C }, sticky: address'),
    ).toEqual({
      upstream: 'a',
      canary: { upstream: 'b', percent: 2.5, header: 'X-C' },
      sticky: 'address',
    });
  });

  test('limits, a handler, copies and other protocols', () => {
    expect(
      routeOf('handler: users.list, timeoutMs: 500, maxBodyBytes: 0, trailingSlash: ignore'),
    ).toEqual({
      handler: 'users.list',
      timeoutMs: 500,
      maxBodyBytes: 0,
      trailingSlash: 'ignore',
    });
    expect(
      routeOf('upstream: a, mirror: { upstream: b, percent: 10 }, upgrades: [], upgradeIdleMs: 9'),
    ).toEqual({
      upstream: 'a',
      mirror: { upstream: 'b', percent: 10 },
      upgrades: [],
      upgradeIdleMs: 9,
    });
  });
});

describe('a route may not say', () => {
  test.each([
    ['host: []', 'CFG015 host: expected at least one host; leave "host" out for every host'],
    ['host: [a, b_c]', 'CFG015 host[1]: expected a host name, or *.example.com, got "b_c"'],
    [
      "match: { headers: { X-A: { regex: '(a)\\1' } } }",
      'CFG015 match.headers.X-A.regex: expected a regular expression for the whole value, got "(a)\\\\1" (it may not go back to what a group matched)',
    ],
    ["match: { headers: { 'a b': x } }", 'CFG015 match.headers["a b"]: this is no name'],
    [
      'match: { headers: { X-A: a, x-a: b } }',
      'CFG003 match.headers.x-a: this header is there already',
    ],
    [
      'match: { headers: { X-A: 2 } }',
      'CFG010 match.headers.X-A: expected text, or one of prefix, regex, oneOf, present, absent, got 2; put it in quotes',
    ],
    [
      'match: { query: { a: { prefix: b, absent: true } } }',
      'CFG015 match.query.a: expected one of prefix, regex, oneOf, present, absent, got 2',
    ],
    [
      'match: { query: { a: {} } }',
      'CFG015 match.query.a: expected one of prefix, regex, oneOf, present, absent, got none',
    ],
    [
      'match: { cookies: { a: { absent: false } } }',
      'CFG015 match.cookies.a.absent: expected true, got false',
    ],
    [
      'match: { cookies: { a: { oneOf: [] } } }',
      'CFG015 match.cookies.a: expected at least one text in "oneOf"',
    ],
    [
      'match: { header: {} }',
      'CFG011 match.header: "match" has no such key — did you mean "headers"?',
    ],
  ])('%s', (text, fault) => {
    expect(faultsOf(`upstream: a, ${text}`)).toEqual([fault]);
  });

  test.each([
    ['//evil.example', 'it must not begin with "//"'],
    ['/\\evil.example', 'it must not begin with "//"'],
    ['/a\\b', 'it must have no space, "#", "\\" or letters beyond ASCII'],
    ['/a b', 'it must have no space, "#", "\\" or letters beyond ASCII'],
    ['evil.example', 'it must begin with "/", http:// or https://'],
    ['javascript:alert(1)', 'it must begin with "/", http:// or https://'],
    ['https://user@evil.example/', 'it must have no user and password'],
    ['https://a.example:port/', '"a.example:port" is no host'],
    ['https:///x', '"" is no host'],
    ['https://:id/x', '":id" is no host'],
    ['/a/../b', 'it must have no "." and ".." segments'],
  ])('that it leads to %s', (to, reason) => {
    const escaped = JSON.stringify(to);
    expect(faultsOf(`redirect: { to: '${to}' }`)).toEqual([
      `CFG015 redirect.to: expected a path such as /new/:id/*, or an address, got ${escaped} (${reason})`,
    ]);
  });

  test('a line break in an address', () => {
    expect(faultsOf('redirect: { to: "/a\\r\\nSet-Cookie: x" }')[0]).toContain(
      '(it must have no space, "#", "\\" or letters beyond ASCII)',
    );
  });

  test.each([
    [
      'redirect: { to: /r/:nr }',
      'CFG015 redirect.to: ":nr" is not in the path of the route, which has ":id", "*"',
    ],
    [
      "redirect: { to: '/r/{other}/*' }",
      'CFG015 redirect.to: ":other" is not in the path of the route, which has ":id", "*"',
    ],
    ["redirect: { to: '/r/{id}/*' }", 'CFG015 redirect.to: it leads back to this route, for ever'],
    [
      'redirect: { to: /x, status: 303 }',
      'CFG015 redirect.status: expected one of 301, 302, 307, 308, got 303',
    ],
    [
      'redirect: { to: /x }, rewrite: { path: /y }',
      'CFG015 rewrite: "rewrite" has no meaning for a route with "redirect"',
    ],
    [
      'handler: h, canary: { upstream: a, percent: 1 }',
      'CFG015 canary: "canary" has no meaning for a route with "handler"',
    ],
    [
      'upstream: a, sticky: address',
      'CFG015 sticky: "sticky" has no meaning for a route with "upstream" alone; it goes with "split" or "canary"',
    ],
    [
      'upstream: a, canary: { upstream: b }',
      'CFG014 canary: "canary" needs at least one of percent, header and cookie',
    ],
    [
      'upstream: a, canary: { upstream: b, percent: 101 }',
      'CFG015 canary.percent: expected a number from 0 to 100, got 101',
    ],
    [
      'upstream: a, canary: { upstream: cargo, percent: 1 }',
      'CFG012 canary.upstream: unknown upstream "cargo"; there are a, b',
    ],
    [
      'upstream: a, mirror: { upstream: cargo }',
      'CFG012 mirror.upstream: unknown upstream "cargo"; there are a, b',
    ],
    [
      'split: [{ upstream: a }, { upstream: cargo }]',
      'CFG012 split[1].upstream: unknown upstream "cargo"; there are a, b',
    ],
    [
      'split: [{ upstream: a, weight: 0 }, { upstream: b, weight: 0 }]',
      'CFG015 split: expected a weight above 0, got 0 for all',
    ],
    ['split: []', 'CFG015 split: expected at least one upstream'],
    [
      'split: [{ upstream: a }], sticky: adress',
      'CFG015 sticky: expected one of address, consumer, got "adress" — did you mean "address"?',
    ],
    [
      'split: [{ upstream: a }], sticky: { header: a, cookie: b }',
      'CFG015 sticky: expected address, consumer, or one of header and cookie with a name, got a mapping of 2 keys',
    ],
    [
      'upstream: a, rewrite: { path: /x, prefix: /y }',
      'CFG015 rewrite.prefix: "path" of "rewrite" says already what the whole path is',
    ],
    [
      'upstream: a, stripPrefix: /r, rewrite: { path: /x }',
      'CFG015 stripPrefix: "path" of "rewrite" says already what the whole path is',
    ],
    [
      'upstream: a, rewrite: { host: "a\\r\\nb" }',
      'CFG015 rewrite.host: expected a host name, perhaps with a port, got "a\\r\\nb"',
    ],
    [
      'upstream: a, timeoutMs: 0',
      'CFG015 timeoutMs: expected a whole number from 1 to 2147483647, got 0',
    ],
    [
      'upstream: a, handler: h',
      'CFG016 handler: a route has one of "upstream", "split", "handler", "redirect" and "respond", got "upstream" and "handler"',
    ],
    ['redirct: { to: /x }', 'CFG011 redirct: a route has no such key — did you mean "redirect"?'],
  ])('%s', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test.each([
    ['/%7Efoo', 'write "%7Efoo" as "~foo"'],
    ['/a%2fb', 'write "a%2fb" as "a%2Fb"'],
    ['/a"b', 'no request can have "a\\"b" in its path'],
    ['/{a-b}', 'expected a word of letters, digits and "_" behind ":"'],
    ['/{a}/:a', 'each ":name" may stand in it only once'],
  ])('the path %s, in which no request comes', (path, reason) => {
    const [line] = read(`name: r, path: '${path}', upstream: a`).lines;
    expect(line).toContain(`(${reason})`);
  });
});

describe('routes held against each other', () => {
  const lines = (...routes: readonly string[]): readonly string[] =>
    read(...routes.map((route, at) => `name: r${at}, respond: {}, ${route}`)).lines;

  test('that ask for the same are an error', () => {
    expect(
      lines(
        'path: /a/:x, host: [one.example, two.example]',
        "path: '/a/{y}', host: TWO.example",
        'path: /a/:y, host: three.example',
        'path: /b, match: { headers: { X-A: "1" } }',
        'path: /b, match: { headers: { x-a: "1" } }',
        'path: /b, match: { headers: { X-A: "2" } }',
        'path: /c',
        'path: /c, methods: [GET]',
      ),
    ).toEqual([
      '4 CFG018 routes[1].path: the route in line 3 answers every method of the same host and path',
      '7 CFG018 routes[4].path: the route in line 6 answers every method of the same host and path',
    ]);
  });

  test('whose conditions are narrower than those of one before are never reached', () => {
    const never = (at: number, line: number): string =>
      `${at + 3} warning CFG102 routes[${at}].path: never reached: whatever fits "match" here fits that of the route in line ${line}, which is asked first`;
    expect(
      lines(
        'path: /a, match: { headers: { X-A: { present: true } } }',
        'path: /a, match: { headers: { X-A: { prefix: v } } }',
        'path: /a, match: { headers: { X-A: v1 } }',
        'path: /a, match: { headers: { X-A: { absent: true } } }',
        'path: /a, match: { headers: { X-A: v1, X-B: w } }',
        'path: /a, match: { headers: { X-C: { oneOf: [a, b] } } }',
        'path: /a, match: { headers: { x-c: { oneOf: [b] } } }',
        'path: /a, match: { query: { X-C: { oneOf: [b] } } }',
        'path: /a, methods: [GET], match: { headers: { X-A: v2 } }',
      ),
    ).toEqual([never(1, 3), never(2, 3), never(6, 8)]);
  });

  test('are told where a host goes before their paths', () => {
    expect(
      lines(
        'path: /admin/*',
        'path: /*',
        'path: /health, host: shop.example',
        "path: '/*', host: [shop.example, '*.shop.example']",
        "path: '/api/*', host: api.example, methods: [GET]",
        'path: /api/x',
      ),
    ).toEqual(
      [
        [3, 'routes[0]'],
        [8, 'routes[5]'],
      ].map(
        ([line, route]) =>
          `${line} warning CFG103 ${route}.path: not asked for shop.example, *.shop.example: the route in line 6 takes every request for /* there`,
      ),
    );
  });
});

test('whatever the file says is refused with a place, or can be made into a gateway', async () => {
  const odd = fc.constantFrom<unknown>(null, '', 'x', 0, -1, true, [], {}, ['a'], {
    upstream: 'a',
  });
  const text = fc.constantFrom(
    '/r',
    '/:id',
    '/{id}/*',
    '/*',
    '//x',
    '/:no',
    'https://:host/*',
    'https://a/:id?b',
    'a',
    'always',
    '(a)\\1',
    'v[12]',
    '(x+x+)+y',
    '*.a.example',
    'address',
  );
  const rule = fc.oneof(
    text,
    odd,
    fc.record(
      { prefix: text, regex: text, oneOf: fc.array(text), present: odd, absent: odd },
      { requiredKeys: [] },
    ),
  );
  const rules = fc.oneof(odd, fc.dictionary(text, rule, { maxKeys: 3 }));
  const texts = fc.oneof(odd, fc.dictionary(text, text, { maxKeys: 2 }));
  const names = fc.constantFrom('a', 'b', 'c');
  const number = fc.constantFrom<unknown>(0, 1, 50, 101, -1, 0.5, '1', 301, 308);
  const some = <T>(fields: T): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 1, arbitrary: odd },
      { weight: 6, arbitrary: fc.record(fields as never, { requiredKeys: [] }) },
    );
  const part = some({ upstream: names, weight: number });
  const one = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
    fc.oneof(
      ...Object.entries(fields).map(([key, value]) => value.map((made) => ({ [key]: made }))),
    );
  const answer = one({
    upstream: names,
    split: fc.oneof(odd, fc.array(part, { maxLength: 3 })),
    redirect: some({ to: text, status: number, keepQuery: odd }),
    respond: fc.constant({}),
  });
  const beside = one({
    name: fc.constant('r'),
    host: fc.oneof(text, fc.array(text, { maxLength: 2 })),
    match: some({ headers: rules, query: rules, cookies: rules }),
    trailingSlash: fc.constantFrom('ignore', 'strict', 'no'),
    canary: some({ upstream: names, percent: number, header: text, cookie: text }),
    sticky: fc.oneof(text, some({ header: text, cookie: text })),
    stripPrefix: text,
    rewrite: one({
      path: text,
      prefix: text,
      host: text,
      query: some({ set: texts, remove: odd, add: texts }),
    }),
    timeoutMs: number,
    maxBodyBytes: number,
  });
  const route = fc.tuple(answer, beside).map(([first, second]) => ({ ...first, ...second }));
  let made = 0;
  await fc.assert(
    fc.asyncProperty(route, fc.constantFrom('/r/:id/*', '/{id}', '/r'), async (keys, path) => {
      const file = JSON.stringify({
        upstreams: { a: { url: 'http://a' }, b: { url: 'http://b' } },
        routes: [{ name: 'r', path, ...keys }],
      });
      const { config, problems } = readConfig(file, { file: 'f', plugins: [], environment: {} });
      if (!config)
        return void expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
      made++;
      await createGateway(config).close({ graceMs: 0 });
    }),
    { numRuns: 400 },
  );
  expect(made).toBeGreaterThan(20);
});
