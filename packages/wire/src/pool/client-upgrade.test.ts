/** A connection can become another protocol's: then it is the receiver's own, with all that came and all that comes. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { SERVER_CERTIFICATE } from '../../test-kit/certificate.ts';
import { startPool, turns } from '../../test-kit/running-pool.ts';
import { ok, type OriginOptions, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { PoolOptions } from './pool-options.ts';

const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n';

/** Asks for the protocol echo. */
async function asked(options: PoolOptions = {}, where: OriginOptions = {}, scheme = 'http') {
  const origin = await startOrigin(undefined, where);
  const running = startPool(`${scheme}://localhost:${origin.port}`, {
    lookup: (_, { all }, found) =>
      found(null, all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4),
    ...options,
  });
  let socket: Duplex | undefined;
  let head: Buffer | undefined;
  const order: string[] = [];
  const call = running.send(
    { upgrade: 'echo' },
    {
      upgraded: (answer, ...taken) => {
        [socket, head] = taken;
        order.push(`upgraded ${answer.status} ${answer.header('upgrade')}`);
      },
      over: () => order.push('over'),
    },
  );
  const connection = await origin.connection();
  const request = await connection.request();
  return {
    ...running,
    origin,
    call,
    connection,
    request,
    order,
    taken: () => ({ socket: socket as Duplex, head: head as Buffer }),
  };
}

/** What comes on a socket until it has all of this. */
async function reads(socket: Duplex, text: string): Promise<string> {
  let all = '';
  while (all.length < text.length) {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    all += bytes.toString();
  }
  return all;
}

describe.each([
  ['http', {}],
  ['https', { tls: { ca: SERVER_CERTIFICATE.cert } }],
])('over %s', (scheme, options) => {
  const begin = () =>
    asked(
      options,
      scheme === 'https'
        ? { server: createTlsServer({ ...SERVER_CERTIFICATE, allowHalfOpen: true }) }
        : {},
      scheme,
    );

  test('hands over the socket, with what came behind the head', async () => {
    const { call, connection, request, order, taken, pool, clock } = await begin();
    expect(request.all('connection')).toEqual(['Upgrade']);
    expect(request.all('upgrade')).toEqual(['echo']);
    connection.send(`${SWITCHING}first`);
    await call.ended;
    expect(order).toEqual(['upgraded 101 echo', 'over']);
    expect(call.events).toEqual(['over']);
    const { socket, head } = taken();
    expect(head.toString()).toBe('first');
    expect(pool.stats()).toMatchObject({ connections: 0, inFlight: 0 });
    // It waits for whoever has it now.
    connection.send('second');
    await turns();
    expect(await reads(socket, 'second')).toBe('second');
    socket.write('back');
    await connection.until(() => (connection.rest.toString() === 'back' ? true : undefined));
    // No time of ours is over for it, and what is done with the pool does not concern it.
    await clock.advance(1_000_000);
    await pool.close({ graceMs: 0 });
    call.call.abort(new Error('too late'));
    connection.send('third');
    expect(await reads(socket, 'third')).toBe('third');
    expect(clock.pending).toBe(0);
    socket.destroy();
  });

  test('stays open when the other end has ended its side', async () => {
    const { call, connection, taken } = await begin();
    connection.send(SWITCHING).end('last');
    await call.ended;
    const { socket, head } = taken();
    socket.resume();
    if (head.length === 0) await reads(socket, 'last');
    if (!socket.readableEnded) await once(socket, 'end');
    expect(socket.writable).toBe(true);
    socket.end('and ours');
    await connection.until(() => (connection.rest.toString() === 'and ours' ? true : undefined));
    await connection.left();
  });

  test('an error that nobody listens for harms nobody', async () => {
    const { call, connection, taken } = await begin();
    connection.send(SWITCHING);
    await call.ended;
    const { socket } = taken();
    socket.resume();
    socket.destroy(new Error('reset'));
    await turns();
    connection.send('more');
    await connection.left();
  });

  test('the head may come byte by byte', async () => {
    const { call, connection, taken } = await begin();
    await connection.sendSlowly(`HTTP/1.1 103 Early Hints\r\n\r\n${SWITCHING}`);
    await call.ended;
    expect(call.events).toEqual(['information 103', 'over']);
    expect(taken().head).toHaveLength(0);
    taken().socket.destroy();
  });

  test('an answer that does not switch is an answer', async () => {
    const { call, connection, pool } = await begin();
    connection.send('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno');
    expect(await call.text()).toBe('no');
    expect(call.events).toEqual(['response 426', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 1, idle: 1 });
  });
});

