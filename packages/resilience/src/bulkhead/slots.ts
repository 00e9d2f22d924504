/** Slots: so many runs at once. Whoever comes when all are taken waits for one, or is refused. */
import { unexpected } from '@interpose/kernel/options';
import { whenEnded } from '@interpose/kernel/when-ended';
import { Deadlines } from '../deadlines.ts';
import type { DisposedError } from '../errors.ts';
import type { PolicyBase } from '../policy.ts';
import { endOf } from '../scope.ts';
import type { SlotRules } from './slot-options.ts';
import { ArrivalQueue, RankQueue, type WaitQueue } from './wait-queue.ts';
import { type Entry, type SlotEvents, Waiter, type WaitingRoom } from './waiter.ts';

/** State of slots. */
export interface SlotState {
  /** How many run. */
  readonly running: number;
  /** How many wait. */
  readonly queued: number;
  /** How many could start now without waiting. */
  readonly available: number;
  /** How long whoever goes on next has waited, in milliseconds; 0 if nobody waits. */
  readonly waitedMs: number;
  /** How many calls have started since it was made or reset. */
  readonly started: number;
  /** How many have been refused since it was made or reset. */
  readonly rejected: number;
}

/** So many runs at once, and a bounded queue before them. */
export class Slots<C> implements WaitingRoom {
  readonly base: PolicyBase<SlotEvents>;
  readonly #fullError: () => Error;
  readonly #queue: WaitQueue<Waiter>;
  #rules: SlotRules<C>;
  #deadlines: Deadlines | undefined;
  #limit = 0;
  running = 0;
  started = 0;
  rejected = 0;
  waking = 0;

  /** `fullError` makes what a call is refused with when there is no place left to wait in. */
  constructor(base: PolicyBase<SlotEvents>, rules: SlotRules<C>, fullError: () => Error) {
    this.base = base;
    this.#fullError = fullError;
    this.#rules = rules;
    this.#deadlines = this.#deadlinesOf(rules);
    const { order } = rules;
    this.#queue =
      typeof order === 'function'
        ? new RankQueue()
        : new ArrivalQueue({ newestFirst: order === 'lifo' });
  }

  /** Changes how calls wait; whoever waits already is not disturbed. The order stays as it was made. */
  change(rules: SlotRules<C>): void {
    if (rules.queueTimeoutMs !== this.#rules.queueTimeoutMs) {
      this.#deadlines = this.#deadlinesOf(rules);
    }
    this.#rules = rules;
  }

  /** How many may run. Lowered, it lets those run to their end who do. */
  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#serve();
  }

  /** Takes a slot, if one is free and everybody who came before has started. */
  take(): boolean {
    if (this.running >= this.#limit || this.waking > 0) return false;
    this.running++;
    this.started++;
    return true;
  }

  /** Gives a slot back; it goes to whoever is next before anybody else can ask for it. */
  release(): void {
    this.running--;
    this.#serve();
  }

  /** Calls `free` once: at the end of a stream; of anything else, at once. Gives back what is to be handed on. */
  untilEnd(value: unknown, free: () => void): unknown {
    if (this.#rules.stream === 'until-first') {
      free();
      return value;
    }
    let held = true;
    const once = (): void => {
      if (!held) return;
      held = false;
      free();
    };
    try {
      return whenEnded(value, once);
    } catch {
      // It can't be watched: an object may refuse even to be looked at.
      once();
      return value;
    }
  }

  /** Waits for a slot, or is refused. `entry.begin` is called with a slot taken. */
  wait(entry: Entry): void {
    const { ctx, outer } = entry;
    const end = endOf(ctx);
    if (end?.aborted) return outer.fail(end.reason);
    const { order, maxQueue, queueTimeoutMs } = this.#rules;
    let rank = 0;
    if (typeof order === 'function') {
      try {
        rank = checkRank(order(ctx as C));
      } catch (error) {
        return outer.fail(error);
      }
      // What has been asked may have let a slot go.
      if (this.take()) return entry.begin(ctx, outer);
    }
    // Where there is a slot, it only has to let those go first who have got theirs and have yet to start.
    if (this.#queue.size >= maxQueue && this.running >= this.#limit) {
      this.rejected++;
      this.base.events.emit('rejected', { reason: 'full' });
      return outer.fail(this.#fullError());
    }
    const waiter = new Waiter({
      entry,
      room: this,
      rank,
      queueTimeoutMs,
      deadlines: this.#deadlines,
    });
    if (waiter.isTooLate) return waiter.refuseLate();
    this.#queue.add(waiter);
    waiter.wait();
    if (this.base.events.heard) this.base.events.emit('queued', { queued: this.#queue.size });
    this.#serve();
  }

  /** Leaves the queue. */
  leave(waiter: Waiter): void {
    this.#queue.remove(waiter);
  }

  state(): SlotState {
    const { next } = this.#queue;
    return {
      running: this.running,
      queued: this.#queue.size,
      available: Math.max(0, this.#limit - this.running),
      waitedMs: next ? this.base.clock.now() - next.sinceMs : 0,
      started: this.started,
      rejected: this.rejected,
    };
  }

  /** Forgets what was counted. Who runs keeps the slot, and who waits the place. */
  reset(): void {
    this.started = 0;
    this.rejected = 0;
  }

  dispose(error: DisposedError): void {
    for (let { next } = this.#queue; next; { next } = this.#queue) next.dismiss(error);
  }

  #deadlinesOf({ queueTimeoutMs }: SlotRules<C>): Deadlines | undefined {
    return queueTimeoutMs < Infinity ? new Deadlines(this.base.clock) : undefined;
  }

  #serve(): void {
    while (this.running < this.#limit) {
      const { next } = this.#queue;
      if (!next) return;
      this.#queue.remove(next);
      this.running++;
      this.waking++;
      next.grant();
    }
  }
}

function checkRank(rank: unknown): number {
  if (typeof rank !== 'number' || Number.isNaN(rank)) {
    throw unexpected('order()', 'a number', rank);
  }
  return rank;
}
