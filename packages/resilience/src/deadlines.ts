/** Deadlines: one timer for many waits of the same length, which are over in the order in which they began. */
import type { CancelTimer, Clock } from '@interpose/kernel';

/** Something that waits. It carries its own place in the row. */
export interface Waiting {
  /** When it will have waited long enough, by the clock's `now()`. */
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  /** The time has come; it waits no longer. Must not throw. */
  expire(): void;
}

/** A row of waits of one length. A wait that ends before its time costs no timer of its own. */
export class Deadlines {
  readonly #clock: Clock;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits until it is due, which must not be before the last one in the row is. */
  add(waiting: Waiting): void {
    waiting.earlier = this.#last;
    waiting.later = undefined;
    if (this.#last) this.#last.later = waiting;
    else this.#first = waiting;
    if (!this.#cancel) this.#arm(waiting.dueMs - this.#clock.now());
    else if (!this.#last) this.#cancel.hold?.(true);
    this.#last = waiting;
  }

  /** Waits no longer. Only for one that is in the row. */
  remove(waiting: Waiting): void {
    const { earlier, later } = waiting;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    else this.#last = earlier;
    if (!this.#first) this.#letGo();
  }

  #arm(afterMs: number): void {
    this.#cancel = this.#clock.setTimer(() => this.#fire(), afterMs);
  }

  /** A timer that nobody needs must not keep the process alive. To set one for each of a row of single calls would be dear, though. */
  #letGo(): void {
    if (this.#cancel?.hold) return this.#cancel.hold(false);
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #fire(): void {
    this.#cancel = undefined;
    const nowMs = this.#clock.now();
    for (let due = this.#first; due && due.dueMs <= nowMs; due = this.#first) {
      this.remove(due);
      due.expire();
    }
    if (this.#first && !this.#cancel) this.#arm(this.#first.dueMs - nowMs);
  }
}
