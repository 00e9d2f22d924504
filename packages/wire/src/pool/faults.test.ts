/** What a client sees of a proxy when its upstream fails, at each stage and with each framing: a status that says so, or a connection that breaks. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from '../../test-kit/mini-proxy.ts';
import type { RawClient } from '../../test-kit/raw-client.ts';
import { eventually, turns } from '../../test-kit/running-pool.ts';
import {
  always,
  ok,
  type OriginConnection,
  type OriginScript,
  type ScriptedOrigin,
  startOrigin,
} from '../../test-kit/scripted-origin.ts';

/** The same answer in each framing, in the pieces at whose seams something goes wrong. */
const FRAMINGS = {
  length: {
    head: 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n',
    half: 'first-',
    rest: 'second',
  },
  chunked: {
    head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    half: '6\r\nfirst-\r\n',
    rest: '6\r\nsecond\r\n0\r\n\r\n',
  },
  close: { head: 'HTTP/1.1 200 OK\r\n\r\n', half: 'first-', rest: 'second' },
} as const;
type Framing = keyof typeof FRAMINGS;
type Version = '1.0' | '1.1';

/** What a client sees. */
type Outcome =
  | 'broken'
  | { readonly status: number; readonly code?: string; readonly text?: string };

const FIRST_BYTE_MS = 3000;
const IDLE_MS = 7000;
const LATE_MS = 1000;

const lost: Outcome = { status: 502, code: 'CONNECTION_LOST' };
const bad: Outcome = { status: 502, code: 'BAD_ANSWER' };
const whole: Outcome = { status: 200, text: 'first-second' };
const half: Outcome = { status: 200, text: 'first-' };

interface Fault {
  readonly name: string;
  /** What the origin does when it has the request. */
  play(connection: OriginConnection, parts: (typeof FRAMINGS)[Framing]): void;
  /** How far time has to be moved until the fault is noticed. */
  readonly afterMs?: number;
  readonly sees: Readonly<Record<Framing, Outcome>>;
}

const all = (outcome: Outcome) => ({ length: outcome, chunked: outcome, close: outcome });

