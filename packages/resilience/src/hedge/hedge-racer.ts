/** Racer: one of the runs that a hedge lets race. */
import type { Outcome } from '@interpose/kernel';
import type { Scope } from '../scope.ts';
import type { Receiver } from '../stage.ts';

/** Whoever holds the race is told how a run has ended. */
export interface Race {
  ended(racer: Racer, outcome: Outcome<unknown>): void;
  linger(): () => void;
}

/** What a racer is made of. */
export interface RacerParts {
  readonly run: number;
  readonly scope: Scope;
  readonly ctx: unknown;
  readonly startedMs: number;
}

/** One of the runs, with a context and an end of its own. */
export class Racer implements Receiver, RacerParts {
  readonly run: number;
  readonly scope: Scope;
  readonly ctx: unknown;
  readonly startedMs: number;
  isRunning = true;
  /** Tells those further out that it is over, where they were told that it goes on. */
  over: (() => void) | undefined;
  readonly #call: Race;

  constructor(call: Race, { run, scope, ctx, startedMs }: RacerParts) {
    this.#call = call;
    this.run = run;
    this.scope = scope;
    this.ctx = ctx;
    this.startedMs = startedMs;
  }

  get passive(): boolean {
    return false;
  }

  linger(): () => void {
    return this.#call.linger();
  }

  succeed(value: unknown): void {
    this.isRunning = false;
    this.#call.ended(this, { ok: true, value });
  }

  fail(error: unknown): void {
    this.isRunning = false;
    this.scope.leave();
    this.#call.ended(this, { ok: false, error });
  }
}
