/** createPool: connections to one origin, used again and again, and requests that wait for one. */
import type { Duplex } from 'node:stream';
import { CallQueue } from './call-queue.ts';
import type { ClientAnswer } from './client-answer.ts';
import { type Call, type CallHolder, ClientCall } from './client-call.ts';
import { ClientConnection, type ConnectionOwner } from './client-connection.ts';
import { type AnswerReceiver, type ClientRequest, requestText } from './client-request.ts';
import { Connector } from './connector.ts';
import { PoolClosedError, PoolFullError, PoolTimeoutError } from '../errors.ts';
import { checkMs } from '../option.ts';
import { type Origin, originOf } from './origin.ts';
import { type PoolOptions, PoolSettings } from './pool-options.ts';
import { cancelBody } from './request-body.ts';
import type { CloseOptions } from '../server/server.ts';

/** What a pool has counted. */
export interface PoolStats {
  /** Open connections, idle ones included. */
  readonly connections: number;
  readonly idle: number;
  readonly connecting: number;
  /** Requests that wait for a connection. */
  readonly queued: number;
  /** Requests that a connection carries. */
  readonly inFlight: number;
  /** Requests that were ever asked for. */
  readonly requests: number;
  /** Requests that were carried by a connection that had carried others before. */
  readonly reused: number;
  /** Connections that could not be had. */
  readonly connectsFailed: number;
}

/** How a request is made with `request`. */
export interface RequestOptions {
  /** Gives the request up, before the answer or in the middle of its body. @default none */
  readonly signal?: AbortSignal;
}

/** Connections to one origin. */
export interface Pool {
  /**
   * Sends a request; what becomes of it, the receiver is told.
   *
   * @throws InvalidHeaderError for a request that cannot be sent as it is
   */
  dispatch(request: ClientRequest, receiver: AnswerReceiver): Call;
  /**
   * Sends a request. Resolves when the head of the answer is there; its body has to be read or cancelled.
   *
   * @throws RequestFailedError of one kind or another, InvalidHeaderError, or the reason of the signal
   */
  request(request: ClientRequest, options?: RequestOptions): Promise<ClientAnswer>;
  stats(): PoolStats;
  /** Takes no more requests, lets those under way end, then cuts what is left. Tells how many connections it cut. */
  close(options?: CloseOptions): Promise<number>;
}

/**
 * A pool of connections to an origin such as `https://api.example`.
 *
 * @throws TypeError or RangeError for an origin that is none, or options out of range; what TLS has against certificates and keys that are none
 * @example
 * const pool = createPool('http://127.0.0.1:9000');
 * const answer = await pool.request({ method: 'GET', target: '/', headers: [] });
 * console.log(answer.status, await answer.body?.text());
 */
export function createPool(origin: string, options: PoolOptions = {}): Pool {
  return new OriginPool(originOf(origin), options);
}

class OriginPool implements Pool, ConnectionOwner, CallHolder {
  readonly #origin: Origin;
  readonly #settings: PoolSettings;
  readonly #connector: Connector;
  readonly #open = new Set<ClientConnection>();
  /** The one used last is used next, so that those that are not needed run out. */
  readonly #idle: ClientConnection[] = [];
  /** What a connection is being opened for; nobody if its request has found another one, or was given up. */
  readonly #connecting = new Map<ClientConnection, ClientCall | undefined>();
  /** Empty as long as there is room for one more connection. */
  readonly #queue: CallQueue;
  #closing: Promise<number> | undefined;
  #closed: (() => void) | undefined;
  #cut = 0;
  #requests = 0;
  #reused = 0;
  #connectsFailed = 0;

  constructor(origin: Origin, options: PoolOptions) {
    this.#origin = origin;
    this.#settings = new PoolSettings(options);
    this.#connector = new Connector(origin, options, this.#settings);
    this.#queue = new CallQueue(this.#settings, (calls) => this.#expired(calls));
  }

