/** The way back of a connection: reads the answer to one request after the other. */
import type { Socket } from 'node:net';
import { type ClientCall, surface } from './client-call.ts';
import { ClientAnswer } from './client-answer.ts';
import { BadAnswerError, RefusedMessageError } from '../errors.ts';
import { CLOSE, KEEP_ALIVE } from '../message-reader/fields.ts';
import { type BodySource, IncomingBody } from '../incoming-body.ts';
import {
  CHUNKED,
  type Framing,
  MessageReader,
  type MessageReceiver,
  UNTIL_CLOSE,
} from '../message-reader/message-reader.ts';
import type { PoolSettings } from './pool-options.ts';
import type { ReadMemory } from './read-memory.ts';
import { readResponseHead, type ResponseHead } from '../message-reader/response-head.ts';

/** Who is told how the reading goes. */
export interface ReadingOwner {
  /** True once the whole request has left. */
  readonly isSent: boolean;
  /** The reader of the body takes nothing more for the time being; or goes on. */
  paced(): void;
  /** Nobody wants the rest of the answer. */
  cancelled(): void;
  /** The connection speaks another protocol from now on. */
  switched(): void;
}

/** Interim answers before the final one; more can only be meant to keep us here. */
const MOST_INTERIMS = 32;

/** Reads answers. */
export class AnswerReading implements MessageReceiver, BodySource {
  readonly retain: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #settings: PoolSettings;
  readonly #owner: ReadingOwner;
  readonly #reader: MessageReader;
  #call: ClientCall | undefined;
  #head: ResponseHead | undefined;
  #body: IncomingBody | undefined;
  #interims = 0;
  #isPaused = false;
  #isReusable = false;
  /** Nobody is there to be told anything more. */
  #isStopped = false;
  #hasGarbage = false;
  /** What a receiver has thrown. */
  #thrown: { readonly error: Error } | undefined;

  constructor(
    socket: Socket,
    memory: ReadMemory | undefined,
    settings: PoolSettings,
    owner: ReadingOwner,
  ) {
    this.#socket = socket;
    this.#settings = settings;
    this.#owner = owner;
    this.#reader = new MessageReader('response', settings.limits, this);
    this.retain = memory && (() => memory.keep());
  }

  /** Reads the answer to this request. */
  expect(call: ClientCall): void {
    this.#call = call;
    this.#head = this.#body = undefined;
    this.#interims = 0;
    this.#reader.next();
  }

  /** True once the final head is there. */
  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /** True once the answer is whole. */
  get isDone(): boolean {
    return this.#head !== undefined && this.#reader.isDone;
  }

  /** True while the reader of the body takes nothing more. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True if the other end keeps the connection, and nothing came that nobody had asked for. */
  get isReusable(): boolean {
    return this.#isReusable && !this.#hasGarbage;
  }

  /** How long the other end keeps it, in seconds; -1 if it did not say. */
  get keepAliveSeconds(): number {
    return this.#head?.fields.keepAliveSeconds ?? -1;
  }

