/** The engine on node:http. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs } from '@interpose/kernel/options';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { CloseOptions, HttpEngine, HttpServer, ListenOptions, OnExchange } from './engine.ts';
import { ListenFailedError } from './errors.ts';
import { NodeExchange } from './node-exchange.ts';

/** Options of `nodeEngine`. */
export interface NodeEngineOptions {
  /** How long the head of a request may take. @default 10_000 */
  readonly headTimeoutMs?: number;
  /** How long a body may pause while it is being read. @default 30_000 */
  readonly bodyIdleTimeoutMs?: number;
  /** How long a connection may be idle between two requests. @default 65_000 */
  readonly keepAliveMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * An engine on node:http.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function nodeEngine(options: NodeEngineOptions = {}): HttpEngine {
  const { clock = systemClock } = options;
  const headTimeoutMs = checkMs('headTimeoutMs', options.headTimeoutMs ?? 10_000, 1);
  const bodyIdleTimeoutMs = checkMs('bodyIdleTimeoutMs', options.bodyIdleTimeoutMs ?? 30_000, 1);
  const keepAliveMs = checkMs('keepAliveMs', options.keepAliveMs ?? 65_000, 1);
  return {
    async listen(where, onExchange) {
      const server = createServer({
        headersTimeout: headTimeoutMs,
        // A long upload is no fault as long as it moves; that is what the idle timeout is for.
        requestTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        connectionsCheckingInterval: Math.min(headTimeoutMs, 2000),
        noDelay: true,
      });
      const host = new NodeServer(server, clock);
      const take = (expects: boolean) => (request: IncomingMessage, response: ServerResponse) =>
        host.take(
          new NodeExchange(request, response, { expects, clock, bodyIdleTimeoutMs }),
          onExchange,
        );
      server.on('request', take(false));
      server.on('checkContinue', take(true));
      server.on('clientError', refuse);
      await bind(server, where);
      return host;
    },
  };
}

/** A node:http server that listens. */
class NodeServer implements HttpServer {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #open = new Set<Socket>();
  readonly #exchanges = new Set<NodeExchange>();
  #closing: Promise<number> | undefined;
  #cut = 0;

  constructor(server: Server, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  get address(): ListenOptions {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  get connections(): number {
    return this.#open.size;
  }

  take(exchange: NodeExchange, onExchange: OnExchange): void {
    if (this.#closing) exchange.closeAfter();
    this.#exchanges.add(exchange);
    exchange.onSettled(() => {
      this.#exchanges.delete(exchange);
      // Kept alive when its head was sent; the server learns only later that it is idle now.
      if (this.#closing) setImmediate(() => this.#server.closeIdleConnections());
    });
    onExchange(exchange);
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    checkMs('graceMs', graceMs);
    this.#closing ??= new Promise((resolve) => this.#server.close(() => resolve(this.#cut)));
    for (const exchange of this.#exchanges) exchange.closeAfter();
    if (graceMs === 0) this.#cutAll();
    else {
      const cancel = this.#clock.setTimer(() => this.#cutAll(), graceMs);
      void this.#closing.then(cancel);
    }
    return this.#closing;
  }

  #cutAll(): void {
    this.#cut += this.#open.size;
    for (const socket of this.#open) socket.destroy();
  }
}

function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ListenFailedError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is already in use',
    EACCES: 'this user may not use the port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    ENOTFOUND: 'there is no such host',
  };
  const reason = why[error.code ?? ''] ?? error.message;
  return new ListenFailedError(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error });
}

/** Answers what the parser could not read, and closes. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  // Once an answer is under way, anything more would be taken for a part of it.
  const current = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  if (current?.headersSent) return void socket.destroy();
  const [status, title, code] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'HEADERS_TOO_LARGE']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'REQUEST_TIMEOUT']
        : [400, 'Bad Request', 'BAD_REQUEST'];
  const body = JSON.stringify({ type: 'about:blank', title, status, code });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
