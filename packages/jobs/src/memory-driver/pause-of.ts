/** pauseOf: how long to wait before the next attempt, by BullMQ's formula. */
import type { BackoffOptions } from '../job.ts';

/** In milliseconds; `attemptsMade` counts the one that has failed just now. */
export function pauseOf(
  backoff: number | BackoffOptions | undefined,
  attemptsMade: number,
  random: () => number,
): number {
  if (backoff === undefined) return 0;
  if (typeof backoff === 'number') return backoff;
  const { type, delay, jitter = 0 } = backoff;
  const grown = type === 'fixed' ? delay : Math.round(2 ** (attemptsMade - 1) * delay);
  // After a thousand attempts the power overflows, and what never comes is no pause.
  const wholeMs = Math.min(grown, Number.MAX_SAFE_INTEGER);
  if (jitter === 0) return wholeMs;
  return Math.floor(wholeMs * (1 - jitter) + random() * wholeMs * jitter);
}
