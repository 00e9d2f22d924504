/** guard: puts a guard round each middleware of a pipeline. */
import { type Guardable, MiddlewareInvoker } from './middleware-invoker.ts';
import type { GuardOptions, NoneIsBoth } from './guard-options.ts';

/**
 * Puts a guard round each middleware of a pipeline: a limit to the time in which it is at work itself, a circuit breaker, and figures. What
 * goes wrong is charged to the middleware in which it arose, and to no other.
 *
 * @throws TypeError or RangeError for options out of range, or if one names a middleware that the pipeline has not
 * @example
 * const serve = pipeline<Http, Response>().use(authenticate).use(geoLookup).handle(answer);
 * const { circuitBreaker, metrics } = guard(serve, { env: process.env, optional: ['geoLookup'] });
 */
export function guard<const O extends string = never, const S extends string = never>(
  runner: Guardable,
  options: GuardOptions<O, S> & NoneIsBoth<O, S> = {} as never,
): MiddlewareInvoker<O, S> {
  return new MiddlewareInvoker<O, S>(options).guard(runner);
}
