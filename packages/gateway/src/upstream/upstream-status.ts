/** What an upstream tells of itself: how its targets are doing, and what stands before them. */
import type { BulkheadState, CircuitBreakerState, RetryBudgetState } from '@interpose/resilience';
import type { PoolStats } from '@interpose/wire';
import type { Target } from './target.ts';

/** How one target is doing. */
export interface TargetStatus {
  /** Tells it from the others: its URL, with `#` and an address where that was found by its name. */
  readonly name: string;
  readonly url: string;
  /** The address that was found by its name, where addresses are targets. */
  readonly address: string | undefined;
  readonly weight: number;
  readonly zone: string | undefined;
  /** `drain`: it gets no more requests, by order of an operator. */
  readonly state: 'up' | 'drain';
  /** What asking it has come to; true as long as nobody asks. */
  readonly isHealthy: boolean;
  /** For how long it is still left out, as it failed too often; 0: it is not. */
  readonly ejectedForMs: number;
  /** Whether it would get a request now. */
  readonly isAvailable: boolean;
  /** Requests that it works on. */
  readonly inFlight: number;
  /** Requests that it was sent, and how many of these failed or got a status of 500 and more. */
  readonly requests: number;
  readonly failures: number;
  /** The moving average of what its answers take; `undefined` unless `ewma` shares the requests out. */
  readonly latencyMs: number | undefined;
  readonly pool: PoolStats;
}

/** How an upstream is doing. */
export interface UpstreamStatus {
  readonly name: string;
  readonly targets: readonly TargetStatus[];
  /** True while so few targets are well that all are used. */
  readonly isPanicking: boolean;
  readonly breaker: CircuitBreakerState | undefined;
  readonly bulkhead: BulkheadState | undefined;
  readonly retryBudget: RetryBudgetState | undefined;
}

/** How a target is doing, at a time of the clock. */
export function targetStatus(target: Target, nowMs: number): TargetStatus {
  const { name, endpoint, weight, zone, isHealthy, isAvailable } = target;
  const { url, address, isDrained, inFlight, requests, failures, latency, pool } = endpoint;
  return {
    name,
    url: url.href,
    address,
    weight,
    zone,
    state: isDrained ? 'drain' : 'up',
    isHealthy,
    ejectedForMs: Math.max(0, target.ejectedUntilMs - nowMs),
    isAvailable,
    inFlight,
    requests,
    failures,
    latencyMs: latency.atMs === -Infinity ? undefined : latency.ms,
    pool: pool.stats(),
  };
}
