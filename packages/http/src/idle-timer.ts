/** Ends what has paused for too long, with one timer however often it is told to wait. */
import type { CancelTimer, Clock } from '@interpose/kernel';

/** Watches a wait that comes and goes. */
export interface IdleTimer {
  /** The wait begins, or begins anew. */
  wait(): void;
  /** What was waited for is there. */
  rest(): void;
  /** Lets go of the timer; nothing is called any more. */
  stop(): void;
}

/** An idle timer that calls `onIdle` once, when a single wait has lasted `afterMs`. */
export function idleTimer(clock: Clock, afterMs: number, onIdle: () => void): IdleTimer {
  let cancel: CancelTimer | undefined;
  let since: number | undefined;
  const arm = (ms: number): void => {
    cancel = clock.setTimer(check, ms, { keepAlive: false });
  };
  // The timer is left running while nothing waits: to arm one for every chunk would cost more than it saves.
  const check = (): void => {
    cancel = undefined;
    if (since === undefined) return;
    const left = since + afterMs - clock.now();
    if (left > 0) arm(left);
    else onIdle();
  };
  return {
    wait() {
      since = clock.now();
      if (!cancel) arm(afterMs);
    },
    rest() {
      since = undefined;
    },
    stop() {
      since = undefined;
      cancel?.();
      cancel = undefined;
    },
  };
}
