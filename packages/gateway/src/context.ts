/** GatewayContext: what a plugin is given, one and the same object through all phases of a request. */
import { type HttpContext, HttpError, type ProblemOptions, RequestContext } from '@interpose/http';
import type { Clock } from '@interpose/kernel';
import type { Exchange } from '@interpose/wire';
import { ExitSignal } from './exit.ts';
import type { RouteConfig } from './gateway-config.ts';
import type { Logger } from './logger.ts';
import type { Phase } from './phases.ts';

/** Who is calling, once that is known. */
export interface Consumer {
  readonly name: string;
}

/** How a request ended; known in the log phase. */
export interface Outcome {
  /** The status that was sent; 499 if the client left before its answer was complete. */
  readonly status: number;
  /** How many bytes of the body were sent. */
  readonly bytes: number;
  /** From the head of the request to the last byte of the answer. */
  readonly durationMs: number;
  /** Why the answer was cut short, if it was. */
  readonly error?: unknown;
}

/** One request on its way through the phases. `State` is what plugins keep for each other until it is over. */
export interface GatewayContext<
  State extends object = Record<string, unknown>,
> extends HttpContext<State> {
  /** The route that matched; `undefined` if none did. */
  readonly route: RouteConfig | undefined;
  /** Set by a plugin that knows who is calling. */
  consumer: Consumer | undefined;
  /** The phase that is running. */
  readonly phase: Phase;
  /** Why the request was refused or failed, if it was. */
  readonly failure: Error | undefined;
  /** How refusals and failures are shown. */
  problems: ProblemOptions;
  /** `clock.now()` when the request came. */
  readonly startedAtMs: number;
  /** In the log phase, how the request ended; before that, `undefined`. */
  readonly outcome: Outcome | undefined;
  readonly logger: Logger;
  /**
   * Ends the request with this status, from any handler; what is no text is sent as JSON. Without a body, a status
   * from 400 on is shown as a problem. Once the head of the answer is sent it does nothing.
   */
  exit(status: number, body?: unknown): never;
  /** The plugin that is running sits out the phases to come, but for log; the others go on. */
  terminateSelf(): void;
}

/** What a context is made from. */
export interface RequestServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** The context of one exchange, with what only the gateway itself changes. */
export class GatewayRequest extends RequestContext implements GatewayContext {
  route: RouteConfig | undefined;
  consumer: Consumer | undefined;
  phase: Phase = 'access';
  failure: Error | undefined;
  problems: ProblemOptions = {};
  outcome: Outcome | undefined;
  /** The plugin that is running. */
  current = '';
  /** Whether a handler has ended the request. */
  exited = false;
  /** The plugins that sit out the phases to come. */
  terminated: Set<string> | undefined;
  readonly startedAtMs: number;
  readonly logger: Logger;
  readonly exchange: Exchange;
  readonly #newId: () => string;
  #requestId: string | undefined;

  constructor(exchange: Exchange, { clock, logger, newId }: RequestServices) {
    super(exchange);
    this.exchange = exchange;
    this.logger = logger;
    this.#newId = newId;
    this.startedAtMs = clock.now();
  }

  override get requestId(): string {
    return (this.#requestId ??= this.#newId());
  }

  override set requestId(id: string) {
    this.#requestId = id;
  }

  // The phases after the head is sent cannot end anything; there alone does it return.
  exit(status: number, body?: unknown): never {
    if (this.phase === 'bodyFilter' || this.phase === 'log') return undefined as never;
    this.exited = true;
    this.answer(status, body);
    throw ExitSignal.instance;
  }

  terminateSelf(): void {
    (this.terminated ??= new Set()).add(this.current);
  }

  /** Forgets how an earlier run of the content ended, so that what stands around it can run it again. */
  beginContent(): void {
    if (this.response.answered) this.response.clear();
    this.failure = undefined;
    this.exited = false;
  }

  /** Puts an answer in the place of any other. */
  answer(status: number, body?: unknown): void {
    const { response } = this;
    response.status = status;
    this.failure = status >= 400 && body === undefined ? new HttpError(status) : undefined;
    response.headers.delete('Content-Length');
    if (body === undefined || body === null) response.body = null;
    else if (typeof body === 'string' || body instanceof Uint8Array) response.body = body;
    else {
      response.headers.set('Content-Type', 'application/json');
      response.body = JSON.stringify(body);
    }
  }
}
