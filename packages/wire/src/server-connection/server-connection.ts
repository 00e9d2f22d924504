/** One HTTP/1 connection of a server: has its requests answered one after the other, and ends well. */
import type { Duplex } from 'node:stream';
import { AnswerWriter } from '../message-writer/answer-writer.ts';
import { ClientProbe } from './client-probe.ts';
import { ClientLeftError, RefusedMessageError } from '../errors.ts';
import type { Endpoint, Ends, Exchange, TlsSession, Upgraded } from '../exchange/exchange.ts';
import { CLOSE, KEEP_ALIVE } from '../message-reader/fields.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { PROBLEM_HEADERS, problemDocument } from '../exchange/problem.ts';
import { type RequestHead, upgradeOf } from '../message-reader/request-head.ts';
import { type IntakeOwner, RequestIntake } from './request-intake.ts';
import { runHandler } from '../exchange/run-handler.ts';
import { type ExchangeCarrier, ServerExchange } from '../exchange/server-exchange.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';
import type { HeaderLines } from '../message-writer/write-head.ts';

/** A body that nobody wants is read to its end if it has no more than this; else the connection is closed. */
const DRAINED_BYTES = 64 * 1024;
/** How much is read and dropped behind the last answer. */
const LINGER_BYTES = 1024 * 1024;

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** One HTTP/1 connection. */
export class ServerConnection implements ExchangeCarrier, IntakeOwner, Timed {
  readonly socket: Duplex;
  readonly writer: AnswerWriter;
  readonly #ends: Ends;
  readonly #server: ServerState;
  readonly #intake: RequestIntake;
  readonly #probe: ClientProbe;
  /** For what waits to be taken by the client, and for how long it may go on sending when all is said. */
  readonly #deadline: Deadline;
  #exchange: ServerExchange | undefined;
  #requests = 0;
  /** The client has ended its side. */
  #hasEnded = false;
  /** The connection ends when what is under way is answered. */
  #isLast = false;
  /** All is said; what still comes is dropped. */
  #lingers = false;
  #lingered = 0;
  /** Who took the connection over, to be told that the server closes. */
  #onClosing: (() => void)[] | undefined;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#clientEnded();
  readonly #onDrain = (): void => this.#progressed();
  readonly #onClose = (): void => this.#closed();
  readonly #onError = (): void => {};

