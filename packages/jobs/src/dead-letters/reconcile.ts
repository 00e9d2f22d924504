/** reconcile: makes dead letters agree with the jobs that they are about, whatever was interrupted. */
import { StalledError } from '../errors.ts';
import { type DeadLetter, deathReason } from './letter-box.ts';
import type { LetterShelf } from './letter-shelf.ts';
import type { QueueDriver } from '../driver.ts';
import type { Job } from '../job.ts';

/** Jobs are looked at so many at a time. */
const PAGE = 100;

/** Adds letters of jobs that are kept as failed and have none, and drops those of jobs that have been done since. */
export async function reconcile(
  driver: QueueDriver,
  shelf: LetterShelf,
  name: string,
): Promise<{ readonly added: number; readonly dropped: number }> {
  const queue = driver.queue(name);
  let added = 0;
  for (let offset = 0; ; offset += PAGE) {
    const failed = await queue.list('failed', { offset, limit: PAGE });
    for (const job of failed) {
      if (await shelf.get(name, job.id)) continue;
      await shelf.put(letterOf(job));
      added++;
    }
    if (failed.length < PAGE) break;
  }
  const all = (): boolean => true;
  const dropped = await shelf.each(name, all, async ({ jobId }) => {
    const job = await queue.get(jobId);
    return job?.state === 'completed' && shelf.discard(name, jobId);
  });
  return { added, dropped };
}

/** What the queue knows of how it failed is less than what a run would have known. */
function letterOf(job: Job): DeadLetter {
  const { id, queue, name, data, options, attemptsMade, addedAtMs } = job;
  const message = job.failedReason ?? '';
  const wasStalled = message === new StalledError(id).message || /\bstalled\b/i.test(message);
  const error = wasStalled ? new StalledError(id) : new Error(message);
  return {
    jobId: id,
    queue,
    name,
    data,
    options,
    reason: deathReason(error),
    error: { type: error.name, message },
    attempts: Math.max(1, attemptsMade),
    redelivered: wasStalled,
    addedAtMs,
    failedAtMs: job.endedAtMs ?? addedAtMs,
  };
}
