/** Tests of answers that are streams of events: who is asked for what, when, and how it ends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type FakeClock, fakeClock } from '@interpose/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EventReader, type HeardEvent } from '../../test-kit/event-reader.ts';
import type { AppServer } from '../app-server.ts';
import { type App, createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { httpEvents } from '../middleware/http-events.ts';
import type { EventStream } from './event-sender.ts';
import type { SentEvent } from './sent-event.ts';
import { type EventsSource, sse, type SseOptions } from './server-sent-events.ts';

const ask = (headers = ''): string => `GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

interface Client {
  readonly socket: Socket;
  readonly reader: EventReader;
  readonly received: () => string;
}

/** An app with a stream of events. */
function app(source: EventsSource, options: SseOptions = {}, errors: unknown[] = []): App {
  return createApp({ onError: (error) => errors.push(error) }).get('/', (ctx) =>
    sse(ctx, source, options),
  );
}

async function served(site: App): Promise<AppServer> {
  const server = await site.serve();
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return server;
}

/** A client that asks for events. */
async function client(server: AppServer, request = ask()): Promise<Client> {
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const reader = new EventReader();
  let received = '';
  let at = 0;
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    const body = unchunked(received);
    reader.take(Buffer.from(body.slice(at), 'latin1'));
    at = body.length;
  });
  socket.write(request);
  await once(socket, 'connect');
  return { socket, reader, received: () => received };
}

/** The body as far as whole chunks of it are there. */
function unchunked(received: string): string {
  let at = received.indexOf('\r\n\r\n') + 4;
  let body = '';
  while (at >= 4) {
    const end = received.indexOf('\r\n', at);
    const size = parseInt(received.slice(at, end), 16);
    if (end < 0 || !size || received.length < end + 4 + size) break;
    body += received.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
  return body;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

const heardOf = async (answer: Response): Promise<readonly HeardEvent[]> => {
  const reader = new EventReader();
  reader.take(new Uint8Array(await answer.arrayBuffer()));
  return reader.heard;
};

const get = (init?: RequestInit): Request => new Request('http://a/', init);

async function* three(): AsyncGenerator<SentEvent | string> {
  yield 'one';
  yield { event: 'count', data: { two: 2 }, id: '2' };
  yield 'three';
}

describe('the answer', () => {
  test('is a stream that nobody keeps, packs or holds back', async () => {
    const answer = await app(three()).fetch(get());
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(await heardOf(answer)).toEqual([
      { type: 'message', data: 'one', lastEventId: '' },
      { type: 'count', data: '{"two":2}', lastEventId: '2' },
      { type: 'message', data: 'three', lastEventId: '2' },
    ]);
  });

  test('has its head at the client before there is an event', async () => {
    const server = await served(app(({ closed }) => closed));
    const { received } = await client(server);
    await until(() => received().includes('\r\n\r\n'));
    expect(received()).toContain('text/event-stream');
  });

  test('to HEAD has no body, and begins nothing', async () => {
    const seen: string[] = [];
    const returned: string[] = [];
    const server = await served(
      createApp()
        .get('/', (ctx) =>
          sse(ctx, async function* () {
            seen.push('begun');
            yield 'x';
          }),
        )
        .get('/live', (ctx) =>
          sse(ctx, {
            [Symbol.asyncIterator]: () => ({
              next: () => Promise.reject(new Error('not to be asked')),
              return: () => {
                returned.push('returned');
                return Promise.resolve({ done: true, value: undefined });
              },
            }),
          }),
        ),
    );
    const head = await fetch(server.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'text/event-stream',
      '',
    ]);
    expect(seen).toEqual([]);
    // What has begun before is ended.
    expect((await fetch(`${server.url}/live`, { method: 'HEAD' })).status).toBe(200);
    await until(() => returned.length === 1);
  });

  test('over HTTP/1.0 lasts as long as the connection', async () => {
    const server = await served(app(three));
    const socket = connect(server.port, '127.0.0.1');
    socket.end('GET / HTTP/1.0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('\r\n\r\ndata: one\n\n');
    expect(text.endsWith('data: three\n\n')).toBe(true);
  });

  test('begins with the time after which to come back', async () => {
    const answer = await app(three(), { retryMs: 2500 }).fetch(get());
    expect((await answer.text()).startsWith('retry: 2500\n\ndata: one\n\n')).toBe(true);
  });

  test.each([
    [{ keepAliveMs: -1 }, '`keepAliveMs`'],
    [{ retryMs: 0.5 }, '`retryMs`'],
    [{ maxBufferedBytes: -1 }, '`maxBufferedBytes`'],
    [{ heartbeat: 5 }, 'Unknown option `heartbeat`'],
  ])('with the options %j is refused', (options, message) => {
    const ctx = {} as HttpContext;
    expect(() => sse(ctx, three, options as SseOptions)).toThrow(message);
  });

  test('of something else than events is refused before anything is sent', async () => {
    for (const source of [5, null, 'text', [1], {}]) {
      expect((await app(source as never).fetch(get())).status).toBe(500);
    }
  });
});

describe('Last-Event-ID', () => {
  test('is given to the source, as the client has sent it', async () => {
    const seen: string[] = [];
    const source: EventsSource = ({ lastEventId }) => void seen.push(lastEventId);
    const server = await served(app(source));
    await client(server, ask('Last-Event-ID: 42\r\n'));
    await client(server, ask());
    const bytes = Buffer.from(ask('Last-Event-ID: Zürich \u{1F600}\r\n'));
    await client(server, bytes.toString('utf8'));
    await until(() => seen.length === 3);
    expect(seen).toEqual(['42', '', 'Zürich \u{1F600}']);
  });

  test('lets a source go on where it was', async () => {
    const site = app(async function* ({ lastEventId }) {
      for (let at = Number(lastEventId) + 1; at <= 5; at++) yield { id: String(at), data: at };
    });
    const answer = await site.fetch(get({ headers: { 'Last-Event-ID': '3' } }));
    expect((await heardOf(answer)).map(({ data }) => data)).toEqual(['4', '5']);
  });
});

describe('when the client leaves', () => {
  test('the source is ended within ten milliseconds, and lets go of what it has', async () => {
    const times: Record<string, number> = {};
    const site = createApp()
      .use((ctx, next) => {
        ctx.onClientLeft(() => (times['left'] = performance.now()));
        return next();
      })
      .get('/', (ctx) =>
        sse(ctx, async function* ({ signal }) {
          try {
            yield 'hello';
            await new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            });
          } finally {
            times['finally'] = performance.now();
          }
        }),
      );
    const { reader, socket } = await client(await served(site));
    await until(() => reader.heard.length === 1);
    socket.destroy();
    await until(() => times['finally'] !== undefined);
    expect((times['finally'] as number) - (times['left'] as number)).toBeLessThan(10);
  });

  test('a generator that is at rest is ended, without a signal', async () => {
    const ended: string[] = [];
    const events = (async function* () {
      try {
        for (;;) {
          yield 'x'.repeat(100_000);
        }
      } finally {
        ended.push('finally');
      }
    })();
    const { socket } = await client(await served(app(events)));
    await once(socket, 'data');
    socket.destroy();
    await until(() => ended.length === 1);
  });

  test('whoever sends hears of it, and nothing is thrown at him', async () => {
    const said: unknown[] = [];
    const errors: unknown[] = [];
    const source: EventsSource = async (stream) => {
      said.push(await stream.send('one'));
      await stream.closed;
      said.push(stream.signal.aborted, await stream.send('two'));
    };
    const { reader, socket } = await client(await served(app(source, {}, errors)));
    await until(() => reader.heard.length === 1);
    socket.resetAndDestroy();
    await until(() => said.length === 3);
    expect(said).toEqual([true, true, false]);
    expect(errors).toEqual([]);
  });

  test('a source that fails while it is ended disturbs nobody', async () => {
    const errors: unknown[] = [];
    const source: EventsSource = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          throw new Error('cannot end');
        },
      }),
    };
    const server = await served(app(source, {}, errors));
    const { socket, received } = await client(server);
    await until(() => received() !== '');
    socket.destroy();
    await until(() => server.server.stats().connections === 0);
    expect(errors).toEqual([]);
  });
});

