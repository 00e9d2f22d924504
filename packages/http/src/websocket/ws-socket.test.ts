/** Tests of a WebSocket from its first frame to its end: bad frames, silence, slow readers, and who says goodbye. */
import { once } from 'node:events';
import { type FakeClock, fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  BINARY,
  CLOSE,
  closeFrame,
  CONTINUATION,
  frame,
  FrameClient,
  handshake,
  PING,
  PONG,
  TEXT,
} from '../../test-kit/frame-client.ts';
import type { AppServer } from '../app-server.ts';
import { createApp } from '../app.ts';
import type { Message } from './inbox.ts';
import {
  type ServerSocket,
  type SocketEnd,
  webSocket,
  type WebSocketHandler,
  type WebSocketOptions,
} from './websocket.ts';

/** A server with one WebSocket, and what happened to it. */
interface Running {
  readonly server: AppServer;
  readonly client: FrameClient;
  readonly socket: ServerSocket;
  readonly clock: FakeClock;
  readonly got: Message[];
  readonly errors: unknown[];
}

const readAll =
  (got: Message[]): WebSocketHandler<unknown> =>
  async (socket) => {
    for await (const message of socket) got.push(message);
  };

async function running(
  handler?: WebSocketHandler<unknown>,
  options: WebSocketOptions = {},
): Promise<Running> {
  const clock = fakeClock();
  const got: Message[] = [];
  const errors: unknown[] = [];
  const run = handler ?? readAll(got);
  let opened: (socket: ServerSocket) => void = () => {};
  const socket = new Promise<ServerSocket>((resolve) => (opened = resolve));
  const noting: WebSocketHandler<unknown> = (one, ctx) => {
    opened(one);
    return run(one, ctx);
  };
  const server = await createApp({ onError: (error) => errors.push(error) })
    .get('/', webSocket(noting, { clock, ...options }))
    .serve();
  onTestFinished(async () => {
    await server.close({ graceMs: 0 });
    expect(clock.pending).toBe(0);
  });
  const client = await FrameClient.connect(server.port);
  await client.send(handshake()).head();
  return { server, client, socket: await socket, clock, got, errors };
}

const untilClosed: WebSocketHandler<unknown> = (socket) => socket.closed;

/** Waits until all that has been sent so far has been read. */
async function pong(client: FrameClient): Promise<void> {
  expect((await client.send(frame(PING)).frame()).opcode).toBe(PONG);
}

