/** Tests of bodyLimit. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { bodyLimit } from './body-limit.ts';

const app = createApp()
  .use(bodyLimit({ maxBytes: 10 }))
  .post('/text', (ctx) => ctx.body.text())
  .post('/stream', async (ctx) => {
    let size = 0;
    for await (const chunk of ctx.requestBody ?? []) size += chunk.length;
    return size;
  })
  .post('/web', async (ctx) => (await ctx.request.arrayBuffer()).byteLength)
  .post('/unread', () => 'unread')
  .get('/', () => 'no body');

/** A body whose length nobody says. */
function chunked(...texts: readonly string[]): Request {
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = bytes.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  return new Request('http://host/text', { method: 'POST', body, duplex: 'half' } as RequestInit);
}

describe('a length that is known', () => {
  test('is refused before anything is read', async () => {
    let begun = false;
    const counted = createApp()
      .use(bodyLimit({ maxBytes: 10 }))
      .post('/', () => (begun = true));
    await using server = await counted.serve();
    const answer = await new Promise<number>((resolve, reject) => {
      const { port } = server;
      const headers = { 'Content-Length': '1000000' };
      // Not a byte of the body is ever sent.
      const asked = request({ host: '127.0.0.1', port, method: 'POST', headers }, (said) => {
        resolve(said.statusCode ?? 0);
        asked.destroy();
      });
      asked.on('error', reject).flushHeaders();
    });
    expect([answer, begun]).toEqual([413, false]);
  });

  test.each(['/text', '/stream', '/web', '/unread'])('of the limit passes at %s', async (path) => {
    const ask = (body: string) =>
      app.fetch(
        new Request(`http://host${path}`, {
          method: 'POST',
          body,
          headers: { 'Content-Length': String(body.length) },
        }),
      );
    expect((await ask('x'.repeat(10))).status).toBe(200);
    const refused = await ask('x'.repeat(11));
    expect([refused.status, await refused.json()]).toEqual([
      413,
      expect.objectContaining({ code: 'CONTENT_TOO_LARGE' }),
    ]);
  });
});

describe('a length that nobody says', () => {
  test.each(['/text', '/stream', '/web'])('is refused in the middle at %s', async (path) => {
    const to = (whole: Request) => app.fetch(new Request(`http://host${path}`, whole));
    expect((await to(chunked('12345', '67890'))).status).toBe(200);
    expect((await to(chunked('12345', '67890', '1'))).status).toBe(413);
  });

  test('is refused over a connection as well', async () => {
    await using server = await app.serve();
    const ask = async (...texts: string[]) =>
      (
        await fetch(`${server.url}/text`, {
          method: 'POST',
          body: chunked(...texts).body,
          duplex: 'half',
        } as RequestInit)
      ).status;
    expect([await ask('12345', '67890'), await ask('1234567890', '1')]).toEqual([200, 413]);
  });
});

test('lets readers take more than they would without it', async () => {
  const large = createApp()
    .use(bodyLimit({ maxBytes: 2 * 1024 * 1024 }))
    .post('/', async (ctx) => (await ctx.body.text()).length);
  const body = 'x'.repeat(2 * 1024 * 1024);
  expect(
    await (await large.fetch(new Request('http://host/', { method: 'POST', body }))).json(),
  ).toBe(body.length);
});

test('leaves requests without a body alone, and refuses options that are none', async () => {
  expect((await app.fetch(new Request('http://host/'))).status).toBe(200);
  expect(() => bodyLimit({ maxBytes: -1 })).toThrow('`maxBytes`');
  expect(() => bodyLimit({ maxSize: 1 } as never)).toThrow('`maxSize`');
});
