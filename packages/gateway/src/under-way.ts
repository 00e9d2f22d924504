/** UnderWay: the requests that are under way, in places that are used again. */
import type { GatewayRequest } from './context.ts';

/** Somebody who waits until some requests are over. */
interface Waiter {
  readonly left: Set<GatewayRequest>;
  readonly tell: () => void;
}

/**
 * The requests that are under way. No map: of a map that changes with each request V8 makes a new table every so often, and the old one
 * keeps alive, until the next full collection of garbage, whatever was in it.
 */
export class UnderWay {
  readonly #requests: (GatewayRequest | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#requests.length - this.#free.length;
  }

  /** Those that are under way, in no order. */
  get requests(): readonly GatewayRequest[] {
    return this.#requests.filter((ctx) => ctx !== undefined);
  }

  /** A request has begun. Gives its place, for `remove`. */
  add(ctx: GatewayRequest): number {
    const at = this.#free.pop() ?? this.#requests.length;
    this.#requests[at] = ctx;
    return at;
  }

  /** The request in this place is over. */
  remove(at: number): void {
    const ctx = this.#requests[at];
    if (!ctx) return;
    this.#requests[at] = undefined;
    this.#free.push(at);
    for (const waiter of this.#waiters) {
      waiter.left.delete(ctx);
      if (waiter.left.size === 0) this.#tell(waiter);
    }
  }

  /** Comes when those that are under way now are over. */
  settled(): Promise<void> {
    return new Promise((tell) => {
      const waiter = { left: new Set(this.requests), tell };
      this.#waiters.add(waiter);
      if (waiter.left.size === 0) this.#tell(waiter);
    });
  }

  #tell(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.tell();
  }
}
