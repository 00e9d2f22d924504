/** Results that go on after they were returned: async iterables and streams count as running until they end. */
import type { Ending, StreamEnd } from './ending.ts';
import { isStream, untilEnd, watchEnd } from './stream-end.ts';
import { reportFailure } from './unharmed.ts';

export { type StreamEnd, untilEnd };

/**
 * Calls `ended` once: when a stream or an async iterable has ended, failed or been given up; for any other result at
 * once. Gives back what is to be handed on, which for a `ReadableStream` is another stream with the same contents.
 */
export function whenEnded<R>(result: R, ended: () => void): R {
  if (isStream(result)) return watchEnd(result, anyEnd(ended)) as R & object;
  ended();
  return result;
}

/** However it ends. Nobody waits for what is made of it. */
function anyEnd(ended: () => void): Ending {
  let told = false;
  const once = (): void => {
    if (told) return;
    told = true;
    ended();
  };
  return {
    ended: once,
    failed: once,
    // What goes on after it was given up still holds what it has.
    left: (said) => ((said as { done?: boolean } | undefined)?.done === false ? undefined : once()),
    unheard: reportFailure,
  };
}
