/** Never more connections than may be; who finds none waits in line, and not for ever. */
import { describe, expect, test } from 'vitest';
import { eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';

describe('the queue', () => {
  test('takes so many and no more', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin, { maxConnections: 2, maxQueued: 3 });
    const calls = Array.from({ length: 5 }, () => send());
    expect(pool.stats()).toMatchObject({ connections: 2, queued: 3 });
    const one = send();
    // Before dispatch returns, as nothing will be tried.
    expect(one.events).toEqual(['failed PoolFullError', 'over']);
    expect(one.error).toMatchObject({
      code: 'POOL_FULL',
      nothingSent: true,
      message: '2 connections are in use and 3 requests wait for one',
    });
    expect(calls.every(({ events }) => events.length === 0)).toBe(true);
    const first = await origin.connection(0);
    await first.answer(ok());
    await eventually(() => expect(pool.stats().queued).toBe(2));
    expect(send().events).toEqual([]);
    expect(pool.stats()).toMatchObject({ connections: 2, queued: 3 });
  });

  test('of no length refuses at once', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin, { maxConnections: 1, maxQueued: 0 });
    send();
    expect(send().error).toMatchObject({ code: 'POOL_FULL' });
  });

  test('is served in the order of arrival', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin, { maxConnections: 1 });
    const targets = Array.from({ length: 10 }, (_, at) => `/${at}`);
    const calls = targets.map((target) => send({ target }));
    const connection = await origin.connection();
    const seen: string[] = [];
    for (let at = 0; at < targets.length; at++) {
      seen.push((await connection.request()).target);
      connection.send(ok());
      await calls[at]?.ended;
    }
    expect(seen).toEqual(targets);
  });

  test('goes before those who come when a connection has just become free', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin, { maxConnections: 1 });
    send({ target: '/1' }, { over: () => void send({ target: '/3' }) });
    send({ target: '/2' });
    const connection = await origin.connection();
    await connection.answer(ok());
    expect((await connection.request()).target).toBe('/2');
    connection.send(ok());
    expect((await connection.request()).target).toBe('/3');
  });

  test('goes before those who come when a connection has just been lost', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin, { maxConnections: 1 });
    send({ target: '/1' }, { failed: () => void send({ target: '/3' }) });
    send({ target: '/2' });
    const connection = await origin.connection();
    await connection.request();
    connection.reset();
    const next = await origin.connection(1);
    expect((await next.request()).target).toBe('/2');
    next.send(ok());
    expect((await next.request()).target).toBe('/3');
  });

  test('is left after its time, each request after its own', async () => {
    const origin = await startOrigin();
    const { send, clock, pool } = startPool(origin, { maxConnections: 1, queueTimeoutMs: 1000 });
    const holder = send();
    const first = send();
    clock.advanceSync(400);
    const second = send();
    clock.advanceSync(599);
    expect([first.events, second.events]).toEqual([[], []]);
    clock.advanceSync(1);
    expect(first.events).toEqual(['failed PoolTimeoutError', 'over']);
    expect(first.error).toMatchObject({
      code: 'POOL_TIMEOUT',
      nothingSent: true,
      message: 'No connection became free within 1000 ms',
    });
    expect(second.events).toEqual([]);
    clock.advanceSync(399);
    expect(second.events).toEqual([]);
    clock.advanceSync(1);
    expect(second.events).toEqual(['failed PoolTimeoutError', 'over']);
    expect(pool.stats().queued).toBe(0);
    expect(holder.events).toEqual([]);
  });

  test('may be joined again by one whose time was over', async () => {
    const origin = await startOrigin();
    const { send, clock, pool } = startPool(origin, { maxConnections: 1, queueTimeoutMs: 100 });
    send();
    let left = 3;
    const again = { failed: () => void (left-- > 0 && send({}, again)) };
    send({}, again);
    clock.advanceSync(50);
    const other = send();
    clock.advanceSync(50);
    clock.advanceSync(49);
    expect(other.events).toEqual([]);
    clock.advanceSync(1);
    expect(other.events).toEqual(['failed PoolTimeoutError', 'over']);
    expect(pool.stats().queued).toBe(1);
    clock.advanceSync(50);
    expect(pool.stats()).toMatchObject({ queued: 1, requests: 5 });
  });

  test('of which nobody is left keeps no timer', async () => {
    const origin = await startOrigin();
    const { send, clock } = startPool(origin, { maxConnections: 1 });
    const first = send();
    const connection = await origin.connection();
    await connection.head();
    const idle = clock.pending;
    const second = send();
    expect(clock.pending).toBe(idle + 1);
    second.call.abort(new Error('enough'));
    expect(clock.pending).toBe(idle);
    const third = send();
    await connection.answer(ok());
    await first.ended;
    await connection.answer(ok());
    await third.ended;
    expect(clock.pending).toBe(idle);
  });

  test('may be waited in for ever', async () => {
    const origin = await startOrigin();
    const { send, clock } = startPool(origin, { maxConnections: 1, queueTimeoutMs: Infinity });
    send();
    const waiting = send();
    await clock.advance(1999);
    await turns();
    expect(waiting.events).toEqual([]);
  });
});

