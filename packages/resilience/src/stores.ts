/** State that several processes share: the ports, their stores in memory, and the contracts that every store keeps. */
export {
  cacheStoreContract,
  type CacheStoreLaw,
  type CacheStoreTrial,
} from './cache/cache-store-contract.ts';
export type { CachedValue, CacheEntry, CacheStore } from './cache/cache-store.ts';
export {
  type MemoryCacheStore,
  memoryCacheStore,
  type MemoryCacheStoreOptions,
} from './cache/memory-cache-store.ts';
export {
  circuitStoreContract,
  type CircuitStoreLaw,
} from './circuit-breaker/circuit-store-contract.ts';
export type { CircuitRecord, CircuitStore } from './circuit-breaker/circuit-store.ts';
export {
  memoryCircuitStore,
  type MemoryCircuitStoreOptions,
} from './circuit-breaker/memory-circuit-store.ts';
export { limitAlgorithm } from './rate-limiter/limit-algorithms.ts';
export {
  type LimitAlgorithm,
  type LimitRule,
  limitRule,
  type LimitRuleOptions,
  type RateAlgorithmName,
} from './rate-limiter/limit-rule.ts';
export { limitStoreContract, type LimitStoreLaw } from './rate-limiter/limit-store-contract.ts';
export type { LimitDecision, LimitStore } from './rate-limiter/limit-store.ts';
export {
  type MemoryLimitStore,
  memoryLimitStore,
  type MemoryLimitStoreOptions,
} from './rate-limiter/memory-limit-store.ts';
