/** `gateway routes`: the list, and the route of one request. */
import { describe, expect, test } from 'vitest';
import { fileWorld } from '../test-kit/file-world.ts';

const files = {
  'g.yaml': `upstreams: { orders: { url: http://127.0.0.1:9 } }
plugins: [request-id]
routes:
  - { name: all, path: /*, respond: {} }
  - { name: orders, path: /orders/*, methods: [POST], upstream: orders, stripPrefix: /orders }
  - { name: shop, path: /orders/:id, host: shop.example, respond: { status: 204 } }
  - { name: beta, path: /orders/:id, match: { headers: { X-Beta: on } }, respond: {} }
  - { name: only-put, path: /put/it, methods: [PUT], respond: {} }
`,
  'bad.yaml': 'routes: 5',
};
const run = fileWorld(files);
const match = (request: string, ...rest: string[]): ReturnType<typeof run> =>
  run('gateway', 'routes', 'g.yaml', '--match', request, ...rest);

test('the routes are listed with what they ask for and where they lead', async () => {
  const { code, out, err } = await run('gateway', 'routes', 'g.yaml');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
  expect(lines[0]).toBe('route | methods | path | if | to');
  expect(lines[2]).toBe(
    'orders | POST | /orders/* | upstream orders (http://127.0.0.1:9, without /orders)',
  );
  expect(lines[3]).toMatch(
    /^shop \| any method \| shop\.example\/orders\/:id \| fixed response 204$/,
  );
  expect(lines[4]).toMatch(
    /^beta \| any method \| \/orders\/:id \| header x-beta .* \| fixed response 200$/,
  );
});

describe('a request', () => {
  test('is told its route, its plugins, what the upstream is asked, and why no other', async () => {
    const { code, out } = await match('POST https://x.example/orders/7/lines?q=1');
    expect(code).toBe(0);
    expect(out).toBe(`POST /orders/7/lines?q=1: route orders
  path          /orders/* with * = 7/lines
  to            upstream orders (http://127.0.0.1:9, without /orders)
  asked         /7/lines?q=1
  access        request-id
  headerFilter  request-id
  log           request-id
passed over:
  all  fits as well; orders is more specific, or comes first
`);
  });

  test('has the headers that it is given, in any case', async () => {
    expect((await match('/orders/7', '-H', 'x-beta: on')).out).toMatch(
      /^GET \/orders\/7: route beta\n/,
    );
    expect((await match('/orders/7', '-H', 'X-Beta:off', '-H', 'Host: shop.example')).out).toMatch(
      /^GET \/orders\/7: route shop\n/,
    );
    const { out } = await match('/orders/7');
    expect(out).toMatch(/route all\n/);
    expect(out).toMatch(/\n {2}shop +is for host shop\.example\n/);
    expect(out).toMatch(/\n {2}beta +wants header x-beta /);
  });

  test('that no route answers is told so, and 1', async () => {
    const bare = fileWorld({
      'g.yaml': 'routes: [{ name: r, path: /r, methods: [PUT], respond: {} }]',
    });
    const none = await bare('gateway', 'routes', 'g.yaml', '-m', 'http://x/other');
    expect(none).toEqual({ code: 1, err: '', out: 'GET /other: no route, 404\n' });
    const method = await bare('gateway', 'routes', 'g.yaml', '-m', 'DELETE http://x/r');
    expect(method.code).toBe(1);
    expect(method.out).toBe(
      'DELETE /r: no route with this method, 405; there is PUT\npassed over:\n  r  is for PUT\n',
    );
    const refused = await bare('gateway', 'routes', 'g.yaml', '-m', 'http://x/%00');
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^GET \/%00: refused, \S/);
  });

  test('as JSON has the same, for a program', async () => {
    const { code, out } = await match('POST http://x/orders/7', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      file: 'g.yaml',
      route: 'orders',
      upstream: { names: ['orders'], target: '/7' },
      matched: { name: 'orders', plugins: { access: ['request-id'] } },
    });
    const list = await run('gateway', 'routes', 'g.yaml', '--json');
    expect(JSON.parse(list.out).routes[4]).toMatchObject({ name: 'only-put', methods: ['PUT'] });
  });

  test.each([
    ['', 'expected a request such as \'GET https://host/path\', or its URL alone, got ""'],
    ['GET', 'expected a request such as \'GET https://host/path\', or its URL alone, got "GET"'],
    [
      'ftp://x/',
      'expected a request such as \'GET https://host/path\', or its URL alone, got "ftp://x/"',
    ],
  ])('that is none ("%s") is one line, and 1', async (request, line) => {
    expect(await match(request)).toEqual({ code: 1, out: '', err: `interpose: ${line}\n` });
  });

  test('a header that is none is one line, and 1', async () => {
    const { code, err } = await match('/x', '-H', 'no header');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'interpose: expected a header such as \'X-Name: value\', got "no header"\n',
    });
  });
});

test('a bad config shows its problems, and 1', async () => {
  const { code, out, err } = await run('gateway', 'routes', 'bad.yaml');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^bad\.yaml:1:9 error CFG010 /);
});
