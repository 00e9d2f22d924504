/** Tests of validation over connections: clients that leave, send nothing, send in pieces, or speak an old version. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from './app.ts';
import { bearerAuth } from './middleware/bearer-auth.ts';
import { startTestServer } from './testing.ts';

const Note = z.object({ text: z.string() });
const JSON_HEAD = 'Content-Type: application/json\r\n';

async function served(onError: (error: unknown) => void = () => {}) {
  let handled = 0;
  const app = createApp({ onError })
    .post('/notes', { body: Note }, ({ valid }) => {
      handled++;
      return valid.body.text;
    })
    .post('/perhaps', { body: Note.optional() }, ({ valid }) => valid.body ?? 'nothing')
    .get('/items', { query: z.object({ page: z.string() }) }, ({ valid }) => valid.query.page);
  const server = await startTestServer(app);
  const open = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  return { server, open, handled: () => handled };
}

test('a client that leaves in the middle of its body reaches no handler, and is no error of ours', async () => {
  const errors: unknown[] = [];
  const { server, open, handled } = await served((error) => errors.push(error));
  await using _ = server;
  const socket = await open();
  socket.write(
    `POST /notes HTTP/1.1\r\nHost: a\r\n${JSON_HEAD}Content-Length: 100\r\n\r\n{"text":`,
  );
  // Another request has been answered by then, so the first one is under way.
  await server.get('/items?page=1');
  socket.resetAndDestroy();
  expect((await server.post('/notes', { text: 'x' })).status).toBe(200);
  expect([handled(), errors]).toEqual([1, []]);
});

test('a body in pieces is put together before it is checked', async () => {
  const { server, open } = await served();
  await using _ = server;
  const socket = await open();
  const answer = text(socket);
  socket.write(
    `POST /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`,
  );
  for (const piece of ['{"te', 'xt":', '"whole"}']) {
    socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  }
  socket.end('0\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nwhole$/);
});

test('no body is none, however it is said', async () => {
  const { server, open } = await served();
  await using _ = server;
  for (const head of ['', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n']) {
    for (const [path, status] of [
      ['/perhaps', 200],
      ['/notes', 422],
    ] as const) {
      const socket = await open();
      const answer = text(socket);
      const end = head.startsWith('T') ? '0\r\n\r\n' : '';
      socket.end(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${JSON_HEAD}${head}\r\n${end}`,
      );
      expect([head, path, (await answer).slice(9, 12)]).toEqual([head, path, String(status)]);
    }
  }
});

test('HTTP/1.0 and HEAD are checked as well', async () => {
  const { server, open } = await served();
  await using _ = server;
  const socket = await open();
  const answer = text(socket);
  socket.end('GET /items?page=7 HTTP/1.0\r\n\r\n');
  expect(await answer).toMatch(/\r\n\r\n7$/);
  const head = await fetch(server.url('/items'), { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([422, '']);
});

test('after a body that was not taken the next request is answered', async () => {
  const { server } = await served();
  await using _ = server;
  const plain = await fetch(server.url('/notes'), { method: 'POST', body: 'x'.repeat(100_000) });
  expect(plain.status).toBe(415);
  const packed = await fetch(server.url('/notes'), {
    method: 'POST',
    body: gzipSync('{"text":"x"}'),
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
  });
  expect(packed.status).toBe(415);
  expect((await server.post('/notes', { text: 'x' })).status).toBe(200);
});

test('what middleware adds to the context is there beside what is valid', async () => {
  const app = createApp()
    .use(bearerAuth({ tokens: { ci: 'a-long-random-token' } }))
    .post('/', { body: Note }, ({ valid, principal }) => `${principal}: ${valid.body.text}`);
  await using server = await startTestServer(app);
  const headers = { Authorization: 'Bearer a-long-random-token' };
  expect(await (await server.post('/', { text: 'hello' }, { headers })).text()).toBe('ci: hello');
  expect((await server.post('/', { text: 5 }, { headers })).status).toBe(422);
  expect((await server.post('/', { text: 5 })).status).toBe(401);
});

test('requests at the same time do not see what is valid for others', async () => {
  const app = createApp().post(
    '/',
    { body: Note, query: z.object({ ms: z.coerce.number() }) },
    async ({ valid }) => {
      for (let turn = 0; turn < valid.query.ms; turn++) await Promise.resolve();
      return valid.body.text;
    },
  );
  await using server = await startTestServer(app);
  const all = Array.from({ length: 50 }, async (_, index) => {
    const answer = await server.post(`/?ms=${(50 - index) % 7}`, { text: `note ${index}` });
    return answer.text();
  });
  expect(await Promise.all(all)).toEqual(all.map((_, index) => `note ${index}`));
});
