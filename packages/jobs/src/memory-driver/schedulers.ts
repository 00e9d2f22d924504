/** Schedulers: add a job again and again, the next one when the one before begins. */
import type { Clock } from '@interpose/kernel';
import type { NewJob, Repeat } from '../driver.ts';
import type { JobStore } from './job-store.ts';
import type { StoredJob } from './stored-job.ts';

interface Scheduler {
  readonly repeat: Repeat;
  readonly job: NewJob;
  /** The job that has not begun yet, and when it is due. */
  next: StoredJob;
  dueMs: number;
  added: number;
}

/** The schedulers of one queue. */
export class Schedulers {
  readonly #store: JobStore;
  readonly #clock: Clock;
  readonly #schedulers = new Map<string, Scheduler>();

  constructor(store: JobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The first job is due at once. */
  schedule(id: string, repeat: Repeat, job: NewJob): void {
    // Checks the job before the scheduler of the same id goes.
    this.#store.draft({ ...job, options: {} });
    this.unschedule(id);
    const dueMs = this.#clock.now();
    const next = this.#add(id, job, dueMs);
    this.#schedulers.set(id, { repeat, job, next, dueMs, added: 1 });
  }

  /** Takes the job that it has added with it, unless that has begun. */
  unschedule(id: string): boolean {
    const scheduler = this.#schedulers.get(id);
    if (!scheduler) return false;
    this.#schedulers.delete(id);
    if (this.#store.get(scheduler.next.id) === scheduler.next) this.#store.remove(scheduler.next);
    return true;
  }

  /** Is told of each job that begins. */
  begun(job: StoredJob): void {
    const id = job.scheduler;
    const scheduler = id === undefined ? undefined : this.#schedulers.get(id);
    if (id === undefined || scheduler?.next !== job) return;
    const { every, limit = Infinity } = scheduler.repeat;
    if (scheduler.added >= limit) {
      this.#schedulers.delete(id);
      return;
    }
    // Beats that nobody was there for are left out.
    const late = Math.max(0, Math.floor((this.#clock.now() - scheduler.dueMs) / every));
    scheduler.dueMs += (late + 1) * every;
    scheduler.added++;
    scheduler.next = this.#add(id, scheduler.job, scheduler.dueMs);
  }

  #add(id: string, job: NewJob, dueMs: number): StoredJob {
    const delay = Math.max(0, dueMs - this.#clock.now());
    const wallMs = Math.round(this.#clock.wall() + delay);
    let jobId = `repeat:${id}:${wallMs}`;
    for (let n = 1; this.#store.get(jobId); n++) jobId = `repeat:${id}:${wallMs}:${n}`;
    const draft = this.#store.draft({ ...job, options: { ...job.options, jobId, delay } });
    draft.scheduler = id;
    return this.#store.add(draft);
  }
}
