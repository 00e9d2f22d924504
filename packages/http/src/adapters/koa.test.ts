/** Tests of what is Koa's alone: its types, its kinds of bodies, a reply that somebody has taken from it. */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { expectTypeOf } from 'expect-type';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import { listening, webStream } from '../../test-kit/host-kit.ts';
import { createApp, type HttpMiddleware } from '../app.ts';
import { requestId } from '../middleware/request-id.ts';
import { koaMiddleware, toKoa } from './koa.ts';

const serve = (app: Pick<Koa, 'callback'>) => {
  const callback = app.callback();
  return listening(createServer((req, res) => void callback(req, res)));
};

async function* text(): AsyncGenerator<Uint8Array, void> {
  yield new TextEncoder().encode('abc');
}

test('the adapters are what Koa takes', () => {
  expectTypeOf(toKoa(createApp())).toExtend<Koa.Middleware>();
  expectTypeOf(koaMiddleware(requestId())).toExtend<Koa.Middleware>();
});

describe('a body of Koa', () => {
  const KINDS: readonly (readonly [string, () => unknown, string])[] = [
    ['text', () => 'abc', 'abc'],
    ['bytes', () => Buffer.from('abc'), 'abc'],
    ['an object', () => ({ a: 1 }), '{"a":1}'],
    ['a stream', () => Readable.from(text()), 'abc'],
    ['a stream of the web', () => webStream(text()), 'abc'],
    ['a blob', () => new Blob(['abc']), 'abc'],
    ['an answer of the web', () => new Response('abc', { headers: { 'X-Web': '1' } }), 'abc'],
    ['nothing', () => null, ''],
  ];

  test.each(KINDS)('that is %s goes out as it is, with our headers', async (kind, make, said) => {
    let outside: unknown;
    let body: unknown;
    const host = new Koa()
      .use(async (ctx, next) => {
        await next();
        outside = ctx.body;
      })
      .use(
        koaMiddleware(requestId(), async (_ctx, next) => {
          const response = await next();
          response.headers.set('X-After', '1');
          return response;
        }),
      )
      .use((ctx) => void (ctx.body = body = make()));
    await using running = await serve(host);
    const answer = await fetch(running.url);
    expect(await answer.text()).toBe(said);
    expect([answer.headers.has('x-request-id'), answer.headers.get('x-after')]).toEqual([
      true,
      '1',
    ]);
    // Those outside of ours find what the handler has put there.
    expect(outside).toBe(body);
    expect(answer.headers.has('x-web')).toBe(kind === 'an answer of the web');
  });

  test.each(KINDS)('that is %s can be read by middleware', async (_, make, said) => {
    const host = new Koa()
      .use(
        koaMiddleware(async (_ctx, next) => {
          const response = await next();
          const body = response.takeBody();
          const whole = body === null ? '' : await new Response(body as BodyInit).text();
          response.headers.delete('Content-Length');
          response.body = `<${whole}>`;
          return response;
        }),
      )
      .use((ctx) => void (ctx.body = make()));
    await using running = await serve(host);
    const answer = await fetch(running.url);
    if (answer.status !== 204) expect(await answer.text()).toBe(`<${said}>`);
    else expect(said).toBe('');
  });
});

test('middleware of Koa outside of an app sees its answer, and can change it', async () => {
  const app = createApp().get('/', (ctx) => {
    ctx.response.status = 203;
    return 'hello';
  });
  const seen: unknown[] = [];
  const host = new Koa()
    .use(async (ctx, next) => {
      await next();
      seen.push(ctx.status, ctx.type, String(ctx.body));
      ctx.set('X-Outside', '1');
    })
    .use(toKoa(app));
  await using running = await serve(host);
  const answer = await fetch(running.url);
  expect([answer.status, await answer.text()]).toEqual([203, 'hello']);
  expect([answer.headers.get('x-outside'), seen]).toEqual(['1', [203, 'text/plain', 'hello']]);
});

test('a reply that a handler has taken from Koa is left to it', async () => {
  const statuses: number[] = [];
  const note: HttpMiddleware = async (_ctx, next) => {
    const response = await next();
    statuses.push(response.status);
    response.headers.set('X-Late', '1');
    return response;
  };
  const host = new Koa().use(koaMiddleware(requestId(), note)).use((ctx) => {
    ctx.respond = false;
    ctx.res.writeHead(202).end('taken');
  });
  await using running = await serve(host);
  const answer = await fetch(running.url);
  expect([answer.status, await answer.text(), statuses]).toEqual([202, 'taken', [202]]);
  expect([answer.headers.has('x-request-id'), answer.headers.has('x-late')]).toEqual([true, false]);
});