  dispatch(request: ClientRequest, receiver: AnswerReceiver): Call {
    const call = new ClientCall(request, receiver, requestText(request, this.#origin.host));
    this.#requests++;
    call.holder = this;
    if (this.#closing) call.fail(closedError());
    else if (call.isUpgrade || !this.#carry(call)) {
      if (this.#hasRoom(call)) this.#connect(call);
      else this.#enqueue(call);
    }
    return call;
  }

  request(request: ClientRequest, { signal }: RequestOptions = {}): Promise<ClientAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        cancelBody(request.body ?? null);
        throw signal.reason;
      }
      let call: Call | undefined;
      const abort = (): void => call?.abort(signal?.reason as Error);
      const over = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort);
      try {
        call = this.dispatch(request, {
          response: resolve,
          failed: reject,
          over,
          upgraded: (answer: ClientAnswer, socket: Duplex) => {
            socket.destroy();
            resolve(answer);
          },
        });
      } catch (error) {
        over();
        throw error;
      }
    });
  }

  stats(): PoolStats {
    const connecting = this.#connecting.size;
    const idle = this.#idle.length;
    return {
      connections: this.#open.size,
      idle,
      connecting,
      queued: this.#queue.size,
      inFlight: this.#open.size - idle - connecting,
      requests: this.#requests,
      reused: this.#reused,
      connectsFailed: this.#connectsFailed,
    };
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    checkMs('graceMs', graceMs);
    this.#closing ??= new Promise<void>((resolve) => (this.#closed = resolve)).then(
      () => this.#cut,
    );
    for (const connection of this.#idle.splice(0)) connection.destroy();
    for (const [connection, call] of this.#connecting) {
      if (!call && this.#queue.size === 0) connection.destroy();
    }
    if (graceMs === 0) this.#cutAll();
    else void this.#closing.then(this.#settings.after(graceMs, () => this.#cutAll()));
    this.#checkClosed();
    return this.#closing;
  }

  /** Gives up a request that has no connection yet. */
  abort(call: ClientCall, reason: Error): void {
    if (!this.#queue.delete(call)) this.#abandon(call);
    cancelBody(call.request.body ?? null);
    call.fail(reason);
  }

  // What a connection says.

  free(connection: ClientConnection): void {
    const own = this.#connecting.get(connection);
    const isNew = this.#connecting.delete(connection);
    const call = own ?? this.#next();
    if (!call) return this.#rest(connection);
    if ((call.isUpgrade && !connection.isPlain) || !connection.carry(call)) {
      // When this one has gone there is room for one that is fit.
      this.#queue.addBack(call);
      connection.destroy();
    } else if (!isNew) this.#reused++;
  }

  gone(connection: ClientConnection): void {
    this.#open.delete(connection);
    this.#connecting.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#fill();
    this.#checkClosed();
  }

  failed(connection: ClientConnection, error: Error): void {
    const call = this.#connecting.get(connection);
    this.#connectsFailed++;
    this.gone(connection);
    call?.fail(error);
  }

  // Requests.

  /** Hands a request to an idle connection, if there is one that is still good. */
  #carry(call: ClientCall): boolean {
    const now = this.#idle.length ? this.#settings.clock.now() : 0;
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) return false;
      const isGood = connection.isUsable && connection.idleUntil > now;
      if (isGood && connection.carry(call)) {
        this.#reused++;
        return true;
      }
      connection.destroy();
    }
  }

  /** The request whose turn it is. One that waits for a connection of its own takes what comes first. */
  #next(): ClientCall | undefined {
    for (const [connection, call] of this.#connecting) {
      if (!call || call.isUpgrade) continue;
      this.#connecting.set(connection, undefined);
      return call;
    }
    return this.#queue.take();
  }

  #rest(connection: ClientConnection): void {
    const keepMs = this.#settings.keepMs(connection.keepAliveSeconds);
    if (this.#closing || keepMs === 0) return connection.destroy();
    this.#idle.push(connection);
    connection.rest(keepMs);
  }

  #hasRoom(call: ClientCall): boolean {
    // An idle connection is of no use to it, and can make room.
    if (call.isUpgrade && this.#open.size >= this.#settings.maxConnections) {
      this.#idle[0]?.destroy();
    }
    return this.#open.size < this.#settings.maxConnections;
  }

  #connect(call: ClientCall): void {
    const connection = new ClientConnection(this.#connector, this.#settings, this, {
      isPlain: call.isUpgrade,
    });
    this.#open.add(connection);
    this.#connecting.set(connection, call);
  }

  #enqueue(call: ClientCall): void {
    const { maxQueued } = this.#settings;
    if (this.#queue.size < maxQueued) return this.#queue.add(call);
    const message = `${this.#open.size} connections are in use and ${maxQueued} requests wait for one`;
    call.fail(new PoolFullError(message, UNSENT));
  }

  /** Nobody waits for the connection that is being opened for this request. It has carried nothing, and will do for another one. */
  #abandon(call: ClientCall): void {
    for (const [connection, waiting] of this.#connecting) {
      if (waiting !== call) continue;
      this.#connecting.set(connection, undefined);
      if (this.#queue.size === 0) connection.destroy();
      return;
    }
  }

  /** A connection has gone: there is room for another one. */
  #fill(): void {
    const { maxConnections } = this.#settings;
    while (this.#queue.size > 0 && this.#open.size < maxConnections) {
      this.#connect(this.#queue.take() as ClientCall);
    }
  }

  #expired(calls: readonly ClientCall[]): void {
    const message = `No connection became free within ${this.#settings.queueTimeoutMs} ms`;
    for (const call of calls) call.fail(new PoolTimeoutError(message, UNSENT));
  }

  #cutAll(): void {
    const unsent = [...this.#queue.clear(), ...this.#connecting.values()];
    this.#cut += this.#open.size;
    for (const connection of this.#open) {
      connection.destroy(new PoolClosedError('The pool was closed before the answer was whole'));
    }
    for (const call of unsent) call?.fail(closedError());
  }

  #checkClosed(): void {
    if (this.#closing && this.#open.size === 0 && this.#queue.size === 0) this.#closed?.();
  }
}

const UNSENT = { nothingSent: true } as const;

const closedError = (): Error => new PoolClosedError('The pool is closed', UNSENT);
