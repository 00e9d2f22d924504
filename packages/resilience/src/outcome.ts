/** Outcome: what a run has come to, as policies that count see it: success, failure, or neither. */
import type { Outcome } from '@interpose/kernel';
import { passes } from './instruction.ts';
import { endOf } from './scope.ts';

/** How a run counts. What is ignored counts as neither: it moves nothing. */
export type Verdict = 'success' | 'failure' | 'ignored';

/** Says how an outcome counts; `undefined` leaves it to the default. */
export type Classify<C> = (outcome: Outcome<unknown>, ctx: C) => Verdict | undefined;

/** Codes of errors by which a policy further in has refused the call: the callee has not been asked. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'CIRCUIT_OPEN',
  'CIRCUIT_ISOLATED',
  'BULKHEAD_FULL',
  'QUEUE_TIMEOUT',
  'RATE_LIMITED',
  'LOAD_SHED',
  'LIMIT_STORE_FAILED',
  'DISPOSED',
]);

/** True for an error by which a policy has refused a call before the callee was asked. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has((error as { readonly code?: unknown }).code);
}

/**
 * How an outcome counts: a value is a success, an error a failure; except that a refusal by a policy further in is ignored, and so is any
 * error once whoever called has given up. An instruction to the host is ignored whatever a classifier says. A classifier that throws is counted as a failure.
 */
export function verdictOf<C>(
  outcome: Outcome<unknown>,
  ctx: C,
  classify: Classify<C> | undefined,
): Verdict {
  if (!outcome.ok && passes(outcome.error)) return 'ignored';
  if (classify) {
    try {
      const verdict = classify(outcome, ctx);
      if (verdict !== undefined) return verdict;
    } catch {
      return 'failure';
    }
  }
  if (outcome.ok) return 'success';
  if (isRefusal(outcome.error) || endOf(ctx)?.aborted) return 'ignored';
  return 'failure';
}
