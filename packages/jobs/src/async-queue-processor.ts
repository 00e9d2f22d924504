/** AsyncQueueProcessor: items in, so many worked on at once; a queue and a worker in memory under four plain words. */
import type { Awaitable } from '@interpose/kernel';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { DisposedError } from '@interpose/resilience';
import { memory } from './memory-driver/memory-driver.ts';
import type { Queue } from './queue/job-queue.ts';
import { createQueue } from './queue/queue.ts';
import type { Worker } from './worker/job-worker.ts';
import { createWorker } from './worker/worker.ts';

/** Options of `AsyncQueueProcessor`. */
export interface AsyncQueueProcessorOptions<Item = unknown> {
  /** How many items are worked on at once. @default 10 */
  readonly maxWorkers?: number;
  /** Is given what went wrong with an item; the others go on. @default writes to the console */
  readonly onError?: (error: Error, item: Item) => void;
}

const NAME = 'items';

/**
 * Works on items in the order in which they are put, several at once. An item is copied as JSON when it is put.
 *
 * @example
 * const processor = new AsyncQueueProcessor(send, { maxWorkers: 4 });
 * processor.start();
 * await processor.put({ to: 'ada@example.com' });
 * await processor.join();
 * await processor.stop();
 */
export class AsyncQueueProcessor<Item = unknown> {
  readonly #queue: Queue<Item>;
  readonly #worker: Worker;
  readonly #waiting = new Set<() => void>();
  #open = 0;
  #stopped = false;

  /** @throws TypeError or RangeError for options out of range */
  constructor(
    process: (item: Item) => Awaitable<unknown>,
    options: AsyncQueueProcessorOptions<Item> = {},
  ) {
    if (typeof process !== 'function') throw unexpected('process', 'a function', process);
    checkNames('AsyncQueueProcessor', options, ['maxWorkers', 'onError']);
    const { maxWorkers = 10, onError = reportFailure } = options;
    if (typeof onError !== 'function') throw unexpected('onError', 'a function', onError);
    const concurrency = checkWhole('maxWorkers', maxWorkers, 1);
    const driver = memory();
    const defaults = { removeOnComplete: true, removeOnFail: true };
    this.#queue = createQueue<Item>(driver, { name: NAME, defaults });
    this.#worker = createWorker<Item, void>(
      driver,
      async ({ data }) => void (await process(data)),
      { queue: NAME, concurrency, autorun: false },
    );
    this.#worker.on('completed', () => this.#ended());
    this.#worker.on('failed', ({ error, job }) => {
      unharmed(() => onError(error, job.data as Item) as unknown);
      this.#ended();
    });
  }

  /** Begins to work; what was put before waits until then. */
  start(): void {
    this.#worker.start();
  }

  /** @throws DisposedError after `stop`, TypeError for an item that JSON cannot carry */
  async put(item: Item): Promise<void> {
    if (this.#stopped) throw new DisposedError('AsyncQueueProcessor');
    // Counted first: the item may be done before the queue has answered.
    this.#open++;
    try {
      await this.#queue.add('item', item);
    } catch (error) {
      this.#ended();
      throw error;
    }
  }

  /** Waits until every item that was put has been worked on. */
  async join(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Takes no more items, and waits for those that are being worked on; the others are given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker.close();
    this.#open = 0;
    this.#tell();
  }

  #ended(): void {
    if (--this.#open === 0) this.#tell();
  }

  #tell(): void {
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }
}
