/** Where a server listens, and what is said if it cannot. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createNetServer, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { connectRaw, get } from '../../test-kit/raw-client.ts';
import { startServer } from '../../test-kit/running-server.ts';
import { ListenFailedError } from '../errors.ts';
import type { Handler } from '../exchange/exchange.ts';
import type { ListenOptions } from './port.ts';
import { createServer, type Server } from './server.ts';

const hello: Handler = (exchange) => exchange.answer(200, [], 'hello');

function aServer(): Server {
  const server = createServer(hello);
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return server;
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wire-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function failure(server: Server, where: ListenOptions): Promise<Error> {
  return server.listen(where).then(
    () => expect.unreachable('it listens'),
    (error: unknown) => error as Error,
  );
}

test('port 0 takes a free port, which is known afterwards', async () => {
  const server = aServer();
  expect(server.address).toBeUndefined();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { address } = server;
  expect(address).toEqual({ host: '127.0.0.1', port: expect.any(Number) as number });
  expect(address && 'port' in address && address.port).toBeGreaterThan(0);
  await server.close();
  expect(server.address).toBeUndefined();
});

test('without a host it listens on all addresses, and shows IPv4 as what it is', async () => {
  const server = createServer((exchange) => exchange.answer(200, [], exchange.peer.address));
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  await server.listen({ port: 0 });
  const { port } = server.address as { readonly port: number };
  const client = await connectRaw({ host: '127.0.0.1', port });
  expect((await client.send(get()).answer()).text).toBe('127.0.0.1');
});

test('a Unix socket', async () => {
  const path = join(aFolder(), 'x.sock');
  const own = createServer((exchange) => exchange.answer(200, [], JSON.stringify(exchange.peer)));
  onTestFinished(async () => void (await own.close({ graceMs: 0 })));
  await own.listen({ path });
  expect(own.address).toEqual({ path });
  const client = await connectRaw({ path });
  client.send(get() + get());
  expect((await client.answers(2)).map(({ text }) => text)).toEqual(
    Array.from({ length: 2 }, () => '{"address":"","port":0}'),
  );
  const second = aServer();
  const error = await failure(second, { path });
  expect(error).toBeInstanceOf(ListenFailedError);
  expect(error.message).toBe(`Cannot listen on ${path}: the address is already in use.`);
  await own.close({ graceMs: 0 });
  expect(existsSync(path)).toBe(false);
});

test('an address that is taken', async () => {
  const { port } = await startServer(hello);
  const error = await failure(aServer(), { host: '127.0.0.1', port });
  expect(error).toBeInstanceOf(ListenFailedError);
  expect(error).toMatchObject({ code: 'LISTEN_FAILED', name: 'ListenFailedError' });
  expect(error.message).toBe(`Cannot listen on 127.0.0.1:${port}: the address is already in use.`);
  expect((error.cause as NodeJS.ErrnoException).code).toBe('EADDRINUSE');
});

test('an address that the machine does not have', async () => {
  const error = await failure(aServer(), { host: '192.0.2.1', port: 0 });
  expect(error.message).toBe('Cannot listen on 192.0.2.1:0: the machine has no such address.');
});

test('a descriptor that is none', async () => {
  const error = await failure(aServer(), { fd: 987_654 });
  expect(error).toBeInstanceOf(ListenFailedError);
  expect(error.message).toMatch(/^Cannot listen on descriptor 987654: .+\.$/);
});

test('a path that leads nowhere', async () => {
  const path = join(aFolder(), 'no', 'x.sock');
  const error = await failure(aServer(), { path });
  expect(error).toBeInstanceOf(ListenFailedError);
  expect(error.message).toMatch(/^Cannot listen on .*no\/x\.sock: .+\.$/);
});

test.each([[{ port: -1 }], [{ port: 65_536 }], [{ port: 1.5 }], [{ port: '8080x' }], [{}]])(
  '%j is nowhere to listen',
  async (where) => {
    const error = await failure(aServer(), where as unknown as ListenOptions);
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
  },
);

test('a server that could not listen can try again', async () => {
  const { port } = await startServer(hello);
  const server = aServer();
  await failure(server, { host: '127.0.0.1', port });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const client = await connectRaw({ ...(server.address as { host: string; port: number }) });
  expect((await client.send(get()).answer()).text).toBe('hello');
});

test('a server that listens cannot listen twice, and goes on', async () => {
  const server = aServer();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { address } = server;
  const error = await failure(server, { host: '127.0.0.1', port: 0 });
  expect(error).toBeInstanceOf(ListenFailedError);
  expect(server.address).toEqual(address);
  const client = await connectRaw({ ...(address as { host: string; port: number }) });
  expect((await client.send(get()).answer()).text).toBe('hello');
});

test('a server that has been closed does not listen again', async () => {
  const server = aServer();
  await server.close();
  expect(await failure(server, { host: '127.0.0.1', port: 0 })).toBeInstanceOf(ListenFailedError);
  expect(server.address).toBeUndefined();
});

test('a descriptor that was inherited', async () => {
  const folder = aFolder();
  const outfile = join(folder, 'child.mjs');
  buildSync({
    stdin: {
      contents: `import { createServer } from './server.ts';
        const server = createServer((exchange) => exchange.answer(200, [], 'from ' + process.pid));
        await server.listen({ fd: 3 });
        console.log(JSON.stringify(server.address));
        process.stdin.on('end', () => void server.close({ graceMs: 0 })).resume();`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const listener = createNetServer();
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as { readonly port: number };
  const child = spawn(process.execPath, [outfile], {
    stdio: ['pipe', 'pipe', 'inherit', descriptorOf(listener)],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  listener.close();
  expect(JSON.parse(line.toString())).toEqual({ host: '127.0.0.1', port });
  const client = await connectRaw({ host: '127.0.0.1', port });
  expect((await client.send(get()).answer()).text).toBe(`from ${child.pid}`);
  client.end();
  (child.stdin as NodeJS.WritableStream).end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

/** Whoever starts servers knows the descriptor; Node does not say it aloud. */
function descriptorOf(listener: NetServer): number {
  return (listener as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
