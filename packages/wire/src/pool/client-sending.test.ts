/** Bodies of requests, whatever they are made of: sent whole, at the pace of the other end, or not for a whole one at all. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { startServer } from '../../test-kit/running-server.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { RequestBody } from './request-body.ts';

const KB = 1024;
const MB = 1024 * KB;

/** An iterable that tells how far it was read, and whether it was told that nobody wants the rest. */
function pieces(...all: readonly unknown[]) {
  const state = { given: 0, isReleased: false };
  const generate = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of all) {
        state.given++;
        if (piece instanceof Error) throw piece;
        await Promise.resolve();
        yield (typeof piece === 'string' ? Buffer.from(piece) : piece) as Uint8Array;
      }
    } finally {
      state.isReleased = true;
    }
  };
  return Object.assign(state, { body: generate() });
}

/** An iterable that gives a piece and then waits for ever. */
async function* stalling(piece: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(piece);
  await new Promise(() => {});
}

describe('a body', () => {
  const bodies: readonly (readonly [string, () => RequestBody, string, string[]])[] = [
    ['a text', () => 'hello', 'length', []],
    ['a text that is longer in bytes', () => 'h\u00e9llo \u20ac', 'length', []],
    ['a long text', () => 'hello '.repeat(100_000), 'length', []],
    ['an empty text', () => '', 'length', []],
    ['bytes', () => Buffer.from('hello'), 'length', []],
    ['bytes that are no Buffer', () => new TextEncoder().encode('hello'), 'length', []],
    ['no bytes', () => new Uint8Array(0), 'length', []],
    ['many bytes', () => Buffer.alloc(5 * MB, 'abc'), 'length', []],
    ['an iterable', () => pieces('he', '', 'llo').body, 'chunked', []],
    ['an empty iterable', () => pieces().body, 'chunked', []],
    [
      'an iterable of known length',
      () => pieces('he', 'llo').body,
      'length',
      ['Content-Length', '5'],
    ],
    ['an empty iterable of known length', () => pieces().body, 'length', ['Content-Length', '0']],
    [
      'large pieces',
      () => pieces(Buffer.alloc(MB, 'a'), Buffer.alloc(MB, 'b')).body,
      'chunked',
      [],
    ],
    ['a stream', () => Readable.from([Buffer.from('he'), Buffer.from('llo')]), 'chunked', []],
    ['a web stream', () => new Blob(['he', 'llo']).stream(), 'chunked', []],
  ];

  const bytesOf = async (body: RequestBody): Promise<Buffer> => {
    if (body === null || typeof body === 'string') return Buffer.from(body ?? '');
    if (body instanceof Uint8Array) return Buffer.from(body);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test.each(bodies)('of %s', async (_, make, framing, headers) => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const expected = await bytesOf(make());
    for (let at = 0; at < 2; at++) {
      const call = send({ method: 'POST', headers, body: make() });
      const connection = await origin.connection();
      const request = await connection.request();
      expect(request.framing).toBe(framing);
      expect(request.body.equals(expected)).toBe(true);
      connection.send(ok('done'));
      expect(await call.text()).toBe('done');
    }
    // Nothing was sent behind it that the next request could have begun with.
    expect(pool.stats()).toMatchObject({ connections: 1, reused: 1, idle: 1 });
  });

  test('that is small leaves in one piece with its head', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const reads: number[] = [];
    send({ method: 'POST', body: 'hello' });
    const connection = await origin.connection();
    connection.socket.on('data', (bytes) => reads.push(bytes.length));
    await connection.request();
    expect(reads.length).toBeLessThanOrEqual(1);
  });

  test('that stalls has sent its head, and what there was of it', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    send({ method: 'POST', body: stalling('a') });
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('\r\n1\r\na\r\n') ? true : undefined));
  });

  test('that has nothing yet has sent its head', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send({
      method: 'POST',
      body: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
    });
    const head = await (await origin.connection()).head();
    expect(head).toContain('Transfer-Encoding: chunked\r\n');
    call.call.abort(new Error('enough'));
  });

  test('is read no faster than it is taken', async () => {
    const origin = await startOrigin((connection) => connection.socket.pause());
    const { send } = startPool(origin);
    const state = pieces(...Array.from({ length: 1000 }, () => Buffer.alloc(64 * KB)));
    const call = send({ method: 'POST', body: state.body });
    const { socket } = await origin.connection();
    let given = -1;
    while (given !== state.given) {
      given = state.given;
      await turns(100);
    }
    // What the system holds is its own affair: some megabytes, and not all of it.
    expect(given).toBeLessThan(500);
    let received = 0;
    socket.removeAllListeners('data');
    socket.on('data', (bytes) => (received += bytes.length));
    socket.resume();
    await eventually(() => expect(received).toBeGreaterThan(1000 * 64 * KB));
    socket.write(ok());
    await call.ended;
    expect(state).toMatchObject({ given: 1000, isReleased: true });
  });
});

