/** cockatiel: each policy alone, and wrapped. */
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  fallback,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { Call } from '../suite.ts';
import { callee, type Input } from './callee.ts';

interface Policy {
  execute(run: () => Promise<number>): Promise<unknown>;
}

const call =
  (policy: Policy): Call =>
  (input) =>
    policy.execute(() => callee((input as Input).n));

const limited = () => timeout(5000, TimeoutStrategy.Aggressive);
const retried = () => retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() });
const broken = () =>
  circuitBreaker(handleAll, { halfOpenAfter: 5000, breaker: new ConsecutiveBreaker(5) });

export const timeoutAlone = (): Call => call(limited());
export const retryAlone = (): Call => call(retried());
export const breakerAlone = (): Call => call(broken());
export const bulkheadAlone = (): Call => call(bulkhead(10));
export const fallbackAlone = (): Call => call(fallback(handleAll, 0));
export const three = (): Call => call(wrap(retried(), broken(), limited()));
export const five = (): Call =>
  call(
    wrap(timeout(30_000, TimeoutStrategy.Aggressive), retried(), broken(), limited(), bulkhead(10)),
  );
