/** MiddlewareCircuitBreaker: the circuits of middleware, by name. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { type CircuitBreakerConfig, middlewareCircuitSettings } from './circuit-breaker-config.ts';
import { CircuitState } from './guard-events.ts';
import { type CircuitBreakerMetrics, MiddlewareCircuit } from './middleware-circuit.ts';

/** What a circuit breaker works with beside its config. */
export interface MiddlewareCircuitBreakerParts {
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is told of every change. @default nobody */
  readonly onChange?: (name: string, from: CircuitState, to: CircuitState) => void;
}

/**
 * Stops running a middleware that keeps failing, and finds out by single runs when it is well again. Each middleware has a circuit of its
 * own; one that is unknown is as one that has never run.
 *
 * @example
 * const { circuitBreaker } = guard(serve);
 * if (circuitBreaker.getState('geo-lookup') === CircuitState.OPEN) circuitBreaker.reset('geo-lookup');
 */
export class MiddlewareCircuitBreaker {
  readonly #circuits: Map<string, MiddlewareCircuit> = new Map();
  readonly #open: (name: string) => MiddlewareCircuit;

  constructor(config: CircuitBreakerConfig = {}, parts: MiddlewareCircuitBreakerParts = {}) {
    const settings = middlewareCircuitSettings(config);
    const { clock = systemClock, onChange = () => {} } = parts;
    this.#open = (name) => new MiddlewareCircuit({ name, clock, settings, onChange });
  }

  /** Whether a run of the middleware would be let through now. Asking takes nobody's place: while the circuit is half-open, another may be first. */
  isAllowed(name: string): boolean {
    return this.#circuits.get(name)?.allows ?? true;
  }

  /** How the circuit of the middleware stands. */
  getState(name: string): CircuitState {
    return this.#circuits.get(name)?.state ?? CircuitState.CLOSED;
  }

  /** Closes the circuit of the middleware and forgets what was counted. */
  reset(name: string): void {
    this.#circuits.get(name)?.reset();
  }

  /** The figures of the circuit of one middleware. */
  getMetrics(name: string): CircuitBreakerMetrics {
    return (this.#circuits.get(name) ?? this.#open(name)).metrics();
  }

  /** The figures of all, by name. */
  getAllMetrics(): Record<string, CircuitBreakerMetrics> {
    return Object.fromEntries([...this.#circuits].map(([name, one]) => [name, one.metrics()]));
  }

  /** The circuit of a middleware, made if need be; for those who run it. */
  circuitOf(name: string): MiddlewareCircuit {
    const found = this.#circuits.get(name);
    if (found) return found;
    const circuit = this.#open(name);
    this.#circuits.set(name, circuit);
    return circuit;
  }

  /** Ends what is under way with a store. */
  [Symbol.dispose](): void {
    for (const circuit of this.#circuits.values()) circuit.dispose();
  }
}
