/** The course of one call under hedge: runs that race, one winner, and losers that are let go. */
import type { Outcome } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import { Deadlines, type Waiting } from '../deadlines.ts';
import { discard } from '../discard.ts';
import { DisposedError, HedgeCancelledError } from '../errors.ts';
import type { HedgeParts } from './hedge-plan.ts';
import { type Race, Racer } from './hedge-racer.ts';
import { instructionOf, passes } from '../instruction.ts';
import { isRefusal } from '../outcome.ts';
import { onAbort, scoped, Scope } from '../scope.ts';
import { leaveAtEnd } from '../scope-end.ts';

/** One call. */
export class HedgeRun implements Race, Waiting {
  dueMs = 0;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  readonly #parts: HedgeParts;
  /** All that have started, the primary first. */
  readonly #racers: Racer[] = [];
  readonly #errors: unknown[] = [];
  #primary: Outcome<unknown> | undefined;
  #running = 0;
  #over = false;
  /** The budget has refused. */
  #spent = false;
  #price = 0;
  /** The rest is being called: a run that fails meanwhile must not call it from within. */
  #calling = false;
  #again = false;
  #deadlines: Deadlines | undefined;
  #wait = 0;
  #goOn: (() => void) | undefined;
  #unfollow: (() => void) | undefined;

  constructor(parts: HedgeParts) {
    this.#parts = parts;
  }

  start(): void {
    const { ctx, plan } = this.#parts;
    plan.gauges.running++;
    this.#unfollow = onAbort(ctx, (reason) => this.#callerLeft(reason));
    this.#launch();
  }

  /** Called by the row of deadlines, in anybody's async context. */
  expire(): void {
    this.#deadlines = undefined;
    this.#goOn?.();
  }

  /** Starts the next run, and those that follow at once. */
  #launch(): void {
    const { plan } = this.#parts;
    this.#stopWaiting();
    do {
      this.#again = false;
      this.#announce();
      if (this.#over) return;
      const racer = this.#nextRacer();
      this.#calling = true;
      this.#parts.rest(racer.ctx, racer);
      this.#calling = false;
      if (!this.#over && !this.#again && plan.delay.delayMs === 0) this.#again = this.#mayHedge();
    } while (this.#again as boolean);
    if (!this.#over && !this.#isFull()) this.#beginWait();
  }

  #announce(): void {
    const { counts, base } = this.#parts.plan;
    const run = this.#racers.length + 1;
    if (run === 1) return;
    counts.hedges++;
    base.events.emit('hedged', { run });
  }

  #nextRacer(): Racer {
    const { ctx, plan, counted } = this.#parts;
    const scope = new Scope(ctx);
    const copy = scoped(ctx, scope);
    if (counted && plan.spending.shared) plan.spending.mark(copy);
    const run = this.#racers.length + 1;
    const racer = new Racer(this, { run, scope, ctx: copy, startedMs: plan.base.clock.now() });
    this.#racers.push(racer);
    this.#running++;
    return racer;
  }

  /** Whether another run may start; if so, it is paid for. */
  #mayHedge(error?: unknown): boolean {
    if (this.#isFull()) return false;
    const { spending, base } = this.#parts.plan;
    const price = spending.withdraw(error);
    if (price > 0) this.#price = price;
    else {
      this.#spent = true;
      base.events.emit('budgetExhausted', { run: this.#racers.length + 1 });
    }
    return price > 0;
  }

  #isFull(): boolean {
    const { maxHedges, gate } = this.#parts.plan;
    return this.#spent || gate.closed || this.#racers.length > maxHedges;
  }

  #beginWait(): void {
    const { delay, row, base } = this.#parts.plan;
    const { delayMs } = delay;
    if (delayMs === Infinity) return;
    if (row.delayMs !== delayMs) {
      // In a row all wait for the same time.
      row.delayMs = delayMs;
      row.deadlines = new Deadlines(base.clock);
    }
    const wait = this.#wait;
    this.#goOn = continuation(() => {
      if (wait === this.#wait && this.#mayHedge()) this.#launch();
    });
    this.dueMs = base.clock.now() + delayMs;
    this.#deadlines = row.deadlines;
    row.deadlines.add(this);
  }

