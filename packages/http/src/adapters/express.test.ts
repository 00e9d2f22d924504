/** Tests of what is Express's alone: its types, its parsers and libraries, errors of its handlers, several adapters in one place. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expectTypeOf } from 'expect-type';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { listening } from '../../test-kit/host-kit.ts';
import { createApp, type HttpMiddleware } from '../app.ts';
import { HttpError } from '../errors.ts';
import { bodyLimit } from '../middleware/body-limit.ts';
import { requestId } from '../middleware/request-id.ts';
import { expressErrors, expressMiddleware, toExpress } from './express.ts';

const serve = (app: express.Express) => listening(createServer(app));

test('the adapters are what Express takes', () => {
  expectTypeOf(toExpress(createApp())).toExtend<RequestHandler>();
  expectTypeOf(expressMiddleware(requestId())).toExtend<RequestHandler>();
  expectTypeOf(expressErrors()).toExtend<ErrorRequestHandler>();
});

test('what is no app, no middleware or no option is refused when it is made', () => {
  expect(() => toExpress(42 as never)).toThrow('Expected `app` to be an app or a function');
  expect(() => toExpress(createApp(), { prefix: '/a/' })).toThrow('Expected `prefix` to be a path');
  expect(() => toExpress(createApp(), { path: 'all' as never })).toThrow("'below' or 'whole'");
  expect(() => toExpress(createApp(), { fallTrough: true } as never)).toThrow('fallThrough');
  expect(() => toExpress(createApp(), { fallThrough: 1 as never })).toThrow('true or false');
  expect(() => expressMiddleware({})).toThrow('Expected `middleware` to be one function or more');
  expect(() => expressMiddleware('a' as never)).toThrow('middleware');
  expect(() => expressMiddleware({ errors: 'some' as never }, requestId())).toThrow("'own'");
});

test('a function answers everything, and a FastApi is what its app is', async () => {
  const host = express()
    .use('/app', toExpress({ app: createApp().get('/', () => 'of an app') }))
    .use(toExpress((ctx) => `${ctx.method} ${ctx.path}`));
  await using running = await serve(host);
  expect(await (await fetch(`${running.url}/a/b`)).text()).toBe('GET /a/b');
  expect(await (await fetch(running.url, { method: 'PUT' })).text()).toBe('PUT /');
  expect(await (await fetch(`${running.url}/app`)).text()).toBe('of an app');
});

test('the address is the one that Express finds behind proxies that it trusts', async () => {
  const app = createApp().get('/', (ctx) => `${ctx.clientAddress} ${ctx.secure}`);
  const host = express().set('trust proxy', 'loopback').use(toExpress(app));
  await using running = await serve(host);
  const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' };
  expect(await (await fetch(running.url, { headers })).text()).toBe('203.0.113.7 true');
});

describe('headers', () => {
  test('that Express has put on an answer before stay, and cookies and Vary join ours', async () => {
    const host = express().use((_req, res, next) => {
      res.set({ 'X-Before': '1', 'X-Both': 'theirs', Vary: 'Accept' }).cookie('theirs', '1');
      next();
    });
    const own: HttpMiddleware = (ctx, next) => {
      ctx.response.headers.append('Set-Cookie', 'ours=1');
      ctx.response.headers.append('Set-Cookie', 'more=1');
      ctx.response.headers.set('X-Both', 'ours');
      ctx.response.headers.set('Vary', 'accept, Origin');
      return next();
    };
    const late: HttpMiddleware = async (ctx, next) => {
      if (ctx.path === '/late') throw new HttpError(409, 'It is taken');
      return next();
    };
    host.use(
      '/app',
      toExpress(
        createApp()
          .use(own)
          .get('/', () => 'ours'),
      ),
    );
    host.use(expressMiddleware(own, late));
    host.get('/theirs', (_req, res) => void res.send('theirs'));
    await using running = await serve(host);
    for (const path of ['/app', '/theirs', '/late']) {
      const { headers } = await fetch(running.url + path);
      expect([path, headers.get('x-before'), headers.get('x-both')]).toEqual([path, '1', 'ours']);
      expect(headers.get('vary')).toBe('Accept, Origin');
      expect(headers.getSetCookie().map((cookie) => cookie.slice(0, 4))).toEqual([
        'thei',
        'ours',
        'more',
      ]);
    }
  });

  test('that somebody puts on an answer as it goes out are there', async () => {
    // As libraries do that keep sessions: they wait for the head.
    const atHead: RequestHandler = (_req, res, next) => {
      const { writeHead } = res;
      res.writeHead = function late(this: ServerResponse, ...parameters: [number]) {
        if (!res.headersSent) res.setHeader('X-At-Head', String(res.statusCode));
        return writeHead.apply(this, parameters);
      } as typeof writeHead;
      next();
    };
    const host = express()
      .use(atHead, expressMiddleware(requestId()), atHead)
      .get('/', (_req, res) => void res.status(203).send('x'));
    await using running = await serve(host);
    const { headers } = await fetch(running.url);
    expect([headers.get('x-at-head'), headers.has('x-request-id')]).toEqual(['203', true]);
  });

  test('cannot be put on an answer that the host has begun, as without us', async () => {
    const said: unknown[] = [];
    const host = express()
      .use(expressMiddleware(requestId()))
      .get('/', (_req, res) => {
        res.send('first');
        said.push(res.headersSent, res.writableEnded);
        try {
          res.send('second');
        } catch (error) {
          said.push((error as { code?: string }).code);
        }
      });
    await using running = await serve(host);
    expect(await (await fetch(running.url)).text()).toBe('first');
    expect(said).toEqual([true, true, 'ERR_HTTP_HEADERS_SENT']);
  });
});

describe('several adapters in one place', () => {
  test('nest as they stand, and share what they know', async () => {
    const seen: string[] = [];
    const note =
      (name: string): HttpMiddleware =>
      async (ctx, next) => {
        seen.push(`${name} in ${String(ctx.state['by'])}`);
        ctx.state['by'] = name;
        const response = await next();
        seen.push(`${name} out ${response.status}`);
        response.headers.append('X-By', name);
        return response;
      };
    const host = express()
      .use(expressMiddleware(requestId(), note('outer')))
      .use(expressMiddleware(note('inner')))
      .get('/', (_req, res) => void res.status(202).send('x'))
      .get('/stream', (_req, res) => {
        res.write('a');
        setImmediate(() => res.end('b', 'latin1'));
      });
    await using running = await serve(host);
    for (const [path, text] of [
      ['/', 'x'],
      ['/stream', 'ab'],
    ] as const) {
      seen.length = 0;
      const answer = await fetch(running.url + path);
      const status = path === '/' ? 202 : 200;
      expect([answer.status, await answer.text()]).toEqual([status, text]);
      expect(answer.headers.get('x-by')).toBe('inner, outer');
      expect(seen).toEqual([
        'outer in undefined',
        'inner in outer',
        `inner out ${status}`,
        `outer out ${status}`,
      ]);
    }
  });

  test('read a body one after the other, each what the one before it left', async () => {
    const reads: HttpMiddleware = async (ctx, next) => {
      for (let at = 0; at < 5; at++) await turn();
      await ctx.body.bytes();
      return next();
    };
    const host = express()
      .use(expressMiddleware(bodyLimit({ maxBytes: 200_000 })), expressMiddleware(reads))
      .use('/app', toExpress(createApp().post('/', async (ctx) => (await ctx.body.bytes()).length)))
      .post('/own', express.text({ type: '*/*', limit: '1mb' }), (req, res) => {
        res.send(String((req.body as string).length));
      });
    await using running = await serve(host);
    for (const path of ['/app', '/own']) {
      for (const size of [10, 150_000]) {
        const answer = await fetch(running.url + path, { method: 'POST', body: 'x'.repeat(size) });
        expect([path, await answer.text()]).toEqual([path, String(size)]);
      }
    }
  });

  test('let an error of a handler out from the inside, until somebody answers it', async () => {
    const seen: string[] = [];
    const note =
      (name: string, answers: boolean): HttpMiddleware =>
      async (ctx, next) => {
        try {
          return await next();
        } catch (error) {
          seen.push(`${name} ${(error as Error).message}`);
          if (!answers) throw error;
          ctx.response.status = 299;
          return ctx.response;
        }
      };
    const host = express()
      .use(expressMiddleware(note('outer', false)))
      .use('/answered', expressMiddleware(note('middle', true)))
      .use(expressMiddleware(note('inner', false)))
      .use((req) => {
        throw new Error(`of ${req.path}`);
      })
      .use(expressErrors())
      .use(((error: Error, _req, res, _next) => {
        res.status(418).send(error.message);
      }) as ErrorRequestHandler);
    await using running = await serve(host);
    const theirs = await fetch(`${running.url}/theirs`);
    expect([theirs.status, await theirs.text()]).toEqual([418, 'of /theirs']);
    expect(seen.splice(0)).toEqual(['inner of /theirs', 'outer of /theirs']);
    expect((await fetch(`${running.url}/answered`)).status).toBe(299);
    expect(seen).toEqual(['inner of /answered', 'middle of /answered']);
  });
});

