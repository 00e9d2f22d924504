/** chaos: lets things go wrong on purpose, the same way in every run of the same seed. */
import { CodedError } from '@interpose/kernel';
import type { AnsweringPolicy } from '../answering-policy.ts';
import {
  type ChaosKind,
  injectBehaviour,
  injectFault,
  injectLatency,
  injectOutcome,
  type Victim,
} from './chaos-injection.ts';
import { type ChaosOptions, checkChaos, OPTION_OF } from './chaos-options.ts';
import { Pauses } from '../retry/pauses.ts';
import { createPolicy, type PolicyBase } from '../policy.ts';
import type { Stage } from '../stage.ts';

/** Events of `chaos`. */
export interface ChaosEvents {
  /** Something was injected into a call. `latencyMs` is there for the kind `latency`. */
  readonly injected: { readonly kind: ChaosKind; readonly latencyMs?: number };
  /** `enabled` has thrown, and nothing was injected. */
  readonly fault: { readonly error: unknown };
  readonly [type: string]: object;
}

/** State of `chaos`. */
export interface ChaosState {
  /** How many calls wait for the end of an injected latency. */
  readonly waiting: number;
  /** How many calls came while it was enabled, since it was made or reset. */
  readonly calls: number;
  /** Into how many of them something was injected. */
  readonly injected: number;
}

/** Chaos. */
export type Chaos<C = unknown, V = never> = AnsweringPolicy<
  C,
  V,
  ChaosOptions<C, V>,
  ChaosState,
  ChaosEvents
>;

/** What chaos fails calls with unless it is told otherwise. Nothing is really wrong. */
export class InjectedFaultError extends CodedError {
  static override readonly code: string = 'INJECTED_FAULT';
  /** The name of the policy. */
  readonly policy: string;

  constructor(policy: string) {
    super(`"${policy}" made the call fail on purpose.`);
    this.policy = policy;
  }
}

/**
 * Injects errors, delays, results or behaviour into a share of the calls, so that a pipeline shows how it bears them. It does nothing until
 * it is enabled.
 *
 * @throws TypeError or RangeError for options out of range, or for an option of another kind
 * @example
 * const serve = pipeline<Call, Response>()
 *   .use(retry())
 *   .use(chaos({ enabled: true, rate: 0.1, kind: 'latency', latencyMs: 500, seed: 7 }))
 *   .handle(({ url }) => fetch(url));
 */
export function chaos<C = unknown, V = never>(options: ChaosOptions<C, V> = {}): Chaos<C, V> {
  return createPolicy<C, ChaosOptions<C, V>, ChaosState, ChaosEvents>({
    policy: 'chaos',
    description: 'Lets things go wrong on purpose.',
    options,
    names: [
      'enabled',
      'rate',
      'kind',
      'fault',
      'latencyMs',
      'outcome',
      'behaviour',
      'seed',
      'random',
    ],
    fixed: ['kind', 'random'],
    events: ['injected', 'fault'],
    create: (base) => {
      const settings = new Settings<C, V>(base);
      return {
        stage: stageOf(settings),
        apply: (given) => settings.apply(given),
        settings: () => settings.describe(),
        state: () => ({ waiting: settings.pauses.size, ...settings.counts }),
        reset: () => settings.reset(),
        dispose: (error) => settings.pauses.close(error),
      };
    },
  }) as unknown as Chaos<C, V>;
}

/** What all calls of one chaos share. */
class Settings<C, V> {
  readonly base: PolicyBase<ChaosEvents>;
  readonly pauses: Pauses;
  counts: { calls: number; injected: number } = { calls: 0, injected: 0 };
  given: ChaosOptions<C, V> = {};
  random: () => number = () => 0;

  constructor(base: PolicyBase<ChaosEvents>) {
    this.base = base;
    this.pauses = new Pauses(base.clock);
  }

  apply(given: ChaosOptions<C, V>): void {
    checkChaos(given);
    const { enabled = false, rate = 0.001, kind = 'fault', seed, random = Math.random } = given;
    // A change of the rate must not start the row of chances again.
    if (seed !== this.given.seed || random !== this.given.random) {
      this.random = seed === undefined ? random : seeded(seed);
    }
    this.given = { ...given, enabled, rate, kind, random };
  }

  describe(): object {
    const { enabled, rate, kind, seed } = this.given;
    const own = OPTION_OF[kind ?? 'fault'];
    const said = this.given[own];
    return { enabled, rate, kind, [own]: said instanceof Error ? String(said) : said, seed };
  }

  /** The row of chances starts again, too. */
  reset(): void {
    this.counts = { calls: 0, injected: 0 };
    const { seed } = this.given;
    if (seed !== undefined) this.random = seeded(seed);
  }

  /** Tells whether it is this call's turn. One chance is drawn for each call, so that the row of injections depends on nothing else. */
  strikes(ctx: C): boolean {
    const { enabled, rate = 0 } = this.given;
    if (enabled === false) return false;
    try {
      if (enabled !== true && !enabled?.(ctx)) return false;
    } catch (error) {
      this.base.events.emit('fault', { error });
      return false;
    }
    this.counts.calls++;
    return this.random() < rate;
  }

  strike(victim: Victim): void {
    const { kind = 'fault', fault, outcome, behaviour } = this.given;
    const { base } = this;
    this.counts.injected++;
    if (kind === 'latency') {
      const latencyMs = this.#latencyMs();
      base.events.emit('injected', { kind, latencyMs });
      return injectLatency(victim, latencyMs, this.pauses);
    }
    base.events.emit('injected', { kind });
    if (kind === 'outcome') return injectOutcome(victim, outcome);
    if (kind === 'behaviour') return injectBehaviour(victim, behaviour as () => unknown);
    injectFault(victim, fault ?? new InjectedFaultError(base.name));
  }

  #latencyMs(): number {
    const { latencyMs = 0 } = this.given;
    if (typeof latencyMs === 'number') return latencyMs;
    const { minMs, maxMs } = latencyMs;
    return minMs + this.random() * (maxMs - minMs);
  }
}

function stageOf<C, V>(settings: Settings<C, V>): Stage {
  return (rest) => (ctx: C, outer) => {
    if (settings.strikes(ctx)) settings.strike({ ctx, outer, rest });
    else rest(ctx, outer);
  };
}

/** Chance that falls the same way each time: a counter that goes up by the golden ratio, mixed by the last step of MurmurHash3. */
function seeded(seed: number): () => number {
  let counter = seed;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
