/** batch: many calls of one moment, one run. */
import type { AnsweringPolicy } from '../answering-policy.ts';
import { BATCH_OPTIONS, type BatchOptions, batchSettings } from './batch-options.ts';
import { type BatchEvents, Batching } from './batching.ts';
import { createPolicy } from '../policy.ts';

/** State of `batch`. */
export interface BatchState {
  /** How many callers wait for their batch to be sent. */
  readonly waiting: number;
  /** How many callers wait for an answer, those included. */
  readonly pending: number;
  /** How many batches are on their way for which somebody waits. */
  readonly running: number;
  /** How many batches go on although all their callers have left. */
  readonly abandoned: number;
  /** How many batches were sent since it was made or reset. */
  readonly batches: number;
  /** How many calls they had. */
  readonly calls: number;
}

/** A policy that answers many calls with one run of `execute`. A pipeline takes it only if it may answer `R`. */
export type Batch<C = unknown, I = C, R = unknown> = AnsweringPolicy<
  C,
  R,
  BatchOptions<C, I, R>,
  BatchState,
  BatchEvents
> & {
  /** Sends off at once what waits. Resolves when nobody waits for what is on its way. */
  flush(): Promise<void>;
  /** Sends off what waits and takes no more: later calls get a DisposedError. Resolves as `flush()` does. */
  close(): Promise<void>;
};

/**
 * Gathers calls for a moment and serves them together: `execute` is given all their items and answers each. It stands at the end of a
 * pipeline and answers in the place of what is behind it, which runs only for a call that has no key.
 *
 * @throws TypeError or RangeError for options out of range; BatchShapeError and LoadShedError when called
 * @example
 * const users = batch({
 *   item: ({ id }: Call) => id,
 *   execute: (ids, { signal }) => fetchUsers(ids, signal),   // one User, or one Error, for each id
 * });
 */
export function batch<C, I, R>(
  options: BatchOptions<C, I, R> & { readonly item: (ctx: C) => I },
): Batch<C, I, R>;
/** Without `item` the contexts themselves are the items. */
export function batch<C, R>(options: BatchOptions<C, C, R>): Batch<C, C, R>;
export function batch<C, I, R>(options: BatchOptions<C, I, R>): Batch<C, I, R> {
  let batching!: Batching;
  const policy = createPolicy<C, BatchOptions<C, I, R>, BatchState, BatchEvents>({
    policy: 'batch',
    description: 'Many calls of one moment, one run.',
    options,
    names: BATCH_OPTIONS,
    events: ['flushed', 'rejected', 'abandoned'],
    create: (base) => {
      batching = new Batching(base);
      return {
        stage: (rest) => (ctx, receiver) => batching.call(rest, ctx, receiver),
        apply(given) {
          batching.settings = batchSettings(given);
        },
        settings: () => batching.settings,
        state: () => ({ ...batching.counts, pending: batching.pending, ...batching.sums }),
        reset() {
          batching.sums = { batches: 0, calls: 0 };
        },
        dispose: (error) => batching.dispose(error),
      };
    },
  });
  return Object.assign(policy, {
    flush: () => batching.flush(),
    close() {
      const flushed = batching.flush();
      policy[Symbol.dispose]();
      return flushed;
    },
  });
}
