/** One request on its way, from when it is asked for until its answer is whole. */
import type { AnswerReceiver, ClientRequest, RequestText } from './client-request.ts';

/** What the caller holds of a request. */
export interface Call {
  /** Gives up: the connection is destroyed and never used again. The receiver is told the reason, as the failure of the request or of its body. */
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

  /** True if it can be sent again, as nothing of it is lost by sending it. */
  get isReplayable(): boolean {
    const { body = null } = this.request;
    return body === null || typeof body === 'string' || body instanceof Uint8Array;
  }

  /** Nothing more will happen. */
  over(): void {
    if (!this.holder) return;
    this.holder = undefined;
    this.receiver.over?.();
  }

  /** There will be no answer. */
  fail(error: Error): void {
    if (!this.holder) return;
    this.receiver.failed(error);
    this.over();
  }

  abort(reason: Error): void {
    this.holder?.abort(this, reason);
  }
}
