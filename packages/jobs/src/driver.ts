/** QueueDriver: what a queue must be able to do, so that the same middleware run on it. */
import type { Clock } from '@interpose/kernel';
import type { Job, JobOptions, JobState } from './job.ts';

/** Keeps jobs and hands them out. */
export interface QueueDriver {
  /** What it is, for reports: `memory`, `bullmq`. */
  readonly name: string;
  /** The clock by which it goes, where that is not the system's; workers go by it, too. */
  readonly clock?: Clock;
  /** The queue of this name; the same one each time it is asked for. */
  queue(name: string): DriverQueue;
  /**
   * Hands out the jobs of a queue, so many at once, each to one consumer at a time, and until it settles renews the lease by itself. A job
   * whose consumer has died is handed out again, before those that wait, and marked as redelivered.
   */
  consume(queue: string, options: ConsumeOptions, consumer: Consumer): Consumption;
  /** Ends all that it opened. Jobs that are waiting stay. */
  close(): Promise<void>;
}

/** One queue, as those see it who add and ask. */
export interface DriverQueue {
  add(job: NewJob): Promise<Job>;
  /** All of them or, where one is wrong, none. */
  addMany(jobs: readonly NewJob[]): Promise<readonly Job[]>;
  get(id: string): Promise<Job | undefined>;
  /** The lines that the handler has written, the oldest first. */
  logs(id: string): Promise<readonly string[]>;
  counts(): Promise<Readonly<Record<JobState, number>>>;
  /** Jobs in this state: those first that come first, or that ended last. @default the first 100 */
  list(
    state: JobState,
    range?: { readonly offset?: number; readonly limit?: number },
  ): Promise<readonly Job[]>;
  /** Tells whether there was one to remove; a job that is under way is not removed. */
  remove(id: string): Promise<boolean>;
  /** Puts a job that has failed for good back among those that wait, with all its attempts before it; tells whether it was one. */
  retry(id: string): Promise<boolean>;
  /**
   * Waits until the job has ended for good; `undefined` if there is no such job, or none any more.
   *
   * @throws the signal's reason
   */
  whenEnded(id: string, signal?: AbortSignal): Promise<JobEnd | undefined>;
  /** No more jobs are handed out, by any process; those under way go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Adds a job again and again, the first at once, each next one no sooner than the one before has begun. A second scheduler of the same id
   * takes the place of the first.
   */
  schedule(id: string, repeat: Repeat, job: NewJob): Promise<void>;
  unschedule(id: string): Promise<boolean>;
}

/** When a scheduler adds a job. */
export interface Repeat {
  /** So many milliseconds apart. */
  readonly every: number;
  /** How many jobs in all. @default no limit */
  readonly limit?: number;
}

/** How a job has ended for good. */
export type JobEnd =
  | { readonly kind: 'completed'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly failedReason: string };

/** A job that is to be. */
export interface NewJob {
  readonly name: string;
  /** Anything that JSON can carry. */
  readonly data: unknown;
  readonly options?: JobOptions;
}

/** How jobs are handed out. */
export interface ConsumeOptions {
  /** How many at once. */
  readonly concurrency: number;
  /** For how long a lease holds that nobody renews, in milliseconds. */
  readonly leaseMs: number;
  /**
   * How many times a job may be handed out again because its consumer died. The next time it is handed out as exhausted, only to be ended.
   */
  readonly maxRedeliveries: number;
  /** How many may begin within a time, in all processes together. */
  readonly limiter?: { readonly max: number; readonly duration: number };
}

/** Is given a job; what it comes to, the driver writes down. It does not throw. */
export type Consumer = (delivery: Delivery) => Promise<Settlement>;

/** A job in the hands of a consumer. */
export interface Delivery {
  readonly job: Job;
  /** Whether a consumer had it before and died: what is done now may have been done already. */
  readonly redelivered: boolean;
  /**
   * Whether its consumers have died more often than they may: it is not to be run but to be settled as failed for good. That somebody gets
   * to do so lets what must know of its end know.
   */
  readonly exhausted: boolean;
  /** Aborts when the lease is lost, or the consumption is closed by force. */
  readonly signal: AbortSignal;
  /** Whether the signal has aborted; to ask the signal itself may be to make one. @default what the signal says */
  readonly isAborted?: boolean;
  /** Calls `run` with the reason when the signal aborts, or at once if it has: so one hears of it without a signal. @default the signal is listened to */
  onAbort?(run: (reason: unknown) => void): void;
  progress(value: number | object): Promise<void>;
  log(line: string): Promise<void>;
  /** Renews the lease now. @throws LeaseLostError if somebody else has the job */
  renew(): Promise<void>;
}

/** What a run of a job has come to. */
export type Settlement =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** The driver says when the next attempt is, if there is one left; `final` says that there is to be none. */
  | {
      readonly kind: 'failed';
      readonly error: Error;
      readonly final: boolean;
      readonly retryAfterMs?: number;
    }
  /** Put off: no attempt is used up. */
  | { readonly kind: 'postponed'; readonly afterMs: number }
  /** One of the driver's own instructions; it goes back to the driver as it came. */
  | { readonly kind: 'instruction'; readonly error: Error };

/** Jobs being handed out. */
export interface Consumption {
  /** No new jobs until `resume`; those under way go on. */
  pause(): Promise<void>;
  resume(): void;
  /** Takes no more, and waits for those under way; with `force` it aborts their signals and gives the jobs back. */
  close(options?: { readonly force?: boolean }): Promise<void>;
  /** Is told of what goes wrong between driver and store. */
  onError(listener: (error: Error) => void): void;
}
