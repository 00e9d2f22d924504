/** The front door of @interpose/resilience. */
export {
  type AdaptiveLimit,
  adaptiveLimit,
  type AdaptiveLimitState,
} from './adaptive-limit/adaptive-limit.ts';
export type { LimitAlgorithmName, LimitTuningOptions } from './adaptive-limit/limit-tuning.ts';
export type { AdaptiveLimitEvents, AdaptiveLimitOptions } from './adaptive-limit/limiter.ts';
export type { AnsweringPolicy } from './answering-policy.ts';
export {
  type Backoff,
  backoff,
  type BackoffKind,
  type BackoffOptions,
  type Jitter,
} from './retry/backoff.ts';
export { type BatchOptions, smallBatch } from './batch/batch-options.ts';
export type { BatchContext } from './batch/batch-run.ts';
export { BatchShapeError } from './batch/batch-shape.ts';
export { type Batch, batch, type BatchState } from './batch/batch.ts';
export type { BatchEvents, FlushReason } from './batch/batching.ts';
export type { Budget, BudgetEvents, BudgetState } from './retry/budget.ts';
export {
  type Bulkhead,
  bulkhead,
  type BulkheadEvents,
  type BulkheadOptions,
  type BulkheadState,
} from './bulkhead/bulkhead.ts';
export type { CacheEvents, CacheState } from './cache/cache-events.ts';
export type { CacheOptions } from './cache/cache-options.ts';
export { type Cache, cache } from './cache/cache.ts';
export { CacheKeyError } from './cache/errors.ts';
export type { ChaosKind } from './chaos/chaos-injection.ts';
export type { ChaosOptions, LatencyRange } from './chaos/chaos-options.ts';
export {
  type Chaos,
  chaos,
  type ChaosEvents,
  type ChaosState,
  InjectedFaultError,
} from './chaos/chaos.ts';
export type { CircuitBreakerOptions, HalfOpenOptions } from './circuit-breaker/breaker-options.ts';
export { breakerPresets, type BreakerPresets } from './circuit-breaker/breaker-presets.ts';
export { type CircuitBreaker, circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export type {
  CircuitBreakerEvents,
  CloseReason,
  OpenReason,
} from './circuit-breaker/circuit-events.ts';
export type { CircuitSnapshot } from './circuit-breaker/circuit-snapshot.ts';
export type {
  CircuitBreakerState,
  CircuitPhase,
  CircuitTotals,
} from './circuit-breaker/circuit-state.ts';
export type { ConsecutiveTrip } from './circuit-breaker/consecutive.ts';
export type { CountTrip } from './circuit-breaker/count-window.ts';
export type { RatioTrip } from './circuit-breaker/time-window.ts';
export type { SavedBucket, SavedCounts } from './circuit-breaker/trip-rule.ts';
export type { TripOptions } from './circuit-breaker/trip.ts';
export {
  type Coalesce,
  coalesce,
  type CoalesceEvents,
  type CoalesceOptions,
  type CoalesceState,
} from './coalesce/coalesce.ts';
export {
  BulkheadFullError,
  CircuitIsolatedError,
  CircuitOpenError,
  DisposedError,
  HedgeCancelledError,
  type LimitFigures,
  LoadShedError,
  QueueTimeoutError,
  RateLimitedError,
  RejectedError,
  type Rejection,
  TimeoutError,
} from './errors.ts';
export type { EventMap, EventOf, Listener, PolicyEvent } from './events.ts';
export {
  type Fallback,
  fallback,
  type FallbackEvents,
  type FallbackOptions,
  type FallbackState,
} from './fallback.ts';
export type { HedgeDelay, PercentileDelay } from './hedge/hedge-delay.ts';
export type { HedgeEvents, HedgeState } from './hedge/hedge-events.ts';
export { type Hedge, hedge, type HedgeOptions } from './hedge/hedge.ts';
export type { AnyPolicy } from './keyed/kept-policies.ts';
export {
  type Keyed,
  keyed,
  type KeyedEvents,
  type KeyedOptions,
  type KeyedState,
} from './keyed/keyed.ts';
export { INSTRUCTION, type Instruction, instructionOf, markInstruction } from './instruction.ts';
export { linkContext, type LinkedContext } from './link-context.ts';
export { type Finding, lint, type LintOptions, type LintRule } from './lint.ts';
export {
  type LoadShed,
  loadShed,
  type LoadShedEvents,
  type LoadShedOptions,
  type LoadShedState,
} from './load-shed/load-shed.ts';
export { type Classify, type Verdict } from './outcome.ts';
export type { PolicyDescription, PolicyOptions, ResiliencePolicy } from './policy.ts';
export { type Presets, presets } from './presets.ts';
export type { RateLimitEvents, RefusalReason } from './rate-limiter/limit-events.ts';
export type { RateAlgorithmName } from './rate-limiter/limit-rule.ts';
export { LimitStoreFailedError } from './rate-limiter/limit-store.ts';
export type { RateLimitOptions } from './rate-limiter/rate-limit-settings.ts';
export { type RateLimit, rateLimit, type RateLimitState } from './rate-limiter/rate-limiter.ts';
export { parseRetryAfter, retryAfterOf } from './retry/retry-after.ts';
export {
  type RetryBudget,
  retryBudget,
  type RetryBudgetOptions,
  type RetryBudgetState,
} from './retry/retry-budget.ts';
export type { GiveUpReason, RetryEvents, RetryState } from './retry/retry-events.ts';
export { type Retry, retry, type RetryOptions } from './retry/retry.ts';
export { abortReason, attemptOf, deadlineOf, onAbort, throwIfAborted } from './scope.ts';
export type { Turnstile, WaitingLine } from './load-shed/shed-pressure.ts';
export type { QueueOrder, SlotOptions } from './bulkhead/slot-options.ts';
export type { SlotState } from './bulkhead/slots.ts';
export type { BudgetOption } from './retry/spending.ts';
export { type Standard, standard, type StandardOptions } from './standard.ts';
export type { TimeoutEvents, TimeoutOptions, TimeoutState } from './timeout/time-limit.ts';
export { type Timeout, timeout } from './timeout/timeout.ts';
export { tokenBudget, type TokenBudgetOptions } from './retry/token-budget.ts';
export type { SlotEvents, SlotRefusal } from './bulkhead/waiter.ts';
