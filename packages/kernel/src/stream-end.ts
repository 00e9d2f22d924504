/** Tells how a stream or async iterable has ended, and lets its reader wait until that has been dealt with. */
import { after, type Ending, failedWith, onlyOnce, type StreamEnd, unwaited } from './ending.ts';
import { isThenable } from './middleware.ts';

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
  return isStream(result) ? watchEnd(result, onlyOnce(end)) : after(end.ended(), result);
}

/** True for whatever goes on after it was returned. */
export function isStream(result: unknown): result is object {
  return (
    typeof result === 'object' &&
    result !== null &&
    (Symbol.asyncIterator in result || result instanceof ReadableStream || isNodeStream(result))
  );
}

/** Watches a stream of any kind; gives back what is to be handed on. */
export function watchEnd(stream: object, over: Ending): unknown {
  if (stream instanceof ReadableStream) {
    return stream.locked ? after(over.ended(), stream) : readThrough(stream, over);
  }
  if (isNodeStream(stream)) return watchClosing(stream, over);
  const watched =
    'next' in stream
      ? watchSteps(stream as Steps, over)
      : watchOpening(stream as AsyncIterable<unknown>, over);
  return watched ? stream : after(over.ended(), stream);
}

/** The iterator keeps its identity: those further out may have been promised this very object. */
function watchSteps(steps: Steps, over: Ending): boolean {
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
  const left = (taken: unknown): unknown => after(over.left(taken), taken);
  const { next, return: leave, throw: raise } = steps;
  if (!next || !put(steps, 'next', around(next, look))) return false;
  // Where there is no way to give up, the reader would not say so.
  put(steps, 'return', around(leave ?? (async (value) => ({ done: true, value })), left));
  if (raise) put(steps, 'throw', around(raise, look));
  return true;
}

/** Watches the next iterator that is opened; from then on the iterable is as it was. */
function watchOpening(iterable: AsyncIterable<unknown>, over: Ending): boolean {
  const waiting = WAITING.get(iterable) ?? 0;
  if (waiting >= MOST_WAITING) return false;
  const key: typeof Symbol.asyncIterator = Symbol.asyncIterator;
  const open = iterable[key];
  const own = Object.getOwnPropertyDescriptor(iterable, key);
  const watched = (): AsyncIterator<unknown> => {
    WAITING.delete(iterable);
    if (own) Object.defineProperty(iterable, key, own);
    else Reflect.deleteProperty(iterable, key);
    let iterator: AsyncIterator<unknown>;
    try {
      iterator = open.call(iterable);
    } catch (error) {
      unwaited(() => over.failed(error), over);
      throw error;
    }
    if (!watchSteps(iterator as Steps, over)) unwaited(() => over.ended(), over);
    return iterator;
  };
  if (!put(iterable, key, watched)) return false;
  WAITING.set(iterable, waiting + 1);
  return true;
}

/** Tells whether the object allows it. */
const put = (object: object, key: PropertyKey, value: unknown): boolean =>
  Reflect.defineProperty(object, key, { value, writable: true, configurable: true });

const isNodeStream = (value: NodeStream): boolean =>
  value.pipe !== undefined && typeof value.once === 'function';

/** Says "close" once, which may have been before. To listen for errors would hide them from their owner. */
function watchClosing(stream: NodeStream, over: Ending): unknown {
  const tell = (): unknown => {
    if (stream.errored) return over.failed(stream.errored);
    return (stream.readableEnded ?? true) ? over.ended() : over.left();
  };
  const closed = (): void => unwaited(tell, over);
  if (stream.closed) closed();
  else stream.once?.('close', closed);
  return stream;
}

/** A stream cannot be watched without reading it, so it is read through. Nothing is read before somebody asks. */
function readThrough(stream: ReadableStream<unknown>, over: Ending): ReadableStream<unknown> {
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
        try {
          await reader.cancel(reason);
        } finally {
          await over.left();
        }
      },
    },
    { highWaterMark: 0 },
  );
}
