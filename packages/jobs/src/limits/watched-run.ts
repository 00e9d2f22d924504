/** watchedRun: runs the rest of a job so that it can be told to stop, and says whether it did. */
import type { Awaitable, CancelTimer } from '@interpose/kernel';
import { instructionOf, linkContext } from '@interpose/resilience';
import type { JobContext } from '../job-context.ts';
import type { HandlerEnd } from './errors.ts';
import type { ResourceGate, Stoppable } from './resource-gate.ts';

/** How the rest is run. */
export interface WatchOptions {
  readonly gate: ResourceGate;
  /** How long the handler has to stop. */
  readonly graceMs: number;
}

/**
 * Runs the rest under the eyes of a gate. If it must stop, its signal is aborted; what it then still comes to counts for as long as the
 * grace lasts.
 */
export function watchedRun<C extends JobContext, R>(
  ctx: C,
  next: (ctx?: C) => Awaitable<R>,
  { gate, graceMs }: WatchOptions,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const run = new WatchedRun(gate, graceMs, reject);
    const linked = linkContext(ctx);
    run.tellHandler = (reason) => linked.abort(reason);
    const leave = gate.enter(run);
    const ended = (): boolean => {
      leave();
      linked.dispose();
      return run.ended();
    };
    const rest = async (): Promise<R> => next(linked.ctx);
    rest().then(
      (value) => {
        if (ended()) resolve(value);
      },
      (error: unknown) => {
        if (ended()) reject(run.judged(error) as Error);
      },
    );
  });
}

/** One run that can be told to stop. */
class WatchedRun implements Stoppable {
  readonly #gate: ResourceGate;
  readonly #graceMs: number;
  readonly #sendAway: (error: Error) => void;
  #used: number | undefined;
  /** What the handler was told. */
  #reason: Error | undefined;
  #cancel: CancelTimer | undefined;
  #abandonedMs: number | undefined;
  tellHandler: (reason: Error) => void = () => {};

  constructor(gate: ResourceGate, graceMs: number, sendAway: (error: Error) => void) {
    this.#gate = gate;
    this.#graceMs = graceMs;
    this.#sendAway = sendAway;
  }

  get mayBeStopped(): boolean {
    return this.#reason === undefined;
  }

  stop(used: number): void {
    this.#used = used;
    this.#reason = this.#error('running');
    this.#cancel = this.#gate.settings.clock.setTimer(() => this.#abandon(), this.#graceMs);
    this.tellHandler(this.#reason);
  }

  /** It has ended; tells whether anybody still waits for it. */
  ended(): boolean {
    this.#cancel?.();
    if (this.#abandonedMs === undefined) return true;
    const { clock, tell } = this.#gate.settings;
    tell({ type: 'ended', lateMs: clock.now() - this.#abandonedMs });
    return false;
  }

  /** What a failure is to those further out. An instruction to the queue stays what it is. */
  judged(error: unknown): unknown {
    if (!this.#reason || instructionOf(error)) return error;
    return this.#error('stopped', error === this.#reason ? undefined : error);
  }

  #abandon(): void {
    this.#abandonedMs = this.#gate.settings.clock.now();
    this.#sendAway(this.#error('abandoned'));
  }

  #error(handler: HandlerEnd, cause?: unknown): Error {
    const { limit, errorOf } = this.#gate.settings;
    return errorOf({ limit, used: this.#used, handler, cause });
  }
}
