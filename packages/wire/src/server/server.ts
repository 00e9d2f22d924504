/** createServer: listens, takes connections, and closes with grace. */
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { admit, type Connection, type Entrance } from './admission.ts';
import type { Handler } from '../exchange/exchange.ts';
import { checkMs, checkWhole, outOfRange, unexpected } from '../option.ts';
import { type ConnectionOptions, ServerState, type ServerStats } from '../exchange/server-state.ts';
import { type ListenOptions, Port, type PortAddress } from './port.ts';
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
   * load balancer can reach: whoever sends the header is believed. A function says which addresses have to begin with it, as connections of
   * all others must not; a Unix socket has none, which is the empty text. @default 'off'
   */
  readonly proxyProtocol?: 'off' | 'required' | ((address: string) => boolean);
}

/** How a server closes. */
export interface CloseOptions {
  /** How long requests under way may take before their connections are cut. @default 30_000 */
  readonly graceMs?: number;
}

/** A server. */
export interface Server {
  /** Where it listens, with the port that it has; `undefined` while it does not. */
  readonly address: PortAddress | undefined;
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
  readonly #port: Port;
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
    this.#port = new Port((socket) => this.take(socket));
  }

  get address(): Server['address'] {
    return this.#port.address;
  }

  listen(where: ListenOptions): Promise<void> {
    return this.#port.listen(where);
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
    const closed = this.#port.close();
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
  if (
    proxyProtocol !== 'off' &&
    proxyProtocol !== 'required' &&
    typeof proxyProtocol !== 'function'
  ) {
    throw outOfRange('proxyProtocol', '`off`, `required` or a function', proxyProtocol);
  }
  return {
    server,
    proxyHeader: headerRule(proxyProtocol),
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

function headerRule(rule: NonNullable<ServerOptions['proxyProtocol']>): Entrance['proxyHeader'] {
  if (rule === 'off') return undefined;
  return rule === 'required' ? () => true : rule;
}
