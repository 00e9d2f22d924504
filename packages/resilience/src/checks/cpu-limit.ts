/** cpuLimit: takes no new calls while the processor is too busy. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { type LimitOptions, resourceLimit, type ResourceLimit } from './resource-limit.ts';

/** Options of `cpuLimit`: `maxCpuPercent` (default 80) and `probe`, both in per cent. */
export type CpuLimitOptions = LimitOptions<'maxCpuPercent'>;

/** A limit of CPU. */
export type CpuLimit = ResourceLimit<'maxCpuPercent'>;

/**
 * Refuses new calls while more of the processor is in use than may, and aborts those under way if it is told to.
 *
 * @throws TypeError or RangeError for options out of range; LoadShedError when called
 * @example
 * const limit = cpuLimit({ maxCpuPercent: 80, probe: cpuProbe({ usage: () => process.cpuUsage() }) });
 */
export function cpuLimit(options: CpuLimitOptions): CpuLimit {
  return resourceLimit(
    {
      policy: 'cpuLimit',
      description: 'Refuses new calls while the processor is too busy.',
      option: 'maxCpuPercent',
      limit: 80,
    },
    options,
  );
}

/** Options of `cpuProbe`. */
export interface CpuProbeOptions {
  /** The processor time used up to now, in microseconds, as `process.cpuUsage()` of Node gives it. */
  readonly usage: () => { readonly user: number; readonly system: number };
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * Makes a probe of a total: how much of one processor was in use since it was asked last, in per cent. The first answer is 0.
 *
 * @throws TypeError for options out of range
 */
export function cpuProbe(options: CpuProbeOptions): () => number {
  checkNames('cpuProbe()', options, ['usage', 'clock']);
  const { usage, clock = systemClock } = options;
  if (typeof usage !== 'function') throw unexpected('usage', 'a function', usage);
  let lastMs: number | undefined;
  let lastUsed = 0;
  let percent = 0;
  return () => {
    const { user, system } = usage();
    const nowMs = clock.now();
    if (lastMs === nowMs) return percent;
    const used = user + system;
    if (lastMs !== undefined) percent = (used - lastUsed) / ((nowMs - lastMs) * 10);
    lastMs = nowMs;
    lastUsed = used;
    return percent;
  };
}
