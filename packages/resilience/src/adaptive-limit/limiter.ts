/** Limiter: slots whose limit follows an algorithm. */
import type { Outcome } from '@interpose/kernel';
import { LoadShedError, TimeoutError } from '../errors.ts';
import { type Classify, type Verdict, verdictOf } from '../outcome.ts';
import { checkFunction, type PolicyBase } from '../policy.ts';
import { endOf } from '../scope.ts';
import { type SlotOptions, slotRules, type SlotRules } from '../bulkhead/slot-options.ts';
import { Slots } from '../bulkhead/slots.ts';
import type { SlotEvents } from '../bulkhead/waiter.ts';
import { type LimitSample, type LimitState, within } from './limit-algorithm.ts';
import { type LimitTuningOptions, tuned, type Tuned } from './limit-tuning.ts';

/** Options of `adaptiveLimit`. */
export interface AdaptiveLimitOptions<C = unknown> extends SlotOptions<C>, LimitTuningOptions {
  /**
   * Says how an outcome counts: a success is a sample, a failure is a loss, what is ignored is neither. A classifier that throws counts as
   * a loss. @default a value is a success, a timeout (of the run, or further out) a failure, any other error ignored
   */
  readonly classify?: Classify<C>;
}

/** Events of `adaptiveLimit`. */
export interface AdaptiveLimitEvents extends SlotEvents {
  /** A run that took so long has moved the limit. */
  readonly limitChanged: { readonly from: number; readonly to: number; readonly rttMs: number };
}

/** What all runs of one adaptive limit share. */
export class Limiter<C> {
  readonly base: PolicyBase<AdaptiveLimitEvents>;
  readonly slots: Slots<C>;
  #rules: SlotRules<C>;
  #tuned: Tuned;
  #state: LimitState;
  #judge: Classify<C> = byDefault;
  classify: Classify<C> | undefined;

  constructor(base: PolicyBase<AdaptiveLimitEvents>, options: AdaptiveLimitOptions<C>) {
    this.base = base;
    this.#rules = slotRules(options);
    this.#tuned = tuned(options);
    this.#state = this.#begun();
    this.slots = new Slots(base, this.#rules, () => new LoadShedError({ policy: base.name }));
  }

  /** Lets options count that have been found to be right. The limit stays as near as it may to where it has got. */
  apply(options: AdaptiveLimitOptions<C>): void {
    const rules = slotRules(options);
    const tuning = tuned(options);
    const { classify } = options;
    checkFunction('classify', classify);
    this.#rules = rules;
    this.#tuned = tuning;
    this.classify = classify;
    this.#judge = classify
      ? (outcome, ctx) => classify(outcome, ctx) ?? byDefault(outcome, ctx)
      : byDefault;
    this.slots.change(rules);
    this.#move({ ...this.#state, limit: within(this.#state.limit, tuning.tuning) });
  }

  /** Goes back to the initial limit and forgets all samples. */
  reset(): void {
    this.slots.reset();
    this.#move(this.#begun());
  }

  settings(): object {
    return { ...this.#tuned.settings, ...this.#rules, classify: this.classify };
  }

  /** A run has come to its end. */
  sample(sample: LimitSample): void {
    const { algorithm, tuning } = this.#tuned;
    const from = this.slots.limit;
    this.#move(algorithm.next(this.#state, sample, tuning));
    const to = this.slots.limit;
    if (to !== from) this.base.events.emit('limitChanged', { from, to, rttMs: sample.rttMs });
  }

  /** How an outcome counts. */
  verdictOf(outcome: Outcome<unknown>, ctx: C): Verdict {
    return verdictOf(outcome, ctx, this.#judge);
  }

  #begun(): LimitState {
    const { algorithm, initial, tuning } = this.#tuned;
    return algorithm.begin(initial, tuning);
  }

  #move(state: LimitState): void {
    this.#state = state;
    const limit = Math.floor(state.limit);
    if (limit !== this.slots.limit) this.slots.limit = limit;
  }
}

/** How long an error took says nothing about load; except that a timeout, wherever it struck, says that there is too much of it. */
function byDefault(outcome: Outcome<unknown>, ctx: unknown): Verdict {
  if (TimeoutError.is(endOf(ctx)?.reason)) return 'failure';
  if (outcome.ok) return 'success';
  return TimeoutError.is(outcome.error) ? 'failure' : 'ignored';
}
