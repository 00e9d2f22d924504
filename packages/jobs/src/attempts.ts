/** How often a job has been run: by the queue, and within each of its attempts by a retry. */
import { memoryStore, type Store } from '@interpose/kernel/store';
import { attemptOf } from '@interpose/resilience';
import type { JobContext } from './job-context.ts';

/** The last attempt of a retry that was seen in a run, by the job of the run, which is the same object all through it. */
const SEEN = new WeakMap<object, number>();

/** To be called by whoever stands where a retry could stand further out. */
export function noteAttempt(ctx: JobContext): void {
  const attempt = attemptOf(ctx);
  // Of the first one there is nothing to note, and mostly it is the only one.
  if (attempt > attemptsOf(ctx)) SEEN.set(ctx.job, attempt);
}

/** How many attempts there have been in this run. */
export function attemptsOf({ job }: JobContext): number {
  return SEEN.get(job) ?? 1;
}

/** Adds up the attempts of a job over its runs, as far as they were in this process; of others it knows that there was one each. */
export class AttemptSum {
  /** Made for the first job that is to run again. */
  #earlier: Store<number> | undefined;

  /** There is to be another run. */
  keep(ctx: JobContext): void {
    (this.#earlier ??= memoryStore<number>()).set(keyOf(ctx), this.#sum(ctx));
  }

  /** How many there were in all, now that it has ended. */
  take(ctx: JobContext): number {
    const sum = this.#sum(ctx);
    this.#earlier?.delete(keyOf(ctx));
    return sum;
  }

  #sum(ctx: JobContext): number {
    // What is remembered of a job that has been put back since is more than what the queue knows.
    const earlier = ctx.attempt === 1 ? 0 : this.#earlier?.get(keyOf(ctx));
    return (earlier ?? ctx.attempt - 1) + attemptsOf(ctx);
  }
}

/** The length tells where the name of the queue ends. */
const keyOf = ({ job }: JobContext): string => `${job.queue.length} ${job.queue} ${job.id}`;
