/** Tests of detectDisconnect, most of them on a real socket. */
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { detectDisconnect } from './detect-disconnect.ts';

/** A promise, with what settles it. */
function gate<T = void>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

/** Sends a GET, and resolves when the answer contains `text`. */
async function getUntil(port: number, path: string, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let got = '';
  if (text === '') return socket;
  await new Promise<void>((resolve) =>
    socket.on('data', (chunk) => {
      got += chunk.toString();
      if (got.includes(text)) resolve();
    }),
  );
  return socket;
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('detectDisconnect', () => {
  test('F-10 the flag is false at first, and true as soon as the client is gone, though nobody reads', async () => {
    const begun = gate();
    const left = gate();
    const seen: unknown[] = [];
    const app = createApp()
      .use(detectDisconnect())
      .get('/', async (ctx) => {
        seen.push(ctx.state.isDisconnected, ctx.signal.aborted);
        begun.open();
        await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()));
        // The flag is not what the signal says, but what has been set: nobody has asked for it since.
        seen.push(ctx.state.isDisconnected, ctx.signal.aborted);
        left.open();
        return '';
      });
    await using server = await app.serve();
    const socket = await getUntil(server.port, '/', '');
    await begun.opened;
    socket.destroy();
    await left.opened;
    expect(seen).toEqual([false, false, true, true]);
  });

  test('F-11 an endless stream ends, and its finally runs, when the client leaves after the second item', async ({
    annotate,
  }) => {
    const ended = gate<number>();
    const app = createApp()
      .use(detectDisconnect())
      .get('/', async function* (ctx): AsyncGenerator<Uint8Array> {
        let item = 0;
        try {
          while (!ctx.state.isDisconnected) {
            yield new TextEncoder().encode(`item ${++item}.`);
            await aTurn();
          }
        } finally {
          ended.open(performance.now());
        }
      });
    await using server = await app.serve();
    const socket = await getUntil(server.port, '/', 'item 2.');
    const leftAt = performance.now();
    socket.destroy();
    const tookMs = (await ended.opened) - leftAt;
    await annotate(`the stream ended ${tookMs.toFixed(2)} ms after the client had left`);
    expect(tookMs).toBeLessThan(200);
  });

  test('F-11 a stream that waits for something is told by the signal', async ({ annotate }) => {
    const ended = gate<number>();
    const app = createApp()
      .use(detectDisconnect())
      .get('/', async function* (ctx): AsyncGenerator<Uint8Array> {
        try {
          yield new TextEncoder().encode('item 1.');
          await new Promise<void>((resolve) =>
            ctx.signal.addEventListener('abort', () => resolve()),
          );
        } finally {
          ended.open(performance.now());
        }
      });
    await using server = await app.serve();
    const socket = await getUntil(server.port, '/', 'item 1.');
    const leftAt = performance.now();
    socket.destroy();
    const tookMs = (await ended.opened) - leftAt;
    await annotate(`the stream ended ${tookMs.toFixed(2)} ms after the client had left`);
    expect(tookMs).toBeLessThan(200);
  });

  test('F-12 an answer that was complete does not set the flag, whatever the client does then', async () => {
    let state: { readonly isDisconnected: boolean } | undefined;
    let signal: AbortSignal | undefined;
    const app = createApp()
      .use(detectDisconnect())
      .get('/', (ctx) => {
        state = ctx.state;
        signal = ctx.signal;
        return 'all of it';
      });
    await using server = await app.serve();
    const socket = await getUntil(server.port, '/', 'all of it');
    socket.destroy();
    while (server.server.stats().connections > 0) await aTurn();
    expect([state?.isDisconnected, signal?.aborted]).toEqual([false, false]);
  });

  test('F-12 nor does an abort after the answer of a fetch has been read', async () => {
    let state: { readonly isDisconnected: boolean } | undefined;
    const app = createApp()
      .use(detectDisconnect())
      .get('/', (ctx) => {
        state = ctx.state;
        return 'all of it';
      });
    const abort = new AbortController();
    const answer = await app.fetch(new Request('http://host/', { signal: abort.signal }));
    expect(await answer.text()).toBe('all of it');
    abort.abort();
    expect(state).toEqual({ isDisconnected: false });
  });

  test('F-10 a fetch that is aborted, or whose body is given up, is a client that has left', async () => {
    const states: { readonly isDisconnected: boolean }[] = [];
    const app = createApp()
      .use(detectDisconnect())
      .get('/', (ctx) => {
        states.push(ctx.state);
        return new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1)) });
      });
    const abort = new AbortController();
    const [one, other] = [
      await app.fetch(new Request('http://host/', { signal: abort.signal })),
      await app.fetch(new Request('http://host/')),
    ];
    expect(states).toEqual([{ isDisconnected: false }, { isDisconnected: false }]);
    abort.abort();
    await other.body?.cancel();
    expect(states).toEqual([{ isDisconnected: true }, { isDisconnected: true }]);
    await one.body?.cancel();
  });

  test('F-13 with skipAbandoned a request whose client has left goes no further; else it does', async () => {
    const ran: string[] = [];
    for (const skipAbandoned of [true, false]) {
      const app = createApp()
        .use(detectDisconnect({ skipAbandoned }))
        .get('/', () => {
          ran.push(`handler, skip ${skipAbandoned}`);
          return '';
        });
      const answer = await app.fetch(new Request('http://host/', { signal: AbortSignal.abort() }));
      expect(answer.status).toBe(skipAbandoned ? 499 : 200);
    }
    expect(ran).toEqual(['handler, skip false']);
  });

  test('F-13 it can stand again behind what takes its time', async () => {
    const abort = new AbortController();
    const ran: string[] = [];
    const app = createApp()
      .use(detectDisconnect())
      .use(async function queue(ctx, next) {
        await Promise.resolve();
        abort.abort();
        return next(ctx);
      })
      .use(detectDisconnect({ skipAbandoned: true }))
      .get('/', () => {
        ran.push('handler');
        return '';
      });
    const answer = await app.fetch(new Request('http://host/', { signal: abort.signal }));
    expect([answer.status, ran]).toEqual([499, []]);
  });

  test('refuses options that are none', () => {
    expect(() => detectDisconnect({ skipAbandoned: 1 } as object)).toThrow('`skipAbandoned`');
    expect(() => detectDisconnect({ skip: true } as object)).toThrow('Unknown option `skip`');
  });
});
