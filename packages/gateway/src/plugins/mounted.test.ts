/** Tests of the built-ins of `@interpose/http` as plugins: that each does in a gateway what it does in an app. */
import { once } from 'node:events';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fakeClock } from '@interpose/testing';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';
import { openHttp2 } from '../../test-kit/secure-client.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { PluginUse } from '../gateway-config.ts';
import { standardPlugins } from './standard.ts';

const use = (name: string, options: Record<string, unknown> = {}): PluginUse => ({ name, options });

/** A gateway with these plugins in front of nothing but a fixed answer. */
const startFixed = (
  plugins: readonly PluginUse[],
  options: GatewayOptions = {},
): Promise<Started> =>
  startGateway({ plugins, routes: [routeOf({ respond: { status: 200, body: 'fine' } })] }, options);

/** Answers with what it was sent. */
const echo: Parameters<typeof startProxied>[0] = (request, response) => {
  const chunks: Uint8Array[] = [];
  request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

interface Told {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

test('every built-in of http comes along under the same name', () => {
  const names = standardPlugins.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(
      'access-log api-key basic-auth bearer-auth body-limit compress conditional-requests content-negotiation cors csrf decompress detect-disconnect http-events idempotency-key ip-restriction jwt method-override rate-limit request-id response-cache secure-headers server-timing session-cookie timeout trailing-slash trusted-proxies'.split(
        ' ',
      ),
    ),
  );
  expect(new Set(names).size).toBe(names.length);
});

describe('who may come in', () => {
  test('basic-auth: whoever has a password is the consumer, and the upstream does not see it', async () => {
    const { url } = await startProxied(echo, {
      plugins: [use('basic-auth', { users: { ann: 'pass' }, groups: { ann: 'staff, gold' } })],
    });
    const refused = await send(url);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="Restricted", charset="UTF-8"',
    ]);
    const authorization = `Basic ${btoa('ann:pass')}`;
    const { json } = await send(url, { headers: { authorization } });
    const { headers } = json as unknown as Told;
    expect([headers['authorization'], headers['x-consumer-name']]).toEqual([undefined, 'ann']);
    expect((await send(url, { headers: { authorization: `Basic ${btoa('ann:x')}` } })).status).toBe(
      401,
    );
  });

  test('bearer-auth: whoever bears a token is the consumer; the token travels on only if told so', async () => {
    const { url } = await startProxied(echo, {
      plugins: [use('bearer-auth', { tokens: { ci: 'abc' }, hideCredentials: false })],
    });
    expect((await send(url)).status).toBe(401);
    const { json } = await send(url, { headers: { authorization: 'Bearer abc' } });
    const { headers } = json as unknown as Told;
    expect([headers['authorization'], headers['x-consumer-name']]).toEqual(['Bearer abc', 'ci']);
  });

  test('jwt: the subject is the consumer, with the groups that a claim lists', async () => {
    const secret = 'x'.repeat(32);
    const sign = (claims: Record<string, unknown>): Promise<string> =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(secret));
    const { url } = await startProxied(echo, {
      plugins: [
        use('jwt', { algorithms: ['HS256'], secrets: [secret], groupsClaim: 'roles' }),
        use('acl', { groups: ['staff'] }),
      ],
    });
    const ask = async (claims: Record<string, unknown>) =>
      send(url, { headers: { authorization: `Bearer ${await sign(claims)}` } });
    const let_in = await ask({ sub: 'ann', roles: ['staff'] });
    expect((let_in.json as unknown as Told).headers['x-consumer-name']).toBe('ann');
    expect((await ask({ sub: 'bob', roles: 'staff x' })).status).toBe(200);
    expect((await ask({ sub: 'bob', roles: ['x'] })).json).toMatchObject({
      status: 403,
      code: 'CONSUMER_REFUSED',
    });
    expect((await ask({ sub: 'an\nn', roles: ['staff'] })).json).toMatchObject({
      status: 403,
      code: 'CONSUMER_UNKNOWN',
    });
    expect((await ask({ roles: ['staff'] })).status).toBe(401);
    expect((await send(url, { headers: { authorization: 'Bearer x.y.z' } })).status).toBe(401);
  });

  test('api-key: one of several keys, in a header or a cookie', async () => {
    const { url } = await startFixed([
      use('api-key', { name: 'X-Key', keys: ['one', 'two'], exclude: ['/open'] }),
    ]);
    const statuses = [];
    for (const headers of [{}, { 'X-Key': 'one' }, { Cookie: 'X-Key=two' }, { 'X-Key': 'three' }]) {
      statuses.push((await send(url, { headers })).status);
    }
    expect(statuses).toEqual([401, 200, 200, 401]);
    expect((await send(`${url}/open`)).text).toBe('fine');
  });

  test('csrf: not what pages of other sites change', async () => {
    const { url } = await startFixed([use('csrf')]);
    const post = (site: string) =>
      send(url, { method: 'POST', headers: { 'Sec-Fetch-Site': site } });
    expect((await post('cross-site')).json).toMatchObject({ code: 'CROSS_SITE_REQUEST' });
    expect((await post('same-origin')).status).toBe(200);
  });

  test('ip-restriction: by the address', async () => {
    const denied = await startFixed([use('ip-restriction', { deny: ['loopback'] })]);
    expect((await send(denied.url)).json).toMatchObject({ status: 403, code: 'ADDRESS_REFUSED' });
    const allowed = await startFixed([use('ip-restriction', { allow: ['127.0.0.0/8'] })]);
    expect((await send(allowed.url)).status).toBe(200);
  });

  test('a guard refuses before the content, and others still put their headers on the refusal', async () => {
    let asked = 0;
    const { url } = await startProxied(() => void asked++, {
      plugins: [use('basic-auth', { users: { a: 'b' } }), use('secure-headers'), use('request-id')],
    });
    const { status, headers } = await send(url);
    expect([status, asked]).toEqual([401, 0]);
    expect(headers['x-request-id']).toBeDefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('how much', () => {
  test('body-limit: by the length that is told, and in the middle where none is', async () => {
    const { url, port } = await startProxied(echo, {
      plugins: [use('body-limit', { maxBytes: 4 })],
    });
    expect((await send(url, { method: 'POST', body: '1234' })).status).toBe(200);
    expect((await send(url, { method: 'POST', body: '12345' })).status).toBe(413);
    const received = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n12345\r\n0\r\n\r\n',
    );
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('decompress: the upstream sees the body as if it had never been packed', async () => {
    const { url } = await startProxied(echo, { plugins: [use('decompress', { maxBytes: 1000 })] });
    const post = (body: Uint8Array, coding = 'gzip') =>
      send(url, { method: 'POST', headers: { 'Content-Encoding': coding }, body });
    const told = (await post(gzipSync('hello'))).json as unknown as Told;
    expect([told.body, told.headers['content-encoding']]).toEqual(['hello', undefined]);
    expect((await post(gzipSync('x'.repeat(2000)))).status).toBe(413);
    expect((await post(gzipSync('hello'), 'odd')).status).toBe(415);
  });

  test('timeout: 504 when the time is up, and the upstream is let go', async () => {
    const clock = fakeClock();
    const [entered, left] = [deferred(), deferred()];
    const { url } = await startProxied(
      (_request, response) => {
        response.on('close', left.resolve);
        entered.resolve();
      },
      { plugins: [use('timeout', { timeoutMs: 2000 })] },
      { clock },
    );
    const request = open(url).end();
    const head = headOf(request);
    await entered.promise;
    await clock.advance(2000);
    const response = await head;
    expect(response.statusCode).toBe(504);
    response.resume();
    await left.promise;
  });
});

describe('what becomes of answers', () => {
  test('compress: after body filters, for those who can unpack it', async () => {
    const { url, gateway } = await startProxied(
      (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/plain' });
        response.write('to be or not to be '.repeat(100));
        response.end();
      },
      { plugins: [use('compress', { encodings: ['gzip'] })] },
    );
    gateway.registry.add(
      { bodyFilter: { handle: (_ctx, chunk) => Buffer.from(chunk).toString().toUpperCase() } },
      { name: 'loud' },
    );
    const request = open(url, { headers: { 'Accept-Encoding': 'gzip' } }).end();
    const response = await headOf(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(response.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
    });
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe('TO BE OR NOT TO BE '.repeat(100));
    expect((await send(url)).headers['content-encoding']).toBeUndefined();
    const head = await send(url, { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip' } });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  test('conditional-requests: 304 by the tag of the answer', async () => {
    const { url } = await startFixed([use('conditional-requests')]);
    const { etag } = (await send(url)).headers;
    expect(etag).toMatch(/^"/);
    const again = await send(url, { headers: { 'If-None-Match': etag as string } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('content-negotiation: 406, and Vary beside that of the upstream', async () => {
    const { url } = await startProxied(
      (_request, response) => response.writeHead(200, { Vary: 'Cookie' }).end(),
      { plugins: [use('content-negotiation', { types: ['application/json'] })] },
    );
    expect((await send(url, { headers: { Accept: 'text/html' } })).status).toBe(406);
    expect((await send(url)).headers.vary).toBe('Cookie, Accept');
  });

  test('G-127 secure-headers: no guessing of types, no frames, on answers and refusals; the obsolete filter is switched off', async () => {
    const { url } = await startFixed([use('secure-headers')]);
    expect((await send(url)).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-xss-protection': '0',
      'referrer-policy': 'strict-origin-when-cross-origin',
    });
    const own = await startFixed([
      use('secure-headers', {
        contentSecurityPolicy: { 'default-src': ["'self'", 'https://cdn.example'] },
        frameOptions: false,
        permissionsPolicy: false,
      }),
    ]);
    const { headers } = await send(own.url);
    expect(headers['content-security-policy']).toBe("default-src 'self' https://cdn.example");
    expect([headers['x-frame-options'], headers['permissions-policy']]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('secure-headers: what the upstream says goes before', async () => {
    const { url } = await startProxied(
      (_request, response) => response.writeHead(200, { 'X-Frame-Options': 'SAMEORIGIN' }).end(),
      { plugins: [use('secure-headers')] },
    );
    const { rawHeaders } = await send(url);
    expect(rawHeaders.filter((name) => /^x-frame-options$/i.test(name))).toHaveLength(1);
    expect(rawHeaders[rawHeaders.findIndex((name) => /^x-frame-options$/i.test(name)) + 1]).toBe(
      'SAMEORIGIN',
    );
  });

  test('server-timing: on answers and on refusals', async () => {
    const clock = fakeClock();
    const { url } = await startFixed([use('server-timing')], { clock });
    expect((await send(url)).headers['server-timing']).toBe('total;dur=0');
    const refusing = await startFixed(
      [use('server-timing', { total: 'gw' }), use('basic-auth', { users: { a: 'b' } })],
      { clock },
    );
    const refused = await send(refusing.url);
    expect([refused.status, refused.headers['server-timing']]).toEqual([401, 'gw;dur=0']);
  });

  test('session-cookie: opened before others run, kept when they have', async () => {
    const { url, gateway } = await startFixed([
      use('session-cookie', { secrets: ['s'.repeat(32)], secure: false }),
    ]);
    interface WithVisits {
      readonly session: { data: { visits: number } | undefined };
    }
    gateway.registry.add(
      {
        content: {
          handle(ctx) {
            const { session } = ctx as unknown as WithVisits;
            const visits = (session.data?.visits ?? 0) + 1;
            session.data = { visits };
            if (ctx.path === '/fail') throw new Error('x');
            ctx.exit(200, String(visits));
          },
        },
      },
      { name: 'counter' },
    );
    const first = await send(url);
    const cookie = (answer: typeof first): string =>
      (answer.headers['set-cookie']?.[0] ?? '').replace(/;.*/, '');
    expect(first.text).toBe('1');
    const second = await send(url, { headers: { Cookie: cookie(first) } });
    expect(second.text).toBe('2');
    const failed = await send(`${url}/fail`, { headers: { Cookie: cookie(second) } });
    expect(failed.status).toBe(500);
    expect((await send(url, { headers: { Cookie: cookie(failed) } })).text).toBe('4');
  });

  test('http-events: one event for each request, also for refusals', async () => {
    const { url, gateway } = await startFixed([
      use('http-events', { header: 'X-Event' }),
      use('basic-auth', { users: { a: 'b' } }),
    ]);
    let events: { recentRequests(most: number): readonly unknown[] } | undefined;
    gateway.registry.add(
      { log: { handle: (ctx) => void (events = ctx.state['httpEvents'] as typeof events) } },
      { name: 'probe' },
    );
    const { headers, status } = await send(url);
    expect([status, typeof headers['x-event']]).toEqual([401, 'string']);
    expect(events?.recentRequests(10)).toHaveLength(1);
  });

  test('response-cache: the upstream is asked once for what may be stored', async () => {
    let asked = 0;
    const { url } = await startProxied(
      (_request, response) =>
        response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(`answer ${++asked}`),
      { plugins: [use('response-cache')] },
    );
    expect((await send(url)).text).toBe('answer 1');
    const again = await send(url);
    expect([again.text, again.headers['age']]).toEqual(['answer 1', '0']);
    expect((await send(`${url}/other`)).text).toBe('answer 2');
  });

  test('idempotency-key: sent on once, body and all, and answered the same again', async () => {
    let asked = 0;
    const { url } = await startProxied(
      (request, response) => {
        asked++;
        let body = '';
        request.on('data', (chunk) => (body += String(chunk)));
        request.on('end', () => response.writeHead(201).end(`${asked} ${body}`));
      },
      { plugins: [use('idempotency-key')] },
    );
    const post = (key: string, body = 'order') =>
      send(url, { method: 'POST', headers: { 'Idempotency-Key': key }, body });
    expect(await post('a')).toMatchObject({ status: 201, text: '1 order' });
    const again = await post('a');
    expect(again).toMatchObject({ status: 201, text: '1 order' });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await post('a', 'another')).status).toBe(422);
    expect((await post('b')).text).toBe('2 order');
    expect(asked).toBe(2);
  });
});

test('all of them at once: a request that may goes through, and its answer is what each makes of it', async () => {
  const needed: Readonly<Record<string, Record<string, unknown>>> = {
    acl: { groups: ['staff'] },
    'api-key': { name: 'X-Key', keys: ['k'] },
    'basic-auth': { users: { ann: 'p' }, groups: { ann: 'staff' } },
    'content-negotiation': { types: ['application/json'] },
    cors: { origins: ['https://a.example'] },
    'ip-restriction': { allow: ['loopback'] },
    'key-auth': { keys: { ann: 'k' } },
    'method-override': {},
    'request-transform': { setBody: { by: 'gateway' } },
    'response-transform': { removeBody: ['headers'] },
    'session-cookie': { secrets: ['x'.repeat(32)] },
    'trusted-proxies': { proxies: ['private'] },
  };
  // A request has one `Authorization`, and no certificate.
  const others = new Set(['bearer-auth', 'jwt', 'client-certificate']);
  const names = standardPlugins.map(({ name }) => name).filter((name) => !others.has(name));
  const { url, ended, logger } = await startProxied(echo, {
    plugins: names.map((name) => use(name, needed[name])),
  });
  const ask = (method: string, body?: string) =>
    send(`${url}/a`, {
      method,
      headers: {
        authorization: `Basic ${btoa('ann:p')}`,
        'X-API-Key': 'k',
        'X-Key': 'k',
        Origin: 'https://a.example',
        'Idempotency-Key': 'once',
        'Content-Type': 'application/json',
        'Sec-Fetch-Site': 'same-origin',
      },
      ...(body !== undefined && { body }),
    });
  const posted = await ask('POST', '{"a":1}');
  expect(posted.json).toEqual({ method: 'POST', url: '/a', body: '{"a":1,"by":"gateway"}' });
  expect(posted.headers).toMatchObject({
    'access-control-allow-origin': 'https://a.example',
    'x-ratelimit-remaining': '99',
    'x-frame-options': 'DENY',
    'cache-status': expect.stringContaining('interpose'),
    'server-timing': expect.stringContaining('total'),
  });
  expect((await ask('POST', '{"a":1}')).headers['idempotency-replayed']).toBe('true');
  expect((await ask('GET')).json).toEqual({ method: 'GET', url: '/a', body: '' });
  expect(await ask('HEAD')).toMatchObject({ status: 200, text: '' });
  await ended();
  expect(logger.messages('error')).toEqual([]);
  const failed = await send(`${url}/a`, { headers: { Origin: 'https://a.example' } });
  expect([failed.status, failed.headers['x-frame-options']]).toEqual([401, 'DENY']);
});

test('an old client is served by all spans, and a body in chunks is not sent to it', async () => {
  const { port } = await startProxied(
    (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.write('x'.repeat(2000));
      response.end();
    },
    { plugins: [use('server-timing'), use('compress', { encodings: ['gzip'] }), use('timeout')] },
  );
  const received = await sendRaw(
    port,
    'GET / HTTP/1.0\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n',
  );
  const [head = '', body = ''] = received.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.[01] 200 /);
  expect(head).not.toMatch(/transfer-encoding/i);
  expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe('x'.repeat(2000));
});

describe('other forms of a request', () => {
  test('trailing-slash: redirects', async () => {
    const { url } = await startFixed([use('trailing-slash')]);
    const { status, headers } = await send(`${url}/a/?x=1`);
    expect([status, headers.location]).toEqual([301, '/a?x=1']);
    expect((await send(`${url}/a`)).status).toBe(200);
  });

  test('method-override: for methods of the route alone', async () => {
    const { url: up } = await startProxied(echo);
    const { url } = await startGateway({
      upstreams: { main: { url: up } },
      plugins: [use('method-override')],
      routes: [
        routeOf({ name: 'a', path: '/a', methods: ['POST', 'PUT'], upstream: 'main' }),
        routeOf({ name: 'b', path: '/b', methods: ['POST'], upstream: 'main' }),
        routeOf({ name: 'c', path: '/b', methods: ['DELETE'], upstream: 'main' }),
      ],
    });
    const ask = (path: string, method: string) =>
      send(url + path, { method: 'POST', headers: { 'X-HTTP-Method-Override': method } });
    expect((await ask('/a', 'put')).json['method']).toBe('PUT');
    expect((await ask('/a', 'DELETE')).status).toBe(405);
    expect((await ask('/b', 'DELETE')).headers.allow).toBe('POST');
    expect((await ask('/a', 'GET')).json).toMatchObject({ code: 'METHOD_OVERRIDE_REFUSED' });
  });

  test('trusted-proxies: the client is who a proxy says that it is', async () => {
    const { url } = await startProxied(echo, {
      plugins: [use('trusted-proxies', { proxies: ['loopback'] })],
    });
    const { json } = await send(url, { headers: { 'X-Forwarded-For': '6.6.6.6, 192.0.2.7' } });
    expect((json as unknown as Told).headers['x-forwarded-for']).toBe('192.0.2.7');
  });

  test('detect-disconnect: others see at once that the client has left', async () => {
    const { url, gateway, ended } = await startFixed([use('detect-disconnect')]);
    const entered = deferred();
    let seen: unknown;
    gateway.registry.add(
      {
        access: {
          handle: (ctx) =>
            new Promise((resolve) => {
              entered.resolve();
              ctx.onClientLeft(() => resolve());
            }),
        },
        log: { handle: (ctx) => void (seen = ctx.state['isDisconnected']) },
      },
      { name: 'waiting' },
    );
    const request = open(url).end();
    await entered.promise;
    request.destroy();
    await ended();
    expect(seen).toBe(true);
  });
});

test.each([
  [
    'basic-auth',
    { users: { ann: 'p' }, groups: { bob: 'x' } },
    '`basic-auth.groups` to be groups of those who are there',
  ],
  ['basic-auth', { users: { änn: 'p' } }, 'a name of plain ASCII'],
  ['basic-auth', { users: { ann: 'p' }, groups: { ann: 'a b' } }, '`basic-auth.groups.ann`'],
  ['bearer-auth', { tokens: { ci: 'a b' } }, '`bearer-auth.tokens.ci`'],
  ['jwt', { algorithms: ['none'] }, 'jwt.'],
  ['compress', { levels: { gzip: 99 } }, '`compress.levels.gzip` to be 9 or less'],
  ['secure-headers', { frameOptions: 'DENY\r\nX: y' }, 'X-Frame-Options'],
  ['acl', {}, '`acl.groups`'],
  ['ip-restriction', { allow: ['10.0.0.1/8'] }, '`ip-restriction.allow[0]`'],
  ['session-cookie', { secrets: ['short'] }, '`session-cookie.secrets`'],
])('%s refuses %j', (name, options, message) => {
  const plugin = standardPlugins.find((one) => one.name === name);
  expect(() => plugin?.create(options, { clock: fakeClock() } as never)).toThrow(message);
});

function deferred() {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

test('HTTP/2 and what spans a request, its content and its answer go together', async () => {
  const { gateway } = await startGateway({
    listeners: [{ host: '127.0.0.1', port: 0, h2c: true }],
    plugins: [
      use('basic-auth', { users: { ann: 'p' } }),
      use('server-timing'),
      use('timeout'),
      use('compress', { encodings: ['gzip'] }),
    ],
    routes: [routeOf({ respond: { status: 200, body: 'fine '.repeat(500) } })],
  });
  const session = openHttp2(`http://127.0.0.1:${gateway.addresses[0]?.port}`);
  const ask = async (authorization: string) => {
    const stream = session.request({ authorization, 'accept-encoding': 'gzip' });
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { headers, body: Buffer.concat(chunks) };
  };
  const { headers, body } = await ask(`Basic ${btoa('ann:p')}`);
  expect(headers).toMatchObject({ ':status': 200, 'content-encoding': 'gzip' });
  expect(headers['server-timing']).toMatch(/^total;dur=/);
  expect(gunzipSync(body).toString()).toBe('fine '.repeat(500));
  const refused = (await ask('none')).headers;
  expect([refused[':status'], refused['server-timing']]).toEqual([
    401,
    expect.stringMatching(/^total/),
  ]);
});
