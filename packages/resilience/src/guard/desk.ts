/** Desk: what all middleware under one guard share. */
import type { Clock } from '@interpose/kernel';
import { type ProblemRules, problemOf } from '../boundary/problem.ts';
import { RejectedError } from '../errors.ts';
import { passes } from '../instruction.ts';
import { isRefusal } from '../outcome.ts';
import { outerEndOf } from './own-signal.ts';
import type { StationDesk, Visit } from './station.ts';
import type { Teller } from './teller.ts';
import { Watchdog } from './watchdog.ts';

/** Says whether an error that arose in a middleware is a failure; `undefined` leaves it to the default. */
export type IsFailure = (error: unknown) => boolean | undefined;

/** What a desk works with. */
export interface DeskParts {
  readonly clock: Clock;
  readonly inclusive: boolean;
  readonly teller: Teller;
  readonly isFailure: IsFailure | undefined;
  /** Statuses of errors by their codes. */
  readonly rules: ProblemRules;
}

/** Keeps the time, watches it, tells what happens, and judges errors. */
export class Desk implements StationDesk {
  readonly clock: Clock;
  readonly inclusive: boolean;
  readonly teller: Teller;
  readonly watchdog: Watchdog;
  /** Whether every beginning and end is written down. */
  readonly logs: boolean;
  readonly #isFailure: IsFailure | undefined;
  readonly #rules: ProblemRules;

  constructor({ clock, inclusive, teller, isFailure, rules }: DeskParts) {
    this.clock = clock;
    this.inclusive = inclusive;
    this.teller = teller;
    this.logs = teller.logs;
    this.watchdog = new Watchdog({ clock, inclusive, isTold: () => teller.isHeard });
    this.#isFailure = isFailure;
    this.#rules = rules;
  }

  /** Whether an error that arose in a run is a failure of its middleware. A predicate that throws says yes. */
  isFailure(error: unknown, { ctx, station }: Visit): boolean {
    if (passes(error)) return false;
    try {
      const said = this.#isFailure?.(error);
      if (said !== undefined) return said;
    } catch {
      return true;
    }
    // A policy that refuses or stops a call does its work.
    if (isRefusal(error) || (station.isPolicy && error instanceof RejectedError)) return false;
    return !this.#isDeliberate(error) && !this.hasGivenUp(ctx);
  }

  /** Whether whoever called waits no longer. */
  hasGivenUp(ctx: unknown): boolean {
    return outerEndOf(ctx)?.aborted ?? false;
  }

  /** A run that was timed out has come to an end. */
  late(visit: Visit): void {
    visit.station.account.record.late++;
    this.teller.late(visit);
  }

  /** A run was at work for too long, and nobody could stop it. */
  blocked(visit: Visit): void {
    visit.station.account.record.blocked++;
    this.teller.blocked(visit);
  }

  /** An error with a status of 400 to 499, of its own or by its code, tells the caller what is wrong with the call. */
  #isDeliberate(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false;
    const { status, statusCode } = error as Record<string, unknown>;
    const own = typeof status === 'number' ? status : statusCode;
    const said = typeof own === 'number' ? own : problemOf(error, this.#rules).status;
    return said >= 400 && said < 500;
  }
}