  /** Takes what has come. Gives what is wrong with it, or what a receiver has thrown. */
  take(bytes: Buffer): Error | undefined {
    let at = 0;
    try {
      for (;;) {
        at = this.#reader.read(bytes, at);
        if (this.#isStopped) return undefined;
        if (!this.#reader.isDone || this.#head) break;
        // That was an interim answer; the final one is still to come.
        this.#reader.next();
        if (at >= bytes.length) break;
      }
    } catch (error) {
      if (!this.#isStopped) return this.#thrown?.error ?? badAnswer(error as Error);
      // It has given up before it threw.
      if (this.#thrown) surface(error);
      return undefined;
    }
    if (this.#head?.status === 101) this.#switch(bytes.subarray(at), this.#head);
    else if (at < bytes.length) this.#hasGarbage = true;
    return undefined;
  }

  /** The other end has ended its side: for some bodies that is the end. */
  finish(): void {
    try {
      this.#reader.finish();
    } catch {
      // Whoever asked finds that it is not done.
    }
  }

  /** Nobody wants more. */
  stop(): void {
    this.#isStopped = true;
    this.#body = undefined;
  }

  /** There will be no more. */
  fail(error: Error, call: ClientCall | undefined): void {
    const body = this.#body;
    this.stop();
    body?.fail(error);
    if (this.#head) call?.over();
    else call?.fail(error);
  }

  // What the reader has read.

  head(text: string): Framing {
    const head = readResponseHead(text, this.#settings.limits);
    const { status } = head;
    const { receiver, request } = this.#call as ClientCall;
    if (status < 200 && status !== 101) {
      if (++this.#interims > MOST_INTERIMS) throw new BadAnswerError('Too many interim answers');
      try {
        receiver.information?.(status, head.fields.raw);
      } catch (error) {
        throw this.#threw(error);
      }
      return 0;
    }
    if (status === 101) {
      this.#checkSwitch(this.#call as ClientCall);
      this.#head = head;
      return 0;
    }
    const framing = framingOf(head, request.method);
    if (framing > this.#settings.limits.maxBodyBytes) {
      throw new RefusedMessageError('BODY_TOO_LARGE');
    }
    this.#isReusable = framing !== UNTIL_CLOSE && isKept(head);
    if (framing !== 0) this.#body = new IncomingBody(framing > 0 ? framing : undefined, this);
    this.#head = head;
    try {
      receiver.response(new ClientAnswer(head, this.#body ?? null));
    } catch (error) {
      throw this.#threw(error);
    }
    return framing;
  }

  chunk(bytes: Buffer, last: boolean): void {
    const goesOn = this.#body?.push(bytes, last) ?? true;
    if (!goesOn && !last) this.pause();
  }

  end(trailers: readonly string[]): void {
    const body = this.#body;
    this.#body = undefined;
    // The end came together with the bytes that were too much; whoever they wait for, the connection need not.
    if (this.#isPaused && !this.#isStopped) {
      this.#isPaused = false;
      this.#socket.resume();
    }
    body?.finish(trailers);
  }

  // What the reader of the body wants.

  begin(): void {
    this.resume();
  }

  pause(): void {
    if (this.#isPaused || this.#isStopped) return;
    this.#isPaused = true;
    this.#socket.pause();
    this.#owner.paced();
  }

  resume(): void {
    if (!this.#isPaused || this.#isStopped) return;
    this.#isPaused = false;
    this.#socket.resume();
    this.#owner.paced();
  }

  cancel(): void {
    this.#body = undefined;
    if (!this.#isStopped) this.#owner.cancelled();
  }

  /** A receiver that throws has not taken what it was told. */
  #threw(error: unknown): unknown {
    this.#head = undefined;
    this.#thrown = { error: error as Error };
    return error;
  }

  #checkSwitch({ request, receiver }: ClientCall): void {
    if (request.upgrade === undefined || !receiver.upgraded) {
      throw new BadAnswerError('The other end switched to a protocol that nobody had asked for');
    }
    if (!this.#owner.isSent) {
      throw new BadAnswerError('The other end switched protocols before it had the whole request');
    }
  }

  #switch(rest: Buffer, head: ResponseHead): void {
    const call = this.#call as ClientCall;
    const socket = this.#socket;
    this.#isStopped = true;
    this.#owner.switched();
    try {
      call.receiver.upgraded?.(new ClientAnswer(head, null), socket, Buffer.from(rest));
      call.over();
    } catch (error) {
      socket.destroy();
      call.fail(error as Error);
    }
  }
}

function badAnswer(error: Error): Error {
  if (!RefusedMessageError.is(error)) return error;
  return new BadAnswerError(`The answer breaks a rule: ${error.message}`, { cause: error });
}

/** RFC 9112 section 6.3. */
function framingOf({ status, fields }: ResponseHead, method: string): Framing {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  if (fields.isChunked) return CHUNKED;
  return fields.contentLength >= 0 ? fields.contentLength : UNTIL_CLOSE;
}

function isKept({ version, status, fields }: ResponseHead): boolean {
  if (fields.connection & CLOSE) return false;
  // What announces a body that it must not have may yet send it, and it would be taken for the next answer.
  if (status === 204 && (fields.isChunked || fields.contentLength > 0)) return false;
  return version === '1.1' || (fields.connection & KEEP_ALIVE) !== 0;
}
