/** DueJobs: jobs that wait for a time: for their turn, or until their consumer is known to have died. */
import { isBefore, RankedHeap } from './ranked-heap.ts';
import type { StoredJob } from './stored-job.ts';

/** Gives out jobs when their time has come, and those of one moment in the order in which they came. */
export class DueJobs {
  readonly #heap = new RankedHeap<StoredJob>();
  #order = 0;
  #delayed = 0;

  /** How many wait for their turn. */
  get delayed(): number {
    return this.#delayed;
  }

  /** When the next one is due. */
  get nextMs(): number {
    return this.#heap.first?.rank ?? Infinity;
  }

  /** A job that is delayed waits for its turn; one that is active has lost its consumer. */
  add(job: StoredJob, dueMs: number): void {
    this.remove(job);
    job.rank = dueMs;
    job.order = ++this.#order;
    this.#heap.add(job);
    if (job.state === 'delayed') this.#delayed++;
  }

  /** Does nothing if it is not among them. */
  remove(job: StoredJob): void {
    const { size } = this.#heap;
    this.#heap.remove(job);
    if (this.#heap.size < size && job.state === 'delayed') this.#delayed--;
  }

  /** The next one that is due by then. */
  take(nowMs: number): StoredJob | undefined {
    const job = this.#heap.first;
    if (!job || job.rank > nowMs) return undefined;
    this.remove(job);
    return job;
  }

  /** Those that wait for their turn, in the order of time. */
  list(): readonly StoredJob[] {
    return [...this.#heap]
      .filter((job) => job.state === 'delayed')
      .toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  }
}
