/** The way out of a connection: sends one request after the other, at the pace of the other end. */
import type { Socket } from 'node:net';
import type { ClientCall } from './client-call.ts';
import { RequestBodyError } from '../errors.ts';
import { CHUNKED, COUNTED, MessageWriter } from '../message-writer/message-writer.ts';
import type { PoolSettings } from './pool-options.ts';
import { isSmall, type OutgoingBody, sendPieces, sendSlices } from './request-body.ts';
import type { SpliceTarget } from '../splice.ts';

/** Who is told how the sending goes. */
export interface SendingOwner {
  /** The whole request has left, or what has not is little. */
  sent(): void;
  /** The other end takes nothing more for the time being; or goes on. */
  paced(): void;
  /** The body of the request failed. */
  failed(error: Error): void;
}

/** Sends requests. */
export class RequestSending implements SpliceTarget {
  readonly #writer: MessageWriter;
  readonly #settings: PoolSettings;
  readonly #owner: SendingOwner;
  /** What a body is sent with that does not leave at once. */
  #outgoing: OutgoingBody | undefined;
  /** Nothing more can be written. */
  #isOver = true;
  #isSent = true;
  #isReusable = true;
  #onDrain: (() => void) | undefined;

  constructor(socket: Socket, settings: PoolSettings, owner: SendingOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#writer = new MessageWriter(socket);
  }

  /** True once the whole request has left, or what has not is little. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** True while the other end takes nothing more. */
  get isWaiting(): boolean {
    return this.#onDrain !== undefined;
  }

  /** True if the connection can be used again after this request. */
  get isReusable(): boolean {
    return this.#isReusable && this.#isSent && this.#writer.pending === 0;
  }

  /** Begins to send a request. `true` if all of it was handed to the system at once, which if it refuses that has taken nothing. */
  send(call: ClientCall): boolean {
    const { text, framing, length, closes } = call.text;
    const { body = null } = call.request;
    const isReused = framing !== CHUNKED || this.#settings.reuseAfterChunked;
    this.#isReusable = !closes && isReused;
    this.#isOver = this.#isSent = false;
    this.#writer.next();
    // No longer in bytes than in characters: all of them are ASCII, and go out with the head as they are.
    if (typeof body === 'string' && body.length === length && body.length <= ASCII_CHARACTERS) {
      this.#writer.whole(text, body);
      this.#written();
      return true;
    }
    const whole = typeof body === 'string' ? Buffer.from(body) : body;
    if (whole === null || whole instanceof Uint8Array) {
      if (isSmall(whole)) {
        this.#writer.whole(text, whole);
        this.#written();
        return true;
      }
      this.#writer.head(text, framing, length);
      this.#keep(sendSlices(whole as Uint8Array, this));
      return false;
    }
    this.#writer.head(text, framing, length);
    // A body that has arrived already leaves with the head.
    this.#keep(sendPieces(whole, this));
    // Without a body the head would be a whole request; whether there is none has to be seen first.
    const isWhole = framing === COUNTED && length === 0;
    if (!this.#isOver && !isWhole) this.#writer.flush();
    return false;
  }

  /** The rest of the body has nobody to go to. */
  cancel(): void {
    this.#isOver = this.#isSent = true;
    this.#onDrain = undefined;
    const outgoing = this.#outgoing;
    this.#outgoing = undefined;
    outgoing?.stop();
  }

  /** More can be written. */
  drained(): void {
    const listener = this.#onDrain;
    if (!listener) return;
    this.#onDrain = undefined;
    listener();
    if (!this.isWaiting) this.#owner.paced();
  }

  // As the target of a body.

  get isOver(): boolean {
    return this.#isOver;
  }

  get pending(): number {
    return this.#writer.pending;
  }

  writeSpliced(bytes: Uint8Array, last: boolean): boolean {
    this.#writer.write(bytes, last);
    if (last) this.#written();
    return this.#writer.keepsUp;
  }

  endSpliced(): void {
    this.#writer.end('');
    this.#written();
  }

  breakSpliced(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const message = `The body of the request failed: ${error.message}`;
    this.#owner.failed(new RequestBodyError(message, { cause: error }));
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
    this.#owner.paced();
  }

  #keep(outgoing: OutgoingBody): void {
    // It may have ended, or failed, before it could be kept.
    if (!this.#isOver) this.#outgoing = outgoing;
  }

  /** All of it is written. What the system has not taken may be much: then it is not sent yet. */
  #written(): void {
    this.#isOver = true;
    this.#outgoing = undefined;
    if (this.#writer.keepsUp) this.#sent();
    else this.onDrain(() => this.#sent());
  }

  #sent(): void {
    this.#isSent = true;
    this.#owner.sent();
  }
}

/** Longer texts are turned into bytes, which can be sent in slices. */
const ASCII_CHARACTERS = 64 * 1024;
