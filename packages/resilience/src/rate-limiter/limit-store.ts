/** LimitStore: where counts of a rate limit are kept: in this process, or where several of them share it. */
import type { Awaitable } from '@interpose/kernel';
import { RejectedError } from '../errors.ts';
import type { LimitRule } from './limit-rule.ts';

/** What a store says to a start. */
export interface LimitDecision {
  /** It may start, and its cost has been taken. */
  readonly allowed: boolean;
  /** How many more may start now. */
  readonly remaining: number;
  /** How long until the limit is whole again, in whole milliseconds. */
  readonly resetMs: number;
  /** How long until this start would be allowed if nothing else came before, in whole milliseconds, exactly; 0 if it is allowed. */
  readonly retryAfterMs: number;
}

/**
 * Keeps the counts of any number of keys. It is the one thing that several processes must share to hold to one limit together.
 *
 * For whoever writes one, on Redis say:
 * - `take` must be atomic: a script that reads the state of the key, calls the algorithm and writes the state back. The states of
 *   `limitAlgorithm` are a few numbers, which is a hash or a string each; let a key expire after its `resetMs`, for then it is as good as new.
 * - `nowMs` is the time of the caller. Where callers are on several machines, take the time of the store instead, in whole milliseconds, and
 *   never let it go back for a key.
 * - A cost of 0 probes: it is decided as for a cost of 1, and nothing is taken.
 * - Answer at once where that is possible; only then do calls without a wait stay synchronous.
 * - `limitStoreContract` holds the checks.
 */
export interface LimitStore {
  /** Takes `cost`, at most the rule's burst, if there is room for all of it; else takes nothing. */
  take(key: string, cost: number, rule: LimitRule, nowMs: number): Awaitable<LimitDecision>;
  /** Gives back what was taken at a time but not used. Never more comes back than was taken and still counts. */
  giveBack(key: string, cost: number, rule: LimitRule, takenAtMs: number): Awaitable<void>;
  /**
   * How long until the last of several costs would be allowed if they came in this order, each as soon as it may, and nothing else did.
   * Only for a store that can say so at once.
   */
  forecast?(key: string, costs: readonly number[], rule: LimitRule, nowMs: number): number;
  /** Learns from a call that has ended whether the callee refused it for being one too many; `cubic` needs it. */
  learn?(key: string, throttled: boolean, rule: LimitRule, nowMs: number): Awaitable<void>;
}

/** The store of a rate limit failed or took too long, and the limit was told to refuse then. `cause` is the failure. */
export class LimitStoreFailedError extends RejectedError {
  static override readonly code: string = 'LIMIT_STORE_FAILED';

  constructor(policy: string, cause: unknown) {
    super(`"${policy}" cannot tell whether the call may start: its store has failed.`, {
      policy,
      cause,
    });
  }
}
