/** settle: tells BullMQ what a run has come to, in the way in which it wants to be told. */
import { systemClock } from '@interpose/kernel/clock';
import { DelayedError, type Job as BullJob, UnrecoverableError } from 'bullmq';
import type { Settlement } from '../driver.ts';

/** A failure that says nothing to BullMQ but its message and stack. */
class JobFailure extends Error {
  override readonly name: string = 'JobFailure';
}

/** What BullMQ takes by name or message for one of its instructions, whoever has thrown it. */
const CONTROL_NAMES: ReadonlySet<unknown> = new Set([
  'DelayedError',
  'WaitingError',
  'WaitingChildrenError',
  'UnrecoverableError',
]);
const CONTROL_MESSAGE = 'bullmq:rateLimitExceeded';

/** The result for BullMQ's worker. Throws what it is to be told as an error. */
export async function settle(job: BullJob, token: string, settled: Settlement): Promise<unknown> {
  switch (settled.kind) {
    case 'completed':
      return settled.result;
    case 'postponed':
      await job.moveToDelayed(systemClock.wall() + settled.afterMs, token);
      throw new DelayedError();
    case 'instruction':
      throw settled.error;
    case 'failed':
      if (settled.final) throw finalFailure(settled.error);
      if (settled.retryAfterMs !== undefined) {
        // BullMQ asks the options of this very object for the pause, and does not write them back.
        job.opts.backoff = { type: 'fixed', delay: settled.retryAfterMs };
      }
      throw plainFailure(settled.error);
  }
}

function finalFailure(error: Error): UnrecoverableError {
  const final = new UnrecoverableError(messageOf(error));
  return withOriginal(final, error);
}

/** Failures that BullMQ would take for something else are handed on under a name of ours. */
function plainFailure(error: Error): Error {
  const isMistakable = CONTROL_NAMES.has(error.name) || error.message === CONTROL_MESSAGE;
  return isMistakable ? withOriginal(new JobFailure(messageOf(error)), error) : error;
}

function messageOf({ message }: Error): string {
  return message === CONTROL_MESSAGE ? `Error: ${message}` : message;
}

function withOriginal<E extends Error>(error: E, cause: Error): E {
  error.cause = cause;
  if (cause.stack !== undefined) error.stack = cause.stack;
  return error;
}
