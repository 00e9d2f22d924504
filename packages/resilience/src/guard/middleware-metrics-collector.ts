/** MiddlewareMetricsCollector: what was counted of each middleware, by name. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { type MiddlewareMetrics, MiddlewareRecord, OTHER } from './middleware-record.ts';
import { prometheusText } from './prometheus-text.ts';

/** Options of `MiddlewareMetricsCollector`. */
export interface MiddlewareMetricsOptions {
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Of how many middleware it keeps figures; what comes beyond is counted together, as `(other)`. @default 1_000 */
  readonly maxNames?: number;
  /** Of how many types of errors it keeps counts for each; what comes beyond is counted together, as `(other)`. @default 50 */
  readonly maxErrorTypes?: number;
}

/** One run of a middleware, for those that measure by themselves. */
export interface MeasuredRun {
  /** The time in it without the time in its `next`. */
  readonly ownMs: number;
  /** From entering to leaving it. @default ownMs */
  readonly totalMs?: number;
  /** What it threw, if it failed. @default none: it succeeded */
  readonly error?: unknown;
}

/**
 * Counts runs of middleware: times, successes, failures, errors by type. Its size depends on the number of middleware alone, not on that
 * of the runs.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const { metrics } = guard(serve);
 * const { successRate, ownMs } = metrics.getMetrics('authenticate');
 */
export class MiddlewareMetricsCollector {
  readonly #clock: Clock;
  readonly #maxNames: number;
  readonly #maxErrorTypes: number;
  readonly #records: Map<string, MiddlewareRecord> = new Map();

  constructor(options: MiddlewareMetricsOptions = {}) {
    checkNames('MiddlewareMetricsCollector', options, ['clock', 'maxNames', 'maxErrorTypes']);
    const { clock = systemClock, maxNames = 1000, maxErrorTypes = 50 } = options;
    this.#clock = clock;
    this.#maxNames = checkWhole('maxNames', maxNames, 1);
    this.#maxErrorTypes = checkWhole('maxErrorTypes', maxErrorTypes, 1);
  }

  /** The figures of one middleware; those of one that is unknown or has never run are zero. */
  getMetrics(name: string): MiddlewareMetrics {
    const record = this.#records.get(name) ?? new MiddlewareRecord(name, this.#maxErrorTypes);
    return record.metrics(this.#wallAtZeroMs());
  }

  /** The figures of all, by name. */
  getAllMetrics(): Record<string, MiddlewareMetrics> {
    const wallAtZeroMs = this.#wallAtZeroMs();
    const all = [...this.#records].map(([name, record]) => [name, record.metrics(wallAtZeroMs)]);
    return Object.fromEntries(all) as Record<string, MiddlewareMetrics>;
  }

  /** Forgets the figures of one middleware, or of all. */
  reset(name?: string): void {
    if (name !== undefined) this.#records.get(name)?.clear();
    else for (const record of this.#records.values()) record.clear();
  }

  /** What `JSON.stringify` makes of it. */
  toJSON(): Record<string, MiddlewareMetrics> {
    return this.getAllMetrics();
  }

  /** The figures in the text format of Prometheus. */
  toPrometheus(): string {
    return prometheusText(Object.values(this.getAllMetrics()));
  }

  /**
   * Counts a run that somebody else has measured.
   *
   * @throws TypeError or RangeError if a time is none
   */
  record(name: string, run: MeasuredRun): void {
    if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
    const ownMs = checkMs('ownMs', run.ownMs);
    const totalMs = checkMs('totalMs', run.totalMs ?? ownMs);
    const record = this.recordOf(name);
    record.ended(ownMs, totalMs, this.#clock.now());
    if ('error' in run) record.failed(run.error);
  }

  /** Where the runs of one middleware are counted; there to be written to by those who count. */
  recordOf(name: string): MiddlewareRecord {
    const found = this.#records.get(name);
    if (found) return found;
    const room = this.#records.size < this.#maxNames || name === OTHER;
    if (!room) return this.recordOf(OTHER);
    const record = new MiddlewareRecord(name, this.#maxErrorTypes);
    this.#records.set(name, record);
    return record;
  }

  #wallAtZeroMs(): number {
    return this.#clock.wall() - this.#clock.now();
  }
}
