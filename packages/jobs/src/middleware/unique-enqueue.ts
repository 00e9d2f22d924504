/** uniqueEnqueue: adds no second job of a key while the first waits or runs, or for a time. */
import type { Clock } from '@interpose/kernel';
import { sleep, systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { DuplicateJobError } from '../duplicate-job-error.ts';
import type { Job } from '../job.ts';
import { checkKeyStore, deleteKeyIf, type KeyStore, swapKey } from '../key-store.ts';
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
  /** How long to wait for a job that another process is just adding. @default 1_000 */
  readonly waitMs?: number;
  /** Is given what goes wrong in keeping the key of a job that was added, and in letting one go. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What stands under a key: who is adding the job, and the job once it is there. */
interface Mark {
  readonly by?: string;
  readonly id?: string;
}

/** A process that has not added its job after this time will not do so any more. */
const ADDING_MS = 10_000;
/** How often it is looked whether another has added its job. */
const LOOK_MS = 20;
const OPTIONS: readonly (keyof UniqueEnqueueOptions)[] = [
  'key',
  'store',
  'until',
  'ttlMs',
  'whenDuplicate',
  'waitMs',
  'onFailure',
  'clock',
];

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
  const { keyOf, whenDuplicate, ...settings } = checked(options);
  const desk = new Desk<Data>(settings);
  return async function uniqueEnqueue(ctx, next) {
    const key = keyOf(ctx);
    if (key === undefined) return next();
    const { job, isNew } = await desk.add(key, ctx, async () => next());
    if (!isNew && whenDuplicate === 'refuse') throw new DuplicateJobError(key, job.id);
    return job;
  };
}

interface DeskSettings {
  readonly store: KeyStore;
  readonly freesEnded: boolean;
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

function checked<Data>(options: UniqueEnqueueOptions<Data>) {
  checkNames('uniqueEnqueue()', options, OPTIONS);
  const {
    key: keyOf,
    store = memoryStore(),
    until = 'ended',
    whenDuplicate = 'existing',
    onFailure = reportFailure,
    clock = systemClock,
  } = options;
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', keyOf);
  checkKeyStore(store);
  if (until !== 'ended' && until !== 'time') throw unexpected('until', `'ended' or 'time'`, until);
  if (whenDuplicate !== 'existing' && whenDuplicate !== 'refuse') {
    throw unexpected('whenDuplicate', `'existing' or 'refuse'`, whenDuplicate);
  }
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  return {
    keyOf,
    whenDuplicate,
    store,
    freesEnded: until === 'ended',
    ttlMs: checkMs('ttlMs', options.ttlMs ?? 86_400_000, 1),
    waitMs: checkMs('waitMs', options.waitMs ?? 1000),
    clock,
    report: (error: unknown): void => unharmed(() => onFailure(error) as unknown),
  };
}

/** A job that is there now, and whether it was added. */
interface Added {
  readonly job: Job;
  readonly isNew: boolean;
}

/** Where jobs are taken in, one of a key at a time. */
class Desk<Data> {
  readonly #settings: DeskSettings;
  /** Those that this process is about to add. */
  readonly #adding = new Map<string, Promise<Job>>();

  constructor(settings: DeskSettings) {
    this.#settings = settings;
  }

  async add(key: string, ctx: EnqueueContext<Data>, next: () => Promise<Job>): Promise<Added> {
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

  async #take(key: string, ctx: EnqueueContext<Data>, next: () => Promise<Job>): Promise<Added> {
    const { store, ttlMs, report } = this.#settings;
    const place = placeOf(ctx, key);
    const mine: Mark = { by: crypto.randomUUID() };
    const there = await this.#claim(key, ctx, mine);
    if (there) return { job: there, isNew: false };
    let job: Job;
    try {
      job = await next();
    } catch (error) {
      await deleteKeyIf(store, place, mine).catch(report);
      throw error;
    }
    // Whoever took so long that another has the key by now leaves it to that one.
    await swapKey(store, place, { from: mine, to: { id: job.id }, ttlMs }).catch(report);
    return { job, isNew: true };
  }

  /** Takes the key, or gives the job that has it. */
  async #claim(key: string, ctx: EnqueueContext<Data>, mine: Mark): Promise<Job | undefined> {
    const { store, freesEnded, waitMs, clock } = this.#settings;
    const place = placeOf(ctx, key);
    const untilMs = clock.now() + waitMs;
    for (;;) {
      if (await store.add(place, mine, ADDING_MS)) return undefined;
      const mark = (await store.get(place)) as Mark | undefined;
      // Its time may have come between the two questions.
      if (!mark) continue;
      // A client that has lost its connection asks again, and finds what it has done itself.
      if (mark.by === mine.by && mark.by !== undefined) return undefined;
      const { id } = mark;
      if (id === undefined) {
        if (clock.now() >= untilMs) throw new DuplicateJobError(key, undefined);
        await sleep(Math.min(LOOK_MS, untilMs - clock.now()), { clock });
        continue;
      }
      const job = await ctx.find(id);
      const isOver = job === undefined || job.state === 'completed' || job.state === 'failed';
      if (job && !(isOver && freesEnded)) return job;
      if (!freesEnded) throw new DuplicateJobError(key, id);
      // Of several that find the key free, one takes it over.
      if (await swapKey(store, place, { from: mark, to: mine, ttlMs: ADDING_MS })) return undefined;
    }
  }
}

const placeOf = ({ queue }: { readonly queue: string }, key: string): string =>
  `unique-enqueue:${queue}:${key}`;
