/** The way in of a connection: reads one request after the other, never faster than they are wanted, and never for longer than it may take. */
import type { Duplex } from 'node:stream';
import { BodyPace } from '../exchange/body-pace.ts';
import { RefusedMessageError } from '../errors.ts';
import { type BodySource, IncomingBody } from '../incoming-body.ts';
import {
  CHUNKED,
  type Framing,
  MessageReader,
  type MessageReceiver,
} from '../message-reader/message-reader.ts';
import { readRequestHead, type RequestHead } from '../message-reader/request-head.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';

/** Who is handed requests. */
export interface IntakeOwner {
  /** A head and all that came with it is read: the request can be answered. */
  request(head: RequestHead, body: IncomingBody | null): void;
  /** True if the last request is answered and another one may be read; asked only when the last one is read. */
  mayGoOn(): boolean;
  /** The client waits to be told that its body is wanted. */
  sendContinue(): void;
  /** What comes breaks a rule, or comes too slowly. Nothing more is read. */
  refuse(error: RefusedMessageError): void;
  /** Nothing has come for as long as an idle connection is kept. */
  idle(): void;
}

const EMPTY = Buffer.alloc(0);

/** Reads the requests of a connection. */
export class RequestIntake implements MessageReceiver, BodySource, Timed {
  readonly #socket: Duplex;
  readonly #server: ServerState;
  readonly #owner: IntakeOwner;
  readonly #reader: MessageReader;
  readonly #deadline: Deadline;
  readonly #pace: BodyPace;
  /** A head that is read and not handed on yet. */
  #fresh: RequestHead | undefined;
  #body: IncomingBody | undefined;
  /** Bytes that came before their turn. */
  #rest: Buffer | undefined;
  /** The bytes being read, and how far they are. */
  #chunk: Buffer = EMPTY;
  #at = 0;
  #isFeeding = false;
  #isWatched = false;
  #hasHandedOn = false;
  #isPaused = false;
  #isStopped = false;
  #expectsContinue = false;
  #isHead = false;

