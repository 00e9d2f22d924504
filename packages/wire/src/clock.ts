/** Clock: the only reader of time here. It has the form of the kernel's, so that one fake clock drives both. */

/** Tells the time and wakes sleepers. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes backwards. For durations. */
  now(): number;
  /** Milliseconds since 1970 in UTC; may jump. For dates that people or other machines see. */
  wall(): number;
  /** Calls `run` once, `afterMs` from now, however long that is; `Infinity` never comes. What it gives stops the timer. */
  setTimer(
    run: () => void,
    afterMs: number,
    options?: { readonly keepAlive?: boolean },
  ): () => void;
}

/** The longest delay that a timer of the platform takes; a longer one would be due at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Who is told of a time so much too late was not told because the whole process stood still. */
const STILL_MS = 50;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(run, afterMs, { keepAlive = true } = {}) {
    let leftMs = afterMs;
    let dueMs = 0;
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      if (leftMs === Infinity) return;
      const stepMs = Math.min(leftMs, LONGEST_MS);
      leftMs -= stepMs;
      dueMs = performance.now() + stepMs;
      timer = setTimeout(ring, stepMs);
      if (!keepAlive) timer.unref();
    };
    const ring = (): void => {
      if (leftMs > 0) return wait();
      if (performance.now() - dueMs <= STILL_MS) return run();
      // What came while the process stood still has its turn between two rounds of timers, and may stop this one.
      wait();
      dueMs = Infinity;
    };
    wait();
    return () => clearTimeout(timer);
  },
};
