/** presets: the numbers that other libraries start from, as options of ours, so that people can move over and change one thing at a time. */
import type { BulkheadOptions } from './bulkhead/bulkhead.ts';
import type { CircuitBreakerOptions } from './circuit-breaker/breaker-options.ts';
import type { HedgeOptions } from './hedge/hedge.ts';
import type { RetryOptions } from './retry/retry.ts';
import type { TimeoutOptions } from './timeout/time-limit.ts';

/** Options of ours, by policy. */
interface Preset {
  readonly retry: RetryOptions;
  readonly circuitBreaker: CircuitBreakerOptions;
  readonly timeout: TimeoutOptions;
  readonly hedge: HedgeOptions;
  readonly bulkhead: BulkheadOptions;
}

/** The libraries, and for which policies they have numbers. */
export interface Presets {
  readonly polly: Preset;
  readonly resilience4j: Omit<Preset, 'hedge'>;
  readonly opossum: Pick<Preset, 'circuitBreaker' | 'timeout'>;
  readonly cockatiel: Pick<Preset, 'retry'>;
}

/**
 * Polly 8. Its `MaxRetryAttempts` of 3 leaves the first attempt out, its timeout waits for the callee to heed its token.
 * Source: pollydocs.org, the defaults tables of each strategy.
 */
const polly: Presets['polly'] = {
  retry: {
    maxAttempts: 4,
    backoff: { kind: 'constant', baseMs: 2000, jitter: 'none' },
    budget: false,
  },
  circuitBreaker: {
    trip: { kind: 'ratio', failureRatio: 0.1, minimumCalls: 100, windowMs: 30_000, buckets: 10 },
    openMs: 5000,
    openFactor: 1,
    halfOpen: { permits: 1, successes: 1 },
  },
  timeout: { timeoutMs: 30_000, graceMs: Infinity },
  hedge: { idempotent: true, maxHedges: 1, delayMs: 2000, budget: false },
  bulkhead: { maxConcurrent: 1000, maxQueue: 0 },
};

/** resilience4j 2. It lets ten calls on trial and then looks at their failure rate; here all ten must succeed. Source: its documentation, "Create and configure" of each module. */
const resilience4j: Presets['resilience4j'] = {
  retry: {
    maxAttempts: 3,
    backoff: { kind: 'constant', baseMs: 500, jitter: 'none' },
    budget: false,
  },
  circuitBreaker: {
    trip: { kind: 'count', size: 100, failureRatio: 0.5, minimumCalls: 100 },
    slowCallMs: 60_000,
    slowRatio: 1,
    openMs: 60_000,
    openFactor: 1,
    halfOpen: { permits: 10, successes: 10 },
  },
  timeout: { timeoutMs: 1000 },
  bulkhead: { maxConcurrent: 25, maxQueue: 0 },
};

/** opossum 9. It trips above the ratio, not at it, and without a least number of calls. Source: the defaults in its `lib/circuit.js`. */
const opossum: Presets['opossum'] = {
  circuitBreaker: {
    trip: { kind: 'ratio', failureRatio: 0.5, minimumCalls: 1, windowMs: 10_000, buckets: 10 },
    openMs: 30_000,
    openFactor: 1,
    halfOpen: { permits: 1, successes: 1 },
  },
  timeout: { timeoutMs: 10_000 },
};

/** cockatiel 3. It has defaults for its backoff only; its retry goes on for ever unless told otherwise. Source: its `ExponentialBackoff`. */
const cockatiel: Presets['cockatiel'] = {
  retry: {
    maxAttempts: Infinity,
    backoff: { kind: 'exponential', baseMs: 128, factor: 2, capMs: 30_000, jitter: 'decorrelated' },
    budget: false,
  },
};

/** The numbers of Polly, resilience4j, opossum and cockatiel, as options of our policies. */
export const presets: Presets = { polly, resilience4j, opossum, cockatiel };
