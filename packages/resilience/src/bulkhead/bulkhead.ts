/** bulkhead: caps how many run at once. */
import { checkWhole } from '@interpose/kernel/options';
import { BulkheadFullError } from '../errors.ts';
import { HeldRun } from './held-run.ts';
import { createPolicy, type ResiliencePolicy } from '../policy.ts';
import { SLOT_OPTIONS, type SlotOptions, slotRules } from './slot-options.ts';
import { Slots, type SlotState } from './slots.ts';
import type { Stage, Start } from '../stage.ts';
import type { SlotEvents } from './waiter.ts';

/** Options of `bulkhead`. */
export interface BulkheadOptions<C = unknown> extends SlotOptions<C> {
  /** How many may run at once. @default 10 */
  readonly maxConcurrent?: number;
}

/** Events of `bulkhead`. */
export type BulkheadEvents = SlotEvents;

/** State of `bulkhead`. */
export type BulkheadState = SlotState;

/** A bulkhead. */
export type Bulkhead<C = unknown> = ResiliencePolicy<
  C,
  BulkheadOptions<C>,
  BulkheadState,
  BulkheadEvents
>;

/**
 * Caps how many run at once; who comes when all slots are taken waits in a queue, or is refused if that is full, too. A slot is held until
 * what runs in it has really ended, even if whoever called has been sent away long since.
 *
 * @throws TypeError or RangeError for options out of range; BulkheadFullError or QueueTimeoutError when called
 * @example
 * const serve = pipeline<Call, Row[]>().use(bulkhead({ maxConcurrent: 5, maxQueue: 20 })).handle(({ sql }) => database.query(sql));
 */
export function bulkhead<C = unknown>(options: BulkheadOptions<C> = {}): Bulkhead<C> {
  return createPolicy({
    policy: 'bulkhead',
    description: 'Caps how many run at once.',
    follows: true,
    options,
    names: ['maxConcurrent', ...SLOT_OPTIONS],
    fixed: ['order'],
    events: ['queued', 'dequeued', 'rejected'],
    create: (base) => {
      let rules = slotRules(options);
      const slots: Slots<C> = new Slots(
        base,
        rules,
        () => new BulkheadFullError(base.name, slots.limit, rules.maxQueue),
      );
      return {
        stage: stageOf(slots),
        apply(given) {
          const { maxConcurrent = 10 } = given;
          checkWhole('maxConcurrent', maxConcurrent, 1);
          rules = slotRules(given);
          slots.change(rules);
          slots.limit = maxConcurrent;
        },
        settings: () => ({ maxConcurrent: slots.limit, ...rules }),
        state: () => slots.state(),
        reset: () => slots.reset(),
        dispose: (error) => slots.dispose(error),
      };
    },
  });
}

function stageOf<C>(slots: Slots<C>): Stage {
  return (rest) => {
    const begin: Start = (ctx, outer) => rest(ctx, new HeldRun(outer, slots));
    return (ctx, outer) => {
      if (slots.take()) begin(ctx, outer);
      else slots.wait({ ctx, outer, begin });
    };
  };
}
