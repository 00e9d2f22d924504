/** What an app with the whole stack of the seed does under load: many clients at once, slow ones, and many requests one after the other. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { connectMany, gone, taken } from '../wire-memory/clients.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { startLoaded } from './loaded.ts';

const KB = 1024;
const MB = 1024 * KB;
const LEAST = 5000;
const KEY = 'X-API-Key: a key for the load\r\n';
const ORIGIN = 'Origin: https://app.example\r\n';

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`;
const inMb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;
const get = (path: string, lines = KEY + ORIGIN): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;

function print(line: string): void {
  process.stdout.write(`http load: ${line}\n`);
}

/** How many connections the machine allows a process, of those that are wanted. */
function allowed(wanted: number): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const most = stdout.trim() === 'unlimited' ? Infinity : Number(stdout);
  const count = Math.min(wanted, most - 500);
  if (count < wanted) print(`only ${count} of ${wanted} connections, as ${most} files are allowed`);
  expect(count).toBeGreaterThanOrEqual(Math.min(wanted, LEAST));
  return count;
}

/** Reads the answer of one client, and looks at all of it. */
async function checkItem(client: KeepAliveClient, id: number, ids: Set<string>): Promise<void> {
  const { status, head, body } = await client.answer();
  const { id: got, requestId } = JSON.parse(body) as { id: string; requestId: string };
  expect([status, got]).toEqual([200, String(id)]);
  expect(head).toContain(`fast-api-request-id: ${requestId}\r\n`);
  expect(head).toContain('Access-Control-Allow-Origin: https://app.example\r\n');
  ids.add(requestId);
}

test('10,000 connections at once', { timeout: 60_000 }, async () => {
  const count = allowed(10_000);
  const server = await startLoaded();
  const warm = (await connectMany(server.port, 100)).map((socket) => new KeepAliveClient(socket));
  for (const client of warm) {
    for (let time = 0; time < 20; time++) await client.send(get('/items/1')).answer();
    client.socket.end();
    await gone(client.socket);
  }
  const before = await server.tell('measure');
  const fromMs = performance.now();
  const sockets = await connectMany(server.port, count);
  const clients = sockets.map((socket) => new KeepAliveClient(socket));
  const ids = new Set<string>();

  // All of them wait for their answers at the same time.
  for (const [id, client] of clients.entries()) client.send(get(`/held/${id}`));
  let during = await server.tell('count');
  while (during.inFlight < count) during = await server.tell('count');
  during = await server.tell('measure');
  expect(during).toMatchObject({ connections: count, inFlight: count });
  await server.tell('release');
  await Promise.all(clients.map((client, id) => checkItem(client, id, ids)));
  const idle = await server.tell('measure');

  // The same connections again, with two requests each, one behind the other: the second without a key.
  for (const [id, client] of clients.entries()) {
    client.send(get(`/items/${id}`) + get(`/items/${id}`, ORIGIN));
  }
  await Promise.all(
    clients.map(async (client, id) => {
      await checkItem(client, id, ids);
      const refused = await client.answer();
      expect([refused.status, JSON.parse(refused.body)]).toMatchObject([
        401,
        { error: 'API_KEY_MISSING' },
      ]);
      expect(refused.head).toContain('Access-Control-Allow-Origin: https://app.example\r\n');
    }),
  );
  expect(ids.size).toBe(count * 2);
  const tookMs = performance.now() - fromMs;
  const perIdle = (idle.rssBytes - before.rssBytes) / count;
  const perHeld = (during.rssBytes - before.rssBytes) / count;
  print(
    `${count} connections need ${inKb(perIdle)} each when idle (${inKb((idle.heapBytes - before.heapBytes) / count)} of heap), ` +
      `${inKb(perHeld)} with a request under way (${inKb((during.heapBytes - before.heapBytes) / count)} of heap), ${inMb(idle.rssBytes)} in all; ` +
      `${count * 3} answers in ${(tookMs / 1000).toFixed(1)} s`,
  );
  expect(perIdle).toBeLessThan(60 * KB);
  expect(perHeld).toBeLessThan(60 * KB);
  expect(tookMs).toBeLessThan(50_000);

  for (const socket of sockets) socket.destroy();
  let left = await server.tell('measure');
  while (left.connections > 0) left = await server.tell('measure');
  print(`${inMb(left.heapBytes - before.heapBytes)} more of heap than before when they have left`);
  expect(left).toMatchObject({ inFlight: 0, events: 50 });
  expect(left.heapBytes - before.heapBytes).toBeLessThan(6 * MB);
});

