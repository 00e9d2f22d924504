/** markInstructions: makes every layer tell BullMQ's own instructions from failures. */
import { markInstruction } from '@interpose/resilience';
import {
  DelayedError,
  RateLimitError,
  UnrecoverableError,
  WaitingChildrenError,
  WaitingError,
} from 'bullmq';

/**
 * Marks the errors by which a handler tells BullMQ what it has done with the job. A retry, a breaker or a dead letter that took one for a failure
 * would act on a job that is somewhere else by then. The mark is on the prototypes, as the errors are made by the code of users.
 */
export function markInstructions(): void {
  for (const error of [DelayedError, WaitingError, WaitingChildrenError, RateLimitError]) {
    markInstruction(error, 'pass');
  }
  markInstruction(UnrecoverableError, 'final');
}
