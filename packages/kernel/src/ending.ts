/** What is told of the end of a stream: once, and in time for its reader to wait. */
import { isThenable } from './middleware.ts';
import { unharmed } from './unharmed.ts';

/** What to do when a stream is over: one of the three, once. Where a promise comes back, the reader waits for it. */
export interface StreamEnd {
  /** All of it has been read. What this throws, the reader gets. */
  ended(): unknown;
  /** It failed. */
  failed(error: unknown): unknown;
  /** The reader has given up before the end. */
  left(): unknown;
  /** Takes what these throw where no reader can be told any more. @default dropped */
  unheard?(error: unknown): void;
}

/** Takes in what readers and streams do. It may be told several times, and must not act more than once. */
export interface Ending {
  ended(): unknown;
  failed(error: unknown): unknown;
  /** Told what the iterator has said to being given up. */
  left(said?: unknown): unknown;
  unheard(error: unknown): void;
}

/** Whoever ends first decides; all others wait for the same. */
export function onlyOnce(end: StreamEnd): Ending {
  let isOver = false;
  let said: unknown;
  const once = (act: () => unknown): unknown => {
    if (isOver) return said;
    isOver = true;
    return (said = act());
  };
  return {
    ended: () => once(() => end.ended()),
    failed: (error) => once(() => end.failed(error)),
    left: () => once(() => end.left()),
    unheard: (error) => end.unheard?.(error),
  };
}

/** The value, once what was said is over. */
export const after = (said: unknown, value: unknown): unknown =>
  isThenable(said) ? said.then(() => value) : value;

/** Hands on the error of a stream, once that has been dealt with. */
export function failedWith(error: unknown, over: Ending): unknown {
  const said = over.failed(error);
  if (!isThenable(said)) throw error;
  return said.then(() => {
    throw error;
  });
}

/** Nobody can wait for it here, and nobody is told if it fails. */
export const unwaited = (tell: () => unknown, over: Ending): void =>
  unharmed(tell, (error) => over.unheard(error));
