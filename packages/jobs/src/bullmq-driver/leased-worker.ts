/** LeasedWorker: BullMQ's worker, which hands out what has died too often instead of failing it without a word. */
import { type IQueueBackend, type Job as BullJob, type JobJson, Worker } from 'bullmq';

/** What BullMQ writes on a job that has died with its workers too often. */
const STALLED = 'job stalled more than allowable limit';

/** BullMQ's worker with what the driver needs besides. */
export class LeasedWorker extends Worker<unknown, unknown, string, IQueueBackend> {
  readonly #exhausted = new WeakSet<BullJob>();

  /** Whether the job has died with its workers more often than it may. */
  isExhausted(job: BullJob): boolean {
    const { maxStalledCount = 1 } = this.opts;
    // BullMQ itself runs the jobs of schedulers again for ever.
    const isScheduled = job.repeatJobKey !== undefined && job.stalledCounter > maxStalledCount;
    return isScheduled || this.#exhausted.has(job);
  }

  /** Stops all timers at once. What is under way goes on, and nobody is told of it. */
  stopTimers(): void {
    this.lockManager.close().catch(() => {});
    this.pause(true).catch(() => {});
  }

  // BullMQ fails a job that bears a failure to come, without running it; then nobody could write a dead letter.
  protected override createJob(data: JobJson, jobId: string): BullJob {
    const job = super.createJob(data, jobId);
    if (job.deferredFailure === STALLED) {
      job.deferredFailure = '';
      this.#exhausted.add(job);
    }
    return job;
  }
}
