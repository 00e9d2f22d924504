/** createServer: listens, takes connections, and closes with grace. */
import { createServer as createNetServer, type Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { admit, type Connection, type Entrance } from './admission.ts';
import { ListenFailedError } from '../errors.ts';
import type { Handler } from '../exchange/exchange.ts';
import { HIGH_WATER_BYTES } from '../message-writer/message-writer.ts';
import { checkMs, checkWhole, outOfRange, unexpected } from '../option.ts';
import { type ConnectionOptions, ServerState, type ServerStats } from '../exchange/server-state.ts';
import { type ServerTlsOptions, TlsFront } from './tls-front.ts';

/** Options of `createServer`. */
export interface ServerOptions extends ConnectionOptions {
  /** Connections that may be open at once; more are turned away. @default 16_384 */
  readonly maxConnections?: number;
  /** Certificate and key, and whatever else `node:tls` takes; without them connections are not encrypted. @default none */
  readonly tls?: ServerTlsOptions;
  /** How long a TLS handshake may take. @default 10_000 */
  readonly handshakeTimeoutMs?: number;
  /** Whether clients of TLS that can speak HTTP/2 are to do so. @default true */
  readonly http2?: boolean;
  /** Whether clients may speak HTTP/2 without TLS, if they do so from the first byte. @default false */
  readonly h2c?: boolean;
  /** Requests of an HTTP/2 connection that may be under way at once. @default 128 */
  readonly maxConcurrentStreams?: number;
  /** Requests of an HTTP/2 connection that its client may give up within 30 seconds; more of them end it. @default 500 */
  readonly maxStreamResets?: number;
  /**
   * Whether every connection has to begin with a header of the PROXY protocol, which says whose it is. Only for a port that nobody but the
   * load balancer can reach: whoever sends the header is believed. @default 'off'
   */
  readonly proxyProtocol?: 'off' | 'required';
}

/** Where a server listens: a host and a port, the path of a Unix socket, or a descriptor that was inherited. */
export type ListenOptions =
  | { readonly host?: string; /** 0 takes any free port. */ readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** How a server closes. */
export interface CloseOptions {
  /** How long requests under way may take before their connections are cut. @default 30_000 */
  readonly graceMs?: number;
}

/** A server. */
export interface Server {
  /** Where it listens, with the port that it has; `undefined` while it does not. */
  readonly address:
    | { readonly host: string; readonly port: number }
    | { readonly path: string }
    | undefined;
  /**
   * Begins to listen.
   *
   * @throws ListenFailedError if the address cannot be had, TypeError if it is none
   */
  listen(where: ListenOptions): Promise<void>;
  /** Takes a connection that someone else has accepted. */
  take(socket: Duplex): void;
  /**
   * Takes no more connections, ends those that are idle, lets requests under way end, then cuts what is left. Tells how many connections it
   * cut. Told again, it can only become shorter.
   */
  close(options?: CloseOptions): Promise<number>;
  stats(): ServerStats;
  /**
   * Changes certificate and key without a restart; connections that are open stay so. What is not given stays as it was.
   *
   * @throws TypeError without TLS, and what OpenSSL says of them; then nothing has changed
   */
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * A server whose requests are answered by `handler`.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const server = createServer((exchange) => exchange.answer(200, ['Content-Type', 'text/plain'], 'Hello'));
 * await server.listen({ host: '127.0.0.1', port: 8080 });
 */
export function createServer(handler: Handler, options: ServerOptions = {}): Server {
  if (typeof handler !== 'function') throw unexpected('handler', 'a function', handler);
  return new WireServer(handler, options);
}

class WireServer implements Server {
  readonly #state: ServerState;
  readonly #listener: NetServer;
  readonly #maxConnections: number;
  /** Every socket with the connection that reads it. */
  readonly #open = new Map<Duplex, Connection>();
  readonly #entrance: Entrance;
  #closing: Promise<number> | undefined;
  #cut = 0;

  constructor(handler: Handler, options: ServerOptions) {
    this.#state = new ServerState(handler, options);
    this.#maxConnections = checkWhole('maxConnections', options.maxConnections ?? 16_384, 1);
    this.#entrance = entranceOf(this.#state, options);
    this.#listener = createNetServer(
      { allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_BYTES },
      (socket) => this.take(socket),
    );
  }

  get address(): Server['address'] {
    const address = this.#listener.address();
    if (address === null) return undefined;
    if (typeof address === 'string') return { path: address };
    return { host: address.address, port: address.port };
  }

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

  take(socket: Duplex): void {
    const state = this.#state;
    if (this.#closing || this.#open.size >= this.#maxConnections) {
      state.dropped++;
      socket.destroy();
      return;
    }
    state.accepted++;
    this.#open.set(socket, admit(socket, this.#entrance));
    socket.once('close', () => this.#open.delete(socket));
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    checkMs('graceMs', graceMs);
    const { clock } = this.#state;
    this.#closing ??= this.#end();
    if (graceMs === 0) this.#cutAll();
    else if (graceMs < Infinity) {
      const cancel = clock.setTimer(() => this.#cutAll(), graceMs);
      void this.#closing.then(cancel);
    }
    return this.#closing;
  }

  stats(): ServerStats {
    const { accepted, dropped, upgraded, requests, inFlight, clientsLeft } = this.#state;
    const { handshakesFailed, floods, refused } = this.#state;
    const connections = this.#open.size;
    return {
      connections,
      accepted,
      dropped,
      upgraded,
      requests,
      inFlight,
      clientsLeft,
      handshakesFailed,
      floods,
      refused: { ...refused },
    };
  }

  setSecureContext(options: SecureContextOptions): void {
    const { tls } = this.#entrance;
    if (!tls) throw new TypeError('The server has no TLS whose certificate could be changed.');
    tls.renew(options);
  }

  async #end(): Promise<number> {
    this.#state.isClosing = true;
    const closed = new Promise<void>((resolve) => {
      if (this.#listener.listening) this.#listener.close(() => resolve());
      else resolve();
    });
    const ended = [...this.#open.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const connection of this.#open.values()) connection.closeSoon();
    await Promise.all([closed, ...ended]);
    return this.#cut;
  }

  #cutAll(): void {
    this.#cut += this.#open.size;
    for (const socket of this.#open.keys()) socket.destroy();
  }
}

function entranceOf(server: ServerState, options: ServerOptions): Entrance {
  const { tls, http2 = true, h2c = false, proxyProtocol = 'off' } = options;
  if (typeof http2 !== 'boolean') throw unexpected('http2', 'true or false', http2);
  if (typeof h2c !== 'boolean') throw unexpected('h2c', 'true or false', h2c);
  if (h2c && tls) throw outOfRange('h2c', '`false` where there is TLS', h2c);
  if (proxyProtocol !== 'off' && proxyProtocol !== 'required') {
    throw outOfRange('proxyProtocol', '`off` or `required`', proxyProtocol);
  }
  return {
    server,
    hasProxyHeader: proxyProtocol === 'required',
    tls: tls && new TlsFront(tls, http2 ? ['h2', 'http/1.1'] : ['http/1.1']),
    handshakeTimeoutMs: checkMs('handshakeTimeoutMs', options.handshakeTimeoutMs ?? 10_000, 1),
    h2c,
    http2: {
      maxConcurrentStreams: checkWhole(
        'maxConcurrentStreams',
        options.maxConcurrentStreams ?? 128,
        1,
      ),
      maxStreamResets: checkWhole('maxStreamResets', options.maxStreamResets ?? 500),
    },
  };
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
