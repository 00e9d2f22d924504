/** WorkerOptions: how a worker takes jobs, checked when it is made. */
import { type Clock, systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { checkDriver } from '../checked-driver.ts';
import type { ConsumeOptions, QueueDriver } from '../driver.ts';
import type { Job } from '../job.ts';
import { checkQueueName } from '../queue/job-options.ts';

/** Options of `createWorker`. */
export interface WorkerOptions {
  /** The name of the queue whose jobs it takes. */
  readonly queue: string;
  /** How many jobs it runs at once. @default 1 */
  readonly concurrency?: number;
  /** For how long a job stays its own when it has died, in milliseconds. @default 30_000 */
  readonly leaseMs?: number;
  /** How many times a job may be handed out again because a worker has died with it. @default 1 */
  readonly maxRedeliveries?: number;
  /** How many jobs of the queue may begin within so many milliseconds, in all workers together. @default no limit */
  readonly limiter?: { readonly max: number; readonly duration: number };
  /** How long each of those may take who were called with `onEnd`, in milliseconds. @default 10_000 */
  readonly onEndMs?: number;
  /** Tells the time. @default the driver's clock */
  readonly clock?: Clock;
  /** Is given what goes wrong beside the jobs: in listeners, and between driver and store. @default writes to the console */
  readonly onError?: (error: unknown, job?: Job) => void;
  /** Whether it begins at once; if not, call `start()`. @default true */
  readonly autorun?: boolean;
}

/** Options with their defaults, checked. */
export interface WorkerSettings {
  readonly queue: string;
  readonly consume: ConsumeOptions;
  readonly onEndMs: number;
  readonly clock: Clock;
  readonly onError: ((error: unknown, job?: Job) => void) | undefined;
  readonly autorun: boolean;
}

const NAMES: readonly (keyof WorkerOptions)[] = [
  'queue',
  'concurrency',
  'leaseMs',
  'maxRedeliveries',
  'limiter',
  'onEndMs',
  'clock',
  'onError',
  'autorun',
];

/** @throws TypeError or RangeError for options out of range */
export function workerSettings(driver: QueueDriver, options: WorkerOptions): WorkerSettings {
  checkDriver(driver);
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object', options);
  }
  checkNames('createWorker()', options, NAMES);
  const { queue, autorun = true, onError, limiter, clock = driver.clock ?? systemClock } = options;
  if (onError !== undefined && typeof onError !== 'function') {
    throw unexpected('onError', 'a function', onError);
  }
  if (typeof autorun !== 'boolean') throw unexpected('autorun', 'true or false', autorun);
  return {
    queue: checkQueueName('queue', queue),
    consume: {
      concurrency: checkWhole('concurrency', options.concurrency ?? 1, 1),
      leaseMs: checkMs('leaseMs', options.leaseMs ?? 30_000, 1),
      maxRedeliveries: checkWhole('maxRedeliveries', options.maxRedeliveries ?? 1),
      ...(limiter === undefined ? undefined : { limiter: checkLimiter(limiter) }),
    },
    onEndMs: checkMs('onEndMs', options.onEndMs ?? 10_000, 1),
    clock,
    onError,
    autorun,
  };
}

function checkLimiter(limiter: NonNullable<WorkerOptions['limiter']>): typeof limiter {
  if (typeof limiter !== 'object' || limiter === null) {
    throw unexpected('limiter', 'an object', limiter);
  }
  checkNames('limiter', limiter, ['max', 'duration']);
  return {
    max: checkWhole('limiter.max', limiter.max, 1),
    duration: checkMs('limiter.duration', limiter.duration, 1),
  };
}
