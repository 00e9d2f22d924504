/** One HTTP/1 connection of a server: reads requests, has them answered one after the other, and watches over the time that all of it takes. */
import type { Duplex } from 'node:stream';
import { AnswerWriter } from './answer-writer.ts';
import { ClientLeftError, RefusedMessageError } from './errors.ts';
import type { Endpoint } from './exchange.ts';
import { CLOSE, KEEP_ALIVE } from './fields.ts';
import { type ExchangeConnection, Http1Exchange } from './http1-exchange.ts';
import { type BodySource, IncomingBody } from './incoming-body.ts';
import { CHUNKED, type Framing, MessageReader, type MessageReceiver } from './message-reader.ts';
import { PROBLEM_HEADERS, problemDocument } from './problem.ts';
import { readRequestHead, type RequestHead } from './request-head.ts';
import type { ServerState } from './server-state.ts';
import { Deadline, type Timed } from './timer-wheel.ts';
import type { HeaderLines } from './write-head.ts';

/** The two ends of a connection. */
export interface Ends {
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
}

/** A body that nobody wants is read to its end if no more than this is left of it; else the connection is closed. */
const DRAINED_BYTES = 64 * 1024;
/** How much is read and dropped behind the last answer. */
const LINGER_BYTES = 1024 * 1024;
/** When to look again whether a client is there that has ended its side: first soon, as those nearby answer at once. */
const PROBES_MS = [2, 40, 400, 4000];

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EMPTY = Buffer.alloc(0);

/** One HTTP/1 connection. */
export class ServerConnection implements MessageReceiver, ExchangeConnection, BodySource, Timed {
  readonly socket: Duplex;
  readonly writer: AnswerWriter;
  readonly #ends: Ends;
  readonly #server: ServerState;
  readonly #reader: MessageReader;
  readonly #readDeadline: Deadline;
  readonly #writeDeadline: Deadline;
  #exchange: Http1Exchange | undefined;
  /** An exchange whose handler has not been called yet. */
  #fresh: Http1Exchange | undefined;
  #body: IncomingBody | undefined;
  /** Bytes that came before their turn. */
  #rest: Buffer | undefined;
  #requests = 0;
  #isFeeding = false;
  #isPaused = false;
  /** The client has ended its side. */
  #hasEnded = false;
  /** The connection ends when what is under way is answered. */
  #isLast = false;
  /** Nothing is read any more but to be dropped. */
  #lingers = false;
  #lingered = 0;
  #isReleased = false;
  #expectsContinue = false;
  #isHead = false;
  #bodyBytes = 0;
  #bodySince = 0;
  #lastByteAt = 0;
  #stopProbing: (() => void) | undefined;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#clientEnded();
  readonly #onDrain = (): void => this.#drained();
  readonly #onClose = (): void => this.#closed();
  readonly #onError = (): void => {};

