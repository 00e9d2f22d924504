/** Station: a middleware in its place in a guarded row, and the visits that calls pay it. */
import type { Clock } from '@interpose/kernel';
import type { Account } from './account.ts';
import type { MiddlewareTimeoutError } from './guard-errors.ts';
import type { RunOutcome } from './middleware-record.ts';
import type { Thread, Timed, Watchdog } from './watchdog.ts';

/** One run of the middleware at a station, as others see it. */
export interface Visit extends Timed {
  readonly station: Station;
  readonly ctx: unknown;
  readonly outer: Visit | undefined;
  readonly thread: Thread;
  readonly enteredMs: number;
  /** For how long it has been at work. */
  readonly ownMs: number;
  /** Whether the middleware has come to its end, also where nobody waits for it any more. */
  readonly isOver: boolean;
  /** What the middleware calls to run the rest. */
  next(given: unknown): unknown;
  /** The rest has ended with a result. */
  restSucceeded(value: unknown, nowMs: number): void;
  /** The rest has ended with an error. */
  restFailed(error: unknown, nowMs: number): void;
}

/** Runs one stretch of a call: with a context, within a visit, on a thread, from a moment on. */
export type Step = (
  ctx: unknown,
  outer: Visit | undefined,
  thread: Thread,
  nowMs: number,
) => unknown;

/** How a middleware is treated. */
export interface Treatment {
  /** For how long a run may be at work; `Infinity`: as long as it likes. */
  readonly limitMs: number;
  /** While its circuit is open, calls go past it. */
  readonly isOptional: boolean;
}

/** A middleware in its place. */
export interface Station extends Treatment {
  readonly name: string;
  readonly account: Account;
  readonly desk: StationDesk;
  readonly clock: Clock;
  readonly rest: Step;
  /** Runs the rest as a call by itself. */
  readonly begin: (ctx: unknown) => unknown;
  readonly isDetached: boolean;
  readonly answersNothing: boolean;
  /** It is called with `next`, and the guard sees to its conduct. Others are joined to the rest in their own way and see to it themselves. */
  readonly isPlain: boolean;
  readonly isPolicy: boolean;
  /** It does nothing of its own after its `next`. */
  readonly isTailless: boolean;
  /** Once its `next` has ended, it comes to its end without waiting for anything. */
  readonly isPrompt: boolean;
  readonly seesSignal: boolean;
}

/** What all stations under one guard share. */
export interface StationDesk {
  readonly clock: Clock;
  readonly watchdog: Watchdog;
  /** Whether the time in the rest counts, too. */
  readonly inclusive: boolean;
  /** Whether every beginning and end is written down. */
  readonly logs: boolean;
  readonly teller: StationTeller;
  /** Whether an error that arose in a run is a failure of its middleware. */
  isFailure(error: unknown, visit: Visit): boolean;
  /** Whether whoever called waits no longer. */
  hasGivenUp(ctx: unknown): boolean;
  /** A run that was timed out has come to an end. */
  late(visit: Visit): void;
  /** A run was at work for too long, and nobody could stop it. */
  blocked(visit: Visit): void;
}

/** Tells others what happens at stations. */
export interface StationTeller {
  started(visit: Visit): void;
  ended(visit: Visit, outcome: RunOutcome, nowMs: number): void;
  failed(visit: Visit, error: unknown): void;
  timedOut(visit: Visit, error: MiddlewareTimeoutError): void;
  skipped(middleware: string, ctx: unknown): void;
  rejected(middleware: string, ctx: unknown, error: unknown): void;
}
