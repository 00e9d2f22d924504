/** Clock: the only reader of time. */
import { unexpected } from './option.ts';

/** Stops a timer; a second call does nothing. */
export interface CancelTimer {
  (): void;
  /**
   * Says from now on whether the timer alone keeps the process running. A clock may leave it out; whoever wants to let go of a timer for a
   * while must then stop it.
   */
  readonly hold?: (keepAlive: boolean) => void;
}

/** Tells the time and wakes sleepers. Everything that is timed takes one as an option. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes backwards. For durations. */
  now(): number;
  /** Milliseconds since 1970 in UTC; may jump. For dates that people or other machines see. */
  wall(): number;
  /**
   * Calls `run` once, `afterMs` from now. Delays of any length are kept; `Infinity` never comes, and what is past is due
   * at once.
   */
  setTimer(run: () => void, afterMs: number, options?: TimerOptions): CancelTimer;
}

/** How a timer behaves. */
export interface TimerOptions {
  /** Whether the timer alone keeps the process running; say `false` for housekeeping. @default true */
  readonly keepAlive?: boolean;
}

/** The longest delay that a platform timer takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Who is told of a time so much too late was not told because the whole process stood still. */
const STILL_MS = 50;

/** On Node the global is looked up anew each time, which takes a fifth of the time that it takes to read the clock. */
const { performance } = globalThis;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(run, afterMs, { keepAlive = true } = {}) {
    // A platform's timer would take what is no number for "at once".
    if (typeof afterMs !== 'number' || Number.isNaN(afterMs)) {
      throw unexpected('afterMs', 'a number of milliseconds', afterMs);
    }
    let left = afterMs;
    let held = keepAlive;
    let dueMs = 0;
    let timer: Holdable | undefined;
    const arm = (): void => {
      if (left === Infinity) return;
      const step = Math.min(left, LONGEST_MS);
      left -= step;
      dueMs = performance.now() + step;
      timer = setTimeout(ring, step) as unknown as Holdable;
      if (!held) timer.unref?.();
    };
    const ring = (): void => {
      if (left > 0) return arm();
      if (performance.now() - dueMs <= STILL_MS) return run();
      // What came while the process stood still has its turn between two rounds of timers, and may stop this one.
      arm();
      dueMs = Infinity;
    };
    const hold = (keep: boolean): void => {
      held = keep;
      if (keep) timer?.ref?.();
      else timer?.unref?.();
    };
    arm();
    return Object.assign(() => clearTimeout(timer as unknown as number), { hold });
  },
};

/** Only Node's and Bun's timers hold a process; elsewhere there is nothing to let go of. */
interface Holdable {
  ref?(): void;
  unref?(): void;
}

/**
 * Waits. Ends early with the signal's own reason when it aborts.
 *
 * @throws the signal's reason
 */
export function sleep(
  afterMs: number,
  {
    clock = systemClock,
    signal,
  }: { readonly clock?: Clock; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return void reject(signal.reason);
    const cancel = clock.setTimer(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, afterMs);
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
