/** QueueUnavailableError: what keeps the jobs does not answer. */
import { CodedError } from '@interpose/kernel';

/** Thrown when Redis, Valkey or Postgres did not answer in time. What was asked for may be done all the same, once it answers again. */
export class QueueUnavailableError extends CodedError {
  static override readonly code: string = 'QUEUE_UNAVAILABLE';

  constructor(what: string, afterMs: number, options?: ErrorOptions) {
    super(`What keeps the jobs did not answer "${what}" within ${afterMs} ms.`, options);
  }
}
