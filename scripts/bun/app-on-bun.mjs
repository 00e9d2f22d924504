/** An app on Bun, asked as its clients would ask it; says how many checks have passed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createApp, HttpError } from '@interpose/http';
import { fetchMiddleware, toFetch } from '@interpose/http/adapters/fetch';
import { nodeMiddleware, toNode } from '@interpose/http/adapters/node';
import { apiKey } from '@interpose/http/middleware/api-key';
import { bodyLimit } from '@interpose/http/middleware/body-limit';
import { cors } from '@interpose/http/middleware/cors';
import { requestId } from '@interpose/http/middleware/request-id';

const PAGE = 'https://page.example';
const KEY = 'the-key-of-the-checks';
/** @type {import('@interpose/http').HttpContext[]} */
const contexts = [];
const told = [];

const app = createApp({ onError: (error) => told.push(error) })
  .use(requestId())
  .use(cors({ preset: 'strict', origins: [PAGE] }));
app
  .useAt('/guarded', apiKey({ name: 'X-API-Key', keys: [KEY] }))
  .useAt('/limited', bodyLimit({ maxBytes: 10 }))
  .get('/hello', () => 'hello')
  .post('/echo', async (ctx) => ({ got: await ctx.body.json() }))
  .post('/form', async (ctx) => Object.fromEntries(await ctx.body.form()))
  .get('/items/:id', (ctx) => ({ id: ctx.params.id, colour: ctx.query.get('colour') }))
  .get('/cookies', (ctx) => {
    ctx.response.headers.append('Set-Cookie', 'a=1; Path=/');
    ctx.response.headers.append('Set-Cookie', 'b=2; HttpOnly');
    return [...ctx.cookies.keys()];
  })
  .get('/stream', async function* () {
    for (const text of ['one ', 'two ', 'three']) {
      await turn();
      yield new TextEncoder().encode(text);
    }
  })
  .get('/events', async function* (ctx) {
    contexts.push(ctx);
    for (;;) {
      yield new TextEncoder().encode('data: tick\n\n');
      await turn();
    }
  })
  .post('/upload', async (ctx) => {
    let size = 0;
    for await (const chunk of ctx.requestBody ?? []) size += chunk.length;
    return { size };
  })
  .get('/error', () => {
    throw new Error('a secret of the app');
  })
  .get('/refused', () => {
    throw new HttpError(409, 'It is taken', { code: 'TAKEN' });
  })
  .get('/empty', () => null)
  .get('/who', (ctx) => ({ address: ctx.clientAddress, secure: ctx.secure, path: ctx.path }))
  .get('/guarded', () => 'secret')
  .post('/limited', async (ctx) => ({ size: (await ctx.body.bytes()).length }));

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

async function until(isSo) {
  for (let at = 0; at < 2000 && !isSo(); at++) await turn();
  assert.ok(isSo());
}

