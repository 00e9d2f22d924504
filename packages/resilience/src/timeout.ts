/** timeout: ends a run that takes too long. */
import { checkMs, outOfRange, unexpected } from '@interpose/kernel/options';
import { whenEnded } from '@interpose/kernel/when-ended';
import { continuation } from './continuation.ts';
import { Deadlines, type Waiting } from './deadlines.ts';
import { TimeoutError } from './errors.ts';
import {
  createPolicy,
  type PolicyBase,
  type PolicyOptions,
  type ResiliencePolicy,
} from './policy.ts';
import { endOf, scoped, Scope } from './scope.ts';
import { lingerAt, type Receiver, type Stage } from './stage.ts';

/** Options of `timeout`. */
export interface TimeoutOptions<C = unknown> extends PolicyOptions {
  /**
   * How long the rest may take, in milliseconds. A function is asked for each call; what it gives that is 0 or less, or `Infinity`, means
   * no limit. @default 30_000
   */
  readonly timeoutMs?: number | ((ctx: C) => number);
  /**
   * How long to wait for the rest to heed its signal before the caller is told: 0 tells the caller at once, `Infinity` leaves it wholly to
   * the rest. @default 0
   */
  readonly graceMs?: number;
  /** For a result that is a stream: whether the time runs until its end or only until it is there. @default 'until-end' */
  readonly stream?: 'until-end' | 'until-first';
}

/** Events of `timeout`. */
export interface TimeoutEvents {
  /** The time was up, and the signal of the run was aborted. */
  readonly timeout: { readonly timeoutMs: number; readonly elapsedMs: number };
  /** What the caller waits for no longer has ended after all. */
  readonly abandoned: { readonly elapsedMs: number };
  readonly [type: string]: object;
}

/** State of `timeout`. */
export interface TimeoutState {
  /** How many runs are under way whose caller still waits. */
  readonly running: number;
  /** How many are under way whose caller has been sent away. */
  readonly abandoned: number;
  /** How many calls ran out of time since it was made or reset. */
  readonly timeouts: number;
}

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
      const settings = new Settings<C>(base);
      return {
        stage: stageOf(settings),
        apply: (given) => settings.apply(given),
        settings: () => ({
          timeoutMs: settings.timeoutMs,
          graceMs: settings.graceMs,
          stream: settings.stream,
        }),
        state: () => ({ ...settings.counts }),
        reset() {
          settings.counts.timeouts = 0;
        },
      };
    },
  });
}

/** What all runs of one timeout share. */
class Settings<C> {
  readonly base: PolicyBase<TimeoutEvents>;
  readonly counts: { running: number; abandoned: number; timeouts: number } = {
    running: 0,
    abandoned: 0,
    timeouts: 0,
  };
  timeoutMs: number | ((ctx: C) => number) = 30_000;
  graceMs = 0;
  stream: 'until-end' | 'until-first' = 'until-end';
  /** Where the length is the same for all, one timer serves all. */
  deadlines: Deadlines | undefined;

  constructor(base: PolicyBase<TimeoutEvents>) {
    this.base = base;
  }

  apply({ timeoutMs = 30_000, graceMs = 0, stream = 'until-end' }: TimeoutOptions<C>): void {
    if (typeof timeoutMs !== 'function' && checkMs('timeoutMs', timeoutMs) === 0) {
      throw outOfRange('timeoutMs', 'a number of milliseconds above 0', timeoutMs);
    }
    if (graceMs !== Infinity) checkMs('graceMs', graceMs);
    if (stream !== 'until-end' && stream !== 'until-first') {
      throw unexpected('stream', `'until-end' or 'until-first'`, stream);
    }
    // Runs under way stay in the row that they stand in.
    if (timeoutMs !== this.timeoutMs || !this.deadlines) {
      this.deadlines = typeof timeoutMs === 'number' ? new Deadlines(this.base.clock) : undefined;
    }
    Object.assign(this, { timeoutMs, graceMs, stream });
  }
}

function stageOf<C>(settings: Settings<C>): Stage {
  const { clock } = settings.base;
  return (rest) => (ctx: C, outer) => {
    const { timeoutMs, deadlines } = settings;
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
    const run = new TimedRun({ outer, settings, scope, afterMs, dueMs });
    settings.counts.running++;
    rest(scope && !rest.blind ? scoped(ctx, scope) : ctx, run);
    if (run.phase === RUNNING) run.wait(deadlines ?? new Deadlines(clock));
  };
}

const RUNNING = 0;
/** The result is there, and a stream goes on. */
const STREAMING = 1;
/** The signal has been aborted; the rest has yet to heed it. */
const GRACE = 2;
/** The caller has been told without the rest. */
const ABANDONED = 3;
const OVER = 4;

interface TimedRunParts {
  readonly outer: Receiver;
  // oxlint-disable-next-line typescript/no-explicit-any -- the context is of no concern once it runs
  readonly settings: Settings<any>;
  /** Nothing where nobody could see it. */
  readonly scope: Scope | undefined;
  readonly afterMs: number;
  readonly dueMs: number;
}

