/** Job: what is known of one job, and what may be said of it when it is added. */

/** How long to wait before the next attempt, in BullMQ's words. */
export interface BackoffOptions {
  /** The same pause each time, or twice as long each time. */
  readonly type: 'fixed' | 'exponential';
  /** The first pause, in milliseconds. */
  readonly delay: number;
  /** The share of each pause that is left to chance: from 0 to 1. @default 0 */
  readonly jitter?: number;
}

/** What becomes of a job that has ended: kept, removed at once, or kept with so many others or for so long. */
export type KeepJobs =
  | boolean
  | number
  | {
      /** How many are kept. @default no limit */
      readonly count?: number;
      /** For how many seconds they are kept. @default no limit */
      readonly age?: number;
    };

/** What may be said of a job when it is added. The words are BullMQ's. */
export interface JobOptions {
  /** An id of its own. A job whose id is there already is not added a second time. @default one that the driver makes */
  readonly jobId?: string;
  /** The most attempts there may be, the first included. @default 1 */
  readonly attempts?: number;
  /** The pause before the next attempt; a number is a fixed pause in milliseconds. @default none */
  readonly backoff?: number | BackoffOptions;
  /** How long to wait before the first attempt, in milliseconds. @default 0 */
  readonly delay?: number;
  /** From 1, the first, to 2_097_152; a job without one goes before all that have one. @default 0 */
  readonly priority?: number;
  /** Whether it goes before those that wait, and not behind. @default false */
  readonly lifo?: boolean;
  /** What becomes of it once it is done. @default false: it is kept */
  readonly removeOnComplete?: KeepJobs;
  /** What becomes of it once it has failed for good. @default false: it is kept */
  readonly removeOnFail?: KeepJobs;
}

/** Where a job is. */
export type JobState = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed';

/** One job as the queue knows it; a copy, which does not change. */
export interface Job<Data = unknown, Result = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly data: Data;
  readonly options: JobOptions;
  readonly state: JobState;
  /** How many attempts have ended in a failure; one that was put off, or cut off by the death of a worker, is none. */
  readonly attemptsMade: number;
  /** What the handler said last of how far it is. @default 0 */
  readonly progress: number | object;
  /** What it came to, once it is done. */
  readonly result?: Result;
  /** What the last failed attempt said. */
  readonly failedReason?: string;
  /** When it was added, in milliseconds since 1970. */
  readonly addedAtMs: number;
  /** When its last attempt began. */
  readonly startedAtMs?: number;
  /** When it ended for good. */
  readonly endedAtMs?: number;
}