describe('frames', () => {
  test.each<[string, Buffer[], number]>([
    ['that are not masked', [frame(TEXT, 'a', { masked: false })], 1002],
    ['with a reserved bit', [frame(TEXT, 'a', { rsv: 2 })], 1002],
    ['that say they are compressed', [frame(TEXT, 'a', { rsv: 4 })], 1002],
    ['of a kind that nobody knows', [frame(3, 'a')], 1002],
    ['of a kind of control that nobody knows', [frame(11, 'a')], 1002],
    ['that go on with nothing', [frame(CONTINUATION, 'a')], 1002],
    ['that begin in the middle', [frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')], 1002],
    ['of control in parts', [frame(PING, 'a', { fin: false })], 1002],
    ['of control that are too long', [frame(PING, 'a'.repeat(126))], 1002],
    ['that end with half a code', [frame(CLOSE, 'a')], 1002],
    ['that end with a code that nobody may send', [closeFrame(1005)], 1002],
    ['that end with a reason that is no text', [frame(CLOSE, Buffer.of(3, 232, 0xff))], 1007],
    ['that are no text', [frame(TEXT, Buffer.of(0xc3, 0x28))], 1007],
    [
      'that are no text together',
      [frame(TEXT, Buffer.of(0xc3), { fin: false }), frame(CONTINUATION, Buffer.of(0x28))],
      1007,
    ],
    ['that are too large', [frame(BINARY, Buffer.alloc(101))], 1009],
    [
      'that are too large together',
      [frame(BINARY, Buffer.alloc(60), { fin: false }), frame(CONTINUATION, Buffer.alloc(60))],
      1009,
    ],
    ['that announce too much', [Buffer.of(0x82, 255, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4)], 1009],
    ['that announce what cannot be', [Buffer.of(0x82, 255, 255, 255, 255, 255, 0, 0, 0, 0)], 1009],
  ])('%s end the connection', async (_, bytes, code) => {
    const { client, socket, got, errors } = await running(undefined, { maxPayloadBytes: 100 });
    client.send(...bytes);
    expect(await client.ending()).toEqual([code, '']);
    await client.ended();
    expect(socket.isOpen).toBe(false);
    client.socket.end();
    expect(await socket.closed).toEqual({ code, reason: '', clean: false });
    expect(socket.signal.aborted).toBe(true);
    expect(got).toEqual([]);
    // It is the client who is at fault.
    expect(errors).toEqual([]);
  });

  test('of one message may come in parts, with control between them', async () => {
    const { client, got } = await running();
    client.send(
      frame(TEXT, Buffer.of(0xc3), { fin: false }),
      frame(PING, 'there?'),
      frame(CONTINUATION, Buffer.of(0xa4), { fin: false }),
      frame(CONTINUATION, ''),
      frame(BINARY, ''),
    );
    expect(await client.frame()).toEqual({ opcode: PONG, payload: Buffer.from('there?') });
    await pong(client);
    expect(got.map((message) => (typeof message === 'string' ? message : [...message]))).toEqual([
      'ä',
      [],
    ]);
  });

  test('are read alike in whatever pieces they come', async () => {
    const { client, got } = await running();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 }))),
        fc.array(fc.nat(400), { maxLength: 6 }),
        async (messages, cuts) => {
          got.length = 0;
          const bytes = Buffer.concat(
            messages.map((one) => frame(typeof one === 'string' ? TEXT : BINARY, one)),
          );
          let at = 0;
          for (const cut of cuts) {
            client.send(bytes.subarray(at, at + cut));
            at += cut;
          }
          client.send(bytes.subarray(at));
          await pong(client);
          expect(got.map((one) => (typeof one === 'string' ? one : [...one]))).toEqual(
            messages.map((one) => (typeof one === 'string' ? one : [...one])),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test('that are noise end the connection, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
        const { client, socket, errors } = await running();
        client.send(noise);
        client.socket.end();
        await socket.closed;
        expect(errors).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the end', () => {
  test('is said by the client, and told with code and reason', async () => {
    const { client, socket, got } = await running();
    client.send(frame(TEXT, 'last'), closeFrame(4001, 'bye'));
    expect(await client.ending()).toEqual([4001, 'bye']);
    await client.ended();
    client.socket.end();
    expect(await socket.closed).toEqual({ code: 4001, reason: 'bye', clean: true });
    expect(got).toEqual(['last']);
    expect(socket.isOpen).toBe(false);
    expect(await socket.send('too late')).toBe(false);
  });

  test('without a code is 1005', async () => {
    const { client, socket } = await running();
    client.send(frame(CLOSE));
    await client.ended();
    client.socket.end();
    expect(await socket.closed).toEqual({ code: 1005, reason: '', clean: true });
  });

  test('comes when the handler is done', async () => {
    const { client, socket } = await running(async (one) => {
      await one.send('hello');
    });
    expect(await client.text()).toBe('hello');
    expect(await client.ending()).toEqual([1000, '']);
    client.send(closeFrame(1000));
    await client.ended();
    client.socket.end();
    expect(await socket.closed).toEqual({ code: 1000, reason: '', clean: true });
  });

  test.each<[string, WebSocketHandler<unknown>]>([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('is 1011 for a handler that %s, and told to the app alone', async (_, handler) => {
    const { client, errors } = await running(handler);
    expect(await client.ending()).toEqual([1011, '']);
    expect(errors).toEqual([new Error('secret')]);
  });

  test('is no failure of a handler that stops for it', async () => {
    const { client, socket, errors } = await running(
      (one) =>
        new Promise((_, reject) => {
          one.signal.addEventListener('abort', () => reject(one.signal.reason as Error));
        }),
    );
    client.reset();
    expect(await socket.closed).toEqual({ code: 1006, reason: '', clean: false });
    expect(errors).toEqual([]);
    const other = await running(async (one) => {
      await one.closed;
      throw new Error('cannot be tidied up');
    });
    other.client.reset();
    await settled(() => other.errors.length > 0);
    expect(other.errors).toEqual([new Error('cannot be tidied up')]);
  });

  test('of the handler drops what was not read, and reads on to see the client agree', async () => {
    const { client, socket, got } = await running(async (one) => {
      for await (const message of one) {
        got.push(message);
        void one.close(4000, 'enough');
      }
    });
    client.send(frame(TEXT, 'a'), frame(TEXT, 'b'));
    expect(await client.ending()).toEqual([4000, 'enough']);
    client.send(frame(TEXT, 'c'), closeFrame(4000, 'enough'));
    await client.ended();
    client.socket.end();
    expect(await socket.closed).toEqual({ code: 4000, reason: 'enough', clean: true });
    expect(got).toEqual(['a']);
    expect(await socket.close(4001)).toMatchObject({ code: 4000 });
  });

  test('does not wait for a client that does not agree', async () => {
    const { client, clock, socket } = await running(untilClosed);
    const closed = socket.close(1000);
    expect(await client.ending()).toEqual([1000, '']);
    await clock.advance(4999);
    client.send(frame(TEXT, 'and another thing'));
    await clock.advance(1);
    await client.ended();
    expect(await closed).toEqual({ code: 1000, reason: '', clean: false });
  });

  test('does not wait for a client that says it and stays', async () => {
    const { client, clock, socket } = await running(untilClosed);
    client.send(closeFrame(1000));
    await client.ended();
    expect(client.hasClosed).toBe(false);
    await clock.advance(5000);
    expect(await socket.closed).toMatchObject({ code: 1000, clean: true });
  });

  test('of a client that ends its side without a word is 1006', async () => {
    const { client, socket } = await running(untilClosed);
    client.socket.end();
    expect(await socket.closed).toEqual({ code: 1006, reason: '', clean: false });
  });

  test.each([
    [999, '', '`code`'],
    [1005, '', '`code`'],
    [1006, '', '`code`'],
    [1015, '', '`code`'],
    [2000, '', '`code`'],
    [5000, '', '`code`'],
    [3000.5, '', '`code`'],
    [1000, 'ü'.repeat(62), '`reason`'],
    [1000, 5 as never, '`reason`'],
  ])('cannot be said as %s %s', async (code, reason, message) => {
    const { socket } = await running(untilClosed);
    expect(() => socket.close(code, reason)).toThrow(message);
    expect(socket.isOpen).toBe(true);
  });

  test('comes with 1001 when the server closes, which waits for it', async () => {
    const { client, server, socket } = await running(untilClosed);
    const closed = server.close({ graceMs: 60_000 });
    expect(await client.ending()).toEqual([1001, 'The server closes']);
    client.send(closeFrame(1001));
    await client.ended();
    client.socket.end();
    expect(await socket.closed).toMatchObject({ code: 1001, clean: true });
    expect(await closed).toBe(0);
  });

  test('comes soon when the server closes and the client does not care', async () => {
    const { client, clock, server, socket } = await running(untilClosed);
    const closed = server.close({ graceMs: 60_000 });
    await client.ending();
    await clock.advance(5000);
    expect(await socket.closed).toMatchObject({ code: 1001, clean: false });
    expect(await closed).toBe(0);
  });

  test('comes with 1001 at once to who connects while the server closes', async () => {
    let mayAnswer = (): void => {};
    const waiting = new Promise<void>((resolve) => (mayAnswer = resolve));
    const server = await createApp()
      .use(async (_, next) => {
        await waiting;
        return next();
      })
      .get('/', webSocket(untilClosed))
      .serve();
    const client = await FrameClient.connect(server.port);
    client.send(handshake());
    while (server.server.stats().inFlight === 0) await new Promise(setImmediate);
    const closed = server.close({ graceMs: 60_000 });
    mayAnswer();
    expect(await client.head()).toMatch(/ 101 /);
    expect((await client.ending())[0]).toBe(1001);
    client.send(closeFrame(1001));
    client.socket.end();
    expect(await closed).toBe(0);
  });
});

describe('silence', () => {
  test('makes the server ask, and a client that does not answer is gone', async () => {
    const { client, clock, socket } = await running(untilClosed);
    await clock.advance(29_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect((await client.frame()).opcode).toBe(PING);
    await settled(() => clock.nextInMs === 10_000);
    await clock.advance(9_999);
    expect(socket.isOpen).toBe(true);
    await clock.advance(1);
    expect(await socket.closed).toEqual({ code: 1006, reason: '', clean: false });
  });

  test('is broken by any byte', async () => {
    const { client, clock, socket } = await running(untilClosed);
    const long = frame(TEXT, 'a'.repeat(100));
    for (let at = 0; at < 6; at++) {
      await clock.advance(30_000);
      expect((await client.frame()).opcode).toBe(PING);
      await settled(() => clock.nextInMs === 10_000);
      await clock.advance(9_000);
      // A part of a message that takes its time, behind which the pong has to wait.
      client.send(long.subarray(at, at + 1));
      await settled(() => clock.nextInMs !== 1_000);
    }
    expect(socket.isOpen).toBe(true);
  });

  test('is not asked about where that is switched off', async () => {
    const { clock, socket } = await running(untilClosed, { heartbeatMs: 0 });
    expect(clock.pending).toBe(0);
    await clock.advance(86_400_000);
    expect(socket.isOpen).toBe(true);
  });

  test('a client that nobody listens to is not blamed for it', async () => {
    let read = (): void => {};
    const may = new Promise<void>((resolve) => (read = resolve));
    const { client, clock, got, socket } = await running(async (one) => {
      await may;
      for await (const message of one) got.push(message);
    });
    for (let at = 0; at < 100; at++) client.send(frame(BINARY, Buffer.alloc(10_000)));
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    for (let at = 0; at < 10; at++) {
      await clock.advance(30_000);
      await settled(() => clock.nextInMs === 10_000);
      await clock.advance(10_000);
    }
    expect(socket.isOpen).toBe(true);
    read();
    await settled(() => got.length === 100);
    expect(socket.isOpen).toBe(true);
  });

  test('of messages ends a connection where that is asked for, whatever pings there are', async () => {
    const { client, clock, socket } = await running(undefined, {
      idleTimeoutMs: 60_000,
      heartbeatMs: 0,
    });
    await clock.advance(40_000);
    client.send(frame(TEXT, 'a'));
    await pong(client);
    await clock.advance(40_000);
    await pong(client);
    expect(await socket.send('b')).toBe(true);
    expect(await client.text()).toBe('b');
    await clock.advance(50_000);
    await pong(client);
    expect(socket.isOpen).toBe(true);
    await clock.advance(10_000);
    expect(socket.isOpen).toBe(false);
    expect(await client.ending()).toEqual([1000, 'Idle']);
  });
});

describe('sending', () => {
  test('resolves when it is taken, and keeps the order', async () => {
    const { client, socket } = await running(untilClosed);
    const sent = [socket.send('a'), socket.send(Uint8Array.of(1)), socket.sendJson({ b: [2] })];
    expect(await Promise.all(sent)).toEqual([true, true, true]);
    const view = new DataView(Uint8Array.of(9, 8, 7).buffer, 1);
    await socket.send(view as never);
    await socket.send(Uint8Array.of(3, 4).buffer);
    expect(await client.text()).toBe('a');
    expect((await client.frame()).payload).toEqual(Buffer.of(1));
    expect(await client.text()).toBe('{"b":[2]}');
    expect((await client.frame()).payload).toEqual(Buffer.of(8, 7));
    expect((await client.frame()).payload).toEqual(Buffer.of(3, 4));
    expect(socket.bufferedBytes).toBe(0);
  });

  test.each([[undefined], [null], [5], [{}], [['a']]])('takes no %j', async (message) => {
    const { socket } = await running(untilClosed);
    expect(() => socket.send(message as never)).toThrow('`message`');
    expect(() => socket.sendJson(undefined)).toThrow('`value`');
    expect(socket.isOpen).toBe(true);
  });

  test('without end to a client that does not read ends with 1013', async () => {
    const { client, clock, socket, errors } = await running(untilClosed, {
      maxBufferedBytes: 100_000,
    });
    client.socket.pause();
    const chunk = new Uint8Array(50_000);
    const sent: Promise<boolean>[] = [];
    while (socket.isOpen) {
      sent.push(socket.send(chunk));
      await new Promise(setImmediate);
    }
    expect(socket.signal.aborted).toBe(true);
    // One message may go beyond the limit.
    expect(socket.bufferedBytes).toBeLessThan(100_000 + 2 * 50_100);
    expect(await sent.at(-1)).toBe(false);
    await clock.advance(5000);
    expect(await socket.closed).toEqual({ code: 1013, reason: 'Too slow', clean: false });
    expect((await Promise.all(sent)).filter((isTaken) => !isTaken).length).toBeGreaterThan(1);
    expect(errors).toEqual([]);
  });

  test('one after the other waits for a client that reads slowly', async () => {
    let count = 0;
    const { client, socket } = await running(
      async (one) => {
        for (; count < 400; count++) await one.send(new Uint8Array(50_000));
      },
      { maxBufferedBytes: 0 },
    );
    client.socket.pause();
    await settled(() => socket.bufferedBytes > 0);
    const before = count;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(count).toBeLessThan(before + 5);
    expect(count).toBeLessThan(400);
    client.socket.resume();
    client.socket.removeAllListeners('data');
    client.socket.on('data', () => {});
    await settled(() => count === 400);
  });

  test('to a client that takes nothing ends after a while', async () => {
    const { client, clock, socket } = await running(untilClosed, { heartbeatMs: 0 });
    client.socket.pause();
    const sent: Promise<boolean>[] = [];
    while (socket.bufferedBytes === 0) {
      sent.push(socket.send(new Uint8Array(200_000)));
      await new Promise(setImmediate);
    }
    await clock.advance(59_999);
    expect(socket.isOpen).toBe(true);
    await clock.advance(1);
    expect(await socket.closed).toMatchObject({ code: 1006 });
    expect(await sent.at(-1)).toBe(false);
  });
});

describe('reading', () => {
  test('holds up a client that sends faster than it is read', async () => {
    let read = (): void => {};
    const may = new Promise<void>((resolve) => (read = resolve));
    const { client, got } = await running(async (one) => {
      await may;
      for await (const message of one) got.push(message);
    });
    let written = 0;
    const chunk = frame(BINARY, Buffer.alloc(100_000));
    while (client.socket.write(chunk)) written++;
    for (let turn = 0; turn < 50; turn++) {
      if (client.socket.writableLength === 0) while (client.socket.write(chunk)) written++;
      await new Promise(setImmediate);
    }
    expect(client.socket.writableLength).toBeGreaterThan(0);
    read();
    await settled(() => got.length > written);
    expect(client.socket.writableLength).toBe(0);
  });

  test('can be broken off and gone on with', async () => {
    const { client, got, socket } = await running(async (one) => {
      for await (const message of one) {
        got.push(message);
        break;
      }
      await one.send('more');
      for await (const message of one) got.push(message);
    });
    client.send(frame(TEXT, 'a'), frame(TEXT, 'b'));
    expect(await client.text()).toBe('more');
    client.send(frame(TEXT, 'c'), closeFrame(1000));
    await client.ended();
    client.socket.end();
    await socket.closed;
    expect(got).toEqual(['a', 'b', 'c']);
  });

  test('ten thousand empty messages in one piece cost no more than ten thousand', async () => {
    const { client, got } = await running();
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(TEXT, '')));
    client.send(many);
    await settled(() => got.length === 10_000);
    expect(got.every((message) => message === '')).toBe(true);
  });

  test('a flood of pings is answered, or ended, and never kept', async () => {
    const { client, socket } = await running(untilClosed);
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, 'x'.repeat(125))));
    while (socket.isOpen && !client.hasClosed) {
      client.socket.write(pings);
      await new Promise(setImmediate);
    }
    expect(await socket.closed).toMatchObject({ code: 1006 });
  });
});

/** Lets sockets go on until something is so. */
async function settled(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

test('a client that leaves is noticed at once', async () => {
  const { server } = await running(untilClosed);
  const ends: SocketEnd[] = [];
  const site = createApp().get(
    '/',
    webSocket(async (socket) => void ends.push(await socket.closed)),
  );
  const other = await site.serve();
  onTestFinished(async () => void (await other.close({ graceMs: 0 })));
  const client = new WebSocket(other.url.replace('http', 'ws'));
  await once(client, 'open');
  client.close(1000, 'done');
  await once(client, 'close');
  await settled(() => ends.length === 1);
  expect(ends).toEqual([{ code: 1000, reason: 'done', clean: true }]);
  expect(server.server.stats().upgraded).toBe(1);
  await settled(() => other.server.stats().upgraded === 0);
});
