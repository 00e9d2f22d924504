/** Frame: one run of a middleware under guard. Knows when it is at work and when it waits for the rest, and what has become of it. */
import { DoubleNextError, EarlyReturnError } from '@interpose/kernel';
import { judge } from '@interpose/kernel/layers';
import { Scope } from '../scope.ts';
import { MiddlewareTimeoutError } from './guard-errors.ts';
import type { RunOutcome } from './middleware-record.ts';
import { comesFrom } from './origin.ts';
import type { Station, Visit } from './station.ts';
import type { Thread } from './watchdog.ts';

/** At work, or waiting for the rest. */
const RUNNING = 0;
/** Waiting for the rest, with which it ends. */
const PASSING = 1;
const ENDED = 2;
/** Timed out; what it still does is for nobody. */
const ABANDONED = 3;

type State = typeof RUNNING | typeof PASSING | typeof ENDED | typeof ABANDONED;

/** So late a timer may be though nothing blocks the thread. */
const TIMER_LATE_MS = 5;

/** So many of the errors that came from further in are remembered. */
const MOST_ERRORS = 32;

type Settle = (outcome: unknown) => void;
let resolveMade: Settle;
let rejectMade: Settle;
/** One function for all promises, so that none need be made for each. */
const keepSettlers = (resolve: Settle, reject: Settle): void => {
  resolveMade = resolve;
  rejectMade = reject;
};

/** What a middleware has not awaited yet must not become an unhandled rejection meanwhile. */
function letReject(handed: unknown): void {
  if (handed instanceof Promise) handed.catch(() => {});
}

/** One run of one middleware. */
export class Frame implements Visit {
  readonly station: Station;
  readonly ctx: unknown;
  readonly outer: Visit | undefined;
  readonly #enteredMs: number;
  readonly #generation: number;
  #thread: Thread;
  #state: State = RUNNING;
  /** Since when it is at work. */
  #sinceMs: number;
  #ownMs = 0;
  /** Runs of the rest under way. */
  #open = 0;
  #called = false;
  #handed: unknown;
  #value: unknown;
  #errors: unknown[] | undefined;
  #resolve: Settle | undefined;
  #reject: Settle | undefined;
  #scope: Scope | undefined;
  /** Timed out, and come to its end after all. */
  #isLate = false;
  /** Why nobody waits for it, or for one further out, any more. */
  #reason: MiddlewareTimeoutError | undefined;

  // oxlint-disable-next-line max-params -- one is made for every middleware that is entered, and an object to hold these would cost as much
  constructor(
    station: Station,
    ctx: unknown,
    outer: Visit | undefined,
    thread: Thread,
    nowMs: number,
    generation: number,
  ) {
    this.station = station;
    this.ctx = ctx;
    this.outer = outer;
    this.#thread = thread;
    this.#enteredMs = nowMs;
    this.#sinceMs = nowMs;
    this.#generation = generation;
    thread.current = this;
  }

  get thread(): Thread {
    return this.#thread;
  }

  get isOver(): boolean {
    return this.#state === ENDED || this.#isLate;
  }

  /** For how long it has been at work. */
  get ownMs(): number {
    return this.#ownMs;
  }

  get enteredMs(): number {
    return this.#enteredMs;
  }

