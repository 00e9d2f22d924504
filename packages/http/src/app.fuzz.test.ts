/** Fuzzes an app by raw sockets: whatever comes, it is answered without a 500, or refused, and others are still served. */
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { connectRaw, get } from '../test-kit/raw-client.ts';
import { createApp } from './app.ts';
import type { AppServer } from './app-server.ts';
import { createFastApi } from './fast-api/fast-api.ts';
import type { HttpContext } from './context/context.ts';

interface Fuzzed {
  readonly server: AppServer;
  readonly told: unknown[];
}

/** Looks at everything that a request has. */
const all = (ctx: HttpContext): object => ({
  path: ctx.path,
  params: ctx.params,
  query: [...ctx.query],
  cookies: [...ctx.cookies],
  headers: [...ctx.headers],
  id: ctx.requestId,
  address: ctx.clientAddress,
});

async function serve(): Promise<Fuzzed> {
  const told: unknown[] = [];
  const onError = (error: unknown): void => void told.push(error);
  const unhandled = (error: unknown): void => void told.push(error);
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const api = createFastApi({
    enableCors: true,
    app: { onError },
    environment: {},
    onWarning: () => {},
  }).setup();
  api.app
    .get('/all', all)
    .get('/u/:id/*', all)
    .post('/json', async (ctx) => ({ json: await ctx.body.json({ maxBytes: 64 }) }))
    .post('/form', async (ctx) => [...(await ctx.body.form()).keys()])
    .post('/text', (ctx) => ctx.body.text())
    .post('/echo', (ctx) => ctx.body.stream())
    .all('/web', async (ctx) => [ctx.request.url, await ctx.request.text()])
    .mount('/mounted', createApp().all('/*', all as () => object).fetch);
  const server = await api.serve();
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return { server, told };
}

/** Sends bytes and then nothing more, and waits until the server has said all that it has to say. */
async function statusesOf({ server }: Fuzzed, text: string): Promise<number[]> {
  const client = await connectRaw(server.port);
  client.socket.end(text, 'latin1');
  const answers = await client.closed();
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function judge(fuzzed: Fuzzed, text: string): Promise<void> {
  const statuses = await statusesOf(fuzzed, text);
  expect(statuses.filter((status) => status >= 500 && status !== 501 && status !== 505)).toEqual(
    [],
  );
  expect(fuzzed.told.splice(0)).toEqual([]);
}

async function stillServes({ server }: Fuzzed): Promise<void> {
  const client = await connectRaw(server.port);
  const { status, text } = await client.send(get('/config/status')).answer();
  expect([status, text]).toEqual([200, '{"status":"ok"}']);
  client.leave();
  while (server.server.stats().connections > 0) await new Promise(setImmediate);
  expect(server.server.stats().inFlight).toBe(0);
}

const latin = (max: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.integer({ min: 0, max }).map((code) => String.fromCharCode(code)),
    maxLength,
  });
