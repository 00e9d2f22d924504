/** LetterShelf: dead letters as jobs of a queue that nobody consumes, one for each job, and no more of them than may be kept. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole } from '@interpose/kernel/options';
import type { DeadLetter } from './letter-box.ts';
import type { DriverQueue, QueueDriver } from '../driver.ts';

/** How many letters of one queue are kept, and for how long. */
export interface Retention {
  /** @default 10_000 */
  readonly maxLetters?: number;
  /** In milliseconds since the job failed. @default Infinity */
  readonly maxAgeMs?: number;
}

/** Letters are looked at so many at a time. */
const PAGE = 100;

/** Keeps letters through a driver. */
export class LetterShelf {
  readonly #driver: QueueDriver;
  readonly #maxLetters: number;
  readonly #maxAgeMs: number;
  readonly #clock: Clock;

  constructor(driver: QueueDriver, retention: Retention, clock: Clock) {
    checkNames('retention', retention, ['maxLetters', 'maxAgeMs']);
    const { maxLetters = 10_000, maxAgeMs = Infinity } = retention;
    this.#driver = driver;
    this.#maxLetters = checkWhole('maxLetters', maxLetters, 1);
    this.#maxAgeMs = maxAgeMs === Infinity ? maxAgeMs : checkMs('maxAgeMs', maxAgeMs, 1);
    this.#clock = clock;
  }

  /** One job has one id, and so one letter, however many consumers have seen it fail. */
  async put(letter: DeadLetter): Promise<void> {
    const shelf = this.#shelf(letter.queue);
    const jobId = letterId(letter.jobId);
    // What is there says how it failed the time before.
    await shelf.remove(jobId);
    await shelf.add({ name: letter.name, data: letter, options: { jobId } });
    await this.#prune(shelf);
  }

  async get(queue: string, jobId: string): Promise<DeadLetter | undefined> {
    const job = await this.#shelf(queue).get(letterId(jobId));
    return job?.data as DeadLetter | undefined;
  }

  discard(queue: string, jobId: string): Promise<boolean> {
    return this.#shelf(queue).remove(letterId(jobId));
  }

  async count(queue: string): Promise<number> {
    return (await this.#shelf(queue).counts()).waiting;
  }

  async list(
    queue: string,
    matches: (letter: DeadLetter) => boolean,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    const shelf = this.#shelf(queue);
    for (let from = 0; found.length < offset + limit; from += PAGE) {
      const letters = await pageOf(shelf, from);
      found.push(...letters.filter(matches));
      if (letters.length < PAGE) break;
    }
    return found.slice(offset, offset + limit);
  }

  /** Acts on each that matches, which may drop it; tells on how many it has done so. Those that come meanwhile are left alone. */
  async each(
    queue: string,
    matches: (letter: DeadLetter) => boolean,
    act: (letter: DeadLetter) => Promise<boolean>,
  ): Promise<number> {
    const letters = await this.list(queue, matches, { offset: 0, limit: Infinity });
    let done = 0;
    for (const letter of letters) if (await act(letter)) done++;
    return done;
  }

  /** The oldest come first. */
  async #prune(shelf: DriverQueue): Promise<void> {
    const excess = (await shelf.counts()).waiting - this.#maxLetters;
    if (excess <= 0 && this.#maxAgeMs === Infinity) return;
    const oldestMs = this.#clock.wall() - this.#maxAgeMs;
    for (let dropped = 0; ;) {
      const letters = await pageOf(shelf, 0);
      const old = letters.filter(
        ({ failedAtMs }, index) => dropped + index < excess || failedAtMs < oldestMs,
      );
      for (const { jobId } of old) await shelf.remove(letterId(jobId));
      dropped += old.length;
      if (old.length < PAGE) return;
    }
  }

  #shelf(queue: string): DriverQueue {
    return this.#driver.queue(`${queue}.dead`);
  }
}

async function pageOf(shelf: DriverQueue, offset: number): Promise<readonly DeadLetter[]> {
  const jobs = await shelf.list('waiting', { offset, limit: PAGE });
  return jobs.map(({ data }) => data as DeadLetter);
}

/** An id that is a number, or has a colon, is not for everybody to give; ids that differ stay different. */
function letterId(jobId: string): string {
  return `dead-${jobId.replaceAll('%', '%25').replaceAll(':', '%3A')}`;
}
