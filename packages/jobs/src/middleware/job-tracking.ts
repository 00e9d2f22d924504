/** jobTracking: writes down how far each job is, how it ended, and how often it was run. */
import { type Awaitable, extend, isThenable } from '@interpose/kernel';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { abortReason } from '@interpose/resilience';
import { errorFacts } from '@interpose/resilience/boundary';
import { attemptsOf } from '../attempts.ts';
import { settledWithin } from '../bounded-wait.ts';
import { LeaseLostError, StalledError } from '../errors.ts';
import type { JobContext, RunEnd } from '../job-context.ts';
import { endKey, type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { plainCopy } from '../plain-copy.ts';
import { checkRecords, type JobRecord, type JobRecords } from '../records/job-records.ts';
import { recordBefore } from '../records/record-before.ts';
import { RecordWriter } from '../records/record-writer.ts';

/** Options of `jobTracking`. */
export interface JobTrackingOptions {
  /** Where it is written down. */
  readonly records: JobRecords;
  /** Whether results are kept. @default true */
  readonly keepResults?: boolean;
  /** How long a job may wait for the records, before it begins and when it has ended. @default 5_000 */
  readonly maxWaitMs?: number;
  /** Is given what goes wrong with the records; jobs go on. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Keeps a record of each job: `queued`, `running`, `succeeded` or `failed`, when, after how many attempts, how far it is and what it came
 * to. Its place is outermost. What fails in keeping records harms no job.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const records = memoryRecords();
 * pipeline<JobContext, void>().use(jobTracking({ records }));
 */
export function jobTracking(options: JobTrackingOptions): JobMiddleware {
  checkNames('jobTracking()', options, ['records', 'keepResults', 'maxWaitMs', 'onFailure']);
  const { records, keepResults = true, onFailure = reportFailure } = options;
  checkRecords(records);
  if (typeof keepResults !== 'boolean')
    throw unexpected('keepResults', 'true or false', keepResults);
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  const maxWaitMs = checkMs('maxWaitMs', options.maxWaitMs ?? 5000);
  const report = (error: unknown): void => unharmed(() => onFailure(error) as unknown);
  const settings: Settings = {
    records,
    keepResults,
    maxWaitMs,
    report,
    key: endKey('jobTracking'),
  };
  return jobMiddleware(
    {
      name: 'jobTracking',
      description: 'Writes down how far each job is and how it ended.',
      options: { keepResults, maxWaitMs },
    },
    (ctx, next) => {
      const before = recordBefore(settings, ctx);
      const track = (record: JobRecord | undefined): Awaitable<unknown> =>
        new TrackedRun(settings, ctx, record).follow(next);
      return isThenable(before) ? before.then(track) : track(before);
    },
  );
}

interface Settings {
  readonly records: JobRecords;
  readonly keepResults: boolean;
  readonly maxWaitMs: number;
  readonly report: (error: unknown) => void;
  readonly key: string;
}

/** A record that nobody has seen yet. */
type Draft = { -readonly [Key in keyof JobRecord]: JobRecord[Key] };

/** One run and its record. */
class TrackedRun {
  /** What the rest is given. */
  readonly ctx: JobContext;
  readonly #settings: Settings;
  readonly #writer: RecordWriter;
  /** How often it was run before. */
  readonly #earlier: number;
  #record: JobRecord;
  #isLost = false;
  #isOver = false;

  constructor(settings: Settings, ctx: JobContext, before: JobRecord | undefined) {
    const { job, clock } = ctx;
    this.#settings = settings;
    this.#writer = new RecordWriter(settings.records, settings.report);
    this.#earlier = before?.attempts ?? ctx.attempt - 1;
    const record: Draft = {
      id: job.id,
      queue: job.queue,
      name: job.name,
      status: 'running',
      queuedAtMs: job.addedAtMs,
      startedAtMs: clock.wall(),
      attempts: this.#earlier + 1,
      progress: 0,
    };
    if (before?.error) record.error = before.error;
    this.#record = record;
    this.#writer.write(record);
    ctx.onEnd(settings.key, (end) => this.#end(ctx, end));
    this.ctx = extend(ctx, {
      progress: (value: number | object): Promise<void> => {
        // A handler that was left behind knows nothing of the run that followed.
        if (!this.#isOver) this.#progressed(ctx, value);
        return ctx.progress(value);
      },
    });
  }

  /** Learns from an error that the listeners of the end are not told. */
  follow(next: (ctx: JobContext) => Awaitable<unknown>): Awaitable<unknown> {
    try {
      const said = next(this.ctx);
      return isThenable(said)
        ? said.then(undefined, (error: unknown) => this.#failed(error))
        : said;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): never {
    this.#isLost = LeaseLostError.is(error);
    throw error;
  }

  #progressed(ctx: JobContext, value: unknown): void {
    const record = this.#draft(ctx);
    record.progress = plainCopy(value) as number | object;
    this.#write(record);
  }

  /** What has been written stays as it was. */
  #draft(ctx: JobContext): Draft {
    const draft: Draft = { ...this.#record };
    draft.attempts = this.#earlier + attemptsOf(ctx);
    return draft;
  }

  #write(record: JobRecord): void {
    this.#record = record;
    this.#writer.write(record);
  }

  #end(ctx: JobContext, end: RunEnd): Promise<void> | undefined {
    const { maxWaitMs, keepResults } = this.#settings;
    this.#isOver = true;
    // Another worker has the job: what becomes of it is written by that one.
    if (this.#isLost || LeaseLostError.is(abortReason(ctx))) return undefined;
    const record = this.#draft(ctx);
    if (end.kind === 'completed') {
      record.status = 'succeeded';
      record.endedAtMs = ctx.clock.wall();
      if (record.error) delete record.error;
      if (keepResults && end.result !== undefined) record.result = plainCopy(end.result);
    } else if (end.kind === 'postponed') {
      record.status = 'queued';
      record.attempts = this.#earlier;
    } else {
      const isLast = end.kind === 'failed';
      record.status = isLast ? 'failed' : 'queued';
      record.error = errorFacts(end.error);
      if (isLast) record.endedAtMs = ctx.clock.wall();
      // It was given out only to be ended.
      if (isLast && StalledError.is(end.error)) record.attempts = this.#earlier;
    }
    this.#write(record);
    const { pending } = this.#writer;
    return pending && settledWithin(pending, maxWaitMs, ctx.clock).then(() => {});
  }
}
