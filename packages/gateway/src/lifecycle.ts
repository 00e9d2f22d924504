/** Lifecycle: from the start of a gateway to its end, with the requests that are under way at any time. */
import type { Clock } from '@interpose/kernel';
import { checkMs } from '@interpose/kernel/options';
import type { GatewayRequest } from './context.ts';
import type { ShutdownConfig } from './listeners/listener-config.ts';
import type { Logger } from './logger.ts';
import { Patience } from './patience.ts';
import { UnderWay } from './under-way.ts';

/** How far a gateway is: `starting` until it listens, `draining` as soon as it is told to end. Only `ready` ones are to be sent anything. */
export type GatewayState = 'starting' | 'ready' | 'draining' | 'closed';

/** What has to be ended, and how. */
export interface LifecycleParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes no more connections, and cuts those that are left after a time. Tells how many it cut. */
  closeListeners(graceMs: number): Promise<number>;
  /** Ends everything else, once no request is under way any more. */
  end(): Promise<void>;
}

/** How long handlers may take to notice that their clients have been cut off. */
const AFTER_CUT_MS = 1000;
/** So many requests are named that were cut. */
const MOST_NAMED = 20;

/** Where a gateway is between its start and its end. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #underWay = new UnderWay();
  /** Those that have been cut, and told of. */
  readonly #named = new WeakSet<GatewayRequest>();
  #state: GatewayState = 'starting';
  #closing: Promise<number> | undefined;
  #skipDelay: () => void = () => {};
  readonly #patience = new Patience();

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  get state(): GatewayState {
    return this.#state;
  }

  /** How many requests are under way. */
  get size(): number {
    return this.#underWay.size;
  }

  /** It listens. */
  started(): void {
    if (this.#state === 'starting') this.#state = 'ready';
  }

  /** A request has begun. Gives its place, for `ended`. */
  began(ctx: GatewayRequest): number {
    return this.#underWay.add(ctx);
  }

  /** The request in this place is over. */
  ended(place: number): void {
    this.#underWay.remove(place);
  }

  /** Comes when all that `waiting` waits for is there, or nobody is waited for any more. */
  patiently(waiting: Promise<unknown>): Promise<void> {
    return this.#patience.wait(waiting);
  }

  /** Comes when the requests that are under way now are over. */
  settled(): Promise<void> {
    return this.patiently(this.#underWay.settled());
  }

  /** Says at once that it is not ready any more, serves on for a while, and closes then. */
  async shutDown({ preStopDelayMs = 5000, graceMs = 30_000 }: ShutdownConfig): Promise<number> {
    checkMs('preStopDelayMs', preStopDelayMs);
    checkMs('graceMs', graceMs);
    if (this.#state === 'ready' && preStopDelayMs > 0) {
      this.#state = 'draining';
      await new Promise<void>((resolve) => {
        const cancel = this.#parts.clock.setTimer(resolve, preStopDelayMs);
        this.#skipDelay = () => {
          cancel();
          resolve();
        };
      });
    }
    return this.close(graceMs);
  }

  /** Takes no more connections and lets requests under way end; told again, it can only become shorter. Tells how many it had to cut. */
  close(graceMs: number): Promise<number> {
    checkMs('graceMs', graceMs);
    const { clock } = this.#parts;
    if (this.#state !== 'closed') this.#state = 'draining';
    this.#skipDelay();
    // Set before the listeners set theirs: what is about to be cut can still be named.
    if (graceMs === 0) this.#nameCut(0);
    const cancelNaming = clock.setTimer(() => this.#nameCut(graceMs), graceMs);
    const cut = this.#parts.closeListeners(graceMs);
    this.#closing ??= this.#end(cut);
    const cancelGivingUp = clock.setTimer(() => this.#patience.lose(), graceMs + AFTER_CUT_MS);
    return this.#closing.finally(() => {
      cancelNaming();
      cancelGivingUp();
    });
  }

  async #end(closed: Promise<number>): Promise<number> {
    const { logger } = this.#parts;
    const cut = await closed;
    await this.settled();
    await this.#parts.end();
    if (this.size > 0) {
      const message = `Handlers of ${this.size} requests had not ended when the gateway closed`;
      logger.warn({ message });
    }
    this.#state = 'closed';
    return cut;
  }

  #nameCut(graceMs: number): void {
    const { clock, logger } = this.#parts;
    const now = clock.now();
    const left = this.#underWay.requests.filter(
      (ctx) => ctx.outcome === undefined && !this.#named.has(ctx),
    );
    if (left.length === 0) return;
    for (const ctx of left) this.#named.add(ctx);
    logger.warn({
      message: `Cut ${left.length} requests that had not ended within ${graceMs} ms`,
      requests: left
        .slice(0, MOST_NAMED)
        .map(({ method, path, route, requestId, startedAtMs }) => ({
          method,
          path,
          route: route?.name ?? null,
          requestId,
          ms: Math.round(now - startedAtMs),
        })),
    });
  }
}
