/** Door: a port that stays open while those who serve behind it change. */
import { ListenFailedError, Port } from '@interpose/wire';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Front } from './front.ts';
import type { ListenerConfig } from './listener-config.ts';

/** Where a gateway listens, with the port that it has. */
export interface ListenAddress {
  /** Empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** That of a Unix socket. */
  readonly path?: string;
  /** How a client gets there: `http://127.0.0.1:8080`, or `unix:/run/gateway.sock`. */
  readonly url: string;
}

/** A port with whoever serves behind it. */
export class Door {
  readonly #port: Port;
  #front: Front | undefined;
  /** Those that came before anybody served. */
  #waiting: Socket[] = [];

  constructor() {
    this.#port = new Port((socket) => {
      if (this.#front) this.#front.take(socket);
      else this.#waiting.push(socket);
    });
  }

  get front(): Front | undefined {
    return this.#front;
  }

  get address(): ListenAddress | undefined {
    const { address } = this.#port;
    if (!address || !this.#front) return undefined;
    if ('path' in address) {
      return { host: '', port: 0, path: address.path, url: `unix:${address.path}` };
    }
    const { host, port } = address;
    const scheme = this.#front.secure ? 'https' : 'http';
    return { host, port, url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}` };
  }

  /** @throws ListenFailedError if the address cannot be had */
  async open({ host = '127.0.0.1', port = 0, path }: ListenerConfig): Promise<void> {
    if (path === undefined) return this.#port.listen({ host, port });
    try {
      await this.#port.listen({ path });
    } catch (error) {
      if (!(error instanceof ListenFailedError) || !(await isLeftOver(path))) throw error;
      await unlink(path);
      await this.#port.listen({ path });
    }
  }

  /** From now on this one serves. Gives the one before. */
  serve(front: Front): Front | undefined {
    const before = this.#front;
    this.#front = front;
    for (const socket of this.#waiting.splice(0)) front.take(socket);
    return before;
  }

  /** Accepts no more. */
  async close(): Promise<void> {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    await this.#port.close();
  }
}

/** True for the socket of a process that has ended without taking it away. */
async function isLeftOver(path: string): Promise<boolean> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  if (!isSocket) return false;
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}
