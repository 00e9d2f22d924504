/** Requests that wait for a connection, in the order of their arrival, and none for longer than it may. */
import type { ClientCall } from './client-call.ts';
import type { PoolSettings } from './pool-options.ts';

/** A waiting line. */
export class CallQueue {
  readonly #settings: PoolSettings;
  readonly #expired: (calls: readonly ClientCall[]) => void;
  readonly #waiting = new Set<ClientCall>();
  /** Those that had their turn and come back. */
  readonly #back: ClientCall[] = [];
  #cancelTimer: (() => void) | undefined;

  constructor(settings: PoolSettings, expired: (calls: readonly ClientCall[]) => void) {
    this.#settings = settings;
    this.#expired = expired;
  }

  get size(): number {
    return this.#waiting.size + this.#back.length;
  }

  add(call: ClientCall): void {
    const { queueTimeoutMs, clock } = this.#settings;
    call.waitsUntil = clock.now() + queueTimeoutMs;
    this.#waiting.add(call);
    if (!this.#cancelTimer) this.#arm(queueTimeoutMs);
  }

  /** It has waited already, and goes first. */
  addBack(call: ClientCall): void {
    this.#back.push(call);
  }

  /** The one whose turn it is. */
  take(): ClientCall | undefined {
    const back = this.#back.shift();
    if (back) return back;
    const [call] = this.#waiting;
    if (call) this.delete(call);
    return call;
  }

  /** Tells whether it was waiting. */
  delete(call: ClientCall): boolean {
    const at = this.#back.indexOf(call);
    if (at >= 0) this.#back.splice(at, 1);
    const wasWaiting = this.#waiting.delete(call);
    if (this.#waiting.size === 0) this.#disarm();
    return wasWaiting || at >= 0;
  }

  /** Lets all of them go. */
  clear(): readonly ClientCall[] {
    const calls = [...this.#back.splice(0), ...this.#waiting];
    this.#waiting.clear();
    this.#disarm();
    return calls;
  }

  /** One timer for all: they wait equally long, so the first is the first to give up. */
  #arm(afterMs: number): void {
    this.#cancelTimer = this.#settings.after(afterMs, () => this.#expire());
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const now = this.#settings.clock.now();
    const expired: ClientCall[] = [];
    for (const call of this.#waiting) {
      if (call.waitsUntil > now) {
        this.#arm(call.waitsUntil - now);
        break;
      }
      expired.push(call);
      this.#waiting.delete(call);
    }
    this.#expired(expired);
  }
}
