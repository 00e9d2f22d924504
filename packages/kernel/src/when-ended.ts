/** Results that go on after they were returned: async iterables and streams count as running until they end. */

type Step = (...args: never[]) => Promise<IteratorResult<unknown>>;
type Steps = { next?: Step; return?: Step; throw?: Step };

/**
 * Calls `ended` once: when a stream or an async iterable has ended, failed or been given up; for any other result at
 * once. Gives back what is to be handed on, which for a `ReadableStream` is another stream with the same contents.
 */
export function whenEnded<R>(result: R, ended: () => void): R {
  let told = false;
  const once = (): void => {
    if (!told) ended();
    told = true;
  };
  if (typeof result !== 'object' || result === null) once();
  else if (result instanceof ReadableStream) return passed(result, once) as R;
  else if (isNodeStream(result)) result.once('close', once);
  else if (!(Symbol.asyncIterator in result)) once();
  else if ('next' in result) watchSteps(result as Steps, once);
  else watchIterators(result as AsyncIterable<unknown>, once);
  return result;
}

function isNodeStream(value: object): value is { once(event: string, listener: () => void): void } {
  return 'pipe' in value && typeof (value as { once?: unknown }).once === 'function';
}

/** The iterator keeps its identity: those further out may have been promised this very object. */
function watchSteps(steps: Steps, ended: () => void): void {
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = steps[name];
    if (!step) continue;
    steps[name] = (...args) => {
      const taken = step.apply(steps, args);
      taken.then(
        ({ done }) => {
          if (done ?? name === 'return') ended();
        },
        () => ended(),
      );
      return taken;
    };
  }
}

function watchIterators(iterable: AsyncIterable<unknown>, ended: () => void): void {
  const open = iterable[Symbol.asyncIterator].bind(iterable);
  iterable[Symbol.asyncIterator] = () => {
    const iterator = open();
    watchSteps(iterator as Steps, ended);
    return iterator;
  };
}

/** A stream cannot be watched without reading it, so it is read through. Nothing is read before somebody asks. */
function passed(stream: ReadableStream<unknown>, ended: () => void): ReadableStream<unknown> {
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
