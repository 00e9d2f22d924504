/** Watchers: those who wait for jobs to end. */
import type { JobEnd } from '../driver.ts';
import type { StoredJob } from './stored-job.ts';

type Watcher = (end: JobEnd | undefined) => void;

/** Tells each once. */
export class Watchers {
  readonly #watchers = new Map<StoredJob, Set<Watcher>>();

  /** The job has ended for good or, without an end, is there no more. */
  ended(job: StoredJob): void {
    const watchers = this.#watchers.get(job);
    this.#watchers.delete(job);
    for (const tell of watchers ?? []) tell(job.end);
  }

  /** @throws the signal's reason */
  whenEnded(job: StoredJob | undefined, signal?: AbortSignal): Promise<JobEnd | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return void reject(signal.reason);
      if (!job || job.end) return void resolve(job?.end);
      const leave = (): void => {
        const watchers = this.#watchers.get(job);
        watchers?.delete(tell);
        if (watchers?.size === 0) this.#watchers.delete(job);
        reject(signal?.reason);
      };
      const tell = (end: JobEnd | undefined): void => {
        signal?.removeEventListener('abort', leave);
        resolve(end);
      };
      signal?.addEventListener('abort', leave, { once: true });
      const watchers = this.#watchers.get(job);
      if (watchers) watchers.add(tell);
      else this.#watchers.set(job, new Set([tell]));
    });
  }
}
