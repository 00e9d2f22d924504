/** Waits for something that goes on without whoever waits for it. */

/** Waits for it, or until the signal aborts: then `leave` is called, and the reason of the signal thrown. */
export function untilGone<T>(work: Promise<T>, signal: AbortSignal, leave: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      leave();
      reject(signal.reason as Error);
    };
    const over = (): void => signal.removeEventListener('abort', gone);
    signal.addEventListener('abort', gone, { once: true });
    work.then(resolve, reject).finally(over);
    if (signal.aborted) gone();
  });
}
