/** LimitQueue: calls of one key that wait until they may start, in order. */
import type { DisposedError } from '../errors.ts';
import { type LimitedCall, LimitWaiter, type Line, type WaitOwner } from './limit-waiter.ts';
import { StoreAnswer } from './store-answer.ts';
import type { LimitVerdict } from './store-link.ts';

/** Whose queue it is. */
export interface QueueOwner extends WaitOwner {
  readonly order: 'fifo' | 'lifo';
  /** The most that a call may cost now. */
  readonly burst: number;
  /** Asks the store; what it does not say at once it says later. */
  take(call: LimitedCall, tell: (verdict: LimitVerdict) => void): LimitVerdict | StoreAnswer;
  refuseDear(call: LimitedCall): void;
  emptied(key: string): void;
}

/** The queue of one key. It is there only while somebody waits. */
export class LimitQueue implements Line {
  readonly #key: string;
  readonly #owner: QueueOwner;
  readonly #waiters: LimitWaiter[] = [];
  #cancelTimer: (() => void) | undefined;
  #dueMs = 0;
  #asking: { readonly waiter: LimitWaiter; readonly answer: StoreAnswer } | undefined;

  constructor(key: string, owner: QueueOwner) {
    this.#key = key;
    this.#owner = owner;
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** What those who wait cost, the oldest first. */
  get costs(): readonly number[] {
    return this.#waiters.map(({ call }) => call.cost);
  }

  /** How long until somebody may start, as far as is known. */
  dueInMs(nowMs: number): number {
    return this.#cancelTimer ? this.#dueMs - nowMs : 0;
  }

  /** Waits from now on; `waitMs` is how long until the call could start if it were the first. */
  join(call: LimitedCall, waitMs: number): void {
    const waiter = new LimitWaiter(call, this, this.#owner);
    this.#waiters.push(waiter);
    if (this.#head === waiter) this.#arm(waitMs);
  }

  /** Starts those who may. */
  wake(): void {
    for (let head = this.#head; head && !this.#asking; head = this.#head) {
      const waiter = head;
      if (waiter.call.cost > this.#owner.burst) {
        this.#remove(waiter);
        waiter.end(() => this.#owner.refuseDear(waiter.call));
        continue;
      }
      const said = this.#owner.take(waiter.call, (verdict) => {
        this.#asking = undefined;
        if (this.#settle(waiter, verdict)) this.wake();
      });
      if (said instanceof StoreAnswer) this.#asking = { waiter, answer: said };
      else if (!this.#settle(waiter, said)) return;
    }
  }

  /** Waits no longer. Those behind may now be able to start. */
  leave(waiter: LimitWaiter): void {
    const wasFirst = this.#head === waiter;
    this.#remove(waiter);
    if (wasFirst) this.wake();
  }

  /** Sends away whoever has waited longest. */
  dropOldest(refuse: (call: LimitedCall) => void): void {
    const [oldest] = this.#waiters;
    if (!oldest) return;
    this.leave(oldest);
    oldest.end(() => refuse(oldest.call));
  }

  dispose(error: DisposedError): void {
    for (let [waiter] = this.#waiters; waiter; [waiter] = this.#waiters) {
      this.#remove(waiter);
      const { call } = waiter;
      waiter.end(() => call.outer.fail(error));
    }
  }

  get #head(): LimitWaiter | undefined {
    return this.#owner.order === 'fifo' ? this.#waiters[0] : this.#waiters.at(-1);
  }

  /** Tells whether the next may be asked for. */
  #settle(waiter: LimitWaiter, { said, atMs }: LimitVerdict): boolean {
    if (said && 'allowed' in said && !said.allowed) {
      this.#arm(said.retryAfterMs);
      return false;
    }
    this.#remove(waiter);
    if (said && !('allowed' in said)) waiter.end(() => waiter.call.outer.fail(said));
    else waiter.admit(said && atMs);
    return true;
  }

  #remove(waiter: LimitWaiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at >= 0) this.#waiters.splice(at, 1);
    waiter.stopWaiting();
    if (this.#asking?.waiter === waiter) {
      this.#asking.answer.abandon();
      this.#asking = undefined;
    }
    if (this.#waiters.length > 0) return;
    this.#stopTimer();
    this.#owner.emptied(this.#key);
  }

  #arm(afterMs: number): void {
    this.#stopTimer();
    const waitMs = afterMs > 1 ? afterMs : 1;
    this.#dueMs = Math.floor(this.#owner.clock.now()) + waitMs;
    this.#cancelTimer = this.#owner.clock.setTimer(() => {
      this.#cancelTimer = undefined;
      this.wake();
    }, waitMs);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
