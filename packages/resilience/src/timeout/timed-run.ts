/** TimedRun: one run under a time limit. */
import { whenEnded } from '@interpose/kernel/when-ended';
import { continuation } from '../continuation.ts';
import { Deadlines, type Waiting } from '../deadlines.ts';
import { TimeoutError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import type { Receiver } from '../stage.ts';
import type { TimeLimit } from './time-limit.ts';

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
  readonly limit: TimeLimit<any>;
  /** Nothing where nobody could see it. */
  readonly scope: Scope | undefined;
  readonly afterMs: number;
  readonly dueMs: number;
}

/** One run under a time limit. */
export class TimedRun implements Receiver, Waiting {
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
  readonly #limit: TimeLimit<any>;
  readonly #scope: Scope | undefined;
  readonly #afterMs: number;

  constructor({ outer, limit, scope, afterMs, dueMs }: TimedRunParts) {
    this.dueMs = dueMs;
    this.#outer = outer;
    this.#limit = limit;
    this.#scope = scope;
    this.#afterMs = afterMs;
  }

  get isRunning(): boolean {
    return this.phase === RUNNING;
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  linger(): () => void {
    return this.#outer.linger();
  }

  wait(deadlines: Deadlines): void {
    this.#deadlines = deadlines;
    deadlines.add(this);
    if (!this.#outer.passive || this.#limit.base.events.heard) {
      this.#goOn = continuation(() => this.#timeUp());
    }
    if (this.#scope?.isWithin) this.#unfollow = this.#scope.follow(() => this.#callerLeft());
  }

  succeed(value: unknown): void {
    const { phase } = this;
    if (phase === ABANDONED) return this.#settledLate();
    this.#stopWaiting();
    const { counts, stream } = this.#limit;
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
    this.#limit.counts.running--;
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
    const { base, counts } = this.#limit;
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
    const { graceMs, base } = this.#limit;
    this.#stopWaiting();
    if (phase === STREAMING) {
      this.phase = OVER;
      this.#limit.counts.running--;
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
    const { counts } = this.#limit;
    counts.running--;
    counts.abandoned++;
    this.#ended = this.#outer.linger();
    this.#outer.fail(reason);
  }

  #settledLate(): void {
    this.phase = OVER;
    const { base, counts } = this.#limit;
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
      this.#limit.counts.running--;
    });
    // A stream has what is left of the time, in a row of its own.
    if (!ended) this.wait(new Deadlines(this.#limit.base.clock));
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
