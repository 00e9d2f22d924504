/** JobContext: what a middleware and the handler of a job are given. */
import type { Awaitable, Clock } from '@interpose/kernel';
import type { Job } from './job.ts';

/** One run of a job. Middleware further out add to it what they provide. */
export interface JobContext<Data = unknown> {
  /** The job as it was when the run began. */
  readonly job: Job<Data>;
  /** What the job carries: the same as `job.data`. */
  readonly data: Data;
  /** Which attempt of the queue this is, from 1. What a `retry` inside the pipeline counts is `attemptOf(ctx)`. */
  readonly attempt: number;
  /** The most attempts of the queue there may be, the first included. */
  readonly maxAttempts: number;
  /** Whether a worker had it before and died: what is done now may have been done already. */
  readonly redelivered: boolean;
  /** Aborts when the lease is lost, the worker is closed by force or a policy further out gives up. */
  readonly signal: AbortSignal;
  /** The worker's clock. */
  readonly clock: Clock;
  /** Says how far it is: a number from 0 to 100, or anything that JSON can carry. */
  progress(value: number | object): Promise<void>;
  /** Writes a line to the log of the job. */
  log(line: string): Promise<void>;
  /** Renews the lease now. @throws LeaseLostError if another worker has the job */
  renew(): Promise<void>;
  /**
   * Calls the listener once the run is over and before the queue is told, however often `retry` has run the rest: the last of those that
   * gave the same key. Listeners are called in the order in which their keys came first, one after the other. What one throws, or that it
   * takes too long, is reported and changes nothing of the outcome.
   */
  onEnd(key: string, listener: (end: RunEnd) => Awaitable<void>): void;
}

/** How a run of a job has ended. */
export type RunEnd =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** There will be another attempt. */
  | { readonly kind: 'retrying'; readonly error: Error }
  /** It has failed for good: there is no attempt left, or the error said that there is to be none. */
  | { readonly kind: 'failed'; readonly error: Error }
  /**
   * Put off, by a middleware, the handler or an instruction of the driver; or the worker has lost the job, and what becomes of it is decided
   * elsewhere.
   */
  | { readonly kind: 'postponed' };
