/** jobLimit: what memoryLimit and cpuLimit have in common, whatever their mode. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { unharmed } from '@interpose/kernel/unharmed';
import { noteAttempt } from '../attempts.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware, type JobRun } from '../job-middleware.ts';
import { type Bounds, withBounds } from './bounds.ts';
import { IsolationUnavailableError, type LimitReport, NotIsolatedError } from './errors.ts';
import { missingForIsolation } from './isolation-host.ts';
import type { LimitEvent, LimitFact } from './limit-events.ts';
import type { LimitSettings } from './limit-options.ts';
import { ResourceGate } from './resource-gate.ts';
import { watchedRun } from './watched-run.ts';

/** State of a limit. */
export interface JobLimitState {
  /** The last reading; `undefined` before the first, after one that failed, and with mode `isolate`, where each child is measured. */
  readonly used: number | undefined;
  /** How many jobs wait to begin. */
  readonly waiting: number;
  /** How many jobs are watched. */
  readonly running: number;
  /** How many were put off since it was made. */
  readonly postponed: number;
  /** How many were told to stop since it was made. */
  readonly aborted: number;
}

/** A middleware of jobs that holds a limit. */
export interface JobLimit extends JobMiddleware {
  /** The state of now, as plain data. */
  state(): JobLimitState;
}

/** Which of the two limits it is. */
export interface LimitKind {
  readonly policy: string;
  readonly description: string;
  readonly settings: LimitSettings;
  readonly bounds: Bounds;
  readonly limit: number;
  readonly readings: number;
  probe(clock: Clock): () => number;
  errorOf(report: LimitReport): Error;
  /** For reports. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Makes a limit of either kind.
 *
 * @throws IsolationUnavailableError where the machine cannot hold it
 */
export function jobLimit(kind: LimitKind): JobLimit {
  const { policy, description, settings, options } = kind;
  const { name, mode } = settings;
  let gate: ResourceGate | undefined;
  const gateFor = (ctx: JobContext): ResourceGate =>
    (gate ??= new ResourceGate(gateSettings(kind, settings.clock ?? ctx.clock)));
  const enter: JobRun<JobContext> =
    mode === 'isolate' ? isolating(kind) : gated(gateFor, mode === 'watch' ? settings : undefined);
  const limit = jobMiddleware<JobContext>(
    // Whoever is abandoned is still running when the answer is given.
    { name, policy, description, options, detached: mode === 'watch' },
    (ctx, next) => {
      noteAttempt(ctx);
      return enter(ctx, next);
    },
  );
  return Object.assign(limit, {
    state: (): JobLimitState => ({
      used: gate?.used,
      waiting: gate?.waiting ?? 0,
      running: gate?.running ?? 0,
      postponed: gate?.counts.postponed ?? 0,
      aborted: gate?.counts.aborted ?? 0,
    }),
  });
}

function gateSettings(
  kind: LimitKind,
  clock: Clock,
): ConstructorParameters<typeof ResourceGate>[0] {
  const { settings, limit, readings } = kind;
  const { name, onEvent, sampleMs, maxWaitMs, postponeMs } = settings;
  const tell = (fact: LimitFact): void => {
    const event: LimitEvent = { ...fact, limit: name, atMs: clock.now() };
    if (onEvent) unharmed(() => onEvent(event) as unknown);
  };
  return {
    limit,
    readings,
    sampleMs,
    maxWaitMs,
    postponeMs,
    clock,
    tell,
    probe: kind.probe(clock),
    errorOf: (report) => kind.errorOf(report),
  };
}

/** `gate` and, with a grace, `watch`. */
function gated(
  gateFor: (ctx: JobContext) => ResourceGate,
  watch: { readonly graceMs: number } | undefined,
): JobRun<JobContext> {
  return (ctx, next) => {
    const gate = gateFor(ctx);
    const run = (): Awaitable<unknown> =>
      watch ? watchedRun(ctx, next, { gate, graceMs: watch.graceMs }) : next(ctx);
    const wait = gate.admit(ctx);
    return wait ? wait.then(run) : run();
  };
}

/** So many names of jobs are remembered; a name that is made up anew for each job is looked at anew. */
const MOST_NAMES = 10_000;

/** Hands the bounds down, and sees that somebody takes them. */
function isolating({ settings: { name, sampleMs }, bounds }: LimitKind): JobRun<JobContext> {
  const missing = missingForIsolation();
  if (missing.length > 0) throw new IsolationUnavailableError(name, missing);
  const isIsolated = new Map<string, boolean>();
  return async (ctx, next) => {
    const { name: job } = ctx.job;
    if (isIsolated.get(job) === false) throw new NotIsolatedError(name, job);
    const result = await next(
      withBounds(ctx, { ...bounds, sampleMs }, () => isIsolated.set(job, true)),
    );
    if (isIsolated.size > MOST_NAMES) isIsolated.clear();
    // Once a handler has been seen to take them, an answer without it comes from a middleware in between.
    if (isIsolated.get(job)) return result;
    isIsolated.set(job, false);
    throw new NotIsolatedError(name, job);
  };
}
