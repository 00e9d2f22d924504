/** adaptiveLimit: finds by itself how many may run at once. */
import { createPolicy, type ResiliencePolicy } from '../policy.ts';
import { SLOT_OPTIONS } from '../bulkhead/slot-options.ts';
import type { SlotState } from '../bulkhead/slots.ts';
import type { Stage, Start } from '../stage.ts';
import { TUNING_OPTIONS } from './limit-tuning.ts';
import { type AdaptiveLimitEvents, type AdaptiveLimitOptions, Limiter } from './limiter.ts';
import { SampledRun } from './sampled-run.ts';

/** State of `adaptiveLimit`. */
export interface AdaptiveLimitState extends SlotState {
  /** How many may run at once, as of now. */
  readonly limit: number;
}

/** An adaptive limit. */
export type AdaptiveLimit<C = unknown> = ResiliencePolicy<
  C,
  AdaptiveLimitOptions<C>,
  AdaptiveLimitState,
  AdaptiveLimitEvents
>;

/**
 * A bulkhead that finds its limit by itself: it lets more run at once while that makes nothing slower, and fewer when runs become slower
 * or time out. Calls above the limit are refused.
 *
 * @throws TypeError or RangeError for options out of range; LoadShedError or QueueTimeoutError when called
 * @example
 * const serve = pipeline<Call, Row[]>().use(adaptiveLimit({ max: 100 })).handle(({ sql }) => database.query(sql));
 */
export function adaptiveLimit<C = unknown>(
  options: AdaptiveLimitOptions<C> = {},
): AdaptiveLimit<C> {
  return createPolicy({
    policy: 'adaptiveLimit',
    description: 'Finds by itself how many may run at once.',
    follows: true,
    options,
    names: [...TUNING_OPTIONS, ...SLOT_OPTIONS, 'classify'],
    fixed: ['algorithm', 'order'],
    events: ['queued', 'dequeued', 'rejected', 'limitChanged'],
    create: (base) => {
      const limiter = new Limiter<C>(base, options);
      return {
        stage: stageOf(limiter),
        apply: (given) => limiter.apply(given),
        settings: () => limiter.settings(),
        state: () => ({ ...limiter.slots.state(), limit: limiter.slots.limit }),
        reset: () => limiter.reset(),
        dispose: (error) => limiter.slots.dispose(error),
      };
    },
  });
}

function stageOf<C>(limiter: Limiter<C>): Stage {
  const { slots } = limiter;
  return (rest) => {
    const begin: Start = (ctx: C, outer) => rest(ctx, new SampledRun(outer, limiter, ctx));
    return (ctx, outer) => {
      if (slots.take()) begin(ctx, outer);
      else slots.wait({ ctx, outer, begin });
    };
  };
}
