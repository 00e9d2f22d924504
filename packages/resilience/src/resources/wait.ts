/** How callers wait for what others bring about: each may give up alone. */
import { onAbort, throwIfAborted } from '../scope.ts';

/** How to wait for a resource. */
export interface WaitOptions {
  /** Ends the wait, with its own reason; the work goes on for those who still wait, or come later. */
  readonly signal?: AbortSignal | undefined;
  /** The context of the call it is for: when that call is given up, so is the wait. It has a signal made by nobody. */
  readonly within?: unknown;
}

/** What can end a wait: the context of a call, or options with a signal. */
export function endOfWait(options: WaitOptions): unknown {
  return options.within ?? options;
}

/**
 * Waits for a promise, in the same turn no longer once the caller gives up. The promise counts as observed.
 *
 * @throws the reason of whoever gave up
 */
export function unlessAborted<T>(promise: Promise<T>, end: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    throwIfAborted(end);
    const leave = onAbort(end, reject);
    promise.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}
