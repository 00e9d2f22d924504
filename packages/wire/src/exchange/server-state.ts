/** What all connections of a server share: what it was told, and what it counts. */
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { httpDate } from '../message-writer/date.ts';
import type { RefusedMessageError } from '../errors.ts';
import type { Endpoint, Ends, Exchange, Handler } from './exchange.ts';
import { checkLimits, type LimitOptions, type Limits } from '../message-reader/limits.ts';
import { checkMs, checkWhole } from '../option.ts';
import type { RuleCode } from '../rules.ts';
import { TimerWheel } from '../timer-wheel.ts';

/** How long a client may take, in what it sends, in what it takes, and between two requests. */
export interface ServerTimeoutOptions {
  /** How long the head of a request may take, from its first byte; for the first request, from the connection. @default 10_000 */
  readonly headTimeoutMs?: number;
  /** How long a body that someone reads may pause. @default 30_000 */
  readonly bodyIdleTimeoutMs?: number;
  /** How fast a body has to come, once it has taken `bodyIdleTimeoutMs`; only time counts in which it was wanted. @default 500 */
  readonly minBodyBytesPerSecond?: number;
  /** How long an idle connection is kept between two requests. @default 65_000 */
  readonly keepAliveMs?: number;
  /** How long a client may take nothing of what waits for it. @default 60_000 */
  readonly writeTimeoutMs?: number;
  /** How long bytes that nobody wants are read after the last answer, so that the client gets to see it. @default 2000 */
  readonly lingerMs?: number;
}

/** A request that was refused. */
export interface Refusal {
  readonly code: RuleCode;
  /** The status that answers it. */
  readonly status: number;
  /** Whether the handler has it already, which then answers it; if not, the server has answered it itself. */
  readonly wasHandedOn: boolean;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
}

/** Options that concern every connection of a server. */
export interface ConnectionOptions extends LimitOptions, ServerTimeoutOptions {
  /** Requests that a connection may make; the answer to the last one closes it. @default 10_000 */
  readonly maxRequestsPerConnection?: number;
  /** Is told of every refusal. What it throws is ignored. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** Is told of what a handler throws or rejects with. What it throws is ignored. */
  readonly onError?: (error: unknown, exchange: Exchange) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What a server has counted. */
export interface ServerStats {
  /** Open connections. */
  readonly connections: number;
  /** Connections that were ever accepted. */
  readonly accepted: number;
  /** Connections that were turned away because there were too many. */
  readonly dropped: number;
  /** Connections that speak another protocol by now. */
  readonly upgraded: number;
  /** Requests that were ever handed to the handler. */
  readonly requests: number;
  /** Requests whose answer is not complete. */
  readonly inFlight: number;
  /** Clients that left before their answer was complete. */
  readonly clientsLeft: number;
  /** TLS handshakes that came to nothing. */
  readonly handshakesFailed: number;
  /** Connections that were ended because their client reset one stream after the other. */
  readonly floods: number;
  /** Refused requests by the code of the rule. */
  readonly refused: Readonly<Partial<Record<RuleCode, number>>>;
}

const MOST_BODY_BYTES = 10 * 1024 * 1024;
const TICK_MS = 500;

/** What all connections of a server share. */
export class ServerState {
  readonly handler: Handler;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits: Limits;
  readonly date: () => string;
  readonly headTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  readonly minBodyBytesPerSecond: number;
  readonly keepAliveMs: number;
  readonly writeTimeoutMs: number;
  readonly lingerMs: number;
  readonly maxRequestsPerConnection: number;
  /** The lines of an answer whose connection is kept. */
  readonly keepLines: string;
  /** True once the server takes no more requests than are under way. */
  isClosing = false;
  accepted = 0;
  dropped = 0;
  upgraded = 0;
  requests = 0;
  inFlight = 0;
  clientsLeft = 0;
  handshakesFailed = 0;
  floods = 0;
  readonly refused: Partial<Record<RuleCode, number>> = {};
  readonly #options: ConnectionOptions;

  /** @throws TypeError or RangeError for options out of range */
  constructor(handler: Handler, options: ConnectionOptions) {
    this.handler = handler;
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.limits = checkLimits(options, MOST_BODY_BYTES);
    this.headTimeoutMs = checkMs('headTimeoutMs', options.headTimeoutMs ?? 10_000, 1);
    this.bodyIdleTimeoutMs = checkMs('bodyIdleTimeoutMs', options.bodyIdleTimeoutMs ?? 30_000, 1);
    this.minBodyBytesPerSecond = checkWhole(
      'minBodyBytesPerSecond',
      options.minBodyBytesPerSecond ?? 500,
    );
    this.keepAliveMs = checkMs('keepAliveMs', options.keepAliveMs ?? 65_000, 1);
    this.writeTimeoutMs = checkMs('writeTimeoutMs', options.writeTimeoutMs ?? 60_000, 1);
    this.lingerMs = checkMs('lingerMs', options.lingerMs ?? 2000);
    this.maxRequestsPerConnection = checkWhole(
      'maxRequestsPerConnection',
      options.maxRequestsPerConnection ?? 10_000,
      1,
    );
    // Short times are for tests; the tick must not be longer than what it measures.
    const shortest = Math.min(this.headTimeoutMs, this.bodyIdleTimeoutMs, this.keepAliveMs);
    this.wheel = new TimerWheel(this.clock, Math.max(1, Math.min(TICK_MS, shortest / 4)));
    this.date = httpDate(this.clock);
    const seconds = Math.floor(this.keepAliveMs / 1000);
    const isSaid = seconds >= 1 && seconds < Infinity;
    this.keepLines = `Connection: keep-alive\r\n${isSaid ? `Keep-Alive: timeout=${seconds}\r\n` : ''}`;
  }

  /** Counts a refusal, and tells whoever wants to know. */
  refuse(
    { code, status }: RefusedMessageError,
    { peer, local, secure }: Ends,
    wasHandedOn: boolean,
  ): void {
    this.refused[code] = (this.refused[code] ?? 0) + 1;
    try {
      this.#options.onRefused?.({ code, status, wasHandedOn, peer, local, secure });
    } catch {
      // An observer does not decide.
    }
  }

  /** Tells whoever wants to know what a handler failed with. */
  failed(error: unknown, exchange: Exchange): void {
    try {
      this.#options.onError?.(error, exchange);
    } catch {
      // An observer does not decide.
    }
  }
}
