/** JobTimeoutError: a job ran out of time, and whether it has really stopped. */
import { RejectedError } from '@interpose/resilience';

/** The handler took longer than it may. `cause` is the reason with which its signal was aborted. */
export class JobTimeoutError extends RejectedError {
  static override readonly code: string = 'JOB_TIMEOUT';
  readonly timeoutMs: number;
  /** Whether the handler has ended within its grace, or may still be at work. */
  readonly handler: 'stopped' | 'abandoned';

  constructor(timeoutMs: number, handler: 'stopped' | 'abandoned', cause: unknown) {
    const state = handler === 'stopped' ? 'has stopped' : 'was abandoned and may still be at work';
    super(`The job took longer than ${timeoutMs} ms; its handler ${state}.`, {
      policy: 'jobTimeout',
      cause,
    });
    this.timeoutMs = timeoutMs;
    this.handler = handler;
  }
}
