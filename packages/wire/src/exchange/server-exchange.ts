/** The exchange of a server: what a handler may say and hear, whatever version of HTTP carries it. */
import { AnswerOrderError, ClientLeftError } from '../errors.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { headerOf } from '../raw-headers.ts';
import { Splice, type SpliceTarget } from '../splice.ts';
import type { Endpoint, Ends, Exchange, TlsSession, Upgraded } from './exchange.ts';

/** What writes the answer. */
export interface ExchangeWriter {
  /** True once a final head has been given. */
  readonly hasHead: boolean;
  /** True once the end has been given. */
  readonly hasEnded: boolean;
  /** True if the client takes what it is sent. */
  readonly keepsUp: boolean;
  /** How much is written that the system has not taken yet. */
  readonly pending: number;
  /** How many bytes of the body have been given. */
  readonly bodyBytes: number;
  answer(status: number, headers: readonly string[], body: string | Uint8Array): void;
  inform(status: number, headers: readonly string[]): void;
  head(status: number, headers: readonly string[]): void;
  flush(): void;
  write(bytes: Uint8Array, last: boolean): void;
  end(trailers: readonly string[]): void;
}

/** What an exchange needs of the connection or the stream that carries it. */
export interface ExchangeCarrier extends Ends {
  readonly writer: ExchangeWriter;
  /** True if nobody can hear what is still said, although the exchange has not been told yet. */
  readonly isDeaf: boolean;
  /** Something was written; perhaps the client is slow. */
  wrote(): void;
  /** The end was written. */
  ended(): void;
  /** A listener of the exchange has thrown. */
  failed(error: unknown, exchange: Exchange): void;
  /** Lets go of the socket, and gives it with what was read too much. */
  release(): Upgraded;
  /** Ends it so that the client cannot take what it got for the whole. */
  breakOff(): void;
}

/** What an exchange tells of its request. */
export interface ExchangeRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1' | '2.0';
  readonly fields: { readonly raw: readonly string[] };
}

const NONE: readonly string[] = [];
/** A source that has its bytes at hand and a client that takes them as fast must not keep all others waiting. */
const WRITES_A_TURN = 256;

/** The exchange of a server. */
export class ServerExchange implements Exchange, SpliceTarget {
  readonly head: ExchangeRequest;
  readonly body: IncomingBody | null;
  /** The protocol that the client asks to switch to. */
  readonly upgrade: string | undefined;
  readonly #carrier: ExchangeCarrier;
  #isSettled = false;
  #isCut = false;
  #clientLeft = false;
  #abort: AbortController | undefined;
  #onLeft: (() => void)[] | undefined;
  #onSettled: (() => void)[] | undefined;
  #onDrain: (() => void)[] | undefined;
  #onBroken: ((error: Error) => void) | undefined;
  /** Kept when it is over, as the carrier may go on to the next. */
  #sentBytes: number | undefined;
  #headSent: boolean | undefined;
  /** Since the event loop had its last turn. */
  #writes = 0;

  constructor(
    carrier: ExchangeCarrier,
    head: ExchangeRequest,
    body: IncomingBody | null,
    upgrade?: string,
  ) {
    this.#carrier = carrier;
    this.head = head;
    this.body = body;
    this.upgrade = upgrade;
  }

  get method(): string {
    return this.head.method;
  }

  get target(): string {
    return this.head.target;
  }

  get version(): '1.0' | '1.1' | '2.0' {
    return this.head.version;
  }

  get rawHeaders(): readonly string[] {
    return this.head.fields.raw;
  }

  get peer(): Endpoint {
    return this.#carrier.peer;
  }

  get local(): Endpoint {
    return this.#carrier.local;
  }

  get secure(): boolean {
    return this.#carrier.secure;
  }

  get tls(): TlsSession | undefined {
    return this.#carrier.tls;
  }

  get clientLeft(): boolean {
    return this.#clientLeft;
  }

