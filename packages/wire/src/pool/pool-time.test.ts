/** How long the other end may take, for what, and when it is not to blame. */
import { describe, expect, test } from 'vitest';
import { type CallRecord, eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { ok, type OriginConnection, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { ClientRequest } from './client-request.ts';

const TIMES = { firstByteTimeoutMs: 3000, idleTimeoutMs: 7000 } as const;
/** A deadline is never early, and at most two ticks of the wheel late. */
const LATE_MS = 2 * 500;

async function started(request: Partial<ClientRequest> = {}) {
  const origin = await startOrigin();
  const running = startPool(origin, TIMES);
  const call = running.send(request);
  const connection = await origin.connection();
  await connection.head();
  return { ...running, origin, call, connection };
}

/** Moves time to just before the end of what is allowed, where nothing happens, and then beyond it. */
async function expires(
  clock: { advanceSync(ms: number): void },
  call: CallRecord,
  afterMs: number,
) {
  const before = [...call.events];
  clock.advanceSync(afterMs - 1);
  await turns();
  expect(call.events).toEqual(before);
  clock.advanceSync(1 + LATE_MS);
  expect(call.events.at(-1)).toBe('over');
}

/** A body that is given piece by piece by hand. */
function byHand() {
  const waiting: ((result: IteratorResult<Uint8Array>) => void)[] = [];
  return {
    body: {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<Uint8Array>>((resolve) => waiting.push(resolve)),
      }),
    },
    async give(piece: Uint8Array): Promise<void> {
      (await eventually(taken))({ done: false, value: piece });
    },
    async end(): Promise<void> {
      (await eventually(taken))({ done: true, value: undefined });
    },
  };
  function taken() {
    const resolve = waiting.shift();
    if (!resolve) throw new Error('nobody asks for more');
    return resolve;
  }
}

async function sees(connection: OriginConnection, text: string): Promise<void> {
  await connection.until(() => (connection.rest.includes(text) ? true : undefined), text);
}

describe('the answer', () => {
  test('has to begin in time', async () => {
    const { call, clock, connection, pool } = await started();
    await expires(clock, call, 3000);
    expect(call.events).toEqual(['failed FirstByteTimeoutError', 'over']);
    expect(call.error).toMatchObject({
      code: 'FIRST_BYTE_TIMEOUT',
      nothingSent: false,
      message: 'The answer did not begin within 3000 ms',
    });
    expect(pool.stats()).toMatchObject({ connections: 0 });
    await connection.left();
    expect(clock.pending).toBe(0);
  });

  test('has not begun with a piece of its head', async () => {
    const { call, clock, connection } = await started();
    clock.advanceSync(2000);
    connection.send('HTTP/1.1 200');
    await turns();
    await expires(clock, call, 1000);
    expect(call.events).toEqual(['failed FirstByteTimeoutError', 'over']);
  });

  test('has not begun with an interim answer', async () => {
    const { call, clock, connection } = await started();
    clock.advanceSync(2000);
    connection.send('HTTP/1.1 102 Processing\r\n\r\n');
    await eventually(() => expect(call.events).toEqual(['information 102']));
    await expires(clock, call, 1000);
    expect(call.error?.name).toBe('FirstByteTimeoutError');
  });

  test('may pause in its body, but not for long', async () => {
    const { call, clock, connection } = await started();
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n');
    const text = call.text();
    text.catch(() => {});
    await call.answered;
    for (let at = 0; at < 3; at++) {
      clock.advanceSync(6000);
      connection.send('a');
      await turns();
      expect(call.events).toEqual(['response 200']);
    }
    await expires(clock, call, 7000);
    await expect(text).rejects.toMatchObject({
      code: 'BODY_IDLE_TIMEOUT',
      nothingSent: false,
      message: 'Nothing went on for 7000 ms in the middle of a body',
    });
    await connection.left();
  });

  test('may pause for as long as we do not take it', async () => {
    const { call, clock, connection } = await started();
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
    const { body } = await call.answered;
    clock.advanceSync(100_000);
    await turns();
    expect(call.events).toEqual(['response 200']);
    const text = body?.text();
    clock.advanceSync(6999);
    expect(call.events).toEqual(['response 200']);
    connection.send('defghi');
    expect(await text).toBe('abcdefghi');
  });

  test('has to go on when we do', async () => {
    const { call, clock, connection } = await started();
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
    const { body } = await call.answered;
    await turns();
    clock.advanceSync(100_000);
    const text = body?.text();
    text?.catch(() => {});
    await expires(clock, call, 7000);
    await expect(text).rejects.toMatchObject({ code: 'BODY_IDLE_TIMEOUT' });
  });

  test('that is whole is waited for no more, whether it is read or not', async () => {
    const { call, clock, connection, pool } = await started();
    connection.send(ok('hello'));
    const { body } = await call.answered;
    await call.ended;
    clock.advanceSync(100_000);
    expect(await body?.text()).toBe('hello');
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });
});

