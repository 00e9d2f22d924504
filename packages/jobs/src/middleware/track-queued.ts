/** trackQueued: writes down that a job waits, when it is added. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { EnqueueMiddleware } from '../queue/enqueue-context.ts';
import { checkRecords, type JobRecords } from '../records/job-records.ts';

/** Options of `trackQueued`. */
export interface TrackQueuedOptions {
  /** Where it is written down; the same as for `jobTracking`. */
  readonly records: JobRecords;
  /** Is given what goes wrong with the records; jobs are added all the same. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Opens the record of each job that is added, as `queued`. Without it a job has a record only from its first run on.
 *
 * @throws TypeError for options out of range
 * @example
 * const queue = createQueue<Mail>(driver, { name: 'mail', use: [trackQueued({ records })] });
 */
export function trackQueued<Data = unknown>(options: TrackQueuedOptions): EnqueueMiddleware<Data> {
  checkNames('trackQueued()', options, ['records', 'onFailure']);
  const { records, onFailure = reportFailure } = options;
  checkRecords(records);
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  return async function trackQueued(_, next) {
    const job = await next();
    const { id, queue, name, state, addedAtMs: queuedAtMs } = job;
    if (state === 'waiting' || state === 'delayed') {
      const write = () =>
        records.open({ id, queue, name, status: 'queued', queuedAtMs, attempts: 0, progress: 0 });
      unharmed(write, onFailure);
    }
    return job;
  };
}
