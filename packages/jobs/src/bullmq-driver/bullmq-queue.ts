/** BullmqQueue: one queue of BullMQ, as those see it who add and ask. */
import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import type { DriverQueue, JobEnd, NewJob, Repeat } from '../driver.ts';
import type { Job, JobOptions, JobState } from '../job.ts';
import { type Bounded, boundedBy } from './bounded.ts';
import { closeOrCut, type NativeQueue, type Opening } from './connected.ts';
import { JobEnds } from './job-ends.ts';
import { storedId, storedIds } from './job-ids.ts';
import { NATIVE_STATES, nativeOptions, stateOf, viewOf } from './job-view.ts';
import { nativesIn } from './native-list.ts';

/** One queue of BullMQ. */
export class BullmqQueue implements DriverQueue {
  readonly #name: string;
  readonly #native: NativeQueue;
  readonly #ends: JobEnds;
  readonly #opening: Opening;
  readonly #bounded: Bounded;

  constructor(name: string, opening: Opening) {
    const { connected, backend, onError, answerWithinMs } = opening;
    this.#name = name;
    this.#native = new Queue(name, connected, backend);
    this.#native.on('error', onError);
    this.#ends = new JobEnds(this.#native, opening);
    this.#opening = opening;
    this.#bounded = boundedBy(answerWithinMs);
  }

  add(job: NewJob): Promise<Job> {
    return this.#bounded('add', async () => {
      const { name, data, opts } = entryOf(job);
      const native = await this.#native.add(name, data, opts);
      return (await this.#there(job)) ?? viewOf(this.#name, native, beginOf(job));
    });
  }

  addMany(jobs: readonly NewJob[]): Promise<readonly Job[]> {
    return this.#bounded('addMany', async () => {
      const natives = await this.#native.addBulk(jobs.map(entryOf));
      return Promise.all(
        jobs.map(async (job, index) => {
          const native = natives[index] as (typeof natives)[number];
          return (await this.#there(job)) ?? viewOf(this.#name, native, beginOf(job));
        }),
      );
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.#bounded('get', () => this.#find(id));
  }

  logs(id: string): Promise<readonly string[]> {
    return this.#bounded('logs', async () => {
      for (const stored of storedIds(id)) {
        const { logs } = await this.#native.getJobLogs(stored);
        if (logs.length) return logs;
      }
      return [];
    });
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#bounded('counts', async () => {
      const counts = await this.#native.getJobCounts(...Object.values(NATIVE_STATES).flat());
      const sum = (state: JobState): number =>
        NATIVE_STATES[state].reduce((all, native) => all + (counts[native] ?? 0), 0);
      return {
        waiting: sum('waiting'),
        delayed: sum('delayed'),
        active: sum('active'),
        completed: sum('completed'),
        failed: sum('failed'),
      };
    });
  }

  list(
    state: JobState,
    { offset = 0, limit = 100 }: { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<readonly Job[]> {
    return this.#bounded('list', async () => {
      const natives = await nativesIn(this.#native, state, { offset, limit });
      return natives.map((native) => viewOf(this.#name, native, state));
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#bounded('remove', async () => {
      for (const stored of storedIds(id)) {
        // For what is not there BullMQ answers as for what it has removed.
        if (!(await this.#native.getJob(stored))) continue;
        if ((await this.#native.remove(stored)) === 1) return true;
      }
      return false;
    });
  }

  retry(id: string): Promise<boolean> {
    return this.#bounded('retry', async () => {
      for (const stored of storedIds(id)) {
        const job = await this.#native.getJob(stored);
        if (!job || (await job.getState()) !== 'failed') continue;
        try {
          await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
          return true;
        } catch (error) {
          // Somebody else has put it back in the meantime.
          if ((await job.getState()) === 'failed') throw error;
        }
      }
      return false;
    });
  }

  async whenEnded(id: string, signal?: AbortSignal): Promise<JobEnd | undefined> {
    signal?.throwIfAborted();
    const stored = (await this.#storedAs(id)) ?? storedId(id);
    return this.#ends.whenEnded(stored, signal);
  }

  pause(): Promise<void> {
    return this.#bounded('pause', () => this.#native.pause());
  }

  resume(): Promise<void> {
    return this.#bounded('resume', () => this.#native.resume());
  }

  schedule(id: string, { every, limit }: Repeat, { name, data, options }: NewJob): Promise<void> {
    const repeat = limit === undefined ? { every } : { every, limit };
    const opts = { ...(options as object) };
    return this.#bounded('schedule', async () => {
      await this.#native.upsertJobScheduler(id, repeat, { name, data, opts });
    });
  }

  unschedule(id: string): Promise<boolean> {
    return this.#bounded('unschedule', () => this.#native.removeJobScheduler(id));
  }

  /** Ends all that was opened for this queue. */
  async close(): Promise<void> {
    await Promise.all([this.#ends.close(), closeOrCut(this.#native, this.#opening)]);
  }

  /** A job with an id of its own may have been there before, as another one. */
  #there({ options }: NewJob): Promise<Job | undefined> {
    return options?.jobId === undefined ? Promise.resolve(undefined) : this.#find(options.jobId);
  }

  async #find(id: string): Promise<Job | undefined> {
    for (const stored of storedIds(id)) {
      const state = stateOf(await this.#native.getJobState(stored));
      const native = state && (await this.#native.getJob(stored));
      if (native) return viewOf(this.#name, native, state);
    }
    return undefined;
  }

  async #storedAs(id: string): Promise<string | undefined> {
    const [only, other] = storedIds(id);
    if (other === undefined) return only;
    return (await this.#native.getJob(other)) ? other : only;
  }
}

/**
 * What BullMQ is given. Each job has an id before it is on its way: a command that is sent again after the connection was lost adds nothing
 * twice.
 */
function entryOf({ name, data, options = {} }: NewJob): {
  name: string;
  data: unknown;
  opts: ReturnType<typeof nativeOptions>;
} {
  const jobId = options.jobId === undefined ? randomUUID() : storedId(options.jobId);
  return { name, data, opts: nativeOptions(options, jobId) };
}

const beginOf = ({ options }: { readonly options?: JobOptions }): JobState =>
  options?.delay ? 'delayed' : 'waiting';