/** One run under a time limit. */
class TimedRun implements Receiver, Waiting {
  phase: typeof RUNNING | typeof STREAMING | typeof GRACE | typeof ABANDONED | typeof OVER =
    RUNNING;
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  #deadlines: Deadlines | undefined;
  #goOn: (() => void) | undefined;
  #unfollow: (() => void) | undefined;
  #endGrace: (() => void) | undefined;
  /** Tells those further out that what has been abandoned is over. */
  #ended: (() => void) | undefined;
  /** Why the run had to end. */
  #reason: unknown;
  readonly #outer: Receiver;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly #settings: Settings<any>;
  readonly #scope: Scope | undefined;
  readonly #afterMs: number;

  constructor({ outer, settings, scope, afterMs, dueMs }: TimedRunParts) {
    this.dueMs = dueMs;
    this.#outer = outer;
    this.#settings = settings;
    this.#scope = scope;
    this.#afterMs = afterMs;
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  linger(): () => void {
    return lingerAt(this.#outer);
  }

  wait(deadlines: Deadlines): void {
    this.#deadlines = deadlines;
    deadlines.add(this);
    if (!this.#outer.passive || this.#settings.base.events.heard) {
      this.#goOn = continuation(() => this.#timeUp());
    }
    if (this.#scope?.isWithin) this.#unfollow = this.#scope.follow(() => this.#callerLeft());
  }

  succeed(value: unknown): void {
    const { phase } = this;
    if (phase === ABANDONED) return this.#settledLate();
    this.#stopWaiting();
    const { counts, stream } = this.#settings;
    if (
      phase === RUNNING &&
      typeof value === 'object' &&
      value !== null &&
      stream === 'until-end'
    ) {
      return this.#outer.succeed(this.#untilEnd(value));
    }
    this.#close();
    counts.running--;
    this.#outer.succeed(value);
  }

  fail(error: unknown): void {
    const { phase } = this;
    if (phase === ABANDONED) return this.#settledLate();
    this.#stopWaiting();
    this.#close();
    this.#settings.counts.running--;
    // What the rest throws on its way out says less than why it had to go.
    this.#outer.fail(phase === GRACE ? this.#reason : error);
  }

  /** Called by the row of deadlines, in anybody's async context. */
  expire(): void {
    this.#deadlines = undefined;
    if (this.#goOn) this.#goOn();
    else this.#timeUp();
  }

  #timeUp(): void {
    if (this.phase > STREAMING || this.#scope?.aborted) return;
    const { base, counts } = this.#settings;
    const elapsedMs = base.clock.now() - (this.dueMs - this.#afterMs);
    const error = new TimeoutError(base.name, this.#afterMs, elapsedMs);
    counts.timeouts++;
    this.#end(error);
    base.events.emit('timeout', { timeoutMs: this.#afterMs, elapsedMs });
  }

  #callerLeft(): void {
    if (this.phase <= STREAMING) this.#end(this.#scope?.reason);
  }

  /** The run must end for this reason. */
  #end(reason: unknown): void {
    const { phase } = this;
    const { graceMs, base } = this.#settings;
    this.#stopWaiting();
    if (phase === STREAMING) {
      this.phase = OVER;
      this.#settings.counts.running--;
    } else this.phase = GRACE;
    this.#reason = reason;
    this.#scope?.abort(reason);
    // The rest may have heeded its signal at once.
    if ((this.phase as number) !== GRACE) return;
    if (graceMs === 0) this.#abandon(reason);
    else if (graceMs < Infinity) {
      const goOn = continuation(() => this.#abandon(reason));
      this.#endGrace = base.clock.setTimer(goOn, graceMs);
    }
  }

  #abandon(reason: unknown): void {
    if (this.phase !== GRACE) return;
    this.phase = ABANDONED;
    const { counts } = this.#settings;
    counts.running--;
    counts.abandoned++;
    this.#ended = lingerAt(this.#outer);
    this.#outer.fail(reason);
  }

  #settledLate(): void {
    this.phase = OVER;
    const { base, counts } = this.#settings;
    counts.abandoned--;
    this.#ended?.();
    const elapsedMs = base.clock.now() - (this.dueMs - this.#afterMs);
    base.events.emit('abandoned', { elapsedMs });
  }

  /** Goes on until the stream ends; anything else has ended already. */
  #untilEnd(value: object): unknown {
    let ended = false;
    this.phase = STREAMING;
    const handed = whenEnded(value, () => {
      ended = true;
      if (this.phase !== STREAMING) return;
      this.#stopWaiting();
      this.#close();
      this.#settings.counts.running--;
    });
    // A stream has what is left of the time, in a row of its own.
    if (!ended) this.wait(new Deadlines(this.#settings.base.clock));
    return handed;
  }

  #stopWaiting(): void {
    this.#deadlines?.remove(this);
    this.#deadlines = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#endGrace?.();
    this.#endGrace = undefined;
  }

  #close(): void {
    this.phase = OVER;
    this.#scope?.leave();
  }
}
