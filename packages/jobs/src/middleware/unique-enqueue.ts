/** uniqueEnqueue: adds no second job of a key while the first waits or runs, or for a time. */
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { DuplicateJobError } from '../duplicate-job-error.ts';
import type { Job } from '../job.ts';
import { checkKeyStore, type KeyStore } from '../key-store.ts';
import type { EnqueueContext, EnqueueMiddleware } from '../queue/enqueue-context.ts';

/** Options of `uniqueEnqueue`. */
export interface UniqueEnqueueOptions<Data = unknown> {
  /** Of what there is to be one, within the queue; `undefined` for a job of which there may be any number. */
  readonly key: (ctx: EnqueueContext<Data>) => string | undefined;
  /** Where keys are held. @default the memory of this process: what others add is not known */
  readonly store?: KeyStore;
  /** Whether a key is free once its job has ended, or only when its time is up. @default 'ended' */
  readonly until?: 'ended' | 'time';
  /** How long a key is held at most. @default 86_400_000, a day */
  readonly ttlMs?: number;
  /** What whoever adds a second one gets: the job that is there, or a DuplicateJobError. @default 'existing' */
  readonly whenDuplicate?: 'existing' | 'refuse';
}

/** What stands under a key: the job, or nothing as long as it is being added. */
interface Mark {
  readonly id?: string;
}

/** A process that has not added its job after this time will not do so any more. */
const ADDING_MS = 10_000;
const OPTIONS = ['key', 'store', 'until', 'ttlMs', 'whenDuplicate'];

/**
 * Answers with the job that is there instead of adding a second one of its key. That two jobs of a key do not run at once, where both have
 * been added, is for `unique`.
 *
 * @throws TypeError or RangeError for options out of range; DuplicateJobError when a job is added
 * @example
 * const queue = createQueue<Sync>(driver, { name: 'sync', use: [uniqueEnqueue({ key: ({ data }) => data.account })] });
 */
export function uniqueEnqueue<Data = unknown>(
  options: UniqueEnqueueOptions<Data>,
): EnqueueMiddleware<Data> {
  checkNames('uniqueEnqueue()', options, OPTIONS);
  const {
    key: keyOf,
    store = memoryStore(),
    until = 'ended',
    whenDuplicate = 'existing',
  } = options;
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', keyOf);
  checkKeyStore(store);
  if (until !== 'ended' && until !== 'time') throw unexpected('until', `'ended' or 'time'`, until);
  if (whenDuplicate !== 'existing' && whenDuplicate !== 'refuse') {
    throw unexpected('whenDuplicate', `'existing' or 'refuse'`, whenDuplicate);
  }
  const ttlMs = checkMs('ttlMs', options.ttlMs ?? 86_400_000, 1);
  const desk = new Desk<Data>(store, until === 'ended', ttlMs);
  return async function uniqueEnqueue(ctx, next) {
    const key = keyOf(ctx);
    if (key === undefined) return next();
    const { job, isNew } = await desk.add(key, ctx, async () => next());
    if (!isNew && whenDuplicate === 'refuse') throw new DuplicateJobError(key, job.id);
    return job;
  };
}

/** Where jobs are taken in, one of a key at a time. */
class Desk<Data> {
  readonly #store: KeyStore;
  readonly #freesEnded: boolean;
  readonly #ttlMs: number;
  /** Those that this process is about to add. */
  readonly #adding = new Map<string, Promise<Job>>();

  constructor(store: KeyStore, freesEnded: boolean, ttlMs: number) {
    this.#store = store;
    this.#freesEnded = freesEnded;
    this.#ttlMs = ttlMs;
  }

  async add(
    key: string,
    ctx: EnqueueContext<Data>,
    next: () => Promise<Job>,
  ): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    const place = placeOf(ctx, key);
    for (;;) {
      const adding = this.#adding.get(place);
      if (adding) {
        // If it fails, somebody else may try.
        const job = await adding.catch(() => undefined);
        if (job) return { job, isNew: false };
        continue;
      }
      const isNew = this.#take(key, ctx, next);
      const added = isNew.then(({ job }) => job);
      added.catch(() => {});
      this.#adding.set(place, added);
      try {
        return await isNew;
      } finally {
        this.#adding.delete(place);
      }
    }
  }

  async #take(
    key: string,
    ctx: EnqueueContext<Data>,
    next: () => Promise<Job>,
  ): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    const place = placeOf(ctx, key);
    if (!(await this.#store.add(place, {}, ADDING_MS))) {
      const mark = (await this.#store.get(place)) as Mark | undefined;
      // Its time may have come between the two questions.
      if (!mark) return this.#take(key, ctx, next);
      const { id } = mark;
      const job = id === undefined ? undefined : await ctx.find(id);
      const isOver = job === undefined || job.state === 'completed' || job.state === 'failed';
      if (job && !(isOver && this.#freesEnded)) return { job, isNew: false };
      // Of several that find the key free, one takes it over.
      const isFree = id !== undefined && this.#freesEnded;
      if (!isFree || !(await this.#store.add(`${place}:after:${id}`, {}, ADDING_MS))) {
        throw new DuplicateJobError(key, id);
      }
      await this.#store.set(place, {}, ADDING_MS);
    }
    try {
      const job = await next();
      await this.#store.set(place, { id: job.id }, this.#ttlMs);
      return { job, isNew: true };
    } catch (error) {
      await this.#store.delete(place);
      throw error;
    }
  }
}

const placeOf = ({ queue }: { readonly queue: string }, key: string): string =>
  `unique-enqueue:${queue}:${key}`;
