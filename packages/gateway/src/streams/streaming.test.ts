/** Tests of what passes through the gateway while it is still being made, on real sockets. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  open,
  send,
  sendRaw,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';

/** A promise, and what fulfils it. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

/** Sends bytes and gives the socket with all that has come so far. */
function speak(
  port: number,
  text: string,
): { readonly socket: Socket; readonly said: () => string } {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk) => (said += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.write(text);
  return { socket, said: () => said };
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

const fine = (request: IncomingMessage, response: ServerResponse): void => {
  request.on('error', () => {});
  request.resume().on('end', () => response.end('fine'));
};

describe('an event stream', () => {
  test('passes event by event, also through filters, and ends within 10 ms of its reader', async () => {
    const responses: ServerResponse[] = [];
    let left = gate();
    const { url, gateway } = await startProxied((_request, answer) => {
      responses.push(answer);
      answer.on('close', () => left.open());
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
      answer.flushHeaders();
    });
    gateway.registry.add(
      { bodyFilter: { handle: (_ctx, chunk) => Buffer.from(chunk).toString().toUpperCase() } },
      { name: 'loud' },
    );
    let least = Infinity;
    // The machine has other things to do as well; what counts is how long it has to take.
    for (let round = 0; round < 10 && least >= 10; round++) {
      left = gate();
      const request = open(url);
      request.end();
      const events = await headOf(request);
      events.on('error', () => {});
      for (const event of ['data: one\n\n', 'data: two\n\n']) {
        responses.at(-1)?.write(event);
        expect(String((await once(events, 'data'))[0])).toBe(event.toUpperCase());
      }
      const before = performance.now();
      request.destroy();
      await left.promise;
      least = Math.min(least, performance.now() - before);
    }
    expect(least).toBeLessThan(10);
  });

  test.each(['chunked', 'counted'])(
    'that breaks off (%s) is cut, and never ends well',
    async (form) => {
      const { port, ended, logger } = await startProxied((_request, response) => {
        if (form === 'counted') response.setHeader('Content-Length', 100);
        response.write('half', () => response.destroy());
      });
      const said = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(said).toContain('half');
      expect(said).not.toContain('\r\n0\r\n\r\n');
      await ended();
      expect(logger.messages('warn')).toEqual([expect.stringContaining('cut short')]);
    },
  );
});

describe('what comes before the answer', () => {
  const HINT =
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n';

  /** An upstream that says something before its answer. */
  const hinting = (before: string): Promise<Started> =>
    startProxied(({ socket }, response) => {
      socket.write(before);
      response.end('fine');
    });

  test('is passed on where it is for the client: 103 Early Hints, without what is for one connection', async () => {
    const { port } = await hinting(HINT + HINT.replace('a.css', 'b.css'));
    const said = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const heads = said.split('\r\n\r\n');
    expect(heads[0]).toBe('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload');
    expect(heads[1]).toContain('b.css');
    expect(heads[2]).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  test('is not where it is for the gateway, or for nobody', async () => {
    const { port } = await hinting('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n');
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 OK/,
    );
    const old = await hinting(HINT);
    expect(await sendRaw(old.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe('an upload that waits to be asked for', () => {
  const WAITING = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';

  test('is asked for when access has let it pass, and comes to the upstream without having to wait again', async () => {
    const seen: unknown[] = [];
    const { port, gateway } = await startProxied((request, response) => {
      seen.push(request.headers.expect);
      fine(request, response);
    });
    const passed = gate();
    gateway.registry.add(
      { access: { handle: () => passed.promise.then(() => true) } },
      { name: 'slow' },
    );
    const { socket, said } = speak(port, WAITING);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(said()).toBe('');
    passed.open();
    await until(() => said().includes('100 Continue\r\n\r\n'));
    socket.write('hello');
    await until(() => said().includes('fine'));
    expect(said().match(/100 Continue/g)).toHaveLength(1);
    expect(seen).toEqual([undefined]);
    socket.destroy();
  });

  test('is never asked for where access refuses', async () => {
    const { port, gateway, upstream } = await startProxied(fine);
    gateway.registry.add({ access: { handle: () => false } }, { name: 'no' });
    const said = await sendRaw(port, WAITING);
    expect(said).toMatch(/^HTTP\/1\.1 403 /);
    expect(said).not.toContain('100 Continue');
    expect(upstream.sockets.size).toBe(0);
  });
});

describe('an answer', () => {
  test('to HEAD has the headers of the upstream and no body, and leaves the connection fit for use', async () => {
    const { port } = await startProxied((_request, response) => {
      response.writeHead(200, { 'Content-Length': 5, ETag: '"a"' });
      response.end('hello');
    });
    const said = await sendRaw(
      port,
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    const [head = '', next = '', body] = said.split('\r\n\r\n');
    expect(head).toContain('Content-Length: 5');
    expect(head).toContain('"a"');
    expect([next.slice(0, 15), body]).toEqual(['HTTP/1.1 200 OK', 'hello']);
  });

  test.each([204, 304])('of %i has no body and no framing', async (status) => {
    const { port } = await startProxied((_request, response) => response.writeHead(status).end());
    const said = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(said).not.toMatch(/transfer-encoding|content-length: [1-9]/i);
    expect(said.endsWith('\r\n\r\n')).toBe(true);
  });

  test('in pieces ends with the connection for a client that knows no pieces', async () => {
    const { port } = await startProxied((_request, response) => {
      response.write('one ');
      response.end('two');
    });
    const said = await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(said.slice(said.indexOf('\r\n\r\n') + 4)).toBe('one two');
    expect(said).not.toMatch(/transfer-encoding/i);
  });

  test('leaves its trailers behind, as a request does', async () => {
    const trailers: unknown[] = [];
    const { port } = await startProxied((request, response) => {
      request.resume().on('end', () => {
        trailers.push(request.trailers);
        response.writeHead(200, { Trailer: 'X-Sum' });
        response.write('body');
        response.addTrailers({ 'X-Sum': 'secret' });
        response.end();
      });
    });
    const said = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Role: admin\r\n\r\n',
    );
    expect(said).toContain('body');
    expect(said).not.toMatch(/x-sum/i);
    expect(trailers).toEqual([{}]);
  });
});

test('200 MB up and down at once leave memory flat', async () => {
  const total = 200 * 1024 * 1024;
  const { url } = await startProxied(
    (request, response) => {
      request.on('error', () => {});
      response.writeHead(200, { 'Content-Length': total });
      request.pipe(response);
    },
    {},
    { server: { maxBodyBytes: total } },
  );
  const request = open(url, { method: 'POST', headers: { 'Content-Length': String(total) } });
  const piece = Buffer.alloc(256 * 1024, 'x');
  let sent = 0;
  const write = (): void => {
    while (sent < total) {
      sent += piece.length;
      if (!request.write(piece)) return void request.once('drain', write);
    }
    request.end();
  };
  const before = process.memoryUsage();
  let most = 0;
  let received = 0;
  write();
  const response = await headOf(request);
  for await (const chunk of response) {
    received += (chunk as Uint8Array).length;
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    most = Math.max(most, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed);
  }
  expect(received).toBe(total);
  expect(most).toBeLessThan(100 * 1024 * 1024);
});

test('a request that nobody answers in time frees the upload with it', async () => {
  const { url, upstream } = await startProxied(
    (request) => void request.on('error', () => {}).resume(),
    {
      upstream: { firstByteTimeoutMs: 50 },
    },
  );
  expect((await send(url, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(504);
  await until(() => upstream.sockets.size === 0);
});
