/** Tests of what is Hono's alone: its types, requests without a server, its own way to mount, bodies that it has read. */
import { expectTypeOf } from 'expect-type';
import { Hono, type MiddlewareHandler } from 'hono';
import { mount } from 'hono/mount';
import { expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { cors } from '../middleware/cors.ts';
import { requestId } from '../middleware/request-id.ts';
import { honoMiddleware, toHono } from './hono.ts';

test('the adapters are what Hono takes', () => {
  expectTypeOf(toHono(createApp())).toExtend<MiddlewareHandler>();
  expectTypeOf(honoMiddleware(requestId())).toExtend<MiddlewareHandler>();
});

test('middleware that changes nothing leaves the answer the object that it was', async () => {
  let own: Response | undefined;
  const host = new Hono()
    .use(honoMiddleware((_ctx, next) => next()))
    .get('/', () => (own = new Response('abc')));
  expect(await host.request('/')).toBe(own);
});

test('an app that is mounted by Hono itself sees the path below, and the client', async () => {
  const app = createApp().get('/who', (ctx) => `${ctx.path} ${ctx.clientAddress}`);
  const host = new Hono().all('/api/*', mount(app.fetch));
  const env = { incoming: { socket: { remoteAddress: '::ffff:203.0.113.7' } } };
  const answer = await host.request('/api/who', {}, env);
  expect(await answer.text()).toBe('/who 203.0.113.7');
});

test('a later answer of Hono keeps the headers that middleware of both has put there', async () => {
  const host = new Hono()
    .use(async (c, next) => {
      c.header('X-Outer', '1');
      await next();
      c.header('X-Outer-After', '1');
    })
    .use(honoMiddleware(requestId(), cors()))
    .get('/', (c) => c.json({ a: 1 }, 201, { 'X-Own': '1' }));
  const answer = await host.request('/', { headers: { Origin: 'https://page.example' } });
  expect([answer.status, await answer.json()]).toEqual([201, { a: 1 }]);
  const names = [
    'x-outer',
    'x-outer-after',
    'x-own',
    'x-request-id',
    'access-control-allow-origin',
  ];
  expect(names.filter((name) => !answer.headers.has(name))).toEqual([]);
});

test('a form of several parts that Hono has read is an error that says so', async () => {
  const errors: unknown[] = [];
  const app = createApp({ onError: (error) => errors.push(error) }).post('/', async (ctx) =>
    ctx.body.bytes(),
  );
  const host = new Hono()
    .use(async (c, next) => {
      await c.req.parseBody();
      await next();
    })
    .use(toHono(app));
  const body = new FormData();
  body.append('a', '1');
  const answer = await host.request('/', { method: 'POST', body });
  expect(answer.status).toBe(500);
  expect(errors).toEqual([expect.objectContaining({ code: 'BODY_TAKEN' })]);
});
