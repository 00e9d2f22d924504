/** rateLimit: lets so many jobs of a key begin in a time, and puts the others off. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { rateLimit as limitOf } from '@interpose/resilience';
import { limitRule, type LimitRuleOptions, type LimitStore } from '@interpose/resilience/stores';
import { noteAttempt } from '../attempts.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { PostponedRefusal } from '../postponed-refusal.ts';

/** Options of `rateLimit`. */
export interface RateLimitOptions<C extends JobContext = JobContext> extends LimitRuleOptions {
  /** Which are counted together; `undefined` is not counted. @default those of one queue and name */
  readonly key?: (ctx: C) => string | undefined;
  /** Where counts are kept, for all workers that share it together. @default each worker counts for itself */
  readonly store?: LimitStore;
  /** What becomes of one too many: it is put off until there is room, or waits and keeps its place in the worker. @default 'postpone' */
  readonly whenFull?: 'postpone' | 'wait';
  /** The least that it is put off, so that many do not come back at one moment for nothing. @default 10 */
  readonly leastPostponeMs?: number;
}

const RULE = ['algorithm', 'limit', 'perMs', 'burst', 'segments'] as const;

/**
 * Lets so many jobs of a key begin in a time. What is one too many has not failed: it is put off until there is room and uses up no attempt,
 * or waits. For a whole queue the `limiter` of the worker does the same without handing the job out first.
 *
 * @throws TypeError or RangeError for options out of range; PostponedError when called
 * @example
 * pipeline<JobContext<Mail>, void>().use(
 *   rateLimit({ limit: 100, perMs: 60_000, key: (ctx: JobContext<Mail>) => ctx.data.customer }),
 * );
 */
export function rateLimit<C extends JobContext = JobContext>(
  options: RateLimitOptions<C>,
): JobMiddleware<C> {
  checkNames('rateLimit()', options, [...RULE, 'key', 'store', 'whenFull', 'leastPostponeMs']);
  const { key, store, whenFull = 'postpone' } = options;
  const rule = limitRule(options);
  const keyOf = key ?? (({ job }: C) => JSON.stringify([job.queue, job.name]));
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', key);
  if (whenFull !== 'postpone' && whenFull !== 'wait') {
    throw unexpected('whenFull', `'postpone' or 'wait'`, whenFull);
  }
  const leastMs = checkMs('leastPostponeMs', options.leastPostponeMs ?? 10, 1);
  const given = Object.fromEntries(
    RULE.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as unknown as LimitRuleOptions;
  const make = (clock: Clock) =>
    limitOf<C>({
      ...given,
      clock,
      key: keyOf,
      ...(store && { store }),
      ...(whenFull === 'wait' && { maxQueue: Number.MAX_SAFE_INTEGER }),
    });
  const refusal = new PostponedRefusal<C>(make, 'RATE_LIMITED', ({ retryAfterMs = 0 }) =>
    Math.max(leastMs, Math.ceil(retryAfterMs)),
  );
  return jobMiddleware<C>(
    {
      name: 'rateLimit',
      description: 'Lets so many jobs of a key begin in a time.',
      options: { ...rule, whenFull },
    },
    (ctx, next) => {
      noteAttempt(ctx);
      return refusal.run(ctx, next);
    },
  );
}
