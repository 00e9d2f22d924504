/** What a host has to be able to do to be tested with the contract of the adapters, and how it is started. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { StackParts } from '../src/hosts/http-stack.ts';
import type { Hosted, MountOptions } from '../src/hosts/mounting.ts';

/** What is put into a host. */
export interface HostSetup {
  readonly app?: Hosted;
  /** The path in the host that the app is mounted at. @default the root */
  readonly at?: string;
  readonly mount?: MountOptions;
  /** Middleware of ours round everything. */
  readonly around?: StackParts;
  /** Whether the host reads bodies of JSON and of forms before anything of ours does. */
  readonly parses?: boolean;
}

/** A host that can be tested. Besides what is put into it each has the same routes of its own, below `/host`. */
export interface Host {
  readonly name: string;
  /** Starts it on a free port of this machine. */
  start(setup: HostSetup): Promise<RunningHost>;
  /** Whether it has an error handling of its own, which answers 418. */
  readonly handlesErrors: boolean;
  /** Whether headers that were there before an error of its own are there after it. */
  readonly keepsHeadersOnErrors: boolean;
  /** Whether it reads bodies into what it keeps with the request. */
  readonly canParse: boolean;
  /** How an app is mounted at a path. */
  readonly at: (path: string) => Pick<HostSetup, 'at' | 'mount'>;
}

/** A host that listens. */
export interface RunningHost extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
}

/** Listens on a free port of this machine. */
export async function listening(server: Server): Promise<RunningHost> {
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    server,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** An iterable as a stream of the web. */
export function webStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(chunks)) as ReadableStream<Uint8Array>;
}

/** What the hosts' own endless streams tell of their ends. */
export const ENDED: string[] = [];

/** Bytes, one chunk after the other, with a turn of the event loop in between. */
export async function* pieces(count: number, size = 1): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < count; at++) {
    await new Promise((resolve) => setImmediate(resolve));
    yield new Uint8Array(size).fill(97 + (at % 26));
  }
}

/** Bytes without end, until somebody leaves. */
export async function* endless(name: string): AsyncGenerator<Uint8Array, void> {
  try {
    for (;;) {
      yield new TextEncoder().encode('data: tick\n\n');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    ENDED.push(name);
  }
}
