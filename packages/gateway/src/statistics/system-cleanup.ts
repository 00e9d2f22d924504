/** The cleanup: lets go of what has expired in the dictionaries before anybody needs the room. */
import type { Dictionaries } from '../dictionaries/dictionaries.ts';

/** The dictionaries whose entries expire as a rule. */
const CLEANED = ['stats', 'metrics', 'rate_limit', 'config_cache'] as const;

/** How often there is a cleanup if nobody says. */
export const CLEANUP_INTERVAL_MS = 10_000;

/**
 * The interval, if it is one.
 *
 * @throws RangeError if it is less than 1, or no number at all
 */
export function checkCleanupInterval(intervalMs: number): number {
  if (Number.isFinite(intervalMs) && intervalMs >= 1) return intervalMs;
  throw new RangeError(CLEANUP_FAULT);
}

/** What is said of an interval that is none. */
export const CLEANUP_FAULT = 'Invalid cleanup_interval configuration. Must be >= 1';

/** Lets go of what has expired; tells how many entries that were. */
export async function flushExpired(dictionaries: Dictionaries): Promise<number> {
  const flushed = CLEANED.map(async (name) => dictionaries[name].flushExpired());
  const counts = await Promise.all(flushed);
  return counts.reduce((sum, count) => sum + count, 0);
}
