/** whenDone: looks on how a resolver ends, and leaves its result and its time as they are. */
import { isThenable } from '@interpose/kernel';

/** Runs a resolver and tells how it ended. An error that it gives is as good as one that it throws. */
export function whenDone(run: () => unknown, done: (ok: boolean) => void): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    done(false);
    throw error;
  }
  if (!isThenable(result)) {
    done(!(result instanceof Error));
    return result;
  }
  return result.then(
    (value) => {
      done(!(value instanceof Error));
      return value;
    },
    (error: unknown) => {
      done(false);
      throw error;
    },
  );
}