describe('a body that comes in from somewhere else', () => {
  test.each(['length', 'chunked'])('goes on with %s', async (framing) => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    const { connect } = await startServer(({ method, target, body, ...exchange }) => {
      void exchange;
      pool.dispatch(
        { method, target, headers: [], body },
        { response: () => {}, failed: () => {} },
      );
    });
    const client = await connect();
    const body = Buffer.alloc(3 * MB, 'abcdefg');
    if (framing === 'length') {
      client
        .send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`)
        .send(body);
    } else {
      client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let at = 0; at < body.length; at += 100_000) {
        const chunk = body.subarray(at, at + 100_000);
        client
          .send(`${chunk.length.toString(16)}\r\n`)
          .send(chunk)
          .send('\r\n');
      }
      client.send('0\r\n\r\n');
    }
    const request = await (await origin.connection()).request();
    expect(request.framing).toBe(framing);
    expect(request.body.equals(body)).toBe(true);
  });

  test('that someone has read already cannot be sent: nothing is', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    let error: Error | undefined;
    const { connect } = await startServer(async (exchange) => {
      await exchange.body?.text();
      pool.dispatch(
        { method: 'POST', target: '/', headers: [], body: exchange.body },
        {
          response: () => {},
          failed: (failure) => {
            error = failure;
            exchange.answer(200, []);
          },
        },
      );
    });
    const client = await connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    await client.answer();
    expect(error).toMatchObject({ code: 'REQUEST_BODY', cause: { code: 'BODY_USED' } });
    await turns();
    expect(origin.connections.every(({ rest }) => rest.length === 0)).toBe(true);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });
});

describe('a body that cannot be sent whole', () => {
  const failing: readonly (readonly [string, () => ReturnType<typeof pieces>, string[], object])[] =
    [
      ['fails', () => pieces('he', new Error('disk')), [], { cause: { message: 'disk' } }],
      ['fails at once', () => pieces(new Error('disk')), [], { cause: { message: 'disk' } }],
      [
        'is too short',
        () => pieces('hell'),
        ['Content-Length', '5'],
        { cause: { code: 'BODY_LENGTH' } },
      ],
      [
        'is too long',
        () => pieces('hell', 'oo', '!'),
        ['Content-Length', '5'],
        { cause: { code: 'BODY_LENGTH' } },
      ],
      ['is empty', () => pieces(), ['Content-Length', '5'], { cause: { code: 'BODY_LENGTH' } }],
      [
        'is not empty',
        () => pieces('a', 'b'),
        ['Content-Length', '0'],
        { cause: { code: 'BODY_LENGTH' } },
      ],
      [
        'is not made of bytes',
        () => pieces('he', { length: 3 }),
        [],
        { cause: { name: 'TypeError' } },
      ],
    ];
  test.each(failing)(
    'as it %s: the request fails, and the other end can see it',
    async (_, make, headers, error) => {
      const origin = await startOrigin();
      const { send, pool } = startPool(origin);
      const state = make();
      const call = send({ method: 'POST', headers, body: state.body });
      await call.ended;
      expect(call.events).toEqual(['failed RequestBodyError', 'over']);
      expect(call.error).toMatchObject({ code: 'REQUEST_BODY', nothingSent: false, ...error });
      expect(pool.stats()).toMatchObject({ connections: 0 });
      await eventually(() => expect(state.isReleased).toBe(true));
      const connection = await origin.connection();
      await connection.left();
      await expect(connection.request()).rejects.toThrow('without a whole request');
    },
  );

  test.each([
    ['no iterable', {}],
    [
      'an iterable that cannot begin',
      {
        [Symbol.asyncIterator]: () => {
          throw new Error('no');
        },
      },
    ],
  ])('as it is %s', async (_, body) => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send({ method: 'POST', body: body as never });
    await call.ended;
    expect(call.error).toMatchObject({ code: 'REQUEST_BODY' });
  });

  test('as a stream is destroyed', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const stream = new Readable({ read: () => {} });
    const call = send({ method: 'POST', body: stream });
    stream.push('half');
    await (await origin.connection()).head();
    stream.destroy(new Error('unplugged'));
    await call.ended;
    expect(call.error).toMatchObject({ code: 'REQUEST_BODY', cause: { message: 'unplugged' } });
  });
});

describe('an answer before the whole body is sent', () => {
  const end = async function* (piece: Uint8Array): AsyncGenerator<Uint8Array> {
    for (;;) yield piece;
  };

  test.each([
    ['an iterable that stalls', () => stalling('a')],
    ['an iterable without end', () => end(Buffer.alloc(64 * KB))],
    ['bytes', () => Buffer.alloc(64 * MB)],
  ])('stops %s, and the connection ends', async (_, make) => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const call = send({ method: 'POST', body: make() });
    const connection = await origin.connection();
    await connection.head();
    connection.socket.pause();
    connection.send('HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno');
    expect(await call.text()).toBe('no');
    expect(call.events).toEqual(['response 413', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
    connection.socket.resume();
    await connection.left();
  });

  test('lets the iterable go', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const state = pieces(...Array.from({ length: 100_000 }, () => Buffer.alloc(KB)));
    const call = send({ method: 'POST', body: state.body });
    const connection = await origin.connection();
    await connection.head();
    connection.send(ok());
    await call.ended;
    await eventually(() => expect(state.isReleased).toBe(true));
    expect(state.given).toBeLessThan(100_000);
  });

  test('destroys a stream, also one that waits', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const stream = new Readable({ read: () => {} });
    const call = send({ method: 'POST', body: stream });
    stream.push('half');
    const connection = await origin.connection();
    await connection.head();
    connection.send(ok());
    await call.ended;
    await eventually(() => expect(stream.destroyed).toBe(true));
  });

  test('may begin while the body is sent, and end after it', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    let go: () => void = () => {};
    const gone = new Promise<void>((resolve) => (go = resolve));
    const body = (async function* () {
      yield Buffer.from('first');
      await gone;
      yield Buffer.from('second');
    })();
    const call = send({ method: 'POST', body });
    const connection = await origin.connection();
    await connection.head();
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n');
    await call.answered;
    go();
    expect((await connection.request()).body.toString()).toBe('firstsecond');
    connection.send('3\r\nllo\r\n0\r\n\r\n');
    expect(await call.text()).toBe('hello');
    expect(pool.stats()).toMatchObject({ connections: 1, idle: 1 });
  });
});

describe('a body that has not been begun', () => {
  test.each([
    ['a connection that is refused', 'refused'],
    ['a pool that is full', 'full'],
    ['a wait that is too long', 'late'],
    ['a pool that is closed', 'closed'],
  ])('survives %s, and can be sent again', async (_, how) => {
    const origin = await startOrigin(how === 'refused' ? undefined : async () => {});
    const spare = await startOrigin(always(ok('done')));
    const { send, pool, clock } = startPool(origin, {
      maxConnections: 1,
      maxQueued: how === 'full' ? 0 : 1,
    });
    if (how === 'refused') await origin.stopListening();
    else if (how === 'closed') await pool.close({ graceMs: 0 });
    else send();
    const state = pieces('hello');
    const call = send({ method: 'POST', body: state.body });
    if (how === 'late') clock.advanceSync(1000);
    await call.ended;
    expect(call.error).toMatchObject({ nothingSent: true });
    expect(state).toMatchObject({ given: 0, isReleased: false });
    const again = startPool(spare).send({ method: 'POST', body: state.body });
    expect(await again.text()).toBe('done');
    expect(state).toMatchObject({ given: 1, isReleased: true });
  });

  test.each(['queued', 'connecting', 'signal'])(
    'is let go of if the request is given up: %s',
    async (how) => {
      const origin = await startOrigin();
      const { send, pool } = startPool(origin, { maxConnections: 1 });
      const stream = new Readable({ read: () => {} });
      if (how === 'queued') send();
      if (how === 'signal') {
        const signal = AbortSignal.abort(new Error('enough'));
        const request = { method: 'POST', target: '/', headers: [], body: stream };
        await expect(pool.request(request, { signal })).rejects.toThrow('enough');
      } else send({ method: 'POST', body: stream }).call.abort(new Error('enough'));
      await eventually(() => expect(stream.destroyed).toBe(true));
    },
  );

  test('is let go of, whatever it is', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    let isCancelled = false;
    const web = new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) });
    const stubborn = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: () => Promise.reject(new Error('never mind')),
      }),
    };
    const hopeless = {
      [Symbol.asyncIterator]: (): never => {
        throw new Error('never mind');
      },
    };
    for (const body of [web, stubborn, hopeless, 'text', Buffer.from('bytes')]) {
      const call = send({ method: 'POST', body });
      call.call.abort(new Error('enough'));
      expect(call.events).toEqual(['failed Error', 'over']);
    }
    await eventually(() => expect(isCancelled).toBe(true));
  });
});
