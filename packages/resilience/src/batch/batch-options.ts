/** What a batch may be told, and the check that it makes sense. */
import type { Awaitable } from '@interpose/kernel';
import { checkMs, checkWhole, unexpected } from '@interpose/kernel/options';
import type { BatchContext } from './batch-run.ts';
import { checkFunction, type PolicyOptions } from '../policy.ts';

/**
 * Options of `batch`.
 *
 * @typeParam C what the functions need of the context
 * @typeParam I an item
 * @typeParam R the result for an item
 */
export interface BatchOptions<C = unknown, I = C, R = unknown> extends PolicyOptions {
  /**
   * Serves many calls at once. It is given their items in the order in which the calls came, and gives a list with one result for each,
   * in that order. A result that is an `Error` is the failure of that one call; what it throws is the failure of all.
   */
  readonly execute: (
    items: readonly I[],
    context: BatchContext,
  ) => Awaitable<readonly (Awaitable<R> | Error)[]>;
  /** What `execute` is given for a call. @default the context itself */
  readonly item?: (ctx: C) => I;
  /**
   * Says which calls may be served together: those with the same key. With `undefined` the call is not batched and runs the rest.
   * @default all calls together
   */
  readonly key?: (ctx: C) => string | undefined;
  /** A batch that has so many calls is sent at once. @default 100 */
  readonly maxBatchSize?: number;
  /**
   * How long a batch waits for more calls, in milliseconds from its first one. 0 means to the end of the turn: until everything that needs
   * no time has run. @default 0
   */
  readonly windowMs?: number;
  /** How many callers may wait for an answer at a time, those included whose batch is on its way. @default Infinity */
  readonly maxPending?: number;
}

/** Options with their defaults. */
export interface BatchSettings {
  readonly execute: (items: readonly never[], context: BatchContext) => unknown;
  readonly item: ((ctx: never) => unknown) | undefined;
  readonly key: ((ctx: never) => unknown) | undefined;
  readonly maxBatchSize: number;
  readonly windowMs: number;
  readonly maxPending: number;
}

/** Names of the options, beside those of every policy. */
export const BATCH_OPTIONS: readonly Exclude<keyof BatchOptions, keyof PolicyOptions>[] = [
  'execute',
  'item',
  'key',
  'maxBatchSize',
  'windowMs',
  'maxPending',
];

/** Ten calls at most, and a tenth of a second: for calls that come from many places rather than from one turn. */
export const smallBatch: { readonly maxBatchSize: number; readonly windowMs: number } = {
  maxBatchSize: 10,
  windowMs: 100,
};

/**
 * Checks options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function batchSettings<C, I, R>(options: BatchOptions<C, I, R>): BatchSettings {
  const { execute, item, key, maxPending = Infinity } = options;
  if (execute === undefined) throw unexpected('execute', 'a function', execute);
  checkFunction('execute', execute);
  checkFunction('item', item);
  checkFunction('key', key);
  return {
    execute,
    item,
    key,
    maxBatchSize: checkWhole('maxBatchSize', options.maxBatchSize ?? 100, 1),
    windowMs: checkMs('windowMs', options.windowMs ?? 0),
    maxPending: maxPending === Infinity ? maxPending : checkWhole('maxPending', maxPending, 1),
  };
}
