/** What a circuit breaker may be told, and what holds where it is told nothing. */
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Classify } from '../outcome.ts';
import { checkFunction, type PolicyOptions } from '../policy.ts';
import type { CircuitStore } from './circuit-store.ts';
import { checkRatio } from './trip-rule.ts';
import { type Trip, tripOf, type TripOptions } from './trip.ts';

/** How a half-open circuit finds out whether the callee is well again. */
export interface HalfOpenOptions {
  /** How many calls may be on trial at once. @default 1 */
  readonly permits?: number;
  /** How many of them must succeed, all in all, to close the circuit. @default 1 */
  readonly successes?: number;
}

/** Options of `circuitBreaker`. */
export interface CircuitBreakerOptions<C = unknown> extends PolicyOptions {
  /** When the circuit opens. @default { kind: 'ratio', failureRatio: 0.5, minimumCalls: 20, windowMs: 30_000, buckets: 10 } */
  readonly trip?: TripOptions;
  /** Says how an outcome counts; `undefined` leaves it to the default. What it throws counts as a failure. @default errors are failures, but neither refusals by a policy further in nor what comes once the caller has given up */
  readonly classify?: Classify<C>;
  /** A call that takes this long or longer is slow. @default undefined: no call is, and none is timed */
  readonly slowCallMs?: number | undefined;
  /** The share of slow calls that is too much, above 0 and 1 at most. Not for failures in a row, where a slow call counts as a failure. @default 1 */
  readonly slowRatio?: number | undefined;
  /** How long the circuit stays open the first time. @default 5_000 */
  readonly openMs?: number;
  /** By how much longer each next time, until it has been closed; 1 or more. @default 2 */
  readonly openFactor?: number;
  /** The longest that it stays open. @default 60_000, or `openMs` if that is more */
  readonly maxOpenMs?: number;
  /** How the circuit closes again. @default { permits: 1, successes: 1 } */
  readonly halfOpen?: HalfOpenOptions;
  /** How long calls on trial may leave it undecided until the circuit opens again. @default 30_000 */
  readonly maxHalfOpenMs?: number;
  /** For a result that is a stream: whether it counts when it has been read to its end or has failed, or as soon as it is there. @default 'until-end' */
  readonly stream?: 'until-end' | 'until-first';
  /** Lets processes know of each other's open circuits. @default undefined: this one is alone */
  readonly store?: CircuitStore;
  /** The name under which they share it. @default `name` */
  readonly storeKey?: string;
  /** How long the store may take; then this process decides alone. @default 50 */
  readonly storeTimeoutMs?: number;
  /** How often the store is read, while there are calls. @default 1_000 */
  readonly storeRefreshMs?: number;
}

/** Names of the options beside those that all policies take. */
export const OPTION_NAMES: readonly (keyof CircuitBreakerOptions)[] = [
  'trip',
  'classify',
  'slowCallMs',
  'slowRatio',
  'openMs',
  'openFactor',
  'maxOpenMs',
  'halfOpen',
  'maxHalfOpenMs',
  'stream',
  'store',
  'storeKey',
  'storeTimeoutMs',
  'storeRefreshMs',
];

/** How a circuit opens and closes, with nothing left out. */
export interface CircuitSettings {
  readonly trip: Trip;
  readonly slowCallMs: number | undefined;
  readonly slowRatio: number;
  readonly openMs: number;
  readonly openFactor: number;
  readonly maxOpenMs: number;
  readonly halfOpen: Required<HalfOpenOptions>;
  readonly maxHalfOpenMs: number;
}

