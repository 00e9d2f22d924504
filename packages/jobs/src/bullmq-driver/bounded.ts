/** Bounded: asks what keeps the jobs, and does not wait for the answer for ever. */
import { systemClock } from '@interpose/kernel/clock';
import { QueueUnavailableError } from './errors.ts';

/** Asks, and waits so long for the answer and no longer. */
export type Bounded = <R>(what: string, ask: () => Promise<R>) => Promise<R>;

/**
 * Makes questions fail that get no answer in time.
 *
 * @throws QueueUnavailableError once the time is over
 */
export function boundedBy(limitMs: number): Bounded {
  return (what, ask) =>
    new Promise((resolve, reject) => {
      const cancel = systemClock.setTimer(
        () => reject(new QueueUnavailableError(what, limitMs)),
        limitMs,
      );
      ask()
        .then(resolve, (error: unknown) => reject(error as Error))
        .finally(cancel);
    });
}

/** Waits for the end of something, or until the time is over. Tells whether it has ended. */
export function endsWithin(ending: Promise<unknown>, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = systemClock.setTimer(() => resolve(false), limitMs);
    void ending
      .catch(() => {})
      .then(() => {
        cancel();
        resolve(true);
      });
  });
}
