/** runJob: runs one job through a pipeline without queue, driver or worker, for tests of handlers and middleware. */
import { type Clock, systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Delivery, Settlement } from '../driver.ts';
import type { Job } from '../job.ts';
import type { RunEnd } from '../job-context.ts';
import type { JobHandler } from './job-handler.ts';
import { runDelivery } from './job-run.ts';

/** A job of which only that is said which matters to the test. */
export interface JobLike<Data> extends Partial<Omit<Job<Data>, 'data'>> {
  readonly data: Data;
}

/** Options of `runJob`. */
export interface RunJobOptions {
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Aborts the run, as if the lease were lost. */
  readonly signal?: AbortSignal;
  /** Whether a worker had it before and died. @default false */
  readonly redelivered?: boolean;
  /** Whether its workers have died more often than they may: then the handler is not run. @default false */
  readonly exhausted?: boolean;
  /** What `ctx.renew()` does. @default nothing */
  readonly renew?: () => Promise<void>;
  /** How long each listener of `onEnd` may take, in milliseconds. @default 10_000 */
  readonly onEndMs?: number;
}

/** What has come of a run. */
export interface RunReport<Result> {
  /** How it has ended, as listeners of `onEnd` were told. */
  readonly end: RunEnd;
  /** What the queue would be told. */
  readonly settlement: Settlement;
  /** The result of a job that is done. */
  readonly result: Result | undefined;
  /** Why it has failed, or was put off by an instruction. */
  readonly error: Error | undefined;
  /** All that it said of how far it is, and all lines it wrote. */
  readonly progress: readonly (number | object)[];
  readonly logs: readonly string[];
  /** What listeners of `onEnd` threw. */
  readonly faults: readonly unknown[];
}

const NAMES: readonly (keyof RunJobOptions)[] = [
  'clock',
  'signal',
  'redelivered',
  'exhausted',
  'renew',
  'onEndMs',
];

/**
 * Runs one job, as a worker would. It never rejects: what was thrown is in the report.
 *
 * @throws TypeError for options that are unknown
 * @example
 * const { result, logs } = await runJob(handler, { data: { to: 'ada' } });
 */
export async function runJob<Data, Result>(
  handler: JobHandler<Data, Result>,
  job: JobLike<Data>,
  options: RunJobOptions = {},
): Promise<RunReport<Result>> {
  if (typeof handler !== 'function') throw unexpected('handler', 'a function', handler);
  checkNames('runJob()', options, NAMES);
  const { clock = systemClock, onEndMs = 10_000 } = options;
  const progress: (number | object)[] = [];
  const logs: string[] = [];
  const faults: unknown[] = [];
  const { settlement, end } = await runDelivery(
    handler as JobHandler<never>,
    deliveryOf(job, { ...options, clock }, { progress, logs }),
    { clock, onEndMs, report: (error) => void faults.push(error) },
  );
  const result = settlement.kind === 'completed' ? (settlement.result as Result) : undefined;
  const error = 'error' in settlement ? settlement.error : undefined;
  return { end, settlement, result, error, progress, logs, faults };
}

function deliveryOf<Data>(
  job: JobLike<Data>,
  options: RunJobOptions & { readonly clock: Clock },
  { progress, logs }: { readonly progress: (number | object)[]; readonly logs: string[] },
): Delivery {
  const { clock, redelivered = false, exhausted = false } = options;
  const { signal = new AbortController().signal } = options;
  const nowMs = clock.wall();
  return {
    job: {
      id: '1',
      queue: 'test',
      name: 'test',
      options: {},
      state: 'active',
      attemptsMade: 0,
      progress: 0,
      addedAtMs: nowMs,
      startedAtMs: nowMs,
      ...job,
    },
    redelivered,
    exhausted,
    signal,
    progress: (value) => Promise.resolve(void progress.push(value)),
    log: (line) => Promise.resolve(void logs.push(line)),
    renew: options.renew ?? (() => Promise.resolve()),
  };
}
