/** createWorker: takes the jobs of a queue and runs each through a pipeline. */
import type { QueueDriver } from '../driver.ts';
import { byName, type JobHandler } from './job-handler.ts';
import { JobWorker, type Worker } from './job-worker.ts';
import { type WorkerOptions, workerSettings } from './worker-options.ts';

/** What does the jobs of a worker: a handler, a pipeline with its handler, or a handler for each name. */
export type WorkerHandler<Data, Result> =
  | JobHandler<Data, Result>
  // oxlint-disable-next-line typescript/no-explicit-any -- jobs of each name carry something else
  | Readonly<Record<string, JobHandler<any, Result>>>;

/**
 * Starts to take the jobs of a queue.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const worker = createWorker(
 *   driver,
 *   pipeline<JobContext<Mail>, void>().use(retry()).use(timeout({ timeoutMs: 5000 })).handle(send),
 *   { queue: 'mail', concurrency: 10 },
 * );
 */
export function createWorker<Data, Result>(
  driver: QueueDriver,
  handler: WorkerHandler<Data, Result>,
  options: WorkerOptions,
): Worker {
  const run = typeof handler === 'function' ? handler : byName(handler);
  const worker = new JobWorker(driver, run as JobHandler<never>, workerSettings(driver, options));
  if (worker.autorun) worker.start();
  return worker;
}
