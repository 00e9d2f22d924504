/** What a retry tells of itself: its events and its state. */
import type { Outcome } from '@interpose/kernel';
import type { BudgetState } from './budget.ts';

/**
 * Why no other attempt was made. `attempts`: there were as many as there may be. `budget`: it is spent. `deadline`: the next one could not
 * start in time. `retryAfter`: the callee wants to be left alone for longer than may be waited. `notRetryable`: `retryIf` said so. `fault`:
 * `retryIf` or `backoff` threw. `disposed`: the policy was disposed of meanwhile.
 */
export type GiveUpReason =
  | 'attempts'
  | 'budget'
  | 'deadline'
  | 'retryAfter'
  | 'notRetryable'
  | 'fault'
  | 'disposed';

/** Events of `retry`. */
export interface RetryEvents {
  /** An attempt has ended; it was preceded by a wait of `delayMs`. */
  readonly attempt: {
    readonly attempt: number;
    readonly outcome: Outcome<unknown>;
    readonly delayMs: number;
  };
  /** Another attempt follows, after a wait of `delayMs`; `attempt` is its number, `outcome` that of the one before. */
  readonly retry: {
    readonly attempt: number;
    readonly outcome: Outcome<unknown>;
    readonly delayMs: number;
  };
  /**
   * No other attempt follows, and the caller gets this outcome. `errors` are those of earlier attempts, the last hundred of them; they are
   * kept only while somebody listens. `fault` is what a function of the options has thrown.
   */
  readonly giveUp: {
    readonly reason: GiveUpReason;
    readonly attempts: number;
    readonly outcome: Outcome<unknown>;
    readonly errors: readonly unknown[];
    readonly fault?: unknown;
  };
  readonly [type: string]: object;
}

/** State of `retry`. */
export interface RetryState {
  /** How many calls wait for their next attempt. */
  readonly waiting: number;
  /** How many attempts beyond the first there have been since it was made or reset. */
  readonly retries: number;
  /** How many calls have succeeded at an attempt beyond the first. */
  readonly recovered: number;
  /** How many calls have been given up. */
  readonly givenUp: number;
  /** State of the budget; `undefined` if there is none. */
  readonly budget: BudgetState | undefined;
}
