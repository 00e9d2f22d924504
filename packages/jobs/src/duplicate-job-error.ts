/** DuplicateJobError: there is a job of this key already. */
import { CodedError } from '@interpose/kernel';

/** A job was not added, as one of its key waits or runs, or was there lately. */
export class DuplicateJobError extends CodedError {
  static override readonly code: string = 'DUPLICATE_JOB';
  readonly key: string;
  /** The id of the job that is there; nothing while another process is about to add it. */
  readonly jobId: string | undefined;

  constructor(key: string, jobId: string | undefined) {
    const there = jobId === undefined ? 'is just being added' : `is there: "${jobId}"`;
    super(`A job of the key "${key}" ${there}.`);
    this.key = key;
    this.jobId = jobId;
  }
}
