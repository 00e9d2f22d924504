/** The way back of a connection: reads the answer to one request after the other. */
import type { Socket } from 'node:net';
import type { ClientCall } from './client-call.ts';
import { ClientAnswer } from './client-answer.ts';
import { BadAnswerError, RefusedMessageError } from './errors.ts';
import { CLOSE, KEEP_ALIVE } from './fields.ts';
import { type BodySource, IncomingBody } from './incoming-body.ts';
import {
  CHUNKED,
  type Framing,
  MessageReader,
  type MessageReceiver,
  UNTIL_CLOSE,
} from './message-reader.ts';
import type { PoolSettings } from './pool-options.ts';
import type { ReadMemory } from './read-memory.ts';
import { readResponseHead, type ResponseHead } from './response-head.ts';

/** Who is told how the reading goes. */
export interface ReadingOwner {
  paused(): void;
  resumed(): void;
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
  #isSwitched = false;
  #isReusable = false;
  #hasGarbage = false;

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
    if (memory) this.retain = () => memory.keep();
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

  /** Takes what has come. Gives what is wrong with it. */
  take(bytes: Buffer): Error | undefined {
    let at = 0;
    try {
      for (;;) {
        at = this.#reader.read(bytes, at);
        if (!this.#reader.isDone || this.#head) break;
        // That was an interim answer; the final one is still to come.
        this.#reader.next();
        if (at >= bytes.length) break;
      }
    } catch (error) {
      if (BadAnswerError.is(error)) return error;
      if (!RefusedMessageError.is(error)) throw error;
      return new BadAnswerError(`The answer breaks a rule: ${error.message}`, { cause: error });
    }
    if (this.#isSwitched) this.#switch(bytes.subarray(at));
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

  /** There will be no more. */
  fail(error: Error, call: ClientCall | undefined): void {
    const body = this.#body;
    this.#body = undefined;
    if (!this.#head) call?.fail(error);
    else {
      body?.fail(error);
      call?.over();
    }
  }

  // What the reader has read.

  head(text: string): Framing {
    const head = readResponseHead(text, this.#settings.limits);
    const { status } = head;
    const call = this.#call as ClientCall;
    if (status < 200 && status !== 101) {
      if (++this.#interims > MOST_INTERIMS)
        throw new BadAnswerError('There are too many interim answers');
      call.receiver.information?.(status, head.fields.raw);
      return 0;
    }
    if (status === 101) this.#checkSwitch(call);
    this.#head = head;
    if (status === 101) return 0;
    const framing = framingOf(head, call.request.method);
    this.#isReusable = framing !== UNTIL_CLOSE && isKept(head);
    if (framing !== 0) {
      if (framing > this.#settings.limits.maxBodyBytes) {
        throw new RefusedMessageError('BODY_TOO_LARGE');
      }
      this.#body = new IncomingBody(framing > 0 ? framing : undefined, this);
    }
    call.receiver.response(new ClientAnswer(head, this.#body ?? null));
    return framing;
  }

  chunk(bytes: Buffer, last: boolean): void {
    const goesOn = this.#body?.push(bytes, last) ?? true;
    if (!goesOn && !last) this.pause();
  }

  end(trailers: readonly string[]): void {
    const body = this.#body;
    this.#body = undefined;
    body?.finish(trailers);
  }

  // What the reader of the body wants.

  begin(): void {
    this.resume();
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
    this.#owner.paused();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
    this.#owner.resumed();
  }

  cancel(): void {
    this.#body = undefined;
    this.#owner.cancelled();
  }

  #checkSwitch(call: ClientCall): void {
    if (call.request.upgrade === undefined || !call.receiver.upgraded) {
      throw new BadAnswerError('The other end switched to a protocol that nobody had asked for');
    }
    this.#isSwitched = true;
  }

  #switch(rest: Buffer): void {
    const { receiver } = this.#call as ClientCall;
    const head = this.#head as ResponseHead;
    this.#owner.switched();
    this.#socket.pause();
    receiver.upgraded?.(new ClientAnswer(head, null), this.#socket, Buffer.from(rest));
  }
}

/** RFC 9112 section 6.3. */
function framingOf({ status, fields }: ResponseHead, method: string): Framing {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  if (fields.isChunked) return CHUNKED;
  return fields.contentLength >= 0 ? fields.contentLength : UNTIL_CLOSE;
}

function isKept({ version, fields }: ResponseHead): boolean {
  if (fields.connection & CLOSE) return false;
  return version === '1.1' || (fields.connection & KEEP_ALIVE) !== 0;
}
