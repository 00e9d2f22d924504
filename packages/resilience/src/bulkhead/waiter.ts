/** Waiter: a call that waits for a slot, until it gets one, is refused, or whoever called gives up. */
import { continuation } from '../continuation.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import { QueueTimeoutError } from '../errors.ts';
import type { PolicyBase } from '../policy.ts';
import { deadlineOf, onAbort } from '../scope.ts';
import type { Receiver, Start } from '../stage.ts';
import type { Queued } from './wait-queue.ts';

/** Why a call got no slot. */
export type SlotRefusal = 'full' | 'timeout' | 'deadline';

/** Events of a policy with slots. */
export interface SlotEvents {
  /** A call waits for a slot; so many do now. */
  readonly queued: { readonly queued: number };
  /** A call that waited has a slot and starts. */
  readonly dequeued: { readonly waitMs: number };
  /** A call got no slot: there was no place to wait in, or it waited for too long, or its deadline was over. */
  readonly rejected: { readonly reason: SlotRefusal };
  readonly [type: string]: object;
}

/** A call that wants a slot. */
export interface Entry {
  readonly ctx: unknown;
  readonly outer: Receiver;
  /** Starts the call. The slot has been taken by then. */
  readonly begin: Start;
}

/** Where it waits. */
export interface WaitingRoom {
  readonly base: PolicyBase<SlotEvents>;
  /** How many have started. */
  started: number;
  /** How many have been refused. */
  rejected: number;
  /** How many have a slot and have yet to start. */
  waking: number;
  leave(waiter: Waiter): void;
  release(): void;
}

/** What a waiter is made with. */
export interface WaiterParts {
  readonly entry: Entry;
  readonly room: WaitingRoom;
  readonly rank: number;
  readonly queueTimeoutMs: number;
  /** The row of those who may wait that long; none where it is for ever. */
  readonly deadlines: Deadlines | undefined;
}

const WAITING = 0;
/** A slot has been taken for it; it has yet to go on. */
const GRANTED = 1;
/** It has lost its place; it has yet to be told. */
const REFUSED = 2;
const OVER = 3;

/** One call in a queue. */
export class Waiter implements Queued<Waiter>, Waiting {
  ahead: Waiter | undefined;
  behind: Waiter | undefined;
  arrival = 0;
  index = 0;
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  readonly rank: number;
  /** When the wait began, by the clock's `now()`. */
  readonly sinceMs: number;
  #phase: typeof WAITING | typeof GRANTED | typeof REFUSED | typeof OVER = WAITING;
  readonly #entry: Entry;
  readonly #room: WaitingRoom;
  #deadlines: Deadlines | undefined;
  #goOn: (() => void) | undefined;
  #unfollow: (() => void) | undefined;
  #refusal: { readonly error: Error; readonly reason?: SlotRefusal } | undefined;

  constructor({ entry, room, rank, queueTimeoutMs, deadlines }: WaiterParts) {
    this.rank = rank;
    this.sinceMs = room.base.clock.now();
    this.dueMs = this.sinceMs + queueTimeoutMs;
    this.#entry = entry;
    this.#room = room;
    this.#deadlines = deadlines;
  }

  /** True once it is useless to start: whoever called is to have its answer by now. */
  get isTooLate(): boolean {
    const deadlineMs = deadlineOf(this.#entry.ctx);
    return deadlineMs < Infinity && this.#room.base.clock.now() >= deadlineMs;
  }

  /** It is in the queue. */
  wait(): void {
    this.#goOn = continuation(() => this.#continue());
    this.#unfollow = onAbort(this.#entry.ctx, (reason) => this.#callerLeft(reason));
    this.#deadlines?.add(this);
  }

  /** It is out of the queue, and a slot has been taken for it. */
  grant(): void {
    this.#deadlines?.remove(this);
    this.#phase = GRANTED;
    this.#goOn?.();
  }

  /** It waits no longer, for a reason that is no fault of its own. */
  dismiss(error: Error): void {
    this.#deadlines?.remove(this);
    this.#lose({ error });
  }

  /** Called by the row of deadlines, in anybody's async context. */
  expire(): void {
    this.#room.rejected++;
    this.#lose({ error: this.#timeoutError(), reason: 'timeout' });
  }

  /** Is told that it is too late; it holds no place. */
  refuseLate(): void {
    this.#room.rejected++;
    this.#phase = OVER;
    this.#tell({ error: this.#timeoutError(), reason: 'deadline' });
  }

  #lose(refusal: { readonly error: Error; readonly reason?: SlotRefusal }): void {
    this.#room.leave(this);
    this.#unfollow?.();
    this.#phase = REFUSED;
    this.#refusal = refusal;
    this.#goOn?.();
  }

  #callerLeft(reason: unknown): void {
    const granted = this.#phase === GRANTED;
    this.#phase = OVER;
    if (granted) {
      this.#room.waking--;
      this.#room.release();
    } else {
      this.#deadlines?.remove(this);
      this.#room.leave(this);
    }
    this.#entry.outer.fail(reason);
  }

  /** In the async context of the call. */
  #continue(): void {
    if (this.#refusal) return this.#tell(this.#refusal);
    if (this.#phase !== GRANTED) return;
    const { events, clock } = this.#room.base;
    if (events.heard) events.emit('dequeued', { waitMs: clock.now() - this.sinceMs });
    // A listener may have made the caller give up.
    if ((this.#phase as number) === OVER) return;
    this.#unfollow?.();
    this.#room.waking--;
    if (this.isTooLate) {
      this.#room.release();
      return this.refuseLate();
    }
    this.#phase = OVER;
    this.#room.started++;
    const { ctx, outer, begin } = this.#entry;
    begin(ctx, outer);
  }

  #tell({ error, reason }: { readonly error: Error; readonly reason?: SlotRefusal }): void {
    if (reason) this.#room.base.events.emit('rejected', { reason });
    this.#entry.outer.fail(error);
  }

  #timeoutError(): QueueTimeoutError {
    const { name, clock } = this.#room.base;
    return new QueueTimeoutError(name, clock.now() - this.sinceMs);
  }
}
