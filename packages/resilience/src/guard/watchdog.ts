/** Watchdog: one timer for all calls under guard, by which whoever works too long is stopped. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import { continuation } from '../continuation.ts';

/** A run of a middleware, as the watchdog sees it. */
export interface Timed {
  /** The run that it is within. */
  readonly outer: Timed | undefined;
  /** When its time is up if nothing changes; `Infinity` while it is not at work. */
  readonly dueMs: number;
  /** Its time is up, unless that has changed. Must not throw. */
  expire(nowMs: number): void;
  /** The signal of its own, which follows another. */
  signalWithin(source: () => AbortSignal | undefined): AbortSignal | undefined;
}

/** Where a call is at: of those that it has entered, one at a time is at work. Runs side by side have a thread each. */
export class Thread {
  /** The call that it belongs to. */
  readonly call: object;
  readonly #watchdog: Watchdog;
  current: Timed | undefined;
  isOver = false;
  isWatched = false;
  earlier: Thread | undefined;
  later: Thread | undefined;
  #wake: (() => void) | undefined;

  constructor(watchdog: Watchdog, call?: object) {
    this.#watchdog = watchdog;
    this.call = call ?? this;
  }

  /** Another one for a run beside this one. */
  branch(): Thread {
    const branch = new Thread(this.#watchdog, this.call);
    branch.watch();
    return branch;
  }

  /** From now on the call waits for something. */
  watch(): void {
    if (this.isOver || this.isWatched) return;
    this.isWatched = true;
    this.#watchdog.add(this);
    this.#prepare();
  }

  end(): void {
    this.isOver = true;
    if (!this.isWatched) return;
    this.isWatched = false;
    this.#watchdog.remove(this);
  }

  signalWithin(source: () => AbortSignal | undefined): AbortSignal | undefined {
    return this.current ? this.current.signalWithin(source) : source();
  }

  /** Who is the first to be out of time; of several the outermost, with which the others end. */
  first(): Timed | undefined {
    let first = this.current;
    if (!this.#watchdog.inclusive) return first;
    for (let at = first?.outer; at; at = at.outer) {
      if (first && at.dueMs <= first.dueMs) first = at;
    }
    return first;
  }

  /** Called by the timer, in anybody's async context. */
  expire(nowMs: number): void {
    if (this.#wake) this.#wake();
    else this.first()?.expire(nowMs);
  }

  /** Where somebody is told what happens, it must happen in the async context of the call. */
  #prepare(): void {
    if (!this.#watchdog.isTold()) return;
    this.#wake = continuation(() => {
      this.#wake = undefined;
      this.first()?.expire(this.#watchdog.clock.now());
      if (this.isWatched) this.#prepare();
    });
  }
}

/** What a watchdog works with. */
export interface WatchdogParts {
  readonly clock: Clock;
  /** Whether those within count, so that all whom a call has entered are at work. */
  readonly inclusive: boolean;
  /** Whether anybody is told what happens. */
  readonly isTold: () => boolean;
}

/** Watches threads. The timer is set for the first who would be out of time; mostly that has changed when it fires, and it is set anew. */
export class Watchdog {
  readonly clock: Clock;
  readonly inclusive: boolean;
  readonly isTold: () => boolean;
  #first: Thread | undefined;
  #armedMs = Infinity;
  #cancel: CancelTimer | undefined;

  constructor({ clock, inclusive, isTold }: WatchdogParts) {
    this.clock = clock;
    this.inclusive = inclusive;
    this.isTold = isTold;
  }

  add(thread: Thread): void {
    const next = this.#first;
    thread.later = next;
    thread.earlier = undefined;
    if (next) next.earlier = thread;
    else this.#cancel?.hold?.(true);
    this.#first = thread;
    this.see(thread.first()?.dueMs ?? Infinity);
  }

  remove(thread: Thread): void {
    const { earlier, later } = thread;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    if (!this.#first) this.#letGo();
  }

  /** Somebody is at work whose time is up then. */
  see(dueMs: number): void {
    if (dueMs < this.#armedMs) this.#arm(dueMs);
  }

  #arm(dueMs: number): void {
    this.#cancel?.();
    this.#armedMs = dueMs;
    this.#cancel = this.clock.setTimer(() => this.#fire(), dueMs - this.clock.now());
  }

  /** A timer that nobody needs must not keep the process alive; to set one for each of a row of single calls would be dear. */
  #letGo(): void {
    if (this.#cancel?.hold) return this.#cancel.hold(false);
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedMs = Infinity;
  }

  #fire(): void {
    const nowMs = this.clock.now();
    this.#cancel = undefined;
    this.#armedMs = Infinity;
    const due: Thread[] = [];
    let nextMs = Infinity;
    for (let thread = this.#first; thread; thread = thread.later) {
      const dueMs = thread.first()?.dueMs ?? Infinity;
      if (dueMs <= nowMs) due.push(thread);
      else nextMs = Math.min(nextMs, dueMs);
    }
    for (const thread of due) thread.expire(nowMs);
    if (this.#first) this.see(nextMs);
  }
}
