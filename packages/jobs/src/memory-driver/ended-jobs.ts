/** EndedJobs: jobs that have ended one way, the last first, no more and no older than may be. */
import type { KeepJobs } from '../job.ts';
import { Chain } from './chain.ts';
import type { StoredJob } from './stored-job.ts';

/** What keeps the number of ended jobs within bounds. */
interface EndedSettings {
  /** How many are kept, whatever their options say. */
  readonly maxEnded: number;
  /** Forgets a job. */
  readonly forget: (job: StoredJob) => void;
}

/** Jobs that are done, or jobs that have failed for good. */
export class EndedJobs {
  readonly #jobs = new Chain<StoredJob>();
  readonly #settings: EndedSettings;

  constructor(settings: EndedSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Takes in a job that ends now; what its options say of keeping is done at once. */
  add(job: StoredJob, keep: KeepJobs | undefined): void {
    const { forget, maxEnded } = this.#settings;
    if (keep === true || keep === 0 || (typeof keep === 'object' && keep.count === 0)) {
      forget(job);
      return;
    }
    this.#jobs.addFirst(job);
    const { count = Infinity, age = Infinity } =
      typeof keep === 'number' ? { count: keep } : typeof keep === 'object' ? keep : {};
    const most = Math.min(count, maxEnded);
    const oldestMs = (job.endedAtMs as number) - age * 1_000;
    for (let last = this.#jobs.last; last && last !== job; last = this.#jobs.last) {
      if (this.#jobs.size <= most && (last.endedAtMs as number) >= oldestMs) return;
      this.#jobs.remove(last);
      forget(last);
    }
  }

  /** The job must be among them. */
  remove(job: StoredJob): void {
    this.#jobs.remove(job);
  }

  [Symbol.iterator](): IterableIterator<StoredJob> {
    return this.#jobs[Symbol.iterator]();
  }
}
