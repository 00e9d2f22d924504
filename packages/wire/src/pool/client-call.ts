/** One request on its way, from when it is asked for until its answer is whole. */
import type { AnswerReceiver, ClientRequest, RequestText } from './client-request.ts';

/** What the caller holds of a request. */
export interface Call {
  /**
   * Gives up: the connection that carries the request is destroyed and never used again. The receiver is told the reason, as the failure of
   * the request or of the answer's body. Does nothing once the request is over.
   */
  abort(reason: Error): void;
}

/** Who has a request at the moment, and can give it up. */
export interface CallHolder {
  abort(call: ClientCall, reason: Error): void;
}

/** One request on its way. */
export class ClientCall implements Call {
  readonly request: ClientRequest;
  readonly receiver: AnswerReceiver;
  readonly text: RequestText;
  /** Who has it; nobody once it is over. */
  holder: CallHolder | undefined;
  /** When it stops waiting for a connection, on the clock of the pool. */
  waitsUntil: number = Infinity;

  constructor(request: ClientRequest, receiver: AnswerReceiver, text: RequestText) {
    this.request = request;
    this.receiver = receiver;
    this.text = text;
  }

  /** True if the connection that carries it may become another protocol's, so that it must be a new one. */
  get isUpgrade(): boolean {
    return this.request.upgrade !== undefined;
  }

  /** Nothing more will happen. */
  over(): void {
    if (!this.holder) return;
    this.holder = undefined;
    this.#tellOver();
  }

  /** There will be no answer. */
  fail(error: Error): void {
    if (!this.holder) return;
    this.holder = undefined;
    try {
      this.receiver.failed(error);
    } catch (thrown) {
      surface(thrown);
    }
    this.#tellOver();
  }

  abort(reason: Error): void {
    this.holder?.abort(this, reason);
  }

  #tellOver(): void {
    try {
      this.receiver.over?.();
    } catch (thrown) {
      surface(thrown);
    }
  }
}

/** What a receiver has thrown when nobody is left to be told comes up by itself: whoever called it has other requests to look after. */
export function surface(thrown: unknown): void {
  process.nextTick(() => {
    throw thrown;
  });
}
