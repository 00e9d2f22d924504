/** timeout: ends a run that takes too long. */
import { Deadlines } from '../deadlines.ts';
import { createPolicy, type ResiliencePolicy } from '../policy.ts';
import { endOf, scoped, Scope } from '../scope.ts';
import type { Stage } from '../stage.ts';
import {
  TimeLimit,
  type TimeoutEvents,
  type TimeoutOptions,
  type TimeoutState,
} from './time-limit.ts';
import { TimedRun } from './timed-run.ts';

/** A timeout. */
export type Timeout<C = unknown> = ResiliencePolicy<
  C,
  TimeoutOptions<C>,
  TimeoutState,
  TimeoutEvents
>;

/**
 * Ends the rest after a time: aborts the signal on its context, and tells the caller at once, whether the rest heeds its signal or not.
 * If the caller gives up first, the caller gets its own reason. A rest that answers synchronously is never timed out.
 *
 * @throws TypeError or RangeError for options out of range; TimeoutError when called
 * @example
 * const serve = pipeline<Call, Response>().use(timeout({ timeoutMs: 2000 })).handle(({ url, signal }) => fetch(url, { signal }));
 */
export function timeout<C = unknown>(options: TimeoutOptions<C> = {}): Timeout<C> {
  return createPolicy({
    policy: 'timeout',
    description: 'Ends a run that takes too long.',
    options,
    names: ['timeoutMs', 'graceMs', 'stream'],
    events: ['timeout', 'abandoned'],
    create: (base) => {
      const limit = new TimeLimit<C>(base);
      return {
        stage: stageOf(limit),
        apply: (given) => limit.apply(given),
        settings: () => ({
          timeoutMs: limit.timeoutMs,
          graceMs: limit.graceMs,
          stream: limit.stream,
        }),
        state: () => ({ ...limit.counts }),
        reset() {
          limit.counts.timeouts = 0;
        },
      };
    },
  });
}

function stageOf<C>(limit: TimeLimit<C>): Stage {
  const { clock } = limit.base;
  return (rest) => (ctx: C, outer) => {
    const { timeoutMs, deadlines } = limit;
    let afterMs: number;
    if (typeof timeoutMs === 'number') afterMs = timeoutMs;
    else {
      try {
        afterMs = timeoutMs(ctx);
      } catch (error) {
        return outer.fail(error);
      }
      if (!(afterMs > 0 && afterMs < Infinity)) return rest(ctx, outer);
    }
    const dueMs = clock.now() + afterMs;
    const scope = rest.blind && !endOf(ctx) ? undefined : new Scope(ctx, { deadlineMs: dueMs });
    const run = new TimedRun({ outer, limit, scope, afterMs, dueMs });
    limit.counts.running++;
    rest(scope && !rest.blind ? scoped(ctx, scope) : ctx, run);
    if (run.isRunning) run.wait(deadlines ?? new Deadlines(clock));
  };
}
