/** The state of a circuit breaker, as plain data, and the figures in it that are counted. */
import type { Verdict } from '../outcome.ts';

/** How a circuit stands, but for being isolated. */
export type CircuitPhase = 'closed' | 'open' | 'half-open';

/** How many calls there were since the circuit was made or reset, by how they have ended. */
export interface CircuitTotals {
  /** Calls that were let through. */
  readonly admitted: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Calls that counted neither way. */
  readonly ignored: number;
  /** Calls that ended when the circuit had moved on. */
  readonly stale: number;
  /** Calls that were refused. They are not among those let through. */
  readonly rejected: number;
  /** Calls that are under way. */
  readonly running: number;
}

/** State of `circuitBreaker`. Times are those of the clock's `now()`. */
export interface CircuitBreakerState extends CircuitTotals {
  readonly state: CircuitPhase | 'isolated';
  /** One more with each change of state. */
  readonly generation: number;
  /** What the trip rule has counted in this generation. */
  readonly calls: number;
  /** How many of these failed. */
  readonly failures: number;
  /** How many of these were slow. */
  readonly slow: number;
  /** How many calls are on trial in a half-open circuit. */
  readonly onTrial: number;
  /** How often the circuit has opened since it was last closed. */
  readonly openings: number;
  /** When it opened; `undefined` while it is closed. */
  readonly openedAtMs: number | undefined;
  /** When the next call will be let through on trial; `undefined` unless it is open. */
  readonly openUntilMs: number | undefined;
  /** When a call was last counted as failed; `undefined` if none was. */
  readonly lastFailureAtMs: number | undefined;
}

/** Counts calls. Those let through before it was reset are in no total any more. */
export class Tally {
  #countedFrom = 0;
  #admitted = 0;
  #rejected = 0;
  #success = 0;
  #failure = 0;
  #ignored = 0;
  #stale = 0;

  admit(): void {
    this.#admitted++;
  }

  reject(): void {
    this.#rejected++;
  }

  settle(verdict: Verdict): void {
    if (verdict === 'success') this.#success++;
    else if (verdict === 'failure') this.#failure++;
    else this.#ignored++;
  }

  outlive(generation: number): void {
    if (generation >= this.#countedFrom) this.#stale++;
  }

  reset(generation: number): void {
    this.#countedFrom = generation;
    this.#admitted = 0;
    this.#rejected = 0;
    this.#success = 0;
    this.#failure = 0;
    this.#ignored = 0;
    this.#stale = 0;
  }

  totals(): CircuitTotals {
    const settled = this.#success + this.#failure + this.#ignored + this.#stale;
    return {
      admitted: this.#admitted,
      succeeded: this.#success,
      failed: this.#failure,
      ignored: this.#ignored,
      stale: this.#stale,
      rejected: this.#rejected,
      running: this.#admitted - settled,
    };
  }
}
