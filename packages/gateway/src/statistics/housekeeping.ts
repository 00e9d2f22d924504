/** Housekeeping: what a gateway does at intervals as long as it runs, whether requests come or not. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames } from '@interpose/kernel/options';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { DictionaryFeed } from './dictionary-feed.ts';
import { repeated } from './repeated.ts';
import type { Statistics } from './statistics.ts';
import { checkCleanupInterval, CLEANUP_INTERVAL_MS, flushExpired } from './system-cleanup.ts';
import type { SystemConfig } from './system-config.ts';
import { WorkerHeartbeat } from './worker-heartbeat.ts';

/** What is kept in order. */
export interface HousekeepingParts {
  readonly statistics: Statistics;
  readonly dictionaries: Dictionaries;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process among those that use the same dictionaries. @default '0' */
  readonly workerId?: string;
}

const STATISTICS_INTERVAL_MS = 5000;

/** Carries figures on, tells that the worker lives, and cleans up. What fails is logged, once as long as it goes on failing. */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #feed: DictionaryFeed;
  readonly #heartbeat: WorkerHeartbeat;
  #stops: readonly (() => void)[] = [];
  #isRunning = false;

  constructor(parts: HousekeepingParts) {
    const { statistics, dictionaries, clock, workerId = '0' } = parts;
    this.#parts = parts;
    this.#feed = new DictionaryFeed({ statistics, dictionaries, clock });
    this.#heartbeat = new WorkerHeartbeat({ id: workerId, stats: dictionaries.stats, clock });
  }

  /**
   * Begins.
   *
   * @throws TypeError or RangeError for intervals that are none
   */
  async start(config: SystemConfig = {}): Promise<void> {
    checkSystem(config);
    this.#isRunning = true;
    this.set(config);
    // A store that cannot be reached now may be there when the next figures are due.
    await this.#heartbeat.beat().catch(this.#failing('heartbeat'));
  }

  /** Goes on at other intervals. Does nothing before the start and after the end. */
  set({ cleanupIntervalMs, statisticsIntervalMs }: SystemConfig = {}): void {
    if (!this.#isRunning) return;
    this.#stop();
    this.#stops = [
      this.#repeat('statistics', statisticsIntervalMs ?? STATISTICS_INTERVAL_MS, () =>
        this.#tell(),
      ),
      this.#repeat('cleanup', cleanupIntervalMs ?? CLEANUP_INTERVAL_MS, () =>
        flushExpired(this.#parts.dictionaries),
      ),
    ];
  }

  /** Carries the figures of this moment to the dictionaries. Never rejects. */
  async flush(): Promise<void> {
    const failing = this.#failing('statistics');
    try {
      await this.#feed.flush();
    } catch (error) {
      failing(error);
    }
  }

  /** Carries the last figures on, and ends. Never rejects. */
  async close(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#stop();
    await this.flush();
    await this.#heartbeat.end().catch(this.#failing('heartbeat'));
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
  }

  async #tell(): Promise<void> {
    await this.#feed.flush();
    await this.#heartbeat.beat();
  }

  #repeat(name: string, intervalMs: number, act: () => Promise<unknown>): () => void {
    const failing = this.#failing(name);
    let isFailing = false;
    return repeated({
      clock: this.#parts.clock,
      intervalMs,
      act: () => act().then(() => void (isFailing = false)),
      onFailure: (error) => {
        if (!isFailing) failing(error);
        isFailing = true;
      },
    });
  }

  #failing(name: string): (error: unknown) => void {
    return (error) =>
      this.#parts.logger.error({ message: `The ${name} failed: ${messageOf(error)}` });
  }
}

/** @throws TypeError or RangeError for intervals that are none */
export function checkSystem(config: SystemConfig): void {
  checkNames('system', config, ['cleanupIntervalMs', 'statisticsIntervalMs']);
  checkCleanupInterval(config.cleanupIntervalMs ?? CLEANUP_INTERVAL_MS);
  checkMs('statisticsIntervalMs', config.statisticsIntervalMs ?? STATISTICS_INTERVAL_MS, 1);
}
