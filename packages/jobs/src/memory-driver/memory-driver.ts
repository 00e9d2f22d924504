/** memory: a driver that keeps its queues in this process, and goes by the clock that it is given. */
import { type Clock, systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { DisposedError } from '@interpose/resilience';
import type { ConsumeOptions, Consumer, Consumption, QueueDriver } from '../driver.ts';
import type { StoreSettings } from './job-store.ts';
import type { MemoryConsumption } from './memory-consumption.ts';
import { MemoryQueue } from './memory-queue.ts';

/** Options of `memory`. */
export interface MemoryOptions {
  /** Tells the time of delays, pauses between attempts, leases and limiters. @default systemClock */
  readonly clock?: Clock;
  /** Chance for the jitter of pauses, from 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** How many jobs that are done, and how many that have failed, are kept in each queue at most. @default 10_000 */
  readonly maxEnded?: number;
  /** How many log lines of a job are kept, the last ones. @default 1_000 */
  readonly maxLogLines?: number;
}

/** A driver in memory, with what tests need besides. */
export interface MemoryDriver extends QueueDriver {
  /**
   * Lets those who take jobs of a queue now, or one of them, die as with their process: they take no more, nobody renews their leases, and
   * what they settle reaches nobody. After the time of the lease their jobs are handed out again.
   */
  kill(dying: string | Consumption): void;
}

/**
 * Keeps queues in this process: for tests, with a fake clock, and for programs that may lose their jobs when they end.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const clock = fakeClock();
 * const driver = memory({ clock });
 */
export function memory(options: MemoryOptions = {}): MemoryDriver {
  checkNames('memory', options, ['clock', 'random', 'maxEnded', 'maxLogLines']);
  const { clock = systemClock, random = Math.random, maxEnded, maxLogLines } = options;
  return new MemoryQueues({
    clock,
    random,
    maxEnded: checkWhole('maxEnded', maxEnded ?? 10_000),
    maxLogLines: checkWhole('maxLogLines', maxLogLines ?? 1_000),
  });
}

class MemoryQueues implements MemoryDriver {
  readonly name = 'memory';
  readonly clock: Clock;
  readonly #settings: StoreSettings;
  readonly #queues = new Map<string, MemoryQueue>();
  #closed = false;

  constructor(settings: StoreSettings) {
    this.clock = settings.clock;
    this.#settings = settings;
  }

  queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name);
    if (!queue) this.#queues.set(name, (queue = new MemoryQueue(name, this.#settings)));
    return queue;
  }

  consume(queue: string, options: ConsumeOptions, consumer: Consumer): Consumption {
    if (this.#closed) throw new DisposedError(this.name);
    return this.queue(queue).consume(options, consumer);
  }

  kill(dying: string | Consumption): void {
    const all = typeof dying === 'string' ? this.queue(dying).consumptions : this.#consumptions();
    for (const each of all) if (typeof dying === 'string' || each === dying) each.kill();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#consumptions().map((each) => each.close({ force: true })));
  }

  #consumptions(): MemoryConsumption[] {
    return [...this.#queues.values()].flatMap(({ consumptions }) => consumptions);
  }
}
