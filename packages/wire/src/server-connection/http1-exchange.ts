/** An exchange on an HTTP/1 connection. */
import type { Duplex } from 'node:stream';
import type { AnswerWriter } from '../message-writer/answer-writer.ts';
import { AnswerOrderError, ClientLeftError } from '../errors.ts';
import type { Endpoint, Exchange, Upgraded } from '../exchange/exchange.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { headerOf } from '../raw-headers.ts';
import { type RequestHead, upgradeOf } from '../message-reader/request-head.ts';
import { Splice, type SpliceTarget } from '../splice.ts';

/** What an exchange needs of its connection. */
export interface ExchangeConnection {
  readonly socket: Duplex;
  readonly writer: AnswerWriter;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
  /** Something was written; perhaps the client is slow. */
  wrote(): void;
  /** The end was written. */
  ended(): void;
  /** A listener of the exchange has thrown. */
  failed(error: unknown, exchange: Http1Exchange): void;
  /** Lets go of the socket, and gives what was read too much. */
  release(): Buffer;
  /** Breaks the connection; `misleading` if a client could take an orderly end for the end of the answer. */
  breakOff(misleading: boolean): void;
}

const NONE: readonly string[] = [];

/** An exchange on an HTTP/1 connection. */
export class Http1Exchange implements Exchange, SpliceTarget {
  readonly head: RequestHead;
  readonly body: IncomingBody | null;
  readonly #connection: ExchangeConnection;
  #isSettled = false;
  #isCut = false;
  #clientLeft = false;
  #abort: AbortController | undefined;
  #onLeft: (() => void)[] | undefined;
  #onSettled: (() => void)[] | undefined;
  #onDrain: (() => void)[] | undefined;
  #onBroken: ((error: Error) => void) | undefined;
  /** Kept when it is over, as the connection goes on to the next. */
  #sentBytes: number | undefined;
  #headSent: boolean | undefined;

  constructor(connection: ExchangeConnection, head: RequestHead, body: IncomingBody | null) {
    this.#connection = connection;
    this.head = head;
    this.body = body;
  }

  get method(): string {
    return this.head.method;
  }

  get target(): string {
    return this.head.target;
  }

  get version(): '1.0' | '1.1' {
    return this.head.version;
  }

  get rawHeaders(): readonly string[] {
    return this.head.fields.raw;
  }

  get peer(): Endpoint {
    return this.#connection.peer;
  }

  get local(): Endpoint {
    return this.#connection.local;
  }

  get secure(): boolean {
    return this.#connection.secure;
  }

  get upgrade(): string | undefined {
    return upgradeOf(this.head);
  }

  get clientLeft(): boolean {
    return this.#clientLeft;
  }

  get headSent(): boolean {
    return this.#headSent ?? this.#connection.writer.hasHead;
  }

  /** True once nothing more will be sent. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      this.onClientLeft(() => abort.abort(new ClientLeftError()));
    }
    return this.#abort.signal;
  }

  header(name: string): string | undefined {
    return headerOf(this.rawHeaders, name);
  }

  onClientLeft(listener: () => void): void {
    if (this.#clientLeft) listener();
    else (this.#onLeft ??= []).push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.#isSettled) listener();
    else (this.#onSettled ??= []).push(listener);
  }

  onDrain(listener: () => void): void {
    if (this.isOver || this.#connection.writer.keepsUp) listener();
    else (this.#onDrain ??= []).push(listener);
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    if (this.#isGone()) return;
    this.#connection.writer.answer(status, headers, body);
    this.#connection.ended();
  }

  sendInformation(status: number, headers: readonly string[]): void {
    if (!this.#isGone()) this.#connection.writer.inform(status, headers);
  }

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#isGone()) return;
    const { writer } = this.#connection;
    writer.head(status, headers);
    process.nextTick(flush, this, writer);
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#isGone()) return true;
    this.#connection.writer.write(bytesOf(chunk), false);
    this.#connection.wrote();
    return this.#connection.writer.keepsUp;
  }

  end(chunk: string | Uint8Array = '', trailers: readonly string[] = NONE): void {
    if (this.#isGone()) return;
    const { writer } = this.#connection;
    const bytes = bytesOf(chunk);
    if (trailers.length && bytes.length) writer.write(bytes, false);
    if (trailers.length) writer.end(trailers);
    else writer.write(bytes, true);
    this.#connection.ended();
  }

  get sentBytes(): number {
    return this.#sentBytes ?? this.#connection.writer.bodyBytes;
  }

  splice(body: IncomingBody, failed?: (error: Error) => void): void {
    if (this.#isGone()) return body.cancel();
    if (!this.#connection.writer.hasHead) throw new AnswerOrderError('The answer has no head yet');
    this.#onBroken = failed;
    body.readInto(new Splice(body, this));
  }

  takeOver(): Upgraded {
    if (this.#clientLeft) throw new ClientLeftError();
    if (this.#isSettled) throw new AnswerOrderError('The answer has ended already');
    if (this.upgrade === undefined) throw new AnswerOrderError('The request asks for no upgrade');
    if (this.headSent) throw new AnswerOrderError('The answer has begun already');
    const head = this.#connection.release();
    this.settle();
    return { socket: this.#connection.socket, head };
  }

  destroy(): void {
    if (this.#isSettled) return;
    const { writer } = this.#connection;
    this.#isCut = true;
    this.#connection.breakOff(writer.endsWithConnection);
    this.settle();
  }

  // As the target of a body that is spliced.

  get isOver(): boolean {
    return this.#isSettled || this.#connection.writer.hasEnded;
  }

  get pending(): number {
    return this.#connection.writer.pending;
  }

  writeSpliced(bytes: Uint8Array, last: boolean): boolean {
    const { writer } = this.#connection;
    writer.write(bytes, last);
    if (last) this.#connection.ended();
    else this.#connection.wrote();
    return writer.keepsUp;
  }

  endSpliced(): void {
    this.end();
  }

  breakSpliced(error: Error): void {
    this.#onBroken?.(error);
    this.destroy();
  }

  // What the connection says.

  /** More can be written. */
  drained(): void {
    const listeners = this.#onDrain;
    this.#onDrain = undefined;
    if (listeners) for (const listener of listeners) this.#tell(listener);
  }

  /** The client has left. */
  left(): void {
    if (this.#isSettled) return;
    this.#clientLeft = true;
    const listeners = this.#onLeft;
    this.#onLeft = undefined;
    this.settle();
    if (listeners) for (const listener of listeners) this.#tell(listener);
  }

  /** Nothing more will be sent. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#sentBytes = this.#connection.writer.bodyBytes;
    this.#headSent = this.#connection.writer.hasHead;
    this.drained();
    const listeners = this.#onSettled;
    this.#onSettled = undefined;
    if (listeners) for (const listener of listeners) this.#tell(listener);
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#connection.failed(error, this);
    }
  }

  /** True if nobody is there to be answered; what is said then goes nowhere, and is no mistake. */
  #isGone(): boolean {
    if (!this.#isSettled) return false;
    if (this.#clientLeft || this.#isCut) return true;
    throw new AnswerOrderError('The answer has ended already');
  }
}

/** A head waits for the first bytes only as long as the turn lasts. */
function flush(exchange: Http1Exchange, writer: AnswerWriter): void {
  if (!exchange.isSettled) writer.flush();
}

const EMPTY = Buffer.alloc(0);

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  if (typeof chunk !== 'string') return chunk;
  return chunk === '' ? EMPTY : Buffer.from(chunk);
}
