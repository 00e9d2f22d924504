/** Tests of sending answers, on real sockets. */
import { createServer, type Exchange } from '@interpose/wire';
import { once } from 'node:events';
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpResponse, type ResponseBody } from '../context/response.ts';
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

async function start(handle: (exchange: Exchange) => unknown): Promise<{ readonly port: number }> {
  const server = createServer((exchange) => void handle(exchange));
  await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return { port: (server.address as { readonly port: number }).port };
}

function answerWith(
  exchange: Exchange,
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

describe('an answer', () => {
  test('has an exact length where the body is there, whatever its headers say', async () => {
    const { port } = await start((exchange) =>
      answerWith(exchange, 200, 'häh', { 'Content-Length': '99' }),
    );
    const text = await answerOf(open(port).end());
    expect(text.headers['content-length']).toBe('4');
    expect(await text.text()).toBe('häh');
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

  test('passes a body that comes in on at its own pace, and tells why it broke', async () => {
    const sent: unknown[] = [];
    const { port } = await start(async (exchange) => {
      const response = new HttpResponse();
      response.body = exchange.body;
      sent.push(await sendResponse(exchange, response));
    });
    const echo = await answerOf(open(port, { method: 'POST' }).end('to and fro'));
    expect(await echo.text()).toBe('to and fro');
    const broken = await raw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n',
    );
    expect(broken).toMatch(/^HTTP\/1\.1 400 /);
    expect(sent).toEqual([{ bytes: 10, error: undefined }]);
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
    expect(String(error)).toContain('Expected a body of 10 bytes as its head says, got 3');
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
    expect(String(error)).toContain('Expected a body of 5 bytes as its head says, got 7 or more');
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
    const entered = deferred<Exchange>();
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
    const exchanges: Exchange[] = [];
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
