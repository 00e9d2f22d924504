/** Results that go on after they were returned: async iterables and streams count as running until they end. */
import { isThenable } from './middleware.ts';

type Step = (...args: unknown[]) => unknown;
type Steps = Partial<Record<'next' | 'return' | 'throw', Step>>;
interface NodeStream {
  readonly pipe?: unknown;
  readonly closed?: boolean;
  once?(event: string, listener: () => void): void;
}

/** Who waits for the end of an iterable that nobody has opened yet. */
const WAITING = new WeakMap<object, (() => void)[]>();
/** An iterable that is given out again and again and never read must not collect more than these. */
const MOST_WAITING = 100;

/**
 * Calls `ended` once: when a stream or an async iterable has ended, failed or been given up; for any other result at
 * once. Gives back what is to be handed on, which for a `ReadableStream` is another stream with the same contents.
 */
export function whenEnded<R>(result: R, ended: () => void): R {
  let told = false;
  const once = (): void => {
    if (told) return;
    told = true;
    ended();
  };
  if (typeof result !== 'object' || result === null) once();
  else if (result instanceof ReadableStream) return passed(result, once) as R;
  else if (isNodeStream(result)) whenClosed(result, once);
  else if (!(Symbol.asyncIterator in result)) once();
  else if ('next' in result) watchSteps(result as Steps, once);
  else watchIterators(result as AsyncIterable<unknown>, once);
  return result;
}

function isNodeStream(value: NodeStream): boolean {
  return value.pipe !== undefined && typeof value.once === 'function';
}

/** Says "close" once, which may have been before. */
function whenClosed(stream: NodeStream, ended: () => void): void {
  if (stream.closed) ended();
  else stream.once?.('close', ended);
}

/** The iterator keeps its identity: those further out may have been promised this very object. */
function watchSteps(steps: Steps, ended: () => void): void {
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = steps[name];
    if (!step) continue;
    const look = (taken: unknown): void => {
      if ((taken as { done?: boolean } | undefined)?.done ?? name === 'return') ended();
    };
    const watched: Step = (...args) => {
      try {
        const taken = step.apply(steps, args);
        if (isThenable(taken)) taken.then(look, ended);
        else look(taken);
        return taken;
      } catch (error) {
        ended();
        throw error;
      }
    };
    if (!put(steps, name, watched)) ended();
  }
}

/** Watches the next iterator that is opened, for all who wait; from then on the iterable is as it was. */
function watchIterators(iterable: AsyncIterable<unknown>, ended: () => void): void {
  const others = WAITING.get(iterable);
  if (others) {
    if (others.length < MOST_WAITING) others.push(ended);
    else ended();
    return;
  }
  const waiting = [ended];
  const key: typeof Symbol.asyncIterator = Symbol.asyncIterator;
  const open = iterable[key];
  const own = Object.getOwnPropertyDescriptor(iterable, key);
  const watched = (): AsyncIterator<unknown> => {
    WAITING.delete(iterable);
    if (own) Object.defineProperty(iterable, key, own);
    else Reflect.deleteProperty(iterable, key);
    const iterator = open.call(iterable);
    watchSteps(iterator as Steps, () => {
      for (const one of waiting.splice(0)) one();
    });
    return iterator;
  };
  if (put(iterable, key, watched)) WAITING.set(iterable, waiting);
  else ended();
}

/** Tells whether the object allows it. */
const put = (object: object, key: PropertyKey, value: unknown): boolean =>
  Reflect.defineProperty(object, key, { value, writable: true, configurable: true });

/** A stream cannot be watched without reading it, so it is read through. Nothing is read before somebody asks. */
function passed(stream: ReadableStream<unknown>, ended: () => void): ReadableStream<unknown> {
  if (stream.locked) {
    // Somebody else reads it.
    ended();
    return stream;
  }
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        ended();
      },
      async cancel(reason) {
        ended();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
