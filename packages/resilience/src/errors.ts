/** What policies throw. A call that a policy refused or stopped did not fail by itself. */
import { CodedError } from '@interpose/kernel';

/** What a rejection may carry. */
export interface Rejection {
  /** The name of the policy. */
  readonly policy: string;
  /** When it is worth trying again, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A policy refused the call, or stopped it. */
export abstract class RejectedError extends CodedError {
  static override readonly code: string = 'REJECTED';
  /** The name of the policy. */
  readonly policy: string;
  /** When it is worth trying again, in milliseconds from when it was thrown; `undefined` if nobody knows. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { policy, retryAfterMs, cause }: Rejection) {
    super(message, cause === undefined ? undefined : { cause });
    this.policy = policy;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The call took longer than its timeout allows. The signal that it was given has been aborted with this very error. */
export class TimeoutError extends RejectedError {
  static override readonly code: string = 'TIMEOUT';
  readonly timeoutMs: number;
  readonly elapsedMs: number;

  constructor(policy: string, timeoutMs: number, elapsedMs: number) {
    super(`"${policy}" ended the call: it took longer than ${timeoutMs} ms.`, { policy });
    this.timeoutMs = timeoutMs;
    this.elapsedMs = elapsedMs;
  }
}

/** The policy has been disposed of. */
export class DisposedError extends RejectedError {
  static override readonly code: string = 'DISPOSED';

  constructor(policy: string) {
    super(`"${policy}" has been disposed of; make a new one.`, { policy });
  }
}

/** The circuit is open, or half-open and busy: the callee has failed too often to be asked. `cause` is the failure that opened it. */
export class CircuitOpenError extends RejectedError {
  static override readonly code: string = 'CIRCUIT_OPEN';
  readonly state: 'open' | 'half-open';

  constructor(rejection: Rejection & { readonly state: 'open' | 'half-open' }) {
    const { policy, state, retryAfterMs } = rejection;
    const when = retryAfterMs === undefined ? '' : ` Retry after ${Math.ceil(retryAfterMs)} ms.`;
    super(`Circuit breaker is open: "${policy}" is ${state}.${when}`, rejection);
    this.state = state;
  }
}

/** The circuit has been opened by hand and stays open until it is released. */
export class CircuitIsolatedError extends RejectedError {
  static override readonly code: string = 'CIRCUIT_ISOLATED';

  constructor(policy: string) {
    super(`Circuit breaker is isolated: "${policy}" lets nothing through until it is released.`, {
      policy,
    });
  }
}

/** As many calls as there may be are running, and the queue is full. */
export class BulkheadFullError extends RejectedError {
  static override readonly code: string = 'BULKHEAD_FULL';

  constructor(policy: string, maxConcurrent: number, maxQueue: number) {
    super(`"${policy}" is full: ${maxConcurrent} calls may run and ${maxQueue} may wait.`, {
      policy,
    });
  }
}

/** The call has waited in a queue for as long as it may. */
export class QueueTimeoutError extends RejectedError {
  static override readonly code: string = 'QUEUE_TIMEOUT';
  readonly waitedMs: number;

  constructor(policy: string, waitedMs: number) {
    super(`"${policy}" let the call wait for ${waitedMs} ms and could not start it.`, { policy });
    this.waitedMs = waitedMs;
  }
}

/** What a rate limit says of itself when it refuses. */
export interface LimitFigures {
  /** How many may start per time. */
  readonly limit: number;
  /** How many more may start now. */
  readonly remaining: number;
  /** When the limit is whole again, in milliseconds from now. */
  readonly resetMs: number;
}

/** More calls have started than may. `retryAfterMs` is exact: then this call would be let through if no other came before. */
export class RateLimitedError extends RejectedError implements LimitFigures {
  static override readonly code: string = 'RATE_LIMITED';
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;

  constructor(rejection: Rejection & { readonly retryAfterMs: number } & LimitFigures) {
    const seconds = Math.ceil(rejection.retryAfterMs / 1000);
    super(`Rate limit exceeded. Retry after ${seconds}s`, rejection);
    this.limit = rejection.limit;
    this.remaining = rejection.remaining;
    this.resetMs = rejection.resetMs;
  }
}

/** There is more to do than can be done, and this call is among the least important. */
export class LoadShedError extends RejectedError {
  static override readonly code: string = 'LOAD_SHED';

  constructor(rejection: Rejection) {
    super(`"${rejection.policy}" is overloaded and refused the call.`, rejection);
  }
}

/** The reason with which a hedge ends the runs that it needs no longer. */
export class HedgeCancelledError extends RejectedError {
  static override readonly code: string = 'HEDGE_CANCELLED';

  constructor(policy: string) {
    super(`"${policy}" has its answer and needs this run no longer.`, { policy });
  }
}
