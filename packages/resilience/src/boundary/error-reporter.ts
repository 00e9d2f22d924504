/** ErrorReporter: keeps the last errors and counts all of them. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { type ErrorFacts, errorFacts } from './error-facts.ts';
import type { ErrorTracker } from './error-layers.ts';

/** Options of an `ErrorReporter`. */
export interface ErrorReporterOptions {
  /** Whose errors they are. @default 'interpose_app' */
  readonly appName?: string;
  /** How many of the last errors are kept. @default 100 */
  readonly maxReports?: number;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
}

/** One error that was reported, with secrets hidden. */
export interface ErrorReport extends ErrorFacts {
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/** What there is to say of all that was reported. */
export interface ErrorSummary {
  readonly appName: string;
  readonly totalErrors: number;
  /** How often each type came; types beyond the first hundred are `other`. */
  readonly errorTypes: Readonly<Record<string, number>>;
  readonly lastError: ErrorReport | undefined;
}

/** Names may come from anywhere; a count for each could grow without end. */
const MOST_TYPES = 100;

/**
 * Collects errors: counts all, and keeps the last ones. It can be the tracker of `criticalErrors` and `exceptionBoundary`.
 *
 * @example
 * const reporter = new ErrorReporter({ appName: 'shop' });
 * pipeline<Call, Reply | LayerFailure>().use(criticalErrors({ tracker: reporter }));
 */
export class ErrorReporter implements ErrorTracker {
  readonly appName: string;
  readonly #maxReports: number;
  readonly #clock: Clock;
  readonly #types = new Map<string, number>();
  /** A ring: the place of the next report is `total` modulo its length. */
  readonly #reports: ErrorReport[] = [];
  #total = 0;

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: ErrorReporterOptions = {}) {
    checkNames('new ErrorReporter()', options, ['appName', 'maxReports', 'clock']);
    const { appName = 'interpose_app', maxReports = 100, clock = systemClock } = options;
    if (typeof appName !== 'string' || appName === '') {
      throw unexpected('appName', 'a name', appName);
    }
    this.appName = appName;
    this.#maxReports = checkWhole('maxReports', maxReports, 1);
    this.#clock = clock;
  }

  /** Counts an error, and keeps it in place of the oldest. */
  report(error: unknown): void {
    const report = { ...errorFacts(error), atMs: this.#clock.wall() };
    const type =
      this.#types.has(report.type) || this.#types.size < MOST_TYPES ? report.type : 'other';
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    this.#reports[this.#total % this.#maxReports] = report;
    this.#total++;
  }

  /** The same, as a tracker. The context is not kept: nobody knows what is in it. */
  captureException(error: unknown): void {
    this.report(error);
  }

  /** The errors that are kept, the oldest first. */
  reports(): readonly ErrorReport[] {
    const next = this.#total % this.#maxReports;
    return this.#total < this.#maxReports
      ? [...this.#reports]
      : [...this.#reports.slice(next), ...this.#reports.slice(0, next)];
  }

  /** All in a few figures. */
  getReportSummary(): ErrorSummary {
    return {
      appName: this.appName,
      totalErrors: this.#total,
      errorTypes: Object.fromEntries(this.#types),
      lastError: this.reports().at(-1),
    };
  }
}
