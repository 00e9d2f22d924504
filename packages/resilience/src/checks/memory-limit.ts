/** memoryLimit: takes no new calls while too much memory is in use. */
import { type LimitOptions, resourceLimit, type ResourceLimit } from './resource-limit.ts';

/** Options of `memoryLimit`: `maxMemoryMb` (default 1024) and `probe`, both in units of 2^20 bytes. */
export type MemoryLimitOptions = LimitOptions<'maxMemoryMb'>;

/** A limit of memory. */
export type MemoryLimit = ResourceLimit<'maxMemoryMb'>;

/**
 * Refuses new calls while more memory is in use than may, and aborts those under way if it is told to. How much that is, a probe says;
 * there is no way to know it that every host has.
 *
 * @throws TypeError or RangeError for options out of range; LoadShedError when called
 * @example
 * const limit = memoryLimit({ maxMemoryMb: 512, probe: () => process.memoryUsage.rss() / 2 ** 20 });
 */
export function memoryLimit(options: MemoryLimitOptions): MemoryLimit {
  return resourceLimit(
    {
      policy: 'memoryLimit',
      description: 'Refuses new calls while too much memory is in use.',
      option: 'maxMemoryMb',
      limit: 1024,
    },
    options,
  );
}
