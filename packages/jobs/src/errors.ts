/** Errors of jobs, and those that are instructions to the queue. */
import { CodedError } from '@interpose/kernel';
import { checkMs } from '@interpose/kernel/options';
import { markInstruction } from '@interpose/resilience';

/** Thrown by a handler: the job has failed for good, whatever attempts are left. */
export class UnrecoverableError extends CodedError {
  static override readonly code: string = 'UNRECOVERABLE';
}

/** Thrown by a handler: the attempt has failed, and the next one is to begin after this time. */
export class RetryLaterError extends CodedError {
  static override readonly code: string = 'RETRY_LATER';
  readonly afterMs: number;

  constructor(afterMs: number, options?: ErrorOptions) {
    super(`The next attempt is to begin in ${checkMs('afterMs', afterMs)} ms.`, options);
    this.afterMs = afterMs;
  }
}

/** Thrown by a middleware or handler: the job is to be run later, and this run was no attempt. */
export class PostponedError extends CodedError {
  static override readonly code: string = 'POSTPONED';
  readonly afterMs: number;

  constructor(afterMs: number, options?: ErrorOptions) {
    super(`The job is put off for ${checkMs('afterMs', afterMs)} ms.`, options);
    this.afterMs = afterMs;
  }
}

/** Another worker has the job, or may have it: the lease was not renewed in time. */
export class LeaseLostError extends CodedError {
  static override readonly code: string = 'LEASE_LOST';

  constructor(jobId: string, options?: ErrorOptions) {
    super(`The lease on job "${jobId}" is lost.`, options);
  }
}

/** A job has died with its worker more often than it may. */
export class StalledError extends CodedError {
  static override readonly code: string = 'STALLED';

  constructor(jobId: string, options?: ErrorOptions) {
    super(`Job "${jobId}" was left by its worker more often than it may be.`, options);
  }
}

/** The worker was closed by force while the job ran; the job goes back to those that wait. */
export class WorkerClosedError extends CodedError {
  static override readonly code: string = 'WORKER_CLOSED';

  constructor(jobId: string, options?: ErrorOptions) {
    super(`The worker was closed while job "${jobId}" ran.`, options);
  }
}

/** What was to be done at the end of a run took longer than it may; the run was ended without it. */
export class OnEndTimeoutError extends CodedError {
  static override readonly code: string = 'ON_END_TIMEOUT';
  /** The key under which it was registered. */
  readonly key: string;

  constructor(key: string, afterMs: number) {
    super(`What "${key}" does at the end of a run took longer than ${afterMs} ms.`);
    this.key = key;
  }
}

/** There is no handler for jobs of this name. */
export class NoHandlerError extends CodedError {
  static override readonly code: string = 'NO_HANDLER';

  constructor(jobName: string, known: readonly string[]) {
    super(`No handler for jobs called "${jobName}"; there are: ${known.join(', ') || 'none'}.`);
  }
}

/** Somebody waited for the result of a job that has failed for good. */
export class JobFailedError extends CodedError {
  static override readonly code: string = 'JOB_FAILED';
  readonly jobId: string;

  constructor(jobId: string, failedReason: string) {
    super(failedReason);
    this.jobId = jobId;
  }
}

/** Somebody waited for the result of a job that is not there. */
export class UnknownJobError extends CodedError {
  static override readonly code: string = 'UNKNOWN_JOB';

  constructor(jobId: string) {
    super(`There is no job "${jobId}", or none any more.`);
  }
}

// Whether there is another attempt is for the queue to say, and not for a retry on the way.
for (const final of [UnrecoverableError, RetryLaterError, LeaseLostError, StalledError]) {
  markInstruction(final, 'final');
}
// The job runs again, and nothing has failed.
for (const pass of [PostponedError, WorkerClosedError]) markInstruction(pass, 'pass');
