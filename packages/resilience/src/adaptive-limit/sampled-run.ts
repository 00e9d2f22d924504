/** SampledRun: a run that holds a slot and tells how long it took. */
import type { Outcome } from '@interpose/kernel';
import { HeldRun } from '../bulkhead/held-run.ts';
import type { Receiver } from '../stage.ts';
import type { Limiter } from './limiter.ts';

/** A clock may be too coarse to see how long a run took; but no time at all is nothing to compare with. */
const LEAST_RTT_MS = 0.001;

/** One run under an adaptive limit. */
export class SampledRun<C> extends HeldRun {
  readonly #outer: Receiver;
  readonly #limiter: Limiter<C>;
  readonly #ctx: C;
  readonly #beganMs: number;
  readonly #inFlight: number;
  #over = false;

  constructor(outer: Receiver, limiter: Limiter<C>, ctx: C) {
    super(outer, limiter.slots);
    this.#outer = outer;
    this.#limiter = limiter;
    this.#ctx = ctx;
    this.#inFlight = limiter.slots.running;
    this.#beganMs = limiter.base.clock.now();
  }

  override get passive(): boolean {
    const { base, classify } = this.#limiter;
    return this.#outer.passive && !base.events.heard && !classify;
  }

  override succeed(value: unknown): void {
    // How fast a stream is read is the reader's affair, so it is measured when it is there.
    this.#settled({ ok: true, value });
    super.succeed(value);
  }

  override fail(error: unknown): void {
    this.#settled({ ok: false, error });
    super.fail(error);
  }

  #settled(outcome: Outcome<unknown>): void {
    // A thenable of somebody else's making may settle twice, but it is one run.
    if (this.#over) return;
    this.#over = true;
    const limiter = this.#limiter;
    const verdict = limiter.verdictOf(outcome, this.#ctx);
    if (verdict === 'ignored') return;
    const rttMs = Math.max(LEAST_RTT_MS, limiter.base.clock.now() - this.#beganMs);
    limiter.sample({ rttMs, inFlight: this.#inFlight, dropped: verdict === 'failure' });
  }
}