test('1,000 slow clients, beside others who are not', { timeout: 60_000 }, async () => {
  const server = await startLoaded();
  const [honest] = (await connectMany(server.port, 1)).map((socket) => new KeepAliveClient(socket));
  const ids = new Set<string>();
  const ask = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      if (honest) await checkItem(honest.send(get(`/items/${time}`)), time, ids);
    }
  };
  await ask(50);
  const before = await server.tell('measure');

  // Slow to ask: their heads and bodies come in pieces.
  const askers = (await connectMany(server.port, allowed(500))).map(
    (socket) => new KeepAliveClient(socket),
  );
  const pieces = [
    'POST /sum HTTP/1.1\r\nHo',
    `st: a\r\n${KEY}Content-Type: application/json\r\nContent-Length: 9\r\n`,
    '\r\n[1,',
    '20,3',
    '0]',
  ];
  for (const [at, piece] of pieces.entries()) {
    for (const client of askers) client.send(piece);
    await ask(10);
    const { inFlight } = await server.tell('count');
    if (at < 2) expect(inFlight).toBe(0);
  }
  const sums = await Promise.all(askers.map((client) => client.answer()));
  expect(sums.map(({ status, body }) => [status, body])).toEqual(
    sums.map(() => [200, '{"sum":51}']),
  );

  // Slow to take: none of them reads what it has asked for.
  const takers = await connectMany(server.port, allowed(500));
  for (const socket of takers) socket.pause().write(get('/large'));
  let during = await server.tell('measure');
  while (during.inFlight < takers.length) during = await server.tell('measure');
  await ask(100);
  during = await server.tell('measure');
  print(
    `${takers.length} clients that take nothing of 16 MB: ${inMb(during.rssBytes - before.rssBytes)} more in all`,
  );
  expect(during.inFlight).toBe(takers.length);
  expect(during.rssBytes - before.rssBytes).toBeLessThan(150 * MB);
  await Promise.all(takers.slice(0, 5).map((socket) => taken(socket, 16 * MB)));
  for (const socket of takers) socket.destroy();
  while (during.inFlight > 0) during = await server.tell('count');
  await ask(10);
  expect(during.clientsLeft).toBeGreaterThanOrEqual(takers.length - 5);
});

test('100,000 requests', { timeout: 60_000 }, async () => {
  const server = await startLoaded();
  const clients = (await connectMany(server.port, 50)).map((socket) => new KeepAliveClient(socket));
  const body = '[1,2,3]';
  const batch = [
    get('/items/7'),
    `POST /sum HTTP/1.1\r\nHost: a\r\n${KEY}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    get('/nothing'),
    get('/fails'),
    get('/items/7', ''),
    `POST /sum HTTP/1.1\r\nHost: a\r\n${KEY}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`,
    get('/items/8'),
    get('/%00'),
    get('/config/status', ORIGIN),
    `OPTIONS /items/7 HTTP/1.1\r\nHost: a\r\n${ORIGIN}Access-Control-Request-Method: GET\r\n\r\n`,
  ];
  const statuses = [200, 200, 404, 500, 401, 400, 200, 400, 200, 204];
  const run = async (rounds: number): Promise<void> => {
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < rounds; round++) {
          client.send(batch.join(''));
          for (const status of statuses) {
            const answer = await client.answer();
            if (answer.status !== status) expect(answer).toMatchObject({ status });
          }
        }
      }),
    );
  };
  await run(40);
  const before = await server.tell('measure');
  const fromMs = performance.now();
  await run(200);
  const tookMs = performance.now() - fromMs;
  const after = await server.tell('measure');
  const growth = after.heapBytes - before.heapBytes;
  print(
    `100,000 requests in ${(tookMs / 1000).toFixed(1)} s: ${inMb(growth)} more of heap, ${inMb(after.rssBytes - before.rssBytes)} more in all`,
  );
  expect(after.requests - before.requests).toBe(100_000);
  expect(growth).toBeLessThan(3 * MB);
  expect(after).toMatchObject({ connections: 50, inFlight: 0, events: 50 });
  const left = await server.tell('close');
  expect(left).toMatchObject({ connections: 0, inFlight: 0 });
});
