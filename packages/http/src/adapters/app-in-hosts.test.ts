/** The contract of a whole app in another host, run against every host, each really started. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { request } from 'node:http';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { ask, askWhole, oneConnection } from '../../test-kit/host-client.ts';
import { pieces, type RunningHost, webStream } from '../../test-kit/host-kit.ts';
import { HOSTS } from '../../test-kit/hosts.ts';
import { createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { accessLog } from '../middleware/access-log.ts';
import { apiKey } from '../middleware/api-key.ts';
import { bodyLimit } from '../middleware/body-limit.ts';
import { cors } from '../middleware/cors.ts';
import { requestId } from '../middleware/request-id.ts';
import { timeout } from '../middleware/timeout.ts';

const PAGE = 'https://page.example';
const KEY = 'the-key-of-the-tests';

function makeApp() {
  const errors: unknown[] = [];
  const lines: string[] = [];
  const contexts: HttpContext[] = [];
  const clock = fakeClock();
  const app = createApp({ onError: (error) => errors.push(error) })
    .use(accessLog({ format: 'json', write: (line) => lines.push(line) }))
    .use(requestId())
    .use(cors({ preset: 'strict', origins: [PAGE], methods: ['GET', 'POST'] }));
  app
    .useAt('/guarded', apiKey({ name: 'X-API-Key', keys: [KEY] }))
    .useAt('/limited', bodyLimit({ maxBytes: 10 }))
    .useAt('/slow', timeout({ timeoutMs: 1000, clock }))
    .get('/hello', () => 'hello')
    .get('/', (ctx) => `root ${ctx.search}`)
    .post('/echo', async (ctx) => ({ got: await ctx.body.json() }))
    .post('/form', async (ctx) => Object.fromEntries(await ctx.body.form()))
    .get('/items/:id', (ctx) => ({ id: ctx.params.id, colour: ctx.query.get('colour') }))
    .get('/cookies', (ctx) => {
      ctx.response.headers.append('Set-Cookie', 'a=1; Path=/');
      ctx.response.headers.append('Set-Cookie', 'b=2; HttpOnly');
      return { seen: [...ctx.cookies] };
    })
    .get('/stream', () => pieces(3))
    .get('/large', () => pieces(64, 65_536))
    .post('/upload', async (ctx) => {
      let size = 0;
      let count = 0;
      for await (const chunk of ctx.requestBody ?? []) {
        size += chunk.length;
        count++;
      }
      return { size, isStreamed: count > 1 };
    })
    .get('/events', async function* (ctx) {
      contexts.push(ctx as HttpContext);
      while (!ctx.clientLeft) {
        yield new TextEncoder().encode('data: tick\n\n');
        await turn();
      }
    })
    .post('/waiting', async (ctx) => {
      contexts.push(ctx as HttpContext);
      return { size: (await ctx.body.bytes()).length };
    })
    .get('/error', () => {
      throw new Error('a secret of the app');
    })
    .get('/refused', () => {
      throw new HttpError(409, 'It is taken', { code: 'TAKEN' });
    })
    .get('/broken', async function* () {
      yield new TextEncoder().encode('half');
      await turn();
      throw new Error('the rest is missing');
    })
    .get('/empty', () => null)
    .get('/nothing-new', (ctx) => {
      ctx.response.status = 304;
      ctx.response.headers.set('ETag', '"1"');
    })
    .get('/slow', () => new Promise(() => {}))
    .get('/who', (ctx) => ({ address: ctx.clientAddress, secure: ctx.secure, path: ctx.path }))
    .get('/guarded', () => 'secret')
    .post('/limited', async (ctx) => ({ size: (await ctx.body.bytes()).length }));
  return { app, errors, lines, contexts, clock };
}

const posting = (body: string | Uint8Array | ReadableStream, type = 'application/json') => ({
  method: 'POST',
  headers: { 'Content-Type': type },
  body: body as BodyInit,
  duplex: 'half' as const,
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Waits until a number has been the same for a while. */
async function unchanged(count: () => number): Promise<void> {
  let last = -1;
  for (let same = 0; same < 300; same++) {
    if (count() !== last) same = 0;
    last = count();
    await turn();
  }
}

