/** IdleRow: what lies idle, taken from the end and ended from the front when it has lain there too long. */
import type { CancelTimer, Clock } from '@interpose/kernel';

interface Idle<S> {
  readonly slot: S;
  readonly sinceMs: number;
}

/** What it needs to know of time. */
export interface IdleRowOptions<S> {
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  /** Is given each that has lain for too long. */
  readonly expire: (slot: S) => void;
}

/** Slots in the order in which they were put here. One timer serves all, and does not keep the process running. */
export class IdleRow<S> {
  readonly #options: IdleRowOptions<S>;
  readonly #row: Idle<S>[] = [];
  #cancel: CancelTimer | undefined;

  constructor(options: IdleRowOptions<S>) {
    this.#options = options;
  }

  get length(): number {
    return this.#row.length;
  }

  /** Takes the one put here last. */
  take(): S | undefined {
    return this.#row.pop()?.slot;
  }

  /** Takes all, and lets go of the timer. */
  takeAll(): S[] {
    this.#cancel?.();
    this.#cancel = undefined;
    return this.#row.splice(0).map(({ slot }) => slot);
  }

  put(slot: S): void {
    const { clock, idleTimeoutMs } = this.#options;
    const endless = idleTimeoutMs === Infinity;
    this.#row.push({ slot, sinceMs: endless ? 0 : clock.now() });
    if (!endless) this.#arm();
  }

  /** A timer that is under way may come too early for the front, and is then set anew. */
  #arm(): void {
    const first = this.#row[0];
    if (this.#cancel || !first) return;
    const { clock, idleTimeoutMs } = this.#options;
    const leftMs = first.sinceMs + idleTimeoutMs - clock.now();
    this.#cancel = clock.setTimer(() => this.#fire(), leftMs, { keepAlive: false });
  }

  #fire(): void {
    this.#cancel = undefined;
    const { clock, idleTimeoutMs, expire } = this.#options;
    const latestMs = clock.now() - idleTimeoutMs;
    while (this.#row[0] && this.#row[0].sinceMs <= latestMs) {
      const [due] = this.#row.splice(0, 1) as [Idle<S>];
      expire(due.slot);
    }
    this.#arm();
  }
}
