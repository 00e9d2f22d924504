/** deadLetters: the letters of jobs that have failed for good: to look at, to run again, to throw away. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import type { DeadLetter, LetterBox } from './letter-box.ts';
import { LetterShelf, type Retention } from './letter-shelf.ts';
import { reconcile } from './reconcile.ts';
import { requeue } from './requeue.ts';
import type { QueueDriver } from '../driver.ts';
import type { Job } from '../job.ts';

/** Options of `deadLetters`. */
export interface DeadLettersOptions {
  /** The queue that is meant where none is named. @default none: each call names it */
  readonly queue?: string;
  /** How many letters of a queue are kept, and for how long; the oldest go first. @default 10_000, for ever */
  readonly retention?: Retention;
  /** Tells how old a letter is. @default the driver's clock */
  readonly clock?: Clock;
}

/** The queue that is meant. */
export interface LetterPlace {
  /** @default the `queue` that `deadLetters` was given */
  readonly queue?: string;
}

/** Which letters are meant; all that is said must be so. */
export interface LetterQuery extends LetterPlace {
  /** The name of the job. */
  readonly name?: string;
  /** The name of the error's class. */
  readonly errorType?: string;
  readonly reason?: DeadLetter['reason'];
  /** Failed longer ago than this. */
  readonly olderThanMs?: number;
}

/** Letters of jobs that have failed for good. */
export interface DeadLetters extends LetterBox {
  get(jobId: string, place?: LetterPlace): Promise<DeadLetter | undefined>;
  /** The oldest first. @default the first 100 */
  list(
    query?: LetterQuery & { readonly offset?: number; readonly limit?: number },
  ): Promise<readonly DeadLetter[]>;
  count(place?: LetterPlace): Promise<number>;
  /**
   * Puts a job back into its queue, with its data and options and all its attempts before it, and drops the letter. Nothing if there is no
   * letter, or if the job is under way or done.
   */
  requeue(jobId: string, place?: LetterPlace): Promise<Job | undefined>;
  /** The same for all that are meant; tells how many. */
  requeueAll(query?: LetterQuery): Promise<number>;
  /** Drops all that are meant; tells how many. All of a queue go only with `all`. */
  purge(query: LetterQuery & { readonly all?: true }): Promise<number>;
  /** Makes the letters of a queue agree with its jobs: one for each that is kept as failed, none for one that has been done since. */
  reconcile(place?: LetterPlace): Promise<{ readonly added: number; readonly dropped: number }>;
}

const QUERY = ['queue', 'name', 'errorType', 'reason', 'olderThanMs'];

/**
 * Keeps letters through the driver, as jobs of the queue `<queue>.dead` that nobody consumes: where jobs are safe, letters are, too.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const letters = deadLetters(driver, { queue: 'mail', retention: { maxLetters: 1000 } });
 * for (const letter of await letters.list({ errorType: 'TimeoutError' })) await letters.requeue(letter.jobId);
 */
export function deadLetters(driver: QueueDriver, options: DeadLettersOptions = {}): DeadLetters {
  checkNames('deadLetters()', options, ['queue', 'retention', 'clock']);
  const { queue: home, retention = {} } = options;
  if (typeof (driver as Partial<QueueDriver> | undefined)?.queue !== 'function') {
    throw unexpected('driver', 'a driver of queues', driver);
  }
  if (home !== undefined && typeof home !== 'string') throw unexpected('queue', 'a name', home);
  const { clock = driver.clock ?? systemClock } = options;
  const shelf = new LetterShelf(driver, retention, clock);
  const placed = ({ queue = home }: LetterPlace = {}): string => {
    if (typeof queue !== 'string' || queue === '')
      throw unexpected('queue', 'the name of a queue', queue);
    return queue;
  };
  const all = async (query: LetterQuery, act: (letter: DeadLetter) => Promise<boolean>) => {
    const queue = placed(query);
    return shelf.each(queue, matcher(query, clock), act);
  };

  return {
    put: (letter) => shelf.put(letter),
    discard: async (jobId, place) => shelf.discard(placed(place), jobId),
    get: async (jobId, place) => shelf.get(placed(place), jobId),
    async list({ offset = 0, limit = 100, ...query } = {}) {
      checkWhole('offset', offset);
      checkWhole('limit', limit);
      return shelf.list(placed(query), matcher(query, clock), { offset, limit });
    },
    count: async (place) => shelf.count(placed(place)),
    async requeue(jobId, place) {
      const queue = placed(place);
      const letter = await shelf.get(queue, jobId);
      return letter && requeue(driver, shelf, letter);
    },
    requeueAll: async (query = {}) =>
      all(query, async (letter) => (await requeue(driver, shelf, letter)) !== undefined),
    async purge({ all: every, ...query }) {
      const isNarrow = QUERY.some((name) => name !== 'queue' && query[name as never] !== undefined);
      if (every !== true && !isNarrow) {
        throw new TypeError('purge() needs to be told which letters are meant, or `all: true`.');
      }
      return all(query, ({ queue, jobId }) => shelf.discard(queue, jobId));
    },
    reconcile: async (place) => reconcile(driver, shelf, placed(place)),
  };
}

/** @throws TypeError or RangeError for a query that is none */
function matcher(query: LetterQuery, clock: Clock): (letter: DeadLetter) => boolean {
  checkNames('the query', query, QUERY);
  const { name, errorType, reason, olderThanMs } = query;
  const beforeMs =
    olderThanMs === undefined ? Infinity : clock.wall() - checkMs('olderThanMs', olderThanMs);
  return (letter) =>
    (name === undefined || letter.name === name) &&
    (errorType === undefined || letter.error.type === errorType) &&
    (reason === undefined || letter.reason === reason) &&
    letter.failedAtMs < beforeMs;
}
