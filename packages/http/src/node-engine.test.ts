/** Tests of the engine on real sockets. */
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpExchange, HttpServer } from './engine.ts';
import { ListenFailedError } from './errors.ts';
import { nodeEngine, type NodeEngineOptions } from './node-engine.ts';
import { HttpResponse, type ResponseBody } from './response.ts';
import { sendResponse } from './send.ts';

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

async function start(
  onExchange: (exchange: HttpExchange) => unknown,
  options: NodeEngineOptions = {},
): Promise<HttpServer & { readonly port: number }> {
  const server = await nodeEngine(options).listen(
    { host: '127.0.0.1', port: 0 },
    (exchange) => void onExchange(exchange),
  );
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return Object.assign(server, { port: server.address.port });
}

function answerWith(
  exchange: HttpExchange,
  status: number,
  body: ResponseBody,
  headers: Record<string, string> = {},
) {
  const response = new HttpResponse();
  response.status = status;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  response.body = body;
  return sendResponse(exchange, response);
}

function open(port: number, options: object = {}): ClientRequest {
  const request = httpRequest({ host: '127.0.0.1', port, agent: new Agent(), ...options });
  request.on('error', () => {});
  return request;
}

async function answerOf(
  request: ClientRequest,
): Promise<IncomingMessage & { readonly text: () => Promise<string> }> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return Object.assign(response, {
    text: async () => {
      let text = '';
      for await (const chunk of response) text += chunk;
      return text;
    },
  });
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received;
}

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function read(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  let text = '';
  for await (const chunk of body ?? []) text += new TextDecoder().decode(chunk);
  return text;
}

