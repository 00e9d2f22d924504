/** Claim: one caller's wait for a resource, which ends once: with a lease, or with an error. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import { onAbort } from '../scope.ts';
import type { Lease } from './lease.ts';

/** What can end a wait beside what is waited for. */
export interface ClaimLimits {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The error when the time is up. */
  readonly timeUp: (waitedMs: number) => Error;
  /** The context, or whatever has the signal, of who waits. */
  readonly end: unknown;
}

/** Waits for a resource. */
export class Claim<T> {
  readonly lease: Promise<Lease<T>>;
  isSettled = false;
  #resolve!: (lease: Lease<T>) => void;
  #reject!: (error: unknown) => void;
  #stopListening: (() => void) | undefined;
  #stopTimer: CancelTimer | undefined;
  readonly #onSettled: (claim: Claim<T>) => void;
  #goOn: (() => void) | undefined;
  #work: (() => void) | undefined;

  /** `onSettled` is told once, of any end. */
  constructor(onSettled: (claim: Claim<T>) => void) {
    this.#onSettled = onSettled;
    this.lease = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** From now on it may be given up, or take too long. */
  limit({ clock, timeoutMs, timeUp, end }: ClaimLimits): void {
    if (this.isSettled) return;
    this.#stopListening = onAbort(end, (reason) => this.fail(reason));
    if (timeoutMs === Infinity) return;
    const sinceMs = clock.now();
    this.#stopTimer = clock.setTimer(() => this.fail(timeUp(clock.now() - sinceMs)), timeoutMs);
  }

  /** It stands in a queue: what is done for it later is done in the async context of now. */
  enqueue(): void {
    this.#goOn = continuation(() => this.#work?.());
  }

  /** Does something for whoever waits, in their own async context. */
  run(work: () => void): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    this.#work = work;
    if (goOn) goOn();
    else work();
  }

  succeed(lease: Lease<T>): void {
    if (this.#settle()) this.#resolve(lease);
  }

  /** Tells whether anybody was still waiting. */
  fail(error: unknown): boolean {
    const waited = this.#settle();
    if (waited) this.#reject(error);
    return waited;
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#stopListening?.();
    this.#stopTimer?.();
    this.#onSettled(this);
    return true;
  }
}