  /** When its time is up if nothing changes. */
  get dueMs(): number {
    const { limitMs, desk } = this.station;
    if (!this.#reject || this.#state > PASSING) return Infinity;
    if (desk.inclusive) return this.#enteredMs + limitMs;
    return this.#open === 0 ? this.#sinceMs + limitMs - this.#ownMs : Infinity;
  }

  /** What its middleware calls to run the rest. */
  next(given: unknown): unknown {
    const { station } = this;
    if (this.#called && station.isPlain) throw new DoubleNextError(station.name);
    if (this.#reason) throw this.#reason;
    const ctx = given === undefined ? this.ctx : given;
    if (this.#state >= ENDED) {
      if (station.isPlain && !station.isDetached) throw new EarlyReturnError(station.name);
      // Nobody waits for it any more, so it is a call by itself.
      return station.begin(ctx);
    }
    const nowMs = station.clock.now();
    this.#called = true;
    let thread = this.#thread;
    if (this.#open++ > 0) thread = thread.branch();
    else {
      this.#ownMs += nowMs - this.#sinceMs;
      if (station.isTailless) this.#state = PASSING;
    }
    this.#handed = station.rest(ctx, this, thread, nowMs);
    if (this.#errors) letReject(this.#handed);
    return this.#handed;
  }

  /** The rest has ended with a result. */
  restSucceeded(value: unknown, nowMs: number): void {
    this.#value = value;
    if (this.#resume(nowMs)) this.#succeed(value, nowMs);
  }

  /** The rest has ended with an error. */
  restFailed(error: unknown, nowMs: number): void {
    this.#value = undefined;
    const errors = (this.#errors ??= []);
    if (errors.length === MOST_ERRORS) errors.shift();
    errors.push(error);
    letReject(this.#handed);
    if (this.#resume(nowMs)) this.#fail(error, nowMs);
  }

  /** Goes on, if no other run of the rest is under way; says whether it is at its end with that. */
  #resume(nowMs: number): boolean {
    if (--this.#open > 0 || this.#state >= ENDED) return false;
    this.#sinceMs = nowMs;
    this.#thread.current = this;
    if (this.#state === PASSING) return true;
    if (this.#thread.isWatched) this.station.desk.watchdog.see(this.dueMs);
    return false;
  }

  /** Its middleware has given a value. */
  answered(value: unknown): unknown {
    if (this.#state !== RUNNING) return value;
    const nowMs = this.station.clock.now();
    try {
      this.#judge(value);
    } catch (fault) {
      this.#fail(fault, nowMs);
      throw fault;
    }
    this.#succeed(value, nowMs);
    return value;
  }

  /** Its middleware has thrown. */
  threw(error: unknown): void {
    if (this.#state <= PASSING) this.#fail(error, this.station.clock.now());
  }

  /** Its middleware has given a promise. Gives back what is to be handed on. */
  promised(promise: Promise<unknown>): unknown {
    const { station } = this;
    const { desk } = station;
    station.account.givesPromises = true;
    // Where nothing of its own comes any more, nothing need be measured or stopped.
    if (this.#state !== RUNNING) return promise;
    if (promise === this.#handed && this.#open > 0 && !desk.inclusive) {
      this.#state = PASSING;
      return promise;
    }
    promise.then(
      (value) => this.#fulfilled(value),
      (error: unknown) => this.#rejected(error),
    );
    // It will not have to be stopped, so nobody need be told without it.
    if (this.#called && station.isPrompt) return promise;
    const handed = new Promise(keepSettlers);
    this.#resolve = resolveMade;
    this.#reject = rejectMade;
    if (this.#thread.isWatched) desk.watchdog.see(this.dueMs);
    return handed;
  }

  #fulfilled(value: unknown): void {
    if (this.#state === ABANDONED) return this.#late();
    try {
      this.answered(value);
      this.#resolve?.(value);
    } catch (error) {
      this.#reject?.(error);
    }
  }

  #rejected(error: unknown): void {
    if (this.#state === ABANDONED) return this.#late();
    this.threw(error);
    this.#reject?.(error);
  }

  #late(): void {
    this.#isLate = true;
    this.station.desk.late(this);
  }

  /** To break a rule of the onion is a failure of its own. Only these two can be signs of one. */
  #judge(answer: unknown): void {
    const { name, isPlain, isDetached: detached, answersNothing } = this.station;
    if (!isPlain || (answer !== undefined && this.#open === 0)) return;
    const conduct = { called: this.#called, running: this.#open > 0, value: this.#value };
    judge({ name, traits: { detached, answersNothing } }, conduct, answer);
  }

  #succeed(value: unknown, nowMs: number): void {
    this.#end(ENDED, nowMs);
    this.station.account.succeeded(this.#generation);
    if (this.station.desk.logs) this.station.desk.teller.ended(this, 'success', nowMs);
    this.outer?.restSucceeded(value, nowMs);
  }

  #fail(error: unknown, nowMs: number): void {
    const { account, desk } = this.station;
    const outcome = this.#outcomeOf(error);
    this.#end(ENDED, nowMs);
    if (outcome === 'success') account.succeeded(this.#generation);
    else if (outcome === 'ignored') account.ignored(this.#generation);
    else {
      account.record.failed(error);
      desk.teller.failed(this, error);
      account.failed(this.#generation, error);
    }
    if (desk.logs) desk.teller.ended(this, outcome, nowMs);
    this.outer?.restFailed(error, nowMs);
  }

  /** An error is charged to the one in whom it arose, not to those whom it passes. */
  #outcomeOf(error: unknown): RunOutcome {
    if (this.#reason) return 'ignored';
    if (this.#errors && comesFrom(error, this.#errors)) return 'success';
    return this.station.desk.isFailure(error, this) ? 'failure' : 'ignored';
  }

  #end(state: typeof ENDED | typeof ABANDONED, nowMs: number): void {
    const { account, desk, limitMs } = this.station;
    if (this.#open === 0) this.#ownMs += nowMs - this.#sinceMs;
    else this.#leaveBehind(this.#reason);
    this.#state = state;
    account.record.ended(this.#ownMs, nowMs - this.#enteredMs, nowMs);
    if (!this.outer || this.outer.thread !== this.#thread) this.#thread.end();
    if (state === ABANDONED) return;
    this.#scope?.leave();
    if (this.#ownMs > limitMs + TIMER_LATE_MS) desk.blocked(this);
  }

  /** Those that are still at work further in go on in a thread of their own, and are told if it is for nobody. */
  #leaveBehind(reason: MiddlewareTimeoutError | undefined): void {
    const first = this.#thread.current;
    if (first === this) return;
    const own = this.#thread.branch();
    own.current = first;
    for (
      let at = first as Frame | undefined;
      at && at !== this;
      at = at.outer as Frame | undefined
    ) {
      at.#thread = own;
      if (!reason) continue;
      at.#reason = reason;
      at.#scope?.abort(reason);
    }
  }

  /** Its time is up, unless it has ended or waits for the rest. */
  expire(nowMs: number): void {
    if (nowMs < this.dueMs) return;
    const { account, desk, name: middleware, limitMs } = this.station;
    const sinceMs = this.#open === 0 ? this.#sinceMs : nowMs;
    const elapsedMs = nowMs - (desk.inclusive ? this.#enteredMs : sinceMs - this.#ownMs);
    const error = new MiddlewareTimeoutError({ middleware, limitMs, elapsedMs });
    this.#reason = error;
    this.#end(ABANDONED, nowMs);
    account.record.timedOut++;
    this.#scope?.abort(error);
    const ignored = desk.hasGivenUp(this.ctx);
    if (!ignored) account.record.failed(error);
    desk.teller.timedOut(this, error);
    if (ignored) account.ignored(this.#generation);
    else account.failed(this.#generation, error);
    this.outer?.restFailed(error, nowMs);
    this.#reject?.(error);
  }

  /** The signal of its own, while it is at work. */
  signalWithin(source: () => AbortSignal | undefined): AbortSignal | undefined {
    const { seesSignal, desk } = this.station;
    if (!seesSignal || this.#state > PASSING) return source();
    if (this.#open > 0 && !desk.inclusive) return source();
    this.#scope ??= new Scope({ signal: source() });
    return this.#scope.signal;
  }
}
