/** Resources: loaded when asked for, or lent from a pool. */
export {
  DoubleReleaseError,
  ForeignResourceError,
  ResourceReleasedError,
} from './resources/errors.ts';
export {
  type AppSpec,
  type Lazies,
  lazy,
  type LazyContext,
  type LazyMiddleware,
  type LazyOptions,
  type LazySpec,
  type RequestSpec,
} from './resources/lazy.ts';
export { LazyResource, type LazyResourceOptions } from './resources/lazy-resource.ts';
export type { Lease } from './resources/lease.ts';
export type { PoolOptions } from './resources/pool-options.ts';
export { pooled, type PooledOptions } from './resources/pooled.ts';
export { type AcquireOptions, type PoolState, ResourcePool } from './resources/resource-pool.ts';
export type { WaitOptions } from './resources/wait.ts';
