/** A gateway under mixed load for a long time: memory stays flat, no socket is left over, no dictionary grows. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { GatewayConfig } from '@interpose/gateway';
import { systemClock } from '@interpose/kernel/clock';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Behind, type Front, startBehind, startFront } from '../gateway-chaos/loopback.ts';

/** Half an hour of it is `SOAK_SECONDS=1800 npx vitest run tests/gateway-soak`. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 60);
/** How often is measured, once everything has been used for the first time. */
const MEASURES = 12;
/** What the heap may grow by from the first third of the measures to the last one. */
const MOST_GROWTH_BYTES = 3 * 1024 * 1024;
const CLIENTS = 8;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemClock.setTimer(() => resolve(), ms));

async function startServer(): Promise<Behind> {
  const behind = await startBehind((request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const { pathname } = new URL(request.url ?? '/', 'http://a');
    request.resume().on('end', () => {
      if (pathname.startsWith('/dies')) request.socket.destroy();
      else response.end('x'.repeat(pathname.length * 50));
    });
  });
  const sockets = new WebSocketServer({ server: behind.server });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (message) => socket.send(message));
  });
  return behind;
}

function configAt(round: number, { url }: Behind): Omit<GatewayConfig, 'listen'> {
  return {
    upstreams: {
      main: { url },
      shadow: { url, retry: false },
      [`extra-${round}`]: { url },
    },
    plugins: [
      { name: 'request-id', options: {}, priority: 1 + (round % 2) },
      { name: 'rate-limit', options: { limit: 10_000, windowMs: 1000 } },
      ...(round % 2 ? [{ name: 'secure-headers', options: {} }] : []),
    ],
    routes: [
      {
        name: 'main',
        path: '/main/*',
        upstream: 'main',
        mirror: { upstream: 'shadow', percent: 50 },
        plugins: [],
      },
      { name: `extra-${round % 3}`, path: '/extra/*', upstream: `extra-${round}`, plugins: [] },
      { name: 'dies', path: '/dies/*', upstream: 'main', plugins: [] },
      { name: 'ws', path: '/ws', upstream: 'main', plugins: [] },
      { name: 'fixed', path: '/fixed', respond: { status: 200, body: 'fixed' }, plugins: [] },
    ],
  };
}

/** Sends a request to its end, or leaves in the middle. */
async function ask(
  port: number,
  path: string,
  more: { agent: Agent; body?: string; leaves?: boolean },
): Promise<number> {
  const { agent, body, leaves } = more;
  const sent = httpRequest({ host: '127.0.0.1', port, path, agent, method: body ? 'POST' : 'GET' });
  const closed = new Promise<void>((resolve) => void sent.on('close', resolve));
  let status = 0;
  sent.on('error', () => {});
  sent.on('response', (response) => {
    status = response.statusCode ?? 0;
    response.on('error', () => {}).resume();
  });
  sent.end(body);
  if (leaves) setImmediate(() => sent.destroy());
  await closed;
  return status;
}

async function speak(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const closed = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
  socket.on('error', () => {});
  socket.on('open', () => socket.send('hello'));
  socket.on('message', () => (Math.random() < 0.5 ? socket.terminate() : socket.close()));
  await closed;
}

async function half(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write('POST /main/half HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  setImmediate(() => socket.destroy());
  await once(socket, 'close');
}

/** Everything that a client may do, over and over. */
async function client(port: number, agent: Agent, isOver: () => boolean): Promise<number> {
  let count = 0;
  for (; !isOver(); count++) {
    const n = count % 500;
    expect(await ask(port, `/main/${n}/${count}`, { agent })).toBe(200);
    expect(await ask(port, `/main/post`, { agent, body: 'y'.repeat(n * 10 + 1) })).toBe(200);
    expect(await ask(port, '/fixed', { agent })).toBe(200);
    expect(await ask(port, `/extra/${count}`, { agent })).toBe(200);
    expect(await ask(port, `/nowhere/${count}`, { agent })).toBe(404);
    if (count % 5 === 0) expect(await ask(port, '/dies/1', { agent })).toBe(502);
    if (count % 5 === 1) await ask(port, '/main/left', { agent, leaves: true });
    if (count % 5 === 2) await speak(port);
    if (count % 5 === 3) await half(port);
  }
  return count;
}

async function keysOf({ gateway }: Front): Promise<number> {
  let keys = 0;
  for (const dictionary of Object.values(gateway.dictionaries)) {
    keys += (await dictionary?.keys())?.length ?? 0;
  }
  return keys;
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

test(
  `${SECONDS} s of everything leave nothing behind`,
  { timeout: SECONDS * 2000 + 60_000 },
  async () => {
    const behind = await startServer();
    const front = await startFront(configAt(0, behind));
    const agent = new Agent({ keepAlive: true });
    let isOver = false;
    const clients = Array.from({ length: CLIENTS }, () => client(front.port, agent, () => isOver));
    const reloading = (async () => {
      for (let round = 1; !isOver; round++) {
        const { listen } = front.gateway.config;
        await front.gateway.reload({ listen, ...configAt(round, behind) });
        await sleep(100);
      }
    })();
    const failed = Promise.race([...clients, reloading]);
    const stepMs = (SECONDS * 1000) / (MEASURES + 4);
    await Promise.race([sleep(stepMs * 4), failed]);
    const [heaps, keys]: [number[], number[]] = [[], []];
    for (let n = 0; n < MEASURES; n++) {
      await Promise.race([sleep(stepMs), failed]);
      heaps.push(heapBytes());
      keys.push(await keysOf(front));
    }
    isOver = true;
    const counts = await Promise.all(clients);
    await reloading;
    agent.destroy();
    const total = counts.reduce((sum, count) => sum + count, 0);
    const inMb = heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' ');
    process.stdout.write(
      `gateway soak: ${total} rounds, heap ${inMb} MB, keys ${keys.join(' ')}\n`,
    );
    expect(total).toBeGreaterThan(SECONDS * 5);
    const third = MEASURES / 3;
    const growth = mean(heaps.slice(-third)) - mean(heaps.slice(0, third));
    expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
    expect(Math.max(...keys.slice(-third))).toBeLessThanOrEqual(
      Math.max(...keys.slice(0, third)) + 20,
    );
    const { mirrors } = front.gateway;
    expect(mirrors.get('main')?.copied).toBeGreaterThan(0);
    expect(await front.gateway.close({ graceMs: 10_000 })).toBe(0);
    while (behind.sockets.size) await new Promise(setImmediate);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap')).toEqual([]);
  },
);
