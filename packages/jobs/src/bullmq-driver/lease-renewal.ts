/** LeaseRenewal: renews the leases of all jobs in hand together, and says which are lost. */
import { type CancelTimer, systemClock } from '@interpose/kernel/clock';
import type { JobInHand } from './job-in-hand.ts';

/** Renews leases, and gives the ids of the jobs whose lease is somebody else's. */
export type Extend = (
  ids: string[],
  tokens: string[],
  leaseMs: number,
) => Promise<readonly string[]>;

/**
 * Renews leases while jobs are run. BullMQ's own renewal goes by the job's id alone: when a job has come back to the worker that lost it, the end
 * of the first run would end the renewal of the second. And it tells nobody that a lease may have ended because nothing was answered.
 */
export class LeaseRenewal {
  readonly #hands = new Set<JobInHand>();
  readonly #extend: Extend;
  readonly #leaseMs: number;
  readonly #onError: (error: Error) => void;
  #cancel: CancelTimer | undefined;
  #isAsking = false;

  constructor(extend: Extend, leaseMs: number, onError: (error: Error) => void) {
    this.#extend = extend;
    this.#leaseMs = leaseMs;
    this.#onError = onError;
    this.#wait();
  }

  /** All jobs in hand. */
  get hands(): readonly JobInHand[] {
    return [...this.#hands];
  }

  add(hand: JobInHand): void {
    this.#hands.add(hand);
  }

  /** Tells whether it was the last one. */
  delete(hand: JobInHand): boolean {
    this.#hands.delete(hand);
    return this.#hands.size === 0;
  }

  /** Whether all leases were given up. */
  get isAbandoned(): boolean {
    return this.#cancel === undefined;
  }

  /** Gives all leases up, for good. */
  abandon(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const hand of this.#hands) hand.lose();
    this.#hands.clear();
  }

  #wait(): void {
    this.#cancel = systemClock.setTimer(
      () => {
        this.#wait();
        this.#renew();
      },
      this.#leaseMs / 4,
      { keepAlive: false },
    );
  }

  #renew(): void {
    const now = systemClock.now();
    const due: JobInHand[] = [];
    for (const hand of this.#hands) {
      if (hand.isAborted) continue;
      if (hand.renewedAtMs + this.#leaseMs <= now) hand.lose();
      else if (hand.renewedAtMs + this.#leaseMs / 4 <= now) due.push(hand);
    }
    if (due.length && !this.#isAsking) void this.#ask(due, now);
  }

  async #ask(due: readonly JobInHand[], now: number): Promise<void> {
    this.#isAsking = true;
    try {
      const ids = due.map(({ nativeId }) => nativeId);
      const tokens = due.map(({ token }) => token);
      const lost = new Set(await this.#extend(ids, tokens, this.#leaseMs));
      for (const hand of due) {
        if (lost.has(hand.nativeId)) hand.lose();
        else hand.renewedAtMs = Math.max(hand.renewedAtMs, now);
      }
    } catch (error) {
      this.#onError(error as Error);
    } finally {
      this.#isAsking = false;
    }
  }
}
