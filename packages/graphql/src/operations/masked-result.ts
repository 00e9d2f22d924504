/** maskedResult: a result of GraphQL with its errors replaced, also one that comes in parts. */
import type { GraphQLError } from 'graphql';

/** Gives the error that may be seen. */
type Mask = (error: unknown) => GraphQLError;

/** Anything that may have errors: a result, or a part of one. */
interface Part {
  readonly errors?: unknown;
  readonly incremental?: unknown;
  readonly completed?: unknown;
  readonly initialResult?: unknown;
  readonly subsequentResults?: unknown;
}

/** The same result with each error masked. What has none is given back as it is. */
export function maskedResult<Result>(result: Result, mask: Mask): Result {
  if (typeof result !== 'object' || result === null) return result;
  if (Symbol.asyncIterator in result) {
    return maskedResults(result as AsyncIterable<unknown>, mask) as Result;
  }
  return maskedPart(result, mask);
}

function maskedPart<P extends Part>(part: P, mask: Mask): P {
  const { errors, incremental, completed, initialResult, subsequentResults } = part;
  const masked: Record<string, unknown> = {};
  if (Array.isArray(errors)) masked['errors'] = errors.map(mask);
  const inner = (one: unknown): unknown => maskedResult(one, mask);
  if (Array.isArray(incremental)) masked['incremental'] = incremental.map(inner);
  if (Array.isArray(completed)) masked['completed'] = completed.map(inner);
  if (initialResult) masked['initialResult'] = inner(initialResult);
  if (subsequentResults) masked['subsequentResults'] = inner(subsequentResults);
  return Object.keys(masked).length === 0 ? part : { ...part, ...masked };
}

/** An iterator that hands on whatever is asked of it. */
function maskedResults(results: AsyncIterable<unknown>, mask: Mask): AsyncGenerator {
  const source = results[Symbol.asyncIterator]();
  const passed = async (ask: () => Promise<IteratorResult<unknown>>) => {
    let given: IteratorResult<unknown>;
    try {
      given = await ask();
    } catch (error) {
      throw mask(error);
    }
    return given.done ? given : { done: false as const, value: maskedResult(given.value, mask) };
  };
  const end = async (value?: unknown): Promise<IteratorResult<unknown>> =>
    (await source.return?.(value)) ?? { done: true, value };
  return {
    next: async () => passed(async () => source.next()),
    return: async (value: unknown) => passed(async () => end(await value)),
    throw: async (error: unknown) =>
      passed(async () => {
        if (source.throw) return source.throw(error);
        await end();
        throw error;
      }),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}
