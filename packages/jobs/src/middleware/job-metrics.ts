/** jobMetrics: counts jobs by how they ended, and measures how long they waited and ran. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { Counter, Gauge, Histogram, Meter } from '@interpose/resilience/observing';
import { attemptsOf } from '../attempts.ts';
import type { JobContext, RunEnd } from '../job-context.ts';
import { endKey, type JobMiddleware, jobMiddleware } from '../job-middleware.ts';

/** Options of `jobMetrics`. */
export interface JobMetricsOptions {
  /** Where to count. */
  readonly meter: Meter;
  /** What the names of the metrics begin with. @default 'mware_' */
  readonly prefix?: string;
  /** The upper bounds of the buckets, in seconds. @default from 10 ms to an hour */
  readonly bucketsSeconds?: readonly number[];
  /** Is given what the meter throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** Names of jobs come from whoever adds them. */
const MOST_NAMES = 1000;
const OTHER = '_other';
const BUCKETS: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
const ENDS = ['completed', 'failed', 'retrying', 'postponed'] as const;

/** The figures of the jobs of one name in one queue. */
interface Figures {
  readonly ended: Readonly<Record<RunEnd['kind'], Counter>>;
  readonly attempts: Counter;
  readonly duration: Histogram;
  readonly waited: Histogram;
  readonly active: Gauge;
}

/**
 * Counts each run of a job under `mware_job_runs_total`, by queue, name and how it ended (`completed`, `failed` for good, `retrying`,
 * `postponed`); attempts, with those of a retry inside, under `mware_job_attempts_total`; how long runs took under
 * `mware_job_duration_seconds`; how long jobs waited for their first one beyond their delay under `mware_job_wait_seconds`; and how many
 * are under way under `mware_jobs_active`.
 *
 * @throws TypeError for options out of range, or names that the meter does not take
 * @example
 * const meter = metricsRegistry();
 * pipeline<JobContext, void>().use(jobMetrics({ meter }));
 */
export function jobMetrics(options: JobMetricsOptions): JobMiddleware {
  checkNames('jobMetrics()', options, ['meter', 'prefix', 'bucketsSeconds', 'onFailure']);
  const { prefix = 'mware_', onFailure } = options;
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw unexpected('onFailure', 'a function', onFailure);
  }
  const figuresOf = instruments(options);
  const key = endKey('jobMetrics');
  const safely = (act: () => void): void => unharmed(act, onFailure ?? reportFailure);
  /** Inside a retry it is entered again and again by one run. */
  const underWay = new WeakSet<object>();
  return jobMiddleware(
    {
      name: 'jobMetrics',
      description: 'Counts jobs and measures how long they wait and run.',
      options: { prefix },
    },
    (ctx, next) => {
      if (underWay.has(ctx.job)) return next(ctx);
      underWay.add(ctx.job);
      safely(() => {
        const figures = figuresOf(ctx);
        const startedMs = ctx.clock.now();
        figures.active.add(1);
        if (ctx.attempt === 1 && !ctx.redelivered) figures.waited.record(waitedMs(ctx) / 1000);
        ctx.onEnd(key, ({ kind }) => {
          underWay.delete(ctx.job);
          safely(() => {
            figures.active.add(-1);
            figures.ended[kind].add(1);
            figures.attempts.add(kind === 'postponed' ? 0 : attemptsOf(ctx));
            figures.duration.record((ctx.clock.now() - startedMs) / 1000);
          });
        });
      });
      return next(ctx);
    },
  );
}

/** How long it has waited since it could have begun. Clocks of two machines may differ. */
function waitedMs({ job, clock }: JobContext): number {
  return Math.max(0, clock.wall() - job.addedAtMs - (job.options.delay ?? 0));
}

function instruments({
  meter,
  prefix = 'mware_',
  bucketsSeconds = BUCKETS,
}: JobMetricsOptions): (ctx: JobContext) => Figures {
  if (typeof (meter as Partial<Meter> | undefined)?.counter !== 'function') {
    throw unexpected('meter', 'a meter', meter);
  }
  if (typeof prefix !== 'string') throw unexpected('prefix', 'a text', prefix);
  const labels = ['queue', 'job'];
  const named = (name: string, help: string) => ({ name: `${prefix}${name}`, help, labels });
  const inSeconds = (name: string, help: string) =>
    meter.histogram({ ...named(name, help), buckets: bucketsSeconds });
  const runs = meter.counter({
    ...named('job_runs_total', 'Runs of jobs that have ended.'),
    labels: [...labels, 'end'],
  });
  const attempts = meter.counter(named('job_attempts_total', 'Attempts, with those of a retry.'));
  const durations = inSeconds('job_duration_seconds', 'How long runs took.');
  const waits = inSeconds('job_wait_seconds', 'How long jobs waited for their first run.');
  const active = meter.gauge(named('jobs_active', 'Jobs under way.'));
  const make = (queue: string, name: string): Figures => ({
    ended: Object.fromEntries(
      ENDS.map((end) => [end, runs.of(queue, name, end)]),
    ) as Figures['ended'],
    attempts: attempts.of(queue, name),
    duration: durations.of(queue, name),
    waited: waits.of(queue, name),
    active: active.of(queue, name),
  });
  const known = new Map<string, Figures>();
  return ({ job: { queue, name } }) => {
    const key = keyOf(queue, name);
    let figures = known.get(key);
    if (!figures) {
      const isFull = known.size >= MOST_NAMES;
      const kept = isFull ? keyOf(queue, OTHER) : key;
      figures = known.get(kept) ?? make(queue, isFull ? OTHER : name);
      known.set(kept, figures);
    }
    return figures;
  };
}

/** The length tells where the name of the queue ends. */
const keyOf = (queue: string, name: string): string => `${queue.length} ${queue} ${name}`;