  constructor(socket: Duplex, server: ServerState, owner: IntakeOwner) {
    this.#socket = socket;
    this.#server = server;
    this.#owner = owner;
    this.#reader = new MessageReader('request', server.limits, this);
    this.#deadline = new Deadline(this);
    this.#pace = new BodyPace(server);
    server.wheel.set(this.#deadline, server.headTimeoutMs);
  }

  /** The body under way, if there is one. */
  get body(): IncomingBody | undefined {
    return this.#body;
  }

  /** True if nothing of a request is there but what is read whole. */
  get isIdle(): boolean {
    return this.#reader.isIdle && !this.#rest;
  }

  /** True if the request under way asks for a head alone; known even if it is refused. */
  get isHead(): boolean {
    return this.#isHead;
  }

  /** True once nothing more is read. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** True if the client still waits to be told that its body is wanted. */
  get expectsContinue(): boolean {
    return this.#expectsContinue;
  }

  /** Takes what has come. */
  take(chunk: Buffer): void {
    if (this.#isStopped) return;
    if (this.#rest) this.#rest = Buffer.concat([this.#rest, chunk]);
    else this.#feed(chunk);
  }

  /** The request under way is answered: the next one may come, or what is left of this one goes nowhere. */
  answered(): void {
    if (this.#body) {
      this.#body.abandon();
      this.#watchBody();
    }
    if (!this.#isFeeding) this.#goOn();
  }

  /**
   * The client has ended its side.
   *
   * @throws RefusedMessageError in the middle of a request
   */
  finish(): void {
    this.#reader.finish();
  }

  /** Reads no more, and gives what was read too much. */
  stop(): Buffer {
    this.#isStopped = true;
    this.#server.wheel.remove(this.#deadline);
    const rest = this.#isFeeding ? this.#chunk.subarray(this.#at) : (this.#rest ?? EMPTY);
    this.#rest = this.#body = this.#fresh = undefined;
    return rest;
  }

  // What the reader has read.

  head(text: string): Framing {
    const { limits } = this.#server;
    this.#isHead = text.startsWith('HEAD ');
    const head = readRequestHead(text, limits);
    const { isChunked, contentLength, expect } = head.fields;
    const framing = isChunked ? CHUNKED : Math.max(contentLength, 0);
    if (framing !== 0) {
      this.#body = new IncomingBody(framing > 0 ? framing : undefined, this);
      this.#expectsContinue = expect !== undefined && head.version === '1.1';
    }
    this.#fresh = head;
    return framing;
  }

  chunk(bytes: Buffer, last: boolean): void {
    this.#pace.note(bytes.length, this.#server.wheel.now);
    const goesOn = this.#body?.push(bytes, last) ?? true;
    // Before the request is handed on nobody could have begun to read.
    if (!goesOn && !last && !this.#fresh) this.pause();
  }

  end(trailers: readonly string[]): void {
    const body = this.#body;
    if (!body) return;
    // While it is fresh its body must be found by those that it is handed to.
    if (!this.#fresh) this.#body = undefined;
    this.#expectsContinue = this.#isWatched = false;
    this.#server.wheel.set(this.#deadline, Infinity);
    body.finish(trailers);
  }

  // What the reader of a body wants.

  begin(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.#owner.sendContinue();
    }
    this.#watchBody();
    this.resume();
  }

  pause(): void {
    const { wheel } = this.#server;
    if (!this.#isPaused) this.#pace.pause(wheel.now);
    this.#isPaused = true;
    this.#socket.pause();
    wheel.set(this.#deadline, Infinity);
  }

  resume(): void {
    if (!this.#isPaused || this.#isStopped) return;
    this.#isPaused = false;
    const { wheel } = this.#server;
    if (this.#isWatched) wheel.set(this.#deadline, this.#pace.resume(wheel.now));
    this.#socket.resume();
  }

  cancel(): void {
    if (!this.#isWatched) this.#watchBody();
    this.resume();
  }

  // Time.

  onDue(): void {
    const { wheel } = this.#server;
    if (this.#body) {
      const leftMs = this.#pace.leftMs(wheel.now);
      if (leftMs > 0) wheel.set(this.#deadline, leftMs);
      else this.#refuse(new RefusedMessageError('BODY_TOO_SLOW'));
    } else if (this.#reader.isIdle) this.#owner.idle();
    else this.#refuse(new RefusedMessageError('HEAD_TOO_SLOW'));
  }

  #watchBody(): void {
    const { wheel, bodyIdleTimeoutMs } = this.#server;
    wheel.set(this.#deadline, bodyIdleTimeoutMs);
    this.#pace.start(wheel.now);
    this.#isWatched = true;
  }

  // Bytes.

  #feed(chunk: Buffer): void {
    const reader = this.#reader;
    let wasIdle = reader.isIdle;
    let at = 0;
    this.#isFeeding = true;
    this.#chunk = chunk;
    try {
      for (;;) {
        at = this.#at = reader.read(chunk, at);
        if (this.#fresh) this.#handOn(this.#fresh);
        if (at >= chunk.length || !this.#advance()) break;
        wasIdle = true;
      }
    } catch (error) {
      if (!RefusedMessageError.is(error)) throw error;
      this.#refuse(error);
      return;
    } finally {
      this.#isFeeding = false;
      this.#chunk = EMPTY;
    }
    if (this.#isStopped) return;
    if (at < chunk.length) this.#hold(at === 0 ? chunk : chunk.subarray(at));
    else if (reader.isDone) this.#advance();
    else if (wasIdle && this.#hasHandedOn && reader.isInHead && !reader.isIdle) {
      this.#server.wheel.set(this.#deadline, this.#server.headTimeoutMs);
    }
  }

  #handOn(head: RequestHead): void {
    const body = this.#body;
    this.#fresh = undefined;
    this.#hasHandedOn = true;
    if (body?.isOver) this.#body = undefined;
    if (!this.#body) this.#server.wheel.set(this.#deadline, Infinity);
    this.#owner.request(head, body ?? null);
    if (this.#body && !this.#body.isRead) this.pause();
  }

  /** Keeps what came before its turn, and takes no more. */
  #hold(rest: Buffer): void {
    this.#rest = rest;
    this.#isPaused = true;
    this.#socket.pause();
  }

  /** If the last request is read and answered, the next one may come. */
  #advance(): boolean {
    if (this.#isStopped || !this.#reader.isDone || !this.#owner.mayGoOn()) return false;
    this.#reader.next();
    this.#server.wheel.set(this.#deadline, this.#server.keepAliveMs);
    return true;
  }

  #goOn(): void {
    if (!this.#advance()) return;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#feed(rest);
    if (!this.#rest && !this.#body) this.resume();
  }

  #refuse(error: RefusedMessageError): void {
    const body = this.#fresh ? undefined : this.#body;
    this.stop();
    this.#owner.refuse(error);
    body?.fail(error);
  }
}