/**
 * Checks how a circuit is to open and close, and adds what is left out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function circuitSettings(options: CircuitBreakerOptions<never>): CircuitSettings {
  const { slowCallMs, openMs = 5000, openFactor = 2, maxHalfOpenMs = 30_000 } = options;
  const trip = tripOf(options.trip ?? { kind: 'ratio' });
  if (slowCallMs !== undefined) checkMs('slowCallMs', slowCallMs, 1);
  checkMs('openMs', openMs, 1);
  if (typeof openFactor !== 'number') throw unexpected('openFactor', FACTOR, openFactor);
  if (!(openFactor >= 1 && openFactor < Infinity)) {
    throw outOfRange('openFactor', FACTOR, openFactor);
  }
  const { maxOpenMs = Math.max(60_000, openMs) } = options;
  if (checkMs('maxOpenMs', maxOpenMs, 1) < openMs) {
    throw outOfRange('maxOpenMs', `\`openMs\` (${openMs}) or more`, maxOpenMs);
  }
  return {
    trip,
    slowCallMs,
    slowRatio: slowRatioOf(options, trip),
    openMs,
    openFactor,
    maxOpenMs,
    halfOpen: halfOpenOf(options.halfOpen ?? {}),
    maxHalfOpenMs: checkMs('maxHalfOpenMs', maxHalfOpenMs, 1),
  };
}

const FACTOR = 'a number, 1 or more';

function slowRatioOf({ slowCallMs, slowRatio }: CircuitBreakerOptions<never>, trip: Trip): number {
  if (slowRatio === undefined) return 1;
  if (trip.kind === 'consecutive') {
    throw unexpected('slowRatio', 'left out for failures in a row', slowRatio);
  }
  if (slowCallMs === undefined) {
    throw unexpected('slowRatio', 'left out where no `slowCallMs` says what is slow', slowRatio);
  }
  return checkRatio('slowRatio', slowRatio);
}

function halfOpenOf(options: HalfOpenOptions): Required<HalfOpenOptions> {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('halfOpen', 'an object', options);
  }
  checkNames('halfOpen', options, ['permits', 'successes']);
  const { permits = 1, successes = 1 } = options;
  return {
    permits: checkWhole('halfOpen.permits', permits, 1),
    successes: checkWhole('halfOpen.successes', successes, 1),
  };
}

/** How the outcome of a call is judged, with nothing left out. */
export interface CallSettings<C> {
  readonly classify: Classify<C> | undefined;
  readonly stream: 'until-end' | 'until-first';
}

/**
 * Checks how the outcome of a call is to be judged, and adds what is left out.
 *
 * @throws TypeError
 */
export function callSettings<C>({
  classify,
  stream = 'until-end',
}: CircuitBreakerOptions<C>): CallSettings<C> {
  checkFunction('classify', classify);
  if (stream !== 'until-end' && stream !== 'until-first') {
    throw unexpected('stream', `'until-end' or 'until-first'`, stream);
  }
  return { classify, stream };
}

/** How a circuit is shared, with nothing left out. */
export interface SharingSettings {
  readonly store: CircuitStore;
  readonly storeKey: string;
  readonly storeTimeoutMs: number;
  readonly storeRefreshMs: number;
}

/**
 * Checks how a circuit is to be shared, and adds what is left out. Gives nothing if it is not.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function sharingSettings(
  options: CircuitBreakerOptions<never>,
  name: string,
): SharingSettings | undefined {
  const { store, storeKey = name, storeTimeoutMs = 50, storeRefreshMs = 1000 } = options;
  if (store === undefined) {
    for (const key of ['storeKey', 'storeTimeoutMs', 'storeRefreshMs'] as const) {
      if (options[key] === undefined) continue;
      throw unexpected(key, 'left out where there is no `store`', options[key]);
    }
    return undefined;
  }
  if (typeof store?.read !== 'function' || typeof store.compareAndSet !== 'function') {
    throw unexpected('store', 'a CircuitStore', store);
  }
  if (typeof storeKey !== 'string' || storeKey === '') {
    throw unexpected('storeKey', 'a name', storeKey);
  }
  checkMs('storeTimeoutMs', storeTimeoutMs, 1);
  return {
    store,
    storeKey,
    storeTimeoutMs,
    storeRefreshMs: checkMs('storeRefreshMs', storeRefreshMs),
  };
}
