/** Tests of access-log. */
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { standardOutput } from '../log-files/standard-output.ts';
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

const start = (options: Record<string, unknown> = {}, more: object = {}): Promise<Started> =>
  startGateway(
    {
      plugins: [{ name: 'access-log', options }],
      routes: [
        routeOf({ name: 'orders', path: '/orders/*', respond: { status: 201, body: 'fine' } }),
      ],
    },
    { newId: () => 'r-1', ...more },
  );

/** A folder that is gone when the test is over. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'interpose-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('access-log', () => {
  test('writes one line a request with what it was and what became of it', async () => {
    const clock = fakeClock();
    const { url, gateway, logger, ended } = await start({}, { clock });
    gateway.registry.add(
      {
        content: {
          handle(ctx) {
            ctx.consumer = { name: 'alice' };
            clock.advanceSync(12.3456);
          },
        },
      },
      { name: 'slow' },
    );
    await send(`${url}/orders/./1?token=hunter2`, { method: 'POST' });
    await ended();
    expect(logger.entries).toEqual([
      {
        level: 'info',
        event: 'access',
        method: 'POST',
        path: '/orders/1',
        status: 201,
        ms: 12.346,
        bytes: 4,
        requestId: 'r-1',
        route: 'orders',
        clientAddress: '127.0.0.1',
        version: '1.1',
        host: new URL(url).host,
        consumer: 'alice',
        accessMs: 0,
        contentMs: 12.346,
        sendMs: 0,
      },
    ]);
  });

  test('writes what was refused, and what no route has', async () => {
    const { url, logger, ended } = await start();
    await send(`${url}/nothing`);
    await ended();
    expect(logger.entries).toMatchObject([{ path: '/nothing', status: 404, route: null }]);
  });

  test('writes 499 for a client that left, with the bytes that it got', async () => {
    const { url, logger, ended } = await startProxied(
      (_request, response) => void response.write('first'),
      {
        plugins: [{ name: 'access-log', options: {} }],
      },
    );
    const response = await headOf(open(url).end());
    await once(response, 'data');
    response.destroy();
    await ended();
    expect(logger.entries).toMatchObject([{ status: 499, bytes: 5 }]);
  });

  test('can write query and headers, but nothing secret in them', async () => {
    const headers = [
      'User-Agent',
      'Authorization',
      'Cookie',
      'X-API-Key',
      'X-Session-Id',
      'Missing',
      'Proxy-Authorization',
    ];
    const { url, logger, ended } = await start({ query: true, headers });
    await send(
      `${url}/orders/1?page=2&api_key=hunter2&access_token=hunter2&Password=hunter2&code=hunter2&sig=hunter2&q=a%20b`,
      {
        headers: {
          'User-Agent': 'tester',
          Authorization: 'Bearer hunter2',
          Cookie: 'a=hunter2',
          'X-API-Key': 'hunter2',
          'X-Session-Id': 'hunter2',
          'Proxy-Authorization': 'hunter2',
        },
      },
    );
    await ended();
    const [entry] = logger.entries;
    expect(JSON.stringify(entry)).not.toContain('hunter2');
    expect(entry?.['headers']).toEqual({
      'user-agent': 'tester',
      authorization: '[redacted]',
      cookie: '[redacted]',
      'x-api-key': '[redacted]',
      'x-session-id': '[redacted]',
      missing: null,
      'proxy-authorization': '[redacted]',
    });
    expect(new URLSearchParams(String(entry?.['query'])).get('page')).toBe('2');
    expect(new URLSearchParams(String(entry?.['query'])).get('api_key')).toBe('[redacted]');
  });
});

describe('access-log in other formats', () => {
  /** The lines that are written to the output. */
  function output(): string[] {
    const lines: string[] = [];
    const spy = vi
      .spyOn(standardOutput, 'write')
      .mockImplementation((line) => void lines.push(line));
    onTestFinished(() => spy.mockRestore());
    return lines;
  }
  const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  const at = (): object => ({ clock: fakeClock({ wallMs }) });

  test('G-162 brief has one short line with the id of the request', async () => {
    const lines = output();
    const { url, ended } = await start({ format: 'brief' }, at());
    await send(`${url}/orders/1?a=b`);
    await ended();
    expect(lines).toEqual(['2026-01-02T03:04:05.006Z GET /orders/1 201 0ms r-1']);
  });

  test('G-162 detailed has everything by its name', async () => {
    const lines = output();
    const { url, ended } = await start({ format: 'detailed', query: true, headers: ['X-A'] }, at());
    await send(`${url}/orders/1?a=b&token=hunter2`, { headers: { 'X-A': 'say "hi"' } });
    await ended();
    expect(lines).toEqual([
      '2026-01-02T03:04:05.006Z GET /orders/1?a=b&token=%5Bredacted%5D 201 0ms r-1 bytes=4 ' +
        `route=orders clientAddress=127.0.0.1 version=1.1 host=${new URL(url).host} accessMs=0 ` +
        String.raw`contentMs=0 sendMs=0 headers="{\"x-a\":\"say \\\"hi\\\"\"}"`,
    ]);
  });

  test('common and combined are those of other servers', async () => {
    const lines = output();
    const options = {
      headers: { Referer: 'https://me:pw@a.example/x?secret', 'User-Agent': 'me "x"' },
    };
    for (const format of ['common', 'combined']) {
      const { url, ended } = await start({ format }, at());
      await send(`${url}/orders/1?a=b`, options);
      await ended();
    }
    const line = '127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /orders/1 HTTP/1.1" 201 4';
    expect(lines).toEqual([line, String.raw`${line} "https://a.example/x" "me \"x\""`]);
  });

  test('nothing that a client sends ends a line, forges one, or steers a terminal', async () => {
    const file = join(folder(), 'access.log');
    const formats = ['json', 'detailed', 'brief', 'common', 'combined'];
    const plugins = formats.map((format) => ({
      name: 'access-log',
      options: { format, file, query: true, headers: ['User-Agent', 'X-A'] },
    }));
    const { gateway, port, ended } = await startGateway({
      plugins,
      routes: [routeOf({ respond: { status: 200 } })],
    });
    const evil = '\u009b31m" 200 -\t\u0085x';
    const head = `GET /a%0d%0ab%1b[31m"\\?x=%0a127.0.0.1%20-%20- HTTP/1.1\r\nHost: a\r\nReferer: ${evil}\r\nUser-Agent: ${evil}\r\nX-A: ${evil}`;
    const socket = connect(port, '127.0.0.1');
    socket.end(Buffer.from(`${head}\r\nConnection: close\r\n\r\n`, 'latin1'));
    socket.resume();
    await once(socket, 'close');
    await ended();
    await gateway.close();
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n')).toHaveLength(formats.length + 1);
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
  });

  test('what was refused before it could be read has a line in every format', async () => {
    const lines = output();
    const formats = ['detailed', 'brief', 'common', 'combined'];
    const { port, ended } = await startGateway(
      { plugins: formats.map((format) => ({ name: 'access-log', options: { format } })) },
      { newId: () => 'r-1', ...at() },
    );
    await sendRaw(port, 'GET  / HTTP/1.1\r\n\r\n');
    await ended();
    const time = '2026-01-02T03:04:05.006Z';
    const common = '127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "- / HTTP/1.1" 400 -';
    expect(lines).toEqual([
      `${time} - / 400 0ms r-1 bytes=0 route=- clientAddress=127.0.0.1 version=1.1 failure=REQUEST_LINE_MALFORMED`,
      `${time} - / 400 0ms r-1`,
      common,
      `${common} "-" "-"`,
    ]);
  });

  test('of those that went well only a share is written, of those that failed all', async () => {
    let chance = 0;
    const { url, ended, logger } = await startGateway(
      {
        plugins: [{ name: 'access-log', options: { sampleRatio: 0.5 } }],
        routes: [
          routeOf({ name: 'fine', path: '/fine', respond: { status: 200 } }),
          routeOf({ name: 'bad', path: '/bad', respond: { status: 503 } }),
        ],
      },
      { random: () => chance },
    );
    for (const [path, next] of [
      ['/fine', 0.49],
      ['/fine', 0.5],
      ['/bad', 0.99],
    ] as const) {
      chance = next;
      await send(url + path);
      await ended();
    }
    expect(logger.entries.map(({ status }) => status)).toEqual([200, 503]);
  });

  test('options out of range are refused', async () => {
    await expect(start({ sampleRatio: 1.5 })).rejects.toThrow('a number from 0 to 1');
    await expect(start({ format: 'xml' })).rejects.toThrow('json, detailed, brief');
  });

  test('knows upstream, target, attempts, trace, and the code of a failure', async () => {
    const { url, ended, logger } = await startProxied((_, response) => void response.end('fine'), {
      plugins: [
        { name: 'trace-context', options: {} },
        { name: 'access-log', options: {} },
      ],
    });
    await send(url);
    await ended();
    expect(logger.entries.at(-1)).toMatchObject({
      upstream: 'main',
      target: expect.stringContaining('127.0.0.1:') as string,
      attempts: 1,
      traceId: expect.stringMatching(/^[\da-f]{32}$/) as string,
      spanId: expect.stringMatching(/^[\da-f]{16}$/) as string,
    });
    const other = await start();
    await send(`${other.url}/nothing`);
    await other.ended();
    expect(other.logger.entries.at(-1)).toMatchObject({ failure: 'ROUTE_NOT_FOUND' });
  });
});
