/** LetterBox: what a dead letter says, and where `deadLetter` puts it. */
import type { ErrorFacts } from '@interpose/resilience/boundary';
import { StalledError, UnrecoverableError } from '../errors.ts';
import type { JobOptions } from '../job.ts';

/** Why a job has failed for good: no attempt was left, its error said so, or its workers have died of it. */
export type DeathReason = 'attempts' | 'unrecoverable' | 'stalled';

/** A job that has failed for good. */
export interface DeadLetter {
  /** The id of the job that it was. */
  readonly jobId: string;
  /** The queue that it was in. */
  readonly queue: string;
  readonly name: string;
  /** What it carried, unchanged. */
  readonly data: unknown;
  /** The options with which it was added. */
  readonly options: JobOptions;
  readonly reason: DeathReason;
  /** The error of the last attempt and its causes, without secrets. */
  readonly error: ErrorFacts;
  /** How often it was run, by the queue and by a retry together. */
  readonly attempts: number;
  /** Whether a worker died while it had it. */
  readonly redelivered: boolean;
  /** When it was added, in milliseconds since 1970. */
  readonly addedAtMs: number;
  /** When its last attempt failed. */
  readonly failedAtMs: number;
}

/** Where letters are put. */
export interface LetterBox {
  /** Keeps a letter, in the place of one of the same job. */
  put(letter: DeadLetter): Promise<void>;
  /** Drops the letter of a job; tells whether there was one. */
  discard(jobId: string, place?: { readonly queue?: string }): Promise<boolean>;
}

/** Why it has failed for good, as its last error tells. */
export function deathReason(error: unknown): DeathReason {
  if (StalledError.is(error)) return 'stalled';
  // The queues of others know their own by this name.
  const isFinal = error instanceof Error && error.name === UnrecoverableError.name;
  return isFinal ? 'unrecoverable' : 'attempts';
}
