/** requeue: puts the job of a dead letter back into its queue, once, even if this is interrupted and done again. */
import type { DeadLetter } from './letter-box.ts';
import type { LetterShelf } from './letter-shelf.ts';
import type { QueueDriver } from '../driver.ts';
import type { Job, JobOptions } from '../job.ts';

/** Gives the job as it waits now; nothing if it is under way still, or has been done since. */
export async function requeue(
  driver: QueueDriver,
  shelf: LetterShelf,
  letter: DeadLetter,
): Promise<Job | undefined> {
  const { queue: name, jobId } = letter;
  const queue = driver.queue(name);
  // Somebody else may put it back at the same moment, which some queues take for a fault.
  const tried = await queue.retry(jobId).catch((error: unknown) => ({ error }));
  const kept = await queue.get(jobId);
  if (typeof tried !== 'boolean' && (!kept || kept.state === 'failed')) throw tried.error;
  const wasKept = tried === true;
  if (!wasKept && (kept?.state === 'active' || kept?.state === 'failed')) return undefined;
  const waiting =
    kept ?? (await queue.add({ name: letter.name, data: letter.data, options: optionsOf(letter) }));
  await shelf.discard(name, jobId);
  return waiting.state === 'completed' ? undefined : waiting;
}

/**
 * The options of a job whose queue has forgotten it. It is due at once. Its id is the same each time this is tried, and not that of the job
 * if the queue had made that.
 */
function optionsOf({ jobId, options }: DeadLetter): JobOptions {
  const { delay: _, ...rest } = options;
  if (options.jobId !== undefined) return rest;
  return { ...rest, jobId: `${jobId.replaceAll(':', '.')}.again` };
}
