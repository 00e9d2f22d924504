/** A server for tests: on loopback or in memory, closed when the test is over. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import { onTestFinished } from 'vitest';
import type { Handler } from '../src/exchange/exchange.ts';
import { createServer, type Server, type ServerOptions } from '../src/server/server.ts';
import { memoryPair, type MemorySocket, type PairOptions } from './memory-pair.ts';
import { connectRaw, RawClient } from './raw-client.ts';

/** A server that listens on a free port. */
export interface RunningServer {
  readonly server: Server;
  readonly port: number;
  connect(options?: { readonly allowHalfOpen?: boolean }): Promise<RawClient>;
}

/** Starts a server on a free port of the loopback. */
export async function startServer(
  handler: Handler,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const server = createServer(handler, options);
  await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const { address } = server;
  if (!address || !('port' in address)) throw new Error('no port');
  const { port } = address;
  return { server, port, connect: (more) => connectRaw({ host: '127.0.0.1', port, ...more }) };
}

/** A connection in memory. */
export interface MemoryConnection {
  readonly client: RawClient;
  /** The server's end. */
  readonly wire: MemorySocket;
}

/** A server that is handed connections in memory, whose time is moved by hand. */
export interface MemoryServer {
  readonly server: Server;
  readonly clock: FakeClock;
  connect(options?: PairOptions): MemoryConnection;
}

/** A server in memory. */
export function memoryServer(handler: Handler, options: ServerOptions = {}): MemoryServer {
  const clock = fakeClock();
  const server = createServer(handler, { clock, ...options });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return {
    server,
    clock,
    connect(pair) {
      const [wire, end] = memoryPair(pair);
      server.take(wire);
      return { wire, client: new RawClient(end) };
    },
  };
}

/** A promise that is settled from outside. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

/** A promise that is settled from outside. */
export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open: (value) => open(value) };
}
