/** circuitBreaker: stops calling what keeps failing, and finds out by single calls when it is well again. */
import {
  createPolicy,
  type PolicyBase,
  type PolicyWorks,
  type ResiliencePolicy,
} from '../policy.ts';
import {
  callSettings,
  type CircuitBreakerOptions,
  circuitSettings,
  OPTION_NAMES,
  sharingSettings,
} from './breaker-options.ts';
import type { CircuitBreakerEvents } from './circuit-events.ts';
import { type CircuitSnapshot, restoreFrom, snapshotOf } from './circuit-snapshot.ts';
import type { CircuitBreakerState } from './circuit-state.ts';
import { type Breaker, stageOf } from './breaker-stage.ts';
import { Circuit } from './circuit.ts';
import { SharedCircuit } from './shared-circuit.ts';

/** A circuit breaker. */
export interface CircuitBreaker<C = unknown> extends ResiliencePolicy<
  C,
  CircuitBreakerOptions<C>,
  CircuitBreakerState,
  CircuitBreakerEvents
> {
  /** Whether a call would be let through now. It takes no permit: of a half-open circuit, another may take it first. */
  allows(): boolean;
  /**
   * Lets nothing through until it is released. Gives back how to do so; a second release does nothing. Whoever isolates it while it is
   * isolated has to release it, too; then it stands as it would without. Only `reset()` ends it for all.
   */
  isolate(): () => void;
  /** Opens it now, as failures would, for as long as it would be open by now. */
  open(): void;
  /** Closes it now and forgets what was counted. If it is isolated it stays so until it is released. */
  close(): void;
  /** How it stands, as JSON, so that it can go on elsewhere or later. */
  snapshot(): CircuitSnapshot;
  /**
   * Goes on from a snapshot.
   *
   * @throws TypeError or RangeError if it is no snapshot of a form that is known here; then nothing has changed
   */
  restore(snapshot: CircuitSnapshot): void;
}

/**
 * Counts how calls end. When too many fail, the circuit opens: calls are refused at once with CircuitOpenError, and the rest is left in
 * peace. After a while the circuit is half-open: a few calls are let through on trial, and by these it closes or opens again.
 *
 * @throws TypeError or RangeError for options out of range; CircuitOpenError or CircuitIsolatedError when called
 * @example
 * const load = pipeline<Call, Response>().use(circuitBreaker({ name: 'orders' })).handle(({ url }) => fetch(url));
 */
export function circuitBreaker<C = unknown>(
  options: CircuitBreakerOptions<C> = {},
): CircuitBreaker<C> {
  let breaker!: Breaker;
  const policy = createPolicy<
    C,
    CircuitBreakerOptions<C>,
    CircuitBreakerState,
    CircuitBreakerEvents
  >({
    policy: 'circuitBreaker',
    description: 'Stops calling what keeps failing.',
    follows: true,
    options,
    names: OPTION_NAMES,
    fixed: ['store', 'storeKey'],
    events: EVENTS,
    create(base) {
      breaker = breakerOf(base, options);
      return worksOf(breaker, base.name);
    },
  });
  const { circuit, clock } = breaker;
  return Object.assign(policy, {
    allows: () => circuit.allows,
    isolate: () => circuit.isolate(),
    open: () => circuit.openByHand(),
    close: () => circuit.closeByHand(),
    snapshot: () => snapshotOf(circuit, clock),
    restore: (snapshot: CircuitSnapshot) => restoreFrom(snapshot, circuit, clock),
  });
}

const EVENTS: readonly (keyof CircuitBreakerEvents & string)[] = [
  'opened',
  'halfOpened',
  'closed',
  'isolated',
  'released',
  'rejected',
  'staleResult',
  'storeFailed',
];

function breakerOf<C>(
  { name, clock, events }: PolicyBase<CircuitBreakerEvents>,
  options: CircuitBreakerOptions<C>,
): Breaker {
  const settings = circuitSettings(options);
  const sharing = sharingSettings(options, name);
  const circuit = new Circuit({ name, clock, events, onTurn: () => shared?.turned() }, settings);
  const shared = sharing && new SharedCircuit({ circuit, clock, events, settings: sharing });
  const { slowCallMs } = settings;
  return { circuit, shared, clock, classify: options.classify, slowCallMs, stream: 'until-end' };
}

function worksOf<C>(
  breaker: Breaker,
  name: string,
): PolicyWorks<CircuitBreakerOptions<C>, CircuitBreakerState> {
  const { circuit, shared } = breaker;
  let settings: object;
  return {
    stage: stageOf(breaker),
    apply(options) {
      const circuitOnes = circuitSettings(options);
      const sharingOnes = sharingSettings(options, name);
      const { classify, stream } = callSettings(options);
      circuit.configure(circuitOnes);
      if (sharingOnes) shared?.configure(sharingOnes);
      Object.assign(breaker, { classify, stream, slowCallMs: circuitOnes.slowCallMs });
      const { store: _, ...named } = sharingOnes ?? {};
      settings = { ...circuitOnes, classify, stream, ...named };
    },
    settings: () => settings,
    state: () => circuit.state(),
    reset: () => circuit.reset(),
    dispose: () => shared?.dispose(),
  };
}
