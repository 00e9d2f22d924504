/** An exchange on a stream of HTTP/2. */
import type { ServerHttp2Stream } from 'node:http2';
import { AnswerOrderError, ClientLeftError } from '../errors.ts';
import type { Endpoint, Ends, Exchange, Upgraded } from '../exchange/exchange.ts';
import { type AnswerOwner, Http2AnswerWriter } from './http2-answer-writer.ts';
import type { Http2Head } from './http2-head.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { headerOf } from '../raw-headers.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Splice, type SpliceTarget } from '../splice.ts';

/** What an exchange needs of its connection. */
export interface StreamConnection {
  readonly ends: Ends;
  readonly server: ServerState;
  /** Nothing more will be sent; `left` if it was the client who ended it. */
  settled(left: boolean): void;
  /** The stream is gone. */
  closed(): void;
  /** A client takes nothing any more. */
  stalled(stream: ServerHttp2Stream): void;
}

/** A request as it came. */
export interface StreamRequest {
  readonly stream: ServerHttp2Stream;
  readonly head: Http2Head;
  readonly body: IncomingBody | null;
}

const NONE: readonly string[] = [];
/** Codes of HTTP/2 (RFC 9113 section 7). */
const NO_ERROR = 0;
const INTERNAL_ERROR = 2;

/** An exchange on a stream of HTTP/2. */
export class Http2Exchange implements Exchange, SpliceTarget, AnswerOwner {
  readonly version = '2.0' as const;
  readonly upgrade: undefined = undefined;
  readonly body: IncomingBody | null;
  readonly #connection: StreamConnection;
  readonly #stream: ServerHttp2Stream;
  readonly #head: Http2Head;
  readonly #writer: Http2AnswerWriter;
  #isSettled = false;
  #isCut = false;
  #clientLeft = false;
  #abort: AbortController | undefined;
  #onLeft: (() => void)[] | undefined;
  #onSettled: (() => void)[] | undefined;
  #onDrain: (() => void)[] | undefined;
  #onBroken: ((error: Error) => void) | undefined;

  constructor(connection: StreamConnection, { stream, head, body }: StreamRequest) {
    this.#connection = connection;
    this.#stream = stream;
    this.#head = head;
    this.body = body;
    this.#writer = new Http2AnswerWriter(stream, connection.server, this);
    stream.on('aborted', () => this.#left());
    stream.on('close', () => this.#closed());
  }

  get method(): string {
    return this.#head.method;
  }

  get target(): string {
    return this.#head.target;
  }

  get rawHeaders(): readonly string[] {
    return this.#head.fields.raw;
  }

  get peer(): Endpoint {
    return this.#connection.ends.peer;
  }

  get local(): Endpoint {
    return this.#connection.ends.local;
  }

  get secure(): boolean {
    return this.#connection.ends.secure;
  }

  get isHead(): boolean {
    return this.#head.method === 'HEAD';
  }

  get clientLeft(): boolean {
    return this.#clientLeft;
  }

  get headSent(): boolean {
    return this.#writer.hasHead;
  }

  get sentBytes(): number {
    return this.#writer.bodyBytes;
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
    if (this.isOver || this.#writer.keepsUp) listener();
    else (this.#onDrain ??= []).push(listener);
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    if (!this.#isGone()) this.#writer.answer(status, headers, body);
  }

  sendInformation(status: number, headers: readonly string[]): void {
    if (!this.#isGone()) this.#writer.inform(status, headers);
  }

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#isGone()) return;
    this.#writer.head(status, headers);
    process.nextTick(flush, this, this.#writer);
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#isGone()) return true;
    this.#writer.write(bytesOf(chunk), false);
    return this.#writer.keepsUp;
  }

  end(chunk: string | Uint8Array = '', trailers: readonly string[] = NONE): void {
    if (this.#isGone()) return;
    const bytes = bytesOf(chunk);
    if (trailers.length === 0) return this.#writer.write(bytes, true);
    if (bytes.length > 0) this.#writer.write(bytes, false);
    this.#writer.end(trailers);
  }

  splice(body: IncomingBody, failed?: (error: Error) => void): void {
    if (this.#isGone()) return body.cancel();
    if (!this.#writer.hasHead) throw new AnswerOrderError('The answer has no head yet');
    this.#onBroken = failed;
    body.readInto(new Splice(body, this));
  }

  takeOver(): Upgraded {
    throw new AnswerOrderError('The request asks for no upgrade');
  }

  destroy(): void {
    if (this.#isSettled) return;
    this.#isCut = true;
    this.#reset(INTERNAL_ERROR);
    this.#settle();
  }

  // As the target of a body that is spliced.

  get isOver(): boolean {
    return this.#isSettled || this.#writer.hasEnded;
  }

  get pending(): number {
    return this.#writer.pending;
  }

  writeSpliced(bytes: Uint8Array, last: boolean): boolean {
    this.#writer.write(bytes, last);
    return this.#writer.keepsUp;
  }

  endSpliced(): void {
    this.end();
  }

  breakSpliced(error: Error): void {
    this.#onBroken?.(error);
    this.destroy();
  }

  // What the writer says.

  drained(): void {
    const listeners = this.#onDrain;
    this.#onDrain = undefined;
    if (listeners) for (const listener of listeners) listener();
  }

  finished(): void {
    this.#settle();
    const { body } = this;
    if (this.#stream.endAfterHeaders || body?.isWhole) return;
    // What is left of the request has nobody to go to, and the client may stop sending it (RFC 9113 section 8.1).
    body?.cancel();
    this.#reset(NO_ERROR);
    this.#stream.resume();
  }

  stalled(): void {
    this.#connection.stalled(this.#stream);
    this.#writer.expectClose();
  }

  /** Ends the stream, and the connection with it if the client does not even take that. */
  #reset(code: number): void {
    if (code !== NO_ERROR) this.#writer.drop();
    this.#stream.close(code);
    this.#writer.expectClose();
  }

  #closed(): void {
    this.#connection.closed();
    this.#writer.closed();
    if (this.#writer.hasEnded && this.#writer.pending === 0 && this.#stream.rstCode === NO_ERROR) {
      this.#settle();
    } else if (!this.#writer.isOut) this.#left();
  }

  #left(): void {
    if (this.#isSettled || this.#isCut || this.#writer.isOut) return;
    this.#clientLeft = true;
    this.#writer.drop();
    const listeners = this.#onLeft;
    this.#onLeft = undefined;
    this.#settle();
    if (listeners) for (const listener of listeners) listener();
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#connection.settled(this.#clientLeft);
    this.drained();
    const listeners = this.#onSettled;
    this.#onSettled = undefined;
    if (listeners) for (const listener of listeners) listener();
  }

  /** True if nobody is there to be answered; what is said then goes nowhere, and is no mistake. */
  #isGone(): boolean {
    if (!this.#isSettled) return this.#stream.closed && !this.#writer.isOut;
    if (this.#clientLeft || this.#isCut) return true;
    throw new AnswerOrderError('The answer has ended already');
  }
}

/** A head waits for the first bytes only as long as the turn lasts. */
function flush(exchange: Http2Exchange, writer: Http2AnswerWriter): void {
  if (!exchange.isSettled) writer.flush();
}

const EMPTY = Buffer.alloc(0);

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  if (typeof chunk !== 'string') return chunk;
  return chunk === '' ? EMPTY : Buffer.from(chunk);
}
