/** JobDrafts: jobs that are ready to be added, each with an id. */
import type { Clock } from '@interpose/kernel';
import type { NewJob } from '../driver.ts';
import { StoredJob } from './stored-job.ts';

/** Gives ids that nobody has. */
export class JobDrafts {
  readonly #queue: string;
  readonly #jobs: ReadonlyMap<string, StoredJob>;
  readonly #clock: Clock;
  #ids = 0;

  constructor(queue: string, jobs: ReadonlyMap<string, StoredJob>, clock: Clock) {
    this.#queue = queue;
    this.#jobs = jobs;
    this.#clock = clock;
  }

  /** The job that has the id already, else a new one. @throws TypeError for data that JSON cannot carry */
  draft(job: NewJob): StoredJob {
    const jobId = job.options?.jobId;
    const there = jobId === undefined ? undefined : this.#jobs.get(jobId);
    if (there) return there;
    const id = jobId ?? this.#freeId();
    return new StoredJob({ id, queue: this.#queue, addedAtMs: this.#clock.wall() }, job);
  }

  #freeId(): string {
    let id: string;
    do id = String(++this.#ids);
    while (this.#jobs.has(id));
    return id;
  }
}
