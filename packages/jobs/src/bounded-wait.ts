/** settledWithin: waits for what must not keep a job waiting for ever. */
import type { Clock } from '@interpose/kernel';

/** Waits until it has settled or the time is up; tells whether it has settled. What it throws is thrown. */
export function settledWithin(
  work: PromiseLike<unknown>,
  afterMs: number,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(() => resolve(false), afterMs);
    work.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