describe.each(HOSTS)('an app in $name', (host) => {
  const started = async () => {
    const made = makeApp();
    const running: RunningHost = await host.start({ app: made.app, ...host.at('/api') });
    return { ...made, running, url: `${running.url}/api` };
  };

  test('answers with text, and with JSON what came as JSON', async () => {
    const { running, url } = await started();
    await using _ = running;
    const hello = await fetch(`${url}/hello`);
    expect([hello.status, await hello.text()]).toEqual([200, 'hello']);
    expect(hello.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(hello.headers.get('content-length')).toBe('5');
    const echoed = await fetch(`${url}/echo`, posting('{"name":"Zoë","list":[1,2]}'));
    expect(echoed.headers.get('content-type')).toBe('application/json');
    expect(await echoed.json()).toEqual({ got: { name: 'Zoë', list: [1, 2] } });
  });

  test('sees the path below the place where it stands, its parameters and the query', async () => {
    const { running, url } = await started();
    await using _ = running;
    const item = await fetch(`${url}/items/a%20b?colour=red`);
    expect(await item.json()).toEqual({ id: 'a b', colour: 'red' });
    expect(await (await fetch(`${url}?x=1`)).text()).toBe('root ?x=1');
    expect(await (await fetch(`${url}/?x=1`)).text()).toBe('root ?x=1');
  });

  test('sees the whole path if it wants to', async () => {
    const app = createApp().get('/api/who', (ctx) => ctx.path);
    const { mount, ...where } = host.at('/api');
    await using running = await host.start({ app, ...where, mount: { ...mount, path: 'whole' } });
    const told = await fetch(`${running.url}/api/who`);
    expect(await told.text()).toBe('/api/who');
  });

  test('knows the client', async () => {
    const { running, url } = await started();
    await using _ = running;
    const who = await fetch(`${url}/who`);
    expect(await who.json()).toEqual({ address: '127.0.0.1', secure: false, path: '/who' });
  });

  test('reads cookies, and sets several', async () => {
    const { running, url } = await started();
    await using _ = running;
    const answer = await fetch(`${url}/cookies`, { headers: { Cookie: 'x=1; y=2' } });
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; HttpOnly']);
    expect(await answer.json()).toEqual({
      seen: [
        ['x', '1'],
        ['y', '2'],
      ],
    });
  });

  test('streams out, and at the pace of the client', async () => {
    const { running, url, lines } = await started();
    await using _ = running;
    expect(await (await fetch(`${url}/stream`)).text()).toBe('abc');
    const large = await fetch(`${url}/large`);
    expect((await large.arrayBuffer()).byteLength).toBe(64 * 65_536);
    await until(() => lines.length === 2);
    expect(lines.map((line) => (JSON.parse(line) as { bytes: number }).bytes)).toEqual([
      3,
      64 * 65_536,
    ]);
  });

  test('streams in', async () => {
    const { running, url } = await started();
    await using _ = running;
    const body = webStream(pieces(20, 65_536));
    const answer = await fetch(`${url}/upload`, posting(body, 'application/octet-stream'));
    expect(await answer.json()).toEqual({ size: 20 * 65_536, isStreamed: true });
  });

  test('reads forms', async () => {
    const { running, url } = await started();
    await using _ = running;
    const sent = await fetch(`${url}/form`, {
      method: 'POST',
      body: new URLSearchParams('a=1&b=ä'),
    });
    expect(await sent.json()).toEqual({ a: '1', b: 'ä' });
    const parts = new FormData();
    parts.append('a', 'two lines\r\nin it');
    const multipart = await fetch(`${url}/form`, { method: 'POST', body: parts });
    expect(await multipart.json()).toEqual({ a: 'two lines\r\nin it' });
  });

  test('is told at once that the client has left a stream', async () => {
    const { running, url, contexts, lines } = await started();
    await using _ = running;
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { answer } = await ask(`${url}/events`);
      await once(answer, 'data');
      const { signal } = contexts[round] as HttpContext;
      expect(signal.aborted).toBe(false);
      const left = performance.now();
      answer.destroy();
      await until(() => signal.aborted);
      times.push(performance.now() - left);
    }
    // One of them at least on a machine that has nothing else to do.
    expect(Math.min(...times)).toBeLessThan(10);
    await until(() => lines.length === 3);
    expect(lines.map((line) => (JSON.parse(line) as { status: number }).status)).toEqual([
      499, 499, 499,
    ]);
  });

  test('is told that the client has left an upload', async () => {
    const { running, url, contexts, errors } = await started();
    await using _ = running;
    const sent = request(`${url}/waiting`, {
      method: 'POST',
      headers: { 'Content-Length': '1000' },
    });
    sent.on('error', () => {});
    sent.write('only this');
    await until(() => contexts.length === 1);
    const [ctx] = contexts as [HttpContext];
    sent.destroy();
    await until(() => ctx.clientLeft);
    expect(ctx.signal.aborted).toBe(true);
    await turn();
    expect(errors).toEqual([]);
  });

  test('answers errors with problem documents that bear the id of the request', async () => {
    const { running, url, errors } = await started();
    await using _ = running;
    const failed = await fetch(`${url}/error`, { headers: { Origin: PAGE } });
    expect(failed.status).toBe(500);
    expect(failed.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(failed.headers.get('access-control-allow-origin')).toBe(PAGE);
    const problem = (await failed.json()) as { requestId: string };
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(problem.requestId).toBe(failed.headers.get('x-request-id'));
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(errors).toEqual([expect.objectContaining({ message: 'a secret of the app' })]);
    const refused = await fetch(`${url}/refused`);
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'TAKEN', detail: 'It is taken' }),
    ]);
  });

  test('breaks the connection when a stream fails, and tells of it', async () => {
    const { running, url, errors } = await started();
    await using _ = running;
    const answer = await fetch(`${url}/broken`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    await until(() => errors.length === 1);
    expect(errors).toEqual([expect.objectContaining({ message: 'the rest is missing' })]);
  });

  test('answers what it has not with a 404 of its own', async () => {
    const { running, url } = await started();
    await using _ = running;
    const missing = await fetch(`${url}/missing`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      expect.objectContaining({ detail: 'There is nothing at /missing' }),
    ]);
    const wrong = await fetch(`${url}/hello`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('leaves the rest of the host alone', async () => {
    const { running, lines } = await started();
    await using _ = running;
    const own = await fetch(`${running.url}/host/json`);
    expect([own.status, await own.json()]).toEqual([200, { host: true }]);
    expect(own.headers.has('x-request-id')).toBe(false);
    const missing = await fetch(`${running.url}/apix`);
    expect([missing.status, await missing.text()]).toEqual([404, 'the host has nothing']);
    expect(lines).toEqual([]);
  });

  test('lets what it has not fall through to the host, if it is told to', async () => {
    const { app, lines } = makeApp();
    await using running = await host.start({ app, mount: { fallThrough: true } });
    expect(await (await fetch(`${running.url}/hello`)).text()).toBe('hello');
    const own = await fetch(`${running.url}/host/json`);
    expect([await own.json(), own.headers.has('x-request-id')]).toEqual([{ host: true }, false]);
    const echoed = await fetch(`${running.url}/host/echo`, posting('{"a":1}'));
    expect(await echoed.json()).toEqual({ got: { a: 1 } });
    const missing = await fetch(`${running.url}/missing`);
    expect([missing.status, await missing.text()]).toEqual([404, 'the host has nothing']);
    expect(lines.length).toBe(1);
  });

  test('answers HEAD without a body', async () => {
    const { running, url } = await started();
    await using _ = running;
    const agent = oneConnection();
    const head = await askWhole(`${url}/hello`, { method: 'HEAD', agent });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '5', 0]);
    const stream = await askWhole(`${url}/large`, { method: 'HEAD', agent });
    expect([stream.status, stream.body.length]).toEqual([200, 0]);
    const next = await askWhole(`${url}/hello`, { agent });
    expect(String(next.body)).toBe('hello');
    agent.destroy();
  });

  test('answers 204 and 304 without a body', async () => {
    const { running, url } = await started();
    await using _ = running;
    const empty = await askWhole(`${url}/empty`);
    expect([empty.status, empty.headers['content-length'], empty.body.length]).toEqual([
      204,
      undefined,
      0,
    ]);
    const same = await askWhole(`${url}/nothing-new`);
    expect([same.status, same.headers.etag, same.body.length]).toEqual([304, '"1"', 0]);
  });

  test('answers preflights, and OPTIONS', async () => {
    const { running, url } = await started();
    await using _ = running;
    const preflight = await fetch(`${url}/echo`, {
      method: 'OPTIONS',
      headers: { Origin: PAGE, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const options = await fetch(`${url}/hello`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  test('refuses without a key, so that a page can read it', async () => {
    const { running, url } = await started();
    await using _ = running;
    const refused = await fetch(`${url}/guarded`, { headers: { Origin: PAGE } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(await refused.json()).toMatchObject({ error: 'API_KEY_MISSING' });
    const let_in = await fetch(`${url}/guarded`, { headers: { 'X-API-Key': KEY } });
    expect(await let_in.text()).toBe('secret');
    for (const way of ['/GUARDED/../guarded', '/%67uarded', '/./guarded', '//guarded']) {
      const path = await askWhole(running.url, { path: `/api${way}` });
      expect(path.status).not.toBe(200);
    }
  });

  test('refuses bodies that are too large, whether they say so or not', async () => {
    const { running, url } = await started();
    await using _ = running;
    const small = await fetch(`${url}/limited`, posting('1234567890'));
    expect(await small.json()).toEqual({ size: 10 });
    const said = await fetch(`${url}/limited`, posting('12345678901'));
    expect([said.status, await said.json()]).toEqual([
      413,
      expect.objectContaining({ code: 'CONTENT_TOO_LARGE' }),
    ]);
    const unsaid = await fetch(`${url}/limited`, posting(webStream(pieces(11, 1))));
    expect(unsaid.status).toBe(413);
  });

  test('answers in time, or says that it could not', async () => {
    const { running, url, clock } = await started();
    await using _ = running;
    const asked = fetch(`${url}/slow`);
    await until(() => clock.pending > 0);
    await clock.advance(1000);
    const late = await asked;
    expect([late.status, await late.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'TIMEOUT' }),
    ]);
  });

  test('keeps 100 requests at once apart', async () => {
    const { running, url } = await started();
    await using _ = running;
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const body = JSON.stringify({ at, text: 'x'.repeat(at * 10) });
        const answer = await fetch(`${url}/echo`, posting(body));
        const { got } = (await answer.json()) as { got: { at: number } };
        return [at === got.at, answer.headers.get('x-request-id')] as const;
      }),
    );
    expect(answers.every(([isOwn]) => isOwn)).toBe(true);
    expect(new Set(answers.map(([, id]) => id)).size).toBe(100);
  });

  test('keeps a connection, also behind a body that nobody has read', async () => {
    const { running, url } = await started();
    await using _ = running;
    const agent = oneConnection();
    const ports = new Set<number | undefined>();
    for (const path of ['/hello', '/missing', '/echo', '/hello']) {
      const body = Buffer.alloc(path === '/hello' ? 0 : 100_000, ' ');
      const method = path === '/hello' ? 'GET' : 'POST';
      const { sent, answer } = await ask(url + path, { method, agent, body });
      ports.add(sent.socket?.localPort);
      answer.resume();
      await once(answer, 'end');
      await turn();
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  test('makes no more than a client takes that reads nothing', async () => {
    let made = 0;
    const app = createApp().get('/flood', async function* () {
      for (;;) {
        await turn();
        made++;
        yield new Uint8Array(65_536);
      }
    });
    await using running = await host.start({ app, ...host.at('/api') });
    const { answer } = await ask(`${running.url}/api/flood`);
    // What the system and the parts in between hold is full some time.
    await unchanged(() => made);
    expect(made).toBeGreaterThan(1);
    expect(made * 65_536).toBeLessThan(32 * 1024 * 1024);
    answer.destroy();
  });

  test('takes no more than it reads of what a client sends', async () => {
    const app = createApp().post('/unread', () => new Promise(() => {}));
    await using running = await host.start({ app, ...host.at('/api') });
    const sent = request(`${running.url}/api/unread`, { method: 'POST' });
    sent.on('error', () => {});
    let taken = 0;
    for (let at = 0; at < 1000; at++) {
      sent.write(new Uint8Array(65_536), () => (taken += 65_536));
      await turn();
    }
    await unchanged(() => taken);
    expect(taken).toBeLessThan(32 * 1024 * 1024);
    sent.destroy();
  });

  test('refuses a path that is none', async () => {
    const { running } = await started();
    await using _ = running;
    const socket = connect(running.port, '127.0.0.1');
    socket.end('GET /api/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(Number(String(head).slice(9, 12))).toBeGreaterThanOrEqual(400);
    socket.destroy();
  });
});

describe.each(HOSTS.filter(({ canParse }) => canParse))(
  'an app behind a parser of $name',
  (host) => {
    test('reads what the host has read', async () => {
      const { app } = makeApp();
      await using running = await host.start({ app, parses: true, ...host.at('/api') });
      const url = `${running.url}/api`;
      const json = await fetch(`${url}/echo`, posting('{"name":"Zoë"}'));
      expect(await json.json()).toEqual({ got: { name: 'Zoë' } });
      const form = await fetch(`${url}/form`, {
        method: 'POST',
        body: new URLSearchParams([
          ['a', '1'],
          ['b', 'ä & ü'],
        ]),
      });
      expect(await form.json()).toEqual({ a: '1', b: 'ä & ü' });
      const other = await fetch(`${url}/upload`, posting('abc', 'application/octet-stream'));
      expect(await other.json()).toMatchObject({ size: 3 });
      const hello = await fetch(`${url}/hello`);
      expect(await hello.text()).toBe('hello');
    });
  },
);