/** What is checked of an app, wherever it listens. */
const CHECKS = {
  async 'text, with its length'(url) {
    const answer = await fetch(`${url}/hello`);
    assert.equal(await answer.text(), 'hello');
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(answer.headers.get('content-length'), '5');
  },
  async 'JSON in and out'(url) {
    const answer = await fetch(`${url}/echo`, posting('{"name":"Zoë"}'));
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.deepEqual(await answer.json(), { got: { name: 'Zoë' } });
  },
  async 'bad JSON is a 400'(url) {
    const answer = await fetch(`${url}/echo`, posting('{'));
    assert.deepEqual([answer.status, (await answer.json()).code], [400, 'INVALID_JSON']);
  },
  async 'forms of both kinds'(url) {
    const form = await fetch(`${url}/form`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'ä & ö' }),
    });
    assert.deepEqual(await form.json(), { a: 'ä & ö' });
    const parts = new FormData();
    parts.append('a', 'two\r\nlines');
    const multipart = await fetch(`${url}/form`, { method: 'POST', body: parts });
    assert.deepEqual(await multipart.json(), { a: 'two\r\nlines' });
  },
  async 'parameters and the query'(url) {
    const answer = await fetch(`${url}/items/a%20b?colour=red`);
    assert.deepEqual(await answer.json(), { id: 'a b', colour: 'red' });
  },
  async 'several cookies'(url) {
    const answer = await fetch(`${url}/cookies`, { headers: { Cookie: 'x=1; y=2' } });
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1; Path=/', 'b=2; HttpOnly']);
    assert.deepEqual(await answer.json(), ['x', 'y']);
  },
  async 'a stream out'(url) {
    assert.equal(await (await fetch(`${url}/stream`)).text(), 'one two three');
  },
  async 'a stream in'(url) {
    let left = 8;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
    const answer = await fetch(`${url}/upload`, { method: 'POST', body, duplex: 'half' });
    assert.deepEqual(await answer.json(), { size: 8 * 65_536 });
  },
  async 'a client that leaves'(url) {
    const before = contexts.length;
    const abort = new AbortController();
    const answer = await fetch(`${url}/events`, { signal: abort.signal });
    await answer.body.getReader().read();
    const { signal } = contexts[before];
    assert.equal(signal.aborted, false);
    abort.abort();
    await until(() => signal.aborted);
  },
  async 'a key, and CORS on the refusal'(url) {
    const refused = await fetch(`${url}/guarded`, { headers: { Origin: PAGE } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), PAGE);
    assert.equal((await refused.json()).error, 'API_KEY_MISSING');
    const answer = await fetch(`${url}/guarded`, { headers: { 'X-API-Key': KEY } });
    assert.equal(await answer.text(), 'secret');
  },
  async preflights(url) {
    const answer = await fetch(`${url}/echo`, {
      method: 'OPTIONS',
      headers: { Origin: PAGE, 'Access-Control-Request-Method': 'POST' },
    });
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get('access-control-allow-methods') ?? '', /POST/);
  },
  async 'problem documents that bear the id of the request'(url) {
    const failed = await fetch(`${url}/error`);
    const problem = await failed.json();
    assert.equal(failed.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual([problem.status, problem.code], [500, 'INTERNAL_ERROR']);
    assert.equal(problem.requestId, failed.headers.get('x-request-id'));
    assert.equal(told.at(-1)?.message, 'a secret of the app');
    const refused = await fetch(`${url}/refused`);
    assert.deepEqual([refused.status, (await refused.json()).code], [409, 'TAKEN']);
    const missing = await fetch(`${url}/missing`);
    assert.equal(missing.status, 404);
  },
  async 'HEAD and 204 without a body'(url) {
    const head = await fetch(`${url}/hello`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '5']);
    assert.equal(await head.text(), '');
    const empty = await fetch(`${url}/empty`);
    assert.deepEqual([empty.status, await empty.text()], [204, '']);
  },
  async 'bodies that are too large'(url) {
    const small = await fetch(`${url}/limited`, posting('1234567890'));
    assert.deepEqual(await small.json(), { size: 10 });
    const large = await fetch(`${url}/limited`, posting('12345678901'));
    assert.equal(large.status, 413);
  },
  async 'the address of the client'(url) {
    const who = await (await fetch(`${url}/who`)).json();
    assert.deepEqual(who, { address: '127.0.0.1', secure: false, path: '/who' });
  },
  async '50 requests at once'(url) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const answer = await fetch(`${url}/echo`, posting(JSON.stringify({ at })));
        return [(await answer.json()).got.at, answer.headers.get('x-request-id')];
      }),
    );
    assert.deepEqual(
      answers.map(([at]) => at),
      Array.from({ length: 50 }, (_, at) => at),
    );
    assert.equal(new Set(answers.map(([, id]) => id)).size, 50);
  },
};

function posting(body) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
}

let passed = 0;

async function check(where, name, run) {
  try {
    await run();
    passed++;
  } catch (error) {
    console.log(`${where}: ${name}`);
    throw error;
  }
}

async function checkAll(where, url) {
  for (const [name, run] of Object.entries(CHECKS)) await check(where, name, () => run(url));
}

function served(fetch) {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) };
}

async function listening(listener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

const plain = served(app.fetch);
await checkAll('Bun.serve with app.fetch', plain.url);
plain.close();

const below = served(
  toFetch(app, {
    prefix: '/api',
    otherwise: (_request, server) => new Response(`of the host on ${typeof server.port}`),
  }),
);
await checkAll('Bun.serve with toFetch', `${below.url}/api`);
await check('Bun.serve with toFetch', 'what the app leaves alone', async () => {
  assert.equal(await (await fetch(`${below.url}/other`)).text(), 'of the host on number');
});
below.close();

const guarded = fetchMiddleware(requestId(), cors({ preset: 'strict', origins: [PAGE] }));
const around = served(guarded(async (request) => new Response(`got ${await request.text()}`)));
await check('Bun.serve with fetchMiddleware', 'round a handler of the host', async () => {
  const answer = await fetch(around.url, { ...posting('this'), headers: { Origin: PAGE } });
  assert.equal(await answer.text(), 'got this');
  assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
  assert.ok(answer.headers.has('x-request-id'));
});
around.close();

const onNode = await listening(toNode(app));
await checkAll('node:http of Bun with toNode', onNode.url);
onNode.close();

const listener = nodeMiddleware(requestId());
const aroundNode = await listening((req, res) =>
  listener(req, res, () => res.writeHead(200, { 'X-Host': '1' }).end('of the host')),
);
await check('node:http of Bun with nodeMiddleware', 'round a listener', async () => {
  const answer = await fetch(aroundNode.url);
  assert.equal(await answer.text(), 'of the host');
  assert.ok(answer.headers.has('x-request-id') && answer.headers.has('x-host'));
});
aroundNode.close();

console.log(`${passed} checks passed`);
process.exit(0);