describe('a client that keeps up, or does not', () => {
  test('is asked for one event at a time, and for no more than it takes', async () => {
    let given = 0;
    const { socket } = await client(
      await served(
        app(async function* () {
          for (; given < 1000; given++) yield 'x'.repeat(100_000);
        }),
      ),
    );
    socket.pause();
    for (let turn = 0; turn < 300; turn++) await new Promise(setImmediate);
    const before = given;
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(before).toBeLessThan(1000);
    expect(given).toBeLessThan(before + 3);
  });

  test('an event is sent when it has been taken, for whoever awaits it', async () => {
    const sent: number[] = [];
    const { reader } = await client(
      await served(
        app(async (stream) => {
          for (let at = 0; at < 3; at++) {
            await stream.send(String(at));
            sent.push(at);
          }
        }),
      ),
    );
    await until(() => reader.heard.length === 3);
    expect(sent).toEqual([0, 1, 2]);
  });

  test('of events that nobody awaits no more than so much is kept', async () => {
    const sent: boolean[] = [];
    let stream: EventStream | undefined;
    const server = await served(
      app(
        (one) => {
          stream = one;
          return one.closed;
        },
        { maxBufferedBytes: 100_000 },
      ),
    );
    const { socket } = await client(server);
    await until(() => stream !== undefined);
    socket.pause();
    while (!stream?.signal.aborted) {
      void stream?.send('x'.repeat(20_000)).then((isTaken) => sent.push(isTaken));
      await new Promise(setImmediate);
    }
    expect(sent.filter((isTaken) => !isTaken).length).toBeGreaterThan(4);
    socket.resume();
    // It ends well, so that the client comes back.
    await until(() => server.server.stats().inFlight === 0);
  });
});