  constructor(socket: Duplex, ends: Ends, server: ServerState) {
    this.socket = socket;
    this.#ends = ends;
    this.#server = server;
    this.writer = new AnswerWriter(
      socket,
      (lines) => this.#commonLines(lines),
      () => this.#progressed(),
    );
    this.#intake = new RequestIntake(socket, server, this);
    this.#probe = new ClientProbe(this.writer, server.clock);
    this.#deadline = new Deadline(this);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
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

  get tls(): TlsSession | undefined {
    return this.#ends.tls;
  }

  /** Ends the connection as soon as what is under way is answered. */
  closeSoon(): void {
    this.#isLast = true;
    for (const listener of this.#onClosing?.splice(0) ?? []) this.#tellClosing(listener);
    if (!this.#exchange && this.#intake.isIdle) this.#linger();
  }

  /** What is written to a connection that is gone, is told by the socket. */
  get isDeaf(): boolean {
    return false;
  }

  // What comes in.

  request(head: RequestHead, body: IncomingBody | null): void {
    this.#requests++;
    this.#isLast ||= this.#isLastRequest(head);
    this.writer.next({ isHead: this.#intake.isHead, version: head.version });
    this.#exchange = new ServerExchange(this, head, body, upgradeOf(head));
    runHandler(this.#server, this.#exchange);
  }

  mayGoOn(): boolean {
    if (this.#exchange) return false;
    if (!this.#isLast) return true;
    this.#linger();
    return false;
  }

  sendContinue(): void {
    if (!this.writer.hasHead) this.socket.write(CONTINUE, 'latin1');
  }

  refuse(error: RefusedMessageError): void {
    this.#server.refuse(error, this, this.#exchange !== undefined);
    this.#isLast = true;
    // Someone is about to answer; the body fails, and what that means is theirs to say.
    if (this.#exchange) return void this.socket.pause();
    const { status, code, message } = error;
    this.writer.next({ isHead: this.#intake.isHead, version: '1.1' });
    this.writer.answer(status, PROBLEM_HEADERS, problemDocument({ status, code, detail: message }));
    this.#linger();
  }

  idle(): void {
    this.#linger();
  }

  // What an exchange says.

  wrote(): void {
    if (!this.writer.keepsUp) this.#waitForClient();
  }

  ended(): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    if (this.writer.pending === 0) return this.#answered(exchange);
    this.#waitForClient();
    this.writer.whenTaken(() => this.#answered(exchange));
  }

  failed(error: unknown, exchange: Exchange): void {
    this.#server.failed(error, exchange);
  }

  release(): Upgraded {
    this.#server.upgraded++;
    this.#server.inFlight--;
    this.#exchange = undefined;
    const { socket } = this;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    socket.off('error', this.#onError);
    // As if nobody had ever listened: it flows again as soon as someone does.
    socket.pause();
    (socket as { readableFlowing: boolean | null }).readableFlowing = null;
    // From here on it is not ours to end.
    this.#lingers = true;
    socket.once('close', () => this.#server.upgraded--);
    const listeners = (this.#onClosing = [] as (() => void)[]);
    const onClosing = (listener: () => void): void => {
      if (this.#server.isClosing) this.#tellClosing(listener);
      else listeners.push(listener);
    };
    return { socket, head: this.#stop(), onClosing };
  }

  breakOff(): void {
    const exchange = this.#exchange;
    const { socket } = this;
    this.#exchange = undefined;
    if (exchange) this.#server.inFlight--;
    // An answer that lasts until the connection ends looks whole when it ends well.
    if (this.writer.endsWithConnection) reset(socket);
    else if (this.writer.hasHead) {
      // What was written before reaches the client, if it takes it: the more it has, the better it can tell what happened.
      this.#linger();
    } else socket.destroy();
  }

  /** The client takes nothing, or does not stop sending. */
  onDue(): void {
    this.socket.destroy();
  }

  #tellClosing(listener: () => void): void {
    try {
      listener();
    } catch {
      // Whoever took the connection over cannot keep the server from closing.
    }
  }

  #waitForClient(): void {
    this.#server.wheel.set(this.#deadline, this.#server.writeTimeoutMs);
  }

  #take(chunk: Buffer): void {
    if (!this.#lingers) return this.#intake.take(chunk);
    this.#lingered += chunk.length;
    if (this.#lingered > LINGER_BYTES) this.socket.destroy();
  }

  #answered(exchange: ServerExchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    this.#server.inFlight--;
    this.#server.wheel.set(this.#deadline, Infinity);
    this.#probe.stop();
    exchange.settle();
    const { body } = this.#intake;
    // What is left of the request has nobody to go to; a little of it is read to keep the connection.
    if (this.#intake.isStopped || (body && (this.#isLast || !isSmall(body)))) {
      body?.abandon();
      return this.#linger();
    }
    this.#intake.answered();
    if (this.#hasEnded && !this.#exchange && this.#intake.isIdle) this.#linger();
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
    const { body, expectsContinue } = this.#intake;
    if (lines.closes || server.isClosing || expectsContinue) this.#isLast = true;
    if (body && !body.isRead && !isSmall(body)) this.#isLast = true;
    const date = lines.hasDate ? '' : `Date: ${server.date()}\r\n`;
    return date + (this.#isLast ? 'Connection: close\r\n' : server.keepLines);
  }

  // Ends.

  /** Ends our side, and reads on for a while: a connection that is closed with bytes unread would take the answer with it. */
  #linger(): void {
    if (this.#lingers) return;
    this.#lingers = true;
    const { wheel, lingerMs, writeTimeoutMs } = this.#server;
    this.#intake.stop();
    const { socket } = this;
    const isWaiting = this.writer.pending > 0;
    this.writer.hurry();
    socket.end();
    wheel.set(this.#deadline, isWaiting ? writeTimeoutMs : lingerMs);
    socket.resume();
  }

  #clientEnded(): void {
    this.#hasEnded = true;
    if (this.#lingers) return;
    try {
      this.#intake.finish();
    } catch (error) {
      // In the middle of a request: nobody is there to be told.
      this.#server.refuse(error as RefusedMessageError, this, this.#exchange !== undefined);
      this.socket.destroy();
      this.#closed();
      return;
    }
    if (this.#exchange) this.#probe.start();
    else this.#linger();
  }

  /** The client has taken something. */
  #progressed(): void {
    if (this.#lingers) return;
    if (!this.writer.keepsUp) return this.#waitForClient();
    this.#server.wheel.set(this.#deadline, Infinity);
    this.#exchange?.drained();
  }

  #closed(): void {
    const { body } = this.#intake;
    this.#stop();
    this.#lingers = true;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange) {
      this.#server.inFlight--;
      this.#server.clientsLeft++;
      exchange.left();
    }
    body?.fail(new ClientLeftError());
  }

  #stop(): Buffer {
    this.#server.wheel.remove(this.#deadline);
    this.#probe.stop();
    return this.#intake.stop();
  }
}

function isSmall(body: IncomingBody): boolean {
  return body.length !== undefined && body.length <= DRAINED_BYTES;
}

/** Breaks a connection without an orderly end, where it knows anything else. */
function reset(socket: Duplex & { resetAndDestroy?(): void }): void {
  // Node ends a socket in order before it resets it, unless that seems done.
  Object.defineProperties(socket, {
    writable: { value: false },
    writableFinished: { value: true },
  });
  try {
    socket.resetAndDestroy?.();
  } catch {
    // A Unix socket or TLS, which know no reset.
  }
  socket.destroy();
}
