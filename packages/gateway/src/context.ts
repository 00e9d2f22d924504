/** GatewayContext: what a plugin is given, one and the same object through all phases of a request. */
import { type HttpContext, HttpError, type ProblemOptions, RequestContext } from '@interpose/http';
import type { Awaitable, Clock } from '@interpose/kernel';
import type { Exchange, TlsSession } from '@interpose/wire';
import { ExitSignal } from './exit.ts';
import type { RouteConfig } from './gateway-config.ts';
import type { Logger } from './logger.ts';
import type { Phase } from './phases.ts';
import type { RequestTrace } from './recent/request-trace.ts';
import { passInterim } from './streams/early-hints.ts';
import type { TunnelEnd } from './streams/tunnel.ts';
import type { TraceContext } from './tracing/trace-context.ts';
import type { UpstreamUse } from './upstream/asked.ts';

/** Who is calling, once that is known. */
export interface Consumer {
  readonly name: string;
  /** The groups that it is in. @default none */
  readonly groups?: readonly string[];
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
  /** What passed after client and upstream had left HTTP, if they had. */
  readonly tunnel?: TunnelEnd;
}

/** One request on its way through the phases. `State` is what plugins keep for each other until it is over. */
export interface GatewayContext<
  State extends object = Record<string, unknown>,
> extends HttpContext<State> {
  /** The route that matched; `undefined` if none did. */
  readonly route: RouteConfig | undefined;
  /** Set by a plugin that knows who is calling. */
  consumer: Consumer | undefined;
  /** Its place in a trace; set by a plugin. */
  traceContext: TraceContext | undefined;
  /** The phase that is running. */
  readonly phase: Phase;
  /** Why the request was refused or failed, if it was. */
  readonly failure: Error | undefined;
  /** The upstream that was asked last, and how often; `undefined` if none was. */
  readonly upstream: UpstreamUse | undefined;
  /** How refusals and failures are shown. */
  problems: ProblemOptions;
  /** `clock.now()` when the request came. */
  readonly startedAtMs: number;
  /** `clock.now()` when access was through with it; -1 as long as it is not. */
  readonly passedAtMs: number;
  /** `clock.now()` when the head of its answer was known; -1 as long as it is not. */
  readonly answeredAtMs: number;
  /** What the TLS of its connection has agreed on, where it ends here. */
  readonly tls: TlsSession | undefined;
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

/** Changes an answer that has been through both filters. */
export type Finisher = (ctx: GatewayRequest) => Awaitable<void>;

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
  upstream: UpstreamUse | undefined;
  /** The plugin that is running. */
  current = '';
  /** Whether a handler has ended the request. */
  exited = false;
  /** The plugins that sit out the phases to come. */
  terminated: Set<string> | undefined;
  /** What is still to be done to the answer right before it is sent. */
  finishers: Finisher[] | undefined;
  /** Takes down what happens to the request, if someone follows it. */
  trace: RequestTrace | undefined;
  traceContext: TraceContext | undefined;
  passedAtMs = -1;
  answeredAtMs = -1;
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

  get tls(): TlsSession | undefined {
    return this.exchange.tls;
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

  /** The upstream has said something before its answer. */
  informed(status: number, rawHeaders: readonly string[]): void {
    passInterim(this.exchange, status, rawHeaders);
  }

  /** Puts off a change of the answer until it has been through both filters. */
  finish(finisher: Finisher): void {
    (this.finishers ??= []).push(finisher);
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
