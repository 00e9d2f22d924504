/** The end of a call, for those who must clean up after it. */
import { isThenable } from '@interpose/kernel';
import { whenEnded } from '@interpose/kernel/when-ended';
import { endOf, onAbort } from '../scope.ts';

/** Cleans up; gives a promise only if there is something to wait for. `abandoned`: the caller left while a stream was open. */
export type CleanUp = (abandoned: boolean) => Promise<void> | undefined;

/**
 * Runs something and cleans up when it has really ended, however it ends. A stream ends when it is read to its end, given
 * up or failed, or when the caller gives up: nobody may ever read it then.
 */
export function untilEnd<R>(ctx: unknown, run: () => R, cleanUp: CleanUp): R {
  const fail = (failure: unknown): never => {
    const cleaning = cleanUp(false);
    if (!cleaning) throw failure;
    return cleaning.then(() => Promise.reject(failure)) as never;
  };
  let result: R;
  try {
    result = run();
  } catch (error) {
    return fail(error);
  }
  const finish = (value: unknown): unknown => finished(ctx, value, cleanUp);
  return (isThenable(result) ? result.then(finish, fail) : finish(result)) as R;
}

function finished(ctx: unknown, value: unknown, cleanUp: CleanUp): unknown {
  let over = false;
  let cleaning: Promise<void> | undefined;
  let stopListening: (() => void) | undefined;
  const end = (abandoned: boolean): void => {
    if (over) return;
    over = true;
    stopListening?.();
    cleaning = cleanUp(abandoned);
  };
  const handed = whenEnded(value, () => end(false));
  // At the end of a stream nobody is there any more to wait.
  if (cleaning) return (cleaning as Promise<void>).then(() => handed);
  if (over) return handed;
  if (endOf(ctx)?.aborted) end(true);
  else stopListening = onAbort(ctx, () => end(true));
  return handed;
}
