/** MiddlewareRecord: what is counted of one middleware. */
import { Histogram, type TimeFigures } from './histogram.ts';

/** How one run of a middleware counts: it did its part, it failed, or neither, where it refused on purpose or its caller had given up. */
export type RunOutcome = 'success' | 'failure' | 'ignored';

/** What was counted of one middleware. Times are milliseconds. */
export interface MiddlewareMetrics {
  readonly name: string;
  /** How often it ran and came to an end; the sum of the next three. */
  readonly executions: number;
  /** It did its part: it answered, or passed on what came from further in, be that a result or an error. */
  readonly successes: number;
  /** An error arose in it, or it was timed out. */
  readonly failures: number;
  /** It refused on purpose, or its caller had given up. */
  readonly ignored: number;
  /** Successes by successes and failures, from 0 to 1; 0 while there are none. */
  readonly successRate: number;
  /** Failures by successes and failures, from 0 to 1; 0 while there are none. */
  readonly failureRate: number;
  /** The time in it without the time in its `next`. */
  readonly ownMs: TimeFigures;
  /** The time from entering to leaving it. */
  readonly totalMs: TimeFigures;
  /** How often which error arose in it, by the name of its class. Beyond a number of names the rest is counted as `(other)`. */
  readonly errors: Readonly<Record<string, number>>;
  /** When it last came to an end, in milliseconds since 1970 in UTC; `null` if it never has. */
  readonly lastExecutedAt: number | null;
  /** Its own time then. */
  readonly lastOwnMs: number | null;
  /** Its total time then. */
  readonly lastTotalMs: number | null;
  /** Failures that were timeouts. */
  readonly timedOut: number;
  /** Timed out runs that have come to an end after all; what they gave was discarded. */
  readonly late: number;
  /** Runs whose own time was over the limit without their having been timed out: something blocked the thread. */
  readonly blocked: number;
  /** Calls that went past it while its circuit was open. No executions. */
  readonly skipped: number;
  /** Calls that were refused while its circuit was open. No executions. */
  readonly rejected: number;
}

/** Under this name is counted what there is no room for by its own. */
export const OTHER = '(other)';

/** Counts the runs of one middleware. */
export class MiddlewareRecord {
  readonly name: string;
  readonly own: Histogram = new Histogram();
  readonly total: Histogram = new Histogram();
  readonly errors: Map<string, number> = new Map();
  readonly #maxErrorTypes: number;
  /** The last run: when it ended by the clock's `now()`, its own time and its total time. */
  readonly #last: Float64Array = new Float64Array(3);
  failures = 0;
  ignored = 0;
  timedOut = 0;
  late = 0;
  blocked = 0;
  skipped = 0;
  rejected = 0;

  constructor(name: string, maxErrorTypes: number) {
    this.name = name;
    this.#maxErrorTypes = maxErrorTypes;
  }

  /** A run has come to its end. Those that are no success are told apart by `failed` or `ignored`. */
  ended(ownMs: number, totalMs: number, atMs: number): void {
    this.own.record(ownMs);
    this.total.record(totalMs);
    this.#last[0] = atMs;
    this.#last[1] = ownMs;
    this.#last[2] = totalMs;
  }

  /** The run that has just ended was a failure. */
  failed(error: unknown): void {
    this.failures++;
    const type = typeOf(error);
    const { errors } = this;
    const room = errors.has(type) || errors.size < this.#maxErrorTypes;
    const name = room ? type : OTHER;
    errors.set(name, (errors.get(name) ?? 0) + 1);
  }

  clear(): void {
    this.own.clear();
    this.total.clear();
    this.errors.clear();
    this.failures = 0;
    this.ignored = 0;
    this.timedOut = 0;
    this.late = 0;
    this.blocked = 0;
    this.skipped = 0;
    this.rejected = 0;
  }

  /** As plain data. `wallAtZeroMs` is the wall's time when the clock's `now()` was 0. */
  metrics(wallAtZeroMs: number): MiddlewareMetrics {
    const executions = this.own.count;
    const { name, failures, ignored, timedOut, late, blocked, skipped, rejected } = this;
    const successes = executions - failures - ignored;
    const counted = successes + failures;
    const [atMs = 0, ownMs = 0, totalMs = 0] = this.#last;
    return {
      name,
      executions,
      successes,
      failures,
      ignored,
      successRate: counted > 0 ? successes / counted : 0,
      failureRate: counted > 0 ? failures / counted : 0,
      ownMs: this.own.figures(),
      totalMs: this.total.figures(),
      errors: Object.fromEntries(this.errors),
      lastExecutedAt: executions > 0 ? wallAtZeroMs + atMs : null,
      lastOwnMs: executions > 0 ? ownMs : null,
      lastTotalMs: executions > 0 ? totalMs : null,
      timedOut,
      late,
      blocked,
      skipped,
      rejected,
    };
  }
}

/** The name of an error's class; of what is no error, its type. */
export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return error === null ? 'null' : typeof error;
  const name: unknown = error.constructor?.name || error.name;
  return typeof name === 'string' && name !== '' ? name.slice(0, LONGEST_NAME) : 'Error';
}

const LONGEST_NAME = 100;
