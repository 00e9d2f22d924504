/** What an answer is, however it comes, and what is none. */
import { describe, expect, test } from 'vitest';
import { type CallRecord, eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { PoolOptions } from './pool-options.ts';

/** Sends a request and answers it with these bytes, and then with the end of the connection if so told. */
async function answered(
  bytes: string,
  {
    method = 'GET',
    ends = false,
    ...options
  }: PoolOptions & { method?: string; ends?: boolean } = {},
) {
  const origin = await startOrigin();
  const { send, pool } = startPool(origin, options);
  const call = send({ method });
  const connection = await origin.connection();
  await connection.request();
  connection.send(bytes);
  if (ends) connection.end();
  return { call, pool, connection };
}

describe('an answer', () => {
  test('has a status, a version and headers as they came', async () => {
    const { call } = await answered(
      'HTTP/1.1 299 Made up\r\nX-One: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n',
    );
    const answer = await call.answered;
    expect(answer).toMatchObject({
      status: 299,
      version: '1.1',
      rawHeaders: ['X-One', '1', 'set-cookie', 'a', 'Set-Cookie', 'b', 'Content-Length', '0'],
      body: null,
    });
    expect(answer.header('x-one')).toBe('1');
    expect(answer.header('set-cookie')).toBe('a, b');
    expect(answer.header('x-two')).toBeUndefined();
  });

  test.each([
    ['of known length', 'Content-Length: 5\r\n\r\nhello', 5, false],
    [
      'in chunks',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n',
      undefined,
      false,
    ],
    ['until the end of the connection', '\r\nhello', undefined, true],
  ])('has a body %s', async (_, head, length, ends) => {
    const { call, pool } = await answered(`HTTP/1.1 200 OK\r\n${head}`, { ends });
    const { body } = await call.answered;
    expect(body?.length).toBe(length);
    expect(await body?.text()).toBe('hello');
    await call.ended;
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: ends ? 0 : 1, inFlight: 0 });
  });

  test.each([
    ['1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', false],
    ['1.0 without one', 'HTTP/1.0 200 OK\r\n\r\nhello', true],
  ])('may be of HTTP/%s', async (_, bytes, ends) => {
    const { call } = await answered(bytes, { ends });
    expect((await call.answered).version).toBe('1.0');
    expect(await call.text()).toBe('hello');
  });

  test.each([
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('has none: %s %j', async (method, bytes) => {
    const { call, pool } = await answered(bytes, { method });
    expect((await call.answered).body).toBeNull();
    await call.ended;
    expect(pool.stats()).toMatchObject({ idle: 1 });
  });

  test('has trailers behind its chunks', async () => {
    const { call } = await answered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n',
    );
    const { body } = await call.answered;
    expect(await body?.text()).toBe('a');
    expect(body?.trailers).toEqual(['X-Sum', '1']);
  });

  test('is the same byte by byte', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send();
    const connection = await origin.connection();
    await connection.request();
    await connection.sendSlowly(
      'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    );
    expect(await call.text()).toBe('hello');
    expect(call.events).toEqual(['information 103', 'response 200', 'over']);
  });

  test('is not read faster than its body is', async () => {
    const origin = await startOrigin();
    const { send, get, pool } = startPool(origin);
    const size = 64 * 1024 * 1024;
    const call = send();
    const connection = await origin.connection();
    await connection.answer(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    connection.send(Buffer.alloc(size, 'x'));
    const { body } = await call.answered;
    // What the system holds between us is its own affair; what we hold is little.
    await turns(200);
    expect(connection.socket.writableLength).toBeGreaterThan(0);
    let received = 0;
    for await (const bytes of body ?? []) received += bytes.length;
    expect(received).toBe(size);
    await call.ended;
    expect(pool.stats()).toMatchObject({ idle: 1 });
    const next = get();
    await connection.answer(ok('next'));
    expect(await next).toBe('next');
  });

  test('nobody wants the rest of ends its connection', async () => {
    const { call, pool, connection } = await answered(
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf',
    );
    const { body } = await call.answered;
    body?.cancel();
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await connection.left();
  });

  test('nobody wants a whole one of leaves its connection as it is', async () => {
    const { call, pool } = await answered(ok('hello'));
    const { body } = await call.answered;
    await call.ended;
    body?.cancel();
    expect(pool.stats()).toMatchObject({ idle: 1 });
  });

  test('nobody wants from the first byte ends its connection', async () => {
    const { call, pool } = await answered(`HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf`);
    const { body } = await call.answered;
    body?.readInto({
      chunk: () => {
        body.cancel();
        return true;
      },
      end: () => call.events.push('end'),
      fail: () => call.events.push('fail'),
    });
    await turns();
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });
});

describe('interim answers', () => {
  test.each([100, 102, 103, 199])('%s is told, and the answer follows', async (status) => {
    const seen: unknown[] = [];
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send({}, { information: (...args) => seen.push(args) });
    await (
      await origin.connection()
    ).answer(`HTTP/1.1 ${status} Wait\r\nLink: </a>; rel=preload\r\n\r\n${ok('hi')}`);
    expect(await call.text()).toBe('hi');
    expect(seen).toEqual([[status, ['Link', '</a>; rel=preload']]]);
    expect(call.events).toEqual([`information ${status}`, 'response 200', 'over']);
  });

  test('may be several, in several pieces, and need nobody who listens', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    const asked = pool.request({ method: 'GET', target: '/', headers: [] });
    const connection = await origin.connection();
    await connection.request();
    for (let at = 0; at < 32; at++) connection.send('HTTP/1.1 100 Continue\r\n\r\n');
    connection.send(ok('hi'));
    expect(await (await asked).body?.text()).toBe('hi');
  });

  test('are counted for each request by itself', async () => {
    const origin = await startOrigin();
    const { get } = startPool(origin);
    for (let at = 0; at < 3; at++) {
      const text = get();
      await (
        await origin.connection()
      ).answer('HTTP/1.1 100 Continue\r\n\r\n'.repeat(32) + ok('hi'));
      expect(await text).toBe('hi');
    }
    expect(origin.connections).toHaveLength(1);
  });

  test('that do not end are no answer', async () => {
    const { call, pool } = await answered('HTTP/1.1 100 Continue\r\n\r\n'.repeat(33));
    await call.ended;
    expect(call.events.slice(-2)).toEqual(['failed BadAnswerError', 'over']);
    expect(call.events).toHaveLength(34);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('and then the end of the connection', async () => {
    const { call } = await answered('HTTP/1.1 100 Continue\r\n\r\n', { ends: true });
    await call.ended;
    expect(call.events).toEqual(['information 100', 'failed ConnectionLostError', 'over']);
  });
});

describe('no answer', () => {
  const bad: readonly (readonly [string, string, PoolOptions])[] = [
    ['STATUS_LINE_MALFORMED', 'SSH-2.0-OpenSSH_9\r\n\r\n', {}],
    ['STATUS_LINE_MALFORMED', 'HTTP/2.0 200 OK\r\n\r\n', {}],
    ['STATUS_MALFORMED', 'HTTP/1.1 600 No\r\n\r\n', {}],
    ['STATUS_MALFORMED', 'HTTP/1.1 099 No\r\n\r\n', {}],
    ['BARE_LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', {}],
    ['HEADER_NAME_MALFORMED', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n', {}],
    ['LINE_FOLDED', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n', {}],
    [
      'CONTENT_LENGTH_REPEATED',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
      {},
    ],
    ['CONTENT_LENGTH_MALFORMED', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n', {}],
    ['TRANSFER_ENCODING_UNKNOWN', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', {}],
    [
      'TRANSFER_ENCODING_AND_LENGTH',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n',
      {},
    ],
    ['TRANSFER_ENCODING_TOO_OLD', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', {}],
    ['HEAD_TOO_LARGE', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, {}],
    ['TOO_MANY_HEADERS', `HTTP/1.1 200 OK\r\n${'X: x\r\n'.repeat(101)}\r\n`, {}],
    ['BODY_TOO_LARGE', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', { maxBodyBytes: 8 }],
  ];
  test.each(bad)('%s: %j', async (code, bytes, options) => {
    const { call, pool, connection } = await answered(bytes, options);
    await call.ended;
    expect(call.events).toEqual(['failed BadAnswerError', 'over']);
    expect(call.error).toMatchObject({ code: 'BAD_ANSWER', nothingSent: false, cause: { code } });
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await connection.left();
  });

  const broken: readonly (readonly [string, string, PoolOptions])[] = [
    ['CHUNK_SIZE_MALFORMED', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nno size\r\n', {}],
    ['CHUNK_END_MISSING', 'Transfer-Encoding: chunked\r\n\r\n1\r\nab', {}],
    [
      'TRAILER_FORBIDDEN',
      'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n',
      {},
    ],
    ['BODY_TOO_LARGE', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n8\r\n', { maxBodyBytes: 8 }],
    ['BODY_TOO_LARGE', `\r\n${'a'.repeat(9)}`, { maxBodyBytes: 8 }],
  ];
  test.each(broken)('%s in the body: %j', async (code, bytes, options) => {
    const { call, pool, connection } = await answered(`HTTP/1.1 200 OK\r\n${bytes}`, options);
    const error = await call.failure();
    expect(error).toMatchObject({ code: 'BAD_ANSWER', cause: { code } });
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await connection.left();
  });

  test.each([
    ['before it', '', 'before the answer'],
    ['in its head', 'HTTP/1.1 200 OK\r\nContent', 'before the answer'],
  ])('the connection ends %s', async (_, bytes, where) => {
    const { call } = await answered(bytes, { ends: true });
    await call.ended;
    expect(call.error).toMatchObject({
      code: 'CONNECTION_LOST',
      nothingSent: false,
      wasReused: false,
      message: `The connection was lost ${where}`,
    });
  });

  test.each([
    ['a body of known length', 'Content-Length: 9\r\n\r\nhalf'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n9\r\nhalf'],
    ['chunks, between two of them', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n'],
    ['chunks, before the last line', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n'],
  ])('the connection ends in %s', async (_, bytes) => {
    const { call, pool } = await answered(`HTTP/1.1 200 OK\r\n${bytes}`, { ends: true });
    expect(await call.failure()).toMatchObject({
      code: 'CONNECTION_LOST',
      message: 'The connection was lost in the middle of the answer',
    });
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('the connection is reset together with the bytes of a body that lasts until its end', async () => {
    for (let at = 0; at < 20; at++) {
      const { call, connection } = await answered('');
      connection.send('HTTP/1.1 200 OK\r\n\r\nhalf');
      connection.reset();
      expect(await call.failure()).toMatchObject({
        code: 'CONNECTION_LOST',
        cause: { code: 'ECONNRESET' },
      });
    }
  });

  test('the connection is reset in a body that lasts until its end', async () => {
    const { call, connection } = await answered('HTTP/1.1 200 OK\r\n\r\nhalf');
    await call.answered;
    connection.reset();
    expect(await call.failure()).toMatchObject({
      code: 'CONNECTION_LOST',
      cause: { code: 'ECONNRESET' },
    });
  });
});

describe('what a receiver throws', () => {
  const thrown = new Error('a mistake of the receiver');
  const fail = (): never => {
    throw thrown;
  };

  test.each([
    ['information', 'HTTP/1.1 103 Early Hints\r\n\r\n', ['information 103']],
    ['response', ok('hello'), ['response 200']],
    ['response', ok(''), ['response 200']],
    ['response', 'HTTP/1.1 200 OK\r\n\r\nhello', ['response 200']],
  ] as const)('in %s, it is told, and the connection ends', async (name, bytes, events) => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const call = send({}, { [name]: fail });
    await (await origin.connection()).answer(bytes);
    await call.ended;
    expect(call.events).toEqual([...events, 'failed Error', 'over']);
    expect(call.error).toBe(thrown);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('in the body, the body fails with', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    let failedWith: Error | undefined;
    const call = send(
      {},
      {
        response: ({ body }) =>
          body?.readInto({ chunk: fail, end: () => {}, fail: (error) => (failedWith = error) }),
      },
    );
    await (await origin.connection()).answer(ok('hello'));
    await call.ended;
    expect(failedWith).toBe(thrown);
    expect(call.events).toEqual(['response 200', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test.each(['failed', 'over'] as const)(
    'in %s, nobody is left to be told; the others are not harmed',
    async (name) => {
      const origin = await startOrigin();
      const { send, pool, clock } = startPool(origin, { maxConnections: 1, queueTimeoutMs: 100 });
      send();
      const bad: CallRecord = send({}, { [name]: fail });
      const good = send();
      const uncaught = caught();
      clock.advanceSync(100);
      expect(bad.events).toEqual(['failed PoolTimeoutError', 'over']);
      expect(good.events).toEqual(['failed PoolTimeoutError', 'over']);
      expect(pool.stats().queued).toBe(0);
      expect(await uncaught).toEqual([thrown]);
    },
  );
});

/** What comes up by itself in this turn. */
async function caught(): Promise<unknown[]> {
  const errors: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const listen = (error: unknown): void => void errors.push(error);
  process.on('uncaughtException', listen);
  await eventually(() => expect(errors).toHaveLength(1));
  process.off('uncaughtException', listen);
  for (const listener of listeners) process.on('uncaughtException', listener);
  return errors;
}
