/** createQueue: adds jobs to a queue, and asks for them. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { checkDriver } from '../checked-driver.ts';
import type { QueueDriver } from '../driver.ts';
import type { JobOptions } from '../job.ts';
import type { EnqueueMiddleware } from './enqueue-context.ts';
import { checkJobOptions, checkQueueName } from './job-options.ts';
import { JobQueue, type Queue } from './job-queue.ts';

/** Options of `createQueue`. */
export interface QueueOptions<Data = unknown> {
  /** The name of the queue. */
  readonly name: string;
  /** Runs for each job that is added, the first outermost. @default none */
  readonly use?: EnqueueMiddleware<Data> | readonly EnqueueMiddleware<Data>[];
  /** What counts for each job that says nothing else. @default none */
  readonly defaults?: JobOptions;
}

/**
 * A queue to add jobs to.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const mails = createQueue<Mail>(driver, { name: 'mail', defaults: { attempts: 3 } });
 * const job = await mails.add('welcome', { to: 'ada@example.com' });
 */
export function createQueue<Data = unknown, Result = unknown>(
  driver: QueueDriver,
  options: QueueOptions<Data>,
): Queue<Data, Result> {
  checkDriver(driver);
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object', options);
  }
  checkNames('createQueue()', options, ['name', 'use', 'defaults']);
  const { use = [], defaults = {} } = options;
  checkJobOptions(defaults);
  if (defaults.jobId !== undefined) {
    throw new TypeError('An id is for one job, and cannot be a default of the queue.');
  }
  const name = checkQueueName('name', options.name);
  return new JobQueue<Data, Result>(driver.queue(name), { name, use: [use].flat(), defaults });
}
