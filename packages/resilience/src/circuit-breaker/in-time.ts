/** inTime: asks something that may answer now, later, never or wrongly, and waits only so long. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';

/** How long to wait, and who is told. One of the two is called, once. */
export interface InTimeOptions<T> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Takes the answer. If it throws, the answer was none, and `failed` is called after all. */
  answered(answer: T): void;
  failed(error: unknown): void;
}

/** Asks. Gives back how to stop waiting; then nobody is told. Waiting does not keep the process alive. */
export function inTime<T>(act: () => Awaitable<T>, options: InTimeOptions<T>): () => void {
  const { clock, timeoutMs, failed } = options;
  const take = (answer: T): void => {
    try {
      options.answered(answer);
    } catch (error) {
      failed(error);
    }
  };
  let asked: Awaitable<T>;
  try {
    asked = act();
  } catch (error) {
    failed(error);
    return nothing;
  }
  if (!isThenable(asked)) {
    take(asked);
    return nothing;
  }
  let over = false;
  const cancel = clock.setTimer(() => end(() => failed(late(timeoutMs))), timeoutMs, {
    keepAlive: false,
  });
  const end = (tell: () => void): void => {
    if (over) return;
    over = true;
    cancel();
    tell();
  };
  (asked as PromiseLike<T>).then(
    (answer) => end(() => take(answer)),
    (error: unknown) => end(() => failed(error)),
  );
  return () => end(nothing);
}

const nothing = (): void => {};

const late = (timeoutMs: number): Error => new Error(`There was no answer within ${timeoutMs} ms.`);
