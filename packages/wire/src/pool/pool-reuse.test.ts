/** Connections are used again, the last one first, for as long as the other end keeps them and not a moment longer. */
import { describe, expect, test } from 'vitest';
import { eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import { ConnectionLostError } from '../errors.ts';

describe('reuse', () => {
  test('one request after the other goes over the same connection', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { pool, get } = startPool(origin);
    for (let at = 0; at < 5; at++) expect(await get()).toBe('hi');
    expect(origin.connections).toHaveLength(1);
    expect(pool.stats()).toEqual({
      connections: 1,
      idle: 1,
      connecting: 0,
      queued: 0,
      inFlight: 0,
      requests: 5,
      reused: 4,
      connectsFailed: 0,
    });
  });

  test('the connection that was used last is used next', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const calls = [send(), send(), send()];
    const connections = [
      await origin.connection(0),
      await origin.connection(1),
      await origin.connection(2),
    ] as const;
    for (const connection of connections) await connection.request();
    const order = [1, 2, 0] as const;
    for (const at of order) {
      const finished = Promise.race(calls.map(({ ended }) => ended));
      connections[at].send(ok());
      await finished;
      calls.splice(0, calls.length, ...calls.filter(({ events }) => events.length === 0));
    }
    for (const at of [0, 2, 1] as const) {
      void send({ target: `/${at}` });
      expect((await connections[at].request()).target).toBe(`/${at}`);
    }
    expect(origin.connections).toHaveLength(3);
  });

  test('over() comes when the connection is free for the next request', async () => {
    const origin = await startOrigin(always(ok()));
    const { send, pool } = startPool(origin);
    await new Promise<void>((resolve) => {
      let left = 5;
      const next = (): void => {
        if (left-- === 0) resolve();
        else send({}, { over: next });
      };
      next();
    });
    expect(origin.connections).toHaveLength(1);
    expect(pool.stats()).toMatchObject({ connections: 1, idle: 1, reused: 4 });
  });

  test('an answer in pieces whose end comes together with bytes that nobody reads yet frees the connection', async () => {
    const origin = await startOrigin(
      always(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n',
      ),
    );
    const { send, get, pool } = startPool(origin);
    const first = send();
    const { body } = await first.answered;
    await first.ended;
    expect(pool.stats()).toMatchObject({ idle: 1 });
    // It would be deaf if it were still paused for the first answer.
    expect(await get()).toBe('abc');
    expect(await body?.text()).toBe('abc');
    expect(origin.connections).toHaveLength(1);
  });
});

describe('how long an idle connection is kept', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['4 s if the other end does not say', '', 4000],
    ['a second less than it says', 'Keep-Alive: timeout=20, max=100\r\n', 19_000],
    ['55 s at most', 'Keep-Alive: timeout=600\r\n', 55_000],
    ['what is not understood says nothing', 'Keep-Alive: for ever\r\n', 4000],
  ];
  test.each(cases)('%s', async (_, header, keptMs) => {
    const origin = await startOrigin(always(ok('', header)));
    const { get, clock, pool } = startPool(origin);
    await get();
    clock.advanceSync(keptMs - 1500);
    await get();
    expect(origin.connections).toHaveLength(1);
    // The timer may be early, but neither late nor so early that it would be of no use.
    clock.advanceSync(keptMs - 1501);
    expect(pool.stats()).toMatchObject({ idle: 1 });
    clock.advanceSync(1501);
    expect(pool.stats()).toMatchObject({ idle: 0, connections: 0 });
    await origin.connections[0]?.left();
    expect(clock.pending).toBe(0);
  });

  test.each(['timeout=0', 'timeout=1'])('not at all for %s', async (value) => {
    const origin = await startOrigin(always(ok('', `Keep-Alive: ${value}\r\n`)));
    const { get, pool } = startPool(origin);
    await get();
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await origin.connections[0]?.left();
  });

  test('not at all if so told', async () => {
    const origin = await startOrigin(always(ok()));
    const { get, pool } = startPool(origin, { keepAliveMs: 0 });
    await get();
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('not a moment too long, even if no timer has fired', async () => {
    const origin = await startOrigin(always(ok('x')));
    let now = 0;
    const clock = { now: () => now, wall: () => 0, setTimer: () => () => {} };
    const { get, pool } = startPool(origin, { clock });
    await get();
    now = 3999;
    await get();
    expect(origin.connections).toHaveLength(1);
    now += 4000;
    expect(pool.stats()).toMatchObject({ idle: 1 });
    expect(await get()).toBe('x');
    expect(origin.connections).toHaveLength(2);
    await origin.connections[0]?.left();
  });

  test('a time that is over while it is used again does not count', async () => {
    const origin = await startOrigin();
    const { send, clock } = startPool(origin);
    const first = send();
    const connection = await origin.connection();
    await connection.answer(ok());
    await first.ended;
    const upload = send({
      method: 'POST',
      body: (async function* () {
        yield Buffer.from('a');
        await new Promise(() => {});
      })(),
    });
    await connection.head();
    clock.advanceSync(20_000);
    expect(upload.events).toEqual([]);
    upload.call.abort(new Error('enough'));
    expect(upload.error?.message).toBe('enough');
  });
});

