/** Tests of apps that are mounted on others: they answer in the context of the request, and only see less of its path. */
import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createApp, type HttpMiddleware } from './app.ts';
import { type HttpContext, RequestContext } from './context/context.ts';
import { createFastApi } from './fast-api/fast-api.ts';
import { HttpError } from './errors.ts';
import { FetchSource } from './answer/fetch.ts';
import { requestId } from './middleware/request-id.ts';
import { trustedProxies } from './middleware/trusted-proxies.ts';

const ask = (
  app: { fetch(request: Request): Promise<Response> },
  path: string,
  init?: RequestInit,
) => app.fetch(new Request(`http://host${path}`, init));

const told = (ctx: Omit<HttpContext, 'params'>): object => ({
  path: ctx.path,
  search: ctx.search,
  address: ctx.clientAddress,
  secure: ctx.secure,
  id: ctx.requestId,
  user: ctx.state['user'],
});

describe('an app that is mounted', () => {
  test('knows the client, the id of the request and what those before it have kept', async () => {
    const user: HttpMiddleware = (ctx, next) => {
      ctx.state['user'] = 'ada';
      return next();
    };
    const inner = createApp().get('/who/:name', told);
    const outer = createApp()
      .use(trustedProxies({ proxies: ['loopback'] }))
      .use(requestId({ newId: () => 'the-id' }))
      .use(user)
      .mount('/inner', createApp().mount('/most', inner));
    await using server = await outer.serve();
    const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' };
    const answer = await fetch(`${server.url}/inner/most/who/x?a=1`, { headers });
    expect(await answer.json()).toEqual({
      path: '/who/x',
      search: '?a=1',
      address: '203.0.113.7',
      secure: true,
      id: 'the-id',
      user: 'ada',
    });
  });

  test('is told that the client has left', async () => {
    const signals: AbortSignal[] = [];
    const inner = createApp().get('/events', async function* (ctx) {
      signals.push(ctx.signal);
      while (!ctx.clientLeft) {
        yield new TextEncoder().encode('x');
        await turn();
      }
    });
    await using server = await createApp().mount('/inner', inner).serve();
    const sent = request(`${server.url}/inner/events`).end();
    const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    await once(answer, 'data');
    sent.destroy();
    while (!signals[0]?.aborted) await turn();
    expect(signals.length).toBe(1);
  });

  test('has parameters of its own, and reads the body', async () => {
    const inner = createApp().post('/:id', async (ctx) => ({
      params: ctx.params,
      body: await ctx.body.json(),
    }));
    const outer = createApp().mount('/tenants', inner);
    const answer = await ask(outer, '/tenants/7', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await answer.json()).toEqual({ params: { id: '7' }, body: { a: 1 } });
  });

  test('answers its own failures, with the headers of the app outside', async () => {
    const seen: string[] = [];
    const inner = createApp({
      onError: (error) => seen.push((error as Error).message),
      problems: { typeBase: 'https://problems.example/' },
    })
      .get('/error', () => {
        throw new Error('inside');
      })
      .get('/refused', () => {
        throw new HttpError(409);
      });
    const outer = createApp({ onError: () => seen.push('outside') })
      .use(requestId())
      .mount('/inner', inner);
    for (const [path, status, code] of [
      ['/error', 500, 'INTERNAL_ERROR'],
      ['/refused', 409, 'CONFLICT'],
      ['/missing', 404, 'NOT_FOUND'],
    ] as const) {
      const answer = await ask(outer, `/inner${path}`);
      expect([answer.status, await answer.json()]).toEqual([
        status,
        expect.objectContaining({
          type: `https://problems.example/${code}`,
          requestId: answer.headers.get('x-request-id'),
        }),
      ]);
    }
    expect(seen).toEqual(['inside']);
  });

  test('may be a FastApi that is set up later', async () => {
    const inner = createFastApi({ enableCors: false });
    const outer = createApp().mount('/inner', {
      run: (ctx) => inner.app.run(ctx),
      failures: {},
    });
    const parent = createFastApi({ enableCors: false }).setup().mount('/inner', inner);
    inner.setup().addRoute(['GET'], '/who', (ctx) => ({ path: ctx.path, id: ctx.requestId }));
    expect(await (await ask(outer, '/inner/who')).json()).toMatchObject({ path: '/who' });
    expect(await (await ask(parent, '/inner/who')).json()).toMatchObject({ path: '/who' });
  });

  test('is found at its path, with or without a slash, and nowhere else', async () => {
    const outer = createApp()
      .mount(
        '/inner',
        createApp().get('/', (ctx) => `root of ${ctx.path}`),
      )
      .get('/innermost', () => 'another');
    expect(await (await ask(outer, '/inner')).text()).toBe('root of /');
    expect(await (await ask(outer, '/inner/')).text()).toBe('root of /');
    expect(await (await ask(outer, '/innermost')).text()).toBe('another');
    expect((await ask(outer, '/inn')).status).toBe(404);
  });
});

test('a function that is mounted knows what a request of the web says', async () => {
  const outer = createApp().mount('/inner', (seen) => new Response(seen.url));
  expect(await (await ask(outer, '/inner/a?b=1')).text()).toBe('http://host/a?b=1');
});

test('has tells whether a route answers a request', () => {
  const app = createApp()
    .get('/a/:id', () => '')
    .post('/b', () => '');
  const has = (method: string, path: string): boolean => {
    const source = new FetchSource(new Request(`http://host${path}`, { method }));
    return app.has(new RequestContext(source));
  };
  const asked = [
    'GET /a/1',
    'HEAD /a/1',
    'OPTIONS /b',
    'POST /a/1',
    'GET /b',
    'GET /a',
    'OPTIONS /c',
  ];
  const found = asked.filter((line) => has(...(line.split(' ') as [string, string])));
  expect(found).toEqual(['GET /a/1', 'HEAD /a/1', 'OPTIONS /b']);
  expect(has('GET', '/%zz')).toBe(false);
});
