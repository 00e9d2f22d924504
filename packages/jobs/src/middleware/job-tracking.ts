/** jobTracking: writes down how far each job is, how it ended, and how often it was run. */
import { extend, isThenable } from '@interpose/kernel';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { errorFacts } from '@interpose/resilience/boundary';
import { attemptsOf } from '../attempts.ts';
import { settledWithin } from '../bounded-wait.ts';
import { LeaseLostError, StalledError } from '../errors.ts';
import type { JobContext, RunEnd } from '../job-context.ts';
import { endKey, type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { plainCopy } from '../plain-copy.ts';
import { checkRecords, type JobRecord, type JobRecords } from '../records/job-records.ts';
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
      const before = recordOf(settings, ctx);
      const track = (record: Found): Promise<unknown> => {
        const run = new TrackedRun(settings, ctx, record);
        return run.follow(async () => next(run.ctx));
      };
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

type Found = JobRecord | undefined;

/** What was written down before this run; nothing if the records do not say so in time. */
function recordOf(
  { records, report, maxWaitMs }: Settings,
  { job, clock }: JobContext,
): Found | Promise<Found> {
  let found: Found;
  try {
    const said = records.get(job.queue, job.id);
    if (!isThenable(said)) return said;
    const read = Promise.resolve(said).then((record) => void (found = record));
    return settledWithin(read, maxWaitMs, clock).then(
      () => found,
      (error: unknown) => void report(error),
    );
  } catch (error) {
    report(error);
    return undefined;
  }
}

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

  constructor(settings: Settings, ctx: JobContext, before: Found) {
    const { job, clock } = ctx;
    this.#settings = settings;
    this.#writer = new RecordWriter(settings.records, settings.report);
    this.#earlier = before?.attempts ?? ctx.attempt - 1;
    this.#record = {
      id: job.id,
      queue: job.queue,
      name: job.name,
      status: 'running',
      queuedAtMs: job.addedAtMs,
      startedAtMs: clock.wall(),
      attempts: this.#earlier + 1,
      progress: 0,
      ...(before?.error && { error: before.error }),
    };
    this.#writer.write(this.#record);
    ctx.onEnd(settings.key, (end) => this.#end(ctx, end));
    this.ctx = extend(ctx, {
      progress: (value: number | object): Promise<void> => {
        this.#change(ctx, { progress: plainCopy(value) as number | object });
        return ctx.progress(value);
      },
    });
  }

  /** Learns from an error that the listeners of the end are not told. */
  async follow(rest: () => Promise<unknown>): Promise<unknown> {
    try {
      return await rest();
    } catch (error) {
      this.#isLost = LeaseLostError.is(error);
      throw error;
    }
  }

  #change(ctx: JobContext, change: Partial<JobRecord>): void {
    this.#record = { ...this.#record, attempts: this.#earlier + attemptsOf(ctx), ...change };
    this.#writer.write(this.#record);
  }

  #end(ctx: JobContext, end: RunEnd): Promise<void> | undefined {
    const { maxWaitMs, keepResults } = this.#settings;
    // Another worker has the job: what becomes of it is written by that one.
    if (this.#isLost || LeaseLostError.is(ctx.signal.reason)) return undefined;
    const endedAtMs = ctx.clock.wall();
    if (end.kind === 'completed') {
      const { error: _, ...record } = this.#record;
      this.#record = record;
      const result = keepResults && end.result !== undefined && { result: plainCopy(end.result) };
      this.#change(ctx, { status: 'succeeded', endedAtMs, ...result });
    } else if (end.kind === 'postponed') {
      this.#change(ctx, { status: 'queued', attempts: this.#earlier });
    } else {
      const error = errorFacts(end.error);
      // It was given out only to be ended.
      const attempts = StalledError.is(end.error) && { attempts: this.#earlier };
      const isLast = end.kind === 'failed' && { status: 'failed' as const, endedAtMs, ...attempts };
      this.#change(ctx, { status: 'queued', error, ...isLast });
    }
    const { pending } = this.#writer;
    return pending && settledWithin(pending, maxWaitMs, ctx.clock).then(() => {});
  }
}
