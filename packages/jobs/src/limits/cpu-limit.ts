/** cpuLimit: a job does not begin while the processor is too busy, is told to stop, or gets no more of it. */
import process from 'node:process';
import { checkMs, checkWhole } from '@interpose/kernel/options';
import { cpuProbe } from '@interpose/resilience/checks';
import type { Bounds } from './bounds.ts';
import { CpuLimitError } from './errors.ts';
import { type JobLimit, jobLimit } from './job-limit.ts';
import { checkLimit, type JobLimitOptions, limitSettings, refuse } from './limit-options.ts';

/** Options of `cpuLimit`. */
export interface JobCpuLimitOptions extends JobLimitOptions {
  /** In per cent of one processor: of the whole process, or with `isolate` of each child, where `Infinity` is no limit. @default 80 */
  readonly maxPercent?: number;
  /** With `isolate`: how much time of a processor a job may take in all, in milliseconds. @default no limit */
  readonly maxCpuMs?: number;
  /** With `watch`: a job is told to stop after so many readings in a row above the limit; one alone says little. @default 5 */
  readonly readings?: number;
}

/**
 * Holds the processor time of jobs below a limit, as hard as its mode is.
 *
 * @throws TypeError or RangeError for options out of range; IsolationUnavailableError where `isolate` cannot be had. For jobs:
 * PostponedError when there is no room; CpuLimitError when one has taken too much; NotIsolatedError
 * @example
 * const run = pipeline<JobContext, string>().use(cpuLimit({ maxPercent: 90 })).handle(resize);
 */
export function cpuLimit(options: JobCpuLimitOptions = {}): JobLimit {
  const settings = limitSettings(options, {
    policy: 'cpuLimit',
    names: ['maxPercent', 'maxCpuMs', 'readings'],
    watchSampleMs: 1000,
  });
  const { mode, sampleMs, maxWaitMs, postponeMs, graceMs } = settings;
  const { maxPercent = 80, probe } = options;
  if (mode !== 'isolate' || maxPercent !== Infinity) checkLimit('maxPercent', maxPercent);
  const readings = checkWhole('readings', options.readings ?? 5, 1);
  const where = `mode: '${mode}'`;
  if (mode !== 'isolate') refuse('cpuLimit', options, { names: ['maxCpuMs'], where });
  if (mode !== 'watch') refuse('cpuLimit', options, { names: ['readings'], where });
  const bounds: Bounds = {
    maxPercent,
    ...(options.maxCpuMs !== undefined && { maxCpuMs: checkMs('maxCpuMs', options.maxCpuMs, 1) }),
  };
  return jobLimit({
    policy: 'cpuLimit',
    description: 'Holds the processor time that jobs take below a limit.',
    settings,
    limit: maxPercent,
    bounds,
    readings,
    probe: (clock) => probe ?? cpuProbe({ usage: () => process.cpuUsage(), clock }),
    errorOf: (report) => new CpuLimitError({ ...report, unit: 'percent' }),
    options: { ...bounds, mode, sampleMs, maxWaitMs, postponeMs, graceMs, readings },
  });
}