describe('connections that are being opened', () => {
  test('serve whoever is first, not those for whom they were begun', async () => {
    const origin = await startOrigin();
    // The second connection never comes: its name is never found.
    let asked = 0;
    const { send, pool } = startPool(`http://name.test:${origin.port}`, {
      maxConnections: 2,
      lookup: (_, options, found) => {
        if (asked++ === 0)
          found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      },
    });
    const first = send({ target: '/1' });
    const connection = await origin.connection();
    await connection.request();
    const second = send({ target: '/2' });
    const third = send({ target: '/3' });
    expect(pool.stats()).toMatchObject({ connections: 2, connecting: 1, queued: 1 });
    connection.send(ok());
    await first.ended;
    expect((await connection.request()).target).toBe('/2');
    connection.send(ok());
    await second.ended;
    expect((await connection.request()).target).toBe('/3');
    connection.send(ok());
    await third.ended;
    expect(pool.stats()).toMatchObject({ connections: 2, connecting: 1, idle: 1, reused: 2 });
  });

  test('that fail, fail those for whom they were begun, and the others get one of their own', async () => {
    const origin = await startOrigin(always(ok('hi')));
    let asked = 0;
    const { send, pool } = startPool(`http://name.test:${origin.port}`, {
      maxConnections: 1,
      lookup: (_, options, found) => {
        if (asked++ === 0)
          found(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
        else found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      },
    });
    const [first, second, third] = [send(), send(), send()];
    await first?.ended;
    expect(first?.error).toMatchObject({ code: 'CONNECT_FAILED', nothingSent: true });
    expect(await second?.text()).toBe('hi');
    expect(await third?.text()).toBe('hi');
    expect(pool.stats()).toMatchObject({ connectsFailed: 1, connections: 1 });
  });

  test('that fail make room for those who wait before those who come', async () => {
    const origin = await startOrigin();
    let asked = 0;
    const { send } = startPool(`http://name.test:${origin.port}`, {
      maxConnections: 1,
      lookup: (_, options, found) => {
        if (asked++ === 0) found(new Error('no such name'), '');
        else found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      },
    });
    send({ target: '/1' }, { failed: () => void send({ target: '/3' }) });
    send({ target: '/2' });
    const connection = await origin.connection();
    expect((await connection.request()).target).toBe('/2');
    connection.send(ok());
    expect((await connection.request()).target).toBe('/3');
  });

  test('for an upgrade are waited for, also when another one is free', async () => {
    const origin = await startOrigin();
    let asked = 0;
    const { send, pool } = startPool(`http://name.test:${origin.port}`, {
      lookup: (_, options, found) => {
        if (asked++ === 0)
          found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      },
    });
    const first = send();
    const connection = await origin.connection();
    await connection.request();
    send({ upgrade: 'echo' });
    connection.send(ok());
    await first.ended;
    expect(pool.stats()).toMatchObject({ connections: 2, connecting: 1, idle: 1 });
    await turns();
    expect(connection.isLeft).toBe(false);
  });

  test('are as many as may be while nobody answers: all fail, none waits for ever', async () => {
    const origin = await startOrigin();
    await origin.stopListening();
    const { send, pool } = startPool(origin, { maxConnections: 3 });
    const calls = Array.from({ length: 50 }, () => send());
    expect(pool.stats()).toMatchObject({ connecting: 3, queued: 47 });
    for (const { ended } of calls) await ended;
    expect(calls.every(({ error }) => error?.name === 'ConnectFailedError')).toBe(true);
    expect(pool.stats()).toMatchObject({ connections: 0, queued: 0, connectsFailed: 50 });
  });
});

test('a time without end needs no timer, as the platform has none', async () => {
  const origin = await startOrigin();
  const asked: number[] = [];
  const { send, pool } = startPool(origin, {
    maxConnections: 1,
    queueTimeoutMs: Infinity,
    connectTimeoutMs: 2 ** 31,
    clock: {
      now: () => 0,
      wall: () => 0,
      setTimer: (_, afterMs) => {
        asked.push(afterMs);
        return () => {};
      },
    },
  });
  send();
  send();
  await (await origin.connection()).head();
  void pool.close({ graceMs: Infinity });
  expect(asked.every((ms) => ms < 2 ** 31)).toBe(true);
});

describe('numbers out of range', () => {
  test.each([
    { maxConnections: 0 },
    { maxQueued: -1 },
    { queueTimeoutMs: -1 },
    { connectTimeoutMs: 0 },
    { firstByteTimeoutMs: 0 },
    { idleTimeoutMs: Number.NaN },
    { keepAliveMs: '4000' as never },
    { socketPath: '' },
    { lookup: 'dns' as never },
    { maxHeadBytes: 1 },
  ])('%j', async (options) => {
    expect(() => startPool('http://127.0.0.1:9', options)).toThrow(
      new RegExp(`^Expected \`${Object.keys(options)[0] ?? ''}\` to be `),
    );
  });
});
