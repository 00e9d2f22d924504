/** CircuitBreakerConfig: when the circuit of a middleware opens and closes. */
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import {
  type CircuitSettings,
  circuitSettings,
  sharingSettings,
  type SharingSettings,
} from '../circuit-breaker/breaker-options.ts';
import type { CircuitStore } from '../circuit-breaker/circuit-store.ts';

/** When the circuits of middleware open and close. */
export interface CircuitBreakerConfig {
  /** How many failures in a row open the circuit. @default 5 */
  readonly failureThreshold?: number;
  /** For how long it stays open, in seconds. @default 60 */
  readonly recoveryTimeoutSeconds?: number;
  /** How many runs may be on trial at once when that time is up. @default 1 */
  readonly halfOpenMaxAttempts?: number;
  /** How many of them must succeed to close it. @default 1 */
  readonly successThreshold?: number;
  /** Lets processes know of each other's open circuits, under the keys `guard:` and the name of the middleware. @default none */
  readonly store?: CircuitStore;
}

const NAMES = [
  'failureThreshold',
  'recoveryTimeoutSeconds',
  'halfOpenMaxAttempts',
  'successThreshold',
  'store',
];

/** The same in the terms of circuits. */
export interface MiddlewareCircuitSettings {
  readonly circuit: CircuitSettings;
  /** How the circuit of that name is shared, if it is. */
  readonly sharing: (name: string) => SharingSettings | undefined;
}

/**
 * Checks a config and adds what it leaves out.
 *
 * @throws TypeError or RangeError for what is out of range
 */
export function middlewareCircuitSettings(config: CircuitBreakerConfig): MiddlewareCircuitSettings {
  if (typeof config !== 'object' || config === null) {
    throw unexpected('circuitBreaker', 'an object, or false', config);
  }
  checkNames('circuitBreaker', config, NAMES);
  const { failureThreshold = 5, recoveryTimeoutSeconds = 60, store } = config;
  const { halfOpenMaxAttempts = 1, successThreshold = 1 } = config;
  if (typeof recoveryTimeoutSeconds !== 'number') {
    throw unexpected('recoveryTimeoutSeconds', SECONDS, recoveryTimeoutSeconds);
  }
  const openMs = recoveryTimeoutSeconds * 1000;
  if (!(openMs >= 1 && openMs < Infinity)) {
    throw outOfRange('recoveryTimeoutSeconds', SECONDS, recoveryTimeoutSeconds);
  }
  const circuit = circuitSettings({
    trip: {
      kind: 'consecutive',
      failures: checkWhole('failureThreshold', failureThreshold, 1),
    },
    openMs,
    openFactor: 1,
    maxOpenMs: openMs,
    halfOpen: {
      permits: checkWhole('halfOpenMaxAttempts', halfOpenMaxAttempts, 1),
      successes: checkWhole('successThreshold', successThreshold, 1),
    },
    maxHalfOpenMs: openMs,
  });
  const sharing = (name: string): SharingSettings | undefined =>
    store && sharingSettings({ store, storeKey: `guard:${name}` }, name);
  sharing('a middleware');
  return { circuit, sharing };
}

const SECONDS = 'a number of seconds, 0.001 or more';