  #stopWaiting(): void {
    this.#wait++;
    this.#deadlines?.remove(this);
    this.#deadlines = undefined;
  }

  linger(): () => void {
    return this.#parts.outer.linger();
  }

  ended(racer: Racer, outcome: Outcome<unknown>): void {
    if (this.#over) return this.#endedLate(racer, outcome);
    this.#running--;
    if (!this.#isBad(outcome)) return this.#won(racer, outcome);
    const error = outcome.ok ? undefined : outcome.error;
    if (racer.run === 1) this.#primary = outcome;
    else {
      racer.scope.leave();
      if (outcome.ok) discard(outcome.value);
      else this.#errors.push(error);
    }
    // A refusal would only be repeated.
    const isFinal =
      isRefusal(error) || DisposedError.is(error) || instructionOf(error) !== undefined;
    if (!isFinal && !this.#again && this.#mayHedge(error)) {
      if (this.#calling) this.#again = true;
      else this.#launch();
    } else if (this.#running === 0 && !this.#again) this.#failed();
  }

  #isBad(outcome: Outcome<unknown>): boolean {
    if (!outcome.ok && passes(outcome.error)) return false;
    const { hedgeIf, base } = this.#parts.plan;
    if (!hedgeIf) return !outcome.ok;
    try {
      return hedgeIf(outcome, this.#parts.ctx as never);
    } catch (error) {
      base.events.emit('fault', { error });
      return false;
    }
  }

  #won(winner: Racer, outcome: Outcome<unknown>): void {
    const { outer, plan, counted } = this.#parts;
    const { counts, base, delay, spending } = plan;
    this.#close();
    const [first] = this.#racers as [Racer];
    if (delay.took && (first === winner || first.isRunning)) {
      delay.took(base.clock.now() - first.startedMs);
    }
    if (winner !== first) counts.won++;
    if (outcome.ok && (counted || this.#price > 0)) spending.succeeded(this.#price);
    if (this.#racers.length > 1) base.events.emit('won', { run: winner.run });
    if (this.#running > 0) this.#letGo(new HedgeCancelledError(base.name));
    this.#forgetPrimary();
    if (outcome.ok) outer.succeed(leaveAtEnd(winner.scope, outcome.value));
    else outer.fail(outcome.error);
  }

  /** Nobody is left. The primary speaks for all. */
  #failed(): void {
    const { outer, plan } = this.#parts;
    this.#close();
    plan.counts.failed++;
    plan.base.events.emit('failed', { errors: this.#errors });
    const primary = this.#primary as Outcome<unknown>;
    const [first] = this.#racers as [Racer];
    if (primary.ok) outer.succeed(leaveAtEnd(first.scope, primary.value));
    else outer.fail(primary.error);
  }

  #callerLeft(reason: unknown): void {
    this.#close();
    this.#letGo(reason);
    this.#forgetPrimary();
    this.#parts.outer.fail(reason);
  }

  /** A result of the first run that was not good enough, and is not needed for want of a better one. */
  #forgetPrimary(): void {
    if (!this.#primary?.ok) return;
    this.#racers[0]?.scope.leave();
    discard(this.#primary.value);
  }

  #close(): void {
    this.#over = true;
    this.#stopWaiting();
    this.#unfollow?.();
    this.#parts.plan.gauges.running--;
  }

  /** Ends all that are still running; nobody waits for them. */
  #letGo(reason: unknown): void {
    const { gauges, base } = this.#parts.plan;
    for (const racer of this.#racers) {
      if (!racer.isRunning) continue;
      gauges.abandoned++;
      racer.over = this.#parts.outer.linger();
      base.events.emit('cancelled', { run: racer.run });
      racer.scope.abort(reason);
    }
  }

  #endedLate({ run, startedMs, over }: Racer, outcome: Outcome<unknown>): void {
    const { gauges, base } = this.#parts.plan;
    gauges.abandoned--;
    over?.();
    if (outcome.ok) discard(outcome.value);
    if (!base.events.heard) return;
    base.events.emit('abandoned', { run, elapsedMs: base.clock.now() - startedMs });
  }
}
