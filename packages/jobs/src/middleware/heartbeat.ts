/** heartbeat: renews the lease while the rest runs, and ends it when another worker has the job. */
import { extend } from '@interpose/kernel';
import { linkSignals } from '@interpose/kernel/abort';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { noteAttempt } from '../attempts.ts';
import { LeaseLostError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';

/** Options of `heartbeat`. */
export interface HeartbeatOptions {
  /** How often the lease is renewed; a third of the worker's `leaseMs` leaves room for two that fail. @default 10_000 */
  readonly everyMs?: number;
  /** Is given what goes wrong in renewing a lease that is not lost. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Renews the lease while the rest runs, beside what the driver does by itself. If another worker has the job, the signal aborts with a
 * LeaseLostError, which is what the run comes to however it ends: its result is nobody's.
 *
 * @throws TypeError or RangeError for options out of range; LeaseLostError when called
 * @example
 * pipeline<JobContext, void>().use(heartbeat({ everyMs: 5000 }));
 */
export function heartbeat(options: HeartbeatOptions = {}): JobMiddleware {
  checkNames('heartbeat()', options, ['everyMs', 'onFailure']);
  const { onFailure = reportFailure } = options;
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  const everyMs = checkMs('everyMs', options.everyMs ?? 10_000, 1);
  return jobMiddleware(
    {
      name: 'heartbeat',
      description: 'Renews the lease while the job runs.',
      options: { everyMs },
    },
    async (ctx, next) => {
      noteAttempt(ctx);
      const beat = new Beat(ctx, everyMs, (error) => unharmed(() => onFailure(error) as unknown));
      try {
        return await next(beat.ctx);
      } finally {
        beat.stop();
        // oxlint-disable-next-line no-unsafe-finally -- what came of it is no longer this run's to say
        if (beat.lost) throw beat.lost;
      }
    },
  );
}

/** The beats of one run, never two at a time. */
class Beat {
  readonly ctx: JobContext;
  lost: LeaseLostError | undefined;
  readonly #stops: (() => void)[];
  #cancel: () => void = () => {};
  #isOver = false;

  constructor(ctx: JobContext, everyMs: number, report: (error: unknown) => void) {
    const linked = linkSignals(ctx.signal);
    this.ctx = extend(ctx, { signal: linked.signal });
    this.#stops = [() => this.#cancel(), () => linked.dispose()];
    const beat = async (): Promise<void> => {
      try {
        await ctx.renew();
      } catch (error) {
        if (this.#isOver) return;
        if (LeaseLostError.is(error)) {
          this.lost = error;
          return linked.abort(error);
        }
        report(error);
      }
      if (!this.#isOver) later();
    };
    const later = (): void => {
      this.#cancel = ctx.clock.setTimer(() => void beat(), everyMs, { keepAlive: false });
    };
    later();
  }

  stop(): void {
    this.#isOver = true;
    for (const stop of this.#stops) stop();
  }
}
