/** Ours: each policy alone, and the recommended stack. */
import { type Middleware, pipeline, type Policy } from '@interpose/kernel';
import {
  adaptiveLimit,
  bulkhead,
  cache,
  circuitBreaker,
  coalesce,
  fallback,
  hedge,
  loadShed,
  rateLimit,
  retry,
  timeout,
} from '@interpose/resilience';
import type { Call } from '../suite.ts';
import { callee, type Input } from './callee.ts';

type Layers = readonly Middleware<Input, number>[];

const round = (policies: Layers, handler: (ctx: Input) => Promise<number>): Call =>
  policies
    .reduce((line, policy) => line.use(policy), pipeline<Input, number>())
    .handle(handler) as Call;

/** The handler only reads its context, so that nobody has to put a signal on a copy of it. */
const call = (...policies: Layers): Call => round(policies, (ctx) => callee(ctx.n));

/** The handler hands its context on, and whoever gets it may ask for the signal. */
const callSeeing = (...policies: Layers): Call => {
  const seeing = (ctx: Input): Promise<number> => callee(ctx.n);
  return round(policies, (ctx) => seeing(ctx));
};

const limited = (): Policy => timeout({ timeoutMs: 5000 });
const retried = (): Policy => retry();
const broken = (): Policy => circuitBreaker({ trip: { kind: 'consecutive', failures: 5 } });

export const timeoutAlone = (): Call => call(limited());
export const timeoutSeen = (): Call => callSeeing(limited());
export const retryAlone = (): Call => call(retried());
export const breakerAlone = (): Call => call(broken());
/** The default rule counts in a window of time. */
export const breakerByRatio = (): Call => call(circuitBreaker());
export const bulkheadAlone = (): Call => call(bulkhead({ maxConcurrent: 10 }));
export const fallbackAlone = (): Call => call(fallback({ fallback: 0 }));
export const rateLimitAlone = (): Call => call(rateLimit({ limit: 1e9 }));
export const adaptiveAlone = (): Call => call(adaptiveLimit());
export const shedAlone = (): Call => call(loadShed({ queueOf: bulkhead() }));
export const hedgeAlone = (): Call => call(hedge({ idempotent: true }));
export const cacheHit = (): Call => call(cache({ key: () => 'always' }));
export const coalesceAlone = (): Call => call(coalesce({ key: () => 'always' }));
export const three = (): Call => call(retried(), broken(), limited());
export const threeSeen = (): Call => callSeeing(retried(), broken(), limited());
export const five = (): Call =>
  call(timeout({ timeoutMs: 30_000 }), retried(), broken(), limited(), bulkhead());
export const fiveSeen = (): Call =>
  callSeeing(timeout({ timeoutMs: 30_000 }), retried(), broken(), limited(), bulkhead());
