/** WorkerEvents: what a worker tells of its jobs; no listener changes anything. */
import { suggestion } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import type { Job } from '../job.ts';

/** What an event of a job carries. */
interface OfJob {
  /** The job as it was when the run began. */
  readonly job: Job;
  /** How long the run took, in milliseconds. */
  readonly elapsedMs: number;
}

/** Events of a worker. They come before the queue is told, so that `queue.waitFor` is the way to wait for a job. */
export interface WorkerEvents {
  /** A run begins. */
  readonly active: { readonly job: Job };
  /** A job is done. */
  readonly completed: OfJob & { readonly result: unknown };
  /** An attempt has failed, and there will be another. */
  readonly retrying: OfJob & { readonly error: Error };
  /** A job has failed for good. */
  readonly failed: OfJob & { readonly error: Error };
  /** A job is put off, or was lost to another worker. */
  readonly postponed: OfJob;
  /** Something went wrong beside the jobs. */
  readonly error: { readonly error: unknown; readonly job?: Job };
}

/** Is told an event. */
export type WorkerListener<K extends keyof WorkerEvents> = (event: WorkerEvents[K]) => unknown;

const TYPES: readonly (keyof WorkerEvents)[] = [
  'active',
  'completed',
  'retrying',
  'failed',
  'postponed',
  'error',
];

/** The listeners of one worker. */
export class WorkerListeners {
  readonly #listeners = new Map<string, Set<(event: never) => unknown>>(
    TYPES.map((type) => [type, new Set()]),
  );

  /** Gives back how to stop. @throws TypeError if there is no such event */
  on<K extends keyof WorkerEvents>(type: K, listener: WorkerListener<K>): () => void {
    const listeners = this.#listeners.get(type);
    if (!listeners) {
      throw new TypeError(`A worker has no event "${type}". ${suggestion(type, TYPES)}`);
    }
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Tells whether anybody heard it. */
  emit<K extends keyof WorkerEvents>(
    type: K,
    event: WorkerEvents[K],
    onFailure: (error: unknown) => void,
  ): boolean {
    const listeners = this.#listeners.get(type);
    for (const listener of listeners ?? []) unharmed(() => listener(event as never), onFailure);
    return listeners !== undefined && listeners.size > 0;
  }
}
