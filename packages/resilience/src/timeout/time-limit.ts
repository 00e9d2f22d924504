/** TimeLimit: what a timeout is told, and what all runs under it share. */
import { checkMs, outOfRange, unexpected } from '@interpose/kernel/options';
import { Deadlines } from '../deadlines.ts';
import type { PolicyBase, PolicyOptions } from '../policy.ts';

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

/** What all runs of one timeout share. */
export class TimeLimit<C> {
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
