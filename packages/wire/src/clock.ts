/** Clock: the only reader of time here. It has the form of the kernel's, so that one fake clock drives both. */

/** Tells the time and wakes sleepers. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes backwards. For durations. */
  now(): number;
  /** Milliseconds since 1970 in UTC; may jump. For dates that people or other machines see. */
  wall(): number;
  /** Calls `run` once, `afterMs` from now. What it gives stops the timer. */
  setTimer(
    run: () => void,
    afterMs: number,
    options?: { readonly keepAlive?: boolean },
  ): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(run, afterMs, { keepAlive = true } = {}) {
    const timer = setTimeout(run, afterMs);
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
