/** Tests of what is Fastify's alone: its types, its encapsulation, its payloads, requests that it makes up, HTTP/2. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expectTypeOf } from 'expect-type';
import fastify, { type FastifyPluginCallback } from 'fastify';
import { describe, expect, test } from 'vitest';
import { pieces, webStream } from '../../test-kit/host-kit.ts';
import { createApp, type HttpMiddleware } from '../app.ts';
import { requestId } from '../middleware/request-id.ts';
import { fastifyMiddleware, toFastify } from './fastify.ts';

const app = () =>
  createApp()
    .post('/echo', async (ctx) => ({ got: await ctx.body.json() }))
    .get('/hello', () => 'hello')
    .get('/stream', () => pieces(3));

test('the adapters are what Fastify takes', () => {
  expectTypeOf(toFastify(createApp())).toExtend<FastifyPluginCallback>();
  expectTypeOf(fastifyMiddleware(requestId())).toExtend<FastifyPluginCallback>();
});

test('an app is a world of its own: parsers and hooks of the host stay what they are', async () => {
  const host = fastify();
  host.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('X-Outside', '1');
    done(null, payload);
  });
  void host.register(toFastify(app()), { prefix: '/api' });
  host.post('/own', (request) => ({ parsed: request.body }));
  await host.ready();
  const echoed = await host.inject({ method: 'POST', url: '/api/echo', payload: { a: 1 } });
  expect([echoed.json(), echoed.headers['x-outside']]).toEqual([{ got: { a: 1 } }, '1']);
  expect(echoed.headers['content-type']).toBe('application/json');
  const own = await host.inject({ method: 'POST', url: '/own', payload: { a: 1 } });
  expect(own.json()).toEqual({ parsed: { a: 1 } });
  await host.close();
});

test('routes of the host that are nearer go before those of an app', async () => {
  const host = fastify();
  void host.register(toFastify(app()), { prefix: '/api' });
  host.get('/api/hello', () => 'of the host');
  await host.ready();
  expect((await host.inject('/api/hello')).body).toBe('of the host');
  expect((await host.inject('/api/stream')).body).toBe('abc');
  expect((await host.inject('/api')).statusCode).toBe(404);
  await host.close();
});

test('middleware stands round the instance that it is registered in, and round those inside', async () => {
  const host = fastify();
  void host.register((inner, _options, done) => {
    void inner.register(fastifyMiddleware(requestId()));
    inner.get('/inside', () => 'inside');
    void inner.register((innermost, _more, ready) => {
      innermost.get('/innermost', () => 'innermost');
      ready();
    });
    done();
  });
  host.get('/outside', () => 'outside');
  await host.ready();
  const marked = await Promise.all(
    ['/inside', '/innermost', '/outside'].map(async (path) => {
      const { headers } = await host.inject(path);
      return 'x-request-id' in headers;
    }),
  );
  expect(marked).toEqual([true, true, false]);
  await host.close();
});

describe('a payload of Fastify', () => {
  const KINDS: readonly (readonly [string, () => unknown, string])[] = [
    ['text', () => 'abc', 'abc'],
    ['bytes', () => Buffer.from('abc'), 'abc'],
    ['an object', () => ({ a: 1 }), '{"a":1}'],
    ['a stream', () => Readable.from(pieces(3)), 'abc'],
    ['a stream of the web', () => webStream(pieces(3)), 'abc'],
    ['an answer of the web', () => new Response('abc', { headers: { 'X-Web': '1' } }), 'abc'],
  ];

  test.each(KINDS)(
    'that is %s goes out as it is, or as middleware makes it',
    async (_, make, said) => {
      const wrap: HttpMiddleware = async (ctx, next) => {
        const response = await next();
        response.headers.set('X-After', '1');
        if (!ctx.query.has('wrap')) return response;
        const whole = await new Response(response.takeBody() as BodyInit).text();
        response.headers.delete('Content-Length');
        response.body = `<${whole}>`;
        return response;
      };
      const host = fastify();
      void host.register(fastifyMiddleware(wrap));
      host.get('/', (_request, reply) => reply.send(make()));
      await host.ready();
      const plain = await host.inject('/');
      expect([plain.body, plain.headers['x-after']]).toEqual([said, '1']);
      expect((await host.inject('/?wrap')).body).toBe(`<${said}>`);
      await host.close();
    },
  );
});

test('an error of a handler comes out, whatever answers it in the end', async () => {
  const seen: string[] = [];
  const host = fastify();
  host.setErrorHandler((error: Error, request, reply) =>
    request.url === '/sent' ? reply.send(error) : reply.code(418).send({ handled: true }),
  );
  const note: HttpMiddleware = async (_ctx, next) => {
    try {
      const response = await next();
      seen.push(`answered ${response.status}`);
      return response;
    } catch (error) {
      seen.push((error as Error).message);
      throw error;
    }
  };
  void host.register(fastifyMiddleware(note));
  const fail = (): never => {
    throw new Error('failed');
  };
  void host.register((own, _options, done) => {
    own.get('/sent', fail).get('/handled', fail);
    done();
  });
  await host.ready();
  expect((await host.inject('/sent')).statusCode).toBe(500);
  expect((await host.inject('/handled')).statusCode).toBe(418);
  expect(seen).toEqual(['failed', 'failed']);
  await host.close();
});

test('a reply that a handler has taken from Fastify is left to it', async () => {
  const statuses: number[] = [];
  const host = fastify();
  void host.register(
    fastifyMiddleware(async (_ctx, next) => {
      const response = await next();
      statuses.push(response.status);
      return response;
    }),
  );
  host.get('/', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(202).end('taken');
  });
  const url = await host.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([202, 'taken']);
  await host.close();
  expect(statuses).toEqual([202]);
});

test('an app answers over HTTP/2', async () => {
  const host = fastify({ http2: true });
  void host.register(fastifyMiddleware(requestId()));
  void host.register(toFastify(app()), { prefix: '/api' });
  const url = await host.listen({ host: '127.0.0.1', port: 0 });
  const session = connect(url);
  const asked = async (path: string, body?: string): Promise<[number, string, boolean]> => {
    const stream = session.request({
      ':path': path,
      ':method': body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    });
    stream.end(body);
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    const text = String(await buffer(stream));
    return [Number(headers[':status']), text, 'x-request-id' in headers];
  };
  expect(await asked('/api/hello')).toEqual([200, 'hello', true]);
  expect(await asked('/api/stream')).toEqual([200, 'abc', true]);
  expect(await asked('/api/echo', '{"a":1}')).toEqual([200, '{"got":{"a":1}}', true]);
  expect((await asked('/api/missing'))[0]).toBe(404);
  session.close();
  await host.close();
});
