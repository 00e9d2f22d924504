/** Attempt: one sending of a request to one target. */
import type { Duplex } from 'node:stream';
import type { UpstreamAnswer } from '@interpose/http/proxy';
import type {
  AnswerReceiver,
  Call,
  ClientAnswer,
  ClientRequest,
  IncomingBody,
} from '@interpose/wire';
import type { Target } from './target.ts';

/** Who is told what has become of an attempt. */
export interface AttemptOwner {
  /** Its head is there. */
  answered(attempt: Attempt, answer: UpstreamAnswer): void;
  informed(status: number, rawHeaders: readonly string[]): void;
  /** There will be no answer. */
  failed(attempt: Attempt, error: Error): void;
  /** Nothing more will happen. */
  over(attempt: Attempt): void;
}

/** One sending. */
export class Attempt implements AnswerReceiver {
  readonly target: Target;
  readonly #owner: AttemptOwner;
  #call: Call | undefined;
  #body: IncomingBody | null = null;
  /** True while the other protocol, to which it has led, keeps the target busy. */
  #isTunnel = false;

  constructor(target: Target, owner: AttemptOwner) {
    this.target = target;
    this.#owner = owner;
  }

  /** Sends the request. */
  send(request: ClientRequest): void {
    const { endpoint } = this.target;
    endpoint.requests++;
    endpoint.inFlight++;
    try {
      this.#call = endpoint.pool.dispatch(request, this);
    } catch (error) {
      endpoint.inFlight--;
      throw error;
    }
  }

  /** Ends it, wherever it is. */
  abort(reason: Error): void {
    this.#call?.abort(reason);
  }

  /** True if the upstream ended in the middle of its answer. */
  get hasBrokenOff(): boolean {
    return this.#body !== null && this.#body.isOver && !this.#body.isWhole;
  }

  response(answer: ClientAnswer): void {
    this.#body = answer.body;
    this.#owner.answered(this, { answer });
  }

  information(status: number, rawHeaders: readonly string[]): void {
    this.#owner.informed(status, rawHeaders);
  }

  upgraded(answer: ClientAnswer, socket: Duplex, head: Buffer): void {
    this.#isTunnel = true;
    socket.once('close', () => this.#end());
    this.#owner.answered(this, { answer, switched: { socket, head } });
  }

  failed(error: Error): void {
    this.#owner.failed(this, error);
  }

  over(): void {
    if (!this.#isTunnel) this.#end();
  }

  #end(): void {
    this.target.endpoint.inFlight--;
    this.#owner.over(this);
  }
}
