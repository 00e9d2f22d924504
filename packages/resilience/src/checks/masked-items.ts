/** maskedItems: a stream each item of which is masked when it is read. */
import { unharmed } from '@interpose/kernel/unharmed';
import { ConfigurationError } from '../boundary/errors.ts';
import type { Masking } from './masked-copy.ts';

type Step = (...args: unknown[]) => unknown;
type Steps = Partial<Record<'next' | 'return' | 'throw', Step>>;

/**
 * What is to be handed on in the place of a stream; anything else is masked as it is.
 *
 * @throws ConfigurationError for a stream of Node that carries objects
 */
export function maskedItems(result: unknown, mask: Masking): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (result instanceof ReadableStream) return result.locked ? result : readMasked(result, mask);
  if (!(Symbol.asyncIterator in result)) return mask(result);
  if ('pipe' in result) return bytesOnly(result);
  if ('next' in result) return maskedSteps(result as Steps, mask);
  const items = result as AsyncIterable<unknown>;
  return {
    [Symbol.asyncIterator]: () => maskedSteps(items[Symbol.asyncIterator]() as Steps, mask),
  };
}

function bytesOnly(stream: object): object {
  if (!(stream as { readonly readableObjectMode?: boolean }).readableObjectMode) return stream;
  throw new ConfigurationError(
    'Cannot mask what is in a stream of Node; hand on an async iterable.',
  );
}

/** Whoever gives up the masked ones gives up those behind them. */
function maskedSteps(steps: Steps, mask: Masking): object {
  const around =
    (step: Step): Step =>
    async (...args) => {
      const { done, value } = (await step.apply(steps, args)) as IteratorResult<unknown>;
      try {
        return { done, value: mask(value) };
      } catch (error) {
        unharmed(() => steps.return?.());
        throw error;
      }
    };
  const { next, return: leave, throw: raise } = steps;
  return {
    ...(next && { next: around(next) }),
    ...(leave && { return: around(leave) }),
    ...(raise && { throw: around(raise) }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Nothing is read before somebody asks. */
function readMasked(stream: ReadableStream<unknown>, mask: Masking): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        try {
          controller.enqueue(mask(value));
        } catch (error) {
          unharmed(() => reader.cancel(error));
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
