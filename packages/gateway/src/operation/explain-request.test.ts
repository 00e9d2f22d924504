/** explainRequest on the routes of a config. */
import { expect, test } from 'vitest';
import { readConfig } from '../config/read-config.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { explainRequest } from './explain-request.ts';

const text = `upstreams: { a: { url: http://a/base }, b: { url: http://b } }
routes:
  - { name: all, path: /*, upstream: a }
  - { name: orders, path: /orders/*, upstream: a, stripPrefix: /orders }
  - { name: order, path: /orders/:id, methods: [GET], upstream: a }
  - { name: beta, path: /orders/:id, methods: [GET], match: { headers: { X-Beta: yes-please }, query: { v: { present: true } } }, upstream: b }
  - { name: shop, path: /orders/:id, host: shop.example, upstream: b, rewrite: { path: '/o/:id', host: inner.example } }
  - { name: hello, path: /hello, methods: [POST], respond: {} }
  - { name: halves, path: /halves, split: [{ upstream: a, weight: 1 }, { upstream: b, weight: 1 }] }
`;
const { config, problems } = readConfig(text, { file: 'f', plugins: standardPlugins });
if (!config) throw new Error(JSON.stringify(problems));
const explain = (url: string, method = 'GET', rawHeaders: string[] = []): unknown =>
  explainRequest(config, { url, method, rawHeaders });

test('the most specific route answers, and the others are told of with what keeps them from it', () => {
  expect(explain('http://x.example/orders/7?q=1')).toEqual({
    method: 'GET',
    target: '/orders/7?q=1',
    route: 'order',
    params: { id: '7' },
    upstream: { names: ['a'], target: '/orders/7?q=1' },
    passed: [
      { name: 'all', because: 'less specific', details: [] },
      { name: 'orders', because: 'less specific', details: [] },
      {
        name: 'beta',
        because: 'conditions',
        details: [expect.stringContaining('x-beta'), expect.stringContaining('query v')],
      },
      { name: 'shop', because: 'host', details: ['shop.example'] },
    ],
  });
});

test('conditions count, one by one, and so does the host', () => {
  expect(explain('http://x/orders/7?v=', 'GET', ['X-Beta', 'yes-please'])).toMatchObject({
    route: 'beta',
    upstream: { names: ['b'] },
  });
  const half = explain('http://x/orders/7?v=', 'GET', ['X-Beta', 'no']) as {
    passed: { name: string; details: string[] }[];
  };
  expect(half.passed.find(({ name }) => name === 'beta')?.details).toHaveLength(1);
  expect(explain('https://shop.example:8443/orders/7')).toMatchObject({
    route: 'shop',
    upstream: { names: ['b'], target: '/o/7', host: 'inner.example' },
  });
  expect(explain('/orders/7', 'GET', ['host', 'shop.example'])).toMatchObject({ route: 'shop' });
});

test('what the upstream sees is without the prefix', () => {
  expect(explain('http://x/orders/7/lines', 'DELETE')).toMatchObject({
    route: 'orders',
    upstream: { target: '/7/lines' },
  });
});

test('one of several upstreams is not chosen beforehand', () => {
  expect(explain('/halves')).toMatchObject({ upstream: { names: ['a', 'b'] } });
});

test('a route with its own answer asks no upstream; another method is none', () => {
  const without = readConfig(
    'routes: [{ name: hello, path: /hello, methods: [POST], respond: {} }]',
    {
      file: 'f',
      plugins: standardPlugins,
    },
  ).config as NonNullable<typeof config>;
  expect(explainRequest(without, { method: 'POST', url: '/hello' })).toEqual({
    method: 'POST',
    target: '/hello',
    route: 'hello',
    params: {},
    passed: [],
  });
  expect(explainRequest(without, { url: '/hello' })).toMatchObject({
    route: 'hello',
    allow: ['POST'],
    passed: [{ name: 'hello', because: 'method', details: ['POST'] }],
  });
  expect(explainRequest(without, { url: 'http://x' })).toEqual({
    method: 'GET',
    target: '/',
    params: {},
    passed: [],
  });
});

test('the path is brought into the form in which the gateway looks for it, or refused as it would be', () => {
  expect(explain('http://x/a/../orders//7')).toMatchObject({
    target: expect.stringMatching(/^\/orders/),
  });
  expect(explain('http://x/orders/%00')).toMatchObject({ fault: expect.any(String), passed: [] });
});
