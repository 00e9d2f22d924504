/** Slot options: how calls wait for a slot, and how long they hold it. */
import { checkMs, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { PolicyOptions } from '../policy.ts';

/** Who goes on first of those who wait: who came first, who came last, or whom a function gives the smallest number. */
export type QueueOrder<C> = 'fifo' | 'lifo' | ((ctx: C) => number);

/** Options of every policy with slots. */
export interface SlotOptions<C> extends PolicyOptions {
  /** How many calls may wait when as many run as may. @default 0 */
  readonly maxQueue?: number;
  /** How long a call may wait, in milliseconds; `Infinity` for as long as it takes. @default Infinity */
  readonly queueTimeoutMs?: number;
  /**
   * Who goes on first of those who wait: who came first, who came last, or whom a function gives the smallest number (among equals, who
   * came first). It stays as it was made. @default 'fifo'
   */
  readonly order?: QueueOrder<C>;
  /** For a result that is a stream: whether it counts as running until its end or only until it is there. @default 'until-end' */
  readonly stream?: 'until-end' | 'until-first';
}

/** Slot options with their defaults. */
export interface SlotRules<C> {
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
  readonly order: QueueOrder<C>;
  readonly stream: 'until-end' | 'until-first';
}

/** Names of the options of every policy with slots. */
export const SLOT_OPTIONS = ['maxQueue', 'queueTimeoutMs', 'order', 'stream'] as const;

/**
 * Checks slot options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function slotRules<C>(options: SlotOptions<C>): SlotRules<C> {
  const { maxQueue = 0, queueTimeoutMs = Infinity, order = 'fifo', stream = 'until-end' } = options;
  checkWhole('maxQueue', maxQueue);
  if (queueTimeoutMs !== Infinity && checkMs('queueTimeoutMs', queueTimeoutMs) === 0) {
    throw outOfRange('queueTimeoutMs', 'a number of milliseconds above 0', queueTimeoutMs);
  }
  if (order !== 'fifo' && order !== 'lifo' && typeof order !== 'function') {
    throw unexpected('order', `'fifo', 'lifo' or a function`, order);
  }
  if (stream !== 'until-end' && stream !== 'until-first') {
    throw unexpected('stream', `'until-end' or 'until-first'`, stream);
  }
  for (const name of ['queueTimeoutMs', 'order'] as const) {
    // Without a queue nobody waits, which is hardly what is meant by saying how.
    if (options[name] !== undefined && options.maxQueue === undefined) {
      throw new TypeError(
        `\`${name}\` is for calls that wait; say with \`maxQueue\` how many may.`,
      );
    }
  }
  return { maxQueue, queueTimeoutMs, order, stream };
}
