/** standard: the recommended stack of policies round one callee. */
import { type Clock, compose, type Policy } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { type Bulkhead, bulkhead, type BulkheadOptions } from './bulkhead/bulkhead.ts';
import type { CircuitBreakerOptions } from './circuit-breaker/breaker-options.ts';
import { type CircuitBreaker, circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
import { type Retry, retry, type RetryOptions } from './retry/retry.ts';
import type { TimeoutOptions } from './timeout/time-limit.ts';
import { type Timeout, timeout } from './timeout/timeout.ts';

/** Options of `standard`: those of its policies, where they are to differ. */
export interface StandardOptions {
  /** The limit for the whole, all attempts and pauses. @default { timeoutMs: 30_000 } */
  readonly totalTimeout?: TimeoutOptions;
  /** How many calls may be under way. @default { maxConcurrent: 1000 }, and none may wait */
  readonly bulkhead?: BulkheadOptions;
  /** @default that of `retry()` */
  readonly retry?: RetryOptions;
  /** @default that of `circuitBreaker()` */
  readonly breaker?: CircuitBreakerOptions;
  /** The limit for each attempt. @default { timeoutMs: 10_000 } */
  readonly attemptTimeout?: TimeoutOptions;
  /** Tells the time to all of them. @default systemClock */
  readonly clock?: Clock;
}

/** The stack as one middleware, and its policies by name. */
export type Standard = Policy & {
  readonly totalTimeout: Timeout;
  readonly bulkhead: Bulkhead;
  readonly retry: Retry;
  readonly breaker: CircuitBreaker;
  readonly attemptTimeout: Timeout;
  /** Disposes of all of them. */
  [Symbol.dispose](): void;
};

const PARTS = ['totalTimeout', 'bulkhead', 'retry', 'breaker', 'attemptTimeout'] as const;

/**
 * Total timeout, bulkhead, retry, circuit breaker, attempt timeout, in this order. Make one for each callee: its breaker must not count the
 * failures of another.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const toPrices = standard({ attemptTimeout: { timeoutMs: 2000 } });
 * const load = pipeline<Call, Response>().use(toPrices).handle(({ url, signal }) => fetch(url, { signal }));
 */
export function standard(options: StandardOptions = {}): Standard {
  checkNames('standard()', options, [...PARTS, 'clock']);
  for (const part of PARTS) {
    const given: unknown = options[part];
    if (given !== undefined && (typeof given !== 'object' || given === null)) {
      throw unexpected(part, 'an object of options', given);
    }
  }
  const shared = options.clock ? { clock: options.clock } : {};
  const parts = {
    totalTimeout: timeout({ name: 'total-timeout', ...shared, ...options.totalTimeout }),
    bulkhead: bulkhead({ maxConcurrent: 1000, ...shared, ...options.bulkhead }),
    retry: retry({ ...shared, ...options.retry }),
    breaker: circuitBreaker({ ...shared, ...options.breaker }),
    attemptTimeout: timeout({
      name: 'attempt-timeout',
      timeoutMs: 10_000,
      ...shared,
      ...options.attemptTimeout,
    }),
  };
  const policies = PARTS.map((part): Policy => parts[part]);
  return Object.assign(compose(...policies) as Policy, parts, {
    [Symbol.dispose]() {
      for (const part of PARTS) parts[part][Symbol.dispose]();
    },
  });
}
