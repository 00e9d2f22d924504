/** runContext: the context of one run of a job, made from what the driver has handed out. */
import type { Clock } from '@interpose/kernel';
import type { Delivery } from '../driver.ts';
import type { Job } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import type { EndListener, EndListeners } from './end-listeners.ts';

/** All on it are properties of its own, so that a copy by spread has them, too. */
export function runContext<Data>(
  delivery: Delivery,
  clock: Clock,
  ends: EndListeners,
): JobContext<Data> {
  const job = delivery.job as Job<Data>;
  return {
    job,
    data: job.data,
    attempt: job.attemptsMade + 1,
    maxAttempts: Math.max(1, job.options.attempts ?? 1),
    redelivered: delivery.redelivered,
    // A signal is dear, and most handlers do not look at it.
    get signal(): AbortSignal {
      return delivery.signal;
    },
    clock,
    progress: (value: number | object) => delivery.progress(value),
    log: (line: string) => delivery.log(line),
    renew: () => delivery.renew(),
    onEnd: (key: string, listener: EndListener) => ends.add(key, listener),
  };
}
