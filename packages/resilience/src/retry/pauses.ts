/** Pauses: waits that are over at their time, or when whoever called gives up, or when the policy is disposed of. */
import type { Clock } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import type { DisposedError } from '../errors.ts';
import { endOf, onAbort } from '../scope.ts';

/** Who pauses is told one of the two, once; neither may throw. */
export interface Pausing {
  /** The time is over. Called in the async context in which the pause began. */
  goOn(): void;
  /** There is nothing to go on for: for this reason. Called at once. */
  stop(reason: unknown): void;
}

/** All pauses of a policy. */
export class Pauses {
  readonly #clock: Clock;
  readonly #pausing: Map<Pausing, () => void> = new Map();
  #closed: DisposedError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are waiting. */
  get size(): number {
    return this.#pausing.size;
  }

  /** Set once the policy has been disposed of. */
  get closed(): DisposedError | undefined {
    return this.#closed;
  }

  /** Begins a pause in a call. */
  begin(ctx: unknown, afterMs: number, pausing: Pausing): void {
    const goOn = continuation(() => {
      if (this.#leave(pausing)) pausing.goOn();
    });
    const cancel = this.#clock.setTimer(goOn, afterMs);
    const unfollow = onAbort(ctx, (reason) => this.#stop(pausing, reason));
    this.#pausing.set(pausing, () => {
      cancel();
      unfollow();
    });
    // An end that has come already is not told.
    const end = endOf(ctx);
    if (end?.aborted) this.#stop(pausing, end.reason);
    else if (this.#closed) this.#stop(pausing, this.#closed);
  }

  /** Stops all, and every one that should begin later. */
  close(error: DisposedError): void {
    this.#closed = error;
    for (const pausing of this.#pausing.keys()) this.#stop(pausing, error);
  }

  #stop(pausing: Pausing, reason: unknown): void {
    if (this.#leave(pausing)) pausing.stop(reason);
  }

  /** Tells whether it was pausing. */
  #leave(pausing: Pausing): boolean {
    const end = this.#pausing.get(pausing);
    end?.();
    return this.#pausing.delete(pausing);
  }
}
