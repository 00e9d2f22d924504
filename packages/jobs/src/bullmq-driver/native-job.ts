/** bullJobOf: BullMQ's own job behind one of ours, for what only BullMQ can do. */
import type { Job as BullJob } from 'bullmq';
import type { Job, JobOptions, JobState } from '../job.ts';

/** A job as BullMQ has it, and the token by which the worker holds it. */
export interface BullJobInHand {
  readonly job: BullJob;
  readonly token: string;
}

/** A job that is being run. What is behind it is in a private field: a WeakMap would cost every collection of garbage some time. */
export class HandedJob implements Job {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly data: unknown;
  readonly options: JobOptions;
  readonly state: JobState;
  readonly attemptsMade: number;
  readonly progress: number | object;
  readonly addedAtMs: number;
  declare readonly failedReason?: string;
  declare readonly startedAtMs?: number;
  readonly #native: BullJobInHand;

  constructor(view: Job, native: BullJobInHand) {
    this.id = view.id;
    this.queue = view.queue;
    this.name = view.name;
    this.data = view.data;
    this.options = view.options;
    this.state = view.state;
    this.attemptsMade = view.attemptsMade;
    this.progress = view.progress;
    this.addedAtMs = view.addedAtMs;
    if (view.failedReason !== undefined) this.failedReason = view.failedReason;
    if (view.startedAtMs !== undefined) this.startedAtMs = view.startedAtMs;
    this.#native = native;
  }

  /** What is behind a job of a run. */
  static nativeOf(job: Job): BullJobInHand | undefined {
    return #native in job ? job.#native : undefined;
  }
}

/**
 * BullMQ's own job behind the job of a run, with its token: for children of a flow, or to move it by hand and throw BullMQ's `DelayedError`,
 * `WaitingError` or `WaitingChildrenError`. `undefined` for any other job, and on another driver.
 *
 * @example
 * const native = bullJobOf(ctx.job);
 * if (native && (await native.job.moveToWaitingChildren(native.token))) throw new WaitingChildrenError();
 */
export function bullJobOf(job: Job): BullJobInHand | undefined {
  return HandedJob.nativeOf(job);
}
