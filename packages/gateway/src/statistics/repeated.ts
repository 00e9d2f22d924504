/** repeated: does something at intervals, and never begins again before it has ended. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';

/** What is done, and when. */
export interface Repeating {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly act: () => Awaitable<unknown>;
  /** Is told what it throws; it goes on all the same. */
  readonly onFailure: (error: unknown) => void;
}

/** Begins, for the first time after one interval. Gives what ends it. Alone it keeps no process running. */
export function repeated({ clock, intervalMs, act, onFailure }: Repeating): () => void {
  let isStopped = false;
  let cancel = (): void => {};
  const arm = (): void => {
    if (!isStopped) cancel = clock.setTimer(run, intervalMs, { keepAlive: false });
  };
  const fail = (error: unknown): void => {
    onFailure(error);
    arm();
  };
  const run = (): void => {
    try {
      const done = act();
      if (isThenable(done)) done.then(arm, fail);
      else arm();
    } catch (error) {
      fail(error);
    }
  };
  arm();
  return () => {
    isStopped = true;
    cancel();
  };
}
