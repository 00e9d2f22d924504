/** The stage of a circuit breaker: asks the circuit before each call, and tells it how the call has ended. */
import type { Clock, Outcome } from '@interpose/kernel';
import { type Classify, type Verdict, verdictOf } from '../outcome.ts';
import { endOf } from '../scope.ts';
import type { Receiver, Stage } from '../stage.ts';
import { untilEnd } from '@interpose/kernel/when-ended';
import { type Circuit, REFUSED } from './circuit.ts';
import type { SharedCircuit } from './shared-circuit.ts';

/** What all calls through one breaker share. */
export interface Breaker {
  readonly circuit: Circuit;
  readonly shared: SharedCircuit | undefined;
  readonly clock: Clock;
  // oxlint-disable-next-line typescript/no-explicit-any -- contexts of every kind pass through here
  classify: Classify<any> | undefined;
  slowCallMs: number | undefined;
  stream: 'until-end' | 'until-first';
}

/** Puts a breaker round the rest. */
export function stageOf(breaker: Breaker): Stage {
  const { circuit, shared, clock } = breaker;
  return (rest) => (ctx: unknown, outer) => {
    shared?.refresh();
    if (!circuit.isFree) {
      // Whoever has given up must not take the permit of another.
      const end = endOf(ctx);
      if (end?.aborted) return outer.fail(end.reason);
    }
    const generation = circuit.admit();
    if (generation === REFUSED) return outer.fail(circuit.refusal());
    const run = new BreakerRun(breaker, outer, ctx);
    run.generation = generation;
    if (breaker.slowCallMs !== undefined) run.beganMs = clock.now();
    rest(ctx, run);
  };
}

/** One call that has been let through. */
class BreakerRun implements Receiver {
  generation: number = REFUSED;
  /** Only where it mattered how long a call takes when this one began. */
  beganMs: number | undefined;
  readonly #breaker: Breaker;
  readonly #outer: Receiver;
  readonly #ctx: unknown;

  constructor(breaker: Breaker, outer: Receiver, ctx: unknown) {
    this.#breaker = breaker;
    this.#outer = outer;
    this.#ctx = ctx;
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  linger(): () => void {
    return this.#outer.linger();
  }

  succeed(value: unknown): void {
    const { circuit, classify, stream } = this.#breaker;
    if (typeof value === 'object' && value !== null && stream === 'until-end' && goesOn(value)) {
      return this.#outer.succeed(this.#watch(value));
    }
    if (classify) this.#count({ ok: true, value });
    else circuit.succeeded(this.generation, this.#isSlow());
    this.#outer.succeed(value);
  }

  fail(error: unknown): void {
    this.#count({ ok: false, error });
    this.#outer.fail(error);
  }

  /** A stream that began well may still break off. It was slow if it began late. */
  #watch(value: object): unknown {
    const verdict = verdictOf({ ok: true, value }, this.#ctx, this.#breaker.classify);
    const slow = this.#isSlow();
    if (verdict !== 'success') {
      this.#settle(verdict, slow, value);
      return value;
    }
    return untilEnd(value, {
      ended: () => this.#settle('success', slow),
      failed: (error) => this.#count({ ok: false, error }, slow),
      left: () => this.#settle(endOf(this.#ctx)?.aborted ? 'ignored' : 'success', slow),
    });
  }

  #count(outcome: Outcome<unknown>, slow: boolean = this.#isSlow()): void {
    const verdict = verdictOf(outcome, this.#ctx, this.#breaker.classify);
    this.#settle(verdict, slow, outcome.ok ? outcome.value : outcome.error);
  }

  #settle(verdict: Verdict, slow: boolean, failure?: unknown): void {
    const { circuit } = this.#breaker;
    if (verdict === 'ignored') circuit.ignored(this.generation);
    else if (verdict === 'success') circuit.succeeded(this.generation, slow);
    // What a classifier says that is none of the three is a fault of its own.
    else circuit.failed(this.generation, slow, failure);
  }

  #isSlow(): boolean {
    const { beganMs } = this;
    const { slowCallMs, clock } = this.#breaker;
    if (slowCallMs === undefined || beganMs === undefined) return false;
    return clock.now() - beganMs >= slowCallMs;
  }
}

/** True for what may be a stream; all kinds of them can be iterated, or piped. */
const goesOn = (value: object): boolean => Symbol.asyncIterator in value || 'pipe' in value;
