/** JobStore: the jobs of one queue in memory, and how they pass from one state to the next. */
import type { Clock } from '@interpose/kernel';
import type { NewJob, Settlement } from '../driver.ts';
import type { JobState } from '../job.ts';
import { DueJobs } from './due-jobs.ts';
import { EndedJobs } from './ended-jobs.ts';
import { JobDrafts } from './job-drafts.ts';
import { pauseOf } from './pause-of.ts';
import type { StoredJob } from './stored-job.ts';
import { WaitingLine } from './waiting-line.ts';

/** What the queues of one driver share. */
export interface StoreSettings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxEnded: number;
  readonly maxLogLines: number;
}

/** An unknown instruction is obeyed by waiting so long: to hand the job out at once would go round without end. */
const INSTRUCTED_MS = 1_000;

/** Knows every job of a queue. It tells `onEnd` of each that ends for good. */
export class JobStore {
  readonly #settings: StoreSettings;
  readonly #jobs = new Map<string, StoredJob>();
  readonly #line = new WaitingLine();
  readonly #active = new Set<StoredJob>();
  readonly #due = new DueJobs();
  readonly #ended: Readonly<Record<'completed' | 'failed', EndedJobs>>;
  readonly #onEnd: (job: StoredJob) => void;
  readonly #drafts: JobDrafts;

  constructor(queue: string, settings: StoreSettings, onEnd: (job: StoredJob) => void) {
    this.#settings = settings;
    this.#drafts = new JobDrafts(queue, this.#jobs, settings.clock);
    this.#onEnd = onEnd;
    const forget = (job: StoredJob): void => void this.#jobs.delete(job.id);
    const { maxEnded } = settings;
    this.#ended = {
      completed: new EndedJobs({ maxEnded, forget }),
      failed: new EndedJobs({ maxEnded, forget }),
    };
  }

  get(id: string): StoredJob | undefined {
    this.promote();
    return this.#jobs.get(id);
  }

  counts(): Readonly<Record<JobState, number>> {
    this.promote();
    return {
      waiting: this.#line.size,
      delayed: this.#due.delayed,
      active: this.#active.size,
      completed: this.#ended.completed.size,
      failed: this.#ended.failed.size,
    };
  }

  list(state: JobState): Iterable<StoredJob> {
    this.promote();
    if (state === 'waiting') return this.#line;
    if (state === 'active') return this.#active;
    return state === 'delayed' ? this.#due.list() : this.#ended[state];
  }

  /** When the next job is due, by the clock's `now()`. */
  get nextDueMs(): number {
    return this.#due.nextMs;
  }

  /** A job that is not in the queue yet, unless one of its id is. */
  draft(job: NewJob): StoredJob {
    this.promote();
    return this.#drafts.draft(job);
  }

  /** Adds a draft; one whose id has been taken meanwhile gives the job that has it. */
  add(draft: StoredJob): StoredJob {
    const there = this.#jobs.get(draft.id);
    if (there) return there;
    this.#jobs.set(draft.id, draft);
    const { delay = 0, lifo = false, priority = 0 } = draft.options;
    if (delay > 0) this.#delay(draft, delay);
    else this.#wait(draft, lifo && priority === 0);
    return draft;
  }

  /** Hands out the next job. */
  take(): StoredJob | undefined {
    this.promote();
    const job = this.#line.take();
    if (!job) return undefined;
    job.state = 'active';
    job.startedAtMs = this.#settings.clock.wall();
    this.#active.add(job);
    return job;
  }

  /** Writes down what a run has come to; the job must be active. */
  settle(job: StoredJob, settlement: Settlement): void {
    // Before anything has changed: a result that cannot be written throws.
    const result = settlement.kind === 'completed' ? JSON.stringify(settlement.result) : undefined;
    this.#release(job);
    switch (settlement.kind) {
      case 'completed':
        job.result = result;
        job.failedReason = undefined;
        return this.#end(job, 'completed');
      case 'failed':
        return this.#failed(job, settlement);
      case 'postponed':
        return this.#delay(job, settlement.afterMs);
      case 'instruction':
        return this.#delay(job, INSTRUCTED_MS);
    }
  }

  /** Puts an active job back before all that wait. */
  giveBack(job: StoredJob): void {
    this.#release(job);
    job.left = true;
    this.#wait(job, true);
  }

  /** Counts an active job as left by a consumer that has died, once so much time has passed. */
  abandon(job: StoredJob, afterMs: number): void {
    this.#due.add(job, this.#settings.clock.now() + afterMs);
  }

  /** Moves all that are due to where they belong. */
  promote(): void {
    const nowMs = this.#settings.clock.now();
    for (let job = this.#due.take(nowMs); job; job = this.#due.take(nowMs)) {
      if (job.state !== 'active') {
        this.#wait(job, false);
        continue;
      }
      const { lease } = job;
      job.deaths++;
      this.giveBack(job);
      lease?.lose();
    }
  }

  /** Takes a job out, unless it is under way. */
  remove(job: StoredJob): boolean {
    if (job.state === 'active') return false;
    if (job.state === 'waiting') this.#line.remove(job);
    else if (job.state === 'delayed') this.#due.remove(job);
    else this.#ended[job.state].remove(job);
    this.#jobs.delete(job.id);
    return true;
  }

  /** Lets a job that has failed for good begin anew. */
  retry(job: StoredJob): boolean {
    if (job.state !== 'failed') return false;
    this.#ended.failed.remove(job);
    Object.assign(job, { attemptsMade: 0, deaths: 0, left: false });
    Object.assign(job, { failedReason: undefined, endedAtMs: undefined });
    this.#wait(job, false);
    return true;
  }

  #failed(job: StoredJob, { error, final, retryAfterMs }: Failure): void {
    job.failedReason = error.message;
    job.attemptsMade++;
    const { attempts = 1, backoff, lifo = false, priority = 0 } = job.options;
    if (final || job.attemptsMade >= attempts) return this.#end(job, 'failed');
    const afterMs = retryAfterMs ?? pauseOf(backoff, job.attemptsMade, this.#settings.random);
    if (afterMs > 0) this.#delay(job, afterMs);
    else this.#wait(job, lifo && priority === 0);
  }

  #end(job: StoredJob, state: 'completed' | 'failed'): void {
    job.state = state;
    job.endedAtMs = this.#settings.clock.wall();
    const { removeOnComplete, removeOnFail } = job.options;
    this.#ended[state].add(job, state === 'completed' ? removeOnComplete : removeOnFail);
    this.#onEnd(job);
  }

  #release(job: StoredJob): void {
    this.#active.delete(job);
    this.#due.remove(job);
    job.lease = undefined;
  }

  #wait(job: StoredJob, first: boolean): void {
    job.state = 'waiting';
    if (first) this.#line.addFirst(job);
    else this.#line.add(job);
  }

  #delay(job: StoredJob, afterMs: number): void {
    job.state = 'delayed';
    this.#due.add(job, this.#settings.clock.now() + afterMs);
  }
}

type Failure = Extract<Settlement, { readonly kind: 'failed' }>;
