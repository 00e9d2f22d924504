/** Port: an address where sockets are accepted, apart from whoever serves them. */
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { ListenFailedError } from '../errors.ts';
import { HIGH_WATER_BYTES } from '../message-writer/message-writer.ts';

/** Where to listen: a host and a port, the path of a Unix socket, or a descriptor that was inherited. */
export type ListenOptions =
  | { readonly host?: string; /** 0 takes any free port. */ readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** Where something listens. */
export type PortAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/**
 * Accepts sockets and hands them to `take`, such as that of a server; whose turn it is may change while the port stays open.
 *
 * @example
 * const port = new Port((socket) => server.take(socket));
 * await port.listen({ host: '127.0.0.1', port: 8080 });
 */
export class Port {
  readonly #listener: NetServer;
  #closing: Promise<void> | undefined;

  constructor(take: (socket: Socket) => void) {
    this.#listener = createNetServer(
      { allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_BYTES },
      take,
    );
  }

  /** Where it listens, with the port that it has; `undefined` while it does not. */
  get address(): PortAddress | undefined {
    const address = this.#listener.address();
    if (address === null) return undefined;
    if (typeof address === 'string') return { path: address };
    return { host: address.address, port: address.port };
  }

  /**
   * Begins to listen.
   *
   * @throws ListenFailedError if the address cannot be had, TypeError if it is none
   */
  listen(where: ListenOptions): Promise<void> {
    const listener = this.#listener;
    return new Promise((resolve, reject) => {
      if (this.#closing) {
        return reject(
          new ListenFailedError(`Cannot listen on ${placeOf(where)}: the server has been closed.`),
        );
      }
      const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, where));
      listener.once('error', fail);
      const listening = (): void => {
        listener.off('error', fail);
        // What fails later is one connection that could not be accepted; the others go on.
        listener.on('error', () => {});
        resolve();
      };
      try {
        listener.listen({ ...where, backlog: 4096 }, listening);
      } catch (error) {
        listener.off('error', fail).off('listening', listening);
        fail(error as NodeJS.ErrnoException);
      }
    });
  }

  /** Accepts no more; the sockets that it has accepted are those of whoever took them, and all of them have to close before it is done. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#listener.listening) this.#listener.close(() => resolve());
      else resolve();
    });
    return this.#closing;
  }
}

function listenError(error: NodeJS.ErrnoException, where: ListenOptions): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the address is already in use',
    EACCES: 'permission is denied',
    EADDRNOTAVAIL: 'the machine has no such address',
    ENOTFOUND: 'there is no such host',
    EBADF: 'there is no such descriptor',
    ERR_SERVER_ALREADY_LISTEN: 'the server listens already',
  };
  const { code = '' } = error;
  // What is no fault of the system is one of whoever called, and says so itself.
  if (!(code in why) && !/^E[A-Z]+$/.test(code)) return error;
  return new ListenFailedError(`Cannot listen on ${placeOf(where)}: ${why[code] ?? code}.`, {
    cause: error,
  });
}

function placeOf(where: ListenOptions): string {
  if ('port' in where) return `${where.host ?? '*'}:${where.port}`;
  return 'path' in where ? where.path : `descriptor ${where.fd}`;
}
