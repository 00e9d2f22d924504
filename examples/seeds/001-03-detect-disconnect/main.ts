/** A client that leaves is noticed at once: the flag is set, the signal aborts, and an endless stream ends. */
import { pathToFileURL } from 'node:url';
import { createApp } from '@interpose/http';
import { detectDisconnect } from '@interpose/http/middleware/detect-disconnect';
import { startTestServer, type Testable } from '@interpose/http/testing';

const encoder = new TextEncoder();

/** An app with an endless stream, which tells how its flag stands, and that it has ended. */
export function makeApp(note: (line: string) => void, ended: () => void): Testable {
  return createApp()
    .use(detectDisconnect())
    .get('/ticks', async function* (ctx): AsyncGenerator<Uint8Array> {
      note(`at first: ${ctx.state.isDisconnected}`);
      try {
        for (let tick = 1; !ctx.state.isDisconnected; tick++) {
          yield encoder.encode(`tick ${tick}.`);
          // Stands for whatever the next item has to wait for.
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      } finally {
        note(`at the end: ${ctx.state.isDisconnected}, aborted: ${ctx.signal.aborted}`);
        ended();
      }
    })
    .get('/once', (ctx) => {
      ctx.onSettled(() => {
        note(`after a whole answer: ${ctx.state.isDisconnected}`);
        ended();
      });
      return 'all of it';
    });
}

/** Reads until the second item is there, and leaves. */
export async function leaveAfterTwo(url: string): Promise<void> {
  const abort = new AbortController();
  const answer = await fetch(url, { signal: abort.signal });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!text.includes('tick 2.')) text += new TextDecoder().decode((await reader.read()).value);
  abort.abort();
}

/** One client that leaves, and one that stays. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const path of ['/ticks', '/once']) {
    let tell = (): void => {};
    const ended = new Promise<void>((resolve) => (tell = resolve));
    await using server = await startTestServer(makeApp(print, () => tell()));
    if (path === '/ticks') await leaveAfterTwo(server.url(path));
    else await (await server.get(path)).text();
    await ended;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
