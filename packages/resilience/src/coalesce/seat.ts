/** Seat: one of several callers who wait for the same run, and how it hears of the outcome. */
import type { Outcome } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import { endOf, onAbort } from '../scope.ts';
import type { Receiver, Start } from '../stage.ts';

/** Somebody who calls. */
export interface Caller {
  readonly ctx: unknown;
  readonly receiver: Receiver;
  /** What the caller runs when a result cannot be shared. */
  readonly rest: Start;
}

/** One caller who waits. */
export class Seat {
  readonly caller: Caller;
  /** What the caller will hear; if nothing, it has to run the rest by itself. */
  outcome: Outcome<unknown> | undefined;
  #stop: (() => void) | undefined;
  #goOn: (() => void) | undefined;
  /** What is done when the caller gives up. */
  leave: (reason: unknown) => void = () => {};

  constructor(caller: Caller) {
    this.caller = caller;
  }

  /** Whoever leads a run is in its own async context when the run ends. Anybody else has to be brought back to it. */
  hearInOwnContext(): void {
    this.#goOn ??= continuation(() => this.hear());
  }

  /** Waits until it is told, or gives up. */
  wait(): void {
    const { ctx } = this.caller;
    const end = endOf(ctx);
    if (end?.aborted) this.leave(end.reason);
    else this.#stop = onAbort(ctx, (reason) => this.leave(reason));
  }

  stopWaiting(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Tells whether it will hear by itself. */
  wake(): boolean {
    this.#goOn?.();
    return this.#goOn !== undefined;
  }

  hear(): void {
    const { outcome } = this;
    const { ctx, receiver, rest } = this.caller;
    if (outcome?.ok) return receiver.succeed(outcome.value);
    if (outcome) return receiver.fail(outcome.error);
    const end = endOf(ctx);
    if (end?.aborted) receiver.fail(end.reason);
    else rest(ctx, receiver);
  }
}

/** Tells all of them. The leader comes last: what it does at once must not keep the others from hearing. */
export function tell(seats: readonly Seat[], outcome?: Outcome<unknown>): void {
  let leader: Seat | undefined;
  for (const seat of seats) {
    seat.stopWaiting();
    if (outcome) seat.outcome = outcome;
    if (!seat.wake()) leader = seat;
  }
  leader?.hear();
}
