/** MiddlewareCircuit: the circuit of one middleware, with a short way for as long as all is well. */
import type { Clock } from '@interpose/kernel';
import type { CircuitBreakerEvents } from '../circuit-breaker/circuit-events.ts';
import { Circuit } from '../circuit-breaker/circuit.ts';
import { SharedCircuit } from '../circuit-breaker/shared-circuit.ts';
import { Events } from '../events.ts';
import type { MiddlewareCircuitSettings } from './circuit-breaker-config.ts';
import { CircuitState } from './guard-events.ts';

/** What a circuit breaker says of one middleware. Times are milliseconds since 1970 in UTC. */
export interface CircuitBreakerMetrics {
  readonly name: string;
  readonly state: CircuitState;
  /** Failures since it was made or reset. */
  readonly failures: number;
  /** Failures since the last success, while the circuit is closed. */
  readonly consecutiveFailures: number;
  /** Successes since it was made or reset. */
  readonly successes: number;
  /** Calls that did not get to the middleware because its circuit was open. */
  readonly rejected: number;
  /** `null` if it never failed. */
  readonly lastFailureAt: number | null;
  /** `null` while the circuit is closed. */
  readonly openedAt: number | null;
  /** When a run will be let through on trial; `null` unless the circuit is open. */
  readonly nextAttemptAt: number | null;
}

/** What a circuit of a middleware works with. */
export interface MiddlewareCircuitParts {
  readonly name: string;
  readonly clock: Clock;
  readonly settings: MiddlewareCircuitSettings;
  readonly onChange: (name: string, from: CircuitState, to: CircuitState) => void;
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

/** The circuit of one middleware. */
export class MiddlewareCircuit {
  readonly #parts: MiddlewareCircuitParts;
  readonly #circuit: Circuit;
  readonly #shared: SharedCircuit | undefined;
  /** Closed, with no failure counted and nobody to ask: neither a beginning nor a success would move it. */
  #isQuiet: boolean;
  /** That of the circuit while it is quiet. */
  #generation = 1;
  #last: CircuitState = CircuitState.CLOSED;
  #successes = 0;
  #failures = 0;
  #rejected = 0;

  constructor(parts: MiddlewareCircuitParts) {
    const { name, clock, settings } = parts;
    const events = new Events<CircuitBreakerEvents>({ policy: name, clock }, EVENTS);
    const onTurn = (): void => this.#shared?.turned();
    const circuit = new Circuit({ name, clock, events, onTurn }, settings.circuit);
    const sharing = settings.sharing(name);
    this.#parts = parts;
    this.#circuit = circuit;
    this.#shared = sharing && new SharedCircuit({ circuit, clock, events, settings: sharing });
    this.#isQuiet = !sharing;
    events.on('opened', () => this.#turned(CircuitState.OPEN));
    events.on('halfOpened', () => this.#turned(CircuitState.HALF_OPEN));
    events.on('closed', () => this.#turned(CircuitState.CLOSED));
  }

  /** Lets a run begin and gives the generation that it belongs to, or `REFUSED`. */
  admit(): number {
    if (this.#isQuiet) return this.#generation;
    this.#shared?.refresh();
    return this.#circuit.admit();
  }

  /** What a call is refused with that has just not been let run. */
  refusal(): Error {
    return this.#circuit.refusal();
  }

  /** A call did not get to the middleware. */
  rejected(): void {
    this.#rejected++;
  }

  succeeded(generation: number): void {
    this.#successes++;
    if (this.#isQuiet) return;
    this.#circuit.succeeded(generation, false);
    this.#settle();
  }

  failed(generation: number, error: unknown): void {
    this.#failures++;
    this.#circuit.failed(generation, false, error);
    this.#settle();
  }

  ignored(generation: number): void {
    if (this.#isQuiet) return;
    this.#circuit.ignored(generation);
    this.#settle();
  }

  /** Whether a run would be let through now. It takes no permit. */
  get allows(): boolean {
    return this.#circuit.allows;
  }

  get state(): CircuitState {
    // Looking moves it to where time has led it.
    const { state } = this.#circuit.state();
    return STATES[state];
  }

  /** As when it was made; runs under way count no more. */
  reset(): void {
    this.#circuit.reset();
    this.#successes = 0;
    this.#failures = 0;
    this.#rejected = 0;
    this.#settle();
  }

  metrics(): CircuitBreakerMetrics {
    const { clock, name } = this.#parts;
    const said = this.#circuit.state();
    const wallAtZeroMs = clock.wall() - clock.now();
    const wall = (atMs: number | undefined): number | null =>
      atMs === undefined ? null : wallAtZeroMs + atMs;
    return {
      name,
      state: STATES[said.state],
      failures: this.#failures,
      consecutiveFailures: said.failures,
      successes: this.#successes,
      rejected: this.#rejected,
      lastFailureAt: wall(said.lastFailureAtMs),
      openedAt: wall(said.openedAtMs),
      nextAttemptAt: wall(said.openUntilMs),
    };
  }

  dispose(): void {
    this.#shared?.dispose();
  }

  #settle(): void {
    if (this.#shared) return;
    const { state, calls, generation } = this.#circuit.state();
    this.#isQuiet = state === 'closed' && calls === 0;
    this.#generation = generation;
  }

  #turned(to: CircuitState): void {
    const from = this.#last;
    this.#last = to;
    if (from !== to) this.#parts.onChange(this.#parts.name, from, to);
  }
}

const STATES = {
  closed: CircuitState.CLOSED,
  open: CircuitState.OPEN,
  'half-open': CircuitState.HALF_OPEN,
  isolated: CircuitState.OPEN,
} as const;
