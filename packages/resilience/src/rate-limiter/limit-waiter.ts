/** LimitWaiter: one call that waits until it may start. */
import type { Clock } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import { onAbort } from '../scope.ts';
import type { Receiver, Start } from '../stage.ts';

/** A call that is limited. */
export interface LimitedCall {
  readonly key: string;
  readonly cost: number;
  readonly ctx: unknown;
  readonly rest: Start;
  readonly outer: Receiver;
}

/** Those who wait, in order. */
export interface Line {
  /** Starts those who may. */
  wake(): void;
  /** Waits no longer. */
  leave(waiter: LimitWaiter): void;
}

/** Who decides what becomes of one who waits. */
export interface WaitOwner {
  readonly clock: Clock;
  /** Those who wait are overdue here; `undefined` if they may wait for ever. */
  readonly waits: Deadlines | undefined;
  readonly maxWaitMs: number;
  giveBack(call: LimitedCall, takenAtMs: number): void;
  begin(call: LimitedCall, waitedMs: number): void;
  refuseOverdue(call: LimitedCall): void;
}

/** One call that waits. */
export class LimitWaiter implements Waiting {
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  readonly call: LimitedCall;
  readonly #line: Line;
  readonly #owner: WaitOwner;
  readonly #sinceMs: number;
  readonly #goOn: () => void;
  readonly #unfollow: () => void;
  #waits: Deadlines | undefined;
  #waiting = true;
  /** What comes of it, a microtask later, in the async context of the call. */
  #ending: (() => void) | undefined;
  #takenAtMs: number | undefined;

  constructor(call: LimitedCall, line: Line, owner: WaitOwner) {
    this.call = call;
    this.#line = line;
    this.#owner = owner;
    this.#sinceMs = owner.clock.now();
    this.dueMs = this.#sinceMs + owner.maxWaitMs;
    this.#goOn = continuation(() => this.#goOnNow());
    this.#unfollow = onAbort(call.ctx, (reason) => this.#abort(reason));
    this.#waits = owner.waits;
    this.#waits?.add(this);
  }

  /** It may start; `takenAtMs` is when its cost was taken, if it was. */
  admit(takenAtMs: number | undefined): void {
    this.#takenAtMs = takenAtMs;
    const waitedMs = this.#owner.clock.now() - this.#sinceMs;
    this.end(() => this.#owner.begin(this.call, waitedMs));
  }

  end(ending: () => void): void {
    this.#ending = ending;
    this.#goOn();
  }

  stopWaiting(): void {
    this.#waiting = false;
    this.#waits?.remove(this);
    this.#waits = undefined;
  }

  /** It has waited for as long as it may. If its turn comes at this very moment, it starts. */
  expire(): void {
    this.#waits = undefined;
    this.#line.wake();
    if (!this.#waiting) return;
    this.#line.leave(this);
    this.end(() => this.#owner.refuseOverdue(this.call));
  }

  #goOnNow(): void {
    const ending = this.#ending;
    this.#ending = undefined;
    if (!ending) return;
    this.#unfollow();
    ending();
  }

  #abort(reason: unknown): void {
    this.#unfollow();
    this.#ending = undefined;
    if (this.#waiting) this.#line.leave(this);
    else if (this.#takenAtMs !== undefined) this.#owner.giveBack(this.call, this.#takenAtMs);
    this.call.outer.fail(reason);
  }
}
