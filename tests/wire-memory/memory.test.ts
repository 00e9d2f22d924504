/** What a server needs for many clients, good and bad: measured in a process of its own, bounded, and given back. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectMany, connectOne, get, gone, taken, takenInAll } from './clients.ts';
import { startMeasured } from './measured.ts';

const KB = 1024;
const MB = 1024 * KB;
/** How large the answer to `get('/')` is, with its head. */
const HELLO_BYTES = 150;

const inMb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

function print(line: string): void {
  process.stdout.write(`wire memory: ${line}\n`);
}

/** How many connections the machine allows a process, of those that are wanted. */
function allowed(wanted: number): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const most = stdout.trim() === 'unlimited' ? Infinity : Number(stdout);
  const count = Math.min(wanted, most - 500);
  if (count < wanted) print(`only ${count} of ${wanted} connections, as ${most} files are allowed`);
  return count;
}

/** Sends requests one by one, and waits for the first byte of each answer. */
async function ask(socket: Socket, times: number, request = get('/')): Promise<void> {
  for (let time = 0; time < times; time++) {
    socket.write(request);
    await taken(socket, HELLO_BYTES);
  }
}

test('10,000 idle connections', { timeout: 60_000 }, async () => {
  const count = allowed(10_000);
  const server = await startMeasured();
  for (const socket of await connectMany(server.port, 200)) {
    await ask(socket, 5);
    socket.end();
    await gone(socket);
  }
  const before = await server.measure();
  const sockets = await connectMany(server.port, count);
  for (let at = 0; at < count; at += 500) {
    await Promise.all(sockets.slice(at, at + 500).map((socket) => ask(socket, 1)));
  }
  const after = await server.measure();
  const rss = (after.rssBytes - before.rssBytes) / count;
  const heap = (after.heapBytes - before.heapBytes) / count;
  print(
    `${count} idle connections need ${(rss / KB).toFixed(1)} KB each (${(heap / KB).toFixed(1)} KB of heap), ${inMb(after.rssBytes)} in all`,
  );
  expect(after.stats).toMatchObject({ connections: count, inFlight: 0 });
  expect(after.timers).toBe(1);
  expect(after.mostListeners).toBeLessThanOrEqual(12);
  expect(rss).toBeLessThan(40 * KB);
  for (const socket of sockets) socket.destroy();
  let left = after;
  while (left.stats.connections > 0) left = await server.measure();
  print(`${inMb(left.heapBytes - before.heapBytes)} more of heap than before when they have left`);
  expect(left.heapBytes - before.heapBytes).toBeLessThan(5 * MB);
  expect((await server.close()).timers).toBe(0);
});

test('1,000 slow readers of 10 MB', { timeout: 60_000 }, async () => {
  const server = await startMeasured();
  await ask(await connectOne(server.port), 10);
  const before = await server.measure();
  const sockets = await connectMany(server.port, allowed(1000));
  for (const socket of sockets) socket.pause().write(get('/large'));
  let most = before.rssBytes;
  for (let round = 0; round < 4; round++) {
    await Promise.all(sockets.map((socket) => taken(socket, 32 * KB)));
    const now = await server.measure();
    most = Math.max(most, now.rssBytes);
    expect(now.stats).toMatchObject({ inFlight: sockets.length });
  }
  const during = await server.measure();
  print(
    `${sockets.length} slow readers of 10 MB: at most ${inMb(most)} in all, ${inMb(during.externalBytes - before.externalBytes)} of buffers`,
  );
  expect(most).toBeLessThan(300 * MB);
  // Whoever reads on gets all of it, beside those that do not.
  await Promise.all(sockets.slice(0, 5).map((socket) => takenInAll(socket, 10 * MB)));
  for (const socket of sockets) socket.destroy();
  let left = during;
  while (left.stats.connections > 1) left = await server.measure();
  expect(left.stats).toMatchObject({ inFlight: 0 });
  expect(left.externalBytes - before.externalBytes).toBeLessThan(5 * MB);
  await server.close();
});

