/** The way out of a connection: sends one request after the other, at the pace of the other end. */
import type { Socket } from 'node:net';
import type { ClientCall } from './client-call.ts';
import type { RequestBody } from './client-request.ts';
import { RequestBodyError } from './errors.ts';
import { IncomingBody } from './incoming-body.ts';
import { CHUNKED, MessageWriter } from './message-writer.ts';
import type { PoolSettings } from './pool-options.ts';
import { Splice, type SpliceTarget } from './splice.ts';

/** Who is told how the sending goes. */
export interface SendingOwner {
  /** All of the request is written. */
  sent(): void;
  /** The other end takes nothing more for the time being; or goes on. */
  waits(isWaiting: boolean): void;
  /** The body of the request failed. */
  failed(error: Error): void;
}

/** Sends requests. */
export class RequestSending implements SpliceTarget {
  readonly #writer: MessageWriter;
  readonly #settings: PoolSettings;
  readonly #owner: SendingOwner;
  #call: ClientCall | undefined;
  #isDone = true;
  #isReusable = true;
  #onDrain: (() => void) | undefined;

  constructor(socket: Socket, settings: PoolSettings, owner: SendingOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#writer = new MessageWriter(socket);
  }

  /** True once all of the request is written. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** True if the connection can be used again after this request. */
  get isReusable(): boolean {
    return this.#isReusable;
  }

  send(call: ClientCall): void {
    const { text, framing, length } = call.text;
    const { body = null } = call.request;
    this.#call = call;
    this.#isReusable = framing !== CHUNKED || this.#settings.reuseAfterChunked;
    this.#isDone = false;
    this.#writer.next();
    if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
      this.#writer.whole(text, typeof body === 'string' ? Buffer.from(body) : body);
      this.#done();
      return;
    }
    this.#writer.head(text, framing, length);
    // A body that has arrived already leaves with the head.
    if (body instanceof IncomingBody) body.readInto(new Splice(body, this));
    else void this.#pump(body, call);
    if (!this.#isDone) this.#writer.flush();
  }

  /** The rest of the body has nobody to go to. */
  cancel(): void {
    const call = this.#call;
    this.#call = undefined;
    this.drained();
    if (this.#isDone) return;
    this.#isDone = true;
    cancelBody(call?.request.body ?? null);
  }

  /** More can be written. */
  drained(): void {
    const listener = this.#onDrain;
    this.#onDrain = undefined;
    if (!listener) return;
    this.#owner.waits(false);
    listener();
  }

  // As the target of a body that is spliced.

  get isOver(): boolean {
    return this.#isDone;
  }

  get pending(): number {
    return this.#writer.pending;
  }

  writeSpliced(bytes: Uint8Array, last: boolean): boolean {
    this.#writer.write(bytes, last);
    if (last) this.#done();
    return this.#writer.keepsUp;
  }

  endSpliced(): void {
    this.#writer.end('');
    this.#done();
  }

  breakSpliced(error: Error): void {
    this.#isDone = true;
    this.#owner.failed(
      new RequestBodyError(`The body of the request failed: ${error.message}`, { cause: error }),
    );
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
    this.#owner.waits(true);
  }

  #done(): void {
    this.#isDone = true;
    this.#call = undefined;
    this.#owner.sent();
  }

  async #pump(body: AsyncIterable<Uint8Array>, call: ClientCall): Promise<void> {
    try {
      for await (const bytes of body) {
        if (this.#call !== call) return;
        if (!this.writeSpliced(bytes, false)) {
          await new Promise<void>((resolve) => this.onDrain(resolve));
        }
        if (this.#call !== call) return;
      }
      if (this.#call === call) this.endSpliced();
    } catch (error) {
      if (this.#call === call) this.breakSpliced(error as Error);
    }
  }
}

/** Tells a body that nobody will read it, or its rest. */
export function cancelBody(body: RequestBody): void {
  if (body instanceof IncomingBody) body.cancel();
  else if (body !== null && typeof body === 'object' && Symbol.asyncIterator in body) {
    // Whatever goes wrong while it stops concerns nobody any more.
    Promise.resolve(body[Symbol.asyncIterator]().return?.()).catch(() => {});
  }
}
