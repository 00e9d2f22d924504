/** A pool that closes takes nothing new, lets what is under way end, and cuts it when that takes too long. */
import { describe, expect, test } from 'vitest';
import { eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';

describe('closing', () => {
  test('a pool that never did anything', async () => {
    const origin = await startOrigin();
    const { pool, clock } = startPool(origin);
    expect(await pool.close()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('ends idle connections at once', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { pool, get, clock } = startPool(origin);
    await Promise.all([get(), get()]);
    expect(pool.stats()).toMatchObject({ idle: 2 });
    expect(await pool.close()).toBe(0);
    expect(pool.stats()).toMatchObject({ connections: 0, idle: 0 });
    await eventually(() => expect(origin.open).toHaveLength(0));
    expect(clock.pending).toBe(0);
  });

  test('takes no more requests', async () => {
    const origin = await startOrigin();
    const { pool, send } = startPool(origin);
    const first = send();
    void pool.close();
    const second = send();
    expect(second.events).toEqual(['failed PoolClosedError', 'over']);
    expect(second.error).toMatchObject({ code: 'POOL_CLOSED', nothingSent: true });
    expect(first.events).toEqual([]);
  });

  test('lets requests end that are under way, and those that wait', async () => {
    const origin = await startOrigin();
    const { pool, send, clock } = startPool(origin, { maxConnections: 1 });
    const [first, second] = [send(), send()];
    const closing = pool.close();
    const connection = await origin.connection();
    await connection.answer(ok('1'));
    expect(await first?.text()).toBe('1');
    await connection.answer(ok('2'));
    expect(await second?.text()).toBe('2');
    expect(await closing).toBe(0);
    await connection.left();
    await turns();
    expect(clock.pending).toBe(0);
  });

  test('lets a body end that comes in', async () => {
    const origin = await startOrigin();
    const { pool, send } = startPool(origin);
    const call = send();
    const connection = await origin.connection();
    await connection.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
    const text = call.text();
    await call.answered;
    const closing = pool.close();
    await turns();
    connection.send('b');
    expect(await text).toBe('ab');
    expect(await closing).toBe(0);
  });

  test('cuts what is left in the end, and counts it', async () => {
    const origin = await startOrigin();
    const { pool, send, clock } = startPool(origin, { maxConnections: 2 });
    const [reading, waiting, queued] = [send(), send(), send()];
    const connection = await origin.connection();
    await connection.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
    await reading?.answered;
    const text = reading?.text();
    text?.catch(() => {});
    await (await origin.connection(1)).request();
    const closing = pool.close({ graceMs: 500 });
    clock.advanceSync(499);
    expect(queued?.events).toEqual([]);
    clock.advanceSync(1);
    expect(await closing).toBe(2);
    await expect(text).rejects.toMatchObject({ code: 'POOL_CLOSED', nothingSent: false });
    expect(waiting?.events).toEqual(['failed PoolClosedError', 'over']);
    expect(waiting?.error).toMatchObject({ nothingSent: false });
    expect(queued?.events).toEqual(['failed PoolClosedError', 'over']);
    expect(queued?.error).toMatchObject({ nothingSent: true });
    expect(pool.stats()).toMatchObject({ connections: 0, connecting: 0, queued: 0, inFlight: 0 });
    await eventually(() => expect(origin.open).toHaveLength(0));
    expect(clock.pending).toBe(0);
  });

  test('while connections are opened: they serve those who wait for them, and end', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { pool, send } = startPool(origin);
    const call = send();
    const closing = pool.close();
    expect(await call.text()).toBe('hi');
    expect(await closing).toBe(0);
  });

  test('at once while connections are opened', async () => {
    const origin = await startOrigin();
    const { pool, send, clock } = startPool(origin, { maxConnections: 1 });
    const [connecting, queued] = [send(), send()];
    expect(await pool.close({ graceMs: 0 })).toBe(1);
    for (const call of [connecting, queued]) {
      expect(call?.events).toEqual(['failed PoolClosedError', 'over']);
      expect(call?.error).toMatchObject({ nothingSent: true });
    }
    await turns();
    expect(pool.stats()).toMatchObject({ connections: 0, connecting: 0, connectsFailed: 0 });
    expect(clock.pending).toBe(0);
  });

  test('does not wait for a connection that nobody waits for', async () => {
    const origin = await startOrigin();
    let asked = 0;
    const { pool, send } = startPool(`http://name.test:${origin.port}`, {
      lookup: (_, options, found) => {
        if (asked++ === 0)
          found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      },
    });
    const first = send();
    const connection = await origin.connection();
    await connection.request();
    const second = send();
    connection.send(ok());
    await first.ended;
    await connection.answer(ok());
    await second.ended;
    expect(pool.stats()).toMatchObject({ connecting: 1, idle: 1 });
    expect(await pool.close()).toBe(0);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('as the last request is given up', async () => {
    const origin = await startOrigin();
    const { pool, send } = startPool(origin, { maxConnections: 1 });
    const [connecting, queued] = [send(), send()];
    const closing = pool.close();
    connecting?.call.abort(new Error('enough'));
    queued?.call.abort(new Error('enough'));
    expect(await closing).toBe(0);
  });

  test('as the last request finds nobody', async () => {
    const origin = await startOrigin();
    await origin.stopListening();
    const { pool, send } = startPool(origin, { maxConnections: 1 });
    const calls = [send(), send()];
    expect(await pool.close()).toBe(0);
    expect(calls.map(({ error }) => error?.name)).toEqual([
      'ConnectFailedError',
      'ConnectFailedError',
    ]);
  });

  test('again can only become sooner', async () => {
    const origin = await startOrigin();
    const { pool, send } = startPool(origin);
    const call = send();
    await (await origin.connection()).request();
    const closing = pool.close();
    expect(await pool.close({ graceMs: 0 })).toBe(1);
    expect(await closing).toBe(1);
    expect(call.error).toMatchObject({ code: 'POOL_CLOSED' });
  });

  test('with all the time in the world', async () => {
    const origin = await startOrigin();
    const { pool, send, clock } = startPool(origin);
    const call = send();
    const connection = await origin.connection();
    const closing = pool.close({ graceMs: Infinity });
    await connection.answer(ok());
    await call.ended;
    expect(await closing).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test.each([-1, Number.NaN, '0' as never])('for %s ms makes no sense', async (graceMs) => {
    const { pool } = startPool(await startOrigin());
    expect(() => pool.close({ graceMs })).toThrow('Expected `graceMs` to be');
  });
});
