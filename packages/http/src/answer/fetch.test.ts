/** Tests of how requests of the web begin, end and are given up. */
import { ClientLeftError } from '@interpose/wire';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';

/** An app that notes what it is told of its one request. */
function makeApp(answer: (ctx: HttpContext) => unknown) {
  const said: string[] = [];
  let seen: HttpContext | undefined;
  const app = createApp().get('/', (ctx) => {
    seen = ctx;
    ctx.onSettled(() => said.push(`settled, ${ctx.sentBytes} bytes, left ${ctx.clientLeft}`));
    ctx.onClientLeft(() => said.push('left'));
    return answer(ctx) as object;
  });
  const ask = (init?: RequestInit): Promise<Response> =>
    app.fetch(new Request('http://host/', init));
  return { said, ask, ctx: () => seen as HttpContext };
}

const bytes = (count: number): Uint8Array => new Uint8Array(count);

describe('an answer of the web', () => {
  test.each([
    ['text', () => 'tëxt', 5],
    ['bytes', () => bytes(3), 3],
    ['nothing', () => null, 0],
  ])('that is %s is settled once whoever asked has it', async (_, answer, size) => {
    const { said, ask } = makeApp(answer);
    await (await ask()).arrayBuffer();
    expect(said).toEqual([`settled, ${size} bytes, left false`]);
  });

  test('that is a stream is settled when it has been read', async () => {
    const { said, ask } = makeApp(async function* () {
      yield bytes(3);
      yield bytes(4);
    });
    const answer = await ask();
    expect(said).toEqual([]);
    await answer.arrayBuffer();
    expect(said).toEqual(['settled, 7 bytes, left false']);
  });

  test('that is a stream which fails is settled, and nobody has left', async () => {
    const { said, ask } = makeApp(async function* () {
      yield bytes(3);
      throw new Error('broken');
    });
    await expect((await ask()).arrayBuffer()).rejects.toThrow('broken');
    expect(said).toEqual(['settled, 3 bytes, left false']);
  });

  test('that is given up is a client that has left, and its source ends', async () => {
    let ended = false;
    const { said, ask, ctx } = makeApp(async function* () {
      try {
        for (;;) yield bytes(3);
      } finally {
        ended = true;
      }
    });
    const reader = ((await ask()).body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const { signal } = ctx();
    expect(signal.aborted).toBe(false);
    await reader.cancel();
    expect([signal.aborted, ended]).toEqual([true, true]);
    expect(signal.reason).toBeInstanceOf(ClientLeftError);
    expect(said).toEqual(['settled, 3 bytes, left true', 'left']);
  });

  test('to a request that has been aborted is a 499, and a source that nobody reads ends', async () => {
    let ended = false;
    const { ask } = makeApp(() => new ReadableStream({ cancel: () => void (ended = true) }));
    const answer = await ask({ method: 'HEAD' });
    expect([answer.status, ended]).toEqual([200, true]);
    const waiting = makeApp(
      (ctx) => new Promise((_, reject) => ctx.onClientLeft(() => reject(new ClientLeftError()))),
    );
    const abort = new AbortController();
    const asked = waiting.ask({ signal: abort.signal });
    abort.abort();
    expect((await asked).status).toBe(499);
    expect(waiting.said).toEqual(['settled, 0 bytes, left true', 'left']);
  });
});
