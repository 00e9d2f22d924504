/** The cache on real connections: leaders that do not read, origins that break off, old clients. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CachedOrigin, serveCached } from './cached-origin.ts';

const BIG = 900_000;
let origin: Server;
let cache: CachedOrigin;
let calls: number;
let answer: (res: ServerResponse, count: number) => void;
const sockets: Socket[] = [];

beforeEach(async () => {
  calls = 0;
  origin = createServer((_req, res) => answer(res, ++calls));
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  cache = await serveCached((origin.address() as { port: number }).port, {});
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cache[Symbol.asyncDispose]();
  origin.closeAllConnections();
  origin.close();
  await once(origin, 'close');
});

const url = (path: string): string => `http://127.0.0.1:${cache.port}${path}`;

/** A connection on which a request was sent, and nothing is read. */
async function open(request: string): Promise<Socket> {
  const socket = connect(cache.port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(request);
  return socket;
}

const whole = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk as string;
  return text;
};

describe('on connections', () => {
  test('one that does not read does not hold up the others', async () => {
    answer = (res) => {
      res.setHeader('Cache-Control', 'max-age=60');
      res.write('x'.repeat(BIG / 2));
      setImmediate(() => res.end('y'.repeat(BIG / 2)));
    };
    await open(`GET /a HTTP/1.1\r\nHost: 127.0.0.1:${cache.port}\r\n\r\n`);
    while (calls === 0) await nextTurn();
    const other = await fetch(url('/a'));
    expect(await other.text()).toHaveLength(BIG);
    expect(calls).toBe(1);
  });

  test('one that leaves in the middle does not keep the answer from being stored', async () => {
    let end = (): void => {};
    answer = (res) => {
      res.setHeader('Cache-Control', 'max-age=60');
      res.write('half ');
      end = () => res.end('whole');
    };
    const abort = new AbortController();
    const first = await fetch(url('/a'), { signal: abort.signal });
    const waiting = fetch(url('/a'));
    await first.body?.getReader().read();
    abort.abort();
    end();
    expect(await (await waiting).text()).toBe('half whole');
    expect((await fetch(url('/a'))).headers.get('cache-status')).toContain('hit');
    expect(calls).toBe(1);
  });

  test('what breaks off at the origin breaks off at the client, and is not stored', async () => {
    answer = (res, count) => {
      res.setHeader('Cache-Control', 'max-age=60');
      res.setHeader('Content-Length', 10);
      if (count > 1) return void res.end('0123456789');
      res.write('01234');
      setImmediate(() => res.destroy());
    };
    await expect((async () => (await fetch(url('/a'))).text())()).rejects.toThrow();
    const second = await fetch(url('/a'));
    expect([await second.text(), second.headers.get('cache-status')]).toEqual([
      '0123456789',
      expect.stringContaining('fwd=uri-miss'),
    ]);
  });

  test('HTTP/1.0, HEAD and 304 get what they may', async () => {
    answer = (res) => {
      res.setHeader('Cache-Control', 'max-age=60');
      res.setHeader('ETag', '"x"');
      res.end('body');
    };
    await (await fetch(url('/a'))).text();
    const host = `Host: 127.0.0.1:${cache.port}\r\n`;
    const ask = async (line: string, more = ''): Promise<string> =>
      whole(await open(`${line}\r\n${host}Connection: close\r\n${more}\r\n`));
    const old = await ask('GET /a HTTP/1.0');
    expect(old).toMatch(/^HTTP\/1\.1 200 .*\r\nContent-Length: 4\r\n\r\nbody$/s);
    const head = await ask('HEAD /a HTTP/1.1');
    expect(head).toMatch(/^HTTP\/1\.1 200 .*\r\nContent-Length: 4\r\n.*\r\n$/s);
    expect(head.endsWith('body')).toBe(false);
    const same = await ask('GET /a HTTP/1.1', 'If-None-Match: "x"\r\n');
    expect(same).toMatch(/^HTTP\/1\.1 304 /);
    expect(same.toLowerCase()).not.toContain('content-length: 4');
    expect(calls).toBe(1);
  });

  test('what is larger than is kept goes through whole, at the pace of its reader', async () => {
    const size = 3_000_000;
    answer = (res) => {
      res.setHeader('Cache-Control', 'max-age=60');
      for (let at = 0; at < 30; at++) res.write('x'.repeat(size / 30));
      res.end();
    };
    for (const count of [1, 2]) {
      expect(await (await fetch(url('/a'))).text()).toHaveLength(size);
      expect(calls).toBe(count);
    }
  });
});
