/** jobTimeout: ends a run that takes too long, and says whether the handler has stopped or was abandoned. */
import {
  type Awaitable,
  type Clock,
  compose,
  isThenable,
  type Middleware,
  type Outcome,
} from '@interpose/kernel';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { abortReason, timeout, TimeoutError } from '@interpose/resilience';
import { noteAttempt } from '../attempts.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { JobTimeoutError } from '../timeout-error.ts';

/** An abandoned handler that has ended after all. */
export interface LateEnd<C extends JobContext = JobContext> {
  readonly ctx: C;
  /** What it came to, which nobody has waited for. */
  readonly outcome: Outcome<unknown>;
  /** How long it took in all. */
  readonly elapsedMs: number;
}

/** Options of `jobTimeout`. */
export interface JobTimeoutOptions<C extends JobContext = JobContext> {
  /** How long the rest may take. @default 300_000, five minutes */
  readonly timeoutMs?: number;
  /** How long to wait for it to heed its signal before it is abandoned; `Infinity` never abandons it. @default 5_000 */
  readonly graceMs?: number;
  /** Is told when what was abandoned has ended after all. What it throws is reported to the console. @default nobody */
  readonly onLateEnd?: (end: LateEnd<C>) => Awaitable<unknown>;
}

/**
 * Aborts the signal of a run that takes too long, waits for a while until it has stopped, and throws a JobTimeoutError that says whether it
 * has. An abandoned handler may still be at work while the job runs again.
 *
 * @throws TypeError or RangeError for options out of range; JobTimeoutError when called
 * @example
 * pipeline<JobContext, void>()
 *   .use(retry())
 *   .use(jobTimeout({ timeoutMs: 60_000 }))
 *   .handle(({ data, signal }) => convert(data, { signal }));
 */
export function jobTimeout<C extends JobContext = JobContext>(
  options: JobTimeoutOptions<C> = {},
): JobMiddleware<C> {
  checkNames('jobTimeout()', options, ['timeoutMs', 'graceMs', 'onLateEnd']);
  const { timeoutMs = 300_000, graceMs = 5000, onLateEnd } = options;
  checkMs('timeoutMs', timeoutMs, 1);
  if (graceMs !== Infinity) checkMs('graceMs', graceMs);
  if (onLateEnd !== undefined && typeof onLateEnd !== 'function') {
    throw unexpected('onLateEnd', 'a function', onLateEnd);
  }
  // A timeout has the clock that it was made with, and each worker has its own.
  const byClock = new WeakMap<Clock, Limit>();
  const limitFor = (clock: Clock): Limit => {
    let made = byClock.get(clock);
    if (!made) {
      made = compose(
        timeout({ name: 'jobTimeout', timeoutMs, graceMs, stream: 'until-first', clock }),
      );
      byClock.set(clock, made);
    }
    return made;
  };
  return jobMiddleware<C>(
    {
      name: 'jobTimeout',
      policy: 'timeout',
      description: 'Ends a job that takes too long.',
      options: { timeoutMs, graceMs },
      detached: true,
    },
    (ctx, next) => {
      noteAttempt(ctx);
      return new TimedHandler<C>(ctx, next, onLateEnd).runWithin(limitFor(ctx.clock));
    },
  );
}

/** A timeout that keeps how it is joined to the rest, as long as that is the same from run to run. */
type Limit = Middleware<JobContext, unknown>;

/** The handler that is being started. The limit calls the rest before it gives anything back. */
let starting: Startable | undefined;

interface Startable {
  readonly ctx: JobContext;
  run(inner: unknown): Awaitable<unknown>;
}

function startWithin(limit: Limit, handler: Startable): Awaitable<unknown> {
  starting = handler;
  return limit(handler.ctx, start);
}

/** The rest of every limit. */
function start(inner: unknown): Awaitable<unknown> {
  const handler = starting;
  starting = undefined;
  return handler?.run(inner);
}

/** The rest, as one looks at it who may have to leave it. */
class TimedHandler<C extends JobContext> {
  readonly ctx: C;
  readonly #next: (ctx?: C) => Awaitable<unknown>;
  readonly #onLateEnd: ((end: LateEnd<C>) => Awaitable<unknown>) | undefined;
  readonly #startedMs: number;
  #inner: C | undefined;
  #state: 'running' | 'ended' | 'abandoned' = 'running';

  constructor(
    ctx: C,
    next: (ctx?: C) => Awaitable<unknown>,
    onLateEnd: ((end: LateEnd<C>) => Awaitable<unknown>) | undefined,
  ) {
    this.ctx = ctx;
    this.#next = next;
    this.#onLateEnd = onLateEnd;
    this.#startedMs = ctx.clock.now();
  }

  async runWithin(limit: Limit): Promise<unknown> {
    try {
      return await startWithin(limit, this);
    } catch (error) {
      starting = undefined;
      throw this.#wasStoppedBy(error) ? this.#timeoutError(error) : error;
    }
  }

  run(given: unknown): Awaitable<unknown> {
    const inner = given as C;
    this.#inner = inner;
    try {
      const said = this.#next(inner);
      if (!isThenable(said)) return this.#succeeded(said);
      return said.then(
        (value) => this.#succeeded(value),
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Its own timeout has ended the signal of the rest and not that of the run. */
  #wasStoppedBy(error: unknown): error is TimeoutError {
    return (
      TimeoutError.is(error) &&
      abortReason(this.#inner) === error &&
      abortReason(this.ctx) !== error
    );
  }

  #timeoutError(error: TimeoutError): JobTimeoutError {
    const isRunning = this.#state === 'running';
    if (isRunning) this.#state = 'abandoned';
    return new JobTimeoutError(error.timeoutMs, isRunning ? 'abandoned' : 'stopped', error);
  }

  #succeeded(value: unknown): unknown {
    this.#ended({ ok: true, value });
    return value;
  }

  #failed(error: unknown): never {
    this.#ended({ ok: false, error });
    throw error;
  }

  #ended(outcome: Outcome<unknown>): void {
    const wasAbandoned = this.#state === 'abandoned';
    this.#state = 'ended';
    const tell = this.#onLateEnd;
    if (!wasAbandoned || !tell) return;
    const elapsedMs = this.ctx.clock.now() - this.#startedMs;
    unharmed(() => tell({ ctx: this.ctx, outcome, elapsedMs }), reportFailure);
  }
}