describe('no switch', () => {
  test('that nobody has asked for', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const call = send({}, { upgraded: () => {} });
    await (await origin.connection()).answer(SWITCHING);
    await call.ended;
    expect(call.events).toEqual(['failed BadAnswerError', 'over']);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('that nobody can take', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send({ upgrade: 'echo' });
    await (await origin.connection()).answer(SWITCHING);
    await call.ended;
    expect(call.events).toEqual(['failed BadAnswerError', 'over']);
  });

  test('before the request is sent', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const call = send(
      {
        method: 'POST',
        upgrade: 'echo',
        body: (async function* () {
          yield Buffer.from('a');
          await new Promise(() => {});
        })(),
      },
      { upgraded: () => {} },
    );
    const connection = await origin.connection();
    await connection.head();
    connection.send(SWITCHING);
    await call.ended;
    expect(call.error).toMatchObject({
      message: 'The other end switched protocols before it had the whole request',
    });
  });

  test('if the receiver throws: it has not taken it', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin);
    const thrown = new Error('a mistake of the receiver');
    const call = send(
      { upgrade: 'echo' },
      {
        upgraded: () => {
          throw thrown;
        },
      },
    );
    const connection = await origin.connection();
    await connection.answer(SWITCHING);
    await call.ended;
    expect(call.events).toEqual(['failed Error', 'over']);
    expect(call.error).toBe(thrown);
    await connection.left();
  });

  test('for who asks with request(): the answer is there, and the connection is closed', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    const answer = pool.request({ method: 'GET', target: '/', headers: [], upgrade: 'echo' });
    const connection = await origin.connection();
    await connection.answer(SWITCHING);
    expect(await answer).toMatchObject({ status: 101, body: null });
    await connection.left();
  });
});

describe('the connection for it', () => {
  test('is a new one, and an idle one makes room for it', async () => {
    const { send, pool, origin, connection, call } = await asked({ maxConnections: 2 });
    connection.send(ok());
    await call.ended;
    const plain = send();
    await connection.answer(ok());
    await plain.ended;
    expect(pool.stats()).toMatchObject({ connections: 1, reused: 1 });
    const [one, two] = [send(), send()];
    await connection.answer(ok());
    await (await origin.connection(1)).answer(ok());
    await Promise.all([one?.ended, two?.ended]);
    expect(pool.stats()).toMatchObject({ connections: 2, idle: 2 });
    send({ upgrade: 'echo' }, { upgraded: (_, socket) => void socket.destroy() });
    expect(pool.stats()).toMatchObject({ connections: 2, idle: 1, connecting: 1 });
    const third = await origin.connection(2);
    expect((await third.request()).all('upgrade')).toEqual(['echo']);
  });

  test('has to be waited for, in turn, and then replaces one that is free', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin, { maxConnections: 1 });
    const first = send({ target: '/1' });
    const connection = await origin.connection();
    await connection.request();
    const second = send(
      { target: '/2', upgrade: 'echo' },
      { upgraded: (_, socket) => void socket.destroy() },
    );
    const third = send({ target: '/3' });
    expect(pool.stats()).toMatchObject({ connections: 1, queued: 2 });
    connection.send(ok());
    await first.ended;
    await connection.left();
    const next = await origin.connection(1);
    expect((await next.request()).target).toBe('/2');
    expect(pool.stats()).toMatchObject({ connections: 1, queued: 1 });
    next.send(SWITCHING);
    await second.ended;
    const last = await origin.connection(2);
    await last.answer(ok());
    await third.ended;
    expect(third.events).toEqual(['response 200', 'over']);
  });

  test('counts no more when it is handed over', async () => {
    const { connection, call, pool, get, taken, origin } = await asked({ maxConnections: 1 });
    connection.send(SWITCHING);
    await call.ended;
    const text = get();
    await (await origin.connection(1)).answer(ok('hi'));
    expect(await text).toBe('hi');
    expect(pool.stats()).toMatchObject({ connections: 1 });
    taken().socket.destroy();
  });
});