test('100,000 requests', { timeout: 60_000 }, async () => {
  const server = await startMeasured({ maxRequestsPerConnection: 1_000_000 });
  const sockets = await connectMany(server.port, 50);
  const run = async (rounds: number): Promise<void> => {
    const requests = `${get('/')}POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`;
    const batch = requests.repeat(10);
    await Promise.all(
      sockets.map(async (socket) => {
        for (let round = 0; round < rounds; round++) {
          socket.write(batch);
          await taken(socket, 20 * 140);
        }
      }),
    );
  };
  await run(20);
  const before = await server.measure();
  await run(100);
  const after = await server.measure();
  const growth = after.heapBytes - before.heapBytes;
  print(
    `100,000 requests: ${inMb(growth)} more of heap, ${inMb(after.rssBytes - before.rssBytes)} more in all`,
  );
  expect(after.stats.requests - before.stats.requests).toBeGreaterThanOrEqual(99_000);
  expect(growth).toBeLessThan(3 * MB);
  expect(after.mostListeners).toBe(before.mostListeners);
  expect([before.timers, after.timers]).toEqual([1, 1]);
  const left = await server.close();
  expect(left.stats).toMatchObject({ connections: 0, inFlight: 0 });
  expect([left.timers, left.mostListeners]).toEqual([0, 0]);
});

test('6,000 clients that leave, at every stage', { timeout: 60_000 }, async () => {
  const server = await startMeasured();
  const leave = async (times: number): Promise<void> => {
    const stages = [
      '',
      'GET / HT',
      get('/never'),
      get('/large'),
      'POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nsome',
      'POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nsome',
      get('/never') + get('/'),
      `${get('/')}GARBAGE`,
    ];
    for (let time = 0; time < times; time += 400) {
      await Promise.all(
        Array.from({ length: 400 }, async (_, index) => {
          const socket = await connectOne(server.port);
          const request = stages[index % stages.length] as string;
          if (request) await new Promise<void>((done) => socket.write(request, () => done()));
          if (index % 3 === 0) socket.resetAndDestroy();
          else socket.destroy();
          await gone(socket);
        }),
      );
    }
    while ((await server.measure()).stats.connections > 0);
  };
  await leave(2000);
  const before = await server.measure();
  await leave(4000);
  const after = await server.measure();
  print(
    `4,000 clients that leave: ${inMb(after.heapBytes - before.heapBytes)} more of heap, ${after.stats.clientsLeft} noticed while they were answered`,
  );
  expect(after.heapBytes - before.heapBytes).toBeLessThan(3 * MB);
  expect(after.externalBytes - before.externalBytes).toBeLessThan(3 * MB);
  expect(after.stats).toMatchObject({ connections: 0, inFlight: 0, accepted: 6000 });
  expect(after.timers).toBe(0);
});

test('2,000 clients that never end their heads', { timeout: 60_000 }, async () => {
  const headTimeoutMs = 1500;
  const server = await startMeasured({ headTimeoutMs });
  const honest = await connectOne(server.port);
  await ask(honest, 10);
  const before = await server.measure();
  const fromMs = performance.now();
  const sockets = await connectMany(server.port, 2000);
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nX: ');
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, 100);
  onTestFinished(() => clearInterval(drip));
  const connectedMs = performance.now() - fromMs;
  const during = await server.measure();
  await ask(honest, 1);
  await Promise.all(sockets.map(gone));
  clearInterval(drip);
  const tookMs = performance.now() - fromMs;
  const after = await server.measure();
  print(
    `2,000 endless heads need ${((during.rssBytes - before.rssBytes) / 2000 / KB).toFixed(1)} KB each, and are gone after ${tookMs.toFixed(0)} ms (${headTimeoutMs} ms allowed, ${connectedMs.toFixed(0)} ms to connect)`,
  );
  expect(tookMs).toBeGreaterThanOrEqual(headTimeoutMs);
  expect(tookMs).toBeLessThan(headTimeoutMs + connectedMs + 6000);
  expect(during.rssBytes - before.rssBytes).toBeLessThan(2000 * 40 * KB);
  expect(after.stats).toMatchObject({
    connections: 1,
    inFlight: 0,
    refused: { HEAD_TOO_SLOW: 2000 },
  });
  await ask(honest, 1);
});

test('3,000 connections where 500 are allowed', { timeout: 60_000 }, async () => {
  const server = await startMeasured({ maxConnections: 500 });
  const kept = await connectMany(server.port, 500);
  await Promise.all(kept.map((socket) => ask(socket, 1)));
  const before = await server.measure();
  const flood = await connectMany(server.port, 3000);
  await Promise.all(flood.map(gone));
  const after = await server.measure();
  print(
    `3,000 connections too many: ${inMb(after.rssBytes - before.rssBytes)} more in all, ${after.stats.dropped} dropped`,
  );
  expect(after.stats).toMatchObject({ connections: 500, accepted: 500, dropped: 3000 });
  expect(after.rssBytes - before.rssBytes).toBeLessThan(50 * MB);
  await Promise.all(kept.map((socket) => ask(socket, 1)));
  kept[0]?.destroy();
  await once(kept[0] as Socket, 'close');
  while ((await server.measure()).stats.connections === 500);
  await ask(await connectOne(server.port), 1);
});