const FAULTS: readonly Fault[] = [
  { name: 'resets instead of an answer', play: (origin) => origin.reset(), sees: all(lost) },
  { name: 'ends instead of an answer', play: (origin) => origin.end(), sees: all(lost) },
  {
    name: 'gives no answer',
    play: () => {},
    afterMs: FIRST_BYTE_MS,
    sees: all({ status: 504, code: 'FIRST_BYTE_TIMEOUT' }),
  },
  {
    name: 'answers with something else than HTTP',
    play: (origin) => origin.send('220 mail.test ESMTP\r\n\r\n'),
    sees: all(bad),
  },
  {
    name: 'resets in the middle of the head',
    play: (origin, { head }) =>
      origin.send(head.slice(0, -9)).socket.write('', () => origin.reset()),
    sees: all(lost),
  },
  {
    name: 'ends in the middle of the head',
    play: (origin, { head }) => origin.end(head.slice(0, -9)),
    sees: all(lost),
  },
  {
    name: 'stops in the middle of the head',
    play: (origin, { head }) => origin.send(head.slice(0, -9)),
    afterMs: FIRST_BYTE_MS,
    sees: all({ status: 504, code: 'FIRST_BYTE_TIMEOUT' }),
  },
  {
    name: 'gives nothing but interim answers',
    play: (origin) => origin.send('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)),
    sees: all(bad),
  },
  {
    name: 'switches protocols unasked',
    play: (origin) => origin.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
    sees: all(bad),
  },
  {
    name: 'has two lengths',
    play: (origin) =>
      origin.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'),
    sees: all(bad),
  },
  {
    name: 'ends behind the head',
    play: (origin, { head }) => origin.end(head),
    // Nobody can tell this from a body that has no bytes.
    sees: { length: 'broken', chunked: 'broken', close: { status: 200, text: '' } },
  },
  {
    name: 'stops behind the head',
    play: (origin, { head }) => origin.send(head),
    afterMs: IDLE_MS,
    sees: all('broken'),
  },
  {
    name: 'ends in the middle of the body',
    play: (origin, { head, half }) => origin.end(head + half),
    sees: { length: 'broken', chunked: 'broken', close: half },
  },
  {
    name: 'stops in the middle of the body',
    play: (origin, { head, half }) => origin.send(head + half),
    afterMs: IDLE_MS,
    sees: all('broken'),
  },
  {
    name: 'breaks off before the last byte',
    play: (origin, { head, half, rest }) => origin.end(head + half + rest.slice(0, -1)),
    sees: { length: 'broken', chunked: 'broken', close: { status: 200, text: 'first-secon' } },
  },
  {
    name: 'sends garbage behind the answer',
    play: (origin, { head, half, rest }) => origin.end(`${head}${half}${rest}GARBAGE`),
    sees: { length: whole, chunked: whole, close: { status: 200, text: 'first-secondGARBAGE' } },
  },
  {
    name: 'sends another answer behind the answer',
    play: (origin, { head, half, rest }) => {
      origin.send(head + half + rest + ok('not yours'));
      if (!/length|chunked/i.test(head)) origin.end();
    },
    sees: {
      length: whole,
      chunked: whole,
      close: { status: 200, text: `first-second${ok('not yours')}` },
    },
  },
];

/** A proxy in front of an origin that plays for the first request, and behaves for those that follow. */
async function begin(script: OriginScript) {
  const clock = fakeClock();
  const origin = await startOrigin(script);
  const proxy = await startProxy(
    origin.url,
    { clock, firstByteTimeoutMs: FIRST_BYTE_MS, idleTimeoutMs: IDLE_MS },
    { clock },
  );
  return { clock, origin, proxy };
}

const request = (version: Version): string => `GET /it HTTP/${version}\r\nHost: a\r\n\r\n`;

/** A client that knows a reset when it sees one: to Node 20 it looks like an orderly end if it comes together with bytes. */
async function connect(proxy: RunningProxy): Promise<RawClient> {
  const client = await proxy.connect({ allowHalfOpen: true });
  client.socket.on('end', () => client.socket.end(''));
  return client;
}

async function expectOutcome(client: RawClient, outcome: Outcome): Promise<void> {
  if (outcome === 'broken') {
    await client.closed();
    await expect(client.answer()).rejects.toThrow('without a whole answer');
    return;
  }
  const answer = await client.answer();
  expect(answer.status).toBe(outcome.status);
  if (outcome.code !== undefined) expect(answer.json).toEqual(outcome);
  if (outcome.text !== undefined) expect(answer.text).toBe(outcome.text);
}

/** Nothing is left of what has failed, and the next request is none the worse for it. */
async function expectClean(
  proxy: RunningProxy,
  origin: ScriptedOrigin,
  first: RawClient,
): Promise<void> {
  first.end();
  await eventually(() => {
    expect(proxy.pool.stats()).toMatchObject({ inFlight: 0, queued: 0, connecting: 0 });
    expect(proxy.server.stats().inFlight).toBe(0);
    // What is open at the origin is what the pool keeps.
    expect(origin.open).toHaveLength(proxy.pool.stats().connections);
  });
  const client = await connect(proxy);
  client.send(request('1.1'));
  expect((await client.answer()).text).toBe('well');
  client.end();
  await client.closed();
  await eventually(() =>
    expect(proxy.server.stats()).toMatchObject({ connections: 0, inFlight: 0 }),
  );
}

/** Plays once, and is well from then on. */
const once =
  (play: (connection: OriginConnection) => void): OriginScript =>
  async (connection, number) => {
    if (number > 0) await always(ok('well'))(connection, number);
    await connection.request();
    play(connection);
  };

describe.each(FAULTS)('an origin that $name', ({ play, afterMs, sees }) => {
  const cases = (['length', 'chunked', 'close'] as const).flatMap((framing) =>
    (['1.0', '1.1'] as const).map((version) => ({ framing, version })),
  );

  test.each(cases)('$framing, HTTP/$version', async ({ framing, version }) => {
    const { clock, origin, proxy } = await begin(
      once((connection) => play(connection, FRAMINGS[framing])),
    );
    const client = await connect(proxy);
    client.send(request(version));
    if (afterMs !== undefined) {
      const connection = await origin.connection();
      await connection.until(() => (connection.rest.length === 0 ? true : undefined));
      await eventually(() => expect(proxy.pool.stats().inFlight).toBe(1));
      await turns();
      clock.advanceSync(afterMs + LATE_MS);
    }
    await expectOutcome(client, sees[framing]);
    // It was asked once, whatever came of it.
    expect(origin.connections).toHaveLength(1);
    await origin.connections[0]?.left();
    await expectClean(proxy, origin, client);
  });
});

describe('an origin that resets', () => {
  const cases = (['length', 'chunked', 'close'] as const).flatMap((framing) =>
    (['1.0', '1.1'] as const).map((version) => ({ framing, version })),
  );

  // A reset may overtake what was sent before it, so that it is made when that has arrived.
  test.each(cases)(
    'in the middle of the body: $framing, HTTP/$version',
    async ({ framing, version }) => {
      const { head, half } = FRAMINGS[framing];
      const { origin, proxy } = await begin(once((connection) => connection.send(head + half)));
      const client = await connect(proxy);
      client.send(request(version));
      await client.has('first-');
      origin.connections[0]?.reset();
      await expectOutcome(client, 'broken');
      // For a client that takes the end of the connection for the end of the body there must be no orderly one.
      if (version === '1.0' && framing !== 'length') expect(client.errorCode).toBe('ECONNRESET');
      expect(origin.connections).toHaveLength(1);
      await expectClean(proxy, origin, client);
    },
  );

  test.each(cases)('behind the head: $framing, HTTP/$version', async ({ framing, version }) => {
    const { head } = FRAMINGS[framing];
    const { origin, proxy } = await begin(once((connection) => connection.send(head)));
    const client = await connect(proxy);
    client.send(request(version));
    await client.has('\r\n\r\n');
    origin.connections[0]?.reset();
    await expectOutcome(client, 'broken');
    await expectClean(proxy, origin, client);
  });

  test.each(['reset', 'end'] as const)(
    'or ends between two requests (%s): the second is none the worse',
    async (how) => {
      const { origin, proxy } = await begin(always(ok('well')));
      const client = await connect(proxy);
      client.send(request('1.1'));
      await client.answer();
      origin.connections[0]?.[how]();
      await eventually(() => expect(proxy.pool.stats().connections).toBe(0));
      client.send(request('1.1'));
      expect((await client.answer()).text).toBe('well');
      expect(origin.connections).toHaveLength(2);
    },
  );
});

describe('an origin that breaks a rule in the body', () => {
  test.each([
    ['a chunk without a size', 'x\r\n'],
    ['a chunk that is longer than its size', '3\r\nabcd\r\n'],
    ['a trailer that comes too late', '0\r\nContent-Length: 3\r\n\r\n'],
    ['a chunk whose size is too large', 'fffffffffffffffff\r\n'],
  ])('%s', async (_, bytes) => {
    const { head, half } = FRAMINGS.chunked;
    for (const version of ['1.0', '1.1'] as const) {
      const { origin, proxy } = await begin(once((connection) => connection.send(head + half)));
      const client = await connect(proxy);
      client.send(request(version));
      await client.has('first-');
      origin.connections[0]?.send(bytes);
      await expectOutcome(client, 'broken');
      await origin.connections[0]?.left();
      await expectClean(proxy, origin, client);
    }
  });
});

describe('an origin that cannot be reached', () => {
  test.each(['1.0', '1.1'] as const)('refuses: HTTP/%s', async (version) => {
    const { origin, proxy } = await begin(() => {});
    await origin.stopListening();
    const client = await connect(proxy);
    client.send(request(version));
    await expectOutcome(client, { status: 502, code: 'CONNECT_FAILED' });
    expect(proxy.pool.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  });

  test('does not answer the call', async () => {
    const clock = fakeClock();
    const { connect, pool } = await startProxy('http://slow.test', { clock, lookup: () => {} });
    const client = await connect();
    client.send(request('1.1'));
    await eventually(() => expect(pool.stats().connecting).toBe(1));
    clock.advanceSync(2000);
    await expectOutcome(client, { status: 504, code: 'CONNECT_TIMEOUT' });
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('is busy: no more may wait, and no longer', async () => {
    const clock = fakeClock();
    const origin = await startOrigin();
    const { connect, pool } = await startProxy(origin.url, {
      clock,
      maxConnections: 1,
      maxQueued: 1,
    });
    const clients = await Promise.all([connect(), connect(), connect()]);
    for (const [at, client] of clients.entries()) {
      client.send(request('1.1'));
      await eventually(() => expect(pool.stats().requests).toBe(at + 1));
    }
    await expectOutcome(clients[2] as RawClient, { status: 503, code: 'POOL_FULL' });
    clock.advanceSync(1000);
    await expectOutcome(clients[1] as RawClient, { status: 503, code: 'POOL_TIMEOUT' });
    await (await origin.connection()).answer(ok('at last'));
    await expectOutcome(clients[0] as RawClient, { status: 200, text: 'at last' });
  });

  test('is given up for good', async () => {
    const origin = await startOrigin();
    const { connect, pool } = await startProxy(origin.url);
    const waiting = await connect();
    waiting.send(request('1.1'));
    await (await origin.connection()).request();
    await pool.close({ graceMs: 0 });
    await expectOutcome(waiting, { status: 503, code: 'POOL_CLOSED' });
    const late = await connect();
    late.send(request('1.1'));
    await expectOutcome(late, { status: 503, code: 'POOL_CLOSED' });
  });
});