describe('who wants to keep it', () => {
  const kept = (head: string, method = 'GET') => ({ head, method, isKept: true });
  const notKept = (head: string, method = 'GET') => ({ head, method, isKept: false });
  test.each([
    kept('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    kept('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n'),
    kept('HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n'),
    kept('HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n'),
    kept('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', 'HEAD'),
    kept('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD'),
    kept('HTTP/1.1 200 OK\r\n\r\n', 'HEAD'),
    kept('HTTP/1.1 204 No Content\r\n\r\n'),
    kept('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'),
    notKept('HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n'),
    notKept('HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'),
    notKept('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    notKept('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, Close\r\n\r\n'),
    notKept('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
    notKept('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n'),
    notKept('HTTP/1.1 204 No Content\r\n\r\nx'),
    notKept('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'HEAD'),
  ])('$method $head: $isKept', async ({ head, method, isKept }) => {
    const origin = await startOrigin(always(head));
    const { send, pool } = startPool(origin);
    const call = send({ method });
    await call.ended;
    expect(call.events).toEqual([`response ${head.slice(9, 12)}`, 'over']);
    expect(pool.stats()).toMatchObject({ idle: isKept ? 1 : 0, connections: isKept ? 1 : 0 });
    if (!isKept) await origin.connections[0]?.left();
  });

  test('a request that says close is the last one, whatever the other end says', async () => {
    const origin = await startOrigin(always(ok('', 'Connection: keep-alive\r\n')));
    const { send, pool } = startPool(origin);
    const call = send({ headers: ['Connection', 'close'] });
    await call.ended;
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await origin.connections[0]?.left();
  });

  test.each([
    [true, 1],
    [false, 2],
  ])(
    'after a body in chunks, with reuseAfterChunked %s',
    async (reuseAfterChunked, connections) => {
      const origin = await startOrigin(always(ok()));
      const { send, pool, get } = startPool(origin, { reuseAfterChunked });
      const chunks = async function* () {
        yield Buffer.from('hello');
      };
      await send({ method: 'POST', body: chunks() }).ended;
      await get();
      expect(origin.connections).toHaveLength(connections);
      // A body of known length is no reason to be careful.
      await send({ method: 'POST', body: 'hello' }).ended;
      await get();
      expect(origin.connections).toHaveLength(connections);
      expect(pool.stats()).toMatchObject({ connections: 1 });
    },
  );
});

describe('the other end closes', () => {
  test.each(['end', 'reset'] as const)(
    'an idle connection (%s): it is gone at once',
    async (how) => {
      const origin = await startOrigin(always(ok('hi')));
      const { get, pool } = startPool(origin);
      await get();
      origin.connections[0]?.[how]();
      await eventually(() => expect(pool.stats()).toMatchObject({ connections: 0, idle: 0 }));
      expect(await get()).toBe('hi');
      expect(origin.connections).toHaveLength(2);
    },
  );

  test('with bytes that nobody has asked for: they are not the next answer', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { get, pool } = startPool(origin);
    await get();
    origin.connections[0]?.send(ok('not asked for'));
    await eventually(() => expect(pool.stats()).toMatchObject({ connections: 0 }));
    await origin.connections[0]?.left();
    expect(await get()).toBe('hi');
  });

  test('just as it is used, so that nothing is sent: the request goes over another one', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { get, send, pool } = startPool(origin);
    await get();
    origin.connections[0]?.reset();
    // In the same turn: the system knows already, and we do not.
    const call = send({ method: 'POST', body: 'once' });
    expect(await call.text()).toBe('hi');
    expect(origin.connections).toHaveLength(2);
    expect(pool.stats()).toMatchObject({ connections: 1, reused: 0, connectsFailed: 0 });
  });

  test('just as many are used, so that nothing is sent: each goes over another one, and none too many', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { get, send, pool } = startPool(origin, { maxConnections: 3 });
    await Promise.all([get(), get(), get()]);
    for (const connection of origin.connections) connection.reset();
    const calls = Array.from({ length: 6 }, () => send());
    expect(pool.stats().connections).toBeLessThanOrEqual(3);
    for (const call of calls) expect(await call.text()).toBe('hi');
    expect(origin.open).toHaveLength(3);
    expect(origin.connections).toHaveLength(6);
  });

  test('when the next request takes a connection as it becomes free, nothing of which is sent', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin, { maxConnections: 1 });
    const first = send({ target: '/1' });
    const connection = await origin.connection();
    await connection.request();
    const second = send({ target: '/2' });
    const third = send({ target: '/3' });
    connection.send(ok('1'));
    connection.reset();
    const next = await origin.connection(1);
    expect((await next.request()).target).toBe('/2');
    next.send(ok('2'));
    await next.answer(ok('3'));
    expect(await second.text()).toBe('2');
    expect(await third.text()).toBe('3');
    expect(first.events.at(-1)).toBe('over');
    expect(pool.stats()).toMatchObject({ connections: 1 });
  });

  test('after the request was sent: it is not sent again, and says so', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const first = send();
    const connection = await origin.connection();
    await connection.answer(ok());
    await first.ended;
    const second = send();
    await connection.request();
    connection.reset();
    await second.ended;
    expect(second.error).toBeInstanceOf(ConnectionLostError);
    expect(second.error).toMatchObject({ nothingSent: false, wasReused: true });
    expect(second.events).toEqual(['failed ConnectionLostError', 'over']);
    await turns();
    expect(origin.connections).toHaveLength(1);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('with an orderly end just as it is used: the request may have arrived, and is not sent again', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const first = send();
    const connection = await origin.connection();
    await connection.answer(ok());
    await first.ended;
    connection.end();
    const second = send();
    await second.ended;
    expect(second.error).toMatchObject({
      code: 'CONNECTION_LOST',
      nothingSent: false,
      wasReused: true,
    });
    expect(origin.connections).toHaveLength(1);
  });

  test('a new connection at once, each time: that ends', async () => {
    const origin = await startOrigin((connection) => connection.reset());
    const { send, pool } = startPool(origin);
    const call = send();
    await call.ended;
    expect(call.error?.name).toMatch(/^(?:ConnectFailed|ConnectionLost)Error$/);
    expect(call.events).toHaveLength(2);
    await turns();
    expect(origin.connections.length).toBeLessThanOrEqual(1);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });
});
