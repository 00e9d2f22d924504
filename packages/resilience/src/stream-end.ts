/** Tells how a stream or async iterable has ended, and lets its reader wait until that has been dealt with. */
import { isThenable } from '@interpose/kernel';

/** What to do when a stream is over: one of the three, once. Where a promise comes back, the reader waits for it. */
export interface StreamEnd {
  /** All of it has been read. What this throws, the reader gets. */
  ended(): unknown;
  /** It failed. */
  failed(error: unknown): unknown;
  /** The reader has given up before the end. */
  left(): unknown;
  /** Takes what `ended` has thrown where no reader can be told any more. @default dropped */
  unheard?(error: unknown): void;
}

type Step = (...args: unknown[]) => unknown;
type Steps = Partial<Record<'next' | 'return' | 'throw', Step>>;
interface NodeStream {
  readonly pipe?: unknown;
  readonly closed?: boolean;
  readonly errored?: unknown;
  readonly readableEnded?: boolean;
  once?(event: string, listener: () => void): void;
}

/** How many wait for an iterable that nobody has opened yet. */
const WAITING = new WeakMap<object, number>();
/** An iterable that is given out again and again and never read must not collect more than these. */
const MOST_WAITING = 100;

/**
 * Watches a result to its end and gives back what is to be handed on: the same object, or for a `ReadableStream` another one with the same
 * contents. A result that is no stream, or cannot be watched, has ended at once.
 */
export function untilEnd(result: unknown, end: StreamEnd): unknown {
  const over = onlyOnce(end);
  if (typeof result !== 'object' || result === null) return after(over.ended(), result);
  if (result instanceof ReadableStream) {
    return result.locked ? after(over.ended(), result) : readThrough(result, over);
  }
  if (isNodeStream(result)) return watchClosing(result, over);
  if (!(Symbol.asyncIterator in result)) return after(over.ended(), result);
  const watched =
    'next' in result
      ? watchSteps(result as Steps, over)
      : watchOpening(result as AsyncIterable<unknown>, over);
  return watched ? result : after(over.ended(), result);
}

/** Whoever ends first decides; all others wait for the same. */
function onlyOnce(end: StreamEnd): Required<StreamEnd> {
  let isOver = false;
  let said: unknown;
  const once = (act: () => unknown): unknown => {
    if (isOver) return said;
    isOver = true;
    said = act();
    return said;
  };
  return {
    ended: () => once(() => end.ended()),
    failed: (error) => once(() => end.failed(error)),
    left: () => once(() => end.left()),
    unheard: (error) => end.unheard?.(error),
  };
}

const after = (said: unknown, value: unknown): unknown =>
  isThenable(said) ? said.then(() => value) : value;

function failedWith(error: unknown, over: Required<StreamEnd>): unknown {
  const said = over.failed(error);
  if (!isThenable(said)) throw error;
  return said.then(() => {
    throw error;
  });
}

/** The iterator keeps its identity: those further out may have been promised this very object. */
function watchSteps(steps: Steps, over: Required<StreamEnd>): boolean {
  const around =
    (step: Step, look: (taken: unknown) => unknown): Step =>
    (...args) => {
      let taken: unknown;
      try {
        taken = step.apply(steps, args);
      } catch (error) {
        return failedWith(error, over);
      }
      return isThenable(taken)
        ? taken.then(look, (error: unknown) => failedWith(error, over))
        : look(taken);
    };
  const look = (taken: unknown): unknown =>
    (taken as IteratorResult<unknown> | undefined)?.done ? after(over.ended(), taken) : taken;
  const left = (taken: unknown): unknown => after(over.left(), taken);
  const { next, return: leave, throw: raise } = steps;
  if (!next || !put(steps, 'next', around(next, look))) return false;
  // Where there is no way to give up, the reader would not say so.
  put(steps, 'return', around(leave ?? (async (value) => ({ done: true, value })), left));
  if (raise) put(steps, 'throw', around(raise, look));
  return true;
}

/** Watches the next iterator that is opened; from then on the iterable is as it was. */
function watchOpening(iterable: AsyncIterable<unknown>, over: Required<StreamEnd>): boolean {
  const waiting = WAITING.get(iterable) ?? 0;
  if (waiting >= MOST_WAITING) return false;
  const key: typeof Symbol.asyncIterator = Symbol.asyncIterator;
  const open = iterable[key];
  const own = Object.getOwnPropertyDescriptor(iterable, key);
  const watched = (): AsyncIterator<unknown> => {
    WAITING.delete(iterable);
    if (own) Object.defineProperty(iterable, key, own);
    else Reflect.deleteProperty(iterable, key);
    const iterator = open.call(iterable);
    watchSteps(iterator as Steps, over);
    return iterator;
  };
  if (!put(iterable, key, watched)) return false;
  WAITING.set(iterable, waiting + 1);
  return true;
}

/** Tells whether the object allows it. */
const put = (object: object, key: PropertyKey, value: unknown): boolean =>
  Reflect.defineProperty(object, key, { value, writable: true, configurable: true });

function isNodeStream(value: NodeStream): boolean {
  return value.pipe !== undefined && typeof value.once === 'function';
}

/** Says "close" once, which may have been before. To listen for errors would hide them from their owner. */
function watchClosing(stream: NodeStream, over: Required<StreamEnd>): unknown {
  const act = async (): Promise<void> => {
    try {
      if (stream.errored) await over.failed(stream.errored);
      else if (stream.readableEnded ?? true) await over.ended();
      else await over.left();
    } catch (error) {
      over.unheard(error);
    }
  };
  const closed = (): void => void act();
  if (stream.closed) closed();
  else stream.once?.('close', closed);
  return stream;
}

/** A stream cannot be watched without reading it, so it is read through. Nothing is read before somebody asks. */
function readThrough(
  stream: ReadableStream<unknown>,
  over: Required<StreamEnd>,
): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        let taken: ReadableStreamReadResult<unknown>;
        try {
          taken = await reader.read();
        } catch (error) {
          await over.failed(error);
          return controller.error(error);
        }
        if (!taken.done) return controller.enqueue(taken.value);
        // What this throws becomes the error of the stream.
        await over.ended();
        controller.close();
      },
      async cancel(reason) {
        await reader.cancel(reason);
        await over.left();
      },
    },
    { highWaterMark: 0 },
  );
}
