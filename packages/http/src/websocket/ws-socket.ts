/** WsSocket: a WebSocket of the library ws, with times and limits of its own. */
import type { Clock } from '@interpose/kernel';
import { outOfRange, unexpected } from '@interpose/kernel/options';
import type { Upgraded } from '@interpose/wire';
import type { WebSocket } from 'ws';
import { Alarm } from '../alarm.ts';
import { Heartbeat } from './heartbeat.ts';
import { Inbox, type Message } from './inbox.ts';
import { Outbox } from './outbox.ts';
import type { ServerSocket, SocketEnd } from './server-socket.ts';

/** How long a client may take for what, and how much may wait for it. */
export interface SocketLimits {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly pongTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly maxBufferedBytes: number;
}

/** Reasons to end a connection (RFC 6455 section 7.4.1, and the registry of IANA). */
const PROTOCOL_ERROR = 1002;
const LOST = 1006;
const TRY_LATER = 1013;
const LONGEST_REASON = 123;

/** The code that ws sends for what it finds wrong; where none is here it is 1002. */
const CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};

/** A WebSocket of the library ws. */
export class WsSocket implements ServerSocket {
  readonly closed: Promise<SocketEnd>;
  readonly #ws: WebSocket;
  readonly #limits: SocketLimits;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #idle: Alarm;
  readonly #closing: Alarm;
  readonly #abort = new AbortController();
  /** What we have said in the end. */
  #said: { readonly code: number; readonly reason: string } | undefined;
  #isOver = false;

  constructor(ws: WebSocket, socket: Upgraded['socket'], limits: SocketLimits) {
    const { clock, idleTimeoutMs, closeTimeoutMs, writeTimeoutMs } = limits;
    const terminate = (): void => ws.terminate();
    this.#ws = ws;
    this.#limits = limits;
    this.#inbox = new Inbox({ pause: () => ws.pause(), resume: () => this.#readOn() });
    this.#outbox = new Outbox(ws, { clock, socket, writeTimeoutMs, stalled: terminate });
    this.#heartbeat = new Heartbeat({
      clock,
      heartbeatMs: limits.heartbeatMs,
      pongTimeoutMs: limits.pongTimeoutMs,
      ask: (sent) => this.#outbox.ping(sent),
      isHearing: () => !this.#inbox.isPaused,
      lost: terminate,
    });
    this.#idle = new Alarm({ clock, afterMs: idleTimeoutMs, run: () => this.#end(1000, 'Idle') });
    this.#closing = new Alarm({ clock, afterMs: closeTimeoutMs, run: terminate });
    this.closed = new Promise((resolve) => this.#listen(socket, resolve));
    this.#idle.touch();
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  get isOpen(): boolean {
    return !this.#said && this.#ws.readyState === this.#ws.OPEN;
  }

  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  send(message: string | Uint8Array | ArrayBuffer): Promise<boolean> {
    const isText = typeof message === 'string';
    if (!isText && !ArrayBuffer.isView(message) && !(message instanceof ArrayBuffer)) {
      throw unexpected('message', 'a text or bytes', message);
    }
    if (!this.isOpen) return Promise.resolve(false);
    if (this.bufferedBytes > this.#limits.maxBufferedBytes) {
      this.#end(TRY_LATER, 'Too slow');
      return Promise.resolve(false);
    }
    this.#idle.touch();
    return this.#outbox.send(message instanceof ArrayBuffer ? new Uint8Array(message) : message);
  }

  sendJson(value: unknown): Promise<boolean> {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw unexpected('value', 'something that is JSON', value);
    return this.send(text);
  }

  close(code = 1000, reason = ''): Promise<SocketEnd> {
    checkEnd(code, reason);
    this.#end(code, reason);
    return this.closed;
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#inbox[Symbol.asyncIterator]();
  }

  #listen(socket: Upgraded['socket'], resolve: (end: SocketEnd) => void): void {
    const ws = this.#ws;
    // Also a part of a message is a sign of life.
    socket.on('data', () => {
      if (this.isOpen) this.#heartbeat.heard();
    });
    // The end is said; how long the client takes to hear it is not up to the client.
    socket.on('finish', () => this.#awaitEnd());
    ws.on('message', (data, isBinary) => {
      if (this.isOpen) this.#idle.touch();
      this.#inbox.push(isBinary ? (data as Uint8Array) : String(data));
    });
    ws.on('error', (error: Error & { readonly code?: string }) => {
      this.#said ??= { code: CODES[error.code ?? ''] ?? PROTOCOL_ERROR, reason: '' };
      this.#awaitEnd();
    });
    ws.on('close', (code, reason) => {
      const told = { code, reason: String(reason) };
      this.#stop();
      resolve({ ...(this.#said ?? told), clean: code !== LOST });
    });
  }

  #readOn(): void {
    this.#ws.resume();
    if (this.isOpen) this.#heartbeat.heard();
  }

  #end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#said = { code, reason };
    this.#ws.close(code, reason);
    this.#awaitEnd();
    this.#inbox.discard();
  }

  /** Nothing more is said; the connection has a while to end. */
  #awaitEnd(): void {
    if (this.#isOver) return;
    this.#heartbeat.stop();
    this.#idle.stop();
    this.#closing.touch();
    this.#abort.abort();
  }

  #stop(): void {
    this.#isOver = true;
    this.#heartbeat.stop();
    this.#idle.stop();
    this.#closing.stop();
    this.#outbox.stop();
    this.#inbox.end();
    this.#abort.abort();
  }
}

function checkEnd(code: number, reason: string): void {
  const isOne = code === 1000 || (code >= 1001 && code <= 1014) || (code >= 3000 && code <= 4999);
  if (!Number.isInteger(code) || !isOne || (code >= 1004 && code <= 1006)) {
    throw outOfRange('code', '1000, 1001, 1002, 1003, 1007 to 1014, or 3000 to 4999', code);
  }
  if (typeof reason !== 'string') throw unexpected('reason', 'a text', reason);
  if (new TextEncoder().encode(reason).length > LONGEST_REASON) {
    throw outOfRange('reason', `a text of ${LONGEST_REASON} bytes or fewer`, reason);
  }
}