describe('the request', () => {
  test('takes as long as its body takes to be had: the answer is not late yet', async () => {
    const { body, give, end } = byHand();
    const { call, clock, connection } = await started({ method: 'POST', body });
    clock.advanceSync(100_000);
    await turns();
    await give(Buffer.from('hello'));
    await sees(connection, 'hello');
    clock.advanceSync(100_000);
    await turns();
    expect(call.events).toEqual([]);
    await end();
    await connection.request();
    await expires(clock, call, 3000);
    expect(call.events).toEqual(['failed FirstByteTimeoutError', 'over']);
  });

  test.each([
    ['a body of bytes', async () => Buffer.alloc(64 * 1024 * 1024)],
    [
      'a body in pieces',
      async () =>
        (async function* () {
          for (let at = 0; at < 1000; at++) yield Buffer.alloc(64 * 1024);
        })(),
    ],
  ])('has to be taken: %s', async (_, make) => {
    const origin = await startOrigin(({ socket }) => socket.pause());
    const { send, clock, pool } = startPool(origin, TIMES);
    const call = send({ method: 'POST', body: await make() });
    const { socket } = await origin.connection();
    let received = 0;
    socket.removeAllListeners('data').on('data', (bytes) => {
      received += bytes.length;
      if (received > 10_000_000) socket.pause();
    });
    socket.pause();
    await turns(200);
    // It takes a little, and that is a beginning.
    clock.advanceSync(6000);
    socket.resume();
    await eventually(() => expect(received).toBeGreaterThan(10_000_000));
    await turns(200);
    clock.advanceSync(6000);
    expect(call.events).toEqual([]);
    clock.advanceSync(1000 + LATE_MS);
    expect(call.events).toEqual(['failed BodyIdleTimeoutError', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('that is large and slowly taken is not late with its answer while it is sent', async () => {
    const origin = await startOrigin(({ socket }) => socket.pause());
    const { send, clock } = startPool(origin, TIMES);
    const size = 64 * 1024 * 1024;
    const call = send({ method: 'POST', body: Buffer.alloc(size) });
    const { socket } = await origin.connection();
    let received = 0;
    socket.removeAllListeners('data').on('data', (bytes) => (received += bytes.length));
    socket.pause();
    // The last megabytes may be with the system already: then it is sent.
    while (received < size - 16_000_000) {
      const before = received;
      socket.resume();
      await eventually(() => expect(received).toBeGreaterThan(before + 4_000_000));
      socket.pause();
      await turns(5);
      clock.advanceSync(2500);
      expect(call.events).toEqual([]);
    }
    socket.resume();
    await turns(50);
    clock.advanceSync(3000 + LATE_MS);
    expect(call.events).toEqual(['failed FirstByteTimeoutError', 'over']);
  });

  test('that is taken again, and of which we have no more, has time', async () => {
    const origin = await startOrigin(({ socket }) => socket.pause());
    const { send, clock } = startPool(origin, TIMES);
    const { body, give, end } = byHand();
    const call = send({ method: 'POST', body });
    const { socket } = await origin.connection();
    let received = 0;
    socket.removeAllListeners('data').on('data', (bytes) => (received += bytes.length));
    socket.pause();
    await give(Buffer.alloc(64 * 1024 * 1024));
    await turns(200);
    clock.advanceSync(6000);
    socket.resume();
    await eventually(() => expect(received).toBeGreaterThan(64 * 1024 * 1024));
    await turns(50);
    clock.advanceSync(100_000);
    expect(call.events).toEqual([]);
    await end();
    await turns(50);
    socket.write(ok('all'));
    expect(await call.text()).toBe('all');
  });

  test('is nobody to blame for while the answer comes and we do not go on', async () => {
    const { body, give, end } = byHand();
    const { call, clock, connection } = await started({ method: 'POST', body });
    await give(Buffer.from('ping'));
    await sees(connection, 'ping');
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n');
    const answer = await call.answered;
    const text = answer.body?.text();
    await turns();
    clock.advanceSync(100_000);
    await turns();
    expect(call.events).toEqual(['response 200']);
    await end();
    await connection.request();
    connection.send('0\r\n\r\n');
    expect(await text).toBe('pong');
  });

  test('is sent, and the answer that had begun has to go on', async () => {
    const { body, end } = byHand();
    const { call, clock, connection } = await started({ method: 'POST', body });
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n');
    const answer = await call.answered;
    const text = answer.body?.text();
    text?.catch(() => {});
    await turns();
    clock.advanceSync(100_000);
    await end();
    await connection.request();
    await turns();
    await expires(clock, call, 7000);
    await expect(text).rejects.toMatchObject({ code: 'BODY_IDLE_TIMEOUT' });
  });

  test('after the next has times of its own', async () => {
    const { call, clock, connection, send } = await started();
    clock.advanceSync(2000);
    await connection.answer(ok());
    await call.ended;
    const next = send();
    await connection.head();
    clock.advanceSync(2999);
    expect(next.events).toEqual([]);
    clock.advanceSync(1 + LATE_MS);
    expect(next.events).toEqual(['failed FirstByteTimeoutError', 'over']);
  });
});

test('no time is too long', async () => {
  const origin = await startOrigin();
  const { send, clock } = startPool(origin, {
    firstByteTimeoutMs: Infinity,
    idleTimeoutMs: Infinity,
    keepAliveMs: Infinity,
    maxKeepAliveMs: Infinity,
  });
  const call = send();
  const connection = await origin.connection();
  await connection.head();
  clock.advanceSync(2 ** 40);
  expect(call.events).toEqual([]);
  await connection.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
  const text = call.text();
  await call.answered;
  await turns();
  clock.advanceSync(2 ** 40);
  connection.send('b');
  expect(await text).toBe('ab');
  clock.advanceSync(2 ** 40);
  const next = send();
  await connection.answer(ok('next'));
  expect(await next.text()).toBe('next');
});
