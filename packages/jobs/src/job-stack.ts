/** jobStack: the middleware of background jobs for production, each in its place. */
import {
  type AnyMiddleware,
  type Clock,
  compose,
  type ContextPolicy,
  define,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { retry } from '@interpose/resilience';
import type { Meter } from '@interpose/resilience/observing';
import type { LetterBox } from './dead-letters/letter-box.ts';
import type { JobContext } from './job-context.ts';
import { cpuLimit } from './limits/cpu-limit.ts';
import { memoryLimit } from './limits/memory-limit.ts';
import { alert, type AlertOptions } from './middleware/alert.ts';
import { deadLetter } from './middleware/dead-letter.ts';
import { jobMetrics } from './middleware/job-metrics.ts';
import { jobTimeout } from './middleware/job-timeout.ts';
import { jobTracking } from './middleware/job-tracking.ts';
import type { JobRecords } from './records/job-records.ts';

/** The parts of the stack, the outermost first. */
export const JOB_STACK = [
  'tracking',
  'metrics',
  'retry',
  'timeout',
  'memoryLimit',
  'cpuLimit',
  'deadLetter',
  'alert',
] as const;

/** The name of a part. */
export type JobStackPart = (typeof JOB_STACK)[number];

/** What stands in a place: a middleware or a policy that adds nothing to the context, or `false` for nobody. */
export type JobStackMember<C> = ContextPolicy<C> | false;

/** The parts, and what the default ones are made with. */
export interface JobStackParts<C extends JobContext = JobContext> extends Partial<
  Readonly<Record<JobStackPart, JobStackMember<C>>>
> {
  /** Where the default tracking writes. @default nowhere: nobody tracks */
  readonly records?: JobRecords;
  /** Where the default metrics count. @default nowhere: nobody counts */
  readonly meter?: Meter;
  /** Where the default dead letters are kept. @default nowhere: nobody keeps them */
  readonly letters?: LetterBox;
  /** Whom the default alert tells. @default nobody */
  readonly onFailure?: AlertOptions<C>['onFailure'];
  /** The clock of the default retry; the others have that of the worker. @default systemClock */
  readonly clock?: Clock;
}

/**
 * One middleware of eight: tracking, metrics · retry (three attempts, exponential pauses), timeout (five minutes an attempt) · memory
 * (1024 MB), processor (80 per cent) · dead letter, alert. The last two stand inside the retry and act once, when the job has failed for
 * good. Each part can be replaced, or left out with `false`.
 *
 * @throws TypeError for a part that is no middleware, or for options that are none
 * @example
 * const run = pipeline<JobContext<Mail>, void>()
 *   .use(jobStack({ records, meter, letters: deadLetters(driver), onFailure: ({ error }) => page(error.message) }))
 *   .handle(({ data, signal }) => send(data, { signal }));
 */
export function jobStack<C extends JobContext = JobContext>(
  parts: JobStackParts<C> = {},
): ContextPolicy<C> {
  checkNames('jobStack()', parts, [
    ...JOB_STACK,
    'records',
    'meter',
    'letters',
    'onFailure',
    'clock',
  ]);
  const members: JobStackParts<C> = { ...defaultsFor(parts), ...given(parts) };
  const stack = JOB_STACK.flatMap((name) => {
    const member = members[name];
    if (member === undefined || member === false) return [];
    if (typeof member !== 'function') throw unexpected(name, 'a middleware or false', member);
    return [member as AnyMiddleware];
  });
  return define(
    { name: 'jobStack', description: 'The middleware of background jobs, each in its place.' },
    compose(...(stack as [AnyMiddleware])),
  ) as never;
}

/** A part that is said to be nothing in particular is what it is by default. */
function given<C extends JobContext>(parts: JobStackParts<C>): JobStackParts<C> {
  return Object.fromEntries(Object.entries(parts).filter(([, member]) => member !== undefined));
}

function defaultsFor<C extends JobContext>(parts: JobStackParts<C>): JobStackParts<C> {
  const { records, meter, letters, onFailure, clock } = parts;
  return {
    tracking: records !== undefined && jobTracking({ records }),
    metrics: meter !== undefined && jobMetrics({ meter }),
    // How many run is for the worker to say; a share of them that may run again would leave some without their attempts.
    retry: retry({
      maxAttempts: 3,
      backoff: 'exponential',
      budget: false,
      ...(clock && { clock }),
    }),
    timeout: jobTimeout({ timeoutMs: 300_000 }),
    memoryLimit: memoryLimit({ maxMb: 1024 }),
    cpuLimit: cpuLimit({ maxPercent: 80 }),
    deadLetter: letters !== undefined && deadLetter({ letters }),
    alert: onFailure !== undefined && alert({ onFailure }),
  };
}
