/** jobTrial: a context of a job as a middleware or handler is given it, and what was done with it. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import type { JobContext } from '../src/job-context.ts';

/** A job on trial. */
export interface JobTrial {
  readonly ctx: JobContext;
  readonly controller: AbortController;
  /** What the handler has said of its progress and to its log, and that it renewed its lease. */
  readonly said: unknown[];
  /** Resolves with the next thing that the handler says of its progress. */
  heard(): Promise<unknown>;
}

/** The second of three attempts at job 7, called `resize`, of the queue `images`; its log takes all but `no`. */
export function jobTrial(data: unknown = {}, clock: Clock = systemClock): JobTrial {
  const controller = new AbortController();
  const said: unknown[] = [];
  const listeners: ((value: unknown) => void)[] = [];
  const ctx: JobContext = {
    job: {
      id: '7',
      queue: 'images',
      name: 'resize',
      data,
      options: {},
      state: 'active',
      attemptsMade: 1,
      progress: 0,
      addedAtMs: 0,
    },
    data,
    attempt: 2,
    maxAttempts: 3,
    redelivered: false,
    signal: controller.signal,
    clock,
    progress(value) {
      said.push(value);
      for (const tell of listeners.splice(0)) tell(value);
      return Promise.resolve();
    },
    log(line) {
      said.push(`log: ${line}`);
      return line === 'no' ? Promise.reject(new Error('The log is full.')) : Promise.resolve();
    },
    renew() {
      said.push('renewed');
      return Promise.resolve();
    },
    onEnd() {},
  };
  const heard = (): Promise<unknown> => new Promise((resolve) => listeners.push(resolve));
  return { ctx, controller, said, heard };
}

/** What a promise rejects with; what it resolves with as `{ value }`, which is no error. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { value: await promise };
  } catch (error) {
    return error;
  }
}
