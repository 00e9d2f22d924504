/** A stream of HTTP/2 that carries one exchange. */
import type { ServerHttp2Stream } from 'node:http2';
import { AnswerOrderError } from '../errors.ts';
import type { Endpoint, Ends, Exchange, TlsSession } from '../exchange/exchange.ts';
import { type ExchangeCarrier, ServerExchange } from '../exchange/server-exchange.ts';
import type { ServerState } from '../exchange/server-state.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { type AnswerOwner, Http2AnswerWriter } from './http2-answer-writer.ts';
import type { Http2Head } from './http2-head.ts';

/** What a stream needs of its connection. */
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

/** Codes of HTTP/2 (RFC 9113 section 7). */
const NO_ERROR = 0;
const INTERNAL_ERROR = 2;

/** A stream with its exchange. */
export class Http2Stream implements ExchangeCarrier, AnswerOwner {
  readonly exchange: ServerExchange;
  readonly writer: Http2AnswerWriter;
  readonly isHead: boolean;
  readonly #connection: StreamConnection;
  readonly #stream: ServerHttp2Stream;
  #isCut = false;

  constructor(connection: StreamConnection, { stream, head, body }: StreamRequest) {
    this.#connection = connection;
    this.#stream = stream;
    this.isHead = head.method === 'HEAD';
    this.writer = new Http2AnswerWriter(stream, connection.server, this);
    this.exchange = new ServerExchange(this, head, body);
    stream.on('aborted', () => this.#left());
    stream.on('close', () => this.#closed());
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

  get tls(): TlsSession | undefined {
    return this.#connection.ends.tls;
  }

  // What the exchange says.

  get isDeaf(): boolean {
    return this.#stream.closed && !this.writer.isOut;
  }

  /** The writer watches over the client itself. */
  wrote(): void {}

  ended(): void {}

  failed(error: unknown, exchange: Exchange): void {
    this.#connection.server.failed(error, exchange);
  }

  release(): never {
    throw new AnswerOrderError('A stream of HTTP/2 cannot be taken over');
  }

  breakOff(): void {
    this.#isCut = true;
    this.#reset(INTERNAL_ERROR);
    this.#connection.settled(false);
  }

  // What the writer says.

  drained(): void {
    this.exchange.drained();
  }

  finished(): void {
    this.#settle();
    const { body } = this.exchange;
    if (this.#stream.endAfterHeaders || body?.isWhole) return;
    // What is left of the request has nobody to go to, and the client may stop sending it (RFC 9113 section 8.1).
    body?.abandon();
    this.#reset(NO_ERROR);
    this.#stream.resume();
  }

  stalled(): void {
    this.#connection.stalled(this.#stream);
    this.writer.expectClose();
  }

  /** Ends the stream, and the connection with it if the client does not even take that. */
  #reset(code: number): void {
    if (code !== NO_ERROR) this.writer.drop();
    this.#stream.close(code);
    this.writer.expectClose();
  }

  #closed(): void {
    this.#connection.closed();
    this.writer.closed();
    if (this.writer.hasEnded && this.writer.pending === 0 && this.#stream.rstCode === NO_ERROR) {
      this.#settle();
    } else if (!this.writer.isOut) this.#left();
  }

  #left(): void {
    if (this.exchange.isSettled || this.#isCut || this.writer.isOut) return;
    this.writer.drop();
    this.#connection.settled(true);
    this.exchange.left();
  }

  #settle(): void {
    if (this.exchange.isSettled) return;
    this.#connection.settled(false);
    this.exchange.settle();
  }
}
