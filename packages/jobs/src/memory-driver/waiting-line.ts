/** WaitingLine: the jobs that wait, by priority and then by when they came. */
import { Chain } from './chain.ts';
import { type Ranked, isBefore, RankedHeap } from './ranked-heap.ts';
import type { StoredJob } from './stored-job.ts';

/** The jobs of one priority. */
interface Level extends Ranked {
  readonly jobs: Chain<StoredJob>;
}

/** Jobs without a priority come first, then those of 1, and so on. */
export class WaitingLine {
  readonly #levels = new Map<number, Level>();
  readonly #order = new RankedHeap<Level>();
  /** The level of each job; one that goes before all others stands on the first, whatever its priority. */
  readonly #levelOf = new Map<StoredJob, Level>();

  get size(): number {
    return this.#levelOf.size;
  }

  /** At the end of its level. */
  add(job: StoredJob): void {
    const level = this.#level(job.options.priority ?? 0);
    level.jobs.addLast(job);
    this.#levelOf.set(job, level);
  }

  /** Before all others. */
  addFirst(job: StoredJob): void {
    const level = this.#level(0);
    level.jobs.addFirst(job);
    this.#levelOf.set(job, level);
  }

  take(): StoredJob | undefined {
    const job = this.#order.first?.jobs.first;
    if (job) this.remove(job);
    return job;
  }

  /** The job must be in the line. */
  remove(job: StoredJob): void {
    const level = this.#levelOf.get(job) as Level;
    this.#levelOf.delete(job);
    level.jobs.remove(job);
    if (level.jobs.size > 0) return;
    this.#levels.delete(level.rank);
    this.#order.remove(level);
  }

  *[Symbol.iterator](): IterableIterator<StoredJob> {
    const levels = [...this.#order].toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    for (const { jobs } of levels) yield* jobs;
  }

  #level(priority: number): Level {
    let level = this.#levels.get(priority);
    if (!level) {
      level = { rank: priority, order: 0, place: -1, jobs: new Chain() };
      this.#levels.set(priority, level);
      this.#order.add(level);
    }
    return level;
  }
}
