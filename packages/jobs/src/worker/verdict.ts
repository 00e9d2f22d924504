/** verdictOn: what a run of a job has come to, for the queue and for those who wait for its end. */
import type { Outcome } from '@interpose/kernel';
import { instructionOf } from '@interpose/resilience';
import type { Settlement } from '../driver.ts';
import { LeaseLostError, PostponedError, RetryLaterError } from '../errors.ts';
import type { RunEnd } from '../job-context.ts';
import { errorOf, failureOf } from './thrown-error.ts';

/** What the queue is told, and what listeners are told. */
export interface Verdict {
  readonly settlement: Settlement;
  readonly end: RunEnd;
}

/** What the verdict depends on besides the outcome. */
export interface Circumstances {
  /** Whether the job is no longer this worker's. */
  readonly lost: boolean;
  /** Whether this is the last attempt there may be. */
  readonly last: boolean;
}

const PUT_OFF: RunEnd = { kind: 'postponed' };

/** Judges how a run has ended. */
export function verdictOn(outcome: Outcome<unknown>, { lost, last }: Circumstances): Verdict {
  const settlement = settlementOf(outcome);
  if (lost) return { settlement, end: PUT_OFF };
  switch (settlement.kind) {
    case 'completed':
      return { settlement, end: { kind: 'completed', result: settlement.result } };
    case 'failed': {
      const { error, final } = settlement;
      if (LeaseLostError.is(error)) return { settlement, end: PUT_OFF };
      return { settlement, end: { kind: final || last ? 'failed' : 'retrying', error } };
    }
    case 'postponed':
    case 'instruction':
      return { settlement, end: PUT_OFF };
  }
}

function settlementOf(outcome: Outcome<unknown>): Settlement {
  if (outcome.ok) return completed(outcome.value);
  const error = errorOf(outcome.error);
  if (PostponedError.is(error) && isTime(error.afterMs)) {
    return { kind: 'postponed', afterMs: error.afterMs };
  }
  if (instructionOf(error) === 'pass') return { kind: 'instruction', error };
  if (RetryLaterError.is(error) && isTime(error.afterMs)) {
    return { kind: 'failed', error: failureOf(error), final: false, retryAfterMs: error.afterMs };
  }
  return { kind: 'failed', error: failureOf(error), final: isFinal(error) };
}

/** An error of others may have the code of one of ours, and no time: obeyed, its job would run again and again at once. */
const isTime = (ms: unknown): boolean => Number.isFinite(ms) && (ms as number) >= 0;

/** Whoever has lost the lease says nothing of how the job will end. */
const isFinal = (error: Error): boolean =>
  (instructionOf(error) === 'final' && !LeaseLostError.is(error)) ||
  error.name === 'UnrecoverableError';

/** To run a job again because its result cannot be kept would do what it does a second time. */
function completed(result: unknown): Settlement {
  if (typeof result !== 'object' && typeof result !== 'bigint')
    return { kind: 'completed', result };
  try {
    JSON.stringify(result);
    return { kind: 'completed', result };
  } catch (cause) {
    const message = 'The job is done, but its result is nothing that JSON can carry.';
    return { kind: 'failed', error: new TypeError(message, { cause }), final: true };
  }
}
