/** Teller: tells log and listeners what happens under a guard. Neither can change anything by failing. */
import { unharmed } from '@interpose/kernel/unharmed';
import { errorFacts } from '../boundary/error-facts.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../logger.ts';
import type { CircuitState, GuardEvents } from './guard-events.ts';
import type { MiddlewareTimeoutError } from './guard-errors.ts';
import type { RunOutcome } from './middleware-record.ts';
import type { StationTeller, Visit } from './station.ts';

/** Whom it tells. */
export interface TellerParts {
  readonly logger: Logger | undefined;
  readonly events: Events<GuardEvents>;
  readonly onFailure: ((error: unknown) => void) | undefined;
}

type Level = 'debug' | 'warn' | 'error';

/** Tells what happens. */
export class Teller implements StationTeller {
  readonly #logger: Logger | undefined;
  readonly #events: Events<GuardEvents>;
  readonly #onFailure: ((error: unknown) => void) | undefined;

  constructor({ logger, events, onFailure }: TellerParts) {
    this.#logger = logger;
    this.#events = events;
    this.#onFailure = onFailure;
  }

  /** Whether there is a log. */
  get logs(): boolean {
    return this.#logger !== undefined;
  }

  /** Whether anybody is told anything. */
  get isHeard(): boolean {
    return this.logs || this.#events.heard;
  }

  started({ station, ctx }: Visit): void {
    this.#log('debug', { middleware: station.name, ...requestOf(ctx) }, 'middleware started');
  }

  ended(visit: Visit, outcome: RunOutcome, nowMs: number): void {
    const totalMs = nowMs - visit.enteredMs;
    this.#log('debug', { ...fieldsOf(visit), totalMs, outcome }, 'middleware ended');
  }

  failed(visit: Visit, error: unknown): void {
    if (this.logs) {
      this.#log('error', { ...fieldsOf(visit), err: errorFacts(error) }, 'middleware failed');
    }
    this.#events.emit('failed', { middleware: visit.station.name, ownMs: visit.ownMs, error });
  }

  timedOut(visit: Visit, error: MiddlewareTimeoutError): void {
    const { middleware, limitMs, elapsedMs } = error;
    if (this.logs) {
      const fields = { ...fieldsOf(visit), limitMs, elapsedMs, err: errorFacts(error) };
      this.#log('error', fields, 'middleware timed out');
    }
    this.#events.emit('timedOut', { middleware, limitMs, elapsedMs });
  }

  late(visit: Visit): void {
    const elapsedMs = visit.station.clock.now() - visit.enteredMs;
    const message = 'middleware ended after it had been timed out; its result is discarded';
    this.#log('warn', { ...fieldsOf(visit), elapsedMs }, message);
    this.#events.emit('late', { middleware: visit.station.name, elapsedMs });
  }

  blocked(visit: Visit): void {
    const { name: middleware, limitMs } = visit.station;
    const { ownMs } = visit;
    this.#log('warn', { ...fieldsOf(visit), limitMs }, 'middleware blocked the thread');
    this.#events.emit('blocked', { middleware, limitMs, ownMs });
  }

  skipped(middleware: string, ctx: unknown): void {
    this.#log(
      'debug',
      { middleware, ...requestOf(ctx) },
      'middleware skipped: its circuit is open',
    );
    this.#events.emit('skipped', { middleware });
  }

  rejected(middleware: string, ctx: unknown, error: unknown): void {
    const { retryAfterMs } = error as { readonly retryAfterMs?: number };
    const fields = { middleware, ...requestOf(ctx), retryAfterMs };
    this.#log('debug', fields, 'middleware refused the call: its circuit is open');
    this.#events.emit('rejected', { middleware, retryAfterMs });
  }

  stateChanged(middleware: string, from: CircuitState, to: CircuitState): void {
    this.#log('warn', { middleware, from, to }, `circuit of the middleware is now ${to}`);
    this.#events.emit('stateChanged', { middleware, from, to });
  }

  #log(level: Level, fields: object, message: string): void {
    const logger = this.#logger;
    if (logger) unharmed(() => logger[level](fields, message), this.#onFailure);
  }
}

function fieldsOf({ station, ctx, ownMs }: Visit): object {
  return { middleware: station.name, ...requestOf(ctx), ownMs };
}

/** By which the entries of one request are found; a context may have something else under that name, or throw. */
function requestOf(ctx: unknown): { readonly requestId?: string | number } {
  try {
    const { requestId } = ctx as { readonly requestId?: unknown };
    return typeof requestId === 'string' || typeof requestId === 'number' ? { requestId } : {};
  } catch {
    return {};
  }
}