describe('silence', () => {
  const waiting: EventsSource = ({ closed }) => closed;

  test('is broken by a comment now and then, and by nothing else', async () => {
    const clock = fakeClock();
    const { reader, socket } = await client(await served(app(waiting, { clock })));
    await until(() => clock.pending === 1);
    await clock.advance(14_999);
    expect(reader.comments).toBe(0);
    await clock.advance(1);
    await until(() => reader.comments === 1 && clock.pending === 1);
    await clock.advance(15_000);
    await until(() => reader.comments === 2);
    expect(reader.heard).toEqual([]);
    socket.destroy();
    await until(() => clock.pending === 0);
  });

  test('begins anew with each event', async () => {
    const clock = fakeClock();
    let stream: EventStream | undefined;
    const source: EventsSource = (one) => {
      stream = one;
      return one.closed;
    };
    const { reader, socket } = await client(await served(app(source, { clock })));
    await until(() => clock.pending === 1);
    await clock.advance(10_000);
    await stream?.send('a');
    await until(() => reader.heard.length === 1 && clock.nextInMs === 15_000);
    await clock.advance(14_999);
    expect(reader.comments).toBe(0);
    socket.destroy();
    await until(() => clock.pending === 0);
  });

  test('is left alone where that is asked for', async () => {
    const clock: FakeClock = fakeClock();
    const { received } = await client(await served(app(waiting, { clock, keepAliveMs: 0 })));
    await until(() => received() !== '');
    expect(clock.pending).toBe(0);
  });

  test('is not broken for a client that does not read', async () => {
    const clock = fakeClock();
    const big = 'x'.repeat(5_000_000);
    const { socket } = await client(
      await served(
        app(
          async (stream) => {
            for (let at = 0; at < 4; at++) await stream.send(big);
            await stream.closed;
          },
          { clock },
        ),
      ),
    );
    socket.pause();
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(clock.pending).toBe(0);
  });
});

describe('a source that fails', () => {
  test.each<[string, EventsSource]>([
    [
      'a function that throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['a function that rejects', () => Promise.reject(new Error('secret'))],
    [
      'a generator that throws',
      // oxlint-disable-next-line require-yield -- it fails before
      async function* () {
        throw new Error('secret');
      },
    ],
    [
      'an iterator that throws',
      {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw new Error('secret');
          },
        }),
      },
    ],
  ])('%s breaks the answer off, and is told to the app alone', async (_, source) => {
    const errors: unknown[] = [];
    const { socket, received } = await client(await served(app(source, {}, errors)));
    await once(socket, 'close');
    expect(received()).not.toContain('secret');
    expect(received()).not.toContain('\r\n0\r\n\r\n');
    expect(errors).toEqual([new Error('secret')]);
  });

  test('after some events leaves those with the client', async () => {
    const errors: unknown[] = [];
    const { reader, socket } = await client(
      await served(
        app(
          async function* () {
            yield 'one';
            throw new Error('secret');
          },
          {},
          errors,
        ),
      ),
    );
    await once(socket, 'close');
    expect(reader.heard.map(({ data }) => data)).toEqual(['one']);
    expect(errors).toHaveLength(1);
  });

  test('an event that cannot be sent ends the source', async () => {
    const errors: unknown[] = [];
    const ended: string[] = [];
    const { socket } = await client(
      await served(
        app(
          async function* () {
            try {
              yield { id: 'a\nb', data: '' };
            } finally {
              ended.push('finally');
            }
          },
          {},
          errors,
        ),
      ),
    );
    await once(socket, 'close');
    expect(String(errors[0])).toContain('`id`');
    expect(ended).toEqual(['finally']);
  });

  test('to send what cannot be sent is told to the sender', async () => {
    const thrown: unknown[] = [];
    const answer = await app(async (stream) => {
      try {
        await stream.send({ event: 'a\nb' });
      } catch (error) {
        thrown.push(error);
      }
      await stream.send('fine');
    }).fetch(get());
    expect((await heardOf(answer)).map(({ data }) => data)).toEqual(['fine']);
    expect(thrown).toHaveLength(1);
  });
});

test('the events of requests can be followed', async () => {
  const recorded = httpEvents({ name: 'tea' });
  const site = createApp()
    .use(recorded)
    .get('/tea', () => 'tea')
    .get('/', (ctx) => sse(ctx, ctx.state.httpEvents.sentEvents()));
  const { reader, socket } = await client(await served(site as unknown as App));
  await until(() => recorded.events.recentRequests(1).length === 1);
  const answer = await site.fetch(new Request('http://a/tea'));
  const id = answer.headers.get('fast-api-request-id');
  await until(() => reader.heard.length === 1);
  expect(reader.heard[0]).toMatchObject({ type: 'http-event', lastEventId: id });
  expect(JSON.parse(String(reader.heard[0]?.data))).toMatchObject({ eventId: id });
  socket.destroy();
  await recorded.events.idle();
});
