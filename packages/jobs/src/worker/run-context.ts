/** runContext: the context of one run of a job, made from what the driver has handed out. */
import type { Clock } from '@interpose/kernel';
import { linkContext } from '@interpose/resilience';
import type { Delivery } from '../driver.ts';
import type { Job } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import type { EndListener, EndListeners } from './end-listeners.ts';
import { sayLine, sayProgress } from './job-saying.ts';

/** All on it are properties of its own, so that a copy by spread has them, too. */
export function runContext<Data>(
  delivery: Delivery,
  clock: Clock,
  ends: EndListeners,
): JobContext<Data> {
  const job = delivery.job as Job<Data>;
  const ctx: Omit<JobContext<Data>, 'signal'> = {
    job,
    data: job.data,
    attempt: job.attemptsMade + 1,
    maxAttempts: Math.max(1, job.options.attempts ?? 1),
    redelivered: delivery.redelivered,
    clock,
    progress: (value: number | object) => sayProgress(delivery, ends, value),
    log: (line: string) => sayLine(delivery, ends, line),
    renew: () => delivery.renew(),
    onEnd: (key: string, listener: EndListener) => ends.add(key, listener),
  };
  // A signal is dear, and most handlers do not look at it.
  if (!delivery.onAbort) {
    const signal = { get: () => delivery.signal, enumerable: true, configurable: true };
    return Object.defineProperty(ctx, 'signal', signal) as JobContext<Data>;
  }
  const linked = linkContext(ctx);
  delivery.onAbort(linked.abort);
  return linked.ctx as JobContext<Data>;
}
