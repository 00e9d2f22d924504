/** memoryCircuitStore: circuits that are shared within one process. */
import { memoryStore } from '@interpose/kernel/store';
import { checkNames } from '@interpose/kernel/options';
import type { CircuitRecord, CircuitStore } from './circuit-store.ts';

/** Options of `memoryCircuitStore`. */
export interface MemoryCircuitStoreOptions {
  /** How many circuits there may be; one more drops the one that was asked for least recently. @default 10_000 */
  readonly maxEntries?: number;
}

/**
 * Keeps circuits in the memory of this process: for tests, and where several breakers stand before one and the same callee.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const store = memoryCircuitStore();
 * const read = circuitBreaker({ name: 'read', store, storeKey: 'orders-db' });
 * const write = circuitBreaker({ name: 'write', store, storeKey: 'orders-db' });
 */
export function memoryCircuitStore(options: MemoryCircuitStoreOptions = {}): CircuitStore {
  checkNames('memoryCircuitStore()', options, ['maxEntries']);
  const records = memoryStore<CircuitRecord>(options);
  return {
    read: (key) => records.get(key),
    compareAndSet(key, expected, record) {
      const stands = records.get(key);
      if ((stands?.generation ?? 0) !== expected) return stands;
      const kept = Object.freeze({ ...record });
      records.set(key, kept);
      return kept;
    },
  };
}