test('without expressErrors an error of a handler is the answer that Express gives', async () => {
  const statuses: number[] = [];
  const host = express()
    .use(
      expressMiddleware(async (_ctx, next) => {
        const response = await next();
        statuses.push(response.status);
        return response;
      }),
    )
    .get('/', () => {
      throw Object.assign(new Error('refused'), { status: 422, expose: false });
    });
  host.set('env', 'test');
  await using running = await serve(host);
  expect([(await fetch(running.url)).status, statuses]).toEqual([422, [422]]);
});

test('an error behind the head breaks the connection, as without us', async () => {
  const host = express()
    .use(expressMiddleware(requestId()))
    .get('/', async (_req, res) => {
      res.write('half');
      for (let at = 0; at < 10; at++) await turn();
      throw new Error('the rest is missing');
    })
    .use(expressErrors());
  host.set('env', 'test');
  await using running = await serve(host);
  await expect(fetch(running.url).then((answer) => answer.text())).rejects.toThrow();
});

describe('a body that a parser of Express has read', () => {
  const app = createApp()
    .post('/json', async (ctx) => ({ got: await ctx.body.json() }))
    .post('/form', async (ctx) => [...(await ctx.body.form())])
    .post('/text', async (ctx) => ctx.body.text());

  test('is made again of what it was made into', async () => {
    const parsers = [
      express.json(),
      express.urlencoded({ extended: true }),
      express.text(),
      express.raw({ type: 'application/octet-stream' }),
    ];
    await using running = await serve(express().use(parsers, toExpress(app)));
    const form = await fetch(`${running.url}/form`, {
      method: 'POST',
      body: new URLSearchParams('a=1&a=2&b[c]=3&d[][e]=4'),
    });
    expect(await form.json()).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b[c]', '3'],
      ['d[][e]', '4'],
    ]);
    const latin = await fetch(`${running.url}/text`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain; charset=latin1' },
      body: new Uint8Array([0xe4]),
    });
    expect(await latin.text()).toBe('ä');
    const raw = await fetch(`${running.url}/text`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: 'bytes',
    });
    expect(await raw.text()).toBe('bytes');
    const packed = new Blob(['{"a":1}']).stream().pipeThrough(new CompressionStream('gzip'));
    const json = await fetch(`${running.url}/json`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      body: packed,
      duplex: 'half',
    } as RequestInit);
    expect(await json.json()).toEqual({ got: { a: 1 } });
  });

  test('is an error that says so if nothing is left of it', async () => {
    const errors: unknown[] = [];
    const tolerant = createApp({ onError: (error) => errors.push(error) }).post('/', async (ctx) =>
      ctx.body.bytes(),
    );
    const drain: RequestHandler = (req, _res, next) => void req.resume().on('end', () => next());
    await using running = await serve(express().use(drain, toExpress(tolerant)));
    const answer = await fetch(running.url, { method: 'POST', body: 'gone' });
    expect(answer.status).toBe(500);
    expect(errors).toEqual([expect.objectContaining({ code: 'BODY_TAKEN' })]);
  });
});

test('a client that has only closed its side is not one that has left, where Node lets it be', async () => {
  const lefts: boolean[] = [];
  const app = createApp().get('/', async (ctx) => {
    for (let at = 0; at < 20; at++) await turn();
    lefts.push(ctx.clientLeft);
    return 'hello';
  });
  await using running = await serve(express().use(toExpress(app)));
  Object.assign(running.server, { httpAllowHalfOpen: true });
  const socket = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(String(answer)).toContain('hello');
  expect(lefts).toEqual([false]);
  socket.destroy();
});

test('an app is not mounted behind a handler that has begun to answer', async () => {
  const errors: unknown[] = [];
  const host = express()
    .use((_req, res, next) => {
      res.write('begun');
      next();
    })
    .use(toExpress(createApp().get('/', () => 'too late')))
    .use(((error: unknown, _req, res, _next) => {
      errors.push(error);
      res.end();
    }) as ErrorRequestHandler);
  await using running = await serve(host);
  expect(await (await fetch(running.url)).text()).toBe('begun');
  expect(errors).toEqual([expect.objectContaining({ code: 'ANSWER_ORDER' })]);
});
