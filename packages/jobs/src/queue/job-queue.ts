/** JobQueue: a queue of a driver, with checks and middleware before it. */
import { compose, type Middleware } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { DriverQueue, NewJob, Repeat } from '../driver.ts';
import { JobFailedError, UnknownJobError } from '../errors.ts';
import type { Job, JobOptions, JobState } from '../job.ts';
import { jsonText } from '../json-text.ts';
import { checkRange, checkState } from './checked-question.ts';
import type { EnqueueContext, EnqueueMiddleware } from './enqueue-context.ts';
import { checkJobOptions, checkRepeat, checkText } from './job-options.ts';

/** A job to be added with others. */
export interface JobToAdd<Data = unknown> {
  readonly name: string;
  readonly data: Data;
  readonly options?: JobOptions;
}

/** One queue: jobs go in, and whoever asks learns what has become of them. */
export interface Queue<Data = unknown, Result = unknown> {
  readonly name: string;
  /** @throws TypeError or RangeError for options out of range, or data that JSON cannot carry */
  add(name: string, data: Data, options?: JobOptions): Promise<Job<Data, Result>>;
  /**
   * Adds all of them or, where one is wrong, none. Where the queue has middleware they go through it one after the other, and one that is
   * refused there keeps those behind it out.
   */
  addMany(jobs: readonly JobToAdd<Data>[]): Promise<readonly Job<Data, Result>[]>;
  get(id: string): Promise<Job<Data, Result> | undefined>;
  /**
   * Waits for the result of a job.
   *
   * @throws JobFailedError if it fails for good, UnknownJobError if it is not there, or the signal's reason
   */
  waitFor(id: string, options?: { readonly signal?: AbortSignal }): Promise<Result>;
  /** The lines that the handler has written, the oldest first. */
  logs(id: string): Promise<readonly string[]>;
  counts(): Promise<Readonly<Record<JobState, number>>>;
  /** Jobs in this state: those first that come first, or that ended last. @default the first 100 */
  list(
    state: JobState,
    range?: { readonly offset?: number; readonly limit?: number },
  ): Promise<readonly Job<Data, Result>[]>;
  /** Tells whether there was one to remove; a job that is under way is not removed. */
  remove(id: string): Promise<boolean>;
  /** Puts a job that has failed for good back among those that wait; tells whether it was one. */
  retry(id: string): Promise<boolean>;
  /** No worker takes jobs until `resume`; those under way go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Adds a job again and again, so far apart, until `unschedule`; it passes no middleware. */
  schedule(id: string, repeat: Repeat, job: JobToAdd<Data>): Promise<void>;
  unschedule(id: string): Promise<boolean>;
}

/** Options with their defaults. */
interface QueueSettings<Data> {
  readonly name: string;
  readonly use: readonly EnqueueMiddleware<Data>[];
  readonly defaults: JobOptions;
}

/** Checks what comes in, and hands it to the driver. */
export class JobQueue<Data, Result> implements Queue<Data, Result> {
  readonly name: string;
  readonly #queue: DriverQueue;
  readonly #defaults: JobOptions;
  readonly #through: Middleware<EnqueueContext<Data>, Job> | undefined;

  constructor(queue: DriverQueue, { name, use, defaults }: QueueSettings<Data>) {
    this.name = name;
    this.#queue = queue;
    this.#defaults = defaults;
    this.#through = use.length > 0 ? compose<EnqueueContext<Data>, Job>(...use) : undefined;
  }

  async add(name: string, data: Data, options: JobOptions = {}): Promise<Job<Data, Result>> {
    return (await this.#add(this.#ready({ name, data, options }))) as Job<Data, Result>;
  }

  async addMany(jobs: readonly JobToAdd<Data>[]): Promise<readonly Job<Data, Result>[]> {
    if (!Array.isArray(jobs)) throw unexpected('jobs', 'a list', jobs);
    const all = jobs.map((job: JobToAdd<Data>, at) => {
      if (typeof job === 'object' && job !== null) return this.#ready(job);
      throw unexpected(`jobs[${at}]`, 'an object', job);
    });
    if (!this.#through) return (await this.#queue.addMany(all)) as readonly Job<Data, Result>[];
    const added: Job[] = [];
    for (const job of all) added.push(await this.#add(job));
    return added as unknown as readonly Job<Data, Result>[];
  }

  async get(id: string): Promise<Job<Data, Result> | undefined> {
    return (await this.#queue.get(checkText('id', id))) as Job<Data, Result> | undefined;
  }

  async waitFor(id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Result> {
    const end = await this.#queue.whenEnded(checkText('id', id), signal);
    if (!end) throw new UnknownJobError(id);
    if (end.kind === 'failed') throw new JobFailedError(id, end.failedReason);
    return end.result as Result;
  }

  async logs(id: string): Promise<readonly string[]> {
    return await this.#queue.logs(checkText('id', id));
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#queue.counts();
  }

  async list(
    state: JobState,
    range?: { readonly offset?: number; readonly limit?: number },
  ): Promise<readonly Job<Data, Result>[]> {
    checkState(state);
    if (range !== undefined) checkRange(range);
    return (await this.#queue.list(state, range)) as readonly Job<Data, Result>[];
  }

  async remove(id: string): Promise<boolean> {
    return await this.#queue.remove(checkText('id', id));
  }

  async retry(id: string): Promise<boolean> {
    return await this.#queue.retry(checkText('id', id));
  }

  pause(): Promise<void> {
    return this.#queue.pause();
  }

  resume(): Promise<void> {
    return this.#queue.resume();
  }

  async schedule(id: string, repeat: Repeat, job: JobToAdd<Data>): Promise<void> {
    checkText('id', id);
    checkRepeat(repeat);
    const ready = this.#ready(job);
    const { delay: _, ...options } = ready.options;
    if (options.jobId !== undefined || job.options?.delay !== undefined) {
      throw new TypeError('A scheduled job has its id and its time from its scheduler.');
    }
    await this.#queue.schedule(id, repeat, { ...ready, options });
  }

  async unschedule(id: string): Promise<boolean> {
    return await this.#queue.unschedule(checkText('id', id));
  }

  /** With the defaults of the queue; an option that is `undefined` was not given. */
  #ready({ name, data, options = {} }: JobToAdd<Data>): Required<NewJob> {
    const job = checked({ name, data, options });
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { ...job, options: { ...this.#defaults, ...Object.fromEntries(given) } };
  }

  async #add(job: Required<NewJob>): Promise<Job> {
    if (!this.#through) return this.#queue.add(job);
    const ctx = { ...job, data: job.data as Data, queue: this.name, find: this.#find };
    const answer = await this.#through(ctx, ({ name, data, options } = ctx) =>
      this.#queue.add(checked({ name, data, options })),
    );
    if (typeof (answer as Partial<Job> | null)?.id === 'string') return answer;
    throw unexpected(`answer of a middleware of queue "${this.name}"`, 'a job', answer);
  }

  readonly #find = async (id: string): Promise<Job<Data> | undefined> => this.get(id);
}

/** @throws TypeError or RangeError for a job that cannot be added */
function checked(job: Required<NewJob>): Required<NewJob> {
  checkText('name', job.name);
  checkJobOptions(job.options);
  jsonText('data', job.data);
  return job;
}
