/** The course of one call under retry: attempts, and the pauses between them. */
import type { Outcome } from '@interpose/kernel';
import { discard } from '../discard.ts';
import type { Pausing } from './pauses.ts';
import type { GiveUpReason } from './retry-events.ts';
import { decide, type RetryPlan } from './retry-plan.ts';
import { endOf, scoped, Scope } from '../scope.ts';
import { leaveAtEnd } from '../scope-end.ts';
import type { Receiver, Start } from '../stage.ts';

/** What one call is made of. */
export interface RetryParts {
  readonly outer: Receiver;
  readonly ctx: unknown;
  readonly rest: Start;
  readonly plan: RetryPlan;
  /** Whether its budget has counted the call here, and not further out. */
  readonly counted: boolean;
}

/** The first attempt, which mostly is the only one: it keeps no more than it needs. */
export class FirstAttempt implements Receiver, RetryParts {
  readonly outer: Receiver;
  readonly ctx: unknown;
  readonly rest: Start;
  readonly plan: RetryPlan;

  constructor({ outer, ctx, rest, plan }: Omit<RetryParts, 'counted'>) {
    this.outer = outer;
    this.ctx = ctx;
    this.rest = rest;
    this.plan = plan;
  }

  /** Where it counts a call in a shared budget it needs a context of its own, and is no first attempt of this kind. */
  get counted(): boolean {
    return !this.plan.spending.shared;
  }

  get passive(): boolean {
    return false;
  }

  linger(): () => void {
    return this.outer.linger();
  }

  succeed(value: unknown): void {
    const { retryIf, base, spending } = this.plan;
    if (retryIf || spending.tellsSuccess || base.events.heard) {
      new RetryRun(this, 1).ended({ ok: true, value });
    } else this.outer.succeed(value);
  }

  fail(error: unknown): void {
    new RetryRun(this, 1).ended({ ok: false, error });
  }
}

/** The errors of so many attempts are kept. */
const MOST_ERRORS = 100;

/** A call that has more to it than a first attempt that succeeds. */
export class RetryRun implements Pausing {
  readonly #parts: RetryParts;
  #attempt: number;
  #current: Attempt | undefined;
  /** How long the last pause was, and what the last attempt has cost. */
  #delayMs = 0;
  #price = 0;
  readonly #errors: unknown[] = [];
  /** The rest is being called: an attempt that ends meanwhile must not call it from within. */
  #calling = false;
  #again = false;

  /** `begun` is how many attempts there have been. */
  constructor(parts: RetryParts, begun: number) {
    this.#parts = parts;
    this.#attempt = begun;
  }

  /** Makes the next attempt, and those that follow at once: in a loop, however many they are. */
  goOn(): void {
    const { ctx, outer, rest, plan, counted } = this.#parts;
    do {
      this.#again = false;
      const end = endOf(ctx);
      if (end?.aborted) return outer.fail(end.reason);
      const scope = new Scope(ctx, { attempt: ++this.#attempt });
      let copy: unknown;
      try {
        copy = scoped(ctx, scope);
      } catch (error) {
        // It cannot be copied, so there can be no attempt with a signal of its own.
        return outer.fail(error);
      }
      if (counted && plan.spending.shared) plan.spending.mark(copy);
      const attempt = new Attempt(this, scope);
      this.#current = attempt;
      this.#calling = true;
      rest(copy, attempt);
      this.#calling = false;
    } while (this.#again as boolean);
  }

  stop(reason: unknown): void {
    this.#parts.outer.fail(reason);
  }

  linger(): () => void {
    return this.#parts.outer.linger();
  }

  /** Of an attempt that is over already, nobody wants to hear. */
  attemptEnded(attempt: Attempt, outcome: Outcome<unknown>): void {
    if (attempt !== this.#current) return;
    this.#current = undefined;
    this.ended(outcome);
  }

  ended(outcome: Outcome<unknown>): void {
    const { plan, ctx } = this.#parts;
    const { events } = plan.base;
    const attempt = this.#attempt;
    if (events.heard) events.emit('attempt', { attempt, outcome, delayMs: this.#delayMs });
    // Nobody waits for another attempt.
    if (endOf(ctx)?.aborted) return outcome.ok ? this.#succeed(outcome) : this.#deliver(outcome);
    const decision = decide(plan, { ctx, outcome, attempt, previousMs: this.#delayMs });
    if (decision.next === 'deliver') return this.#succeed(outcome);
    if (decision.next === 'giveUp') return this.#giveUp(outcome, decision);
    this.#delayMs = decision.delayMs;
    this.#price = decision.price;
    plan.counts.retries++;
    if (events.heard) {
      events.emit('retry', { attempt: attempt + 1, outcome, delayMs: this.#delayMs });
      if (!outcome.ok) this.#keep(outcome.error);
    }
    if (outcome.ok) discard(outcome.value);
    if (this.#delayMs > 0) plan.pauses.begin(ctx, this.#delayMs, this);
    else if (this.#calling) this.#again = true;
    else this.goOn();
  }

  #succeed(outcome: Outcome<unknown>): void {
    const { plan, counted } = this.#parts;
    if (this.#attempt > 1) plan.counts.recovered++;
    if (counted || this.#price > 0) plan.spending.succeeded(this.#price);
    this.#deliver(outcome);
  }

  #giveUp(
    outcome: Outcome<unknown>,
    { reason, fault }: { readonly reason: GiveUpReason; readonly fault?: unknown },
  ): void {
    const { base, counts } = this.#parts.plan;
    counts.givenUp++;
    if (base.events.heard) {
      const said = { reason, attempts: this.#attempt, outcome, errors: this.#errors };
      base.events.emit('giveUp', reason === 'fault' ? { ...said, fault } : said);
    }
    this.#deliver(outcome);
  }

  #deliver(outcome: Outcome<unknown>): void {
    const { outer } = this.#parts;
    if (outcome.ok) outer.succeed(outcome.value);
    else outer.fail(outcome.error);
  }

  #keep(error: unknown): void {
    this.#errors.push(error);
    if (this.#errors.length > MOST_ERRORS) this.#errors.shift();
  }
}

/** One attempt with a context and an end of its own. */
class Attempt implements Receiver {
  readonly #run: RetryRun;
  readonly #scope: Scope;

  constructor(run: RetryRun, scope: Scope) {
    this.#run = run;
    this.#scope = scope;
  }

  get passive(): boolean {
    return false;
  }

  linger(): () => void {
    return this.#run.linger();
  }

  succeed(value: unknown): void {
    this.#run.attemptEnded(this, { ok: true, value: leaveAtEnd(this.#scope, value) });
  }

  fail(error: unknown): void {
    this.#scope.leave();
    this.#run.attemptEnded(this, { ok: false, error });
  }
}