  get headSent(): boolean {
    return this.#headSent ?? this.#carrier.writer.hasHead;
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
    if (this.isOver || this.#mayWrite) listener();
    else (this.#onDrain ??= []).push(listener);
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    if (this.#isGone()) return;
    this.#carrier.writer.answer(status, headers, body);
    this.#carrier.ended();
  }

  sendInformation(status: number, headers: readonly string[]): void {
    if (!this.#isGone()) this.#carrier.writer.inform(status, headers);
  }

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#isGone()) return;
    const { writer } = this.#carrier;
    writer.head(status, headers);
    process.nextTick(flush, this, writer);
  }

  write(chunk: string | Uint8Array): boolean {
    // Whoever writes on and on to a client that is gone would never let the event loop tell of that.
    if (this.#isGone()) return this.#isSettled;
    this.#carrier.writer.write(bytesOf(chunk), false);
    this.#carrier.wrote();
    if (++this.#writes === WRITES_A_TURN) setImmediate(nextTurn, this);
    return this.#mayWrite;
  }

  end(chunk: string | Uint8Array = '', trailers: readonly string[] = NONE): void {
    if (this.#isGone()) return;
    const { writer } = this.#carrier;
    const bytes = bytesOf(chunk);
    if (trailers.length && bytes.length) writer.write(bytes, false);
    if (trailers.length) writer.end(trailers);
    else writer.write(bytes, true);
    this.#carrier.ended();
  }

  get sentBytes(): number {
    return this.#sentBytes ?? this.#carrier.writer.bodyBytes;
  }

  splice(body: IncomingBody, failed?: (error: Error) => void): void {
    if (this.#isGone()) return body.cancel();
    if (!this.#carrier.writer.hasHead) throw new AnswerOrderError('The answer has no head yet');
    this.#onBroken = failed;
    body.readInto(new Splice(body, this));
  }

  takeOver(): Upgraded {
    if (this.#clientLeft) throw new ClientLeftError();
    if (this.#isSettled) throw new AnswerOrderError('The answer has ended already');
    if (this.upgrade === undefined) throw new AnswerOrderError('The request asks for no upgrade');
    if (this.headSent) throw new AnswerOrderError('The answer has begun already');
    const upgraded = this.#carrier.release();
    this.settle();
    return upgraded;
  }

  destroy(): void {
    if (this.#isSettled) return;
    this.#isCut = true;
    this.#carrier.breakOff();
    this.settle();
  }

  // As the target of a body that is spliced.

  get isOver(): boolean {
    return this.#isSettled || this.#carrier.writer.hasEnded;
  }

  get pending(): number {
    return this.#carrier.writer.pending;
  }

  writeSpliced(bytes: Uint8Array, last: boolean): boolean {
    const { writer } = this.#carrier;
    writer.write(bytes, last);
    if (last) this.#carrier.ended();
    else this.#carrier.wrote();
    return writer.keepsUp;
  }

  endSpliced(): void {
    this.end();
  }

  breakSpliced(error: Error): void {
    this.#onBroken?.(error);
    this.destroy();
  }

  /** The next turn of the event loop has come. */
  rested(): void {
    this.#writes = 0;
    if (!this.isOver && this.#mayWrite) this.drained();
  }

  // What the carrier says.

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
    this.#sentBytes = this.#carrier.writer.bodyBytes;
    this.#headSent = this.#carrier.writer.hasHead;
    this.drained();
    const listeners = this.#onSettled;
    this.#onSettled = undefined;
    if (listeners) for (const listener of listeners) this.#tell(listener);
  }

  get #mayWrite(): boolean {
    const { writer, isDeaf } = this.#carrier;
    return writer.keepsUp && !isDeaf && this.#writes < WRITES_A_TURN;
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#carrier.failed(error, this);
    }
  }

  /** True if nobody is there to be answered; what is said then goes nowhere, and is no mistake. */
  #isGone(): boolean {
    if (!this.#isSettled) return this.#carrier.isDeaf;
    if (this.#clientLeft || this.#isCut) return true;
    throw new AnswerOrderError('The answer has ended already');
  }
}

/** A head waits for the first bytes only as long as the turn lasts. */
function flush(exchange: ServerExchange, writer: ExchangeWriter): void {
  if (!exchange.isSettled) writer.flush();
}

function nextTurn(exchange: ServerExchange): void {
  exchange.rested();
}

const EMPTY = Buffer.alloc(0);

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  if (typeof chunk !== 'string') return chunk;
  return chunk === '' ? EMPTY : Buffer.from(chunk);
}
