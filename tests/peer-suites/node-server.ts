/** A server of wire in the shape of the one of `node:http`: what it listens on and its events are Node's, the connections are ours. */
import type { RequestListener, ServerOptions as NodeOptions } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { createServer, type Exchange, type Server, type ServerOptions } from '@interpose/wire';
import { note } from './carried.ts';
import { NodeRequest } from './node-request.ts';
import { NodeResponse } from './node-response.ts';

/** How a server of Node is made, of whatever kind. */
export interface ShapeOptions extends NodeOptions {
  readonly key?: string | Buffer;
  readonly cert?: string | Buffer;
}

/** A server of wire that looks like one of Node. */
export class NodeServer extends NetServer {
  keepAliveTimeout = 5_000;
  requestTimeout = 300_000;
  headersTimeout = 60_000;
  maxRequestsPerSocket = 0;
  maxHeadersCount: number | null = null;
  timeout = 0;
  readonly #options: ShapeOptions;
  readonly #isSecure: boolean;
  readonly #sockets = new Map<number, Socket>();
  #wire: Server | undefined;
  #taken = 0;

  constructor(options: ShapeOptions, listener: RequestListener | undefined, isSecure: boolean) {
    super({ allowHalfOpen: true, noDelay: true });
    this.#options = options;
    this.#isSecure = isSecure;
    if (listener) this.on('request', listener);
    this.on('connection', (socket) => this.#take(socket));
  }

  setTimeout(afterMs: number | (() => void), listener?: () => void): this {
    if (typeof afterMs === 'number') this.timeout = afterMs;
    const told = typeof afterMs === 'function' ? afterMs : listener;
    if (told) this.on('timeout', told);
    return this;
  }

  override close(callback?: (error?: Error) => void): this {
    this.closeIdleConnections();
    void this.#wire?.close({ graceMs: Infinity });
    return super.close(callback);
  }

  closeAllConnections(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** Closing does that already. */
  closeIdleConnections(): void {}

  #take(socket: Socket): void {
    this.#wire ??= createServer((exchange) => this.#answer(exchange), this.#settings());
    // Sockets of the file system have no port, by which exchanges find theirs.
    if (socket.remotePort === undefined) {
      Object.defineProperty(socket, 'remotePort', { value: -++this.#taken });
    }
    const port = socket.remotePort as number;
    this.#sockets.set(port, socket);
    socket.once('close', () => this.#sockets.delete(port));
    Object.assign(socket, { server: this });
    if (this.timeout > 0) {
      socket.setTimeout(this.timeout);
      socket.on('timeout', () => this.emit('timeout', socket) || socket.destroy());
    }
    this.#wire.take(socket);
  }

  #settings(): ServerOptions {
    const { key, cert, maxHeaderSize, ...rest } = this.#options;
    const headMs = Math.min(this.headersTimeout || Infinity, this.requestTimeout || Infinity);
    return {
      maxBodyBytes: Infinity,
      onRefused: () => note('exchange'),
      keepAliveMs: this.keepAliveTimeout || Infinity,
      headTimeoutMs: headMs,
      ...(maxHeaderSize ? { maxHeadBytes: maxHeaderSize } : {}),
      ...(this.requestTimeout ? { bodyIdleTimeoutMs: this.requestTimeout } : {}),
      ...(this.maxRequestsPerSocket > 0
        ? { maxRequestsPerConnection: this.maxRequestsPerSocket }
        : {}),
      ...(this.#isSecure
        ? { tls: { ...rest, key, cert } as NonNullable<ServerOptions['tls']>, http2: false }
        : {}),
    };
  }

  #answer(exchange: Exchange): void {
    note('exchange');
    const socket = this.#sockets.get(exchange.peer.port) as Socket;
    const seen = exchange.secure ? secured(socket) : socket;
    const request = new NodeRequest(exchange, seen);
    if (exchange.upgrade !== undefined && this.listenerCount('upgrade') > 0) {
      const { socket: taken, head } = exchange.takeOver();
      this.emit('upgrade', request, taken, head);
      return;
    }
    const response = new NodeResponse(request, exchange);
    if (this.timeout > 0) {
      socket.setTimeout(this.timeout);
      exchange.onSettled(() => socket.setTimeout(0));
    }
    this.emit('request', request, response);
  }
}

/** The socket as what runs over TLS would look. */
function secured(socket: Socket): Socket {
  return new Proxy(socket, {
    get: (target, name) => {
      if (name === 'encrypted' || name === 'authorized') return true;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
