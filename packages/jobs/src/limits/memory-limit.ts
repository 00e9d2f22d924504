/** memoryLimit: a job does not begin while too much memory is in use, is told to stop, or cannot take more. */
import process from 'node:process';
import { MemoryLimitError } from './errors.ts';
import { type JobLimit, jobLimit } from './job-limit.ts';
import { checkLimit, type JobLimitOptions, limitSettings } from './limit-options.ts';

/** Options of `memoryLimit`. */
export interface JobMemoryLimitOptions extends JobLimitOptions {
  /** In units of 2^20 bytes: of the whole process, or with `isolate` of each child; a child needs 64 at least. @default 1024 */
  readonly maxMb?: number;
}

/** Node itself takes some forty. */
const LEAST_FOR_CHILD = 64;

/**
 * Holds the memory of jobs below a limit, as hard as its mode is.
 *
 * @throws TypeError or RangeError for options out of range; IsolationUnavailableError where `isolate` cannot be had. For jobs:
 * PostponedError when there is no room; MemoryLimitError when one has taken too much; NotIsolatedError
 * @example
 * const run = pipeline<JobContext, string>().use(memoryLimit({ maxMb: 512 })).handle(resize);
 */
export function memoryLimit(options: JobMemoryLimitOptions = {}): JobLimit {
  const settings = limitSettings(options, {
    policy: 'memoryLimit',
    names: ['maxMb'],
    watchSampleMs: 250,
  });
  const { mode, sampleMs, maxWaitMs, postponeMs, graceMs } = settings;
  const maxMb = checkLimit(
    'maxMb',
    options.maxMb ?? 1024,
    mode === 'isolate' ? LEAST_FOR_CHILD : 0,
  );
  const { probe = (): number => process.memoryUsage.rss() / 2 ** 20 } = options;
  return jobLimit({
    policy: 'memoryLimit',
    description: 'Holds the memory that jobs take below a limit.',
    settings,
    limit: maxMb,
    bounds: { maxMb },
    // The memory that is gone will not come back by itself.
    readings: 1,
    probe: () => probe,
    errorOf: (report) => new MemoryLimitError(report),
    options: { maxMb, mode, sampleMs, maxWaitMs, postponeMs, graceMs },
  });
}
