/** The front door of @interpose/resilience. */
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
export { type Classify, type Verdict } from './outcome.ts';
export type { PolicyDescription, PolicyOptions, ResiliencePolicy } from './policy.ts';
export { attemptOf, deadlineOf } from './scope.ts';
export {
  type Timeout,
  timeout,
  type TimeoutEvents,
  type TimeoutOptions,
  type TimeoutState,
} from './timeout.ts';