describe('an exchange', () => {
  test('tells method, target, headers and both ends', async () => {
    let seen: HttpExchange | undefined;
    const { port } = await start((exchange) => {
      seen = exchange;
      return answerWith(exchange, 200, 'ok');
    });
    const response = await answerOf(open(port, { path: '/a?b', headers: { 'X-A': '1' } }).end());
    expect(await response.text()).toBe('ok');
    expect(seen).toMatchObject({
      method: 'GET',
      target: '/a?b',
      secure: false,
      body: null,
      fault: undefined,
    });
    expect(seen?.peer.address).toBe('127.0.0.1');
    expect(seen?.local.port).toBe(port);
    expect(seen?.rawHeaders).toContain('X-A');
  });

  test('gives the body as it comes, before it is whole', async () => {
    const seen: string[] = [];
    const arrived = deferred<void>();
    const { port } = await start(async (exchange) => {
      for await (const chunk of exchange.body ?? []) {
        seen.push(new TextDecoder().decode(chunk));
        if (seen.length === 1) arrived.resolve();
      }
      await answerWith(exchange, 200, seen.join('|'));
    });
    const request = open(port, { method: 'POST' });
    request.write('one');
    await arrived.promise;
    request.end('two');
    expect(await (await answerOf(request)).text()).toBe('one|two');
  });

  test('keeps repeated headers and Set-Cookie lines apart on the wire', async () => {
    const { port } = await start((exchange) => {
      const response = new HttpResponse();
      response.headers.append('Set-Cookie', 'a=1');
      response.headers.append('Set-Cookie', 'b=2');
      response.body = 'x';
      return sendResponse(exchange, response);
    });
    const response = await answerOf(open(port).end());
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    await response.text();
  });

  test('tells the client to go on only when someone reads the body', async () => {
    const { port } = await start(async (exchange) =>
      exchange.target === '/read'
        ? answerWith(exchange, 200, await read(exchange.body))
        : answerWith(exchange, 403, 'no'),
    );
    const send = async (path: string): Promise<[number | undefined, boolean]> => {
      let told = false;
      const request = open(port, { path, method: 'POST', headers: { Expect: '100-continue' } });
      request.on('continue', () => {
        told = true;
        request.end('body');
      });
      request.flushHeaders();
      const response = await answerOf(request);
      await response.text();
      request.destroy();
      return [response.statusCode, told];
    };
    expect(await send('/read')).toEqual([200, true]);
    expect(await send('/refuse')).toEqual([403, false]);
  });

  test('a refused upload still gets its answer, and what is left of it is read away', async () => {
    const { port } = await start((exchange) => answerWith(exchange, 401, 'no'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const upload = open(port, { method: 'POST', agent });
    upload.write('x'.repeat(100_000));
    const refused = await answerOf(upload);
    expect(refused.statusCode).toBe(401);
    await refused.text();
    upload.end('x'.repeat(100_000));
    const next = open(port, { agent }).end();
    expect((await answerOf(next)).statusCode).toBe(401);
    expect(next.socket).toBe(upload.socket);
  });

  test('an upload that goes on and on after its answer is cut off', async () => {
    const { port } = await start((exchange) => answerWith(exchange, 401, 'no'));
    const upload = open(port, { method: 'POST' });
    const closed = new Promise((resolve) => upload.on('close', resolve));
    const pour = (): void => {
      while (!upload.destroyed && upload.write('x'.repeat(65_536)));
    };
    upload.on('drain', pour);
    pour();
    await closed;
    expect(upload.destroyed).toBe(true);
  });

  test('a body that stops coming ends with 408', async () => {
    const clock = fakeClock();
    const waiting = deferred<void>();
    const { port } = await start(
      async (exchange) => {
        const chunks = (exchange.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
        await chunks.next();
        const next = chunks.next();
        waiting.resolve();
        const status = await next.then(
          () => 200,
          (error: { status: number }) => error.status,
        );
        await answerWith(exchange, status, null);
      },
      { clock, bodyIdleTimeoutMs: 1000 },
    );
    const request = open(port, { method: 'POST' });
    request.write('a');
    await waiting.promise;
    const answer = answerOf(request);
    await clock.advance(1000);
    expect((await answer).statusCode).toBe(408);
    request.destroy();
  });
});

describe('an answer', () => {
  test('has an exact length where the body is there, and the length it is said to have where it is to come', async () => {
    const { port } = await start((exchange) =>
      answerWith(exchange, 200, exchange.target === '/text' ? 'häh' : chunksOf('a', 'b'), {
        'Content-Length': '99',
      }),
    );
    const text = await answerOf(open(port, { path: '/text' }).end());
    expect(text.headers['content-length']).toBe('4');
    expect(await text.text()).toBe('häh');
    const stream = await raw(port, 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(stream).toMatch(/^HTTP.*Content-Length: 99\r\n.*\r\n\r\nab$/s);
  });

  test('a stream without a length is sent in chunks', async () => {
    const { port } = await start((exchange) => answerWith(exchange, 200, chunksOf('a', 'b')));
    const response = await answerOf(open(port).end());
    expect(response.headers['transfer-encoding']).toBe('chunked');
    expect(await response.text()).toBe('ab');
  });

  test('that is shorter than it was to be is cut, not ended', async () => {
    let error: unknown;
    const { port } = await start(async (exchange) => {
      ({ error } = await answerWith(exchange, 200, chunksOf('abc'), { 'Content-Length': '10' }));
    });
    const response = await answerOf(open(port).end());
    await expect(response.text()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(String(error)).toContain('ended after 3 of 10 bytes');
  });

  test('that is longer than it was to be is cut before the excess', async () => {
    let error: unknown;
    const { port } = await start(async (exchange) => {
      ({ error } = await answerWith(exchange, 200, chunksOf('abc', 'defg'), {
        'Content-Length': '5',
      }));
    });
    const received = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(received).toMatch(/\r\n\r\nabc$/);
    expect(String(error)).toContain('longer than the 5 bytes');
  });

  test('that fails on the way is cut, and the failure is told', async () => {
    const failure = new Error('source is gone');
    let sent: unknown;
    const { port } = await start(async (exchange) => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield new TextEncoder().encode('abc');
        throw failure;
      }
      sent = await answerWith(exchange, 200, failing());
    });
    const response = await answerOf(open(port).end());
    await expect(response.text()).rejects.toThrow('aborted');
    expect(sent).toEqual({ bytes: 3, error: failure });
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('to %s with %i has no body, and its stream is stopped', async (method, status) => {
    const stopped = deferred<void>();
    const { port } = await start((exchange) =>
      answerWith(exchange, status, new ReadableStream({ cancel: () => stopped.resolve() })),
    );
    const received = await raw(
      port,
      `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(received).toMatch(/\r\n\r\n$/);
    await stopped.promise;
  });

  test('to HEAD has the length that GET has', async () => {
    const { port } = await start((exchange) => answerWith(exchange, 200, 'four'));
    const response = await answerOf(open(port, { method: 'HEAD' }).end());
    expect(response.headers['content-length']).toBe('4');
  });

  test('goes no faster than the client takes it', async () => {
    let made = 0;
    const chunk = new Uint8Array(65_536);
    const { port } = await start((exchange) => {
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          made++;
          yield chunk;
        }
      }
      return answerWith(exchange, 200, endless());
    });
    const response = await answerOf(open(port).end());
    response.pause();
    // The source is asked until every buffer on the way is full, and then no more.
    let before = -1;
    while (made !== before) {
      before = made;
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    }
    expect(made).toBeLessThan(500);
    response.resume();
    const grown = before;
    while (made <= grown + 50) await new Promise(setImmediate);
    response.destroy();
  });
});

describe('a client that leaves', () => {
  test('is noticed at once, and stops the stream', async () => {
    const stopped = deferred<void>();
    const sent = deferred<unknown>();
    let heard = 0;
    const { port } = await start(async (exchange) => {
      exchange.onClientLeft(() => heard++);
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            yield new TextEncoder().encode('tick');
            await new Promise(setImmediate);
          }
        } finally {
          stopped.resolve();
        }
      }
      sent.resolve(await answerWith(exchange, 200, endless()));
      expect(exchange.clientLeft).toBe(true);
      exchange.onClientLeft(() => heard++);
    });
    const response = await answerOf(open(port).end());
    await once(response, 'data');
    response.destroy();
    await stopped.promise;
    expect(await sent.promise).toMatchObject({ error: undefined });
    expect(heard).toBe(2);
  });

  test('while a source says nothing does not hold anything up', async () => {
    const sent = deferred<unknown>();
    const { port } = await start(async (exchange) => {
      async function* silent(): AsyncGenerator<Uint8Array> {
        yield new TextEncoder().encode('once');
        await new Promise(() => {});
      }
      sent.resolve(await answerWith(exchange, 200, silent()));
    });
    const response = await answerOf(open(port).end());
    await once(response, 'data');
    response.destroy();
    expect(await sent.promise).toEqual({ bytes: 4, error: undefined });
  });

  test('before the answer is sent gets none', async () => {
    const entered = deferred<HttpExchange>();
    const { port } = await start((exchange) => entered.resolve(exchange));
    const request = open(port).end();
    const exchange = await entered.promise;
    const left = new Promise<void>((resolve) => exchange.onClientLeft(resolve));
    request.destroy();
    await left;
    expect(await answerWith(exchange, 200, 'late')).toEqual({ bytes: 0, error: undefined });
    expect(exchange.headSent).toBe(false);
  });

  test('after the whole answer has not left it', async () => {
    const exchanges: HttpExchange[] = [];
    const { port } = await start((exchange) => {
      exchanges.push(exchange);
      return answerWith(exchange, 200, 'ok');
    });
    const response = await answerOf(open(port).end());
    await response.text();
    expect(exchanges[0]?.clientLeft).toBe(false);
  });

  test('in the middle of its upload fails the body', async () => {
    const failure = deferred<unknown>();
    const arrived = deferred<void>();
    const { port } = await start(async (exchange) => {
      try {
        for await (const _chunk of exchange.body ?? []) arrived.resolve();
        failure.resolve('the body ended');
      } catch (error) {
        failure.resolve(error);
      }
    });
    const request = open(port, { method: 'POST' });
    request.write('half');
    await arrived.promise;
    request.destroy();
    expect(await failure.promise).toMatchObject({ code: 'CLIENT_LEFT' });
  });
});

describe('a head that two readers could understand differently', () => {
  test.each([
    ['two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no Host header', 'GET / HTTP/1.1\r\nA: b\r\n\r\n', 400],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['a Host that is not the target’s', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an unknown version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
    ['too many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(100)}\r\n`, 431],
    ['a target that is too long', `GET /${'a'.repeat(8192)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n', 400],
    [
      'a head that is too big',
      `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
  ])('%s', async (_, request, status) => {
    const { port } = await start((exchange) =>
      exchange.fault
        ? answerWith(exchange, exchange.fault.status, exchange.fault.detail)
        : answerWith(exchange, 200, 'let through'),
    );
    const received = await raw(port, request);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(received).toMatch(/connection: close/i);
  });

  test.each(['a', 'a:80', 'a.b-c_d', '[::1]:8080', '127.0.0.1:'])(
    'the Host %s is fine',
    async (host) => {
      const { port } = await start((exchange) =>
        answerWith(exchange, exchange.fault?.status ?? 200, null),
      );
      const received = await raw(
        port,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(received).toMatch(/^HTTP\/1.1 200 /);
    },
  );

  test('the absolute form with the same host is fine', async () => {
    const { port } = await start((exchange) =>
      answerWith(exchange, exchange.fault?.status ?? 200, exchange.target),
    );
    const received = await raw(
      port,
      'GET http://A:1/x HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n',
    );
    expect(received).toMatch(/http:\/\/A:1\/x$/);
  });
});

describe('a server', () => {
  test('says why it cannot have its address', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const listening = nodeEngine().listen({ host: '127.0.0.1', port }, () => {});
    await expect(listening).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: the port is already in use`,
    );
    await expect(listening).rejects.toBeInstanceOf(ListenFailedError);
    await expect(listening).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      cause: { code: 'EADDRINUSE' },
    });
  });

  test('counts its connections', async () => {
    const server = await start((exchange) => answerWith(exchange, 200, 'ok'));
    const agent = new Agent({ keepAlive: true });
    const response = await answerOf(open(server.port, { agent }).end());
    await response.text();
    expect(server.connections).toBe(1);
    agent.destroy();
  });

  test('lets what is under way end before it closes, and then keeps nothing open', async () => {
    const clock = fakeClock();
    const entered = deferred<HttpExchange>();
    const server = await start((exchange) => entered.resolve(exchange), { clock });
    const agent = new Agent({ keepAlive: true });
    const request = open(server.port, { agent }).end();
    const exchange = await entered.promise;
    const closed = server.close();
    const refused = connect(server.port, '127.0.0.1');
    refused.on('error', () => {});
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    void answerWith(exchange, 200, 'last words');
    const response = await answerOf(request);
    expect(response.headers.connection).toBe('close');
    expect(await response.text()).toBe('last words');
    expect(await closed).toBe(0);
    expect(server.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('does not wait for a kept connection whose last answer had begun when it was told to close', async () => {
    const entered = deferred<HttpExchange>();
    const server = await start((exchange) => entered.resolve(exchange), { clock: fakeClock() });
    const agent = new Agent({ keepAlive: true });
    const request = open(server.port, { agent }).end();
    const exchange = await entered.promise;
    exchange.sendHead(200, []);
    void exchange.write(new Uint8Array(1));
    const response = await answerOf(request);
    expect(response.headers.connection).toBe('keep-alive');
    response.resume();
    const closed = server.close();
    await exchange.end();
    expect(await closed).toBe(0);
    agent.destroy();
  });

  test('cuts what takes longer than its grace, sooner if it is told again', async () => {
    const clock = fakeClock();
    let entered = 0;
    const both = deferred<void>();
    const server = await start(() => ++entered === 2 && both.resolve(), { clock });
    const requests = [open(server.port).end(), open(server.port).end()];
    const gone = requests.map((request) => new Promise((resolve) => request.on('close', resolve)));
    await both.promise;
    const closed = server.close({ graceMs: 5000 });
    await clock.advance(4999);
    expect(server.connections).toBe(2);
    const again = server.close({ graceMs: 0 });
    expect(await closed).toBe(2);
    expect(await again).toBe(2);
    expect(clock.pending).toBe(0);
    await Promise.all(gone);
  });

  test('cuts by itself when the grace is over', async () => {
    const clock = fakeClock();
    const entered = deferred<void>();
    const server = await start(() => entered.resolve(), { clock });
    const request = open(server.port).end();
    await entered.promise;
    const closed = server.close({ graceMs: 5000 });
    await clock.advance(5000);
    expect(await closed).toBe(1);
    request.destroy();
  });

  test('refuses options out of range', () => {
    expect(() => nodeEngine({ headTimeoutMs: 0 })).toThrow('`headTimeoutMs`');
    expect(() => nodeEngine({ keepAliveMs: Number.NaN })).toThrow('`keepAliveMs`');
    expect(() => nodeEngine({ bodyIdleTimeoutMs: -1 })).toThrow('`bodyIdleTimeoutMs`');
  });

  test('ends a connection whose head does not come', async () => {
    const { port } = await start(() => {}, { headTimeoutMs: 50 });
    expect(await raw(port, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1.1 408 /);
  });

  test('answers pipelined requests in their order', async () => {
    const waiting: HttpExchange[] = [];
    const { port } = await start((exchange) => {
      waiting.push(exchange);
      if (waiting.length < 2) return;
      for (const one of waiting.reverse()) void answerWith(one, 200, one.target);
    });
    const socket: Socket = connect(port, '127.0.0.1');
    let received = '';
    const both = deferred<void>();
    socket.on('data', (chunk) => {
      received += chunk;
      if (received.includes('/second')) both.resolve();
    });
    socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n');
    await both.promise;
    expect(received.indexOf('/first')).toBeLessThan(received.indexOf('/second'));
    socket.destroy();
  });
});
