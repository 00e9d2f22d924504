/** pooled: lends each call a resource of a pool. */
import { type Awaitable, COPY, define, extend } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { throwIfAborted } from '../scope.ts';
import type { Lease } from './lease.ts';
import { checkEndlessMs } from './pool-options.ts';
import { wholeCopy } from './quiet-copy.ts';
import { borrow, ResourcePool } from './resource-pool.ts';

/** Options of `pooled`. */
export interface PooledOptions<K extends string> {
  /** What the resource is called on the context. */
  readonly as: K;
  /** How long a call may wait for it, in milliseconds. @default the pool's `acquireTimeoutMs` */
  readonly timeoutMs?: number;
}

/**
 * Lends each call a resource of a pool, and takes it back when the call has really ended: with a result, an error, or the last
 * piece of a stream. On the context it is there until then; whoever asks for it later gets a ResourceReleasedError.
 *
 * @throws TypeError or RangeError for options out of range; when called, all that `ResourcePool.acquire` throws
 * @example
 * pipeline<Http, Response>().use(pooled(connections, { as: 'dbConnection' })).handle((ctx) => render(ctx.dbConnection.query(PAGE)));
 */
export function pooled<T, K extends string>(
  pool: ResourcePool<T>,
  options: PooledOptions<K>,
): <C extends object, R>(
  ctx: C,
  next: (ctx: C & Readonly<Record<K, T>>) => Awaitable<R>,
) => Promise<R> {
  if (!(pool instanceof ResourcePool)) throw unexpected('pool', 'a ResourcePool', pool);
  checkNames('pooled()', options, ['as', 'timeoutMs']);
  const { as, timeoutMs } = options;
  if (typeof as !== 'string' || as === '') throw unexpected('as', 'a name', as);
  checkEndlessMs('timeoutMs', timeoutMs);
  const limit = timeoutMs === undefined ? {} : { timeoutMs };

  const withResource = async (ctx: object, next: (ctx: object) => unknown): Promise<unknown> => {
    const lease = await pool.lease({ within: ctx, ...limit });
    return borrow(lease, ctx, () => {
      throwIfAborted(ctx);
      return next(lend(ctx, as, lease));
    });
  };
  return define({ name: `pooled(${as})`, provides: [as] }, withResource) as never;
}

/** Plain contexts with something on loan are of one kind, which copies itself as it is. */
const LENT: object = Object.freeze(
  Object.create(Object.prototype, { [COPY]: { value: copyWhole } }) as object,
);

/** A copy of the context with the resource on it. */
function lend(ctx: object, as: string, lease: Lease<unknown>): object {
  const isPlain = Object.getPrototypeOf(ctx) === Object.prototype && !(COPY in ctx);
  return show(isPlain ? wholeCopy(ctx, LENT) : extend(ctx, {}), as, lease);
}

/** Asks the lease at every reading, also on copies: those further in extend the context, and keep it when the call is over. */
function show(copy: object, as: string, lease: Lease<unknown>): object {
  Object.defineProperty(copy, as, {
    get: () => lease.resource,
    enumerable: true,
    configurable: true,
  });
  const own = (copy as { [COPY]?: () => object })[COPY];
  if (own === copyWhole) return copy;
  const copyOf = own
    ? function copyShown(this: object): object {
        return show(own.call(this), as, lease);
      }
    : copyWhole;
  return Object.defineProperty(copy, COPY, { value: copyOf, configurable: true });
}

function copyWhole(this: object): object {
  return wholeCopy(this);
}