  constructor(socket: Duplex, ends: Ends, server: ServerState) {
    this.socket = socket;
    this.#ends = ends;
    this.#server = server;
    this.writer = new AnswerWriter(socket, (lines) => this.#commonLines(lines));
    this.#reader = new MessageReader('request', server.limits, this);
    this.#readDeadline = new Deadline(this);
    this.#writeDeadline = new Deadline({ onDue: () => this.socket.destroy() });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    server.wheel.set(this.#readDeadline, server.headTimeoutMs);
  }

  get peer(): Endpoint {
    return this.#ends.peer;
  }

  get local(): Endpoint {
    return this.#ends.local;
  }

  get secure(): boolean {
    return this.#ends.secure;
  }

  /** True if a request is being read or answered. */
  get isBusy(): boolean {
    return !this.#lingers && (this.#exchange !== undefined || !this.#reader.isIdle);
  }

  /** Ends the connection as soon as what is under way is answered. */
  closeSoon(): void {
    this.#isLast = true;
    if (!this.isBusy && !this.#isReleased) this.#linger();
  }

  // What the reader has read.

  head(text: string): Framing {
    this.#isHead = text.startsWith('HEAD ');
    const head = readRequestHead(text, this.#server.limits);
    const { fields, version } = head;
    const framing = fields.isChunked ? CHUNKED : Math.max(fields.contentLength, 0);
    let body: IncomingBody | undefined;
    if (framing !== 0) {
      if (framing > this.#server.limits.maxBodyBytes)
        throw new RefusedMessageError('BODY_TOO_LARGE');
      body = new IncomingBody(framing > 0 ? framing : undefined, this);
      this.#expectsContinue = fields.expect !== undefined && version === '1.1';
    }
    this.#body = body;
    this.#requests++;
    this.#isLast ||= this.#isLastRequest(head);
    this.#fresh = this.#exchange = new Http1Exchange(this, head, body ?? null);
    this.writer.next({ isHead: this.#isHead, version });
    return framing;
  }

  chunk(bytes: Buffer, last: boolean): void {
    this.#bodyBytes += bytes.length;
    this.#lastByteAt = this.#server.wheel.now;
    const goesOn = this.#body?.push(bytes, last) ?? true;
    // Before the handler is called nobody could have begun to read.
    if (!goesOn && !last && !this.#fresh) this.pause();
  }

  end(trailers: readonly string[]): void {
    const body = this.#body;
    if (!body) return;
    this.#body = undefined;
    this.#expectsContinue = false;
    this.#server.wheel.set(this.#readDeadline, Infinity);
    body.finish(trailers);
  }

  // What the reader of a body wants.

  begin(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      if (!this.writer.hasHead) this.socket.write(CONTINUE, 'latin1');
    }
    this.#watchBody();
    this.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.socket.pause();
    this.#server.wheel.set(this.#readDeadline, Infinity);
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#body?.isRead) this.#watchBody();
    if (!this.#isReleased) this.socket.resume();
  }

  cancel(): void {
    this.resume();
  }

  // What an exchange says.

  wrote(): void {
    if (!this.writer.keepsUp)
      this.#server.wheel.set(this.#writeDeadline, this.#server.writeTimeoutMs);
  }

  ended(): void {
    const exchange = this.#exchange;
    if (this.writer.pending === 0) return this.#answered(exchange);
    this.#server.wheel.set(this.#writeDeadline, this.#server.writeTimeoutMs);
    // Comes back when all that was written before has been taken.
    this.socket.write(EMPTY, () => this.#answered(exchange));
  }

  release(): Buffer {
    this.#isReleased = true;
    this.#server.upgraded++;
    this.#server.inFlight--;
    this.#exchange = undefined;
    this.#stopWatching();
    const { socket } = this;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('error', this.#onError);
    socket.pause();
    const rest = this.#rest ?? EMPTY;
    this.#rest = undefined;
    return rest;
  }

  breakOff(misleading: boolean): void {
    this.#isLast = true;
    const { socket } = this;
    if (misleading && 'resetAndDestroy' in socket) {
      (socket as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    } else if (this.writer.hasHead && !misleading) {
      // What was written before reaches the client, if it takes it: the more it has, the better it can tell what happened.
      this.#linger();
    } else socket.destroy();
  }

  // Time.

  onDue(): void {
    const { wheel, bodyIdleTimeoutMs, minBodyBytesPerSecond } = this.#server;
    if (this.#lingers || this.#isPaused) return void this.socket.destroy();
    if (this.#reader.isIdle && !this.#exchange) {
      // Nothing has begun, so there is nothing to say.
      return this.#linger();
    }
    if (this.#reader.isInHead) return this.#refuse(new RefusedMessageError('HEAD_TOO_SLOW'));
    const idle = wheel.now - this.#lastByteAt;
    const seconds = (wheel.now - this.#bodySince) / 1000;
    if (idle >= bodyIdleTimeoutMs || this.#bodyBytes < seconds * minBodyBytesPerSecond) {
      return this.#refuse(new RefusedMessageError('BODY_TOO_SLOW'));
    }
    wheel.set(this.#readDeadline, bodyIdleTimeoutMs - idle);
  }

  #watchBody(): void {
    const { wheel, bodyIdleTimeoutMs } = this.#server;
    wheel.set(this.#readDeadline, bodyIdleTimeoutMs);
    this.#bodyBytes = 0;
    this.#bodySince = this.#lastByteAt = wheel.now;
  }

  // Bytes.

  #take(chunk: Buffer): void {
    if (this.#lingers) {
      this.#lingered += chunk.length;
      if (this.#lingered > LINGER_BYTES) this.socket.destroy();
      return;
    }
    if (this.#rest) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      return;
    }
    this.#feed(chunk);
  }

  #feed(chunk: Buffer): void {
    const reader = this.#reader;
    const wasIdle = reader.isIdle;
    let at = 0;
    this.#isFeeding = true;
    try {
      for (;;) {
        at = reader.read(chunk, at);
        if (this.#fresh) this.#start(this.#fresh);
        if (at >= chunk.length || this.#lingers || this.#isReleased || !this.#advance()) break;
      }
    } catch (error) {
      if (!RefusedMessageError.is(error)) throw error;
      this.#refuse(error);
      return;
    } finally {
      this.#isFeeding = false;
    }
    if (at < chunk.length && !this.#lingers) this.#hold(at === 0 ? chunk : chunk.subarray(at));
    else if (wasIdle && reader.isInHead && !reader.isIdle) {
      this.#server.wheel.set(this.#readDeadline, this.#server.headTimeoutMs);
    }
  }

  /** Keeps what came before its turn, and takes no more. */
  #hold(rest: Buffer): void {
    this.#rest = rest;
    if (this.#isReleased) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  /** If the last request is read and answered, the next one may come. */
  #advance(): boolean {
    const { wheel, keepAliveMs } = this.#server;
    if (this.#exchange || !this.#reader.isDone) return false;
    if (this.#isLast) {
      this.#linger();
      return false;
    }
    this.#reader.next();
    wheel.set(this.#readDeadline, keepAliveMs);
    return true;
  }

  #start(exchange: Http1Exchange): void {
    this.#fresh = undefined;
    const server = this.#server;
    server.requests++;
    server.inFlight++;
    if (!this.#body) server.wheel.set(this.#readDeadline, Infinity);
    try {
      const result = server.handler(exchange);
      if (result !== undefined && typeof result.then === 'function') {
        result.then(undefined, (error: unknown) => this.#failed(error, exchange));
      }
    } catch (error) {
      this.#failed(error, exchange);
    }
    if (this.#body && !this.#body.isRead) this.pause();
  }

  /** The handler has failed: if nothing is said yet, that is said. */
  #failed(error: unknown, exchange: Http1Exchange): void {
    this.#server.failed(error, exchange);
    if (exchange.isSettled || exchange.isOver) return;
    if (exchange.headSent) return exchange.destroy();
    const refused = RefusedMessageError.is(error) ? error : undefined;
    const status = refused?.status ?? 500;
    const code = refused?.code ?? 'INTERNAL_ERROR';
    exchange.answer(
      status,
      PROBLEM_HEADERS,
      problemDocument({ status, code, detail: refused?.message }),
    );
  }

  #answered(exchange: Http1Exchange | undefined): void {
    if (!exchange || this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.#server.inFlight--;
    this.#server.wheel.set(this.#writeDeadline, Infinity);
    this.#stopProbing?.();
    exchange.settle();
    const body = this.#body;
    if (body) {
      // What is left of the request has nobody to go to.
      if (this.#isLast || !isSmall(body)) return this.#linger();
      body.cancel();
      this.#watchBody();
    }
    if (!this.#isFeeding) this.#goOn();
  }

  #goOn(): void {
    if (!this.#advance()) return;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#feed(rest);
    if (!this.#rest && !this.#body) this.resume();
    if (this.#hasEnded && !this.isBusy) this.#linger();
  }

  #isLastRequest({ fields, version }: RequestHead): boolean {
    const { maxRequestsPerConnection, isClosing } = this.#server;
    if (isClosing || this.#requests >= maxRequestsPerConnection) return true;
    const { connection } = fields;
    if (connection & CLOSE) return true;
    return version === '1.0' && !(connection & KEEP_ALIVE);
  }

  #commonLines(lines: HeaderLines): string {
    const server = this.#server;
    if (lines.closes || server.isClosing || this.#expectsContinue || this.#hasEnded)
      this.#isLast = true;
    const body = this.#body;
    if (body && !body.isRead && !isSmall(body)) this.#isLast = true;
    const date = lines.hasDate ? '' : `Date: ${server.date()}\r\n`;
    return date + (this.#isLast ? 'Connection: close\r\n' : server.keepLines);
  }

  // Ends.

  #refuse(error: RefusedMessageError): void {
    const { peer } = this;
    this.#server.refuse(error, peer);
    this.#isLast = true;
    const exchange = this.#exchange;
    if (exchange && exchange !== this.#fresh) {
      // Someone is about to answer; the body fails, and what that means is theirs to say.
      const body = this.#body;
      this.#body = undefined;
      this.#server.wheel.set(this.#readDeadline, Infinity);
      this.socket.pause();
      body?.fail(error);
      return;
    }
    this.#fresh = this.#exchange = undefined;
    const { status, code, message } = error;
    this.writer.next({ isHead: this.#isHead, version: '1.1' });
    this.writer.answer(status, PROBLEM_HEADERS, problemDocument({ status, code, detail: message }));
    this.#linger();
  }

  /** Ends our side, and reads on for a while: a connection that is closed with bytes unread would take the answer with it. */
  #linger(): void {
    if (this.#lingers || this.#isReleased) return;
    this.#lingers = true;
    const { wheel, lingerMs, writeTimeoutMs } = this.#server;
    this.#body = this.#rest = undefined;
    const { socket } = this;
    socket.end();
    if (this.#hasEnded && this.writer.pending === 0) return;
    wheel.set(this.#readDeadline, this.writer.pending > 0 ? writeTimeoutMs : lingerMs);
    this.#isPaused = false;
    socket.resume();
  }

  #clientEnded(): void {
    this.#hasEnded = true;
    if (this.#lingers) return;
    try {
      this.#reader.finish();
    } catch (error) {
      // In the middle of a request: nobody is there to be told.
      this.#cutShort(error as RefusedMessageError);
      return;
    }
    if (this.#exchange) this.#probe(0);
    else this.#linger();
  }

  #cutShort(error: RefusedMessageError): void {
    this.#server.refuse(error, this.peer);
    this.#body?.fail(new ClientLeftError());
    this.socket.destroy();
  }

  /** Looks whether a client that has ended its side still takes answers: half a connection is no reason to give it up. */
  #probe(step: number): void {
    const afterMs = PROBES_MS[step];
    if (!this.#exchange || afterMs === undefined || !this.writer.probe()) return;
    this.#stopProbing = this.#server.clock.setTimer(() => this.#probe(step + 1), afterMs, {
      keepAlive: false,
    });
  }

  #drained(): void {
    this.#server.wheel.set(this.#writeDeadline, Infinity);
    this.#exchange?.drained();
  }

  #closed(): void {
    this.#stopWatching();
    const exchange = this.#exchange;
    this.#exchange = this.#fresh = undefined;
    const body = this.#body;
    this.#body = this.#rest = undefined;
    if (!exchange) return;
    this.#server.inFlight--;
    if (!exchange.isSettled) this.#server.clientsLeft++;
    exchange.left();
    body?.fail(new ClientLeftError());
  }

  #stopWatching(): void {
    const { wheel } = this.#server;
    wheel.remove(this.#readDeadline);
    wheel.remove(this.#writeDeadline);
    this.#stopProbing?.();
  }
}

function isSmall(body: IncomingBody): boolean {
  return body.length !== undefined && body.length <= DRAINED_BYTES;
}
