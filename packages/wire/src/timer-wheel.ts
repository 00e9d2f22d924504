/** One coarse timer for the deadlines of many connections: to move a deadline is to write a number. */
import type { Clock } from './clock.ts';

/** Something with a deadline. */
export interface Timed {
  /** Its deadline has passed. */
  onDue(): void;
}

/** One deadline; `Infinity` while there is none. */
export class Deadline {
  readonly timed: Timed;
  dueMs: number = Infinity;
  /** The round of the wheel in which it is looked at; -1 while it is not on the wheel. */
  round = -1;
  before: Deadline | undefined;
  after: Deadline | undefined;

  constructor(timed: Timed) {
    this.timed = timed;
  }
}

const SLOTS = 256;

/**
 * A wheel of slots, one looked at every `tickMs`. A deadline never comes early, and at most two ticks late. One that is moved to later
 * stays where it is until its slot is looked at (Varghese and Lauck 1987, scheme 6, made lazy).
 */
export class TimerWheel {
  readonly tickMs: number;
  readonly #clock: Clock;
  readonly #slots: (Deadline | undefined)[] = Array.from({ length: SLOTS });
  #count = 0;
  #round = 0;
  #now: number;
  #startedMs: number;
  #cancel: (() => void) | undefined;
  #isTicking = false;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.tickMs = tickMs;
    this.#now = this.#startedMs = clock.now();
  }

  /** How many deadlines are on the wheel. */
  get size(): number {
    return this.#count;
  }

  /** The time of the last tick. */
  get now(): number {
    return this.#now;
  }

  /** Puts the deadline `afterMs` from now; `Infinity` takes it away. */
  set(deadline: Deadline, afterMs: number): void {
    if (afterMs === Infinity) {
      deadline.dueMs = Infinity;
      return;
    }
    if (!this.#cancel && !this.#isTicking) this.#start();
    // The time of the last tick is up to a tick behind.
    deadline.dueMs = this.#now + afterMs + this.tickMs;
    if (deadline.round >= 0) {
      if (this.#roundOf(deadline.dueMs) >= deadline.round) return;
      this.#unlink(deadline);
    }
    this.#link(deadline);
  }

  /** Takes the deadline off the wheel for good. */
  remove(deadline: Deadline): void {
    deadline.dueMs = Infinity;
    if (deadline.round >= 0) this.#unlink(deadline);
    if (this.#count === 0 && !this.#isTicking) this.#stop();
  }

  #roundOf(dueMs: number): number {
    const round = Math.ceil((dueMs - this.#startedMs) / this.tickMs);
    return Math.max(this.#round + 1, Math.min(round, this.#round + SLOTS - 1));
  }

  #link(deadline: Deadline): void {
    const round = this.#roundOf(deadline.dueMs);
    const slot = round % SLOTS;
    const first = this.#slots[slot];
    deadline.round = round;
    deadline.before = undefined;
    deadline.after = first;
    if (first) first.before = deadline;
    this.#slots[slot] = deadline;
    this.#count++;
  }

  #unlink(deadline: Deadline): void {
    const { before, after, round } = deadline;
    if (before) before.after = after;
    else this.#slots[round % SLOTS] = after;
    if (after) after.before = before;
    deadline.before = deadline.after = undefined;
    deadline.round = -1;
    this.#count--;
  }

  #start(): void {
    this.#now = this.#clock.now();
    this.#startedMs = this.#now - this.#round * this.tickMs;
    this.#arm();
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel = this.#clock.setTimer(() => this.#tick(), this.tickMs, { keepAlive: false });
  }

  #tick(): void {
    this.#cancel = undefined;
    this.#isTicking = true;
    try {
      this.#turn();
    } finally {
      // Also if someone has thrown: the others must not wait for ever.
      this.#isTicking = false;
      if (this.#count > 0) this.#arm();
    }
  }

  #turn(): void {
    this.#now = this.#clock.now();
    const reached = Math.floor((this.#now - this.#startedMs) / this.tickMs);
    // After a long pause a whole turn of the wheel looks at every slot once.
    const skipped = reached - SLOTS;
    if (this.#round < skipped) this.#round = skipped;
    while (this.#round < reached) this.#look(++this.#round % SLOTS);
  }

  #look(slot: number): void {
    // What is put off goes to other slots, and what one deadline does may take away others: so always the first.
    for (let first = this.#slots[slot]; first; first = this.#slots[slot]) {
      this.#unlink(first);
      if (first.dueMs > this.#now) {
        if (first.dueMs < Infinity) this.#link(first);
        continue;
      }
      first.dueMs = Infinity;
      try {
        first.timed.onDue();
      } catch (error) {
        // Those behind it are looked at with the next tick.
        this.#round--;
        throw error;
      }
    }
  }
}
