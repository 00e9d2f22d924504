/** The entry @interpose/resilience/guard: a guard round each middleware of a pipeline. */
export { type CircuitBreakerConfig } from './guard/circuit-breaker-config.ts';
export type { IsFailure } from './guard/desk.ts';
export type { GuardDescription } from './guard/explain-guard.ts';
export { MiddlewareTimeoutError, type MiddlewareTimeoutFigures } from './guard/guard-errors.ts';
export { CircuitState, type GuardEvents } from './guard/guard-events.ts';
export type {
  BoundaryAnswer,
  Environment,
  GuardOptions,
  NoneIsBoth,
} from './guard/guard-options.ts';
export { guard } from './guard/guard.ts';
export {
  guarded,
  type GuardMark,
  type OptionalMark,
  type SecurityMark,
  type SecurityMiddleware,
  type TimeoutMark,
} from './guard/guarded.ts';
export type { TimeFigures } from './guard/histogram.ts';
export {
  MiddlewareCircuitBreaker,
  type MiddlewareCircuitBreakerParts,
} from './guard/middleware-circuit-breaker.ts';
export type { CircuitBreakerMetrics, MiddlewareCircuit } from './guard/middleware-circuit.ts';
export { type Guardable, MiddlewareInvoker } from './guard/middleware-invoker.ts';
export {
  type MeasuredRun,
  MiddlewareMetricsCollector,
  type MiddlewareMetricsOptions,
} from './guard/middleware-metrics-collector.ts';
export type { MiddlewareMetrics, MiddlewareRecord } from './guard/middleware-record.ts';
