/** UnderWay: the requests that are under way, in places that are used again. */
import type { GatewayRequest } from './context.ts';

/**
 * Requests with what ends when they do. No map: of a map that changes with each request V8 makes a new table every so often, and the old one
 * keeps alive, until the next full collection of garbage, whatever was in it.
 */
export class UnderWay {
  readonly #requests: (GatewayRequest | undefined)[] = [];
  readonly #endings: (Promise<void> | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#requests.length - this.#free.length;
  }

  /** Those that are under way, in no order. */
  get requests(): readonly GatewayRequest[] {
    return this.#requests.filter((ctx) => ctx !== undefined);
  }

  /** What ends when they do. */
  get endings(): readonly Promise<void>[] {
    return this.#endings.filter((running) => running !== undefined);
  }

  /** A request has begun, and is over when `running` is, which must not reject. */
  add(ctx: GatewayRequest, running: Promise<void>): void {
    const at = this.#free.pop() ?? this.#requests.length;
    this.#requests[at] = ctx;
    this.#endings[at] = running;
    void running.then(() => this.#remove(at));
  }

  #remove(at: number): void {
    this.#requests[at] = undefined;
    this.#endings[at] = undefined;
    this.#free.push(at);
  }
}
