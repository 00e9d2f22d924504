/** What a circuit breaker tells those who listen. */
import type { Verdict } from '../outcome.ts';

/** Why a circuit has opened: by what was counted, by a call on trial, by none of these having ended in time, by `open()`, by another process, by a snapshot. */
export type OpenReason =
  | 'failures'
  | 'slowness'
  | 'trial'
  | 'no-decision'
  | 'by-hand'
  | 'shared'
  | 'restored';

/** Why a circuit has closed: calls on trial have succeeded, by `close()` or `reset()`, by another process, by a snapshot. */
export type CloseReason = 'trial' | 'by-hand' | 'shared' | 'restored';

/** Events of `circuitBreaker`. */
export interface CircuitBreakerEvents {
  /** The circuit has opened and stays so for `openMs`. The figures are those of the trip rule. */
  readonly opened: {
    readonly reason: OpenReason;
    readonly ratio: number;
    readonly calls: number;
    readonly failures: number;
    readonly slow: number;
    readonly openMs: number;
    readonly generation: number;
  };
  /** The time is up; the next calls are on trial. Noticed when somebody calls or looks. */
  readonly halfOpened: { readonly generation: number };
  /** The circuit has closed. */
  readonly closed: { readonly reason: CloseReason; readonly generation: number };
  /** Somebody has isolated the circuit, and nobody had before. */
  readonly isolated: { readonly generation: number };
  /** The last of those who had isolated it has released it; this is how it stands now. */
  readonly released: { readonly state: 'closed' | 'open' | 'half-open' };
  /** A call was refused. */
  readonly rejected: {
    readonly state: 'open' | 'half-open' | 'isolated';
    readonly retryAfterMs: number | undefined;
  };
  /** A call that began under an older generation has ended. Its caller has its result; it moves nothing. */
  readonly staleResult: {
    readonly verdict: Verdict;
    readonly generation: number;
    readonly current: number;
  };
  /** The store was too slow, failed or gave nonsense; this process has decided alone. */
  readonly storeFailed: { readonly operation: 'read' | 'write'; readonly error: unknown };
  readonly [type: string]: object;
}
