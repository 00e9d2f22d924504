/** nativesIn: the jobs of BullMQ that are in one of our states. */
import type { Job as BullJob } from 'bullmq';
import type { JobState } from '../job.ts';
import type { NativeQueue } from './connected.ts';
import { NATIVE_STATES } from './job-view.ts';

/**
 * Jobs in this state, as many as asked for: first come first, or what ended last first. What is one state to us may be several lists of
 * BullMQ, one behind the other.
 */
export async function nativesIn(
  queue: NativeQueue,
  state: JobState,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<readonly BullJob[]> {
  const isEnded = state === 'completed' || state === 'failed';
  const lists = NATIVE_STATES[state];
  const counts = lists.length > 1 ? await queue.getJobCounts(...lists) : {};
  const found: BullJob[] = [];
  let skip = offset;
  for (const list of lists) {
    if (found.length >= limit) break;
    const size = counts[list];
    if (size === undefined || skip < size) {
      const last = skip + limit - found.length - 1;
      const jobs: (BullJob | undefined)[] = await queue.getJobs([list], skip, last, !isEnded);
      for (const job of jobs) if (job) found.push(job);
    }
    skip = Math.max(0, skip - (size ?? 0));
  }
  return found;
}