const path = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        '/',
        'all',
        'u',
        'web',
        'mounted',
        '..',
        '.',
        '%2e',
        '%2F',
        '%',
        '%00',
        '%C3%A9',
        '%FF',
        '?',
        '&',
        '=',
        ';',
        '#',
        '\\',
        'é',
        '//',
        '*',
        ':id',
        '@',
        '[',
        '__proto__',
      ),
      { maxLength: 8 },
    )
    .map((parts) => `/${parts.join('')}`),
  fc.constantFrom(
    '/all',
    '/u/1/x',
    '/json',
    '/form',
    '/text',
    '/echo',
    '/web',
    '/mounted/x',
    '/',
    '*',
  ),
);
const method = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'POST',
  'POST',
  'PUT',
  'OPTIONS',
  'DELETE',
  'get',
  'TRACK',
  'TRACE',
  'X-Y',
);
const value = fc.oneof(
  latin(255, 12),
  fc.constantFrom(
    '',
    '*/*',
    'a=b; c="d',
    '%zz=%',
    'gzip',
    'text/html;q=x',
    'http://evil.test',
    '"',
    ',,,',
  ),
);
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'Cookie',
      'Accept',
      'Origin',
      'Accept-Encoding',
      'X-Forwarded-For',
      'Forwarded',
      'Range',
      'If-None-Match',
      'Access-Control-Request-Method',
      'fast-api-request-id',
      'Authorization',
    ),
    value,
  ),
  fc.tuple(
    fc.constant('Content-Type'),
    fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain; charset=x',
      '',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'application/json; charset="',
    ),
  ),
  fc.tuple(fc.constantFrom('Content-Encoding', 'Expect', 'Connection', 'Upgrade', 'TE'), value),
);
const host = fc.constantFrom(
  'Host: host',
  'Host: host',
  'Host: host',
  'Host: host:80',
  'Host: [::1]',
  'Host: 1.2.3.4.5',
  'Host: a_b',
  'Host: 999999999999',
  'Host: xn--',
  'Host: a..b',
  'Host:',
  'Host: a@b',
  'X: y',
);
const body = fc.oneof(
  latin(255, 80),
  fc.json(),
  fc.constantFrom('a=1&b=%', '{"__proto__":1}', '--x\r\n\r\nx\r\n--x--\r\n', '['.repeat(60), ''),
);
const framing = fc.constantFrom('length', 'length', 'length', 'chunked', 'none', 'short', 'long');

/** A request that is right, or nearly so. */
const request = fc
  .record({ method, path, host, headers: fc.array(header, { maxLength: 4 }), body, framing })
  .map(({ headers, ...one }) => {
    const lines = headers.map(([name, given]) => `${name}: ${given.replace(/[\r\n\0]/g, '')}`);
    const { length } = one.body;
    const chunk = `${length ? `${length.toString(16)}\r\n${one.body}\r\n` : ''}0\r\n\r\n`;
    const [line, sent] = {
      length: [`Content-Length: ${length}`, one.body],
      chunked: ['Transfer-Encoding: chunked', chunk],
      none: ['X-None: 1', ''],
      short: [`Content-Length: ${length + 5}`, one.body],
      long: [`Content-Length: ${Math.max(0, length - 5)}`, one.body],
    }[one.framing] as [string, string];
    const head = [`${one.method} ${one.path} HTTP/1.1`, one.host, ...lines, line].join('\r\n');
    return `${head}\r\n\r\n${sent}`;
  });

test('any bytes', { timeout: 30_000 }, async () => {
  const fuzzed = await serve();
  const noise = fc.oneof(
    latin(255, 200),
    latin(127, 60).map((text) => `GET ${text} HTTP/1.1\r\nHost: a\r\n\r\n`),
    latin(255, 60).map((text) => `GET / HTTP/1.1\r\nHost: a\r\n${text}\r\n\r\n`),
    latin(255, 60).map(
      (text) => `POST /json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(noise, (text) => judge(fuzzed, text)),
    { numRuns: 300 },
  );
  await stillServes(fuzzed);
});

test('requests that are right, or nearly so', { timeout: 30_000 }, async () => {
  const fuzzed = await serve();
  await fc.assert(
    fc.asyncProperty(request, (text) => judge(fuzzed, text)),
    { numRuns: 600 },
  );
  await stillServes(fuzzed);
});

test('several of them on one connection, in any pieces', { timeout: 30_000 }, async () => {
  const fuzzed = await serve();
  const pieces = fc.tuple(fc.array(request, { minLength: 2, maxLength: 5 }), fc.array(fc.nat(300)));
  await fc.assert(
    fc.asyncProperty(pieces, async ([requests, cuts]) => {
      const text = requests.join('');
      const client = await connectRaw(fuzzed.server.port);
      let at = 0;
      for (const cut of cuts) {
        client.send(text.slice(at, at + cut));
        at += cut;
        await new Promise(setImmediate);
      }
      client.socket.end(text.slice(at), 'latin1');
      const answers = await client.closed();
      expect(answers).not.toMatch(/HTTP\/1\.1 50[0234] /);
      expect(fuzzed.told.splice(0)).toEqual([]);
    }),
    { numRuns: 100 },
  );
  await stillServes(fuzzed);
});
