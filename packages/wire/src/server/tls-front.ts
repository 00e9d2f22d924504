/** TLS in front of a server: takes sockets that are accepted, and gives them back encrypted. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContextOptions,
  type Server as NodeTlsServer,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';
import { HIGH_WATER_BYTES } from '../message-writer/message-writer.ts';
import { outOfRange, unexpected } from '../option.ts';

/** What TLS is told: all that `node:tls` takes, but for what the server decides itself. */
export interface ServerTlsOptions extends Omit<
  TlsOptions,
  | 'allowHalfOpen'
  | 'ALPNCallback'
  | 'ALPNProtocols'
  | 'handshakeTimeout'
  | 'highWaterMark'
  | 'minVersion'
  | 'noDelay'
  | 'pauseOnConnect'
> {
  /** The oldest version that is spoken. @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** Called with the encrypted socket when the handshake is done. */
export type Secured = (socket: TLSSocket) => void;

/** Our own clock decides when a handshake takes too long. */
const NEVER_MS = 2 ** 31 - 1;

/** Takes sockets through the handshake. */
export class TlsFront {
  readonly #protocols: readonly string[];
  readonly #server: NodeTlsServer;
  #options: ServerTlsOptions;
  /** Who waits for which connection. */
  readonly #waiting = new Map<string, Secured>();

  /** @throws TypeError or RangeError for options out of range, and what OpenSSL says of a certificate or key */
  constructor(options: ServerTlsOptions, protocols: readonly string[]) {
    this.#options = checkTlsOptions(options);
    this.#protocols = protocols;
    this.#server = this.#create((socket) => this.#secured(socket));
  }

  /** Begins the handshake. If it comes to nothing, the socket closes. */
  open(socket: Duplex, secured: Secured): void {
    const { remoteAddress, localAddress } = socket as Socket;
    // Half of an address: the client has reset the connection already, and node:tls would wait for it all the same.
    if (remoteAddress === undefined && localAddress !== undefined) return void socket.destroy();
    // In the middle of a handshake the end of one side is the end of both.
    socket.allowHalfOpen = false;
    // node:tls does not tell which socket an encrypted one was made of; the addresses of both are the same.
    const key = keyOf(socket as Socket);
    if (key === undefined) {
      // One without an address of its own, as on a Unix socket, gets a server of its own.
      this.#create((encrypted) => handOver(encrypted, secured)).emit('connection', socket);
      return;
    }
    this.#waiting.set(key, secured);
    socket.once('close', () => this.#waiting.delete(key));
    this.#server.emit('connection', socket);
  }

  /**
   * From now on handshakes are made with another certificate and key; what is not given stays as it was.
   *
   * @throws what OpenSSL says of them; then nothing has changed
   */
  renew(options: SecureContextOptions): void {
    const renewed = checkTlsOptions({ ...this.#options, ...options } as ServerTlsOptions);
    const all = { minVersion: 'TLSv1.2', ...renewed } as const;
    createSecureContext(all);
    this.#server.setSecureContext(all);
    this.#options = renewed;
  }

  #create(secured: Secured): NodeTlsServer {
    const server = createTlsServer(
      {
        minVersion: 'TLSv1.2',
        ...this.#options,
        ALPNProtocols: [...this.#protocols],
        handshakeTimeout: NEVER_MS,
        highWaterMark: HIGH_WATER_BYTES,
      },
      secured,
    );
    // Counted by whoever waits for the socket; here it only must not go on.
    server.on('tlsClientError', (_error, socket) => void socket.destroy());
    return server;
  }

  #secured(socket: TLSSocket): void {
    const key = keyOf(socket) ?? '';
    const secured = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (secured) handOver(socket, secured);
    else socket.destroy();
  }
}

function handOver(socket: TLSSocket, secured: Secured): void {
  socket.allowHalfOpen = true;
  secured(socket);
}

function keyOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || localAddress === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function checkTlsOptions(options: ServerTlsOptions): ServerTlsOptions {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('tls', 'an object', options);
  }
  const { cert, pfx, SNICallback, pskCallback, minVersion } = options;
  if (!cert && !pfx && !SNICallback && !pskCallback) {
    throw unexpected('tls.cert', 'a certificate in PEM', cert);
  }
  if (minVersion !== undefined && minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw outOfRange('tls.minVersion', '`TLSv1.2` or `TLSv1.3`', minVersion);
  }
  return options;
}
