/** coalesce: equal calls in flight share one run. */
import { unexpected } from '@interpose/kernel/options';
import { Flights } from './flights.ts';
import {
  checkFunction,
  createPolicy,
  type PolicyBase,
  type PolicyOptions,
  type ResiliencePolicy,
} from '../policy.ts';
import type { Receiver, Stage } from '../stage.ts';

/** Options of `coalesce`. */
export interface CoalesceOptions<C = unknown> extends PolicyOptions {
  /**
   * Says which calls are equal. Whoever may get a different answer must get a different key: put into it who calls. `undefined` lets the
   * call run by itself.
   */
  readonly key: (ctx: C) => string | undefined;
}

/** Events of `coalesce`. */
export interface CoalesceEvents {
  /** A call shares the run of an equal one, for which so many wait now. */
  readonly coalesced: { readonly key: string; readonly waiting: number };
  /** A run has ended after all who waited for it had left. */
  readonly abandoned: { readonly key: string; readonly elapsedMs: number };
  readonly [type: string]: object;
}

/** State of `coalesce`. */
export interface CoalesceState {
  /** How many runs are under way for which somebody waits. */
  readonly running: number;
  /** How many callers wait for them. */
  readonly waiting: number;
  /** How many runs go on although nobody waits for them. */
  readonly abandoned: number;
  /** How many calls have shared the run of another since it was made or reset. */
  readonly coalesced: number;
}

/** A policy by which equal calls share one run. */
export type Coalesce<C = unknown> = ResiliencePolicy<
  C,
  CoalesceOptions<C>,
  CoalesceState,
  CoalesceEvents
>;

/**
 * Lets a call that equals one under way wait for that one's outcome, whatever it is, instead of running by itself. The run ends early only
 * when all who wait for it have given up. Nothing is remembered once it is over.
 *
 * @throws TypeError for options out of range
 * @example
 * const load = pipeline<Call, Price>().use(coalesce({ key: ({ sku }: Call) => sku })).handle(fetchPrice);
 */
export function coalesce<C = unknown>(options: CoalesceOptions<C>): Coalesce<C> {
  return createPolicy({
    policy: 'coalesce',
    description: 'Equal calls in flight share one run.',
    options,
    names: ['key'],
    events: ['coalesced', 'abandoned'],
    create: (base) => {
      const coalescing = new Coalescing<C>(base);
      return {
        stage: coalescing.stage,
        apply({ key }) {
          if (key === undefined) throw unexpected('key', 'a function', key);
          checkFunction('key', key);
          coalescing.key = key;
        },
        settings: () => ({ key: coalescing.key }),
        state: () => ({ ...coalescing.flights.counts, coalesced: coalescing.coalesced }),
        reset() {
          coalescing.coalesced = 0;
          coalescing.flights.closeAll();
        },
      };
    },
  });
}

/** What all calls through one policy share. */
class Coalescing<C> {
  readonly flights: Flights;
  coalesced = 0;
  key!: (ctx: C) => string | undefined;
  readonly #base: PolicyBase<CoalesceEvents>;

  constructor(base: PolicyBase<CoalesceEvents>) {
    this.#base = base;
    this.flights = new Flights(base.clock, (late) => base.events.emit('abandoned', late));
  }

  readonly stage: Stage = (rest) => {
    const blind = rest.blind ?? false;
    return (ctx: C, receiver: Receiver) => {
      let key: string | undefined;
      try {
        key = this.#keyOf(ctx);
      } catch (error) {
        return receiver.fail(error);
      }
      if (key === undefined) return rest(ctx, receiver);
      const caller = { ctx, receiver, rest };
      const flight = this.flights.find(key, ctx);
      if (!flight) return this.flights.lead(caller, { key, run: rest, blind, joinable: true });
      this.coalesced++;
      flight.join(caller);
      this.#base.events.emit('coalesced', { key, waiting: flight.waiting });
    };
  };

  #keyOf(ctx: C): string | undefined {
    const key: unknown = this.key(ctx);
    if (key === undefined || typeof key === 'string') return key;
    throw unexpected('key(ctx)', 'a string or undefined', key);
  }
}
