/** breakerPresets: options of circuit breakers for cases that come again and again. */
import type { CircuitBreakerOptions } from './breaker-options.ts';

/** A preset is a function that gives options; spread them, and change what is to be otherwise. */
export interface BreakerPresets {
  /**
   * The circuit breaker of the textbook: so many failures in a row open it, for always the same time, and one call decides. 5 failures,
   * 60 s.
   */
  simple(failures?: number, openMs?: number): CircuitBreakerOptions;
  /**
   * For a callee that suffers when it is asked while it is ill (a payment provider, a database that recovers): 3 failures in a row open it
   * for 60 s, then for up to 10 minutes; one call at a time is on trial, none for longer than 10 s, and 3 must succeed.
   */
  strict(): CircuitBreakerOptions;
  /**
   * For a callee across the network, where single failures mean nothing: half of at least 10 calls of a minute must fail, or 4 in 5 take
   * 10 s or longer; then it is open for 30 s, later for up to 5 minutes; 3 calls at once are on trial, and 3 must succeed.
   */
  forExternalService(): CircuitBreakerOptions;
}

/**
 * Options for cases that come again and again.
 *
 * @example
 * const breaker = circuitBreaker({ ...breakerPresets.forExternalService(), name: 'weather' });
 */
export const breakerPresets: BreakerPresets = {
  simple: (failures = 5, openMs = 60_000) => ({
    trip: { kind: 'consecutive', failures },
    openMs,
    openFactor: 1,
    halfOpen: { permits: 1, successes: 1 },
  }),
  strict: () => ({
    trip: { kind: 'consecutive', failures: 3 },
    openMs: 60_000,
    openFactor: 2,
    maxOpenMs: 600_000,
    halfOpen: { permits: 1, successes: 3 },
    maxHalfOpenMs: 10_000,
  }),
  forExternalService: () => ({
    trip: { kind: 'ratio', failureRatio: 0.5, minimumCalls: 10, windowMs: 60_000, buckets: 12 },
    slowCallMs: 10_000,
    slowRatio: 0.8,
    openMs: 30_000,
    openFactor: 2,
    maxOpenMs: 300_000,
    halfOpen: { permits: 3, successes: 3 },
    maxHalfOpenMs: 60_000,
  }),
};
