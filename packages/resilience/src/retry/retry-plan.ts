/** What a retry is set to do, and what it decides after an attempt. */
import type { Outcome } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { Backoff } from './backoff.ts';
import { CircuitOpenError, DisposedError } from '../errors.ts';
import { instructionOf } from '../instruction.ts';
import { isRefusal } from '../outcome.ts';
import type { Pauses } from './pauses.ts';
import type { PolicyBase } from '../policy.ts';
import { retryAfterOf } from './retry-after.ts';
import type { GiveUpReason, RetryEvents } from './retry-events.ts';
import { deadlineOf } from '../scope.ts';
import type { Spending } from './spending.ts';

/** What the calls of one time share. Options that change make a new one; calls under way keep theirs. */
export interface RetryPlan {
  readonly base: PolicyBase<RetryEvents>;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly random: () => number;
  readonly retryIf: ((outcome: Outcome<unknown>, ctx: never) => boolean) | undefined;
  readonly honorsRetryAfter: boolean;
  readonly maxRetryAfterMs: number;
  readonly respectDeadline: boolean;
  readonly spending: Spending;
  readonly pauses: Pauses;
  readonly counts: { retries: number; recovered: number; givenUp: number };
}

/** What to do after an attempt: nothing more, or another one. */
export type Decision =
  | { readonly next: 'deliver' }
  | { readonly next: 'giveUp'; readonly reason: GiveUpReason; readonly fault?: unknown }
  | { readonly next: 'retry'; readonly delayMs: number; readonly price: number };

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly ctx: unknown;
  readonly outcome: Outcome<unknown>;
  readonly attempt: number;
  /** How long the wait before it was. */
  readonly previousMs: number;
}

const DELIVER: Decision = { next: 'deliver' };

/** Says what follows from an attempt. What it costs is paid when it says that there is to be another one. */
export function decide(plan: RetryPlan, ended: EndedAttempt): Decision {
  const { outcome, ctx, attempt } = ended;
  let delayMs: number;
  if (!outcome.ok && instructionOf(outcome.error))
    return { next: 'giveUp', reason: 'notRetryable' };
  try {
    const isWorth = plan.retryIf ? plan.retryIf(outcome, ctx as never) : isWorthTrying(outcome);
    if (!isWorth) return outcome.ok ? DELIVER : { next: 'giveUp', reason: 'notRetryable' };
    if (plan.pauses.closed) return { next: 'giveUp', reason: 'disposed' };
    if (attempt >= plan.maxAttempts) return { next: 'giveUp', reason: 'attempts' };
    delayMs = checkDelay(plan.backoff(attempt, plan.random, ended.previousMs));
  } catch (fault) {
    // What nobody can judge is not done twice.
    return { next: 'giveUp', reason: 'fault', fault };
  }
  const askedMs = askedBy(plan, outcome, delayMs);
  if (askedMs > plan.maxRetryAfterMs) return { next: 'giveUp', reason: 'retryAfter' };
  delayMs = Math.max(delayMs, askedMs);
  if (plan.respectDeadline && isTooLate(plan, ctx, delayMs)) {
    return { next: 'giveUp', reason: 'deadline' };
  }
  const price = plan.spending.withdraw(outcome.ok ? undefined : outcome.error);
  if (!(price > 0)) return { next: 'giveUp', reason: 'budget' };
  return { next: 'retry', delayMs, price };
}

/** A refusal is worth another try only if it says when; a policy that is gone never is. */
function isWorthTrying(outcome: Outcome<unknown>): boolean {
  if (outcome.ok || DisposedError.is(outcome.error)) return false;
  const { error } = outcome;
  return (
    !isRefusal(error) || (error as { readonly retryAfterMs?: number }).retryAfterMs !== undefined
  );
}

function checkDelay(delayMs: unknown): number {
  if (typeof delayMs === 'number' && delayMs >= 0 && delayMs < Infinity) return delayMs;
  throw unexpected('backoff()', 'a number of milliseconds, 0 or more', delayMs);
}

/** How long the callee wants to be left alone; `Infinity` for an open circuit that would still be open after the delay. */
function askedBy(plan: RetryPlan, outcome: Outcome<unknown>, delayMs: number): number {
  if (!outcome.ok && CircuitOpenError.is(outcome.error)) {
    const { retryAfterMs = Infinity } = outcome.error;
    return retryAfterMs <= delayMs ? 0 : Infinity;
  }
  if (!plan.honorsRetryAfter) return 0;
  return retryAfterOf(outcome.ok ? outcome.value : outcome.error, plan.base.clock) ?? 0;
}

function isTooLate(plan: RetryPlan, ctx: unknown, delayMs: number): boolean {
  const deadlineMs = deadlineOf(ctx);
  return deadlineMs !== Infinity && plan.base.clock.now() + delayMs >= deadlineMs;
}
