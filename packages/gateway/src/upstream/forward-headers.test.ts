/** Tests of the headers with which requests travel on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  routeOf,
  send,
  sendRaw,
  startGateway,
  startProxied,
  startUpstream,
} from '../../test-kit/loopback.ts';

/** Tells the headers that came, one a line. */
function telling({ rawHeaders }: IncomingMessage, response: ServerResponse): void {
  const lines: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  response.end(lines.join('\n'));
}

const hostOf = (url: string): string => new URL(url).host;

describe('the host', () => {
  test.each([
    [undefined, 'own'],
    [false, 'own'],
    [true, 'shop.example'],
  ])('that a target is told, with preserveHost %s, is %s', async (preserveHost, told) => {
    const upstream = preserveHost === undefined ? {} : { preserveHost };
    const { url, upstream: target } = await startProxied(telling, { upstream });
    const { text } = await send(url, { headers: { Host: 'shop.example' } });
    const expected = told === 'own' ? hostOf(target.url) : told;
    expect(text.split('\n').filter((line) => /^host:/i.test(line))).toEqual([`Host: ${expected}`]);
    expect(text).toContain('X-Forwarded-Host: shop.example');
  });

  test('of a client of long ago, which has none, is that of the target', async () => {
    const { port, upstream } = await startProxied(telling, { upstream: { preserveHost: true } });
    const answer = await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer).toContain(`Host: ${hostOf(upstream.url)}`);
    expect(answer).not.toContain('X-Forwarded-Host');
    expect(answer).toContain('Via: 1.0 interpose-');
  });
});

describe('the words in which a target is told for whom it is asked', () => {
  const claims = {
    Forwarded: 'for=6.6.6.6',
    'X-Forwarded-For': '6.6.6.6',
    'X-Real-IP': '6.6.6.6',
    X_Forwarded_Proto: '6.6.6.6',
    Host: 'a.test',
  };

  test.each([
    ['x-forwarded', ['X-Forwarded-For: 127.0.0.1'], ['Forwarded: ']],
    ['forwarded', ['Forwarded: for=127.0.0.1;proto=http;host=a.test'], ['X-Forwarded']],
    ['both', ['X-Forwarded-For: 127.0.0.1', 'Forwarded: for=127.0.0.1'], []],
    ['none', [], ['orwarded']],
  ])('may be %s, and never those of the client', async (forwarded, there, missing) => {
    const { url } = await startProxied(telling, { upstream: { forwarded } });
    const { text } = await send(url, { headers: claims });
    expect(text).not.toContain('6.6.6.6');
    for (const one of there) expect(text).toContain(one);
    for (const one of missing) {
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(one) || line.slice(1).startsWith(one));
      expect(lines).toEqual([]);
    }
  });

  test('tell the prefix that was taken off', async () => {
    const target = await startUpstream(telling);
    const { url } = await startGateway({
      upstreams: { main: { url: target.url } },
      routes: [routeOf({ path: '/api/*', stripPrefix: '/api', upstream: 'main' })],
    });
    expect((await send(`${url}/api/x`)).text).toContain('X-Forwarded-Prefix: /api');
  });
});

describe('headers of one connection', () => {
  test('G-106 stay there, with those that Connection names, but for what a client cannot take away', async () => {
    const { port } = await startProxied(telling);
    const answer = await sendRaw(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Own, Authorization, X-Forwarded-For\r\nX-Own: 1\r\nAuthorization: b\r\nKeep-Alive: 5\r\nTE: gzip\r\nProxy-Connection: x\r\nExpect: 100-continue\r\nX-Kept: 2\r\n\r\n',
    );
    const told = answer.slice(answer.lastIndexOf('\r\n\r\n'));
    expect(told).not.toMatch(/X-Own|Keep-Alive: 5|TE:|Proxy-Connection|Expect/i);
    expect(told).toMatch(/Authorization: b\n/);
    expect(told).toMatch(/X-Kept: 2\n/);
    expect(told).toMatch(/X-Forwarded-For: 127\.0\.0\.1/);
  });

  test('also where they come in several lines', async () => {
    const { port } = await startProxied(telling);
    const answer = await sendRaw(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: X-Own\r\nX-Own: 1\r\n\r\n',
    );
    expect(answer).not.toContain('X-Own');
  });
});

describe('a loop', () => {
  test('is a 508, as a gateway knows its own requests again', async () => {
    const { url, gateway, port } = await startGateway({
      upstreams: { main: { url: 'http://127.0.0.1:1' } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const again = { main: { url: `http://127.0.0.1:${port}` } };
    await gateway.reload({ ...gateway.config, upstreams: again });
    const answer = await send(url);
    expect([answer.status, answer.json['code']]).toEqual([508, 'PROXY_LOOP']);
    const status = gateway.upstreams.get('main')?.status();
    expect(status?.targets).toMatchObject([{ requests: 1 }]);
  });

  test('is none where a request passes several gateways; each adds itself to those before', async () => {
    const { url: last } = await startProxied(telling);
    const { url } = await startGateway({
      upstreams: { main: { url: last } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const { status, text } = await send(url, { headers: { Via: '1.1 cdn' } });
    expect(status).toBe(200);
    expect(text).toMatch(/Via: 1\.1 cdn, 1\.1 interpose-\w+, 1\.1 interpose-\w+\n/);
  });
});

test('the names of headers that strangers make up are forgotten', async () => {
  const { url } = await startProxied(telling);
  for (let round = 0; round < 30; round++) {
    const headers = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`X-Made-Up-${round}-${at}`, 'x']),
    );
    const { text } = await send(url, { headers: { ...headers, 'X-Consumer-Name': 'root' } });
    expect(text.match(/X-Made-Up/g)).toHaveLength(50);
    expect(text).not.toContain('root');
  }
});

test('a consumer is told with the groups that it is in', async () => {
  const keys = { ada: 'ada-key', bob: 'bob-key' };
  const plugins = [{ name: 'key-auth', options: { keys, groups: { ada: 'staff,admins' } } }];
  const { url } = await startProxied(telling, { plugins });
  const asked = async (key: string): Promise<string> =>
    (await send(url, { headers: { 'X-API-Key': key, 'X-Consumer-Groups': 'root' } })).text;
  expect(await asked('ada-key')).toMatch(/X-Consumer-Name: ada\nX-Consumer-Groups: staff, admins$/);
  const bob = await asked('bob-key');
  expect(bob).toContain('X-Consumer-Name: bob');
  expect(bob).not.toContain('Groups');
});
