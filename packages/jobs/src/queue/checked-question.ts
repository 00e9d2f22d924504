/** Checks what a queue is asked, so that a mistake is named the same whatever keeps the jobs. */
import { checkWhole, unexpected } from '@interpose/kernel/options';
import type { JobState } from '../job.ts';

const STATES: readonly JobState[] = ['waiting', 'delayed', 'active', 'completed', 'failed'];

/** @throws TypeError if jobs are never in this state */
export function checkState(state: unknown): void {
  if (STATES.includes(state as JobState)) return;
  const [last, ...others] = STATES.map((known) => `'${known}'`).toReversed();
  throw unexpected('state', `${others.toReversed().join(', ')} or ${last}`, state);
}

/** @throws TypeError or RangeError for a part of a list that there cannot be */
export function checkRange(range: { readonly offset?: unknown; readonly limit?: unknown }): void {
  const { offset, limit } = range;
  if (offset !== undefined) checkWhole('offset', offset);
  if (limit !== undefined && limit !== Infinity) checkWhole('limit', limit);
}
