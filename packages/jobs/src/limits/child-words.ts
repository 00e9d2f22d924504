/** What a parent and the child that runs a job say to each other. */
import type { Job } from '../job.ts';

/** What a handler in a child process is told of its job, beside what it can do. */
export interface JobFacts<Data = unknown> {
  /** The job as it was when the run began. */
  readonly job: Job<Data>;
  /** What the job carries: the same as `job.data`, unless a middleware has put something else in its place. */
  readonly data: Data;
  /** Which attempt of the queue this is, from 1. */
  readonly attempt: number;
  /** The most attempts of the queue there may be, the first included. */
  readonly maxAttempts: number;
  /** Whether a worker had it before and died: what is done now may have been done already. */
  readonly redelivered: boolean;
}

/** An error on its way to another process. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own properties that are plain: `code`, `status`, `retryAfterMs`. */
  readonly own: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause: SentError | undefined;
}

/** What of a job's context a child asks its parent to do. */
export type Errand = 'progress' | 'log' | 'renew';

/** Said to the child. */
export type ToChild =
  | { readonly kind: 'run'; readonly url: string; readonly name: string; readonly facts: JobFacts }
  | { readonly kind: 'abort'; readonly reason: SentError }
  | { readonly kind: 'answer'; readonly id: number; readonly error: SentError | undefined };

/** Said by the child. */
export type FromChild =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'errand';
      readonly id: number;
      readonly what: Errand;
      readonly value: unknown;
    }
  | { readonly kind: 'done'; readonly result: unknown }
  | {
      readonly kind: 'failed';
      readonly error: SentError;
      /** The module is at fault: it cannot be loaded, or has no such function; and then what it exports. */
      readonly exports?: readonly string[] | 'none';
      /** It is the reason for which it was told to stop. */
      readonly isReason: boolean;
    };
