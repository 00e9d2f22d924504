/** alert: tells somebody that a job has failed for good, and does not tell the same over and over. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { TimeoutError } from '@interpose/resilience';
import { noteAttempt } from '../attempts.ts';
import { settledWithin } from '../bounded-wait.ts';
import type { JobContext } from '../job-context.ts';
import { endKey, type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { holdsLease } from '../lease-held.ts';

/** What an alert says. */
export interface JobFailure<C extends JobContext = JobContext> {
  readonly error: Error;
  readonly ctx: C;
  /** What it is told together with. */
  readonly key: string;
  /** How many like it were held back since the last that was told. */
  readonly heldBack: number;
  /** Whether it is told in spite of the window because there are so many. */
  readonly escalated: boolean;
}

/** Options of `alert`. */
export interface AlertOptions<C extends JobContext = JobContext> {
  /** Tells somebody. */
  readonly onFailure: (failure: JobFailure<C>) => Awaitable<unknown>;
  /** For how long others of the same key are held back and counted once one was told. @default 0: each is told */
  readonly windowMs?: number;
  /** Which are the same. @default those of one queue, name of the job and class of error */
  readonly key?: (error: Error, ctx: C) => string;
  /** So many in one window are told of once more, as escalated. @default never */
  readonly escalateAfter?: number;
  /** How long a job may wait until somebody was told. @default 5_000 */
  readonly maxWaitMs?: number;
}

/** What is remembered of a key. */
interface Window {
  untilMs: number;
  /** How many there were in it. */
  count: number;
  heldBack: number;
}

const OPTIONS = ['onFailure', 'windowMs', 'key', 'escalateAfter', 'maxWaitMs'];

/**
 * Tells somebody once of each job that has failed for good, and of those that are the same once in a window. An alert that fails, or takes
 * too long, is reported by the worker and hides nothing; then the next one is told at once.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const onFailure = ({ ctx, error, heldBack }) => page(`${ctx.job.name}: ${error.message}, and ${heldBack} like it`);
 * pipeline<JobContext, void>().use(alert({ onFailure, windowMs: 300_000 }));
 */
export function alert<C extends JobContext = JobContext>(
  options: AlertOptions<C>,
): JobMiddleware<C> {
  checkNames('alert()', options, OPTIONS);
  const { onFailure, key: keyOf = usualKey } = options;
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', keyOf);
  const windowMs = checkMs('windowMs', options.windowMs ?? 0);
  const { escalateAfter = Infinity } = options;
  if (escalateAfter !== Infinity) checkWhole('escalateAfter', escalateAfter, 2);
  const maxWaitMs = checkMs('maxWaitMs', options.maxWaitMs ?? 5000, 1);
  const windows = memoryStore<Window>();

  const failed = async (ctx: C, error: Error): Promise<void> => {
    if (!(await holdsLease(ctx))) return;
    const key = keyOf(error, ctx);
    const nowMs = ctx.clock.now();
    const window = windows.get(key) ?? { untilMs: -Infinity, count: 0, heldBack: 0 };
    windows.set(key, window);
    const isOpen = nowMs < window.untilMs;
    if (!isOpen) window.count = 0;
    const escalated = ++window.count === escalateAfter;
    if (isOpen && !escalated) return void window.heldBack++;
    const { heldBack } = window;
    if (!isOpen) window.untilMs = nowMs + windowMs;
    window.heldBack = 0;
    try {
      const said = onFailure({ error, ctx, key, heldBack, escalated });
      if (!isThenable(said) || (await settledWithin(said, maxWaitMs, ctx.clock))) return;
      throw new TimeoutError('alert', maxWaitMs, maxWaitMs);
    } catch (failure) {
      window.untilMs = -Infinity;
      window.heldBack += heldBack + 1;
      throw failure;
    }
  };

  const ownKey = endKey('alert');
  return jobMiddleware<C>(
    {
      name: 'alert',
      description: 'Tells somebody that a job has failed for good.',
      options: { windowMs, escalateAfter, maxWaitMs },
    },
    (ctx, next) => {
      noteAttempt(ctx);
      ctx.onEnd(ownKey, (end) => (end.kind === 'failed' ? failed(ctx, end.error) : undefined));
      return next(ctx);
    },
  );
}

const usualKey = ({ name }: Error, { job }: JobContext): string =>
  `${job.queue} ${job.name} ${name}`;
