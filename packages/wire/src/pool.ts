/** createPool: connections to one origin, used again and again, and requests that wait for one. */
import type { Duplex } from 'node:stream';
import type { ClientAnswer } from './client-answer.ts';
import { type Call, type CallHolder, ClientCall } from './client-call.ts';
import { ClientConnection, type ConnectionOwner } from './client-connection.ts';
import { type AnswerReceiver, type ClientRequest, requestText } from './client-request.ts';
import { Connector } from './connector.ts';
import { PoolClosedError, PoolFullError, PoolTimeoutError } from './errors.ts';
import { checkMs } from './option.ts';
import { type Origin, originOf } from './origin.ts';
import { type PoolOptions, PoolSettings } from './pool-options.ts';
import { cancelBody } from './request-sending.ts';
import type { CloseOptions } from './server.ts';

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
  /** Takes no more requests, lets those under way end, then cuts what is left. Tells how many it cut. */
  close(options?: CloseOptions): Promise<number>;
}

/**
 * A pool of connections to an origin such as `https://api.example`.
 *
 * @throws TypeError or RangeError for an origin that is none, or options out of range
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
  /** What a connection is being opened for. */
  readonly #connecting = new Map<ClientConnection, ClientCall | undefined>();
  readonly #queue = new Set<ClientCall>();
  #cancelTimer: (() => void) | undefined;
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
  }

  dispatch(request: ClientRequest, receiver: AnswerReceiver): Call {
    const call = new ClientCall(request, receiver, requestText(request, this.#origin.host));
    this.#requests++;
    call.holder = this;
    if (this.#closing) this.#refuse(call, new PoolClosedError('The pool is closed', UNSENT));
    else if (request.upgrade !== undefined) this.#connect(call);
    else if (!this.#carry(call)) {
      if (this.#open.size < this.#settings.maxConnections) this.#connect(call);
      else this.#enqueue(call);
    }
    return call;
  }

  request(request: ClientRequest, { signal }: RequestOptions = {}): Promise<ClientAnswer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let stop = (): void => {};
      const call = this.dispatch(request, {
        response: resolve,
        failed: reject,
        over: () => stop(),
        upgraded: (answer: ClientAnswer, socket: Duplex) => {
          socket.destroy();
          resolve(answer);
        },
      });
      if (!signal) return;
      const abort = (): void => call.abort(signal.reason as Error);
      stop = () => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort, { once: true });
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
    if (graceMs === 0) this.#cutAll();
    else {
      const cancel = this.#settings.clock.setTimer(() => this.#cutAll(), graceMs);
      void this.#closing.then(cancel);
    }
    this.#checkClosed();
    return this.#closing;
  }

  /** Gives up a request that has no connection yet. */
  abort(call: ClientCall, reason: Error): void {
    for (const [connection, waiting] of this.#connecting) {
      // The connection will do for another one.
      if (waiting === call) this.#connecting.set(connection, undefined);
    }
    this.#queue.delete(call);
    this.#refuse(call, reason);
  }

  // What a connection says.

  free(connection: ClientConnection): void {
    const isNew = this.#connecting.has(connection);
    const waiting = this.#connecting.get(connection) ?? this.#dequeue();
    this.#connecting.delete(connection);
    if (waiting) {
      if (!isNew) this.#reused++;
      if (!connection.carry(waiting)) this.#retry(waiting);
      return;
    }
    const { keepAliveMs } = this.#settings;
    const keepMs = isNew ? keepAliveMs : this.#settings.keepMs(connection.keepAliveSeconds);
    if (this.#closing || keepMs === 0) return connection.destroy();
    this.#idle.push(connection);
    connection.rest(keepMs);
  }

  gone(connection: ClientConnection): void {
    this.#open.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#fill();
    this.#checkClosed();
  }

  failed(connection: ClientConnection, error: Error): void {
    const call = this.#connecting.get(connection);
    this.#connecting.delete(connection);
    this.#open.delete(connection);
    this.#connectsFailed++;
    if (call) this.#refuse(call, error);
    this.#fill();
    this.#checkClosed();
  }

  // Requests.

  /** Hands a request to an idle connection, if there is one that is still good. */
  #carry(call: ClientCall): boolean {
    const now = this.#idle.length ? this.#settings.clock.now() : 0;
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) return false;
      if (!connection.isUsable || connection.idleUntil <= now) connection.destroy();
      else if (connection.carry(call)) {
        this.#reused++;
        return true;
      }
    }
  }

  /** Nothing of it was sent, so it is as if it had just been asked for; it has waited long enough to go first. */
  #retry(call: ClientCall): void {
    call.holder = this;
    if (!this.#carry(call)) this.#connect(call);
  }

  #connect(call: ClientCall | undefined): void {
    const plain = call?.request.upgrade !== undefined;
    const connection = new ClientConnection(this.#connector, this.#settings, this, { plain });
    this.#open.add(connection);
    this.#connecting.set(connection, call);
  }

  #enqueue(call: ClientCall): void {
    const { maxQueued, queueTimeoutMs, clock } = this.#settings;
    if (this.#queue.size >= maxQueued) {
      const message = `${this.#open.size} connections are in use and ${maxQueued} requests wait for one`;
      return this.#refuse(call, new PoolFullError(message, UNSENT));
    }
    call.waitsUntil = clock.now() + queueTimeoutMs;
    this.#queue.add(call);
    if (!this.#cancelTimer) this.#armTimer(queueTimeoutMs);
  }

  #dequeue(): ClientCall | undefined {
    const [call] = this.#queue;
    if (call) this.#queue.delete(call);
    if (this.#queue.size === 0) this.#stopTimer();
    return call;
  }

  /** A connection has gone: there is room for another one. */
  #fill(): void {
    const { maxConnections } = this.#settings;
    while (this.#queue.size > 0 && this.#open.size < maxConnections) this.#connect(this.#dequeue());
  }

  #refuse(call: ClientCall, error: Error): void {
    cancelBody(call.request.body ?? null);
    call.fail(error);
  }

  /** One timer for all that wait: they wait equally long, so the first is the first to give up. */
  #armTimer(afterMs: number): void {
    this.#cancelTimer = this.#settings.clock.setTimer(() => this.#expire(), afterMs);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const { clock, queueTimeoutMs } = this.#settings;
    const now = clock.now();
    for (const call of this.#queue) {
      if (call.waitsUntil > now) return this.#armTimer(call.waitsUntil - now);
      this.#queue.delete(call);
      const message = `No connection became free within ${queueTimeoutMs} ms`;
      this.#refuse(call, new PoolTimeoutError(message, UNSENT));
    }
  }

  #cutAll(): void {
    for (const call of this.#queue)
      this.#refuse(call, new PoolClosedError('The pool is closed', UNSENT));
    this.#queue.clear();
    this.#cut += this.#open.size;
    for (const connection of this.#open) connection.destroy();
  }

  #checkClosed(): void {
    if (!this.#closing || this.#open.size > 0 || this.#queue.size > 0) return;
    this.#stopTimer();
    this.#closed?.();
  }
}

const UNSENT = { nothingSent: true } as const;
